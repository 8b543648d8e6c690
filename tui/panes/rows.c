#include "table_pane.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "filter.h"
#include "tree.h"

int table_sort_column(const struct collector *collector, const struct view *view, bool *down)
{
	if (collector->tree)
		return -1;
	if (view->sorted) {
		*down = view->sort_down;
		return view->sort_column;
	}
	for (size_t i = 0; i < collector->ncolumns; i++) {
		if (collector->columns[i].flags & COLUMN_SORT) {
			*down = !(collector->columns[i].flags & COLUMN_UP);
			return (int)i;
		}
	}
	return -1;
}

/* A row on its way through the sort: ten thousand of them are sorted between two keystrokes, so what decides is taken out of the table once. */
struct place {
	uint64_t value;     /* ordered as the cells are; of a text, the next eight bytes of it */
	const char *text;   /* what of it has not decided yet */
	size_t row;
};

struct sorting {
	const struct table *table;
	size_t column;
	bool whole;            /* every number of the column is an integer */
	uint64_t down;         /* all bits set: the greatest value comes first */
	struct place *spare;   /* room for as many places again */
};

enum class { CLASS_NUMBER, CLASS_TEXT, CLASS_NONE, CLASS_COUNT };

static enum class class_of(const struct cell *c)
{
	return c->kind < CELL_INT ? CLASS_NONE : c->kind == CELL_TEXT ? CLASS_TEXT : CLASS_NUMBER;
}

static uint64_t ordered_number(const struct sorting *s, const struct cell *c)
{
	double f = (c->kind == CELL_FLOAT ? c->f : (double)c->i) + 0.0;   /* of the two zeros, the one */
	uint64_t bits;

	if (s->whole)
		return ((uint64_t)c->i ^ UINT64_C(1) << 63) ^ s->down;
	memcpy(&bits, &f, sizeof(bits));
	return (bits >> 63 ? ~bits : bits ^ UINT64_C(1) << 63) ^ s->down;
}

static uint64_t ordered_bytes(const struct sorting *s, const char *text)
{
	uint64_t value = 0;

	for (size_t i = 0; i < sizeof(value); i++)
		value = value << 8 | (unsigned char)(*text ? *text++ : 0);
	return value ^ s->down;
}

static void insert_places(struct place *places, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct place p = places[i];
		size_t to = i;

		for (; to > 0 && places[to - 1].value > p.value; to--)
			places[to] = places[to - 1];
		places[to] = p;
	}
}

/*
 * By value; equal ones stay as they stood. Byte by byte from the last one: that takes the same short time for every order in which thousands of rows
 * may come, and a byte that all have in common takes none.
 */
static void sort_places(const struct sorting *s, struct place *places, size_t n)
{
	enum { FEW = 32, BYTES = sizeof(uint64_t), VALUES = 256 };
	size_t count[BYTES][VALUES] = { 0 };
	struct place *from = places, *to = s->spare;

	if (n <= FEW) {
		insert_places(places, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		for (unsigned byte = 0; byte < BYTES; byte++)
			count[byte][places[i].value >> 8 * byte & 0xff]++;
	for (unsigned byte = 0; byte < BYTES; byte++) {
		size_t at = 0;
		struct place *swapped = from;

		if (count[byte][from[0].value >> 8 * byte & 0xff] == n)
			continue;
		for (size_t i = 0; i < VALUES; i++) {
			size_t here = count[byte][i];

			count[byte][i] = at;
			at += here;
		}
		for (size_t i = 0; i < n; i++)
			to[count[byte][from[i].value >> 8 * byte & 0xff]++] = from[i];
		from = to;
		to = swapped;
	}
	if (from != places)
		memcpy(places, from, n * sizeof(*places));
}

/* How many bytes all have in common. */
static size_t common(const struct place *places, size_t n)
{
	const char *first = places[0].text;
	size_t len = strlen(first);

	for (size_t i = 1; i < n && len; i++) {
		size_t same = 0;

		while (same < len && places[i].text[same] == first[same])
			same++;
		len = same;
	}
	return len;
}

/* Statements begin alike: what they have in common is passed over, and the next eight bytes decide, then for those that are alike the next ones. */
static void sort_texts(const struct sorting *s, struct place *places, size_t n)
{
	size_t run = 0, alike;

	if (n < 2)
		return;
	alike = common(places, n);
	for (size_t i = 0; i < n; i++) {
		places[i].text += alike;
		places[i].value = ordered_bytes(s, places[i].text);
	}
	sort_places(s, places, n);
	for (size_t i = 1; i <= n; i++) {
		if (i < n && places[i].value == places[run].value)
			continue;
		if ((places[run].value ^ s->down) & 0xff) {   /* else the texts end here */
			for (size_t j = run; j < i; j++)
				places[j].text += sizeof(places->value);
			sort_texts(s, places + run, i - run);
		}
		run = i;
	}
}

/*
 * Takes the column out of the table in one pass, as fetching its cells is most of the work: numbers to the front of `class`, texts behind each other to
 * the second, rows without a value to the third. False when a number is not whole after all.
 */
static bool take_cells(const struct sorting *s, struct place *class[CLASS_COUNT], size_t n[CLASS_COUNT])
{
	memset(n, 0, CLASS_COUNT * sizeof(*n));
	for (size_t row = 0; row < s->table->nrows; row++) {
		const struct cell *c = table_cell(s->table, row, s->column);
		enum class of = class_of(c);
		struct place *p = &class[of][n[of]++];

		p->row = row;
		if (of == CLASS_NUMBER && s->whole && c->kind == CELL_FLOAT)
			return false;
		if (of == CLASS_NUMBER)
			p->value = ordered_number(s, c);
		if (of == CLASS_TEXT)
			p->text = s->table->text + c->text.at;
	}
	return true;
}

/* Numbers and texts do not mix; what has no value comes last whichever way is sorted. */
static void sort_rows(struct sorting *s, size_t *order)
{
	size_t room = s->table->nrows + 1, n[CLASS_COUNT];
	struct place *places = mem_alloc((CLASS_COUNT + 1) * room * sizeof(*places));
	struct place *class[CLASS_COUNT] = { places, places + room, places + 2 * room };

	s->spare = places + CLASS_COUNT * room;
	s->whole = true;
	if (!take_cells(s, class, n)) {
		s->whole = false;
		take_cells(s, class, n);
	}
	sort_places(s, class[CLASS_NUMBER], n[CLASS_NUMBER]);
	sort_texts(s, class[CLASS_TEXT], n[CLASS_TEXT]);
	for (size_t i = 0; i < CLASS_COUNT; i++) {
		enum class of = i == CLASS_NONE ? CLASS_NONE : s->down ? CLASS_TEXT - i : i;

		for (size_t j = 0; j < n[of]; j++)
			*order++ = class[of][j].row;
	}
	free(places);
}

/* A figure that is written as text stands behind the number it shows. */
static size_t ordering_column(const struct collector *collector, size_t column)
{
	const struct column *c = &collector->columns[column];

	if (!(c->flags & COLUMN_RIGHT) || column == 0)
		return column;
	switch (c[-1].type) {
	case TYPE_INT:
	case TYPE_FLOAT:
	case TYPE_TIME:
		return column - 1;
	case TYPE_TEXT:
	case TYPE_BOOL:
	case TYPE_LIST:
		break;
	}
	return column;
}

void table_row_order(const struct collector *collector, const struct view *view, const struct table *table, size_t *order)
{
	struct sorting s = { .table = table, .down = view->sort_down ? UINT64_MAX : 0 };

	if (view->sorted && !collector->tree) {
		s.column = ordering_column(collector, (size_t)view->sort_column);
		sort_rows(&s, order);
		return;
	}
	for (size_t i = 0; i < table->nrows; i++)
		order[i] = i;
}

void table_pane_rows(const struct scene *scene, const struct view *view, struct row_list *out)
{
	const struct collection *c = pane_collection(scene, view->pane);
	const struct table *table = c ? c->table : NULL;
	int minor;
	long selected;
	struct filter *filter;
	const size_t *order;
	size_t *owned;

	/* rows of a time when it was to be had are not shown, and nothing may be done with them */
	if (!table || c->state == COLLECTION_UNAVAILABLE)
		return;
	if (c->collector->tree) {
		tree_rows(view, table, out);
		return;
	}
	minor = table_column(table, "minor");
	/* the row in hand stays, also when it has become unimportant */
	selected = view->selected ? table_find_key(table, view->selected) : -1;
	filter = view->filter ? filter_new(view->filter, table->columns, table->ncolumns) : NULL;
	order = view_order(scene, view, c, &owned);
	out->rows = mem_zero(table->nrows + 1, sizeof(*out->rows));
	out->table = table;
	out->total = table->nrows;
	for (size_t i = 0; i < table->nrows; i++) {
		size_t row = order[i];

		if (minor >= 0 && !view->show_all && (long)row != selected && table_bool(table, row, (size_t)minor))
			out->minor++;
		else if (filter && !filter_fits(filter, table, row))
			out->filtered++;
		else
			out->rows[out->nrows++] = (struct row_ref){ .row = (long)row, .first = -1 };
	}
	free(owned);
	filter_free(filter);
}

bool table_sort_move(struct view *view, int direction)
{
	const struct collector *collector = view->pane->collector;
	bool down = true;
	int column;

	if (!collector || collector->tree)
		return false;
	column = table_sort_column(collector, view, &down);
	for (int i = 0; i < (int)collector->ncolumns; i++) {
		const struct column *c;

		column += direction;
		if (column < 0)
			column = (int)collector->ncolumns - 1;
		if (column >= (int)collector->ncolumns)
			column = 0;
		c = &collector->columns[column];
		if (view->shown_columns ? view->shown_columns >> column & 1 : c->priority == 1)
			break;
	}
	view->sorted = true;
	view->sort_column = column;
	view->sort_down = collector->columns[ordering_column(collector, (size_t)column)].type != TYPE_TEXT;
	view_touch(view);
	return true;
}

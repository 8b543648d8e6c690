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

/* A row on its way through the sort: ten thousand of them are compared between two keystrokes, so what decides is taken out of the table once. */
struct place {
	uint64_t value;   /* ordered as the cells are; of a text, eight bytes of it */
	size_t row;
};

struct sorting {
	const struct table *table;
	size_t column;
	bool down, whole;   /* whole: every number of the column is an integer */
};

enum class { CLASS_NUMBER, CLASS_TEXT, CLASS_NONE, CLASS_COUNT };

static enum class class_of(const struct cell *c)
{
	return c->kind < CELL_INT ? CLASS_NONE : c->kind == CELL_TEXT ? CLASS_TEXT : CLASS_NUMBER;
}

static uint64_t ordered_number(const struct sorting *s, size_t row)
{
	double f = table_number(s->table, row, s->column) + 0.0;   /* of the two zeros, the one */
	uint64_t bits;

	if (s->whole)
		return (uint64_t)table_int(s->table, row, s->column) ^ UINT64_C(1) << 63;
	memcpy(&bits, &f, sizeof(bits));
	return bits >> 63 ? ~bits : bits ^ UINT64_C(1) << 63;
}

static uint64_t ordered_bytes(const char *text)
{
	uint64_t value = 0;

	for (size_t i = 0; i < sizeof(value); i++)
		value = value << 8 | (unsigned char)(*text ? *text++ : 0);
	return value;
}

/* Rows that are equal stay in the order of the table. */
static int compare_up(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;

	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	return a->row < b->row ? -1 : 1;
}

static int compare_down(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;

	if (a->value != b->value)
		return a->value > b->value ? -1 : 1;
	return a->row < b->row ? -1 : 1;
}

static void sort_places(const struct sorting *s, struct place *places, size_t n)
{
	if (n > 1)
		qsort(places, n, sizeof(*places), s->down ? compare_down : compare_up);
}

static const char *text_of(const struct sorting *s, const struct place *p)
{
	return table_text(s->table, p->row, s->column);
}

/* How many bytes all have in common. */
static size_t common(const struct sorting *s, const struct place *places, size_t n, size_t from)
{
	const char *first = text_of(s, &places[0]) + from;
	size_t len = strlen(first);

	for (size_t i = 1; i < n && len; i++) {
		const char *text = text_of(s, &places[i]) + from;
		size_t same = 0;

		while (same < len && text[same] == first[same])
			same++;
		len = same;
	}
	return len;
}

/* Statements begin alike: what they have in common is passed over, and the next eight bytes decide, then for those that are alike the next ones. */
static void sort_texts(const struct sorting *s, struct place *places, size_t n, size_t from)
{
	size_t run = 0;

	if (n < 2)
		return;
	from += common(s, places, n, from);
	for (size_t i = 0; i < n; i++)
		places[i].value = ordered_bytes(text_of(s, &places[i]) + from);
	sort_places(s, places, n);
	for (size_t i = 1; i <= n; i++) {
		if (i < n && places[i].value == places[run].value)
			continue;
		if (places[run].value & 0xff)   /* else the texts end here */
			sort_texts(s, places + run, i - run, from + sizeof(places->value));
		run = i;
	}
}

/* How many cells of each class the column has; and whether all its numbers are whole. */
static void count_classes(struct sorting *s, size_t n[CLASS_COUNT])
{
	s->whole = true;
	for (size_t row = 0; row < s->table->nrows; row++) {
		const struct cell *c = table_cell(s->table, row, s->column);

		s->whole &= c->kind != CELL_FLOAT;
		n[class_of(c)]++;
	}
}

/* Numbers and texts do not mix; what has no value comes last whichever way is sorted. */
static void sort_rows(struct sorting *s, size_t *order)
{
	struct place *places = mem_alloc((s->table->nrows + 1) * sizeof(*places));
	size_t n[CLASS_COUNT] = { 0 }, at[CLASS_COUNT];

	count_classes(s, n);
	at[CLASS_NUMBER] = s->down ? n[CLASS_TEXT] : 0;
	at[CLASS_TEXT] = s->down ? 0 : n[CLASS_NUMBER];
	at[CLASS_NONE] = n[CLASS_NUMBER] + n[CLASS_TEXT];
	for (size_t row = 0; row < s->table->nrows; row++) {
		enum class class = class_of(table_cell(s->table, row, s->column));

		places[at[class]++] = (struct place){ class == CLASS_NUMBER ? ordered_number(s, row) : 0, row };
	}
	sort_places(s, places + at[CLASS_NUMBER] - n[CLASS_NUMBER], n[CLASS_NUMBER]);
	sort_texts(s, places + at[CLASS_TEXT] - n[CLASS_TEXT], n[CLASS_TEXT], 0);
	for (size_t i = 0; i < s->table->nrows; i++)
		order[i] = places[i].row;
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
	struct sorting s = { .table = table, .down = view->sort_down };

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

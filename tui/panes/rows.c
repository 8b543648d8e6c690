#include "pane.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"

/*
 * What a row is sorted by, taken out of the table once: ten thousand rows are compared far more
 * than ten thousand times.
 */
struct sort_key {
	const struct table *table;
	const char *text;     /* NULL: number */
	double number;
	size_t row;
	bool none;            /* no value: last, whichever way is sorted */
	bool down;
};

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

static int compare_keys(const struct table *t, size_t a, size_t b)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		int order = t->columns[i].flags & COLUMN_KEY ? table_compare(t, a, b, i, false) : 0;

		if (order)
			return order;
	}
	return a < b ? -1 : a > b;
}

static int compare_rows(const void *pa, const void *pb)
{
	const struct sort_key *a = pa, *b = pb;
	int order;

	if (a->none != b->none)
		return a->none ? 1 : -1;
	if (a->none)
		order = 0;
	else if (a->text)
		order = strcmp(a->text, b->text);
	else
		order = a->number < b->number ? -1 : a->number > b->number;
	if (order)
		return a->down ? -order : order;
	return compare_keys(a->table, a->row, b->row);
}

void table_row_order(const struct collector *collector, const struct view *view, const struct table *table, size_t *order)
{
	bool down = false;
	int column = table_sort_column(collector, view, &down);
	struct sort_key *keys;

	if (column < 0) {
		for (size_t i = 0; i < table->nrows; i++)
			order[i] = i;
		return;
	}
	keys = mem_zero(table->nrows ? table->nrows : 1, sizeof(*keys));
	for (size_t i = 0; i < table->nrows; i++) {
		const struct cell *cell = table_cell(table, i, (size_t)column);

		keys[i] = (struct sort_key){ .table = table, .row = i, .down = down };
		keys[i].none = !table_has(table, i, (size_t)column);
		if (cell->kind == CELL_TEXT)
			keys[i].text = table_text(table, i, (size_t)column);
		else
			keys[i].number = table_number(table, i, (size_t)column);
	}
	qsort(keys, table->nrows, sizeof(*keys), compare_rows);
	for (size_t i = 0; i < table->nrows; i++)
		order[i] = keys[i].row;
	free(keys);
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

	if (!table)
		return;
	if (c->collector->tree) {
		tree_rows(scene, view, c->collector, table, out);
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
	view->sort_down = collector->columns[column].type != TYPE_TEXT;
	view_touch(view);
	return true;
}

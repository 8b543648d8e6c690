#include "table_pane.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "filter.h"
#include "tree.h"

struct sorting {
	const struct table *table;
	size_t column;
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

static int compare_rows(const void *pa, const void *pb, void *context)
{
	const struct sorting *s = context;
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
	int order = table_compare(s->table, a, b, s->column, s->down);

	return order ? order : compare_keys(s->table, a, b);
}

void table_row_order(const struct collector *collector, const struct view *view, const struct table *table, size_t *order)
{
	struct sorting s = { .table = table };
	int column = table_sort_column(collector, view, &s.down);

	for (size_t i = 0; i < table->nrows; i++)
		order[i] = i;
	if (column < 0)
		return;
	s.column = (size_t)column;
	qsort_r(order, table->nrows, sizeof(*order), compare_rows, &s);
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
	view->sort_down = collector->columns[column].type != TYPE_TEXT;
	view_touch(view);
	return true;
}

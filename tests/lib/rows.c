#include "rows.h"

#include <stdio.h>
#include <stdlib.h>

struct table *rows_new(const char *collector)
{
	const struct collector *c = collector_find(collector);

	return table_new(c->columns, c->ncolumns);
}

size_t rows_column(const struct table *t, const char *name)
{
	int c = table_column(t, name);

	if (c < 0) {
		fprintf(stderr, "no column %s\n", name);
		abort();
	}
	return (size_t)c;
}

void rows_set(struct table *t, size_t row, const char *name, const char *value)
{
	if (value)
		table_set_string(t, row, rows_column(t, name), value);
}

void rows_set_int(struct table *t, size_t row, const char *name, int64_t value)
{
	table_set_int(t, row, rows_column(t, name), value);
}

void rows_set_float(struct table *t, size_t row, const char *name, double value)
{
	table_set_float(t, row, rows_column(t, name), value);
}

void rows_set_bool(struct table *t, size_t row, const char *name, bool value)
{
	table_set_bool(t, row, rows_column(t, name), value);
}

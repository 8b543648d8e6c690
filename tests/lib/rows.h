/*
 * Rows of a collector's table, written cell by cell under their names, as its statements would have brought them.
 */
#ifndef PGTOP_TESTS_ROWS_H
#define PGTOP_TESTS_ROWS_H

#include "collectors/collector.h"

/* An empty table of the collector with this name. Owned by the caller. */
struct table *rows_new(const char *collector);

/* The column's index; ends the test when there is none. */
size_t rows_column(const struct table *t, const char *name);

void rows_set(struct table *t, size_t row, const char *name, const char *value);   /* NULL: stays as it is */
void rows_set_int(struct table *t, size_t row, const char *name, int64_t value);
void rows_set_float(struct table *t, size_t row, const char *name, double value);
void rows_set_bool(struct table *t, size_t row, const char *name, bool value);

#endif

#include "indexes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"

size_t index_add(struct table *t, const char *name, int nkeys, const char *keys, int64_t scans)
{
	size_t row = table_add_row(t);
	char shape[200];

	snprintf(shape, sizeof shape, "%d|%s|7 7 7 7|0 0 0 0|0 0 0 0|0|0", nkeys, keys);
	table_set_string(t, row, UNUSED_INDEXES_SCHEMA, "public");
	table_set_string(t, row, UNUSED_INDEXES_INDEX, name);
	table_set_string(t, row, UNUSED_INDEXES_TABLE, "orders");
	table_set_string(t, row, UNUSED_INDEXES_METHOD, "btree");
	table_set_int(t, row, UNUSED_INDEXES_OID, 20000 + (int64_t)row);
	table_set_int(t, row, UNUSED_INDEXES_TABLE_OID, 1);
	table_set_int(t, row, UNUSED_INDEXES_GUARDS, 0);
	table_set_int(t, row, UNUSED_INDEXES_BYTES, 10 * MB);
	table_set_int(t, row, UNUSED_INDEXES_SCANS, scans);
	table_set_int(t, row, UNUSED_INDEXES_COUNTED, TAKEN - 43 * DAY);
	table_set_int(t, row, UNUSED_INDEXES_CREATED, TAKEN - 100 * DAY);
	table_set_int(t, row, UNUSED_INDEXES_CREATED_XID, 1000);
	table_set_int(t, row, UNUSED_INDEXES_HORIZON, 5000);
	table_set_int(t, row, UNUSED_INDEXES_TOTAL, 41);
	table_set_int(t, row, UNUSED_INDEXES_WRITES, 100);
	table_set_int(t, row, UNUSED_INDEXES_COLD, 10);
	table_set_string(t, row, UNUSED_INDEXES_SHAPE, shape);
	return row;
}

void indexes_derive(struct fixture *f)
{
	for (size_t row = 0; row < f->t->nrows; row++)
		unused_indexes_collector.row(&f->ctx, f->t, row);
	unused_indexes_collector.derive(&f->ctx, f->t);
}

void indexes_judge(struct fixture *f)
{
	indexes_derive(f);
	unused_indexes_collector.judge(&f->ctx, f->t, &f->out);
}

long index_row(const struct table *t, const char *name)
{
	for (size_t row = 0; row < t->nrows; row++)
		if (strcmp(table_text(t, row, UNUSED_INDEXES_INDEX), name) == 0)
			return (long)row;
	return -1;
}

void index_is(const struct table *t, const char *name, const char *problem, const char *verdict, const char *reason)
{
	long row = index_row(t, name);

	if (row < 0)
		fail_msg("%s is not listed", name);
	assert_string_equal(table_text(t, (size_t)row, UNUSED_INDEXES_PROBLEM), problem);
	assert_string_equal(table_text(t, (size_t)row, UNUSED_INDEXES_VERDICT), verdict);
	assert_string_equal(table_text(t, (size_t)row, UNUSED_INDEXES_REASON), reason);
}

struct memory *indexes_memory(struct fixture *f)
{
	struct memory *m = mem_zero(1, sizeof *m);

	m->table = table_new(unused_indexes_collector.memory, unused_indexes_collector.nmemory);
	f->ctx.memory = m;
	return m;
}

void indexes_memory_free(struct memory *m)
{
	table_free(m->table);
	free(m);
}

/* Statements as the server sends them, and what every test of them needs. Each test has its own, so all is static. */
#ifndef PGTOP_TESTS_STATEMENT_ROWS_H
#define PGTOP_TESTS_STATEMENT_ROWS_H

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/slow_queries.h"
#include "tests/lib/fixture.h"

#define MS INT64_C(1000000)
#define S INT64_C(1000000)
#define RESET (TAKEN - 3600 * S)

enum { USERID = 10, DBID = 5 };

static char user_name[] = "monitor";
static char extension_name[] = "pg_stat_statements", version_1_10[] = "1.10", schema_name[] = "public";
static struct extension extension = { .name = extension_name, .version = version_1_10, .schema = schema_name };

static inline int setup(void **state)
{
	struct fixture *f;

	fixture_setup(state, &slow_queries_collector, user_name);
	f = *state;
	f->facts.extensions = &extension;
	f->facts.nextensions = 1;
	f->facts.statements_loaded = true;
	f->ctx.chosen = WINDOW_MINUTE;
	return 0;
}

/* A statement as the server sends it: queryid and its time. */
static inline size_t add(struct table *t, int64_t queryid, int64_t calls, int64_t total_ns)
{
	size_t row = table_add_row(t);

	table_set_int(t, row, SLOW_QUERIES_ENTRY, queryid ^ (int64_t)DBID << 33 ^ (int64_t)USERID << 1);
	table_set_int(t, row, SLOW_QUERIES_USERID, USERID);
	table_set_int(t, row, SLOW_QUERIES_DBID, DBID);
	table_set_string(t, row, SLOW_QUERIES_USER, "app");
	table_set_string(t, row, SLOW_QUERIES_DATABASE, "shop");
	table_set_int(t, row, SLOW_QUERIES_BLOCK_SIZE, 8192);
	table_set_int(t, row, SLOW_QUERIES_CALLS, calls);
	table_set_int(t, row, SLOW_QUERIES_TOTAL_NS, total_ns);
	table_set_bool(t, row, SLOW_QUERIES_OWN, false);
	table_set_string(t, row, SLOW_QUERIES_QUERY, "SELECT o.id,\n  o.amount FROM orders o");
	return row;
}

static inline size_t add_hidden(struct table *t, int64_t calls, int64_t total_ns)
{
	size_t row = add(t, 0, calls, total_ns);

	table_set_none(t, row, SLOW_QUERIES_ENTRY, CELL_NULL);
	table_set_none(t, row, SLOW_QUERIES_OWN, CELL_NULL);
	table_set_none(t, row, SLOW_QUERIES_QUERY, CELL_NULL);
	return row;
}

static inline void add_whole(struct table *t, int64_t reset, int64_t evictions)
{
	size_t row = table_add_row(t);

	table_set_int(t, row, SLOW_QUERIES_RESET, reset);
	table_set_int(t, row, SLOW_QUERIES_EVICTIONS, evictions);
}

static inline void compute(struct fixture *f)
{
	for (size_t row = 0; row < f->t->nrows; row++)
		slow_queries_collector.row(&f->ctx, f->t, row);
	slow_queries_collector.derive(&f->ctx, f->t);
}

static inline void judge(struct fixture *f)
{
	outcomes_clear(&f->out);
	slow_queries_collector.judge(&f->ctx, f->t, &f->out);
}

/* Computes the table and makes it what was so long ago; the next one is empty. */
static inline struct sample *keep(struct fixture *f, int seconds_ago)
{
	struct sample *s;

	f->t->taken_us = TAKEN - seconds_ago * S;
	compute(f);
	s = sample_new(f->t);
	table_free(f->t);
	f->t = table_new(f->collector->columns, f->collector->ncolumns);
	f->t->taken_us = TAKEN;
	return s;
}

static inline size_t row_of(const struct table *t, const char *queryid)
{
	for (size_t row = 0; row < t->nrows; row++)
		if (strcmp(table_text(t, row, SLOW_QUERIES_QUERYID), queryid) == 0)
			return row;
	fail_msg("query %s has no row", queryid);
	return 0;
}

static inline void is_number(const struct table *t, size_t row, size_t column, double expected)
{
	assert_true(table_has(t, row, column));
	assert_float_equal(table_number(t, row, column), expected, 1e-12);
}

static inline void is_none(const struct table *t, size_t row, size_t column, enum cell_kind why)
{
	assert_int_equal(table_cell(t, row, column)->kind, why);
}

static inline enum check_result result_of(const struct fixture *f, const char *id)
{
	for (size_t i = 0; i < f->out.nchecks; i++)
		if (strcmp(f->out.checks[i].id, id) == 0)
			return f->out.checks[i].result;
	return CHECK_NONE;
}

#endif

/* What is said of a materialized view at its first look, and of one whose unique index is invalid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "collectors/matviews.h"
#include "tests/lib/fixture.h"

enum { UNKNOWN_CHANGES = -1 };

static char user_name[] = "monitor";

static int setup(void **state)
{
	return fixture_setup(state, &matviews_collector, user_name);
}

/* Seconds after TAKEN. */
static void put(struct table *t, int at_s, int64_t writes, int epoch_s)
{
	size_t row = table_add_row(t);

	table_set_string(t, row, MATVIEWS_SCHEMA, "public");
	table_set_string(t, row, MATVIEWS_MATVIEW, "sums");
	table_set_int(t, row, MATVIEWS_OID, 16400);
	table_set_int(t, row, MATVIEWS_XMIN, 700);
	table_set_bool(t, row, MATVIEWS_POPULATED, true);
	table_set_int(t, row, MATVIEWS_WRITES, writes);
	table_set_int(t, row, MATVIEWS_FILES, 5);
	table_set_int(t, row, MATVIEWS_BASES, 1);
	table_set_string(t, row, MATVIEWS_BASE_TABLES, "public.orders");
	table_set_int(t, row, MATVIEWS_EPOCH, TAKEN + epoch_s * INT64_C(1000000));
	table_set_bool(t, row, MATVIEWS_UNIQUE_INDEX, true);
	table_set_int(t, row, MATVIEWS_TAKEN, TAKEN + at_s * INT64_C(1000000));
}

/* A view not seen before its refresh: only counters that began before it and stand at 0 know of no change. */
static void test_first_look(void **state)
{
	static const struct { int64_t writes; int epoch_s, commit_s; const char *state; int64_t changes; const char *words; } cases[] = {
		{ 0, -1000, -500, "unchanged", 0, "none counted; TRUNCATE, and partitions that came or went, are not" },
		{ 0, -500, -1000, "unknown", UNKNOWN_CHANGES, "number not known" },
		{ 0, -1000, 0, "unknown", UNKNOWN_CHANGES, "number not known" },
		{ 7, -1000, -500, "unknown", 7, "up to 7 rows" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct memory m = { .table = table_new(matviews_memory_columns, MEMORY_COLUMNS) };

		f->ctx.memory = &m;
		for (int again = 0; again < 2; again++) {
			char *words = mem_format("%s%s", cases[i].words, again && cases[i].changes != 0
				? ", none of them counted after the first look" : "");

			table_free(f->t);
			f->t = table_new(matviews_collector.columns, matviews_collector.ncolumns);
			put(f->t, 30 * again, cases[i].writes, cases[i].epoch_s);
			if (cases[i].commit_s)
				table_set_int(f->t, 0, MATVIEWS_COMMIT_AT, TAKEN + cases[i].commit_s * INT64_C(1000000));
			matviews_collector.row(&f->ctx, f->t, 0);
			assert_string_equal(table_text(f->t, 0, MATVIEWS_STATE), cases[i].state);
			assert_int_equal(table_has(f->t, 0, MATVIEWS_CHANGES), cases[i].changes >= 0);
			assert_int_equal(table_int(f->t, 0, MATVIEWS_CHANGES), cases[i].changes > 0 ? cases[i].changes : 0);
			assert_string_equal(table_text(f->t, 0, MATVIEWS_CHANGES_TEXT), words);
			free(words);
		}
		table_free(m.table);
	}
}

/* An index that only has to be built anew is not offered a second time. */
static void test_invalid_index(void **state)
{
	struct fixture *f = *state;
	char *sql;

	put(f->t, 0, 1000, -1000);
	table_set_bool(f->t, 0, MATVIEWS_UNIQUE_INDEX, false);
	table_set_string(f->t, 0, MATVIEWS_UNIQUE_ON, "id");
	table_set_string(f->t, 0, MATVIEWS_INVALID_INDEX, "Sums");
	matviews_collector.row(&f->ctx, f->t, 0);
	assert_string_equal(table_text(f->t, 0, MATVIEWS_WHY_NOT), "its unique index Sums is invalid");
	assert_string_equal(table_text(f->t, 0, MATVIEWS_NOTE), "index invalid");
	assert_int_equal(table_cell(f->t, 0, MATVIEWS_BYTES)->kind, CELL_UNKNOWN);
	sql = matviews_index_sql(f->t, 0);
	assert_string_equal(sql, "REINDEX INDEX CONCURRENTLY public.\"Sums\";");
	free(sql);
	table_set_bool(f->t, 0, MATVIEWS_WORKED_ON, true);
	assert_null(matviews_index_sql(f->t, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_look, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_invalid_index, setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

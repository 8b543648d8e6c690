/* Indexes: since when scans are counted, what is remembered, rates, findings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/indexes.h"

static char user_name[] = "monitor";

static int setup(void **state)
{
	return fixture_setup(state, &unused_indexes_collector, user_name);
}

static void remember(struct memory *m, int64_t xid, int64_t looked)
{
	size_t row = table_add_row(m->table);

	table_set_int(m->table, row, MARK_XID, xid);
	table_set_int(m->table, row, MARK_FIRST_LOOKED, looked);
	table_set_int(m->table, row, MARK_LOOKED, looked);
}

static void test_since(void **state)
{
	static const struct { int64_t created_d; bool unseen; int64_t seen_d; int expected_d; bool young; const char *reason; } cases[] = {
		{ 100, true, 0, 43, false, "never used in 43 d" },
		{ 5, true, 0, 5, true, "unused in only 5 d" },
		{ 20, true, 0, 20, false, "never used in 20 d" },
		{ 0, true, 30, 30, false, "never used in 30 d" },
		{ 0, true, 60, 43, false, "never used in 43 d" },
		{ 60, true, 3, 43, false, "never used in 43 d" },     /* looked at late: it was there before */
		{ 2, true, 60, 43, false, "never used in 43 d" },     /* its catalog row was written anew */
		{ 0, true, 0, 43, false, "never used; age unknown" },
		{ 0, true, 3, 3, true, "unused in only 3 d" },
		{ 0, false, 3, 43, false, "never used; age unknown" },   /* there at our first look, which is not long ago */
		{ 0, false, 8, 8, false, "never used in 8 d" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture *f = fixture_again(state);
		struct memory *m = indexes_memory(f);
		size_t row = index_add(f->t, "i", 1, "1", 0);

		if (cases[i].created_d)
			table_set_int(f->t, row, UNUSED_INDEXES_CREATED, TAKEN - cases[i].created_d * DAY);
		else
			table_set_none(f->t, row, UNUSED_INDEXES_CREATED, CELL_NULL);
		if (cases[i].unseen)
			remember(m, 1000, TAKEN - 80 * DAY);
		if (cases[i].seen_d)
			remember(m, 1001, TAKEN - cases[i].seen_d * DAY);
		indexes_derive(f);
		assert_int_equal(table_int(f->t, 0, UNUSED_INDEXES_SINCE), TAKEN - cases[i].expected_d * DAY);
		assert_int_equal(table_bool(f->t, 0, UNUSED_INDEXES_YOUNG), cases[i].young);
		index_is(f->t, "i", "unused", "drop", cases[i].reason);
		assert_string_equal(table_text(f->t, 0, UNUSED_INDEXES_FIX_SQL), cases[i].young ?
				    "DROP INDEX CONCURRENTLY public.i;  -- counted for less than 7 days: watch on" :
				    "DROP INDEX CONCURRENTLY public.i;");
		indexes_memory_free(m);
	}
}

/* A database is a copy of its template, catalog rows and all: what is older than it is in it since it is there. */
static void test_new_database(void **state)
{
	static const struct { int64_t xid, created_d, database_d, reset_d; int marks_d; int expected_d; const char *reason; } cases[] = {
		{ 1000, 40, 5, 0, 0, 5, "unused in only 5 d" },
		{ 1000, 0, 5, 0, 0, 5, "unused in only 5 d" },
		{ 1000, 40, 0, 0, 0, 43, "never used; age unknown" },
		{ 1000, 40, 0, 0, 3, 3, "unused in only 3 d" },      /* the first look after it was made */
		{ 1000, 40, 5, 0, 3, 5, "unused in only 5 d" },
		{ 3000, 4, 5, 0, 0, 4, "unused in only 4 d" },       /* made in it */
		{ 3000, 0, 5, 0, 0, 43, "never used; age unknown" },
		{ 1000, 40, 5, 30, 0, 30, "never used in 30 d" },        /* it is older than its catalog row: a GRANT */
		{ 1000, 20, 5, 30, 0, 20, "never used in 20 d" },
		{ 1000, 40, 0, 30, 0, 30, "never used in 30 d" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture *f = fixture_again(state);
		struct memory *m = indexes_memory(f);
		size_t head = table_add_row(f->t), row = index_add(f->t, "i", 1, "1", 0);

		if (cases[i].marks_d) {
			remember(m, 900, TAKEN - 80 * DAY);
			remember(m, 1900, TAKEN - 41 * DAY);
			remember(m, 2100, TAKEN - cases[i].marks_d * DAY);
		}
		table_set_int(f->t, head, UNUSED_INDEXES_COUNTED, TAKEN - 43 * DAY);
		table_set_int(f->t, head, UNUSED_INDEXES_NEXT_XID, 5000);
		table_set_int(f->t, head, UNUSED_INDEXES_CREATED_XID, 2000);
		if (cases[i].database_d)
			table_set_int(f->t, head, UNUSED_INDEXES_CREATED, TAKEN - cases[i].database_d * DAY);
		if (cases[i].reset_d)
			table_set_int(f->t, head, UNUSED_INDEXES_SINCE, TAKEN - cases[i].reset_d * DAY);
		table_set_int(f->t, row, UNUSED_INDEXES_CREATED_XID, cases[i].xid);
		if (cases[i].created_d)
			table_set_int(f->t, row, UNUSED_INDEXES_CREATED, TAKEN - cases[i].created_d * DAY);
		else
			table_set_none(f->t, row, UNUSED_INDEXES_CREATED, CELL_NULL);
		indexes_derive(f);
		if (table_int(f->t, 0, UNUSED_INDEXES_SINCE) != TAKEN - cases[i].expected_d * DAY)
			fail_msg("case %zu: %g d", i, (double)(TAKEN - table_int(f->t, 0, UNUSED_INDEXES_SINCE)) / (double)DAY);
		index_is(f->t, "i", "unused", "drop", cases[i].reason);
		indexes_memory_free(m);
	}
}

/* Restored as it was earlier, or another took over: transactions are given out again, and what was seen of them is of others. */
static void test_time_travel(void **state)
{
	struct fixture *f = *state;
	struct memory *m = indexes_memory(f);

	remember(m, 3000, TAKEN - 20 * DAY);
	remember(m, 1000, TAKEN - 50 * DAY);   /* another program's, come in late */
	remember(m, 2000, TAKEN - 30 * DAY);
	index_remember(&f->ctx, 1500, TAKEN);
	assert_int_equal(m->table->nrows, 2);
	assert_int_equal(table_int(m->table, 0, MARK_XID), 1000);
	assert_int_equal(table_int(m->table, 1, MARK_XID), 1500);
	assert_true(m->changed);

	/* seen again where it was: nothing is added, and yet something changed */
	remember(m, 3000, TAKEN - 20 * DAY);
	m->changed = false;
	index_remember(&f->ctx, 1500, TAKEN);
	assert_int_equal(m->table->nrows, 2);
	assert_true(m->changed);
	indexes_memory_free(m);

	/* in whatever order they are */
	f = fixture_again(state);
	m = indexes_memory(f);
	table_set_none(f->t, index_add(f->t, "i", 1, "1", 0), UNUSED_INDEXES_CREATED, CELL_NULL);
	remember(m, 3000, TAKEN - 10 * DAY);
	remember(m, 900, TAKEN - 30 * DAY);
	remember(m, 1100, TAKEN - 20 * DAY);
	indexes_derive(f);
	index_is(f->t, "i", "unused", "drop", "never used in 20 d");
	indexes_memory_free(m);
}

static void test_ladder(void **state)
{
	struct fixture *f = *state;
	struct memory *m = indexes_memory(f);
	int64_t now = TAKEN;

	for (int i = 0; i < 5000; i++) {
		index_remember(&f->ctx, 1000 + i, now);
		now += 60 * INT64_C(1000000);
	}
	assert_true(m->changed);
	assert_int_equal(m->table->nrows, MARKS_KEPT);
	assert_int_equal(table_int(m->table, 0, MARK_XID), 1000);
	assert_int_equal(table_int(m->table, MARKS_KEPT - 1, MARK_XID), 5999);
	/* no gap is more than a fourth of its age */
	for (size_t i = 1; i + 1 < MARKS_KEPT; i++)
		assert_true((table_int(m->table, i + 1, MARK_FIRST_LOOKED) - table_int(m->table, i, MARK_FIRST_LOOKED)) * 4 <=
			    now - table_int(m->table, i, MARK_FIRST_LOOKED) + 240 * INT64_C(1000000));
	/* a look that saw nothing new changes no row but `looked` */
	m->changed = false;
	index_remember(&f->ctx, 5999, now);
	assert_false(m->changed);
	assert_int_equal(m->table->nrows, MARKS_KEPT);
	assert_int_equal(table_int(m->table, MARKS_KEPT - 1, MARK_LOOKED), now);
	indexes_memory_free(m);
}

static void test_rates(void **state)
{
	struct fixture *f = *state;
	struct table *before = table_new(unused_indexes_collector.columns, unused_indexes_collector.ncolumns);
	struct sample *sample;

	before->taken_us = TAKEN - 10 * INT64_C(1000000);
	index_add(before, "i", 1, "1", 0);
	table_set_int(before, 0, UNUSED_INDEXES_WRITES, 40);
	table_set_int(before, 0, UNUSED_INDEXES_COLD, 5);
	sample = sample_new(before);
	f->ctx.before = sample;
	index_add(f->t, "i", 1, "1", 0);
	index_add(f->t, "new", 1, "2", 0);
	indexes_derive(f);
	assert_float_equal(table_number(f->t, 0, UNUSED_INDEXES_WRITES_PER_S), 6.0, 1e-9);
	assert_float_equal(table_number(f->t, 0, UNUSED_INDEXES_HOT_PREVENTED), 0.5, 1e-9);
	assert_int_equal(table_cell(f->t, 1, UNUSED_INDEXES_WRITES_PER_S)->kind, CELL_PENDING);

	/* reset in between, shrunk, BRIN, standby */
	table_set_int(f->t, 0, UNUSED_INDEXES_COUNTED, TAKEN - DAY);
	indexes_derive(f);
	assert_int_equal(table_cell(f->t, 0, UNUSED_INDEXES_WRITES_PER_S)->kind, CELL_PENDING);
	table_set_int(f->t, 0, UNUSED_INDEXES_COUNTED, TAKEN - 43 * DAY);
	table_set_int(f->t, 0, UNUSED_INDEXES_WRITES, 39);
	table_set_string(f->t, 0, UNUSED_INDEXES_METHOD, "brin");
	indexes_derive(f);
	assert_int_equal(table_cell(f->t, 0, UNUSED_INDEXES_WRITES_PER_S)->kind, CELL_PENDING);
	assert_int_equal(table_cell(f->t, 0, UNUSED_INDEXES_HOT_PREVENTED)->kind, CELL_NULL);
	f->facts.standby = true;
	indexes_derive(f);
	assert_int_equal(table_cell(f->t, 0, UNUSED_INDEXES_WRITES_PER_S)->kind, CELL_UNKNOWN);
	index_is(f->t, "i", "unused", "keep", "never used here in 43 d; scans of the primary are not known here");
	sample_free(sample);
	table_free(before);
}

/* A row without an index is there for what is known of all; it is never shown. */
static void test_nothing(void **state)
{
	struct fixture *f = *state;
	struct memory *m = indexes_memory(f);
	size_t row = table_add_row(f->t);

	table_set_int(f->t, row, UNUSED_INDEXES_HORIZON, 5000);
	table_set_int(f->t, row, UNUSED_INDEXES_COUNTED, TAKEN - DAY);
	indexes_judge(f);
	assert_int_equal(f->t->nrows, 0);
	assert_int_equal(m->table->nrows, 1);
	assert_int_equal(f->out.nfindings, 0);
	assert_int_equal(f->out.nchecks, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(f->out.checks[i].result, CHECK_OK);
	indexes_memory_free(m);
}

static void test_findings(void **state)
{
	struct fixture *f = *state;
	const struct finding *finding;
	char *key;

	table_set_int(f->t, index_add(f->t, "orders_status_idx", 1, "1", 0), UNUSED_INDEXES_BYTES, INT64_C(412) * MB);
	table_set_int(f->t, index_add(f->t, "Orders Amount", 1, "2", 0), UNUSED_INDEXES_BYTES, INT64_C(268) * MB);
	table_set_int(f->t, index_add(f->t, "users_phone_idx", 1, "3", 0), UNUSED_INDEXES_BYTES, INT64_C(87) * MB);
	index_add(f->t, "users_phone_name_idx", 2, "3 4", 50);
	table_set_int(f->t, index_add(f->t, "kept", 1, "9", 0), UNUSED_INDEXES_GUARDS, GUARD_CLUSTERED);
	indexes_judge(f);
	finding = fixture_finding(f, "unused-index");
	assert_non_null(finding);
	assert_string_equal(finding->title, "3 indexes, ~767 MB together, unused in 43 d and paid for by every write");
	assert_string_equal(finding->evidence, "orders_status_idx 412 MB, Orders Amount 268 MB, users_phone_idx 87 MB");
	assert_string_equal(finding->fix_sql, "DROP INDEX CONCURRENTLY public.orders_status_idx;\n"
					      "DROP INDEX CONCURRENTLY public.\"Orders Amount\";\n"
					      "DROP INDEX CONCURRENTLY public.users_phone_idx;");
	assert_int_equal(finding->since_us, TAKEN - 43 * DAY);
	assert_int_equal(finding->severity, SEVERITY_WARNING);
	key = table_key(f->t, 0);
	assert_string_equal(finding->key, key);
	/* told once: the one that is a prefix, too, is among the unused */
	finding = fixture_finding(f, "redundant-index");
	assert_non_null(finding);
	assert_string_equal(finding->cause_key, key);
	outcomes_rank(&f->out);
	assert_int_equal(f->out.nfindings, 2);
	assert_true(fixture_finding(f, "redundant-index")->folded_into >= 0);
	free(key);
}

static void test_small_findings(void **state)
{
	struct fixture *f = *state;
	const struct finding *finding;

	/* too small to be worth a word; but a twin is one whatever its size */
	table_set_int(f->t, index_add(f->t, "tiny", 1, "5", 0), UNUSED_INDEXES_BYTES, 8192);
	index_add(f->t, "busy", 1, "1", 900);
	table_set_int(f->t, index_add(f->t, "twin", 1, "1", 2), UNUSED_INDEXES_BYTES, 8192);
	indexes_judge(f);
	assert_null(fixture_finding(f, "unused-index"));
	finding = fixture_finding(f, "redundant-index");
	assert_string_equal(finding->title, "Index twin, ~8.0 kB, does what another index does, and every write pays twice");
	assert_string_equal(finding->evidence, "twin 8.0 kB (twin of busy)");
	assert_null(finding->cause_key);
	assert_string_equal(finding->fix_sql, "DROP INDEX CONCURRENTLY public.twin;");

	/* nothing is claimed that was not counted */
	f = fixture_again(state);
	table_set_none(f->t, index_add(f->t, "i", 1, "1", 0), UNUSED_INDEXES_CREATED, CELL_NULL);
	indexes_judge(f);
	finding = fixture_finding(f, "unused-index");
	assert_string_equal(finding->title, "Index i, ~10 MB, no scan counted in 43 d and paid for by every write");
	assert_string_equal(finding->evidence, "i 10 MB; index age unknown");
	f = fixture_again(state);
	table_set_int(f->t, index_add(f->t, "i", 1, "1", 0), UNUSED_INDEXES_CREATED, TAKEN - 3 * DAY);
	indexes_judge(f);
	finding = fixture_finding(f, "unused-index");
	assert_string_equal(finding->title, "Index i, ~10 MB, unused in 3 d and paid for by every write");
	assert_string_equal(finding->evidence, "i 10 MB; counted for less than 7 days: watch on");
	assert_int_equal(finding->since_us, TAKEN - 3 * DAY);

	/* a name that cleaning changed is another index's */
	f = fixture_again(state);
	index_add(f->t, "evil\\x1b", 1, "1", 0);
	indexes_judge(f);
	assert_null(fixture_finding(f, "unused-index")->fix_sql);
	f = fixture_again(state);
	index_add(f->t, "evil\\x1b", 1, "1", 0);
	index_add(f->t, "good", 1, "2", 0);
	indexes_judge(f);
	assert_string_equal(fixture_finding(f, "unused-index")->fix_sql,
			    "DROP INDEX CONCURRENTLY public.good;\n-- 1 more whose name cannot be written here");
}

static void test_invalid_findings(void **state)
{
	struct fixture *f = *state;
	const struct finding *finding;

	table_set_int(f->t, index_add(f->t, "a", 1, "1", 0), UNUSED_INDEXES_GUARDS, STATE_INVALID | GUARD_UNIQUE);
	table_set_int(f->t, index_add(f->t, "evil\\x1b", 1, "2", 0), UNUSED_INDEXES_GUARDS, STATE_INVALID);
	table_set_int(f->t, index_add(f->t, "evil\\x1c", 1, "3", 0), UNUSED_INDEXES_GUARDS, STATE_INVALID);
	indexes_judge(f);
	finding = fixture_finding(f, "invalid-index");
	assert_string_equal(finding->title, "3 indexes are invalid: no query reads them");
	assert_string_equal(finding->evidence, "a 10 MB, evil\\x1b 10 MB, evil\\x1c 10 MB; from unique ones remove any duplicates first");
	assert_string_equal(finding->fix_sql, "REINDEX INDEX CONCURRENTLY public.a;\n-- 2 more whose names cannot be written here");
}

static enum check_result result(const struct fixture *f, const char *id)
{
	for (size_t i = 0; i < f->out.nchecks; i++)
		if (strcmp(f->out.checks[i].id, id) == 0)
			return f->out.checks[i].result;
	return CHECK_NONE;
}

static void test_unknown(void **state)
{
	struct fixture *f = *state;

	table_set_int(f->t, index_add(f->t, "i", 1, "1", 0), UNUSED_INDEXES_GUARDS, STATE_UNCOUNTED);
	indexes_judge(f);
	assert_int_equal(result(f, "unused-index"), CHECK_UNKNOWN);
	assert_int_equal(result(f, "invalid-index"), CHECK_OK);
	f = fixture_again(state);
	f->facts.standby = true;
	index_add(f->t, "i", 1, "1", 0);
	indexes_judge(f);
	assert_null(fixture_finding(f, "unused-index"));
	assert_int_equal(result(f, "unused-index"), CHECK_UNKNOWN);
	f = fixture_again(state);
	table_set_none(f->t, index_add(f->t, "i", 1, "1", 0), UNUSED_INDEXES_COUNTED, CELL_NULL);
	indexes_judge(f);
	index_is(f->t, "i", "unused", "drop", "never used; since when is unknown");
	assert_int_equal(result(f, "unused-index"), CHECK_UNKNOWN);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_since), TEST(test_new_database), TEST(test_time_travel), TEST(test_ladder), TEST(test_rates), TEST(test_nothing), TEST(test_findings), TEST(test_small_findings), TEST(test_invalid_findings), TEST(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Statements: which of them takes too much, to the limit, and in what words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/lib/statement_rows.h"

/* In an hour since the reset: a share of 0.25 of at least 60 s of work is a finding, less of either is none. */
static void judged(void **state, int64_t first_ms, int64_t second_ms, bool found)
{
	struct fixture *f;

	fixture_teardown(state);
	setup(state);
	f = *state;
	add(f->t, 1, 1000, first_ms * MS);
	for (int i = 0; i < 4; i++)
		add(f->t, 10 + i, 1000, second_ms * MS);
	add_whole(f->t, RESET, 0);
	compute(f);
	judge(f);
	assert_int_equal(fixture_finding(f, "slow-queries") != NULL, found);
	assert_int_equal(result_of(f, "slow-queries"), found ? CHECK_FINDING : CHECK_OK);
}

static void test_limits(void **state)
{
	judged(state, 16000, 12000, true);     /* 64 s, of which exactly a quarter */
	judged(state, 15999, 12000, false);
	judged(state, 15000, 11250, true);     /* exactly 60 s */
	judged(state, 15000, 11249, false);
}

static void test_finding_all(void **state)
{
	struct fixture *f = *state;
	const struct finding *finding;
	size_t row = add(f->t, 1, 1000, 812400 * MS);
	char *key;

	table_set_int(f->t, row, SLOW_QUERIES_ROWS, 38200);
	table_set_int(f->t, row, SLOW_QUERIES_HIT, 400000000);
	table_set_int(f->t, row, SLOW_QUERIES_READ, 6323200);
	add(f->t, 2, 1, 512900 * MS);
	add_whole(f->t, RESET, 0);
	compute(f);
	judge(f);
	finding = fixture_finding(f, "slow-queries");
	assert_non_null(finding);
	assert_string_equal(finding->title, "One statement takes 61.3% of all time; 812 ms and 3.1 GB for 38 rows");
	assert_string_equal(finding->evidence, "SELECT o.id, o.amount FROM orders o");
	assert_int_equal(finding->since_us, RESET);
	assert_false(finding->since_at_least);
	assert_null(finding->fix_sql);
	assert_string_equal(finding->pane, "slow_queries");
	key = table_key(f->t, 0);
	assert_string_equal(finding->key, key);
	free(key);
	assert_int_equal(table_int(f->t, 0, SLOW_QUERIES_SIGN), SIGN_WARNING);
	assert_int_equal(f->out.nfindings, 2);   /* the other has 38.7 % */
}

static void test_finding_window(void **state)
{
	struct fixture *f = *state;
	const struct finding *finding;
	struct sample *s;

	add(f->t, 1, 10, 1000 * MS);
	add(f->t, 2, 10, 900000 * MS);
	add_whole(f->t, RESET, 0);
	s = keep(f, 60);
	add(f->t, 1, 310, 2500 * MS);
	add(f->t, 2, 10, 900000 * MS);
	add_whole(f->t, RESET, 0);
	f->ctx.window = s;
	compute(f);
	judge(f);
	assert_int_equal(f->out.nfindings, 1);
	finding = fixture_finding(f, "slow-queries");
	assert_string_equal(finding->title, "One statement takes 100% of the last 60 s; 5.0 ms for 1 row");
	assert_int_equal(finding->since_us, TAKEN - 60 * S);
	assert_true(finding->since_at_least);
	sample_free(s);
	/* Of a window that is too short nothing follows: then it is all since the reset. */
	f->t->taken_us = TAKEN;
	s = NULL;
	f->ctx.window = NULL;
	compute(f);
	judge(f);
	assert_int_equal(f->out.nfindings, 1);
	assert_string_equal(fixture_finding(f, "slow-queries")->title, "One statement takes 99.7% of all time; 1m30s for 1 row");
}

/* What takes too much of the window and of all time is told of all time. */
static void test_finding_both(void **state)
{
	struct fixture *f = *state;
	const struct finding *finding;
	struct sample *s;

	add(f->t, 1, 100, 300000 * MS);
	add(f->t, 2, 10, 500000 * MS);
	add_whole(f->t, RESET, 0);
	s = keep(f, 60);
	add(f->t, 1, 1000, 400000 * MS);
	add(f->t, 2, 10, 500000 * MS);
	add_whole(f->t, RESET, 0);
	table_set_int(f->t, 0, SLOW_QUERIES_ENTRY_SINCE, RESET + 30 * S);
	f->ctx.window = s;
	compute(f);
	judge(f);
	assert_int_equal(f->out.nfindings, 1);   /* the other does nothing in the window */
	finding = fixture_finding(f, "slow-queries");
	assert_string_equal(finding->title, "One statement takes 44.4% of all time; 400 ms for 1 row");
	assert_int_equal(finding->since_us, RESET);
	assert_false(finding->since_at_least);
	sample_free(s);
}

static void test_much_hidden(void **state)
{
	struct fixture *f = *state;

	add(f->t, 1, 10, 1000 * MS);
	for (int i = 0; i < 10; i++)
		add_hidden(f->t, 10, 100000 * MS);
	add_whole(f->t, RESET, 0);
	compute(f);
	judge(f);
	assert_int_equal(result_of(f, "slow-queries"), CHECK_UNKNOWN);
	assert_string_equal(f->out.checks[f->out.nchecks - 1].why, "GRANT pg_read_all_stats TO monitor;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_limits, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_finding_all, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_finding_window, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_finding_both, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_much_hidden, setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

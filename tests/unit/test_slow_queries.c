/* Statements: three samples computed by hand, resets, evictions, what is new or hidden, shares, order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/lib/statement_rows.h"

/* Three samples: 60 s ago, 10 s ago, now. */
static void fill(struct table *t, int step)
{
	static const int64_t calls[] = { 100, 150, 160 }, ms[] = { 1000, 4000, 5000 }, rows[] = { 100, 600, 1000 }, temp[] = { 0, 128, 384 },
			     wal[] = { 0, 1000, 1048576 }, hit[] = { 900, 1000, 1600 }, read[] = { 100, 200, 400 };
	size_t a = add(t, 1, calls[step], ms[step] * MS);

	table_set_int(t, a, SLOW_QUERIES_ROWS, rows[step]);
	table_set_int(t, a, SLOW_QUERIES_TEMP, temp[step]);
	table_set_int(t, a, SLOW_QUERIES_WAL_BYTES, wal[step]);
	table_set_int(t, a, SLOW_QUERIES_HIT, hit[step]);
	table_set_int(t, a, SLOW_QUERIES_READ, read[step]);
	table_set_int(t, a, SLOW_QUERIES_MAX_NS, 900 * MS);
	table_set_int(t, a, SLOW_QUERIES_STDDEV_NS, 30 * MS);
	add(t, -2, 7, 3000 * MS);
	if (step == 2)
		add(t, 3, 1, 2000 * MS);
	add_whole(t, RESET, step);
}

static void test_windows(void **state)
{
	struct fixture *f = *state;
	struct sample *minute, *interval;
	size_t a;

	fill(f->t, 0);
	minute = keep(f, 60);
	fill(f->t, 1);
	interval = keep(f, 10);
	fill(f->t, 2);
	f->ctx.window = minute;
	compute(f);
	assert_int_equal(f->t->nrows, 3);
	a = row_of(f->t, "1");
	is_number(f->t, a, SLOW_QUERIES_INTERVAL_CALLS, 60);
	is_number(f->t, a, SLOW_QUERIES_INTERVAL_TOTAL_S, 4);
	is_number(f->t, a, SLOW_QUERIES_INTERVAL_SHARE, 4.0 / 6);   /* 4 s of it, 2 s of what is new */
	is_number(f->t, a, SLOW_QUERIES_SHARE, 0.5);                /* 5 s of 5 + 3 + 2 */
	is_number(f->t, a, SLOW_QUERIES_CALLS_PER_S, 1);
	is_number(f->t, a, SLOW_QUERIES_MEAN_MS, 4.0 / 60);
	is_number(f->t, a, SLOW_QUERIES_ROWS_PER_CALL, 15);
	is_number(f->t, a, SLOW_QUERIES_TEMP_MB, 384 * 8192);
	is_number(f->t, a, SLOW_QUERIES_WAL_MB, 1048576);
	is_number(f->t, a, SLOW_QUERIES_CACHE, 0.7);
	is_number(f->t, a, SLOW_QUERIES_HIT_RATIO, 0.8);
	is_number(f->t, a, SLOW_QUERIES_TEMP_BYTES, 384 * 8192);
	is_number(f->t, a, SLOW_QUERIES_MEAN_S, 5.0 / 160);
	is_number(f->t, a, SLOW_QUERIES_MAX_S, 0.9);
	is_number(f->t, a, SLOW_QUERIES_STDDEV_S, 0.03);
	is_none(f->t, a, SLOW_QUERIES_PLAN_S, CELL_NULL);
	assert_int_equal(table_int(f->t, a, SLOW_QUERIES_SINCE), RESET);
	assert_true(table_bool(f->t, a, SLOW_QUERIES_TOPLEVEL));
	/* What is new counts whole, what did nothing is zero. */
	is_number(f->t, row_of(f->t, "3"), SLOW_QUERIES_INTERVAL_SHARE, 2.0 / 6);
	is_number(f->t, row_of(f->t, "3"), SLOW_QUERIES_MAX_S, 2);
	is_number(f->t, row_of(f->t, "3"), SLOW_QUERIES_ROWS, 1);
	is_number(f->t, row_of(f->t, "-2"), SLOW_QUERIES_NOW, 0);
	is_none(f->t, row_of(f->t, "-2"), SLOW_QUERIES_MEAN_MS, CELL_NULL);
	assert_int_equal(row_of(f->t, "1"), 0);
	assert_int_equal(row_of(f->t, "-2"), 2);
	/* Another window on the same table. */
	f->ctx.window = interval;
	f->ctx.chosen = WINDOW_INTERVAL;
	compute(f);
	assert_int_equal(f->t->nrows, 3);
	a = row_of(f->t, "1");
	is_number(f->t, a, SLOW_QUERIES_INTERVAL_CALLS, 10);
	is_number(f->t, a, SLOW_QUERIES_INTERVAL_TOTAL_S, 1);
	is_number(f->t, a, SLOW_QUERIES_INTERVAL_SHARE, 1.0 / 3);
	is_number(f->t, a, SLOW_QUERIES_CALLS_PER_S, 1);
	is_number(f->t, a, SLOW_QUERIES_TEMP_MB, 256 * 8192);
	is_number(f->t, a, SLOW_QUERIES_CACHE, 0.75);
	assert_int_equal(row_of(f->t, "3"), 0);
	sample_free(minute);
	sample_free(interval);
}

static void test_all(void **state)
{
	struct fixture *f = *state;

	fill(f->t, 2);
	f->ctx.chosen = WINDOW_ALL;
	compute(f);
	is_number(f->t, 0, SLOW_QUERIES_INTERVAL_CALLS, 160);
	is_number(f->t, 0, SLOW_QUERIES_CALLS_PER_S, 160.0 / 3600);
	is_number(f->t, 0, SLOW_QUERIES_NOW, 0.5);
	is_number(f->t, 0, SLOW_QUERIES_TEMP_MB, 384 * 8192);
	/* Without a window there is none, and the order is by the share since the reset. */
	f->ctx.chosen = WINDOW_MINUTE;
	compute(f);
	is_none(f->t, 0, SLOW_QUERIES_NOW, CELL_PENDING);
	is_none(f->t, 0, SLOW_QUERIES_CALLS_PER_S, CELL_PENDING);
	is_none(f->t, 0, SLOW_QUERIES_INTERVAL_SHARE, CELL_PENDING);
	is_number(f->t, 0, SLOW_QUERIES_ALL, 0.5);
	assert_int_equal(row_of(f->t, "-2"), 1);
}

static void test_old_extension(void **state)
{
	static char version_1_8[] = "1.8";
	static struct extension old = { .name = extension_name, .version = version_1_8, .schema = schema_name };
	struct fixture *f = *state;

	f->facts.extensions = &old;
	f->ctx.chosen = WINDOW_ALL;
	table_set_int(f->t, add(f->t, 1, 10, 1000 * MS), SLOW_QUERIES_ENTRY, 77 ^ (int64_t)DBID << 33 ^ USERID);
	compute(f);
	assert_int_equal(f->t->nrows, 1);
	assert_string_equal(table_text(f->t, 0, SLOW_QUERIES_QUERYID), "77");
	is_none(f->t, 0, SLOW_QUERIES_TOPLEVEL, CELL_NULL);
	is_none(f->t, 0, SLOW_QUERIES_SINCE, CELL_UNKNOWN);
	is_none(f->t, 0, SLOW_QUERIES_CALLS_PER_S, CELL_UNKNOWN);
	is_number(f->t, 0, SLOW_QUERIES_INTERVAL_CALLS, 10);
}

/* One statement of so many calls 60 s ago, and of so many now. */
static void twice(struct fixture *f, struct sample **s, int64_t reset_then, int64_t reset, int64_t calls, int64_t total_ms)
{
	add(f->t, 1, 100, 1000 * MS);
	add_whole(f->t, reset_then, 2);
	*s = keep(f, 60);
	add(f->t, 1, calls, total_ms * MS);
	add_whole(f->t, reset, 5);
	f->ctx.window = *s;
}

static void test_resets(void **state)
{
	struct fixture *f = *state;
	struct sample *s;

	/* It shrank: thrown out, and back. */
	twice(f, &s, RESET, RESET, 150, 900);
	compute(f);
	is_number(f->t, 0, SLOW_QUERIES_INTERVAL_CALLS, 150);
	is_number(f->t, 0, SLOW_QUERIES_INTERVAL_TOTAL_S, 0.9);
	is_number(f->t, 0, SLOW_QUERIES_EVICTED, 3);
	sample_free(s);
	/* It grew, but all was reset between. */
	fixture_teardown(state);
	setup(state);
	f = *state;
	twice(f, &s, RESET, TAKEN - 20 * S, 150, 1900);
	compute(f);
	is_number(f->t, 0, SLOW_QUERIES_INTERVAL_CALLS, 150);
	is_number(f->t, 0, SLOW_QUERIES_INTERVAL_TOTAL_S, 1.9);
	is_number(f->t, 0, SLOW_QUERIES_EVICTED, 5);
	assert_int_equal(table_int(f->t, 0, SLOW_QUERIES_SINCE), TAKEN - 20 * S);
	sample_free(s);
}

static void test_entry_since(void **state)
{
	struct fixture *f = *state;
	struct sample *s;

	table_set_int(f->t, add(f->t, 1, 100, 1000 * MS), SLOW_QUERIES_ENTRY_SINCE, TAKEN - 100 * S);
	add_whole(f->t, RESET, 0);
	s = keep(f, 60);
	table_set_int(f->t, add(f->t, 1, 150, 1900 * MS), SLOW_QUERIES_ENTRY_SINCE, TAKEN - 30 * S);
	add_whole(f->t, RESET, 0);
	f->ctx.window = s;
	compute(f);
	is_number(f->t, 0, SLOW_QUERIES_INTERVAL_CALLS, 150);
	assert_int_equal(table_int(f->t, 0, SLOW_QUERIES_SINCE), TAKEN - 30 * S);
	sample_free(s);
}

static void test_hidden(void **state)
{
	struct fixture *f = *state;
	struct sample *s;
	char *one, *other;

	add(f->t, 1, 10, 1000 * MS);
	add_hidden(f->t, 5, 2000 * MS);
	add_hidden(f->t, 5, 4000 * MS);
	add_whole(f->t, RESET, 0);
	s = keep(f, 60);
	add(f->t, 1, 20, 2000 * MS);
	add_hidden(f->t, 6, 3000 * MS);
	add_hidden(f->t, 6, 5000 * MS);
	add_whole(f->t, RESET, 0);
	f->ctx.window = s;
	compute(f);
	assert_int_equal(f->t->nrows, 3);
	is_number(f->t, 0, SLOW_QUERIES_INTERVAL_SHARE, 1.0 / 3);   /* 1 s of 1 + 2 */
	is_number(f->t, 0, SLOW_QUERIES_SHARE, 0.2);
	is_none(f->t, 1, SLOW_QUERIES_QUERYID, CELL_UNKNOWN);
	is_none(f->t, 1, SLOW_QUERIES_NOW, CELL_UNKNOWN);
	is_number(f->t, 1, SLOW_QUERIES_SHARE, 0.5);
	is_number(f->t, 2, SLOW_QUERIES_SHARE, 0.3);
	assert_true(table_bool(f->t, 1, SLOW_QUERIES_HIDDEN));
	assert_int_equal(table_int(f->t, 1, SLOW_QUERIES_SIGN), SIGN_HIDDEN);
	one = table_key(f->t, 1);
	other = table_key(f->t, 2);
	assert_string_not_equal(one, other);
	compute(f);
	free(other);
	other = table_key(f->t, 1);
	assert_string_equal(one, other);
	free(one);
	free(other);
	sample_free(s);
}

/* A role that may see more from one moment on finds statements that are not new. */
static void test_revealed(void **state)
{
	struct fixture *f = *state;
	struct sample *s;

	add(f->t, 1, 10, 1000 * MS);
	add_hidden(f->t, 5, 2000 * MS);
	add_whole(f->t, RESET, 0);
	s = keep(f, 60);
	add(f->t, 1, 20, 2000 * MS);
	add(f->t, 2, 6, 3000 * MS);
	table_set_int(f->t, add(f->t, 3, 6, 500 * MS), SLOW_QUERIES_ENTRY_SINCE, TAKEN - 5 * S);
	add_whole(f->t, RESET, 0);
	f->ctx.window = s;
	compute(f);
	is_number(f->t, row_of(f->t, "1"), SLOW_QUERIES_INTERVAL_CALLS, 10);
	is_none(f->t, row_of(f->t, "2"), SLOW_QUERIES_INTERVAL_CALLS, CELL_PENDING);
	is_none(f->t, row_of(f->t, "2"), SLOW_QUERIES_NOW, CELL_PENDING);
	is_number(f->t, row_of(f->t, "3"), SLOW_QUERIES_INTERVAL_CALLS, 6);
	assert_int_equal(row_of(f->t, "2"), 2);
	sample_free(s);
}

/* Roles and databases are renamed and dropped, and names may not be there yet: it is the same statement all the while. */
static void test_renamed(void **state)
{
	struct fixture *f = *state;
	struct sample *s;

	table_set_none(f->t, add(f->t, 1, 10, 1000 * MS), SLOW_QUERIES_USER, CELL_PENDING);
	add(f->t, 2, 10, 1000 * MS);
	add_whole(f->t, RESET, 0);
	s = keep(f, 60);
	add(f->t, 1, 20, 2000 * MS);
	add(f->t, 2, 11, 1500 * MS);
	table_set_string(f->t, 1, SLOW_QUERIES_USER, "renamed");
	table_set_none(f->t, 1, SLOW_QUERIES_DATABASE, CELL_NULL);
	add_whole(f->t, RESET, 0);
	f->ctx.window = s;
	compute(f);
	is_number(f->t, row_of(f->t, "1"), SLOW_QUERIES_INTERVAL_CALLS, 10);
	is_number(f->t, row_of(f->t, "2"), SLOW_QUERIES_INTERVAL_CALLS, 1);
	is_number(f->t, row_of(f->t, "2"), SLOW_QUERIES_INTERVAL_TOTAL_S, 0.5);
	assert_string_equal(table_text(f->t, row_of(f->t, "2"), SLOW_QUERIES_DATABASE), "oid 5");
	sample_free(s);
}

/* All was reset when the figures had been read, and what holds for all had not: totals of before beside the time of the reset. */
static void test_reset_between(void **state)
{
	struct fixture *f = *state;
	struct sample *then, *between;

	add(f->t, 1, 100, 1000 * MS);
	add_hidden(f->t, 5, 2000 * MS);
	add_whole(f->t, RESET, 2);
	then = keep(f, 60);
	add(f->t, 1, 110, 1100 * MS);
	add(f->t, 2, 7, 300 * MS);
	add_hidden(f->t, 5, 2000 * MS);
	add_whole(f->t, TAKEN + S / 100, 0);
	f->ctx.window = then;
	f->t->took_us = S / 50;
	compute(f);
	is_none(f->t, row_of(f->t, "1"), SLOW_QUERIES_INTERVAL_CALLS, CELL_PENDING);
	is_none(f->t, row_of(f->t, "1"), SLOW_QUERIES_NOW, CELL_PENDING);
	is_none(f->t, row_of(f->t, "1"), SLOW_QUERIES_SINCE, CELL_PENDING);
	is_number(f->t, row_of(f->t, "1"), SLOW_QUERIES_TOTAL_S, 1.1);
	is_number(f->t, row_of(f->t, "2"), SLOW_QUERIES_INTERVAL_CALLS, 7);
	is_number(f->t, row_of(f->t, "2"), SLOW_QUERIES_NOW, 1);
	/* Ten seconds later, against that very sample: what shrank was reset, of what grew nobody knows. */
	between = sample_new(f->t);
	table_free(f->t);
	f->t = table_new(f->collector->columns, f->collector->ncolumns);
	f->t->taken_us = TAKEN + 10 * S;
	add(f->t, 1, 40, 400 * MS);
	add(f->t, 2, 9, 500 * MS);
	add_whole(f->t, TAKEN + S / 100, 0);
	f->ctx.window = between;
	compute(f);
	is_number(f->t, row_of(f->t, "1"), SLOW_QUERIES_INTERVAL_CALLS, 40);
	is_none(f->t, row_of(f->t, "2"), SLOW_QUERIES_INTERVAL_CALLS, CELL_PENDING);
	assert_int_equal(table_int(f->t, 0, SLOW_QUERIES_SINCE), TAKEN + S / 100);
	/* Against an older one all is known again. */
	f->ctx.window = then;
	compute(f);
	is_number(f->t, row_of(f->t, "1"), SLOW_QUERIES_INTERVAL_CALLS, 40);
	is_number(f->t, row_of(f->t, "2"), SLOW_QUERIES_INTERVAL_CALLS, 9);
	sample_free(then);
	sample_free(between);
}

static void test_nested(void **state)
{
	struct fixture *f = *state;
	size_t nested;

	add(f->t, 1, 10, 1000 * MS);
	nested = add(f->t, 7, 10, 900 * MS);
	table_set_bool(f->t, nested, SLOW_QUERIES_TOPLEVEL, false);
	table_set_int(f->t, nested, SLOW_QUERIES_ENTRY, 7 ^ (int64_t)DBID << 33 ^ (int64_t)USERID << 1 ^ 1);
	add_whole(f->t, RESET, 0);
	f->ctx.chosen = WINDOW_ALL;
	compute(f);
	is_number(f->t, row_of(f->t, "1"), SLOW_QUERIES_SHARE, 1);
	is_number(f->t, row_of(f->t, "7"), SLOW_QUERIES_SHARE, 0.9);
	assert_false(table_bool(f->t, row_of(f->t, "7"), SLOW_QUERIES_TOPLEVEL));
	/* Its caller has not ended: it has taken more than all that have, and first by its time. */
	table_set_int(f->t, row_of(f->t, "7"), SLOW_QUERIES_TOTAL_NS, 35470 * MS);
	compute(f);
	assert_int_equal(row_of(f->t, "7"), 0);
	is_none(f->t, 0, SLOW_QUERIES_SHARE, CELL_UNKNOWN);
	is_none(f->t, 0, SLOW_QUERIES_ALL, CELL_UNKNOWN);
	is_none(f->t, 0, SLOW_QUERIES_INTERVAL_SHARE, CELL_UNKNOWN);
	is_none(f->t, 0, SLOW_QUERIES_NOW, CELL_UNKNOWN);
	is_number(f->t, 0, SLOW_QUERIES_INTERVAL_TOTAL_S, 35.47);
	is_number(f->t, 1, SLOW_QUERIES_SHARE, 1);
}

static void test_own(void **state)
{
	struct fixture *f = *state;

	table_set_bool(f->t, add(f->t, 1, 10, 900000 * MS), SLOW_QUERIES_OWN, true);
	add_whole(f->t, RESET, 0);
	compute(f);
	judge(f);
	assert_true(table_bool(f->t, 0, SLOW_QUERIES_MINOR));
	assert_int_equal(table_int(f->t, 0, SLOW_QUERIES_SIGN), SIGN_NONE);
	assert_int_equal(result_of(f, "slow-queries"), CHECK_OK);
	assert_int_equal(result_of(f, "statements-missing"), CHECK_OK);
}

static void test_nothing(void **state)
{
	struct fixture *f = *state;
	struct strbuf b = STRBUF_INIT;

	compute(f);
	judge(f);
	assert_int_equal(result_of(f, "slow-queries"), CHECK_OK);
	slow_queries_collector.summary(f->t, &b);
	slow_queries_collector.footer(f->t, TAKEN, &b);
	strbuf_free(&b);
	add_whole(f->t, RESET, 0);
	compute(f);
	assert_int_equal(f->t->nrows, 0);
}

static void is_summary(struct fixture *f, enum window window, double seconds, const char *expected)
{
	struct strbuf b = STRBUF_INIT;

	table_set_int(f->t, 0, SLOW_QUERIES_WINDOW, window);
	table_set_float(f->t, 0, SLOW_QUERIES_WINDOW_S, seconds);
	slow_queries_collector.summary(f->t, &b);
	assert_string_equal(b.text, expected);
	strbuf_free(&b);
}

static void is_footer(struct fixture *f, int64_t times, int64_t lately, const char *expected)
{
	struct strbuf b = STRBUF_INIT;

	table_set_int(f->t, 0, SLOW_QUERIES_EVICTIONS, times);
	table_set_int(f->t, 0, SLOW_QUERIES_EVICTED, lately);
	slow_queries_collector.footer(f->t, TAKEN, &b);
	assert_string_equal(b.text + strcspn(b.text, ".;"), expected);
	assert_memory_equal(b.text, "Counted since ", 14);
	strbuf_free(&b);
}

static void test_words(void **state)
{
	struct fixture *f = *state;

	add(f->t, 1, 10, 1000 * MS);
	add_whole(f->t, TAKEN - (43 * 86400 + 2 * 3600) * S, 0);
	compute(f);
	is_summary(f, WINDOW_INTERVAL, 10.02, "last 10 s; s shows the last 60 s");
	is_summary(f, WINDOW_MINUTE, 60.1, "last 60 s; s shows the last 5 min");
	is_summary(f, WINDOW_MINUTE, 0, "no interval yet; s shows the last 5 min");
	is_summary(f, WINDOW_5_MINUTES, 301, "last 5 min; s shows the last 15 min");
	is_summary(f, WINDOW_5_MINUTES, 207, "last 3m27s; s shows the last 15 min");
	is_summary(f, WINDOW_15_MINUTES, 900, "last 15 min; s shows all since the reset 43d02h ago");
	is_summary(f, WINDOW_ALL, 0, "all since the reset 43d02h ago; s shows the last interval");
	table_set_float(f->t, 0, SLOW_QUERIES_WINDOW_S, 60);
	is_footer(f, 0, 0, ".");
	is_footer(f, 1, 0, "; 1 time the least used were thrown out (pg_stat_statements.max)");
	is_footer(f, 3, 2, "; 3 times the least used were thrown out (pg_stat_statements.max), 2 of them in the last 60 s: statements are missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_windows, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_all, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_old_extension, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_resets, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_entry_since, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_hidden, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_revealed, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_renamed, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_reset_between, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_nested, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_own, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_words, setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

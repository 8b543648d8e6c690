/* The figures: rates against resets, rows that are always there, and the findings at their limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collectors/activity.h"
#include "collectors/locks.h"
#include "collectors/stats.h"
#include "tests/lib/fixture.h"

#define START INT64_C(1795340000000000)

static char user_name[] = "monitor";

static int setup(void **state)
{
	return fixture_setup(state, &stats_collector, user_name);
}

static size_t gauge(struct table *t, const char *name, double value)
{
	size_t row = table_add_row(t);

	table_set_string(t, row, STATS_NAME, name);
	table_set_float(t, row, STATS_VALUE, value);
	return row;
}

struct counts {
	int64_t counter, counter2, since, started, taken;
};

static struct table *counted(const char *name, const struct counts *s)
{
	struct table *t = table_new(stats_collector.columns, stats_collector.ncolumns);
	size_t row = table_add_row(t);

	table_set_string(t, row, STATS_NAME, name);
	table_set_int(t, row, STATS_COUNTER, s->counter);
	table_set_int(t, row, STATS_COUNTER2, s->counter2);
	if (s->since)
		table_set_int(t, row, STATS_SINCE, s->since);
	table_set_int(t, row, STATS_STARTED, s->started);
	table_set_int(t, row, STATS_TAKEN, s->taken);
	return t;
}

/* The figure's cell after two samples; kind in *kind. */
static double after_two(struct fixture *f, const char *name, enum figure figure, struct counts a, struct counts b, enum cell_kind *kind)
{
	struct table *first = counted(name, &a), *second = counted(name, &b);
	struct sample *before;
	double value;

	f->ctx.before = NULL;
	stats_collector.derive(&f->ctx, first);
	assert_int_equal(table_cell(first, figure, STATS_VALUE)->kind, CELL_PENDING);
	f->ctx.before = before = sample_new(first);
	stats_collector.derive(&f->ctx, second);
	f->ctx.before = NULL;
	*kind = table_cell(second, figure, STATS_VALUE)->kind;
	assert_int_equal(table_cell(second, figure, STATS_SHOWN)->kind, *kind == CELL_FLOAT ? CELL_TEXT : *kind);
	value = table_number(second, figure, STATS_VALUE);
	table_free(first);
	table_free(second);
	sample_free(before);
	return value;
}

static void test_every_figure_has_its_row(void **state)
{
	struct fixture *f = *state;

	gauge(f->t, "uptime", 5);
	gauge(f->t, "of no such name", 1);
	stats_collector.derive(&f->ctx, f->t);
	assert_int_equal(f->t->nrows, FIGURES);
	assert_string_equal(table_text(f->t, FIGURE_CONNECTIONS_USED, STATS_NAME), "connections_used");
	assert_string_equal(table_text(f->t, FIGURE_UPTIME, STATS_NAME), "uptime");
	assert_string_equal(table_text(f->t, FIGURE_UPTIME, STATS_UNIT), "s");
	assert_true(table_number(f->t, FIGURE_UPTIME, STATS_VALUE) == 5);
	assert_int_equal(table_cell(f->t, FIGURE_WAL_BYTES, STATS_VALUE)->kind, CELL_UNKNOWN);
	assert_int_equal(table_cell(f->t, FIGURE_XID_AGE, STATS_SHOWN)->kind, CELL_UNKNOWN);
	assert_string_equal(table_text(f->t, FIGURE_DEADLOCKS, STATS_SCOPE), "database");
	assert_string_equal(table_text(f->t, FIGURE_WAL_BYTES, STATS_SCOPE), "server");
	stats_collector.judge(&f->ctx, f->t, &f->out);
	for (size_t i = 0; i < f->out.nchecks; i++)
		assert_int_equal(f->out.checks[i].result, CHECK_UNKNOWN);
}

static void test_rates(void **state)
{
	struct fixture *f = *state;
	const struct counts a = { 100, 50, 7, 3, 10000000 };
	struct counts b = { 150, 60, 7, 3, 12500000 };
	enum cell_kind kind;

	assert_true(after_two(f, "commits", FIGURE_COMMITS, a, b, &kind) == 20);
	assert_int_equal(kind, CELL_FLOAT);
	assert_true(after_two(f, "cache_hit_ratio", FIGURE_CACHE_HIT_RATIO, a, b, &kind) == 50.0 / 60);
	b.counter = a.counter;
	b.counter2 = a.counter2;
	assert_true(after_two(f, "cache_hit_ratio", FIGURE_CACHE_HIT_RATIO, a, b, &kind) == 1);
	assert_true(after_two(f, "rollback_ratio", FIGURE_ROLLBACK_RATIO, a, b, &kind) == 0);
	assert_int_equal(kind, CELL_FLOAT);
	assert_true(after_two(f, "commits", FIGURE_COMMITS, a, b, &kind) == 0);
	assert_int_equal(kind, CELL_FLOAT);
}

static void test_resets_give_no_rate(void **state)
{
	static const struct counts a = { 100, 50, 7, 3, 10000000 };
	static const struct counts b[] = {
		{ 99, 60, 7, 3, 12000000 },    /* shrank */
		{ 150, 49, 7, 3, 12000000 },   /* the other shrank */
		{ 150, 60, 8, 3, 12000000 },   /* was reset and has grown past */
		{ 150, 60, 0, 3, 12000000 },   /* lost its time of reset */
		{ 150, 60, 7, 4, 12000000 },   /* the server was started anew */
		{ 150, 60, 7, 3, 10000000 },   /* no time has passed */
	};
	struct fixture *f = *state;
	enum cell_kind kind;

	for (size_t i = 0; i < sizeof b / sizeof *b; i++) {
		after_two(f, "rollback_ratio", FIGURE_ROLLBACK_RATIO, a, b[i], &kind);
		assert_int_equal(kind, CELL_PENDING);
	}
}

static void test_hidden_sessions(void **state)
{
	struct fixture *f = *state;
	size_t row = gauge(f->t, "sessions_idle", 4);

	table_set_int(f->t, row, STATS_HIDDEN_SOURCES, 3);
	/* Of a hidden session the snapshot is told, but not its age. */
	row = gauge(f->t, "oldest_xmin", 5);
	table_set_int(f->t, row, STATS_HOLDER_PID, 4127);
	table_set_string(f->t, row, STATS_HOLDER, "pid 4127 app");
	stats_collector.derive(&f->ctx, f->t);
	assert_int_equal(table_cell(f->t, FIGURE_SESSIONS_IDLE, STATS_VALUE)->kind, CELL_UNKNOWN);
	assert_true(table_number(f->t, FIGURE_OLDEST_XMIN, STATS_VALUE) == 5);
	stats_collector.judge(&f->ctx, f->t, &f->out);
	for (size_t i = 0; i < f->out.nchecks; i++)
		if (strcmp(f->out.checks[i].id, "xmin-horizon") == 0)
			assert_string_equal(f->out.checks[i].why, "GRANT pg_read_all_stats TO monitor;");
	assert_int_equal(f->out.nfindings, 0);
}

static const struct check *check(const struct fixture *f, const char *id)
{
	for (size_t i = 0; i < f->out.nchecks; i++)
		if (strcmp(f->out.checks[i].id, id) == 0)
			return &f->out.checks[i];
	fail_msg("no check %s", id);
	return NULL;
}

static void judge(struct fixture *f)
{
	stats_collector.derive(&f->ctx, f->t);
	stats_collector.judge(&f->ctx, f->t, &f->out);
}

static void connections(struct fixture *f, double used)
{
	size_t row = gauge(f->t, "connections_used", used);

	table_set_string(f->t, row, STATS_HOLDER, "orders-api (121)");
	gauge(f->t, "connections_limit", 200);
	gauge(f->t, "connections_reserved", 3);
	gauge(f->t, "sessions_waiting_for_lock", 25);
	gauge(f->t, "sessions_idle", 140);
}

static void test_connections_limits(void **state)
{
	static const struct { double used; enum check_result result; enum severity severity; } cases[] = {
		{ 157, CHECK_OK, SEVERITY_INFO },
		{ 158, CHECK_FINDING, SEVERITY_WARNING },
		{ 187, CHECK_FINDING, SEVERITY_WARNING },
		{ 188, CHECK_FINDING, SEVERITY_CRITICAL },
		{ 197, CHECK_FINDING, SEVERITY_CRITICAL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture *f = fixture_again(state);
		connections(f, cases[i].used);
		judge(f);
		assert_int_equal(check(f, "connections")->result, cases[i].result);
		if (cases[i].result == CHECK_FINDING) {
			assert_int_equal(fixture_finding(f, "connections")->severity, cases[i].severity);
			assert_string_equal(fixture_finding(f, "connections")->evidence,
					    "25 wait for locks, 140 idle, most from orders-api (121)");
		}
	}
}

/* Marks of half a minute each, the last one now. */
static void marks(struct fixture *f, const double *values, int n)
{
	for (int i = 0; i < n; i++) {
		f->ctx.now_us = 1000 * HISTORY_MARK_US + i * HISTORY_MARK_US + 1000000;
		history_add(f->history, "connections_used", values[i], f->ctx.now_us);
	}
}

static void test_connections_full_at_this_rate(void **state)
{
	static const double rising[] = { 177, 178, 179, 180, 181, 182, 183 };
	static const double late[] = { 180, 180, 180, 180, 181, 182, 183 };
	static const double fell[] = { 177, 178, 181, 180, 181, 182, 183 };
	struct fixture *f = *state;

	marks(f, rising, 7);
	connections(f, 183);
	judge(f);
	/* 2 a minute, 14 to go */
	assert_string_equal(fixture_finding(f, "connections")->title, "183 of 197 connections in use, full in ~7 min at this rate");
	assert_int_equal(fixture_finding(f, "connections")->severity, SEVERITY_WARNING);

	f = fixture_again(state);
	marks(f, rising, 7);
	connections(f, 189);
	f->limits.value[LIMIT_CONNECTIONS_SHARE][1] = 1;
	judge(f);
	assert_string_equal(fixture_finding(f, "connections")->title, "189 of 197 connections in use, full in ~4 min at this rate");
	assert_int_equal(fixture_finding(f, "connections")->severity, SEVERITY_CRITICAL);
	assert_true(fixture_finding(f, "connections")->since_us == TAKEN - 5 * HISTORY_MARK_US - 1000000);
	assert_true(fixture_finding(f, "connections")->since_at_least);

	f = fixture_again(state);
	marks(f, late, 7);
	connections(f, 189);
	judge(f);
	assert_string_equal(fixture_finding(f, "connections")->title, "189 of 197 connections in use");

	f = fixture_again(state);
	marks(f, fell, 7);
	connections(f, 189);
	judge(f);
	assert_string_equal(fixture_finding(f, "connections")->title, "189 of 197 connections in use");
}

static void xmin(struct fixture *f, double age, double age_s)
{
	size_t row = gauge(f->t, "oldest_xmin", age);

	table_set_float(f->t, row, STATS_AGE_S, age_s);
	table_set_string(f->t, row, STATS_HOLDER, "pid 4127 app");
	table_set_string(f->t, row, STATS_NOTE, "app, orders-api, shop: idle in transaction");
	table_set_int(f->t, row, STATS_HOLDER_PID, 4127);
	table_set_int(f->t, row, STATS_HOLDER_START, START);
}

static void test_xmin_limits(void **state)
{
	static const struct { double age, age_s; enum check_result result; enum severity severity; } cases[] = {
		{ 9999999, 1799, CHECK_OK, SEVERITY_INFO },
		{ 10e6, 0, CHECK_FINDING, SEVERITY_WARNING },
		{ 0, 1800, CHECK_FINDING, SEVERITY_WARNING },
		{ 99999999, 21599, CHECK_FINDING, SEVERITY_WARNING },
		{ 100e6, 0, CHECK_FINDING, SEVERITY_CRITICAL },
		{ 0, 21600, CHECK_FINDING, SEVERITY_CRITICAL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture *f = fixture_again(state);
		xmin(f, cases[i].age, cases[i].age_s);
		judge(f);
		assert_int_equal(check(f, "xmin-horizon")->result, cases[i].result);
		if (cases[i].result == CHECK_FINDING)
			assert_int_equal(fixture_finding(f, "xmin-horizon")->severity, cases[i].severity);
	}
}

static void test_xmin_names_its_holder(void **state)
{
	struct fixture *f = *state;
	const struct finding *found;
	char *key = activity_key(4127, START);
	size_t row;

	xmin(f, 1.9e6, 1900);
	judge(f);
	found = fixture_finding(f, "xmin-horizon");
	assert_string_equal(found->title, "Oldest xmin is 1.90M transactions back, held by pid 4127 app");
	assert_string_equal(found->key, "oldest_xmin");
	assert_string_equal(found->cause_pane, "activity");
	assert_string_equal(found->cause_key, key);
	assert_null(found->title_clause);
	assert_string_equal(found->evidence_clause, "; oldest xmin, 1.90M transactions back");
	free(key);

	f = fixture_again(state);
	row = gauge(f->t, "oldest_xmin", 20e6);
	table_set_int(f->t, row, STATS_HOLDER_PID, 0);
	table_set_string(f->t, row, STATS_HOLDER_GID, "xa-8812");
	judge(f);
	found = fixture_finding(f, "xmin-horizon");
	key = locks_key(0, "xa-8812");
	assert_string_equal(found->cause_pane, "locks");
	assert_string_equal(found->cause_key, key);
	assert_string_equal(found->title_clause, " and holds xmin");
	assert_string_equal(found->fix_sql, "ROLLBACK PREPARED 'xa-8812';  -- or COMMIT PREPARED: who prepared it knows which");
	free(key);

	f = fixture_again(state);
	row = gauge(f->t, "oldest_xmin", 20e6);
	table_set_string(f->t, row, STATS_HOLDER_SLOT, "old_slot");
	judge(f);
	assert_string_equal(fixture_finding(f, "xmin-horizon")->fix_sql, "SELECT pg_drop_replication_slot('old_slot');");
}

static void ages(struct fixture *f, double xid, double freeze, double multixact)
{
	size_t row = gauge(f->t, "xid_age", xid);

	table_set_float(f->t, row, STATS_OTHER_VALUE, freeze);
	table_set_string(f->t, row, STATS_NOTE, "shop");
	row = gauge(f->t, "multixact_age", multixact);
	table_set_float(f->t, row, STATS_OTHER_VALUE, 400e6);
	table_set_string(f->t, row, STATS_NOTE, "shop");
}

static void test_wraparound_limits(void **state)
{
	static const struct { double xid, freeze, multixact; enum check_result result; enum severity severity; } cases[] = {
		{ 219999999, 200e6, 0, CHECK_OK, SEVERITY_INFO },
		{ 221e6, 200e6, 0, CHECK_FINDING, SEVERITY_WARNING },
		{ 536870911, 1e9, 0, CHECK_OK, SEVERITY_INFO },
		{ 536870912, 1e9, 0, CHECK_FINDING, SEVERITY_WARNING },
		{ 1288490188, 1e9, 0, CHECK_FINDING, SEVERITY_WARNING },
		{ 1288490189, 1e9, 0, CHECK_FINDING, SEVERITY_CRITICAL },
		{ 0, 200e6, 441e6, CHECK_FINDING, SEVERITY_WARNING },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture *f = fixture_again(state);
		ages(f, cases[i].xid, cases[i].freeze, cases[i].multixact);
		judge(f);
		assert_int_equal(check(f, "wraparound")->result, cases[i].result);
		if (cases[i].result == CHECK_FINDING)
			assert_int_equal(fixture_finding(f, "wraparound")->severity, cases[i].severity);
	}
	assert_string_equal(fixture_finding(*state, "wraparound")->title, "Database shop: oldest multixact id 20.5% of the way to wraparound");
}

static void lag(struct fixture *f, double bytes, double seconds, const char *note)
{
	size_t row = gauge(f->t, "replication_lag", seconds);

	table_set_float(f->t, row, STATS_AGE_S, seconds);
	table_set_float(f->t, row, STATS_OTHER_VALUE, bytes);
	if (note)
		table_set_string(f->t, row, STATS_NOTE, note);
}

static void test_replication_limits(void **state)
{
	static const struct { double bytes, seconds; enum check_result result; enum severity severity; } cases[] = {
		{ 16777215, 1000, CHECK_OK, SEVERITY_INFO },
		{ 1e12, 9.9, CHECK_OK, SEVERITY_INFO },
		{ 16777216, 10, CHECK_FINDING, SEVERITY_WARNING },
		{ 1073741824, 59, CHECK_FINDING, SEVERITY_WARNING },
		{ 1073741824, 60, CHECK_FINDING, SEVERITY_CRITICAL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		f = fixture_again(state);
		lag(f, cases[i].bytes, cases[i].seconds, "sb1");
		judge(f);
		assert_int_equal(check(f, "replication-lag")->result, cases[i].result);
		if (cases[i].result == CHECK_FINDING)
			assert_int_equal(fixture_finding(f, "replication-lag")->severity, cases[i].severity);
	}
	assert_string_equal(fixture_finding(f, "replication-lag")->title, "Standby sb1 is 1.0 GB and 1m00s behind");

	f = fixture_again(state);
	f->facts.standby = true;
	lag(f, 2e9, 130, NULL);
	judge(f);
	assert_string_equal(fixture_finding(f, "replication-lag")->title, "This standby is 1.9 GB and 2m10s behind its primary");
}

/* A standby of an idle primary: the last commit is old, but it has been behind only since it was last seen caught up. */
static void test_lag_of_a_standby(void **state)
{
	struct fixture *f = *state;
	struct sample *before;

	f->facts.standby = true;
	lag(f, 0, 0, NULL);
	table_set_int(f->t, 0, STATS_TAKEN, TAKEN);
	stats_collector.derive(&f->ctx, f->t);
	before = sample_new(f->t);
	for (int i = 1; i <= 2; i++) {
		struct table *t = table_new(stats_collector.columns, stats_collector.ncolumns);

		table_free(f->t);
		f->t = t;
		lag(f, 5000, 600, NULL);
		table_set_int(t, 0, STATS_TAKEN, TAKEN + i * 2000000);
		f->ctx.before = before;
		stats_collector.derive(&f->ctx, t);
		assert_true(table_number(t, FIGURE_REPLICATION_LAG, STATS_VALUE) == 2 * i);
		sample_free(before);
		before = sample_new(t);
	}
	sample_free(before);
	f->ctx.before = NULL;
}

static void test_replication_results(void **state)
{
	struct fixture *f = *state;
	size_t row = table_add_row(f->t);

	table_set_string(f->t, row, STATS_NAME, "replication_lag");
	judge(f);
	assert_int_equal(check(f, "replication-lag")->result, CHECK_NOT_APPLICABLE);

	f = fixture_again(state);
	row = table_add_row(f->t);
	table_set_string(f->t, row, STATS_NAME, "replication_lag");
	table_set_int(f->t, row, STATS_HIDDEN_SOURCES, 1);
	judge(f);
	assert_string_equal(check(f, "replication-lag")->why, "GRANT pg_read_all_stats TO monitor;");

	f = fixture_again(state);
	f->facts.standby = true;
	lag(f, 0, 12, "stream lost");
	judge(f);
	assert_string_equal(fixture_finding(f, "replication-lag")->title, "This standby receives no WAL; last commit replayed is 12s old");

	f = fixture_again(state);
	f->facts.standby = true;
	lag(f, 0, 5000, "no stream");
	judge(f);
	assert_int_equal(check(f, "replication-lag")->result, CHECK_UNKNOWN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_every_figure_has_its_row), TEST(test_rates), TEST(test_resets_give_no_rate), TEST(test_hidden_sessions),
		TEST(test_connections_limits), TEST(test_connections_full_at_this_rate), TEST(test_xmin_limits),
		TEST(test_xmin_names_its_holder), TEST(test_wraparound_limits), TEST(test_replication_limits),
		TEST(test_lag_of_a_standby), TEST(test_replication_results),
	};
	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}

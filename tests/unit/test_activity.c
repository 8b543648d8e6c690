/* Sessions: signs, what they wait for, what is hidden or minor, order, and idle transactions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collectors/activity.h"
#include "collectors/locks.h"
#include "tests/lib/fixture.h"

#define START INT64_C(1795340000000000)

static char user_name[] = "Moni\"tor";

static int setup(void **state)
{
	return fixture_setup(state, &activity_collector, user_name);
}

static size_t session(struct table *t, int pid, const char *what, double transaction_s, double state_s)
{
	size_t row = table_add_row(t);

	table_set_int(t, row, ACTIVITY_PID, pid);
	table_set_int(t, row, ACTIVITY_BACKEND_START, START);
	table_set_string(t, row, ACTIVITY_USER, "app");
	table_set_string(t, row, ACTIVITY_BACKEND_TYPE, "client backend");
	table_set_string(t, row, ACTIVITY_STATE, what);
	if (transaction_s >= 0)
		table_set_float(t, row, ACTIVITY_TRANSACTION_S, transaction_s);
	table_set_float(t, row, ACTIVITY_QUERY_S, state_s + 1);
	table_set_float(t, row, ACTIVITY_STATE_S, state_s);
	table_set_string(t, row, ACTIVITY_QUERY, "UPDATE orders SET status = 1");
	table_set_int(t, row, ACTIVITY_QUERY_SIZE, 1024);
	return row;
}

/* As the server gives it to a role that may not see it. */
static size_t hidden(struct table *t, int pid, const char *user)
{
	size_t row = table_add_row(t);

	table_set_int(t, row, ACTIVITY_PID, pid);
	if (user)
		table_set_string(t, row, ACTIVITY_USER, user);
	table_set_string(t, row, ACTIVITY_QUERY, "<insufficient privilege>");
	table_set_bool(t, row, ACTIVITY_HIDDEN, true);
	return row;
}

static size_t row_of(const struct table *t, int pid)
{
	for (size_t row = 0; row < t->nrows; row++)
		if (table_int(t, row, ACTIVITY_PID) == pid)
			return row;
	fail_msg("pid %d has no row", pid);
	return 0;
}

static void derive(struct fixture *f)
{
	activity_collector.derive(&f->ctx, f->t);
}

static void test_order(void **state)
{
	static const int expected[] = { 3, 2, 5, 1, 4 };
	struct fixture *f = *state;

	session(f->t, 1, "idle", -1, 5);
	session(f->t, 5, "active", 10, 1);
	session(f->t, 2, "active", 10, 1);
	session(f->t, 3, "idle in transaction", 900, 1);
	hidden(f->t, 4, "app");
	derive(f);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(table_int(f->t, i, ACTIVITY_PID), expected[i]);
}

static void test_states(void **state)
{
	struct fixture *f = *state;
	size_t row;

	session(f->t, 1, "idle in transaction", 20, 10);
	session(f->t, 2, "idle in transaction (aborted)", 20, 10);
	session(f->t, 3, "active", 20, 10);
	derive(f);
	assert_string_equal(table_text(f->t, row_of(f->t, 1), ACTIVITY_STATE_SHORT), "idle tx");
	assert_string_equal(table_text(f->t, row_of(f->t, 2), ACTIVITY_STATE_SHORT), "aborted");
	row = row_of(f->t, 3);
	assert_string_equal(table_text(f->t, row, ACTIVITY_STATE_SHORT), "active");
	assert_true(table_number(f->t, row, ACTIVITY_FOR) == 11);
	assert_true(table_number(f->t, row_of(f->t, 1), ACTIVITY_FOR) == 10);
	assert_int_equal(table_cell(f->t, row, ACTIVITY_WAITS_FOR)->kind, CELL_NULL);
	assert_string_equal(table_text(f->t, row, ACTIVITY_QUERY_TEXT), "28 B, whole");
}

static void test_blocking(void **state)
{
	struct fixture *f = *state;
	size_t row;

	row = session(f->t, 1, "idle", -1, 10);
	row = session(f->t, 2, "active", 10, 5);
	table_set_string(f->t, row, ACTIVITY_BLOCKED_BY, "1\x1f" "9\x1f" "1");
	table_set_string(f->t, row, ACTIVITY_WANTS, "AccessExclusiveLock on relation");
	table_set_string(f->t, row, ACTIVITY_WAIT_EVENT, "relation");
	row = session(f->t, 3, "active", 10, 5);
	table_set_string(f->t, row, ACTIVITY_WAIT_EVENT, "DataFileRead");
	derive(f);
	row = row_of(f->t, 1);
	assert_int_equal(table_int(f->t, row, ACTIVITY_SIGN), SIGN_ROOT);
	assert_false(table_bool(f->t, row, ACTIVITY_MINOR));
	row = row_of(f->t, 2);
	assert_int_equal(table_int(f->t, row, ACTIVITY_SIGN), SIGN_WAITS);
	assert_string_equal(table_text(f->t, row, ACTIVITY_WAITS_FOR), "by 1");
	assert_string_equal(table_text(f->t, row, ACTIVITY_BLOCKED), "by 1 app, 9");
	assert_string_equal(table_text(f->t, row, ACTIVITY_BLOCKED_BY), "1\x1f" "9");
	assert_string_equal(table_text(f->t, row, ACTIVITY_WANTS), "AccessExclusive on relation");
	row = row_of(f->t, 3);
	assert_int_equal(table_int(f->t, row, ACTIVITY_SIGN), SIGN_NONE);
	assert_string_equal(table_text(f->t, row, ACTIVITY_WAITS_FOR), "DataFileRead");
	assert_string_equal(table_text(f->t, row, ACTIVITY_BLOCKED_BY), "");
}

/* What the statement left out of a list is said. */
static void test_blocked_by_many(void **state)
{
	static const struct { int listed, more; const char *says; } cases[] = {
		{ 2, 0, "by 100, 101" },
		{ 10, 0, "by 100, 101, 102, 103, 104, 105, 106, 107 and 2 more" },
		{ 64, 436, "by 100, 101, 102, 103, 104, 105, 106, 107 and 492 more" },
		{ 1, -1, "by 100 and the queue ahead" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture *f = fixture_again(state);
		size_t row = session(f->t, 1, "active", 10, 5);
		struct strbuf list = STRBUF_INIT;
		for (int k = 0; k < cases[i].listed; k++)
			strbuf_addf(&list, "%s%d", k ? "\x1f" : "", 100 + k);
		table_set_text(f->t, row, ACTIVITY_BLOCKED_BY, list.text, list.len);
		if (cases[i].more)
			table_set_int(f->t, row, ACTIVITY_MORE, cases[i].more);
		derive(f);
		assert_string_equal(table_text(f->t, 0, ACTIVITY_BLOCKED), cases[i].says);
		assert_string_equal(table_text(f->t, 0, ACTIVITY_WAITS_FOR), "by 100");
		assert_string_equal(table_text(f->t, 0, ACTIVITY_BLOCKED_BY), list.text);
		strbuf_free(&list);
	}
}

static size_t blocked(struct table *t, int pid, const char *blockers)
{
	size_t row = session(t, pid, "active", 10, 5);

	table_set_string(t, row, ACTIVITY_BLOCKED_BY, blockers);
	return row;
}

static void is_blocked(const struct fixture *f, int pid, const char *says)
{
	assert_string_equal(table_text(f->t, row_of(f->t, pid), ACTIVITY_BLOCKED), says);
}

/* At whose end a session would go on is told whatever the order of the rows, and where they wait in a circle it is nobody's. */
static void test_roots(void **state)
{
	struct fixture *f = *state;

	blocked(f->t, 4, "3");
	blocked(f->t, 2, "1");
	blocked(f->t, 3, "2");
	session(f->t, 1, "idle in transaction", 10, 5);
	blocked(f->t, 10, "11");
	blocked(f->t, 11, "10");
	blocked(f->t, 12, "11");
	blocked(f->t, 20, "99");
	table_set_string(f->t, blocked(f->t, 30, "0"), ACTIVITY_PREPARED, "AccessExclusiveLock xa-1");
	blocked(f->t, 31, "30");
	derive(f);
	is_blocked(f, 2, "by 1 app");
	is_blocked(f, 3, "by 2 app, root 1 app");
	is_blocked(f, 4, "by 3 app, root 1 app");
	is_blocked(f, 10, "by 11 app");
	is_blocked(f, 11, "by 10 app");
	is_blocked(f, 12, "by 11 app");
	is_blocked(f, 20, "by 99");
	is_blocked(f, 30, "by xa-1");
	is_blocked(f, 31, "by 30 app, root xa-1");
}

static void test_prepared(void **state)
{
	struct fixture *f = *state;
	size_t row;

	row = session(f->t, 1, "active", 10, 5);
	table_set_string(f->t, row, ACTIVITY_BLOCKED_BY, "0");
	table_set_string(f->t, row, ACTIVITY_WANTS, "ShareLock on relation");
	table_set_string(f->t, row, ACTIVITY_PREPARED, "AccessShareLock xa 1\x1fRowExclusiveLock xa 2");
	row = session(f->t, 2, "active", 10, 5);
	table_set_string(f->t, row, ACTIVITY_BLOCKED_BY, "0");
	table_set_string(f->t, row, ACTIVITY_WANTS, "ShareLock on relation");
	derive(f);
	assert_string_equal(table_text(f->t, row_of(f->t, 1), ACTIVITY_WAITS_FOR), "by xa 2");
	assert_string_equal(table_text(f->t, row_of(f->t, 2), ACTIVITY_WAITS_FOR), "by prepared");
}

static void test_hidden(void **state)
{
	struct fixture *f = *state;
	size_t row;

	row = hidden(f->t, 1, "app");
	table_set_string(f->t, row, ACTIVITY_BLOCKED_BY, "2");
	hidden(f->t, 2, "app");
	hidden(f->t, 3, "app");
	hidden(f->t, 4, NULL);
	derive(f);
	row = row_of(f->t, 3);
	assert_int_equal(table_int(f->t, row, ACTIVITY_SIGN), SIGN_HIDDEN);
	assert_int_equal(table_cell(f->t, row, ACTIVITY_STATE)->kind, CELL_UNKNOWN);
	assert_int_equal(table_cell(f->t, row, ACTIVITY_QUERY)->kind, CELL_UNKNOWN);
	assert_int_equal(table_cell(f->t, row, ACTIVITY_WAITS_FOR)->kind, CELL_UNKNOWN);
	assert_int_equal(table_cell(f->t, row, ACTIVITY_FOR)->kind, CELL_UNKNOWN);
	assert_string_equal(table_text(f->t, row, ACTIVITY_USER), "app");
	assert_false(table_bool(f->t, row, ACTIVITY_MINOR));
	assert_string_equal(table_text(f->t, row_of(f->t, 1), ACTIVITY_WAITS_FOR), "by 2");
	assert_int_equal(table_int(f->t, row_of(f->t, 2), ACTIVITY_SIGN), SIGN_ROOT);
	assert_true(table_bool(f->t, row_of(f->t, 4), ACTIVITY_MINOR));
	activity_collector.judge(&f->ctx, f->t, &f->out);
	assert_int_equal(f->out.checks[0].result, CHECK_UNKNOWN);
	assert_string_equal(f->out.checks[0].why, "GRANT pg_read_all_stats TO \"Moni\"\"tor\";");
}

static void test_minor(void **state)
{
	struct fixture *f = *state;
	size_t row;

	session(f->t, 1, "idle", -1, 5);
	session(f->t, 2, "active", 5, 5);
	row = session(f->t, 3, "active", 5, 5);
	table_set_bool(f->t, row, ACTIVITY_OWN, true);
	row = session(f->t, 4, "", -1, 5);
	table_set_none(f->t, row, ACTIVITY_STATE, CELL_NULL);
	table_set_string(f->t, row, ACTIVITY_BACKEND_TYPE, "checkpointer");
	row = session(f->t, 5, "active", 700, 700);
	table_set_string(f->t, row, ACTIVITY_BACKEND_TYPE, "autovacuum worker");
	session(f->t, 6, "idle in transaction (aborted)", 5, 5);
	derive(f);
	for (int pid = 1; pid <= 6; pid++)
		assert_int_equal(table_bool(f->t, row_of(f->t, pid), ACTIVITY_MINOR), pid == 1 || pid == 3 || pid == 4);
}

static void test_idle_limits(void **state)
{
	static const struct { double state_s; const char *what; bool blocks; enum check_result result; enum severity severity; }
	cases[] = {
		{ 59.9, "idle in transaction", false, CHECK_OK, SEVERITY_INFO },
		{ 59.9, "idle in transaction", true, CHECK_OK, SEVERITY_INFO },
		{ 60, "idle in transaction", false, CHECK_FINDING, SEVERITY_WARNING },
		{ 60, "idle in transaction", true, CHECK_FINDING, SEVERITY_CRITICAL },
		{ 299.9, "idle in transaction (aborted)", false, CHECK_FINDING, SEVERITY_WARNING },
		{ 300, "idle in transaction", false, CHECK_FINDING, SEVERITY_CRITICAL },
		{ 4000, "active", false, CHECK_OK, SEVERITY_INFO },
		{ 4000, "idle", false, CHECK_OK, SEVERITY_INFO },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture *f = fixture_again(state);
		session(f->t, 4127, cases[i].what, cases[i].state_s + 1, cases[i].state_s);
		if (cases[i].blocks)
			table_set_string(f->t, session(f->t, 2, "active", 1, 1), ACTIVITY_BLOCKED_BY, "4127");
		derive(f);
		activity_collector.judge(&f->ctx, f->t, &f->out);
		assert_int_equal(f->out.checks[0].result, cases[i].result);
		if (cases[i].result == CHECK_FINDING)
			assert_int_equal(f->out.findings[0].severity, cases[i].severity);
	}
}

static void test_idle_finding(void **state)
{
	struct fixture *f = *state;
	const struct finding *found;
	char *key;

	table_set_string(f->t, session(f->t, 4127, "idle in transaction", 847, 846), ACTIVITY_APPLICATION, "orders-api");
	derive(f);
	activity_collector.judge(&f->ctx, f->t, &f->out);
	found = &f->out.findings[0];
	assert_string_equal(found->title, "pid 4127 (app) is idle in a transaction for 14m06s");
	assert_string_equal(found->evidence, "orders-api: transaction open 14m07s; last: UPDATE orders SET status = 1");
	assert_string_equal(found->fix_sql, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
					    " WHERE pid = 4127 AND backend_start = '2026-11-22T09:33:20Z';");
	assert_true(found->since_us == TAKEN - 846 * INT64_C(1000000));
	assert_null(found->cause_pane);
	key = activity_key(4127, START);
	assert_string_equal(found->key, key);
	free(key);
}

/* The queue it makes stands for it, whatever the order they come in. */
static void test_idle_folds_into_queue(void **state)
{
	struct fixture *f = *state;
	struct finding *queue;

	session(f->t, 4127, "idle in transaction", 847, 846);
	table_set_string(f->t, session(f->t, 2, "active", 1, 1), ACTIVITY_BLOCKED_BY, "4127");
	derive(f);
	activity_collector.judge(&f->ctx, f->t, &f->out);
	queue = outcomes_finding(&f->out, "lock-queue", SEVERITY_WARNING);
	queue->title = mem_string("1 session waits");
	queue->evidence = mem_string("app");
	queue->pane = "locks";
	queue->key = locks_key(4127, NULL);
	outcomes_rank(&f->out);
	for (size_t i = 0; i < 2; i++) {
		const struct finding *found = &f->out.findings[i];
		if (strcmp(found->id, "lock-queue") == 0) {
			assert_int_equal(found->folded_into, -1);
			assert_int_equal(found->severity, SEVERITY_CRITICAL);
		} else {
			assert_true(found->folded_into >= 0);
		}
	}
}

/* A pool that leaks is one trouble; a few sessions are each their own, and who blocks others always is. */
static void test_idle_together(void **state)
{
	struct fixture *f = *state;
	size_t row;

	for (int pid = 1; pid <= 3; pid++)
		session(f->t, pid, "idle in transaction", 200, 70 + pid);
	derive(f);
	activity_collector.judge(&f->ctx, f->t, &f->out);
	assert_int_equal(f->out.nfindings, 3);

	for (int pid = 4; pid <= 6; pid++)
		session(f->t, pid, "idle in transaction", 200, 70 + pid);
	row = session(f->t, 7, "active", 5, 5);
	table_set_string(f->t, row, ACTIVITY_BLOCKED_BY, "2");
	outcomes_clear(&f->out);
	derive(f);
	activity_collector.judge(&f->ctx, f->t, &f->out);
	assert_int_equal(f->out.nfindings, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct finding *o = &f->out.findings[i];

		assert_string_equal(o->title, o->cause_pane ? "pid 2 (app) is idle in a transaction for 1m12s"
							    : "5 sessions of app are idle in a transaction, up to 1m16s");
		assert_true((o->fix_sql != NULL) == (o->cause_pane != NULL));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_order), TEST(test_states), TEST(test_blocking), TEST(test_idle_together), TEST(test_blocked_by_many), TEST(test_roots), TEST(test_prepared), TEST(test_hidden), TEST(test_minor),
		TEST(test_idle_limits), TEST(test_idle_finding), TEST(test_idle_folds_into_queue),
	};
	return cmocka_run_group_tests_name("activity", tests, NULL, NULL);
}

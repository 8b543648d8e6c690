/* The tree of locks: its form, its words, and what it means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/activity.h"
#include "collectors/locks.h"
#include "tests/lib/fixture.h"

#define START INT64_C(1795340000000001)

static char user_name[] = "monitor";

static int setup(void **state)
{
	return fixture_setup(state, &locks_collector, user_name);
}

static size_t session(struct table *t, int pid)
{
	size_t row = table_add_row(t);

	table_set_int(t, row, LOCKS_PID, pid);
	table_set_string(t, row, LOCKS_USER, "app");
	table_set_string(t, row, LOCKS_STATE, "active");
	table_set_int(t, row, LOCKS_BACKEND_START, START);
	table_set_float(t, row, LOCKS_TRANSACTION_S, 500);
	table_set_string(t, row, LOCKS_QUERY, "SELECT 1");
	return row;
}

/* Waits on relation 16384 of the current database, called public.orders; blockers as "4127" or "4127\x1f" "4128". */
static size_t waiter(struct table *t, int pid, const char *blockers, const char *mode, double wait_s)
{
	size_t row = session(t, pid);

	table_set_string(t, row, LOCKS_BLOCKED_BY, blockers);
	table_set_string(t, row, LOCKS_LOCK_MODE, mode);
	table_set_string(t, row, LOCKS_LOCK_TYPE, "relation");
	table_set_string(t, row, LOCKS_WANTED, "relation|5|16384");
	table_set_string(t, row, LOCKS_FOCUS, "relation|5|16384");
	table_set_int(t, row, LOCKS_RELATION, 16384);
	table_set_string(t, row, LOCKS_RELATION_KEY, "5/16384");
	table_set_string(t, row, LOCKS_RELATION_NAME, "public.orders");
	table_set_string(t, row, LOCKS_RELATION_SHORT, "orders");
	table_set_float(t, row, LOCKS_WAIT_S, wait_s);
	return row;
}

static size_t prepared(struct table *t, const char *gid, double age_s, const char *held)
{
	size_t row = table_add_row(t);

	table_set_int(t, row, LOCKS_PID, 0);
	table_set_string(t, row, LOCKS_GID, gid);
	table_set_string(t, row, LOCKS_USER, "billing");
	table_set_string(t, row, LOCKS_DATABASE, "shop");
	table_set_float(t, row, LOCKS_TRANSACTION_S, age_s);
	if (held)
		table_set_string(t, row, LOCKS_HELD, held);
	return row;
}

static void holds(struct table *t, size_t row, const char *held)
{
	table_set_string(t, row, LOCKS_HELD, held);
}

/* The tree as text: `pid` or gid, below it indented, `(waiters)` behind. */
static void assert_tree(const struct table *t, const char *expected)
{
	struct strbuf b = STRBUF_INIT;

	for (size_t row = 0; row < t->nrows; row++) {
		for (int64_t i = 0; i < table_int(t, row, LOCKS_DEPTH); i++)
			strbuf_addc(&b, '.');
		if (table_int(t, row, LOCKS_PID))
			strbuf_addf(&b, "%d", (int)table_int(t, row, LOCKS_PID));
		else
			strbuf_adds(&b, table_text(t, row, LOCKS_GID));
		strbuf_addf(&b, "(%d) ", (int)table_int(t, row, LOCKS_WAITERS));
	}
	assert_string_equal(b.text, expected);
	strbuf_free(&b);
}

static void derive(struct fixture *f)
{
	locks_collector.derive(&f->ctx, f->t);
}

static void judge(struct fixture *f)
{
	derive(f);
	locks_collector.judge(&f->ctx, f->t, &f->out);
	outcomes_rank(&f->out);
}

static void test_chain(void **state)
{
	struct fixture *f = *state;

	waiter(f->t, 30, "20", "AccessShareLock", 5);
	waiter(f->t, 20, "10", "AccessExclusiveLock", 10);
	waiter(f->t, 31, "20", "AccessShareLock", 6);
	holds(f->t, session(f->t, 10), "relation|5|16384 RowExclusiveLock");
	derive(f);
	assert_tree(f->t, "10(3) .20(2) ..31(0) ..30(0) ");
	for (size_t row = 0; row < 4; row++)
		assert_int_equal(table_int(f->t, row, LOCKS_ROOT_PID), 10);
	assert_string_equal(table_text(f->t, 0, LOCKS_WHAT), "holds");
	assert_string_equal(table_text(f->t, 0, LOCKS_LOCK_MODE), "RowExclusive");
	assert_string_equal(table_text(f->t, 0, LOCKS_OBJECT), "public.orders");
	assert_string_equal(table_text(f->t, 1, LOCKS_MODE), "AccessExclusive");
	assert_string_equal(table_text(f->t, 2, LOCKS_WHO), "by 20 app, root 10 app");
	assert_int_equal(table_int(f->t, 0, LOCKS_SIGN), SIGN_ROOT);
	assert_int_equal(table_int(f->t, 1, LOCKS_SIGN), SIGN_WAITS);
	assert_true(table_number(f->t, 0, LOCKS_FOR) == 500);
	assert_true(table_number(f->t, 2, LOCKS_FOR) == 6);
}

static void test_diamond(void **state)
{
	struct fixture *f = *state;

	/* 40 waits for a holder and for one ahead in the queue: the holder comes first, whatever the server's order. */
	holds(f->t, session(f->t, 10), "relation|5|16384 RowExclusiveLock\x1frelation|5|16384 AccessShareLock");
	waiter(f->t, 20, "10", "ShareLock", 9);
	waiter(f->t, 40, "20\x1f" "10\x1f" "20", "AccessExclusiveLock", 3);
	derive(f);
	assert_tree(f->t, "10(2) .20(0) .40(0) ");
	assert_string_equal(table_text(f->t, 2, LOCKS_BLOCKED_BY), "10\x1f" "20");
	assert_string_equal(table_text(f->t, 0, LOCKS_GRANTED_MODES), "AccessShare\x1fRowExclusive");
	assert_string_equal(table_text(f->t, 0, LOCKS_LOCK_MODE), "RowExclusive");
}

/* A row's queue: the list of the 65th and all behind it is that of the first, which is how the statement bounds them. */
static void test_long_queue(void **state)
{
	enum { WAITERS = 900, ASKED = 64 };
	struct fixture *f = *state;
	struct strbuf list = STRBUF_INIT;

	holds(f->t, session(f->t, 10), "relation|5|16384 AccessExclusiveLock");
	for (int i = 0; i < WAITERS; i++) {
		if (i < ASKED)
			strbuf_addf(&list, "%s%d", i ? "\x1f" : "", i ? 99 + i : 10);
		waiter(f->t, 100 + i, i < ASKED ? list.text : "10", "AccessExclusiveLock", WAITERS - i);
	}
	strbuf_free(&list);
	judge(f);
	assert_int_equal(f->t->nrows, WAITERS + 1);
	assert_int_equal(table_int(f->t, 0, LOCKS_WAITERS), WAITERS);
	for (size_t row = 1; row <= WAITERS; row++) {
		assert_int_equal(table_int(f->t, row, LOCKS_PID), 99 + row);
		assert_int_equal(table_int(f->t, row, LOCKS_DEPTH), 1);
		assert_int_equal(table_int(f->t, row, LOCKS_ROOT_PID), 10);
		assert_string_equal(table_text(f->t, row, LOCKS_WHO), "by 10 app");
	}
	assert_string_equal(fixture_finding(f, "lock-queue")->title, "900 sessions wait for pid 10");
}

/* Each waits for the one before. */
static void test_deep(void **state)
{
	enum { WAITERS = 900 };
	struct fixture *f = *state;

	for (int i = WAITERS; i > 0; i--) {
		char before[16];
		snprintf(before, sizeof before, "%d", 99 + i);
		waiter(f->t, 100 + i, before, "ShareLock", i);
	}
	holds(f->t, session(f->t, 100), "relation|5|16384 RowExclusiveLock");
	derive(f);
	for (size_t row = 0; row <= WAITERS; row++) {
		assert_int_equal(table_int(f->t, row, LOCKS_PID), 100 + row);
		assert_int_equal(table_int(f->t, row, LOCKS_DEPTH), row);
		assert_int_equal(table_int(f->t, row, LOCKS_WAITERS), WAITERS - row);
		assert_int_equal(table_int(f->t, row, LOCKS_ROOT_PID), 100);
	}
	assert_string_equal(table_text(f->t, 1, LOCKS_WHO), "by 100 app");
	assert_string_equal(table_text(f->t, WAITERS, LOCKS_WHO), "by 999 app, root 100 app");
}

static void test_circles(void **state)
{
	struct fixture *f = *state;

	waiter(f->t, 10, "20", "ShareLock", 4);
	waiter(f->t, 20, "10", "ShareLock", 2);
	waiter(f->t, 30, "10", "ShareLock", 1);
	waiter(f->t, 50, "50", "ShareLock", 1);
	derive(f);
	assert_tree(f->t, "20(2) .10(1) ..30(0) ");
	assert_int_equal(table_int(f->t, 0, LOCKS_SIGN), SIGN_WAITS);
	assert_int_equal(table_cell(f->t, 2, LOCKS_ROOT_PID)->kind, CELL_UNKNOWN);
	locks_collector.judge(&f->ctx, f->t, &f->out);
	assert_int_equal(f->out.nfindings, 1);
	assert_string_equal(f->out.findings[0].title, "3 sessions wait in a circle, pid 20 among them");
}

static void test_prepared_roots(void **state)
{
	struct fixture *f = *state;

	/* Both hold a lock on the table, only one in a mode that conflicts; the older one does not. */
	prepared(f->t, "xa-1", 900, "relation|5|16384 AccessShareLock");
	prepared(f->t, "xa-2", 100, "relation|5|16384 RowExclusiveLock");
	prepared(f->t, "xa-3", 50, NULL);
	waiter(f->t, 20, "0", "ShareLock", 9);
	waiter(f->t, 30, "20", "RowExclusiveLock", 8);
	derive(f);
	assert_tree(f->t, "xa-2(2) .20(1) ..30(0) xa-1(0) xa-3(0) ");
	assert_string_equal(table_text(f->t, 0, LOCKS_SESSION), "xa-2 billing");
	assert_int_equal(table_int(f->t, 1, LOCKS_ROOT_PID), 0);
	assert_false(table_bool(f->t, 0, LOCKS_MINOR));
	assert_true(table_bool(f->t, 3, LOCKS_MINOR));
}

static void test_prepared_that_cannot_be_told(void **state)
{
	struct fixture *f = *state;

	prepared(f->t, "xa-1", 900, NULL);
	prepared(f->t, "xa-2", 100, NULL);
	waiter(f->t, 20, "0", "ShareLock", 9);
	derive(f);
	assert_tree(f->t, "20(0) xa-1(0) xa-2(0) ");
	locks_collector.judge(&f->ctx, f->t, &f->out);
	assert_string_equal(fixture_finding(f, "lock-queue")->title, "pid 20 waits for a prepared transaction");
}

static void test_workers(void **state)
{
	struct fixture *f = *state;
	size_t row;

	holds(f->t, session(f->t, 10), "relation|5|16384 AccessExclusiveLock");
	row = waiter(f->t, 21, "10\x1f" "10", "AccessShareLock", 3);
	table_set_int(f->t, row, LOCKS_LEADER_PID, 20);
	row = waiter(f->t, 22, "10", "AccessShareLock", 3);
	table_set_int(f->t, row, LOCKS_LEADER_PID, 20);
	row = session(f->t, 20);
	table_set_string(f->t, row, LOCKS_QUERY, "SELECT count(*) FROM orders");
	derive(f);
	assert_tree(f->t, "10(1) .20(0) ");
	assert_string_equal(table_text(f->t, 1, LOCKS_BLOCKED_BY), "10");
	assert_string_equal(table_text(f->t, 1, LOCKS_LOCK_MODE), "AccessShare");
	assert_string_equal(table_text(f->t, 1, LOCKS_DOING), "SELECT count(*) FROM orders");
}

static void test_vanished(void **state)
{
	struct fixture *f = *state;

	waiter(f->t, 20, "99", "ShareLock", 9);
	waiter(f->t, 30, "20", "ShareLock", 8);
	session(f->t, 70);   /* neither waits nor is waited for */
	derive(f);
	assert_tree(f->t, "20(1) .30(0) ");
	assert_int_equal(table_cell(f->t, 0, LOCKS_ROOT_PID)->kind, CELL_UNKNOWN);
	locks_collector.judge(&f->ctx, f->t, &f->out);
	assert_string_equal(f->out.findings[0].title, "2 sessions wait, pid 20 first, for a session that has just ended");
	assert_null(f->out.findings[0].fix_sql);
}

static void test_order(void **state)
{
	struct fixture *f = *state;

	session(f->t, 10);
	waiter(f->t, 11, "10", "ShareLock", 5);
	session(f->t, 20);
	waiter(f->t, 21, "20", "ShareLock", 2);
	waiter(f->t, 22, "21", "ShareLock", 7);
	waiter(f->t, 12, "10", "ShareLock", 5);
	derive(f);
	assert_tree(f->t, "20(2) .21(1) ..22(0) 10(2) .11(0) .12(0) ");
}

static void test_objects(void **state)
{
	struct fixture *f = *state;
	size_t row;

	session(f->t, 10);
	row = waiter(f->t, 20, "10", "ShareLock", 5);
	table_set_string(f->t, row, LOCKS_LOCK_TYPE, "transactionid");
	table_set_string(f->t, row, LOCKS_WANTED, "transactionid|812");
	row = waiter(f->t, 21, "10", "ShareLock", 4);
	table_set_none(f->t, row, LOCKS_RELATION_NAME, CELL_PENDING);
	table_set_none(f->t, row, LOCKS_RELATION_SHORT, CELL_PENDING);
	row = waiter(f->t, 22, "10", "ShareLock", 3);
	table_set_none(f->t, row, LOCKS_RELATION_NAME, CELL_NULL);
	table_set_string(f->t, row, LOCKS_RELATION_DATABASE, "other");
	row = waiter(f->t, 23, "10", "ExclusiveLock", 2);
	table_set_none(f->t, row, LOCKS_RELATION, CELL_NULL);
	table_set_string(f->t, row, LOCKS_LOCK_TYPE, "advisory");
	table_set_string(f->t, row, LOCKS_OTHER_OBJECT, "advisory lock 4711");
	derive(f);
	assert_string_equal(table_text(f->t, 1, LOCKS_OBJECT), "a row of orders");
	assert_string_equal(table_text(f->t, 2, LOCKS_OBJECT), "relation 16384");
	assert_string_equal(table_text(f->t, 3, LOCKS_OBJECT), "relation 16384 of other");
	assert_string_equal(table_text(f->t, 4, LOCKS_OBJECT), "advisory lock 4711");
}

static void queue(struct fixture *f, double wait_s)
{
	size_t root = session(f->t, 4127), ddl;

	table_set_string(f->t, root, LOCKS_STATE, "idle in transaction");
	table_set_string(f->t, root, LOCKS_APPLICATION, "orders-api");
	table_set_float(f->t, root, LOCKS_TRANSACTION_S, 847);
	holds(f->t, root, "relation|5|16384 RowExclusiveLock");
	ddl = waiter(f->t, 5210, "4127", "AccessExclusiveLock", wait_s);
	table_set_string(f->t, ddl, LOCKS_QUERY, "ALTER TABLE orders ADD COLUMN shipped_at timestamptz");
	table_set_int(f->t, ddl, LOCKS_QUERY_START, START + 1000000);
}

static void test_queue_wording(void **state)
{
	struct fixture *f = *state;
	const struct finding *found;

	queue(f, 372);
	for (int i = 0; i < 22; i++)
		waiter(f->t, 6000 + i, "5210", "AccessShareLock", 371 - i);
	judge(f);
	found = fixture_finding(f, "lock-queue");
	assert_string_equal(found->title, "23 sessions wait for pid 4127, 22 of them behind ALTER TABLE orders");
	assert_string_equal(found->evidence, "app, orders-api: idle in transaction 14m07s, holds RowExclusive on orders");
	assert_int_equal(found->severity, SEVERITY_CRITICAL);
	assert_true(found->since_us == TAKEN - 372 * INT64_C(1000000));
	assert_string_equal(found->key, "4127\x1f");
	assert_string_equal(found->fix_sql,
			    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = 5210"
			    " AND backend_start = '2026-11-22T09:33:20.000001Z' AND query_start = '2026-11-22T09:33:21.000001Z';");
	assert_null(fixture_finding(f, "prepared-transactions"));
}

static void test_queue_limits(void **state)
{
	static const struct { double wait_s; int more; enum check_result result; enum severity severity; } cases[] = {
		{ 0.999, 0, CHECK_OK, SEVERITY_INFO },
		{ 1, 0, CHECK_FINDING, SEVERITY_WARNING },
		{ 9.999, 1, CHECK_FINDING, SEVERITY_WARNING },
		{ 10, 0, CHECK_FINDING, SEVERITY_CRITICAL },
		{ 0.1, 1, CHECK_OK, SEVERITY_INFO },
		{ 0.1, 2, CHECK_FINDING, SEVERITY_CRITICAL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture *f = fixture_again(state);
		queue(f, cases[i].wait_s);
		for (int k = 0; k < cases[i].more; k++)
			waiter(f->t, 6000 + k, "5210", "AccessShareLock", 0.05);
		judge(f);
		assert_int_equal(f->out.checks[0].result, cases[i].result);
		if (cases[i].result == CHECK_FINDING)
			assert_int_equal(fixture_finding(f, "lock-queue")->severity, cases[i].severity);
	}
}

static void test_one_waits(void **state)
{
	struct fixture *f = *state;

	queue(f, 2);
	judge(f);
	assert_string_equal(fixture_finding(f, "lock-queue")->title, "1 session waits for pid 4127");
}

static void test_hidden(void **state)
{
	struct fixture *f = *state;
	size_t root = session(f->t, 10), row = waiter(f->t, 20, "10", "ShareLock", 0);

	holds(f->t, root, "relation|5|16384 RowExclusiveLock");
	for (size_t i = 0; i < 2; i++) {
		table_set_bool(f->t, i, LOCKS_HIDDEN, true);
		table_set_none(f->t, i, LOCKS_STATE, CELL_NULL);
		table_set_none(f->t, i, LOCKS_BACKEND_START, CELL_NULL);
		table_set_none(f->t, i, LOCKS_TRANSACTION_S, CELL_NULL);
	}
	table_set_none(f->t, row, LOCKS_WAIT_S, CELL_NULL);
	judge(f);
	assert_int_equal(table_cell(f->t, 1, LOCKS_WAIT_S)->kind, CELL_UNKNOWN);
	assert_int_equal(table_cell(f->t, 0, LOCKS_QUERY)->kind, CELL_UNKNOWN);
	assert_int_equal(fixture_finding(f, "lock-queue")->severity, SEVERITY_WARNING);
	assert_string_equal(fixture_finding(f, "lock-queue")->evidence,
			    "app: what it does is hidden from this role, holds RowExclusive on orders");
	assert_null(fixture_finding(f, "lock-queue")->fix_sql);
}

static void test_prepared_limits(void **state)
{
	static const struct { double age_s; bool blocks; enum check_result result; enum severity severity; } cases[] = {
		{ 299, false, CHECK_OK, SEVERITY_INFO },
		{ 300, false, CHECK_FINDING, SEVERITY_WARNING },
		{ 3599, false, CHECK_FINDING, SEVERITY_WARNING },
		{ 3600, false, CHECK_FINDING, SEVERITY_CRITICAL },
		{ 20, true, CHECK_FINDING, SEVERITY_CRITICAL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture *f = fixture_again(state);
		prepared(f->t, "it's", cases[i].age_s, "relation|5|16384 RowExclusiveLock");
		if (cases[i].blocks)
			waiter(f->t, 20, "0", "ShareLock", 2);
		judge(f);
		assert_int_equal(f->out.checks[1].result, cases[i].result);
		if (cases[i].result == CHECK_FINDING) {
			assert_int_equal(fixture_finding(f, "prepared-transactions")->severity, cases[i].severity);
			assert_string_equal(fixture_finding(f, "prepared-transactions")->fix_sql, "ROLLBACK PREPARED 'it''s';  -- or COMMIT PREPARED: who prepared it knows which");
		}
	}
}

static void test_prepared_folds(void **state)
{
	struct fixture *f = *state;
	const struct finding *stands;
	struct finding *xmin;

	prepared(f->t, "xa-8812", 7860, "relation|5|16384 RowExclusiveLock");
	waiter(f->t, 20, "0", "ShareLock", 160);
	waiter(f->t, 30, "20", "ExclusiveLock", 115);
	derive(f);
	locks_collector.judge(&f->ctx, f->t, &f->out);
	xmin = outcomes_finding(&f->out, "xmin-horizon", SEVERITY_WARNING);
	xmin->title = mem_string("Oldest xmin");
	xmin->evidence = mem_string("x");
	xmin->pane = "stats";
	xmin->key = mem_string("oldest_xmin");
	xmin->cause_pane = "locks";
	xmin->cause_key = locks_key(0, "xa-8812");
	xmin->title_clause = mem_string(" and holds xmin");
	xmin->evidence_clause = mem_string("; oldest xmin, 1.9M transactions back");
	outcomes_rank(&f->out);
	stands = fixture_finding(f, "prepared-transactions");
	assert_int_equal(stands->folded_into, -1);
	assert_true(fixture_finding(f, "lock-queue")->folded_into == stands - f->out.findings);
	assert_string_equal(stands->title, "Prepared transaction xa-8812 blocks 2 sessions and holds xmin");
	assert_string_equal(stands->evidence, "prepared by billing in shop; locks orders; oldest xmin, 1.9M transactions back");
	assert_int_equal(stands->severity, SEVERITY_CRITICAL);
}

static void test_summary(void **state)
{
	struct fixture *f = *state;
	struct strbuf b = STRBUF_INIT;

	derive(f);
	locks_collector.summary(f->t, &b);
	assert_string_equal(b.text, "");
	queue(f, 2);
	prepared(f->t, "xa-1", 10, NULL);
	derive(f);
	locks_collector.summary(f->t, &b);
	assert_string_equal(b.text, "1 root, 1 waiting");
	strbuf_free(&b);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_chain), TEST(test_diamond), TEST(test_long_queue), TEST(test_deep), TEST(test_circles), TEST(test_prepared_roots),
		TEST(test_prepared_that_cannot_be_told), TEST(test_workers), TEST(test_vanished), TEST(test_order),
		TEST(test_objects), TEST(test_queue_wording), TEST(test_queue_limits), TEST(test_one_waits), TEST(test_hidden),
		TEST(test_prepared_limits), TEST(test_prepared_folds), TEST(test_summary),
	};
	return cmocka_run_group_tests_name("locks", tests, NULL, NULL);
}

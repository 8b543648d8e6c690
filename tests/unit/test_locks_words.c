/* What is told of one row of the tree of locks: its place, what it holds, what its end would do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collectors/locks.h"
#include "tests/lib/fixture.h"

#define ORDERS "relation|5|16384"

static char user_name[] = "monitor";

static int setup(void **state)
{
	return fixture_setup(state, &locks_collector, user_name);
}

static size_t session(struct table *t, int pid, const char *state)
{
	size_t row = table_add_row(t);

	table_set_int(t, row, LOCKS_PID, pid);
	table_set_string(t, row, LOCKS_USER, "app");
	table_set_string(t, row, LOCKS_STATE, state);
	table_set_int(t, row, LOCKS_BACKEND_START, TAKEN - 100 * INT64_C(1000000));
	table_set_int(t, row, LOCKS_TAKEN, TAKEN);
	table_set_float(t, row, LOCKS_TRANSACTION_S, 50);
	table_set_float(t, row, LOCKS_STATE_S, 20);
	table_set_string(t, row, LOCKS_QUERY, "SELECT 1");
	table_set_int(t, row, LOCKS_LOCKS, 0);
	return row;
}

static size_t holder(struct table *t, int pid, const char *state)
{
	size_t row = session(t, pid, state);

	table_set_string(t, row, LOCKS_HELD, ORDERS " RowExclusiveLock");
	table_set_int(t, row, LOCKS_LOCKS, 3);
	return row;
}

static size_t waiter(struct table *t, int pid, const char *blockers, double wait_s)
{
	size_t row = session(t, pid, "active");

	table_set_string(t, row, LOCKS_BLOCKED_BY, blockers);
	table_set_string(t, row, LOCKS_LOCK_MODE, "AccessExclusiveLock");
	table_set_string(t, row, LOCKS_LOCK_TYPE, "relation");
	table_set_string(t, row, LOCKS_WANTED, ORDERS);
	table_set_string(t, row, LOCKS_FOCUS, ORDERS);
	table_set_int(t, row, LOCKS_RELATION, 16384);
	table_set_string(t, row, LOCKS_RELATION_NAME, "public.orders");
	table_set_string(t, row, LOCKS_RELATION_SHORT, "orders");
	table_set_float(t, row, LOCKS_WAIT_S, wait_s);
	return row;
}

static void derive(struct fixture *f)
{
	locks_collector.derive(&f->ctx, f->t);
}

static void says(const struct fixture *f, size_t row, enum locks_column column, const char *text)
{
	assert_string_equal(table_text(f->t, row, column), text);
}

static void test_queue(void **state)
{
	struct fixture *f = *state;

	holder(f->t, 10, "idle in transaction");
	waiter(f->t, 20, "10", 9);
	waiter(f->t, 30, "20", 8);
	waiter(f->t, 31, "20", 7);
	derive(f);
	says(f, 0, LOCKS_TITLE, "session 10");
	says(f, 0, LOCKS_PLACE, "root, 3 behind it");
	says(f, 0, LOCKS_HOLDS, "RowExclusive on public.orders");
	says(f, 0, LOCKS_OUTLOOK, "Ending it frees 3 sessions. Cancel does nothing to an idle transaction; terminate does. Gentler first: cancel 20.");
	assert_false(table_has(f->t, 0, LOCKS_WANTS));
	assert_true(table_int(f->t, 0, LOCKS_SINCE) == TAKEN - 50 * INT64_C(1000000));
	assert_true(table_number(f->t, 0, LOCKS_CONNECTION_S) == 100);
	assert_true(table_number(f->t, 0, LOCKS_ENDED_S) == 20);
	says(f, 1, LOCKS_PLACE, "waiting, 2 behind it");
	says(f, 1, LOCKS_WANTS, "AccessExclusive on public.orders");
	says(f, 1, LOCKS_HOLDS, "nothing");
	says(f, 1, LOCKS_OUTLOOK, "Cancelling it frees 2 sessions.");
	assert_false(table_has(f->t, 1, LOCKS_ENDED_S));
	says(f, 2, LOCKS_PLACE, "waiting");
	assert_false(table_has(f->t, 2, LOCKS_OUTLOOK));
}

/* Who waits for somebody in another tree too is not free when this one's root ends. */
static void test_elsewhere(void **state)
{
	struct fixture *f = *state;

	holder(f->t, 10, "active");
	holder(f->t, 11, "idle");
	waiter(f->t, 20, "10\x1f" "11", 9);
	waiter(f->t, 30, "20", 8);
	waiter(f->t, 40, "11", 5);
	derive(f);
	says(f, 0, LOCKS_OUTLOOK, "Ending it frees up to 2 sessions. Gentler first: cancel 20.");
	says(f, 1, LOCKS_OUTLOOK, "Cancelling it frees 1 session.");
	assert_int_equal(table_int(f->t, 3, LOCKS_PID), 11);
	says(f, 3, LOCKS_OUTLOOK, "Ending it frees 1 session. Cancel does nothing to an idle session; terminate does.");
	/* of one that ended meanwhile nobody knows */
	f = fixture_again(state);
	holder(f->t, 10, "active");
	waiter(f->t, 20, "10\x1f" "99", 9);
	derive(f);
	says(f, 0, LOCKS_OUTLOOK, "Ending it frees up to 1 session. Gentler first: cancel its statement.");
}

static void test_prepared(void **state)
{
	struct fixture *f = *state;
	size_t row = table_add_row(f->t);

	table_set_int(f->t, row, LOCKS_PID, 0);
	table_set_string(f->t, row, LOCKS_GID, "xa-1");
	table_set_string(f->t, row, LOCKS_DATABASE, "shop");
	table_set_string(f->t, row, LOCKS_HELD, ORDERS " RowExclusiveLock");
	waiter(f->t, 20, "0", 9);
	derive(f);
	says(f, 0, LOCKS_TITLE, "prepared transaction xa-1");
	says(f, 0, LOCKS_OUTLOOK,
	     "COMMIT PREPARED or ROLLBACK PREPARED in shop ends it and frees 1 session. No session is there to be ended.");
	f = fixture_again(state);
	row = table_add_row(f->t);
	table_set_int(f->t, row, LOCKS_PID, 0);
	table_set_string(f->t, row, LOCKS_GID, "xa-2");
	derive(f);
	says(f, 0, LOCKS_PLACE, "nobody waits for it");
	assert_false(table_has(f->t, 0, LOCKS_OUTLOOK));
	assert_false(table_has(f->t, 0, LOCKS_HOLDS));
}

static void test_holds(void **state)
{
	struct fixture *f = *state;
	size_t row;

	holder(f->t, 10, "active");
	table_set_int(f->t, waiter(f->t, 20, "10", 9), LOCKS_LOCKS, 7);
	table_set_string(f->t, waiter(f->t, 30, "20", 8), LOCKS_HELD, "relation|5|999 ShareLock");
	row = waiter(f->t, 40, "30", 7);
	table_set_string(f->t, row, LOCKS_LOCK_TYPE, "transactionid");
	table_set_string(f->t, row, LOCKS_WANTED, "transactionid|77");
	table_set_string(f->t, row, LOCKS_HELD, ORDERS " RowExclusiveLock");
	derive(f);
	says(f, 3, LOCKS_WANTS, "AccessExclusive on a row of orders");
	says(f, 3, LOCKS_HOLDS, "RowExclusive on public.orders");
	says(f, 1, LOCKS_HOLDS, "7 uncontested");
	says(f, 2, LOCKS_HOLDS, "locks others want");
}

static void test_circle(void **state)
{
	struct fixture *f = *state;

	waiter(f->t, 10, "20", 4);
	waiter(f->t, 20, "10", 2);
	derive(f);
	says(f, 0, LOCKS_OUTLOOK, "Cancelling it frees 1 session.");
}

static void test_hidden(void **state)
{
	struct fixture *f = *state;
	size_t row = holder(f->t, 10, "");

	table_set_none(f->t, row, LOCKS_STATE, CELL_NULL);
	table_set_none(f->t, row, LOCKS_TRANSACTION_S, CELL_NULL);
	table_set_bool(f->t, row, LOCKS_HIDDEN, true);
	waiter(f->t, 20, "10", 9);
	derive(f);
	says(f, 0, LOCKS_OUTLOOK, "Ending it frees 1 session.");
	says(f, 0, LOCKS_VEILED, "the rest is hidden from this role");
	assert_int_equal(table_cell(f->t, 0, LOCKS_DOES)->kind, CELL_UNKNOWN);
	assert_int_equal(table_cell(f->t, 0, LOCKS_QUERY_TEXT)->kind, CELL_UNKNOWN);
	assert_false(table_has(f->t, 0, LOCKS_SINCE));
	assert_false(table_has(f->t, 0, LOCKS_QUERY_TEXT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_queue, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_elsewhere, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_prepared, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_holds, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_circle, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_hidden, setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

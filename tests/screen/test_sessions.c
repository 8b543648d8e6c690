/* What is said of a session in activity and in locks: whom it waits for, what it does, and what of that is hidden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>

#include "tests/lib/drawing.h"
#include "tests/lib/night.h"
#include "tests/lib/rows.h"
#include "tests/lib/stage.h"

static size_t add_session(struct table *t, int64_t pid, const char *state, const char *blocked_by)
{
	size_t row = table_add_row(t);

	rows_set_int(t, row, "pid", pid);
	rows_set(t, row, "user", "app");
	rows_set(t, row, "state", state);
	rows_set(t, row, "blocked_by", blocked_by);
	rows_set_int(t, row, "backend_start", night_clock().wall_us - 100 * SECOND_US);
	return row;
}

static void put(struct stage *s, const char *pane, struct table *take_table)
{
	server_offline_put(s->server, collector_find(pane), take_table, s->now);
	stage_pass(s, 0.1);
}

/* Half a pid would be another session, and 0 is none. */
static void test_blocked_by(void **state)
{
	struct stage *s = stage_night(40, 120, "activity");
	struct table *t = rows_new("activity");

	(void)state;
	add_session(t, 25201, "active", "25204\x1f" "25203");
	add_session(t, 25202, "active", "0");
	put(s, "activity", t);
	stage_says(s, " by 25204      25204, …   -");
	stage_says(s, " by prepared   prepared   -");
	stage_close(s);
}

/* The same words in the details of both panes. */
static void does(const char *pane, int64_t pid, const char *state, const char *type, const char *event, const char *blocked_by, bool hidden,
		 const char *says)
{
	struct stage *s = stage_night(24, 80, pane);
	struct table *t = rows_new(pane);
	size_t row = add_session(t, pid, state, blocked_by);

	rows_set(t, row, "wait_event_type", type);
	rows_set(t, row, "wait_event", event);
	rows_set_bool(t, row, "hidden", hidden);
	/* in locks nobody stands who neither waits nor is waited for */
	if (!blocked_by)
		add_session(t, 9, "active", "8");
	put(s, pane, t);
	stage_keys(s, "Home Enter");
	stage_says(s, blocked_by ? "session 7" : "session 8");
	stage_says(s, says);
	stage_close(s);
}

static void test_doing(void **state)
{
	static const struct {
		const char *state, *type, *event, *blocked_by;
		bool hidden;
		const char *says;
	} cases[] = {
		{ "idle in transaction", "Client", "ClientRead", NULL, false, "doing    idle in transaction   " },
		{ "idle in transaction (aborted)", "Client", "ClientRead", NULL, false, "doing    idle in transaction (aborted)   " },
		{ "active", "IO", "DataFileRead", NULL, false, "doing    active, waits for IO:DataFileRead   " },
		{ "active", NULL, NULL, NULL, false, "doing    active   " },
		{ "active", "Lock", "relation", "8", false, "doing    active, waits for Lock:relation   " },
		{ "active", "IPC", "ParallelFinish", "8", false, "doing    active, waits for a lock   " },
		{ NULL, NULL, NULL, NULL, true, "doing    ?   " },
		{ NULL, NULL, NULL, "8", true, "doing    waits for a lock   " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (int pane = 0; pane < 2; pane++)
			does(pane ? "locks" : "activity", cases[i].blocked_by ? 7 : 8, cases[i].state, cases[i].type, cases[i].event,
			     cases[i].blocked_by, cases[i].hidden, cases[i].says);
}

/* What is hidden is not told as what does not apply. */
static void test_hidden_text(void **state)
{
	(void)state;
	does("locks", 8, NULL, NULL, NULL, NULL, true, "text     ?");
	does("activity", 8, NULL, NULL, NULL, NULL, true, "text     ?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocked_by), cmocka_unit_test(test_doing), cmocka_unit_test(test_hidden_text),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

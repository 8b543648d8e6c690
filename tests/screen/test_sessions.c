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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_blocked_by) };

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

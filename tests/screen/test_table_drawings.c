/*
 * The panes of rows and their details, to the cell as they are drawn. Where a drawing file holds the program's own text, the row
 * says why that is better.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>

#include "tests/lib/drawing.h"

static const struct drawing drawings[] = {
	/* 40 lines: the rows that are drawn last stand below the 24th */
	{ .name = "activity-80", .line = 5, .stage = { .height = 40, .width = 80, .pane = "activity" } },
	/*
	 * the statements use the last cell of the line too, and tonight's has a literal; no act is named by its key before there are acts; 5210
	 * is cancelled by whoever may
	 */
	{ .name = "locks-120", .line = 5, .stage = { .height = 40, .width = 120, .pane = "locks" } },
	/* the keys of acts and of plans are not there before these are */
	{ .name = "details-80", .line = 5, .stage = { .height = 24, .width = 80, .pane = "locks" }, .keys = "Down Down Down Enter" },
	/* the window says how long it really is: it ends at the newest answer and begins at one that is a minute older or more */
	{ .name = "queries-80", .line = 5, .stage = { .height = 24, .width = 80, .pane = "slow_queries" }, .keys = "s s" },
	{ .name = "indexes-80", .line = 5, .stage = { .height = 24, .width = 80, .pane = "unused_indexes" } },
	{ .name = "matviews-80", .line = 5, .stage = { .height = 24, .width = 80, .pane = "matviews" } },
};

static void test_drawings(void **state)
{
	(void)state;
	drawings_check(drawings, sizeof(drawings) / sizeof(*drawings));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_drawings) };

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

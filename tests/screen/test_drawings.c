/*
 * The frame, the overview and what is said when something is missing, to the cell as they are drawn. Where a drawing file holds
 * the program's own text, the row says why that is better.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>

#include "tests/lib/drawing.h"
#include "tests/lib/night.h"

static const struct drawing drawings[] = {
	{ .name = "too-small-48", .line = 1, .stage = { .height = 10, .width = 48 } },
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

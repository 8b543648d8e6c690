/* The two clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <time.h>

#include "collectors/base/clock.h"

static void clocks(void **state)
{
	struct now a = clock_now(), b = clock_now();
	int64_t wall = (int64_t)time(NULL) * SECOND_US;

	(void)state;
	assert_true(a.mono_us >= 0);
	assert_true(b.mono_us >= a.mono_us);
	assert_true(b.wall_us > wall - 60 * SECOND_US && b.wall_us < wall + 60 * SECOND_US);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Ten thousand rows: what a key costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/lib/night.h"
#include "tests/lib/stage.h"

enum { ROWS = 10000 };

/* The limit of the loop is 4 ms a slice; under a sanitizer, Valgrind or a busy machine a test must not fail for want of speed. */
#define TOO_LONG_MS 200.0

static double ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void timed(struct stage *s, const char *keys)
{
	double before = ms_now(), took;

	stage_keys(s, keys);
	took = ms_now() - before;
	print_message("# %-12s %6.2f ms\n", keys, took);
	if (took > TOO_LONG_MS)
		fail_msg("%s took %.1f ms over %d rows", keys, took, ROWS);
}

static void test_keys(void **state)
{
	static const char *const keys[] = {
		"Down", "Down", "PgDn", "G", "g", "Down", "End", "/", "o", "r", "d", "Esc",
		"\\", "m", "e", "Esc", ">", "i", "a", "Enter", "Esc",
	};
	struct now now = night_clock();
	struct stage_options o = { .height = 50, .width = 160, .pane = "activity" };
	struct limits limits;
	struct stage *s;
	double before;

	(void)state;
	limits_defaults(&limits);
	s = stage_open(&o, night_server(&limits, now), now);
	night_many(s->server, ROWS, now);
	before = ms_now();
	stage_pass(s, 2);
	print_message("# new rows     %6.2f ms\n", ms_now() - before);
	stage_says(s, "10000");
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		timed(s, keys[i]);
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_keys) };

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

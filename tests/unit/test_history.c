/* Ten minutes of a figure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "collectors/base/history.h"

#define S INT64_C(1000000)
#define HALF HISTORY_MARK_US

/* The marks as a line: the worst of each, `.` for a gap. */
static const char *line(const struct history *h, const char *key, int64_t now_us)
{
	static char text[512];
	struct mark marks[HISTORY_MARKS];
	int n = 0;

	history_get(h, key, now_us, marks);
	for (int i = 0; i < HISTORY_MARKS; i++) {
		if (marks[i].seen)
			n += snprintf(text + n, sizeof(text) - (size_t)n, "%g ", marks[i].worst);
		else
			n += snprintf(text + n, sizeof(text) - (size_t)n, ". ");
	}
	text[n - 1] = '\0';
	return text;
}

#define GAPS5 ". . . . . "

static void unknown_key(void **state)
{
	struct history *h = history_new();

	(void)state;
	assert_string_equal(line(h, "nothing", 0), GAPS5 GAPS5 GAPS5 ". . . . .");
	history_add(h, "a", 1, 0);
	assert_string_equal(line(h, "b", 0), GAPS5 GAPS5 GAPS5 ". . . . .");
	history_free(h);
	history_free(NULL);
}

static void worst_and_last(void **state)
{
	struct history *h = history_new();
	struct mark marks[HISTORY_MARKS];

	(void)state;
	history_add(h, "waiting", 3, 100 * HALF);
	history_add(h, "waiting", 25, 100 * HALF + 2 * S);
	history_add(h, "waiting", 4, 100 * HALF + 4 * S);
	history_get(h, "waiting", 100 * HALF + 5 * S, marks);
	assert_true(marks[19].seen);
	assert_true(marks[19].worst == 25);
	assert_true(marks[19].last == 4);
	assert_false(marks[18].seen);

	/* the worst of negative figures, and zero, which is no gap */
	history_add(h, "negative", -5, 100 * HALF);
	history_add(h, "negative", -7, 100 * HALF);
	history_add(h, "zero", 0, 100 * HALF);
	assert_string_equal(line(h, "negative", 100 * HALF), GAPS5 GAPS5 GAPS5 ". . . . -5");
	assert_string_equal(line(h, "zero", 100 * HALF), GAPS5 GAPS5 GAPS5 ". . . . 0");

	/* no figures */
	history_add(h, "zero", NAN, 101 * HALF);
	history_add(h, "zero", INFINITY, 101 * HALF);
	assert_string_equal(line(h, "zero", 101 * HALF), GAPS5 GAPS5 GAPS5 ". . . 0 .");
	history_free(h);
}

static void gaps_and_ageing(void **state)
{
	struct history *h = history_new();

	(void)state;
	history_add(h, "a", 1, 0);
	history_add(h, "a", 2, 1 * HALF);
	history_add(h, "a", 5, 4 * HALF);
	assert_string_equal(line(h, "a", 4 * HALF), GAPS5 GAPS5 GAPS5 "1 2 . . 5");
	assert_string_equal(line(h, "a", 5 * HALF - 1), GAPS5 GAPS5 GAPS5 "1 2 . . 5");
	assert_string_equal(line(h, "a", 5 * HALF), GAPS5 GAPS5 ". . . . 1 2 . . 5 .");
	/* the oldest falls out at the left */
	assert_string_equal(line(h, "a", 20 * HALF), "2 . . 5 . " GAPS5 GAPS5 ". . . . .");
	assert_string_equal(line(h, "a", 23 * HALF), "5 . . . . " GAPS5 GAPS5 ". . . . .");
	assert_string_equal(line(h, "a", 24 * HALF), GAPS5 GAPS5 GAPS5 ". . . . .");
	history_add(h, "a", 9, 22 * HALF);
	assert_string_equal(line(h, "a", 22 * HALF), ". 5 . . . " GAPS5 GAPS5 ". . . . 9");
	/* after a pause longer than all marks, nothing old comes back */
	history_add(h, "a", 7, 1000 * HALF);
	assert_string_equal(line(h, "a", 1000 * HALF), GAPS5 GAPS5 GAPS5 ". . . . 7");
	/* exactly one round later */
	history_add(h, "a", 8, 1020 * HALF);
	assert_string_equal(line(h, "a", 1020 * HALF), GAPS5 GAPS5 GAPS5 ". . . . 8");
	history_free(h);
}

static void a_full_round(void **state)
{
	struct history *h = history_new();

	(void)state;
	for (int i = 0; i < 45; i++)
		history_add(h, "a", i, i * HALF + S);
	assert_string_equal(line(h, "a", 44 * HALF), "25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44");
	history_free(h);
}

/* Keys that come and go do not pile up, and those that live are kept. */
static void many_keys(void **state)
{
	struct history *h = history_new();
	char key[32];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "%d\x1f%d", (i * 7919) % 3001, i);
		history_add(h, key, i, (int64_t)i * S);
		history_add(h, "lives", i, (int64_t)i * S);
	}
	for (int i = 2800; i < 3000; i++) {
		struct mark marks[HISTORY_MARKS];
		bool seen = false;

		snprintf(key, sizeof(key), "%d\x1f%d", (i * 7919) % 3001, i);
		history_get(h, key, 2999 * S, marks);
		for (int m = 0; m < HISTORY_MARKS; m++)
			seen |= marks[m].seen && marks[m].worst == i;
		assert_true(seen);
	}
	assert_string_equal(line(h, "lives", 2999 * S),
		"2429 2459 2489 2519 2549 2579 2609 2639 2669 2699 2729 2759 2789 2819 2849 2879 2909 2939 2969 2999");
	history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_key),
		cmocka_unit_test(worst_and_last),
		cmocka_unit_test(gaps_and_ageing),
		cmocka_unit_test(a_full_round),
		cmocka_unit_test(many_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

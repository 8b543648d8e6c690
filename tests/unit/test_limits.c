/* The thresholds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "collectors/base/limits.h"

static void rows_are_sound(void **state)
{
	(void)state;
	for (int i = 0; i < LIMIT_COUNT; i++) {
		const struct limit *l = &limit_table[i];

		assert_non_null(l->name);
		assert_true(strlen(l->help) > 0);
		assert_true(l->nvalues == 1 || l->nvalues == 2);
		for (int v = 0; v < l->nvalues; v++) {
			assert_true(l->defaults[v] >= l->lowest);
			assert_true(l->defaults[v] <= l->highest);
		}
		if (l->nvalues == 2)
			assert_true(l->defaults[0] <= l->defaults[1]);
		assert_int_equal(limit_find(l->name), i);
	}
	assert_int_equal(limit_find("no_such_limit"), LIMIT_COUNT);
	assert_int_equal(limit_find(""), LIMIT_COUNT);
}

static void defaults(void **state)
{
	struct limits l;

	(void)state;
	limits_defaults(&l);
	assert_true(limit(&l, LIMIT_LOCK_TIMEOUT) == 0.1);
	assert_true(limit(&l, LIMIT_LOCK_WAIT) == 1);
	assert_true(limit_critical(&l, LIMIT_LOCK_WAIT) == 10);
	assert_true(limit(&l, LIMIT_CONNECTIONS_SHARE) == 0.8);
	assert_true(limit_critical(&l, LIMIT_CONNECTIONS_SHARE) == 0.95);
	assert_true(limit_critical(&l, LIMIT_XMIN_AGE_TRANSACTIONS) == 100e6);
	assert_string_equal(limit_table[LIMIT_NO_ANSWER].name, "no_answer_s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sound),
		cmocka_unit_test(defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

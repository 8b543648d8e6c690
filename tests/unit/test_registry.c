/* The list of collectors: found by name, in the order of their panes, and which statement fits which server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collectors/collector.h"
#include "collectors/locks.h"

static void test_registry(void **state)
{
	struct facts primary = { .version_num = 130000 }, standby = { .version_num = 180004, .standby = true };
	const struct part p = { .max_version = 139999, .on = ON_PRIMARY }, any = { 0 }, extended = { .extension = "hypopg" };

	(void)state;
	assert_ptr_equal(collector_find("locks"), &locks_collector);
	assert_null(collector_find("nothing"));
	assert_true(part_fits(&p, &primary));
	assert_false(part_fits(&p, &standby));
	assert_true(part_fits(&any, &standby));
	assert_false(part_fits(&extended, &primary));
	for (size_t i = 0; i < ncollectors; i++) {
		assert_true(i == 0 || collectors[i]->number > collectors[i - 1]->number);
		for (size_t k = 0; k < collectors[i]->ncolumns; k++) {
			assert_non_null(collectors[i]->columns[k].name);
			assert_non_null(collectors[i]->columns[k].help);
		}
		for (size_t k = 0; k < collectors[i]->nparts; k++)
			assert_null(strchr(collectors[i]->parts[k].sql, ';'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_registry) };
	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}

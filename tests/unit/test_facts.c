/* What is known about a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include "collectors/base/facts.h"
#include "collectors/base/memory.h"

static void extensions(void **state)
{
	struct facts f = { .host = mem_string("db1"), .version_num = 160004, .superuser = true };

	(void)state;
	assert_null(facts_extension(&f, "pg_stat_statements"));
	f.extensions = mem_zero(2, sizeof(*f.extensions));
	f.nextensions = 2;
	f.extensions[0].name = mem_string("plpgsql");
	f.extensions[1] = (struct extension){
		.name = mem_string("pg_stat_statements"), .version = mem_string("1.10"), .schema = mem_string("public"),
	};
	assert_ptr_equal(facts_extension(&f, "pg_stat_statements"), &f.extensions[1]);
	assert_null(facts_extension(&f, "pg_stat"));

	facts_clear(&f);
	assert_null(f.host);
	assert_null(f.extensions);
	assert_int_equal(f.nextensions, 0);
	assert_int_equal(f.version_num, 0);
	assert_false(f.superuser);
	facts_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extensions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

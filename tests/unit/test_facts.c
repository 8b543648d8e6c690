/* What is known about a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#include "collectors/base/facts.h"
#include "collectors/base/memory.h"

static void extensions(void **state)
{
	struct facts f = {
		.host = mem_string("db1"), .version_num = 160004, .superuser = true, .preloaded = mem_string("auto_explain"), .statements_loaded = true,
	};

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
	assert_null(f.preloaded);
	assert_false(f.statements_loaded);
	facts_clear(&f);
}

static void versions(void **state)
{
	static const struct { const char *text; int number; } known[] = {
		{ "1.8", 108 }, { "1.9", 109 }, { "1.10", 110 }, { "1.11", 111 }, { "2.0.1", 200 }, { "3", 300 }, { "1.10dev", 110 },
		{ "unpackaged", 0 }, { "", 0 }, { "-1.2", 0 }, { "1.", 100 }, { "1.400", 199 }, { "20240101", 999900 },
		{ "99999999999999999999.99999999999999999999", 999999 }, { NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct extension e = { .version = mem_string_or_null(known[i].text) };

		assert_int_equal(extension_version(&e), known[i].number);
		free(e.version);
	}
	assert_int_equal(extension_version(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extensions),
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Lock modes, and the names of statements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collectors/sessions.h"

static void test_modes(void **state)
{
	(void)state;
	assert_true(lock_modes_conflict("RowExclusiveLock", 16, "ShareLock", 9));
	assert_false(lock_modes_conflict("RowExclusive", 12, "RowExclusive", 12));
	assert_false(lock_modes_conflict("AccessShare", 11, "Exclusive", 9));
	assert_true(lock_modes_conflict("AccessShare", 11, "AccessExclusive", 15));
	assert_true(lock_modes_conflict("ShareUpdateExclusive", 20, "ShareUpdateExclusive", 20));
	assert_false(lock_modes_conflict("Share", 5, "Share", 5));
}

static void test_statement_names(void **state)
{
	static const struct { const char *query, *name; } cases[] = {
		{ "ALTER TABLE orders ADD COLUMN x int", "ALTER TABLE orders" },
		{ "/* a */ alter table if exists only public.orders add x int", "ALTER TABLE public.orders" },
		{ "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", "CREATE UNIQUE INDEX i" },
		{ "TRUNCATE orders, users", "TRUNCATE orders" },
		{ "VACUUM FULL \"my table\";", "VACUUM FULL \"my table\"" },
		{ "SELECT 1", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct strbuf b = STRBUF_INIT;
		assert_int_equal(statement_name(&b, cases[i].query), cases[i].name != NULL);
		assert_string_equal(b.text, cases[i].name ? cases[i].name : "");
		strbuf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_modes), cmocka_unit_test(test_statement_names) };
	return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}

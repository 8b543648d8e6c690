/* --show-sql: nothing that is sent is left out, and what is shown can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "collectors/server/statements.h"
#include "tui/show_sql.h"

static void test_all(void **state)
{
	struct strbuf out = STRBUF_INIT;

	(void)state;
	show_sql(NULL, &out);
	for (size_t i = 0; i < ncollectors; i++)
		for (size_t k = 0; k < collectors[i]->nparts; k++)
			assert_non_null(strstr(out.text, collectors[i]->parts[k].sql));
	for (size_t i = 0; i < nstatements; i++)
		if (statements[i].values == NULL)
			assert_non_null(strstr(out.text, statements[i].sql));
	assert_non_null(strstr(out.text, "lock_timeout=100"));
	assert_non_null(strstr(out.text, "SET LOCAL lock_timeout = LOCK_TIMEOUT; SET LOCAL statement_timeout = STATEMENT_TIMEOUT;"));
	assert_non_null(strstr(out.text, "pg_stat_get_activity(PID)"));
	assert_null(strstr(out.text, "%d"));
	assert_null(strstr(out.text, "%s"));
	strbuf_free(&out);
}

static void test_one(void **state)
{
	const struct collector *locks = collector_find("locks");
	struct strbuf out = STRBUF_INIT;

	(void)state;
	show_sql(locks, &out);
	assert_int_equal(strncmp(out.text, "-- locks: ", 10), 0);
	assert_null(strstr(out.text, "-- activity"));
	assert_null(strstr(out.text, "-- the session"));
	strbuf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all), cmocka_unit_test(test_one) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

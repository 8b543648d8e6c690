/* --show-sql: nothing that is sent is left out, and what is shown can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/server/statements.h"
#include "tui/show_sql.h"

/* With the mark behind its first word, and a word for the schema of an extension. */
static void assert_shown(const char *shown, const char *sql)
{
	struct strbuf out = STRBUF_INIT;
	char *marked = sql_marked(sql), *from = marked;

	for (char *at; (at = strstr(from, PART_SCHEMA)); from = at + strlen(PART_SCHEMA)) {
		strbuf_add(&out, from, (size_t)(at - from));
		strbuf_adds(&out, "SCHEMA");
	}
	strbuf_adds(&out, from);
	assert_non_null(strstr(out.text, SQL_MARK));
	assert_non_null(strstr(shown, out.text));
	strbuf_free(&out);
	free(marked);
}

static void marks(void **state)
{
	static const struct { const char *sql, *marked; } known[] = {
		{ "SELECT 1", "SELECT /* pgtop-prod */ 1" },
		{ "SELECT\n  1", "SELECT /* pgtop-prod */\n  1" },
		{ "(\n SELECT 1) UNION", "(\n SELECT /* pgtop-prod */ 1) UNION" },
		{ "ROLLBACK", "ROLLBACK /* pgtop-prod */" },
		{ "COMMIT /* pgtop-prod */", "COMMIT /* pgtop-prod */" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char *marked = sql_marked(known[i].sql);

		assert_string_equal(marked, known[i].marked);
		free(marked);
	}
}

static void test_all(void **state)
{
	struct strbuf out = STRBUF_INIT;

	(void)state;
	show_sql(NULL, &out);
	for (size_t i = 0; i < ncollectors; i++)
		for (size_t k = 0; k < collectors[i]->nparts; k++)
			assert_shown(out.text, collectors[i]->parts[k].sql);
	for (size_t i = 0; i < nstatements; i++)
		if (statements[i].values == NULL)
			assert_shown(out.text, statements[i].sql);
	assert_non_null(strstr(out.text, "lock_timeout=100"));
	assert_non_null(strstr(out.text, "BEGIN /* pgtop-prod */ READ ONLY; SET /* pgtop-prod */ LOCAL lock_timeout = LOCK_TIMEOUT; "
				"SET /* pgtop-prod */ LOCAL statement_timeout = STATEMENT_TIMEOUT;"));
	assert_null(strstr(out.text, "{schema}"));
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
	const struct CMUnitTest tests[] = { cmocka_unit_test(marks), cmocka_unit_test(test_all), cmocka_unit_test(test_one) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

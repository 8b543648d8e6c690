/* What is missing where there are no statements to see: every combination, and the lines to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collectors/slow_queries.h"

static char name[] = "pg_stat_statements", v18[] = "1.8", v17[] = "1.7", public[] = "public", odd[] = "Odd one", shop[] = "shop", monitor[] = "monitor";
static char none[] = "", one[] = "auto_explain", many[] = "auto_explain,\"$libdir/Odd\"\"one\" , pg_cron", both[] = "pg_stat_statements, auto_explain",
	    dirty[] = "\"a\\x1bb\"";
static struct extension created = { .name = name, .version = v18, .schema = public };
static struct extension old = { .name = name, .version = v17, .schema = public };
static struct extension elsewhere = { .name = name, .version = v18, .schema = odd };

/* Loaded, created and allowed. */
static struct facts facts(void)
{
	return (struct facts){
		.database = shop, .user = monitor, .version_num = 160004, .read_all_stats = true, .preloaded = one, .statements_loaded = true,
		.extensions = &created, .nextensions = 1,
	};
}

static void lacks(const struct facts *f, const char *sqlstate, const char *reason, const char *remedy, const char *fix)
{
	struct strbuf r = STRBUF_INIT, m = STRBUF_INIT;
	struct outcomes out = { 0 };

	assert_true(slow_queries_collector.unavailable(f, sqlstate, &r, &m, &out));
	assert_string_equal(r.text, reason);
	assert_string_equal(m.text, remedy);
	if (fix) {
		assert_int_equal(out.nfindings, 1);
		assert_string_equal(out.findings[0].id, "statements-missing");
		assert_int_equal(out.findings[0].severity, SEVERITY_WARNING);
		if (*fix)
			assert_string_equal(out.findings[0].fix_sql, fix);
		else
			assert_null(out.findings[0].fix_sql);
	} else {
		assert_int_equal(out.nfindings, 0);
	}
	for (size_t i = 0; i < out.nchecks; i++)
		if (strcmp(out.checks[i].id, "slow-queries") == 0)
			assert_int_equal(out.checks[i].result, CHECK_UNKNOWN);
	assert_int_equal(out.nchecks, 2);
	outcomes_clear(&out);
	strbuf_free(&r);
	strbuf_free(&m);
}

#define LOAD "ALTER SYSTEM SET shared_preload_libraries =\n  auto_explain, pg_stat_statements;\n" \
	"  -- keeps auto_explain, which is loaded now; needs a restart of the server"
#define CREATE "CREATE EXTENSION pg_stat_statements;\n  -- in shop, as a superuser; no restart"
#define READ_ALL "GRANT pg_read_all_stats TO monitor;\n  -- without it only the texts of monitor are shown"
#define LOAD_FIX "ALTER SYSTEM SET shared_preload_libraries = auto_explain, pg_stat_statements;"
#define CREATE_FIX "CREATE EXTENSION pg_stat_statements;"
#define NOT_LOADED "pg_stat_statements is not loaded by this server"

static void test_steps(void **state)
{
	struct facts f = facts();

	(void)state;
	f.statements_loaded = false;
	lacks(&f, "55000", NOT_LOADED, LOAD, LOAD_FIX);
	f.nextensions = 0;
	f.read_all_stats = false;
	lacks(&f, "", NOT_LOADED, LOAD "\n" CREATE "\n" READ_ALL, LOAD_FIX "\n" CREATE_FIX "\nGRANT pg_read_all_stats TO monitor;");
	f.superuser = true;
	lacks(&f, "", NOT_LOADED, LOAD "\n" CREATE, LOAD_FIX "\n" CREATE_FIX);
	f.statements_loaded = true;
	lacks(&f, "", "pg_stat_statements is loaded, but not created in shop", CREATE, CREATE_FIX);
	f.superuser = false;
	lacks(&f, "", "pg_stat_statements is loaded, but not created in shop", CREATE "\n" READ_ALL,
	      CREATE_FIX "\nGRANT pg_read_all_stats TO monitor;");
	/* It says itself that it is not loaded. */
	f = facts();
	lacks(&f, "55000", NOT_LOADED, LOAD, LOAD_FIX);
	f.extensions = &old;
	lacks(&f, "", "version 1.7 of pg_stat_statements is too old, 1.8 is needed",
	      "ALTER EXTENSION pg_stat_statements UPDATE;\n  -- in shop, as its owner or a superuser; no restart", "ALTER EXTENSION pg_stat_statements UPDATE;");
}

static void libraries(char *list, const char *remedy, const char *fix)
{
	struct facts f = facts();

	f.statements_loaded = false;
	f.preloaded = list;
	lacks(&f, "55000", NOT_LOADED, remedy, fix);
}

static void test_libraries(void **state)
{
	(void)state;
	libraries(none, "ALTER SYSTEM SET shared_preload_libraries =\n  pg_stat_statements;\n  -- needs a restart of the server",
		  "ALTER SYSTEM SET shared_preload_libraries = pg_stat_statements;");
	libraries(many, "ALTER SYSTEM SET shared_preload_libraries =\n  auto_explain, \"$libdir/Odd\"\"one\", pg_cron, pg_stat_statements;\n"
		  "  -- keeps auto_explain, $libdir/Odd\"one, pg_cron, which are loaded now; needs a restart of the server",
		  "ALTER SYSTEM SET shared_preload_libraries = auto_explain, \"$libdir/Odd\"\"one\", pg_cron, pg_stat_statements;");
	libraries(both, LOAD, LOAD_FIX);
	/* No line that would drop the rest. */
	libraries(dirty, "-- Add pg_stat_statements to shared_preload_libraries, behind what is in it, and restart the server.", "");
	libraries(NULL, "-- Add pg_stat_statements to shared_preload_libraries, behind what is in it (this role may not read that), and restart the server.",
		  "");
}

/* What is in force is not what is set: the line would drop what waits for a restart. */
static void test_pending(void **state)
{
	struct facts f = facts();

	(void)state;
	f.statements_loaded = false;
	f.preload_pending = true;
	lacks(&f, "55000", NOT_LOADED, "-- Add pg_stat_statements to shared_preload_libraries, behind what is in it (changed since the server was"
	      " started: see its files), and restart the server.", "");
}

static void test_denied(void **state)
{
	struct facts f = facts();

	(void)state;
	lacks(&f, "42501", "monitor may not call pg_stat_statements",
	      "GRANT USAGE ON SCHEMA public TO monitor;\n  -- if it lacks that\n"
	      "GRANT EXECUTE ON FUNCTION public.pg_stat_statements(boolean) TO monitor;\n  -- if it lacks that", NULL);
	f.extensions = &elsewhere;
	f.read_all_stats = false;
	lacks(&f, "42501", "monitor may not call pg_stat_statements",
	      "GRANT USAGE ON SCHEMA \"Odd one\" TO monitor;\n  -- if it lacks that\n"
	      "GRANT EXECUTE ON FUNCTION \"Odd one\".pg_stat_statements(boolean) TO monitor;\n  -- if it lacks that\n" READ_ALL, NULL);
}

static void test_standby(void **state)
{
	struct facts f = facts();

	(void)state;
	f.standby = true;
	f.nextensions = 0;
	f.statements_loaded = false;
	f.read_all_stats = false;
	lacks(&f, "", NOT_LOADED, LOAD "\nCREATE EXTENSION pg_stat_statements;\n  -- on the primary, in shop, as a superuser; no restart\n"
	      "GRANT pg_read_all_stats TO monitor;\n  -- on the primary; without it only the texts of monitor are shown",
	      LOAD_FIX "\n" CREATE_FIX "\nGRANT pg_read_all_stats TO monitor;");
}

/* Where nothing of this is the reason, the server's own words are. */
static void test_other(void **state)
{
	struct facts f = facts();
	struct strbuf r = STRBUF_INIT, m = STRBUF_INIT;
	struct outcomes out = { 0 };

	(void)state;
	assert_false(slow_queries_collector.unavailable(&f, "42883", &r, &m, &out));
	assert_int_equal(r.len + m.len + out.nfindings + out.nchecks, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_libraries),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_standby),
		cmocka_unit_test(test_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* config.json: strict, and precise about where it is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/base/memory.h"
#include "tui/config.h"

static char folder[] = "/tmp/pgtop-config-XXXXXX";

static char *write_file(const char *name, const char *text)
{
	char *path = mem_format("%s/%s", folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return path;
}

/* Reads the text as a file; gives what is said of it behind the file's name, a new string ("" when it is good). */
static char *read_text(const char *text, struct config *c)
{
	struct strbuf error = STRBUF_INIT;
	char *file = write_file("c.json", text), *said;
	bool good;

	config_init(c);
	good = config_load(c, file, &error);
	assert_int_equal(good, error.len == 0);
	said = error.text;
	if (!good) {
		assert_int_equal(strncmp(said, file, strlen(file)), 0);
		said += strlen(file);
	}
	said = mem_string(said);
	strbuf_free(&error);
	unlink(file);
	free(file);
	return said;
}

static void assert_said(const char *text, const char *expected)
{
	struct config c;
	char *said = read_text(text, &c);

	assert_string_equal(said, expected);
	free(said);
	config_free(&c);
}

static void assert_begins(const char *text, const char *expected)
{
	struct config c;
	char *said = read_text(text, &c);

	if (strncmp(said, expected, strlen(expected)) != 0)
		assert_string_equal(said, expected);
	free(said);
	config_free(&c);
}

static bool near(double a, double b)
{
	return a - b < 1e-9 && b - a < 1e-9;
}

static void test_good(void **state)
{
	struct config c;
	char *said = read_text("{ \"theme\": \"light\", \"interval\": 5, \"pane\": \"activity\",\n"
			       "  \"limits\": { \"lock_wait_s\": [2, 20], \"budget_share\": 0.02 } }\n", &c);

	(void)state;
	assert_string_equal(said, "");
	assert_string_equal(c.theme, "light");
	assert_string_equal(c.pane, "activity");
	assert_true(near(c.interval_s, 5));
	assert_true(near(c.limits.value[LIMIT_LOCK_WAIT][0], 2) && near(c.limits.value[LIMIT_LOCK_WAIT][1], 20));
	assert_true(near(c.limits.value[LIMIT_BUDGET_SHARE][0], 0.02));
	assert_true(near(c.limits.value[LIMIT_LOCK_TIMEOUT][0], 0.1));
	assert_true(c.found);
	free(said);
	config_free(&c);
	assert_said("{}", "");
}

static void test_places(void **state)
{
	(void)state;
	assert_said("{\n  \"limits\": {\n    \"lock_wait_s\": 5\n  }\n}\n",
		    ":3:20: limits.lock_wait_s: expected [warning, critical], two numbers from 0 to 86400, the smaller first");
	assert_said("{ \"limits\": { \"lock_wait_s\": [9, 5] } }",
		    ":1:30: limits.lock_wait_s: expected [warning, critical], two numbers from 0 to 86400, the smaller first");
	assert_said("{ \"limits\": { \"lock_timeout_s\": \"1\" } }",
		    ":1:33: limits.lock_timeout_s: expected a number from 0.001 to 60");
	assert_said("{ \"limits\": { \"lock_timeout_s\": 61 } }",
		    ":1:33: limits.lock_timeout_s: expected a number from 0.001 to 60");
	assert_said("{ \"interval\": 0 }", ":1:15: interval: expected a number of seconds from 0.1 to 3600");
	assert_said("{ \"interval\": true }", ":1:15: interval: expected a number of seconds from 0.1 to 3600");
	assert_said("{ \"theme\": 7 }", ":1:12: theme: expected a text");
	assert_said("{ \"limits\": { \"lock_queue\": 1.5 } }",
		    ":1:29: limits.lock_queue: expected a whole number from 1 to 100000");
	assert_said("{ \"limits\": { \"xmin_age_transactions\": [1, 2.5] } }",
		    ":1:40: limits.xmin_age_transactions: expected [warning, critical], two whole numbers from 0 to 2147483648, the smaller first");
	assert_said("{ \"limits\": [] }", ":1:13: limits: expected an object of limits");
	assert_begins("{ \"pane\": \"nothing\" }", ":1:11: pane: expected one of \"overview\" ");
	assert_begins("[]", ":1:1: expected an object");
}

static void test_unknown(void **state)
{
	(void)state;
	assert_said("{\n \"colour\": 1 }", ":2:2: unknown member colour: expected one of theme interval pane limits");
	assert_begins("{ \"limits\": { \"lock_wait\": 1 } }", ":1:15: unknown member limits.lock_wait: expected one of lock_timeout_s ");
	assert_begins("{ \"\x1b[m\": 1 }", ":1:");
}

static void test_syntax(void **state)
{
	(void)state;
	assert_begins("{ \"interval\": }", ":1:");
	assert_begins("{ \"interval\": 5, \"interval\": 6 }", ":1:");
	assert_begins("", ":1:");
	assert_begins("{} x", ":1:");
}

static void test_missing(void **state)
{
	struct strbuf error = STRBUF_INIT;
	struct config c;

	(void)state;
	config_init(&c);
	assert_false(config_load(&c, "/nonexistent/config.json", &error));
	assert_string_equal(error.text, "/nonexistent/config.json: No such file or directory");
	strbuf_reset(&error);
	assert_int_equal(setenv("XDG_CONFIG_HOME", "/nonexistent", 1), 0);
	assert_true(config_load_default(&c, &error));
	assert_false(c.found);
	assert_int_equal(error.len, 0);
	config_free(&c);
	strbuf_free(&error);
}

static void test_default_file(void **state)
{
	struct strbuf error = STRBUF_INIT;
	struct config c;
	char *below = mem_format("%s/pgtop-prod", folder), *file;

	(void)state;
	assert_int_equal(mkdir(below, 0700), 0);
	file = write_file("pgtop-prod/config.json", "{ \"interval\": 7 }");
	assert_int_equal(setenv("XDG_CONFIG_HOME", folder, 1), 0);
	config_init(&c);
	assert_true(config_load_default(&c, &error));
	assert_true(c.found && near(c.interval_s, 7));
	config_free(&c);
	unlink(file);
	file = (free(file), write_file("pgtop-prod/config.json", "{"));
	config_init(&c);
	assert_false(config_load_default(&c, &error));
	assert_true(error.len > 0);
	config_free(&c);
	unlink(file);
	rmdir(below);
	free(file);
	free(below);
	strbuf_free(&error);
}

static void test_path(void **state)
{
	char *path;

	(void)state;
	setenv("XDG_CONFIG_HOME", "relative", 1);
	setenv("HOME", "/home/me", 1);
	path = config_path("config.json");
	assert_string_equal(path, "/home/me/.config/pgtop-prod/config.json");
	free(path);
	unsetenv("HOME");
	assert_null(config_path("config.json"));
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good), cmocka_unit_test(test_places), cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_syntax), cmocka_unit_test(test_missing), cmocka_unit_test(test_default_file),
		cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

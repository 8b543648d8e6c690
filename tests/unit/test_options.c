/* The command line: what it means, what excludes what, and what is said of a mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "tui/options.h"

enum { WORDS = 12 };

/* Parses words separated by blanks, as typed on a terminal unless `pipe`. The words stay allocated for the test's end. */
struct line {
	char *words[WORDS + 1];
	int n;
	struct options o;
	struct strbuf error;
	bool good;
};

static void parse(struct line *l, const char *typed, bool terminal)
{
	*l = (struct line){ .error = STRBUF_INIT };
	l->words[l->n++] = mem_string("pgtop-prod");
	while (*typed != '\0' && l->n < WORDS) {
		size_t n = strcspn(typed, " ");

		l->words[l->n++] = mem_string_n(typed, n);
		typed += n + (typed[n] == ' ');
	}
	l->good = options_parse(&l->o, l->n, l->words, terminal, &l->error);
}

static void done(struct line *l)
{
	for (int i = 0; i < l->n; i++)
		free(l->words[i]);
	strbuf_free(&l->error);
}

static void assert_wrong(const char *typed, const char *expected)
{
	struct line l;
	char *whole = mem_format("%s; try pgtop-prod --help", expected);

	parse(&l, typed, true);
	assert_false(l.good);
	assert_string_equal(l.error.text, whole);
	free(whole);
	done(&l);
}

static void assert_run(const char *typed, bool terminal, enum run run)
{
	struct line l;

	parse(&l, typed, terminal);
	assert_string_equal(l.error.text, "");
	assert_true(l.good);
	assert_int_equal(l.o.run, run);
	done(&l);
}

static void test_runs(void **state)
{
	(void)state;
	assert_run("", true, RUN_SCREEN);
	assert_run("", false, RUN_ONCE);
	assert_run("--once", true, RUN_ONCE);
	assert_run("--format=json", false, RUN_ONCE);
	assert_run("--help", true, RUN_HELP);
	assert_run("-?", true, RUN_HELP);
	assert_run("-V", true, RUN_VERSION);
	assert_run("--vers", true, RUN_VERSION);
	assert_run("--show-sql", true, RUN_SHOW_SQL);
	assert_run("--show-sql=locks", true, RUN_SHOW_SQL);
	assert_run("--list-themes", true, RUN_LIST_THEMES);
	assert_run("--demo", true, RUN_SCREEN);
	assert_run("--demo --once", true, RUN_ONCE);
}

static void test_connection(void **state)
{
	struct line l;

	(void)state;
	parse(&l, "-h db1,db2 -p 5432,5433 -Umonitor --connect-timeout=0.5 -s 10 shop -w", true);
	assert_true(l.good);
	assert_string_equal(l.o.server.host, "db1,db2");
	assert_string_equal(l.o.server.port, "5432,5433");
	assert_string_equal(l.o.server.user, "monitor");
	assert_string_equal(l.o.server.conninfo, "shop");
	assert_true(l.o.server.connect_timeout_s > 0.49 && l.o.server.connect_timeout_s < 0.51);
	assert_true(l.o.server.interval_s > 9.9 && l.o.server.interval_s < 10.1);
	assert_true(l.o.server.never_ask_password);
	done(&l);

	parse(&l, "-W -d service=prod", true);
	assert_true(l.good);
	assert_true(l.o.ask_password);
	assert_string_equal(l.o.server.conninfo, "service=prod");
	done(&l);

	parse(&l, "-- -odd", true);
	assert_true(l.good);
	assert_string_equal(l.o.server.conninfo, "-odd");
	done(&l);
}

static void test_looks(void **state)
{
	struct line l;

	(void)state;
	parse(&l, "--ascii --no-color --read-only --theme=mono --config=/x --pane=activity", true);
	assert_true(l.good);
	assert_true(l.o.ascii && l.o.no_color && l.o.read_only);
	assert_string_equal(l.o.theme, "mono");
	assert_string_equal(l.o.config, "/x");
	assert_int_equal(l.o.npanes, 1);
	assert_string_equal(l.o.panes[0], "activity");
	done(&l);

	parse(&l, "--once --format=csv --pane=locks", true);
	assert_true(l.good);
	assert_int_equal(l.o.format, FORMAT_CSV);
	done(&l);
}

static void test_mistakes(void **state)
{
	(void)state;
	assert_wrong("--foo", "unknown option --foo");
	assert_wrong("--foo=bar", "unknown option --foo=bar");
	assert_wrong("-x", "unknown option -x");
	assert_wrong("-wx", "unknown option -x");
	assert_wrong("--no", "option is short for more than one: --no");
	assert_wrong("--once=5", "option --once takes no value");
	assert_wrong("-h", "option --host needs a value: HOST");
	assert_wrong("--format", "option --format needs a value: text|json|csv");
	assert_wrong("--once --format=xml", "--format=xml: expected text, json or csv");
	assert_wrong("-s 0", "--interval=0: expected seconds from 0.1 to 3600");
	assert_wrong("-s 2x", "--interval=2x: expected seconds from 0.1 to 3600");
	assert_wrong("-s 1e3", "--interval=1e3: expected seconds from 0.1 to 3600");
	assert_wrong("-s nan", "--interval=nan: expected seconds from 0.1 to 3600");
	assert_wrong("-s 3601", "--interval=3601: expected seconds from 0.1 to 3600");
	assert_wrong("-s .", "--interval=.: expected seconds from 0.1 to 3600");
	assert_wrong("--connect-timeout=-1", "--connect-timeout=-1: expected seconds from 0.1 to 3600");
	assert_wrong("-p 0", "--port=0: expected a number from 1 to 65535");
	assert_wrong("-p 5432x", "--port=5432x: expected a number from 1 to 65535");
	assert_wrong("-p 65536", "--port=65536: expected a number from 1 to 65535");
	assert_wrong("a b", "two databases, a and b; give one (the role goes behind -U)");
	assert_wrong("-d a b", "two databases, a and b; give one (the role goes behind -U)");
}

static void test_exclusions(void **state)
{
	(void)state;
	assert_wrong("-w -W", "-w and -W exclude each other; give one");
	assert_wrong("--format=json", "--format needs --once");
	assert_wrong("--pane=locks --pane=activity", "--pane more than once needs --once");
	assert_wrong("--once --format=csv", "--format=csv takes exactly one --pane, and not the overview");
	assert_wrong("--once --format=csv --pane=locks --pane=stats",
		     "--format=csv takes exactly one --pane, and not the overview");
	assert_wrong("--once --format=csv --pane=overview",
		     "--format=csv takes exactly one --pane, and not the overview");
	assert_wrong("--demo -h db1", "--demo brings its own server; leave out the connection options");
	assert_wrong("--demo shop", "--demo brings its own server; leave out the database");
}

static void test_unknown_pane(void **state)
{
	struct line l;

	(void)state;
	parse(&l, "--pane=nothing", true);
	assert_false(l.good);
	assert_non_null(strstr(l.error.text, "--pane=nothing: expected one of overview "));
	assert_non_null(strstr(l.error.text, " activity"));
	assert_non_null(strstr(l.error.text, " locks"));
	done(&l);
	parse(&l, "--show-sql=overview", true);
	assert_false(l.good);
	done(&l);
}

/* What is quoted of the command line reaches a terminal. */
static void test_hostile_word(void **state)
{
	(void)state;
	assert_wrong("--\x1b[31m", "unknown option --\\x1b[31m");
	assert_wrong("postgresql://pw:s3cret@/x y", "two databases, postgresql://pw:***@/x and y; give one (the role goes behind -U)");
	assert_wrong("x password=ba", "two databases, x and password=***; give one (the role goes behind -U)");
	assert_wrong("-s \x07", "--interval=\\x07: expected seconds from 0.1 to 3600");
}

static void test_help(void **state)
{
	struct strbuf out = STRBUF_INIT;
	const char *line;

	(void)state;
	options_help(&out);
	for (size_t i = 0; i < noptions; i++) {
		char *name = mem_format("--%s", option_table[i].name);

		assert_non_null(strstr(out.text, name));
		free(name);
	}
	for (line = out.text; *line != '\0'; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 108);
	strbuf_free(&out);
}

static void test_number(void **state)
{
	double value;

	(void)state;
	assert_true(number_parse("0.1", 0.1, 1, &value));
	assert_true(number_parse(".5", 0.1, 1, &value));
	assert_false(number_parse("", 0, 1, &value));
	assert_false(number_parse(" 1", 0, 1, &value));
	assert_false(number_parse("0x1", 0, 1, &value));
	assert_false(number_parse("inf", 0, 1, &value));
	assert_false(number_parse("1.0.0", 0, 1, &value));
	assert_false(number_parse("1,0", 0, 1, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs), cmocka_unit_test(test_connection), cmocka_unit_test(test_looks),
		cmocka_unit_test(test_mistakes), cmocka_unit_test(test_exclusions), cmocka_unit_test(test_unknown_pane),
		cmocka_unit_test(test_hostile_word), cmocka_unit_test(test_help), cmocka_unit_test(test_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

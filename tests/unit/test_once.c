/* The three forms of --once, from a server that is fed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "collectors/base/memory.h"
#include "tests/lib/night.h"
#include "tui/once.h"

/* 2026-11-22 03:12:08 UTC */
#define NOW_US (INT64_C(1795317128) * SECOND_US)

static const struct now now = { .mono_us = 100 * SECOND_US, .wall_us = NOW_US };

struct fixture {
	struct server *server;
	struct limits limits;
	const struct collector *activity[1];
	struct report report;
	struct strbuf out;
};

static void set_text(struct table *t, const char *column, const char *text)
{
	int at = table_column(t, column);

	assert_true(at >= 0);
	table_set_string(t, t->nrows - 1, (size_t)at, text);
}

static void set_int(struct table *t, const char *column, int64_t value)
{
	int at = table_column(t, column);

	assert_true(at >= 0);
	table_set_int(t, t->nrows - 1, (size_t)at, value);
}

static void add_session(struct table *t, int pid, const char *user, const char *state, double transaction_s,
			const char *query)
{
	table_add_row(t);
	set_int(t, "pid", pid);
	set_int(t, "backend_start", NOW_US - 3600 * SECOND_US);
	set_text(t, "database", "shop");
	set_text(t, "user", user);
	set_text(t, "backend_type", "client backend");
	set_text(t, "state", state);
	set_text(t, "query", query);
	table_set_bool(t, t->nrows - 1, (size_t)table_column(t, "own"), false);
	table_set_float(t, t->nrows - 1, (size_t)table_column(t, "transaction_s"), transaction_s);
	table_set_float(t, t->nrows - 1, (size_t)table_column(t, "query_s"), transaction_s);
	table_set_float(t, t->nrows - 1, (size_t)table_column(t, "state_s"), transaction_s);
}

static void put_sessions(struct fixture *f)
{
	struct table *t = table_new(f->activity[0]->columns, f->activity[0]->ncolumns);

	t->taken_us = NOW_US;
	t->took_us = 4000;
	add_session(t, 4127, "app", "idle in transaction", 847, "UPDATE orders\nSET status = 'shipped', note = \"x\"");
	add_session(t, 5210, "migrator", "active", 372, "ALTER TABLE orders ADD COLUMN shipped \\x1b text");
	set_text(t, "blocked_by", "4127");
	server_offline_put(f->server, f->activity[0], t, now);
}

static int set_up(void **state)
{
	struct fixture *f = mem_zero(1, sizeof(*f));
	struct facts *facts;

	limits_defaults(&f->limits);
	f->server = server_offline(&f->limits, now);
	facts = server_offline_facts(f->server);
	facts->host = mem_string("db1");
	facts->port = mem_string("5432");
	facts->database = mem_string("shop");
	facts->user = mem_string("monitor");
	facts->version = mem_string("16.4");
	facts->version_num = 160004;
	facts->started_at_us = NOW_US - INT64_C(3722400) * SECOND_US;
	server_offline_link(f->server, LINK_LIVE, NOW_US, NOW_US);
	f->activity[0] = collector_find("activity");
	f->report = (struct report){
		.server = f->server, .panes = f->activity, .npanes = 1, .findings = true, .now = now, .rates_s = 1.0,
	};
	f->out = (struct strbuf)STRBUF_INIT;
	put_sessions(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	server_close(f->server);
	strbuf_free(&f->out);
	free(f);
	return 0;
}

static void assert_begins(const char *text, const char *expected)
{
	if (strncmp(text, expected, strlen(expected)) != 0)
		assert_string_equal(text, expected);
}

static const char *text_at(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	assert_non_null(text);
	return text;
}

static json_t *parse(struct fixture *f)
{
	json_error_t error;
	json_t *root;

	report_json(&f->report, &f->out);
	root = json_loads(f->out.text, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		fail_msg("%d:%d: %s", error.line, error.column, error.text);
	return root;
}

static void test_json_head(void **state)
{
	json_t *root = parse(*state), *server = json_object_get(root, "server");

	assert_string_equal(text_at(root, "taken_at"), "2026-11-22T03:12:08Z");
	assert_string_equal(text_at(root, "pgtop_prod"), PGTOP_VERSION);
	assert_string_equal(text_at(server, "host"), "db1");
	assert_string_equal(text_at(server, "port"), "5432");
	assert_string_equal(text_at(server, "role"), "primary");
	assert_string_equal(text_at(server, "version"), "16.4");
	assert_int_equal(json_integer_value(json_object_get(server, "version_num")), 160004);
	assert_true(json_is_null(json_object_get(server, "system_identifier")));
	assert_true(json_is_false(json_object_get(server, "superuser")));
	assert_true(json_is_object(json_object_get(root, "checks")));
	json_decref(root);
}

static void test_json_rows(void **state)
{
	json_t *root = parse(*state), *pane = json_object_get(json_object_get(root, "panes"), "activity"), *row, *list;

	assert_string_equal(text_at(pane, "state"), "ok");
	assert_true(json_is_null(json_object_get(pane, "reason")));
	assert_int_equal(json_integer_value(json_object_get(pane, "hidden_rows")), 0);
	assert_int_equal(json_array_size(json_object_get(pane, "rows")), 2);
	row = json_array_get(json_object_get(pane, "rows"), 0);
	assert_null(json_object_get(row, "state_short"));
	if (json_integer_value(json_object_get(row, "pid")) != 5210)
		row = json_array_get(json_object_get(pane, "rows"), 1);
	assert_int_equal(json_integer_value(json_object_get(row, "pid")), 5210);
	assert_string_equal(text_at(row, "backend_start"), "2026-11-22T02:12:08Z");
	assert_true(json_is_null(json_object_get(row, "application")));
	assert_non_null(json_object_get(row, "application"));
	assert_null(json_object_get(row, "sign"));
	assert_null(json_object_get(row, "minor"));
	list = json_object_get(row, "blocked_by");
	assert_int_equal(json_array_size(list), 1);
	assert_int_equal(json_integer_value(json_array_get(list, 0)), 4127);
	json_decref(root);
}

static void test_json_columns(void **state)
{
	json_t *root = parse(*state), *pane = json_object_get(json_object_get(root, "panes"), "activity");
	json_t *columns = json_object_get(pane, "columns"), *row = json_array_get(json_object_get(pane, "rows"), 0);
	json_t *pid = json_array_get(columns, 0);

	assert_string_equal(text_at(pid, "name"), "pid");
	assert_string_equal(text_at(pid, "type"), "int");
	assert_true(json_is_true(json_object_get(pid, "key")));
	assert_true(json_is_false(json_object_get(pid, "estimate")));
	assert_true(json_is_null(json_object_get(pid, "unit")));
	assert_int_equal(json_array_size(columns), json_object_size(row));
	json_decref(root);
}

static void test_json_unavailable(void **state)
{
	struct fixture *f = *state;
	json_t *root, *pane;

	server_offline_state(f->server, f->activity[0], COLLECTION_UNAVAILABLE, "it is \xc3\xbc" "ber", "GRANT x TO y;");
	root = parse(f);
	pane = json_object_get(json_object_get(root, "panes"), "activity");
	assert_string_equal(text_at(pane, "state"), "unavailable");
	assert_string_equal(text_at(pane, "reason"), "it is \xc3\xbc" "ber");
	assert_string_equal(text_at(pane, "remedy"), "GRANT x TO y;");
	json_decref(root);
}

/* A finding names its row by the row's key columns. */
static void test_json_findings(void **state)
{
	json_t *root = parse(*state), *findings = json_object_get(root, "findings"), *first = json_array_get(findings, 0);

	assert_true(json_array_size(findings) >= 1);
	assert_string_equal(text_at(first, "id"), "idle-in-transaction");
	assert_string_equal(text_at(first, "severity"), "critical");
	assert_string_equal(text_at(first, "pane"), "activity");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(first, "key"), "pid")), 4127);
	assert_string_equal(text_at(json_object_get(root, "checks"), "idle-in-transaction"), "finding");
	json_decref(root);
}

static void test_csv(void **state)
{
	struct fixture *f = *state;
	const char *line;

	report_csv(&f->report, &f->out);
	assert_begins(f->out.text, "pid,backend_start,database,user,application,");
	assert_null(strstr(f->out.text, "state_short"));
	assert_non_null(strstr(f->out.text, "\r\n4127,2026-11-22T02:12:08Z,shop,app,,"));
	assert_non_null(strstr(f->out.text, ",\"UPDATE orders\nSET status = 'shipped', note = \"\"x\"\"\"\r\n"));
	line = strstr(f->out.text, "\r\n5210,");
	assert_non_null(line);
	assert_non_null(strstr(line, ",4127,"));
	assert_string_equal(f->out.text + f->out.len - 2, "\r\n");
}

static void test_text(void **state)
{
	struct fixture *f = *state;

	report_text(&f->report, &f->out);
	assert_begins(f->out.text, "pgtop-prod " PGTOP_VERSION
		      "  shop on db1:5432  primary  PostgreSQL 16.4  up 43d02h  role monitor\n"
		      "taken 2026-11-22T03:12:08+00:00, rates over 1.0 s, ");
	assert_non_null(strstr(f->out.text, "\nFINDINGS  1 critical"));
	assert_non_null(strstr(f->out.text, "\ncritical  idle-in-transaction  14m07s  "));
	assert_non_null(strstr(f->out.text, "\nACTIVITY  ok, "));
	/* on one line, whole */
	assert_non_null(strstr(f->out.text, "UPDATE orders SET status = 'shipped', note = \"x\"\n"));
	assert_null(strstr(f->out.text, " \n"));
	assert_null(strchr(f->out.text, '\x1b'));
}

static void test_text_cut(void **state)
{
	struct fixture *f = *state;
	const char *line;

	f->report.columns = 60;
	f->report.ascii = true;
	f->report.findings = false;
	report_text(&f->report, &f->out);
	assert_null(strstr(f->out.text, "FINDINGS"));
	for (line = f->out.text; *line != '\0'; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 60);
	for (line = f->out.text; *line != '\0'; line++)
		assert_true((unsigned char)*line < 0x80);
}

static void test_text_unavailable(void **state)
{
	struct fixture *f = *state;

	server_offline_state(f->server, f->activity[0], COLLECTION_UNAVAILABLE, "not loaded", "CREATE EXTENSION a;\nGRANT b;");
	report_text(&f->report, &f->out);
	assert_non_null(strstr(f->out.text, "\nACTIVITY  unavailable: not loaded (see --show-sql=activity)"));
	assert_non_null(strstr(f->out.text, "\n  CREATE EXTENSION a;\n  GRANT b;\n"));
}

/* Rows that the role may not see are rows, counted, with the line that opens them. */
static void test_text_hidden(void **state)
{
	struct fixture *f = *state;
	struct table *t = table_new(f->activity[0]->columns, f->activity[0]->ncolumns);

	table_add_row(t);
	set_int(t, "pid", 4127);
	set_text(t, "user", "app");
	table_set_bool(t, 0, (size_t)table_column(t, "hidden"), true);
	server_offline_put(f->server, f->activity[0], t, now);
	report_text(&f->report, &f->out);
	assert_non_null(strstr(f->out.text, "1 of them hidden from monitor\n"));
	assert_non_null(strstr(f->out.text, "GRANT pg_read_all_stats TO monitor;\n"));
	assert_non_null(strstr(f->out.text, "\nhidden 4127 "));
	assert_non_null(strstr(f->out.text, " ? "));
}

/* The tree of locks: a waiter stands below its blocker, indented. */
static void test_text_tree(void **state)
{
	struct fixture *f = *state;
	const struct collector *locks[] = { collector_find("locks") };
	struct table *t = table_new(locks[0]->columns, locks[0]->ncolumns);

	table_add_row(t);
	set_int(t, "pid", 5210);
	set_text(t, "user", "migrator");
	set_text(t, "blocked_by", "4127");
	set_text(t, "lock_mode", "AccessExclusiveLock");
	table_add_row(t);
	set_int(t, "pid", 4127);
	set_text(t, "user", "app");
	server_offline_put(f->server, locks[0], t, now);
	f->report.panes = locks;
	report_text(&f->report, &f->out);
	assert_non_null(strstr(f->out.text, "\nLOCKS  ok, 1 root, 1 waiting\n"));
	assert_non_null(strstr(f->out.text, "\n4127 app "));
	assert_non_null(strstr(f->out.text, "\n  5210 migrator "));
	assert_true(strstr(f->out.text, "4127 app") < strstr(f->out.text, "5210 migrator"));
}

/* Under the rows stands since when they count; keys are not for paper. */
static void test_text_counted(void **state)
{
	const struct collector *panes[] = { collector_find("slow_queries"), collector_find("unused_indexes") };
	struct now night = night_clock();
	struct limits limits;
	struct server *server;
	struct report r = { .panes = panes, .npanes = 2, .now = night, .rates_s = 1.0 };
	struct strbuf out = STRBUF_INIT;

	(void)state;
	limits_defaults(&limits);
	r.server = server = night_server(&limits, night);
	report_text(&r, &out);
	assert_non_null(strstr(out.text, "\nSLOW_QUERIES  ok, last 64 s\n"));
	assert_non_null(strstr(out.text, "\nCounted since 2026-10-10T00:12:03Z.\n"));
	assert_non_null(strstr(out.text, "\nUNUSED_INDEXES  ok, 3 to drop, 9 to keep, of 41\n"));
	assert_non_null(strstr(out.text, "\nCounted since 2026-10-10T00:12:08Z (43d02h). Scans on standbys are not counted here.\n"));
	strbuf_free(&out);
	server_close(server);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_json_head), TEST(test_json_rows), TEST(test_json_columns), TEST(test_json_unavailable),
		TEST(test_json_findings), TEST(test_csv), TEST(test_text), TEST(test_text_cut), TEST(test_text_unavailable),
		TEST(test_text_hidden), TEST(test_text_tree), cmocka_unit_test(test_text_counted),
	};

	setlocale(LC_CTYPE, "");
	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What can be said of a server without one: connection strings, messages, schedules, states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/server/internal.h"
#include "collectors/stats.h"

static const struct now start = { .mono_us = 1000 * SECOND_US, .wall_us = 1795000000 * SECOND_US };

static struct now after(double seconds)
{
	int64_t us = (int64_t)(seconds * (double)SECOND_US);

	return (struct now){ start.mono_us + us, start.wall_us + us };
}

/* ---- addresses ---- */

static void hosts(void **state)
{
	struct address_list l = { 0 };

	(void)state;
	assert_true(address_list_parse(&l, "db1,10.0.0.2,/run/pg,::1,fe80::1%eth0,", NULL, "5433"));
	assert_int_equal(l.n, 6);
	assert_true(l.all[0].is_name);
	assert_string_equal(l.all[0].hostaddr, "");
	assert_false(l.all[1].is_name);
	assert_string_equal(l.all[1].hostaddr, "10.0.0.2");
	assert_false(l.all[2].is_name);
	assert_string_equal(l.all[2].hostaddr, "");
	assert_string_equal(l.all[3].hostaddr, "::1");
	assert_string_equal(l.all[4].hostaddr, "fe80::1%eth0");
	assert_false(l.all[5].is_name);
	assert_string_equal(l.all[5].port, "5433");
	address_list_clear(&l);

	assert_true(address_list_parse(&l, "a,b", "10.0.0.1,", "1,2"));
	assert_false(l.all[0].is_name);
	assert_string_equal(l.all[0].host, "a");
	assert_true(l.all[1].is_name);
	assert_string_equal(l.all[1].port, "2");
	address_list_clear(&l);

	assert_true(address_list_parse(&l, NULL, NULL, NULL));
	assert_int_equal(l.n, 1);
	assert_false(l.all[0].is_name);
	address_list_clear(&l);

	assert_false(address_list_parse(&l, "a,b", NULL, "1,2,3"));
	assert_false(address_list_parse(&l, "a,b", "10.0.0.1", NULL));
	address_list_clear(&l);
}

static void assert_words(const char *host, const char *hostaddr, const char *port, const char *expected)
{
	char *words = address_words(host, hostaddr, port);

	assert_string_equal(words, expected);
	free(words);
}

static void words(void **state)
{
	(void)state;
	assert_words("db1", "10.0.4.11", "5432", "db1 10.0.4.11:5432");
	assert_words("10.0.4.11", "10.0.4.11", "5432", "10.0.4.11:5432");
	assert_words("", "::1", "5432", "[::1]:5432");
	assert_words("/run/postgresql", "", "5432", "socket /run/postgresql:5432");
	assert_words("db1", "", "5432", "db1:5432");
	assert_words("\x1b[31m", "10.0.0.1", "1", "\\x1b[31m 10.0.0.1:1");
}

static const char *param(const struct conninfo_params *p, const char *keyword)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->keywords[i], keyword) == 0)
			return p->values[i];
	return NULL;
}

static void parameters(void **state)
{
	struct server_options o = {
		.conninfo = "postgresql://u@db1,10.0.0.2:5444/shop?sslmode=verify-full&options=-c%20work_mem%3D1MB&connect_timeout=9"
			    "&application_name=mine",
		.host = "elsewhere", .password = "secret",
	};
	struct conninfo *ci;
	struct conninfo_params p;
	struct address_list to = { 0 };

	(void)state;
	setenv("PGAPPNAME", "theirs", 1);
	ci = conninfo_new(&o);
	assert_null(conninfo_error(ci));
	assert_string_equal(conninfo_get(ci, "user"), "u");
	assert_true(conninfo_timeout_s(ci) == 9);
	assert_int_equal(conninfo_hosts(ci)->n, 2);
	assert_true(conninfo_hosts(ci)->all[0].is_name);
	address_list_add(&to, "db1", "10.0.0.7", "", false);
	address_list_add(&to, "db1", "10.0.0.8", "", false);
	address_list_add(&to, "10.0.0.2", "10.0.0.2", "5444", false);
	to.all[1].left_out = true;
	p = conninfo_params(ci, &to, "-c jit=off");
	assert_string_equal(param(&p, "host"), "db1,10.0.0.2");
	assert_string_equal(param(&p, "hostaddr"), "10.0.0.7,10.0.0.2");
	assert_string_equal(param(&p, "port"), ",5444");
	assert_string_equal(param(&p, "options"), "-c work_mem=1MB -c jit=off");
	assert_string_equal(param(&p, "application_name"), "pgtop-prod");
	assert_string_equal(param(&p, "client_encoding"), "UTF8");
	assert_string_equal(param(&p, "sslmode"), "verify-full");
	assert_string_equal(param(&p, "dbname"), "shop");
	assert_string_equal(param(&p, "password"), "secret");
	assert_non_null(param(&p, "tcp_user_timeout"));
	conninfo_params_free(&p);
	p = conninfo_params(ci, &to, NULL);
	assert_null(param(&p, "options"));
	conninfo_params_free(&p);
	conninfo_set_password(ci, "other");
	assert_string_equal(conninfo_get(ci, "password"), "other");
	address_list_clear(&to);
	conninfo_free(ci);

	o = (struct server_options){ .conninfo = "nokey=1" };
	ci = conninfo_new(&o);
	assert_non_null(strstr(conninfo_error(ci), "nokey"));
	conninfo_free(ci);

	o = (struct server_options){ .dbname = "target_session_attrs=read-write" };
	ci = conninfo_new(&o);
	assert_true(conninfo_judges_read_only(ci));
	assert_true(conninfo_timeout_s(ci) == 5);
	conninfo_free(ci);
	unsetenv("PGAPPNAME");
}

/* ---- messages ---- */

static const char said[] =
	"connection to server at \"10.0.0.7\", port 5432 failed: Connection refused\n"
	"\tIs the server running on that host and accepting TCP/IP connections?\n"
	"connection to server at \"10.0.0.8\", port 5433 failed: session is read-only\n"
	"connection to server at \"localhost\" (::1), port 5432 failed: FATAL:  57P03: the database system is starting up\n"
	"LOCATION:  ProcessStartupPacket, postmaster.c:2430\n"
	"connection to server on socket \"/run/pg/.s.PGSQL.5432\" failed: No such file or directory\n"
	"\tIs the server running locally and accepting connections on that socket?\n";

static void attempts(void **state)
{
	struct attempt_list l = { 0 };
	struct address_list tried = { 0 };
	char *line;

	(void)state;
	address_list_add(&tried, "db1", "10.0.0.7", "5432", false);
	message_attempts(&l, said, &tried, "unused", "read-write", 7);
	assert_int_equal(l.n, 4);
	assert_string_equal(l.all[0].where, "db1 10.0.0.7:5432");
	assert_string_equal(l.all[0].what, "refused: Connection refused");
	assert_string_equal(l.all[1].what, "is a standby or read-only; target_session_attrs=read-write");
	assert_string_equal(l.all[2].where, "localhost [::1]:5432");
	assert_string_equal(l.all[2].what, "refused: the database system is starting up");
	assert_true(l.all[2].passing);
	assert_false(l.all[3].passing);
	assert_string_equal(l.all[3].where, "socket /run/pg:5432");
	line = attempt_list_line(&l);
	assert_non_null(strstr(line, "; socket /run/pg:5432: no server: No such file or directory"));
	free(line);
	attempt_list_clear(&l);

	message_attempts(&l, "Verbindung fehlgeschlagen: \x1b[2J\nmehr", &tried, "db1:5432", NULL, 7);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.all[0].where, "db1:5432");
	assert_string_equal(l.all[0].what, "Verbindung fehlgeschlagen: \\x1b[2J");
	attempt_list_clear(&l);
	address_list_clear(&tried);
}

static void sqlstates(void **state)
{
	char sqlstate[6], *line;

	(void)state;
	assert_true(message_sqlstate("x\ny: FATAL:  28P01: password authentication failed", sqlstate));
	assert_string_equal(sqlstate, "28P01");
	assert_true(message_is_refusal(sqlstate));
	assert_false(message_sqlstate("FATAL:  no such thing: x", sqlstate));
	assert_false(message_is_refusal("3D000"));
	assert_true(message_is_refused_database("3D000"));
	assert_false(message_is_refusal("57P03"));
	assert_true(message_is_passing("53300"));
	line = message_line("FEHLER:  57P01: breche ab\nLOCATION:  x, y.c:1\n");
	assert_string_equal(line, "breche ab");
	free(line);
}

/* ---- schedule ---- */

static void in_step(void **state)
{
	struct schedule s;

	(void)state;
	schedule_start(&s, 2, start.mono_us);
	assert_true(s.due_us == start.mono_us);
	schedule_began(&s, after(0.1).mono_us);
	assert_true(s.due_us == after(2).mono_us);
	schedule_began(&s, after(9).mono_us);   /* much too late: no catching up */
	assert_true(s.due_us == after(11).mono_us);
	schedule_ask(&s, 0.5, after(9).mono_us);
	assert_true(s.due_us == after(9.5).mono_us);
}

static void costly(void **state)
{
	struct schedule s;

	(void)state;
	schedule_start(&s, 2, start.mono_us);
	for (int i = 0; i < 2; i++)
		schedule_worked(&s, 0.03, 0.01, start.mono_us);
	assert_true(schedule_interval_s(&s) == 2);
	schedule_worked(&s, 0.03, 0.01, start.mono_us);
	assert_true(schedule_interval_s(&s) == 4);   /* 30 ms fit into 1 % of 4 s */
	for (int i = 0; i < 9; i++)
		schedule_worked(&s, 0.03, 0.01, start.mono_us);
	assert_true(schedule_interval_s(&s) == 4);
	for (int i = 0; i < SCHEDULE_RUNS; i++)
		schedule_worked(&s, 0.01, 0.01, start.mono_us);
	assert_true(schedule_interval_s(&s) == 2);
}

static void timed_out(void **state)
{
	struct schedule s;

	(void)state;
	schedule_start(&s, 2, start.mono_us);
	schedule_timed_out(&s, start.mono_us);
	assert_true(schedule_interval_s(&s) == 4);
	assert_true(s.due_us == after(4).mono_us);
	for (int i = 0; i < 9; i++)
		schedule_timed_out(&s, start.mono_us);
	assert_true(schedule_interval_s(&s) == 30);
	schedule_worked(&s, 0, 0.01, start.mono_us);
	assert_true(schedule_interval_s(&s) == 2);
	assert_true(s.due_us == after(2).mono_us);
}

/* ---- values, remedies ---- */

enum { RELATION, OBJECT, WHEN, SHARE, MINE, MEMBERS, QUERY, NCOLUMNS };

static const struct column columns[NCOLUMNS] = {
	[RELATION] = { .name = "relation", .type = TYPE_INT, .flags = COLUMN_KEY },
	[OBJECT] = { .name = "object", .type = TYPE_TEXT, .flags = COLUMN_CACHED },
	[WHEN] = { .name = "when", .type = TYPE_TIME },
	[SHARE] = { .name = "share", .type = TYPE_FLOAT },
	[MINE] = { .name = "mine", .type = TYPE_BOOL },
	[MEMBERS] = { .name = "members", .type = TYPE_LIST },
	[QUERY] = { .name = "query", .type = TYPE_TEXT, .flags = COLUMN_LINES },
};

static void values(void **state)
{
	struct table *t = table_new(columns, NCOLUMNS);

	(void)state;
	table_add_row(t);
	copy_value(t, 0, RELATION, "1259", 4);
	copy_value(t, 0, OBJECT, "a\nb\x1b", 4);
	copy_value(t, 0, WHEN, "1795000000000001", 16);
	copy_value(t, 0, SHARE, "1.5e-07", 7);
	copy_value(t, 0, MINE, "t", 1);
	copy_value(t, 0, MEMBERS, "1\x1f" "2\n", 4);
	copy_value(t, 0, QUERY, "a\nb", 3);
	assert_int_equal(table_int(t, 0, RELATION), 1259);
	assert_string_equal(table_text(t, 0, OBJECT), "a\\x0ab\\x1b");
	assert_int_equal(table_int(t, 0, WHEN), 1795000000000001);
	assert_true(table_number(t, 0, SHARE) == 1.5e-07);
	assert_true(table_bool(t, 0, MINE));
	assert_string_equal(table_text(t, 0, MEMBERS), "1\x1f" "2\\x0a");
	assert_string_equal(table_text(t, 0, QUERY), "a\nb");
	copy_value(t, 0, QUERY, "ALTER ROLE a\r\n\vPASSWORD\f's3\x01""cret'", 33);
	assert_string_equal(table_text(t, 0, QUERY), "ALTER ROLE a\n\\x0bPASSWORD\\x0c'***'");
	copy_value(t, 0, RELATION, "99999999999999999999", 20);
	assert_int_equal(table_cell(t, 0, RELATION)->kind, CELL_UNKNOWN);
	copy_value(t, 0, SHARE, "NaN", 3);
	assert_int_equal(table_cell(t, 0, SHARE)->kind, CELL_UNKNOWN);
	copy_value(t, 0, MEMBERS, "", 0);
	assert_int_equal(table_cell(t, 0, MEMBERS)->kind, CELL_NULL);
	copy_value(t, 0, QUERY, NULL, 0);
	assert_int_equal(table_cell(t, 0, QUERY)->kind, CELL_NULL);
	table_free(t);
}

static void remedies(void **state)
{
	char *text = remedy_text("GRANT pg_monitor TO %s;", "mon");

	(void)state;
	assert_string_equal(text, "GRANT pg_monitor TO mon;");
	free(text);
	text = remedy_text("GRANT pg_monitor TO %s;", "Mon \"1\"");
	assert_string_equal(text, "GRANT pg_monitor TO \"Mon \"\"1\"\"\";");
	free(text);
	assert_null(remedy_text(NULL, "x"));
	/* A name that cleaning changed is not the role's. */
	assert_null(remedy_text("GRANT pg_monitor TO %s;", "mon\\x0a"));
	assert_null(remedy_text("GRANT pg_monitor TO %s;", "mon<U+200B>"));
	assert_null(lacking_remedy("42501", "permission denied for function pg_ls_waldir", NULL, "mon\xef\xbf\xbd", NULL));
	text = remedy_text("CREATE EXTENSION pg_stat_statements;", "mon\\x0a");
	assert_string_equal(text, "CREATE EXTENSION pg_stat_statements;");
	free(text);
	text = lacking_remedy("42501", "permission denied for function pg_ls_waldir", "GRANT pg_monitor TO %s;", "mon", NULL);
	assert_string_equal(text, "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir TO mon;");
	free(text);
	text = lacking_remedy("42501", "must be a superuser", "GRANT pg_monitor TO %s;", "mon", NULL);
	assert_string_equal(text, "GRANT pg_monitor TO mon;");
	free(text);
	assert_null(lacking_remedy("42883", "function pg_x() does not exist", "GRANT pg_monitor TO %s;", "mon", NULL));
	assert_true(sqlstate_is_lacking("42501"));
	assert_false(sqlstate_is_lacking("55P03"));
}

/* ---- a server without a link ---- */

static const struct check *check_named(const struct server *s, const char *id)
{
	const struct outcomes *o = server_outcomes(s);

	for (size_t i = 0; i < o->nchecks; i++)
		if (strcmp(o->checks[i].id, id) == 0)
			return &o->checks[i];
	return NULL;
}

/* A table of one counter, as the SQL of `stats` brings it. */
static struct table *counted(int64_t value, int64_t taken_us)
{
	struct table *t = table_new(stats_collector.columns, stats_collector.ncolumns);

	table_add_row(t);
	table_set_string(t, 0, STATS_NAME, "rows_written");
	table_set_int(t, 0, STATS_COUNTER, value);
	table_set_int(t, 0, STATS_STARTED, 1);
	table_set_int(t, 0, STATS_TAKEN, taken_us);
	t->taken_us = taken_us;
	return t;
}

/* Server processes hand in their counts about once a second: a shorter span would show nothing, then all at once. */
static void rate_spans(void **state)
{
	static const struct {
		int64_t at_ms, counter;
		double rate;   /* negative: none yet */
	} samples[] = {
		{ 0, 0, -1 }, { 300, 0, -1 }, { 600, 90, -1 }, { 900, 90, 100 }, { 1200, 90, 75 }, { 1800, 180, 100 }, { 3800, 180, 0 },
	};
	struct limits limits;
	struct server *s;

	(void)state;
	limits_defaults(&limits);
	s = server_offline(&limits, (struct now){ 0, 1 });
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		int64_t us = samples[i].at_ms * 1000 + SECOND_US;
		const struct table *t;

		server_offline_put(s, &stats_collector, counted(samples[i].counter, us), (struct now){ us, us });
		t = server_collection_named(s, "stats")->table;
		if (samples[i].rate < 0) {
			assert_int_equal(table_cell(t, FIGURE_ROWS_WRITTEN, STATS_VALUE)->kind, CELL_PENDING);
		} else {
			assert_true(table_number(t, FIGURE_ROWS_WRITTEN, STATS_VALUE) > samples[i].rate - 0.01);
			assert_true(table_number(t, FIGURE_ROWS_WRITTEN, STATS_VALUE) < samples[i].rate + 0.01);
		}
	}
	server_close(s);
}

static void offline(void **state)
{
	struct limits limits;
	struct server *s;
	const struct collector *c = collectors[0];
	const struct collection *view;
	uint64_t before;

	(void)state;
	limits_defaults(&limits);
	s = server_offline(&limits, start);
	server_offline_facts(s)->version_num = 160000;
	view = server_collection(s, 0);
	assert_int_equal(view->state, COLLECTION_WAITING);
	for (const char *const *id = c->checks; id && *id; id++)
		assert_int_equal(check_named(s, *id)->result, CHECK_UNKNOWN);
	before = server_version_counter(s);
	server_offline_put(s, c, table_new(c->columns, c->ncolumns), start);
	assert_int_equal(view->state, COLLECTION_OK);
	assert_true(server_version_counter(s) > before);
	assert_ptr_equal(server_collection_named(s, c->name), view);
	assert_null(server_collection_named(s, "nothing"));
	assert_true(view->taken_us == start.wall_us);

	server_offline_link(s, LINK_DOWN, after(1).wall_us, start.wall_us);
	assert_int_equal(view->state, COLLECTION_STALE);
	assert_int_equal(check_named(s, "connection-lost")->result, CHECK_FINDING);
	assert_int_equal(server_outcomes(s)->findings[0].severity, SEVERITY_CRITICAL);
	assert_true(server_outcomes(s)->findings[0].first_seen_us == after(1).wall_us);
	server_offline_state(s, c, COLLECTION_UNAVAILABLE, "no right", "GRANT x TO y;");
	assert_string_equal(view->remedy, "GRANT x TO y;");
	/* What was seen before keeps its moment. */
	assert_true(server_outcomes(s)->findings[0].first_seen_us == after(1).wall_us);
	server_close(s);
}

/* ---- a server that is not there ---- */

static void unreachable(void **state)
{
	struct server_options o = { .host = "/nonexistent", .port = "1", .user = "u", .dbname = "d", .interval_s = 2 };
	struct limits limits;
	struct server *s;
	double pauses[] = { 0.25, 0.5, 1, 2, 4, 5, 5 }, at = 0;

	(void)state;
	limits_defaults(&limits);
	s = server_open(&o, &limits, start);
	assert_int_equal(server_link(s).state, LINK_CONNECTING);
	assert_int_equal(server_link(s).refusal, REFUSED_NOT);
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		struct link_view v = server_link(s);
		int64_t wake_us = INT64_MAX;
		struct pollfd fds[8];

		assert_int_equal(v.nattempts, 1);
		assert_string_equal(v.attempts[0].where, "socket /nonexistent:1");
		assert_true(v.next_try_us == after(at + pauses[i]).wall_us);
		assert_int_equal(server_poll(s, fds, 8, &wake_us), 0);
		assert_true(wake_us == after(at + pauses[i]).mono_us);
		at += pauses[i];
		server_turn(s, after(at));
	}
	server_ask_now(s, NULL, after(at + 1));
	server_turn(s, after(at + 1));
	assert_true(server_link(s).next_try_us == after(at + 1.25).wall_us);
	assert_non_null(server_link(s).lost);
	server_close(s);

	o = (struct server_options){ .conninfo = "sslmode=bogus" };
	s = server_open(&o, &limits, start);
	assert_int_equal(server_link(s).refusal, REFUSED_OPTIONS);
	assert_true(server_link(s).next_try_us == 0);
	server_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts), cmocka_unit_test(words), cmocka_unit_test(parameters), cmocka_unit_test(attempts),
		cmocka_unit_test(sqlstates), cmocka_unit_test(in_step), cmocka_unit_test(costly), cmocka_unit_test(timed_out),
		cmocka_unit_test(values), cmocka_unit_test(remedies), cmocka_unit_test(offline), cmocka_unit_test(rate_spans),
		cmocka_unit_test(unreachable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

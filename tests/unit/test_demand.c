/* What is asked for one row only: the sentences for why it could not be had, and what details show while it is awaited, there, or not to be had. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/activity.h"
#include "collectors/base/memory.h"
#include "collectors/locks.h"
#include "collectors/server/internal.h"
#include "tui/panes/details.h"

static const struct now start = { .mono_us = 1000 * SECOND_US, .wall_us = 1795000000 * SECOND_US };

static struct now after(double seconds)
{
	int64_t us = (int64_t)(seconds * (double)SECOND_US);

	return (struct now){ start.mono_us + us, start.wall_us + us };
}

static void assert_taken(char *take_text, const char *expected)
{
	if (!expected)
		assert_null(take_text);
	else
		assert_string_equal(take_text, expected);
	free(take_text);
}

/* ---- sentences ---- */

static void test_failed(void **state)
{
	(void)state;
	assert_taken(demand_words_failed("55P03", "canceling statement due to lock timeout", 0.1, 0.1, 1, NULL),
		     "waited 0.1 s for a lock");
	assert_taken(demand_words_failed("55P03", "", 0.1, 0.1, 1, "public.orders is locked by 5210 (ALTER TABLE)"),
		     "waited 0.1 s for a lock: public.orders is locked by 5210 (ALTER TABLE)");
	assert_taken(demand_words_failed("57014", "canceling statement due to statement timeout", 1.01, 0.1, 1, "public.orders is locked"),
		     "not done within 1 s, the time limit for it");
	assert_taken(demand_words_failed("57014", "canceling statement due to user request", 0.2, 0.1, 1, NULL),
		     "somebody on the server cancelled it");
	assert_taken(demand_words_failed("42501", "permission denied for table \x1b[31morders", 0.01, 0.1, 1, "public.orders is locked"),
		     "permission denied for table \\x1b[31morders");
}

static void connect_words(const char *sqlstate, const char *what, const char *expected)
{
	struct session session = { .step = SESSION_FAILED, .error = mem_string("whole line") };

	memcpy(session.sqlstate, sqlstate, strlen(sqlstate));
	if (what)
		attempt_list_add(&session.attempts, 0, mem_string("db1:5432"), mem_string(what), false);
	assert_taken(demand_words_connect(&session), expected);
	attempt_list_clear(&session.attempts);
	free(session.error);
}

static void test_connect(void **state)
{
	(void)state;
	connect_words("53300", "sorry, too many clients already", "no connection is left for it: sorry, too many clients already");
	connect_words("57P03", "the database system is shutting down", "no connection for it: the database system is shutting down");
	connect_words("", NULL, "no connection for it: whole line");
}

static struct table *locks_table(void)
{
	return table_new(locks_collector.columns, locks_collector.ncolumns);
}

static size_t lock(struct table *t, int pid, const char *mode, const char *object, const char *doing, const char *query)
{
	size_t row = table_add_row(t);

	table_set_int(t, row, LOCKS_PID, pid);
	table_set_string(t, row, LOCKS_LOCK_MODE, mode);
	table_set_string(t, row, LOCKS_OBJECT, object);
	table_set_string(t, row, LOCKS_STATE, doing);
	table_set_string(t, row, LOCKS_QUERY, query);
	return row;
}

static void test_locker(void **state)
{
	struct table *t = locks_table();
	size_t prepared;

	(void)state;
	assert_null(demand_words_locked(NULL, NULL, NULL));
	assert_null(demand_words_locked(NULL, NULL, t));
	assert_taken(demand_words_locked("public.orders", NULL, NULL), "public.orders is locked");
	assert_taken(demand_words_locked("public.orders", "public.orders_pkey", t), "public.orders or public.orders_pkey is locked");
	/* who holds what does not keep readers away is not named, the one in the queue behind it is */
	lock(t, 4127, "RowExclusive", "public.orders", "idle in transaction", "UPDATE orders SET a = 1");
	lock(t, 5210, "AccessExclusive", "public.orders", "active", "/* migration 12 */\nalter  table orders ADD COLUMN x int");
	lock(t, 5233, "AccessShare", "public.orders", "active", "SELECT 1");
	lock(t, 77, "AccessExclusive", "public.users", "idle in transaction (aborted)", "SELECT 1");
	lock(t, 78, "AccessExclusive", "public.events", "active", "TRUNCATE events");
	lock(t, 79, "AccessExclusive", "public.items", "active", "");
	prepared = lock(t, 0, "AccessExclusive", "public.payments", "", "");
	table_set_string(t, prepared, LOCKS_GID, "xa-8812");
	assert_taken(demand_words_locked("public.orders", NULL, t), "public.orders is locked by 5210 (ALTER TABLE)");
	assert_taken(demand_words_locked("public.users", NULL, t), "public.users is locked by 77 (idle in transaction (aborted))");
	assert_taken(demand_words_locked("public.events", NULL, t), "public.events is locked by 78 (TRUNCATE)");
	assert_taken(demand_words_locked("public.items", NULL, t), "public.items is locked by 79");
	assert_taken(demand_words_locked("public.payments", NULL, t), "public.payments is locked by xa-8812 (prepared transaction)");
	assert_taken(demand_words_locked("public.order", "public.events", t), "public.events is locked by 78 (TRUNCATE)");
	assert_taken(demand_words_locked("public.order", "one of its tables", t), "public.order or one of its tables is locked");
	table_free(t);
}

static void test_pooled(void **state)
{
	const char *asked = "SELECT f($1::oid), g($1::oid)";
	struct session session = { .lock_timeout_ms = 100, .statement_timeout_ms = 1000 };
	char *sql = demand_pooled(&session, asked, "12'; DROP TABLE x; --");

	(void)state;
	assert_non_null(strstr(sql, "lock_timeout = 100;"));
	assert_non_null(strstr(sql, "f('12''; DROP TABLE x; --'::oid), g('12''; DROP TABLE x; --'::oid)"));
	free(sql);
	session.raw = true;
	sql = demand_pooled(&session, asked, "7");
	assert_non_null(strstr(sql, "client_encoding"));
	free(sql);
	/* what cleaning changed is not what the server has */
	{
		char *quoted = demand_pooled(&session, "SELECT f($1::oid, $10) FROM \"a$1\".x", "7");

		assert_non_null(strstr(quoted, "SELECT f('7'::oid, $10) FROM \"a$1\".x"));
		free(quoted);
	}
	assert_null(demand_pooled(&session, asked, "a\\x1b"));
}

/* What every collector asks for one row: by a column it has, with one value, and nothing that needs a semicolon. */
static void test_registered(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ncollectors; i++) {
		const struct demand *d = collectors[i]->demand;
		struct table *t = d ? table_new(collectors[i]->columns, collectors[i]->ncolumns) : NULL;

		if (!d)
			continue;
		n++;
		assert_true(table_column(t, d->by) >= 0);
		for (size_t k = 0; k < d->nparts; k++) {
			assert_non_null(strstr(d->parts[k].sql, "$1"));
			assert_null(strstr(d->parts[k].sql, "$2"));
			assert_null(strchr(d->parts[k].sql, ';'));
		}
		assert_true(d->nparts > 0);
		assert_true(!d->when || table_column(t, d->when) >= 0);
		assert_true(d->ncolumns > 0);
		for (size_t k = 0; k < 2 && d->locks[k]; k++) {
			table_add_row(t);
			for (size_t c = 0; c < t->ncolumns; c++)
				if (t->columns[c].type == TYPE_TEXT)
					table_set_string(t, t->nrows - 1, c, "x");
			assert_taken(demand_fill(t, t->nrows - 1, d->locks[k]), strchr(d->locks[k], '{') ? "x.x" : d->locks[k]);
		}
		table_free(t);
	}
	assert_true(n > 0);
}

/* ---- details ---- */

static const struct column asked_columns[] = {
	{ "definition", NULL, "its definition", TYPE_TEXT, UNIT_NONE, COLUMN_LINES, 0, 0 },
	{ "exact_bytes", "exact", "its size", TYPE_INT, UNIT_COUNT, 0, 0, 0 },
};
static const struct part asked_part = { .name = "details", .sql = "SELECT 1" };
static const struct demand demand = { .by = "pid", .parts = &asked_part, .nparts = 1, .columns = asked_columns, .ncolumns = 2, .locks = { "{user}.{database}" } };
static const struct detail asked_details[] = {
	{ "", "row {pid}  {exact_bytes}" },
	{ "size", "about 1[, {exact_bytes} exactly]" },
	{ "who", "{user}" },
	{ "exact", "{exact_bytes}" },
	{ "only", "[{exact_bytes} counted]" },
};

struct view_of_row {
	struct limits limits;
	struct collector collector;
	struct column columns[ACTIVITY_COLUMNS];
	struct server *server;
	struct pane pane;
	struct scene scene;
	struct canvas *canvas;
	char *key;
	int lines;
};

/* The collector `activity` without a text of its own, and with a demand. */
static void open_row(struct view_of_row *v, bool with_details)
{
	struct table *t;

	memset(v, 0, sizeof(*v));
	limits_defaults(&v->limits);
	v->collector = activity_collector;
	memcpy(v->columns, activity_collector.columns, activity_collector.ncolumns * sizeof(v->columns[0]));
	for (size_t i = 0; i < activity_collector.ncolumns; i++)
		v->columns[i].flags &= ~(unsigned)COLUMN_LINES;
	v->collector.columns = v->columns;
	v->collector.details = with_details ? asked_details : NULL;
	v->collector.ndetails = with_details ? sizeof(asked_details) / sizeof(asked_details[0]) : 0;
	v->collector.demand = &demand;
	v->server = server_offline(&v->limits, start);
	t = table_new(v->columns, activity_collector.ncolumns);
	table_add_row(t);
	table_set_int(t, 0, ACTIVITY_PID, 4127);
	table_set_string(t, 0, ACTIVITY_USER, "app");
	v->key = table_key(t, 0);
	server_offline_put(v->server, &activity_collector, t, start);
	v->pane = (struct pane){ .name = "activity", .title = "activity", .collector = &v->collector };
	v->scene = (struct scene){ .server = v->server, .limits = &v->limits, .now = start, .wrap = true };
	v->canvas = canvas_new(20, 80, false);
}

static void close_row(struct view_of_row *v)
{
	canvas_free(v->canvas);
	server_close(v->server);
	free(v->key);
}

static char *drawn(struct view_of_row *v, bool preview)
{
	struct strbuf all = STRBUF_INIT;

	canvas_clear(v->canvas);
	v->lines = details_draw(&v->scene, &v->pane, v->key, v->canvas, (struct area){ 0, 0, 20, 80 }, 0, !preview);
	for (int y = 0; y < 20; y++) {
		char *line = canvas_line(v->canvas, y);

		strbuf_addf(&all, "%s\n", line);
		free(line);
	}
	return strbuf_take(&all);
}

static void says(struct view_of_row *v, bool preview, const char *text, bool wanted)
{
	char *all = drawn(v, preview);

	if (!strstr(all, text) != !wanted)
		fail_msg("%s: %s\n%s", wanted ? "lacking" : "unwanted", text, all);
	free(all);
}

static struct table *answer(const char *definition)
{
	struct table *t = table_new(asked_columns, 2);

	table_add_row(t);
	table_set_string(t, 0, 0, definition);
	table_set_int(t, 0, 1, 8192);
	return t;
}

static void test_details(void **state)
{
	struct view_of_row v;
	int waiting_lines;

	(void)state;
	open_row(&v, true);
	says(&v, true, "Enter asks for its definition", true);
	says(&v, true, "exact    ?", true);
	says(&v, true, "size     about 1  ", true);

	server_demand(v.server, &v.collector, v.key, after(1));
	assert_int_equal(server_demanded(v.server, &v.collector, v.key).state, DEMAND_WAITING);
	says(&v, false, "exact    …", true);
	says(&v, false, "only     …", true);
	says(&v, false, "exactly", false);
	says(&v, false, "\n  …\n", true);
	says(&v, false, "Enter", false);
	says(&v, false, "row 4127", true);
	assert_null(details_text(&v.scene, &v.pane, v.key));
	waiting_lines = v.lines;

	server_offline_demand(v.server, &v.collector, v.key, NULL, "waited 0.1 s for a lock: public.orders is locked", after(1.1));
	says(&v, false, "exact    ?", true);
	says(&v, false, "only     ?", true);
	says(&v, false, "exactly", false);
	says(&v, false, "no definition: waited 0.1 s for a lock: public.orders is locked\n", true);
	assert_null(details_text(&v.scene, &v.pane, v.key));
	assert_int_equal(v.lines, waiting_lines);

	server_offline_demand(v.server, &v.collector, v.key, answer("CREATE INDEX i ON public.orders USING btree (status)"), NULL, after(3));
	says(&v, false, "exact    8 192", true);
	says(&v, false, "size     about 1, 8 192 exactly", true);
	says(&v, false, "only     8 192 counted", true);
	says(&v, false, "\n  CREATE INDEX i ON public.orders USING btree (status)\n", true);
	says(&v, false, "waited", false);
	says(&v, false, "asked for at", false);
	assert_int_equal(v.lines, waiting_lines);
	assert_int_equal(canvas_at(v.canvas, waiting_lines, 2)->role, ROLE_KEYWORD);
	assert_taken(details_text(&v.scene, &v.pane, v.key), "CREATE INDEX i ON public.orders USING btree (status)");

	v.scene.now = after(100);
	says(&v, false, "asked for at", true);
	says(&v, false, "r asks again", true);
	close_row(&v);
}

/* What is known stays for the preview when nobody looks any more; what was under way, or failed, is forgotten. */
static void test_turning_away(void **state)
{
	struct view_of_row v;

	(void)state;
	open_row(&v, true);
	server_demand(v.server, &v.collector, v.key, start);
	server_demand_drop(v.server);
	assert_int_equal(server_demanded(v.server, &v.collector, v.key).state, DEMAND_NONE);
	server_offline_demand(v.server, &v.collector, v.key, NULL, "no", after(1));
	server_demand_drop(v.server);
	assert_int_equal(server_demanded(v.server, &v.collector, v.key).state, DEMAND_NONE);
	server_offline_demand(v.server, &v.collector, v.key, answer("SELECT 1"), NULL, after(2));
	server_demand_drop(v.server);
	says(&v, true, "SELECT 1", true);
	assert_int_equal(server_demanded(v.server, &activity_collector, v.key).state, DEMAND_NONE);
	assert_int_equal(server_demanded(v.server, &v.collector, "other").state, DEMAND_NONE);
	server_demand(v.server, &v.collector, "other", after(3));
	assert_int_equal(server_demanded(v.server, &v.collector, v.key).state, DEMAND_NONE);
	close_row(&v);
}

/* A picture that stands still keeps what was answered, and says that nothing is asked. */
static void test_frozen(void **state)
{
	struct view_of_row v;
	struct server *frozen;

	(void)state;
	open_row(&v, true);
	server_demand(v.server, &v.collector, v.key, start);
	frozen = server_freeze(v.server);
	v.scene.server = frozen;
	v.scene.paused = true;
	says(&v, false, "not asked for while the picture stands still", true);
	says(&v, false, "exact    ?", true);
	server_close(frozen);

	server_offline_demand(v.server, &v.collector, v.key, answer("SELECT 1"), NULL, after(1));
	frozen = server_freeze(v.server);
	v.scene.server = frozen;
	server_demand_drop(v.server);
	says(&v, false, "exact    8 192", true);
	says(&v, false, "stands still", false);
	server_close(frozen);
	close_row(&v);
}

/* A collector that words no details: what is asked for stands among its columns. */
static void test_plain_details(void **state)
{
	struct view_of_row v;

	(void)state;
	open_row(&v, false);
	canvas_resize(v.canvas, 60, 80);
	server_demand(v.server, &v.collector, v.key, start);
	v.lines = details_draw(&v.scene, &v.pane, v.key, v.canvas, (struct area){ 0, 0, 60, 80 }, 0, true);
	for (int y = 0, found = 0; y <= 60; y++) {
		char *line = y < 60 ? canvas_line(v.canvas, y) : mem_string("");

		found += strstr(line, "exact") != NULL && strstr(line, "…") != NULL;
		free(line);
		if (y == 60)
			assert_int_equal(found, 1);
	}
	close_row(&v);
}

/* A statement of 16 kB in one line is shown whole, wrapped at 80 columns. */
static void test_long_statement(void **state)
{
	struct strbuf sql = STRBUF_INIT;
	struct view_of_row v;
	int last;
	char *line;

	(void)state;
	strbuf_adds(&sql, "SELECT count(*) FROM orders WHERE id IN (0");
	for (int i = 1; sql.len < 16 * 1024; i++)
		strbuf_addf(&sql, ", %d", i);
	strbuf_adds(&sql, ", 987654321) ORDER BY 1");
	open_row(&v, true);
	server_offline_demand(v.server, &v.collector, v.key, answer(sql.text), NULL, start);
	free(drawn(&v, false));
	assert_in_range(v.lines, 16 * 1024 / 78, 16 * 1024 / 60);
	last = v.lines - 19 + 1;   /* the last lines of it, below the title */
	canvas_clear(v.canvas);
	details_draw(&v.scene, &v.pane, v.key, v.canvas, (struct area){ 0, 0, 20, 80 }, last, true);
	for (int y = 0, found = 0; y <= 20; y++) {
		line = y < 20 ? canvas_line(v.canvas, y) : mem_string("");
		assert_in_range(text_cells(line), 0, 80);
		found += strstr(line, "987654321)") != NULL || strcmp(line, "  ORDER BY 1") == 0;
		free(line);
		if (y == 20)
			assert_int_equal(found, 2);
	}
	strbuf_free(&sql);
	close_row(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed), cmocka_unit_test(test_connect), cmocka_unit_test(test_locker), cmocka_unit_test(test_pooled),
		cmocka_unit_test(test_registered),
		cmocka_unit_test(test_details), cmocka_unit_test(test_turning_away), cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_plain_details), cmocka_unit_test(test_long_statement),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

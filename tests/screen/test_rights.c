/* What is hidden, by the line that opens it; and the lines that make a superuser's smaller role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "collectors/server/internal.h"
#include "tests/lib/night.h"
#include "tests/lib/stage.h"

static struct limits limits;

static struct stage *open_size(int height, int width)
{
	struct now now = night_clock();
	struct stage_options o = { .height = height, .width = width };

	limits_defaults(&limits);
	return stage_open(&o, night_healthy(&limits, now), now);
}

static void show_rights(struct stage *s)
{
	stage_keys(s, ":");
	stage_type(s, "rights");
	stage_keys(s, "Enter");
}

static void put_away(struct stage *s)
{
	stage_keys(s, "Esc");
	assert_int_equal(s->app->nlayers, 0);
}

static void unavailable(struct stage *s)
{
	server_offline_state(s->server, collector_find("slow_queries"), COLLECTION_UNAVAILABLE,
			     "pg_stat_statements is not loaded by this server",
			     "ALTER SYSTEM SET shared_preload_libraries =\n  auto_explain, pg_stat_statements;\n"
			     "  -- keeps auto_explain, which is loaded now; needs a restart of the server\n"
			     "CREATE EXTENSION pg_stat_statements;\n  -- in shop, as a superuser; no restart\n"
			     "GRANT pg_read_all_stats TO monitor;\n  -- without it only the texts of monitor are shown");
}

static void missing(struct stage *s, const char *collector, const char *name, const char *why, const char *remedy)
{
	struct collection *c = NULL;

	for (size_t i = 0; i < ncollectors; i++)
		if (strcmp(collectors[i]->name, collector) == 0)
			c = &s->server->collectors[i].view;
	assert_non_null(c);
	c->missing = mem_resize(c->missing, c->nmissing + 1, sizeof(*c->missing));
	c->missing[c->nmissing++] = (struct missing){
		.name = name, .reason = remedy ? mem_format("%s; %s", why, remedy) : mem_string(why),
		.remedy = mem_string_or_null(remedy) };
}

static void hide_all(struct stage *s)
{
	night_hide(s->server, s->now);
	unavailable(s);
	missing(s, "stats", "wal_bytes", "permission denied for function pg_stat_wal",
		"GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_wal TO monitor;");
	missing(s, "unused_indexes", "last_scan", "needs PostgreSQL 16", NULL);
	stage_pass(s, 0.1);
}

/* One line for all that it opens, each pane in which something is hidden, and what no line opens. */
static void test_hidden(void **state)
{
	static const int sizes[][2] = { { 24, 80 }, { 40, 120 }, { 60, 200 } };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct stage *s = open_size(sizes[i][0], sizes[i][1]);
		char *name = mem_format("rights-%d", sizes[i][1]);

		hide_all(s);
		show_rights(s);
		stage_expect(s, name);
		free(name);
		stage_close(s);
	}
}

/* Only a pane that lacks all is looked for again by itself; what any other line opens is seen with the next rows. */
static void test_again(void **state)
{
	struct stage *s = open_size(24, 80);

	(void)state;
	night_hide(s->server, s->now);
	stage_pass(s, 0.1);
	show_rights(s);
	stage_says(s, "A superuser runs them; r looks now");
	stage_says_not(s, "Looked again");
	unavailable(s);
	stage_pass(s, 0.1);
	stage_keys(s, "G");
	stage_says(s, "A superuser runs them. Looked again every 60 s");
	stage_close(s);
}

/* Whole, each once, in the order in which they are to be run. */
static void test_copy(void **state)
{
	struct stage *s = open_size(24, 80);

	(void)state;
	hide_all(s);
	show_rights(s);
	stage_keys(s, "y");
	assert_string_equal(s->copied,
			    "GRANT pg_read_all_stats TO monitor;\n"
			    "ALTER SYSTEM SET shared_preload_libraries =\n  auto_explain, pg_stat_statements;\n"
			    "CREATE EXTENSION pg_stat_statements;\n"
			    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_wal TO monitor;");
	stage_close(s);
}

/* On the smallest screen all of it can be reached, and no line is cut. */
static void test_small(void **state)
{
	struct stage *s = open_size(15, 60);

	(void)state;
	hide_all(s);
	show_rights(s);
	stage_says_not(s, "…");
	stage_keys(s, "G");
	stage_says(s, "last_scan: needs PostgreSQL 16");
	stage_says(s, "y copies them all");
	stage_expect(s, "rights-60");
	stage_keys(s, "g");
	stage_says(s, "1  GRANT pg_read_all_stats TO monitor;");
	put_away(s);
	stage_close(s);
}

static void test_nothing(void **state)
{
	struct stage *s = open_size(24, 80);
	struct outcomes *o = &s->server->outcomes;

	(void)state;
	show_rights(s);
	/* what nobody may know is said, too */
	stage_says(s, "rights  no line opens more to monitor");
	stage_says(s, "checks    replication-lag: the server does not tell");
	for (size_t i = 0; i < o->nchecks; i++)
		if (o->checks[i].result == CHECK_UNKNOWN)
			o->checks[i].result = CHECK_NOT_APPLICABLE;
	stage_keys(s, "^L");
	stage_says(s, "rights  nothing is hidden from monitor");
	stage_says_not(s, "superuser");
	stage_keys(s, "y");
	stage_says(s, "note  nothing is hidden that a line would open");
	/* opened once, however often it is asked for */
	show_rights(s);
	put_away(s);
	stage_close(s);
}

static void test_superuser(void **state)
{
	struct stage *s = open_size(24, 80);
	struct facts *f = server_offline_facts(s->server);

	(void)state;
	f->superuser = true;
	show_rights(s);
	stage_expect(s, "rights-superuser");
	/* a role of that name is the superuser's own: another is offered */
	stage_keys(s, "y");
	assert_string_equal(s->copied, "CREATE ROLE pgtop_prod LOGIN;\nGRANT pg_monitor TO pgtop_prod;\n"
				       "GRANT CONNECT ON DATABASE shop TO pgtop_prod;");
	mem_replace(&f->user, mem_string("postgres"));
	mem_replace(&f->database, mem_string("Shop \"2\""));
	stage_keys(s, "y");
	assert_string_equal(s->copied, "CREATE ROLE monitor LOGIN;\nGRANT pg_monitor TO monitor;\n"
				       "GRANT CONNECT ON DATABASE \"Shop \"\"2\"\"\" TO monitor;");
	/* a name that cleaning has changed is in no line to copy */
	mem_replace(&f->database, text_cleaned("a\001b", 0));
	stage_keys(s, "y");
	assert_string_equal(s->copied, "CREATE ROLE monitor LOGIN;\nGRANT pg_monitor TO monitor;");
	stage_close(s);
}

/* What was not asked yet may be hidden, too. */
static void test_not_asked(void **state)
{
	struct now now = night_clock();
	struct stage_options o = { .height = 24, .width = 80 };
	struct server *server;
	struct strbuf unasked = STRBUF_INIT;
	struct stage *s;

	(void)state;
	limits_defaults(&limits);
	server = server_offline(&limits, now);
	server->link.ever_connected = false;
	s = stage_open(&o, server, now);
	show_rights(s);
	stage_says(s, "rights  not connected yet, so nobody knows what this role may see");
	server->link.ever_connected = true;
	server_offline_link(server, LINK_LIVE, now.wall_us, now.wall_us);
	stage_pass(s, 1);
	stage_says(s, "rights  not everything was asked yet");
	strbuf_adds(&unasked, "Not asked yet: ");
	for (size_t i = 0; i < ncollectors; i++)
		strbuf_addf(&unasked, "%s%s", collectors[i]->tab, i + 1 < ncollectors ? ", " : ".");
	stage_says(s, unasked.text);
	strbuf_free(&unasked);
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hidden), cmocka_unit_test(test_again), cmocka_unit_test(test_copy), cmocka_unit_test(test_small),
		cmocka_unit_test(test_nothing), cmocka_unit_test(test_superuser), cmocka_unit_test(test_not_asked),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

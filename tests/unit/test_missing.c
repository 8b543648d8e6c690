/* A collector that gives nothing, or not all: its own words for it, what its checks become, when what fails is asked again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/server/internal.h"

static const struct now start = { .mono_us = 1000 * SECOND_US, .wall_us = 1795000000 * SECOND_US };

static bool say(const struct facts *f, const char *sqlstate, struct strbuf *reason, struct strbuf *remedy, struct outcomes *out)
{
	if (strcmp(sqlstate, "42501") == 0)
		return false;
	strbuf_adds(reason, f->statements_loaded ? "it is loaded" : "it is not loaded by this server");
	if (!f->statements_loaded)
		strbuf_adds(remedy, "CREATE EXTENSION pgss;\n  -- in shop");
	outcomes_finding(out, "made-up-missing", SEVERITY_INFO)->title = mem_string("Nothing is counted");
	return true;
}

static const char *const checks[] = { "made-up-missing", "made-up-slow", NULL };
static const struct part parts[] = { { .name = "rows", .extension = "pgss", .remedy = "ask %s", .sql = "SELECT 1 FROM {schema}.x" } };
static const struct collector made_up = { .name = "made_up", .parts = parts, .nparts = 1, .checks = checks, .unavailable = say };

static const struct check *check_named(const struct server *s, const char *id)
{
	const struct outcomes *o = server_outcomes(s);

	for (size_t i = 0; i < o->nchecks; i++)
		if (strcmp(o->checks[i].id, id) == 0)
			return &o->checks[i];
	return NULL;
}

/* The collector in the place of the first one of a server without a link. */
static struct server *made_up_server(struct limits *limits, const struct collector **place)
{
	struct server *s;

	limits_defaults(limits);
	s = server_offline(limits, start);
	*place = s->collectors[0].view.collector;
	s->collectors[0].view.collector = &made_up;
	return s;
}

static void own_words(void **state)
{
	struct limits limits;
	const struct collector *place;
	struct server *s = made_up_server(&limits, &place);
	struct collector_state *c = &s->collectors[0];

	(void)state;
	missing_all(s, c, "", "the extension pgss is not installed in this database", "ask mon", start);
	assert_int_equal(c->view.state, COLLECTION_UNAVAILABLE);
	assert_string_equal(c->view.reason, "it is not loaded by this server");
	assert_string_equal(c->view.remedy, "CREATE EXTENSION pgss;\n  -- in shop");
	assert_int_equal(c->view.looked_us, start.wall_us);
	assert_int_equal(c->schedule.due_us, start.mono_us + COLLECTION_RETRY_S * SECOND_US);
	assert_int_equal(check_named(s, "made-up-missing")->result, CHECK_FINDING);
	assert_int_equal(check_named(s, "made-up-slow")->result, CHECK_UNKNOWN);
	assert_string_equal(check_named(s, "made-up-slow")->why, "it is not loaded by this server");

	/* No line opens it: none is made up. */
	s->facts.statements_loaded = true;
	missing_all(s, c, "55000", "x", "ask mon", start);
	assert_string_equal(c->view.reason, "it is loaded");
	assert_null(c->view.remedy);

	/* It has nothing to say: the words of the part. */
	missing_all(s, c, "42501", "permission denied for view x", "ask mon", start);
	assert_string_equal(c->view.reason, "permission denied for view x");
	assert_string_equal(c->view.remedy, "ask mon");
	assert_int_equal(check_named(s, "made-up-missing")->result, CHECK_UNKNOWN);
	assert_string_equal(check_named(s, "made-up-missing")->why, "ask mon");
	assert_int_equal(server_outcomes(s)->nfindings, 0);
	c->view.collector = place;
	server_close(s);
}

static void assert_retry(struct part_state *ps, int64_t seconds)
{
	part_put_off(ps, ps->permanent, start.mono_us);
	assert_int_equal(ps->retry_us, start.mono_us + seconds * SECOND_US);
}

/* Each try is a line in the server's log: what lacks something for good is tried less and less often. */
static void put_off(void **state)
{
	struct limits limits;
	const struct collector *place;
	struct server *s = made_up_server(&limits, &place);
	struct part_state *ps = &s->collectors[0].parts[0];
	static const int lacking[] = { 60, 120, 240, 480, 960, 1920, 3600, 3600 }, other[] = { 10, 20, 40, 60, 60 };

	(void)state;
	ps->permanent = true;
	for (size_t i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++)
		assert_retry(ps, lacking[i]);
	parts_retry(s, start.mono_us);   /* the facts changed */
	assert_int_equal(ps->retry_us, 0);
	assert_retry(ps, 60);
	ps->permanent = false;
	ps->failures = 0;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_retry(ps, other[i]);
	s->collectors[0].view.collector = place;
	server_close(s);
}

/* An extension that came, went, moved or grew: what was prepared with it is prepared anew. Others are nobody's concern. */
static void follow(void **state)
{
	struct limits limits;
	const struct collector *place;
	struct server *s = made_up_server(&limits, &place);
	struct extension here = { (char[]){ "pgss" }, (char[]){ "1.9" }, (char[]){ "public" } }, moved = here, grown = here,
			 other = { (char[]){ "hstore" }, (char[]){ "1.8" }, (char[]){ "public" } };
	struct facts before = { .extensions = &here, .nextensions = 1 };
	const struct { struct extension *extensions; size_t n; bool followed; } cases[] = {
		{ &here, 1, false }, { &moved, 1, true }, { &grown, 1, true }, { NULL, 0, true }, { &other, 1, true },
	};

	(void)state;
	moved.schema = (char[]){ "stats" };
	grown.version = (char[]){ "1.10" };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned generation = s->generation;

		s->facts.extensions = cases[i].extensions;
		s->facts.nextensions = cases[i].n;
		s->collectors[0].fresh = false;
		parts_follow(s, &before);
		assert_int_equal(s->generation != generation, cases[i].followed);
		assert_int_equal(s->collectors[0].fresh, cases[i].followed);
	}
	s->facts.extensions = NULL;
	s->facts.nextensions = 0;
	s->collectors[0].view.collector = place;
	server_close(s);
}

/* Texts that are dear to ask for outlive a session, not a server; what is cheap is asked anew. */
static void sessions(void **state)
{
	static const struct column columns[] = { { .name = "entry", .type = TYPE_INT }, { .name = "text", .type = TYPE_TEXT } };
	static const struct part lookups[] = {
		{ .name = "dear", .kind = PART_LOOKUP, .join = "entry", .fills = "text", .unknown_only = true, .sql = "SELECT $1" },
		{ .name = "cheap", .kind = PART_LOOKUP, .join = "entry", .fills = "text", .sql = "SELECT 1" },
	};
	static const struct collector collector = { .name = "c", .parts = lookups, .nparts = 2, .columns = columns, .ncolumns = 2 };
	struct limits limits;
	const struct collector *place;
	struct server *s = made_up_server(&limits, &place);
	struct part_state *ps = s->collectors[0].parts, both[2] = { 0 };
	struct table *t = table_new(columns, 2);

	(void)state;
	table_set_int(t, table_add_row(t), 0, 7);
	s->collectors[0].view.collector = &collector;
	s->collectors[0].parts = both;
	for (size_t i = 0; i < 2; i++) {
		struct table *answer;

		both[i].fills = words_split(lookups[i].fills, &both[i].nfills);
		answer = lookup_answer(&collector, &lookups[i], &both[i]);
		table_set_int(answer, table_add_row(answer), 0, 7);
		lookup_take(&lookups[i], &both[i], answer, t, 0.1, &limits, start.mono_us);
		both[i].retry_us = start.mono_us;
	}
	parts_begin_session(s);
	assert_false(lookup_wanted(&lookups[0], &both[0].lookup, t, false, start.mono_us));
	assert_true(lookup_wanted(&lookups[0], &both[0].lookup, t, true, start.mono_us));   /* to be prepared, at once */
	assert_true(lookup_wanted(&lookups[1], &both[1].lookup, t, false, start.mono_us));
	assert_int_equal(both[0].retry_us, 0);
	parts_forget(s);
	assert_true(lookup_wanted(&lookups[0], &both[0].lookup, t, false, start.mono_us));
	for (size_t i = 0; i < 2; i++) {
		free(both[i].fills[0]);
		free(both[i].fills);
		free(both[i].columns);
	}
	table_free(t);
	s->collectors[0].parts = ps;
	s->collectors[0].view.collector = place;
	server_close(s);
}

static void offers(const char *error, const char *remedy, const char *role, const struct extension *e, const char *expected)
{
	char *line = lacking_remedy("42501", error, remedy, role, e);

	if (expected)
		assert_string_equal(line, expected);
	else
		assert_null(line);
	free(line);
}

/* A line for a right names what the right is wanted for, where it is. */
static void rights(void **state)
{
	static char name[] = "pg_stat_statements", tools[] = "tools", odd[] = "a %s \"b", dirty[] = "a\\x0a";
	static const struct extension e = { .name = name, .schema = tools }, elsewhere = { .name = name, .schema = odd },
				      unknown = { .name = name, .schema = dirty };
	static const char create[] = "CREATE EXTENSION pg_stat_statements;", monitor[] = "GRANT pg_monitor TO %s;";

	(void)state;
	offers("permission denied for view pg_stat_statements_info", monitor, "mon", &e, "GRANT SELECT ON tools.pg_stat_statements_info TO mon;");
	offers("permission denied for function pg_stat_statements", monitor, "mon", &elsewhere,
	       "GRANT EXECUTE ON FUNCTION \"a %s \"\"b\".pg_stat_statements TO mon;");
	offers("permission denied for function pg_stat_statements", monitor, "mon", &unknown, NULL);
	offers("permission denied for function pg_ls_waldir", monitor, "Mo n", &e, "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir TO \"Mo n\";");
	offers("permission denied for function pg_ls_waldir", monitor, NULL, NULL,
	       "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir TO CURRENT_USER;");
	offers("permission denied for schema tools", create, "mon", &e, "GRANT USAGE ON SCHEMA tools TO mon;");
	offers("permission denied for schema a %s \"b", create, "mon", &elsewhere, "GRANT USAGE ON SCHEMA \"a %s \"\"b\" TO mon;");
	offers("permission denied for schema x; DROP TABLE y", create, "mon", &e, NULL);
	offers("permission denied for something", create, "mon", &e, NULL);
	offers("permission denied for something", monitor, "mon", &e, "GRANT pg_monitor TO mon;");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(own_words), cmocka_unit_test(put_off), cmocka_unit_test(follow), cmocka_unit_test(sessions),
					    cmocka_unit_test(rights) };

	return cmocka_run_group_tests_name("missing", tests, NULL, NULL);
}

/*
 * The frame, the overview and what is said when something is missing, to the cell as they are drawn. Where a drawing file holds
 * the program's own text, the row says why that is better. The bar of panes, which grows with every collector, is left out: test_advice.c
 * and tests/screen/expected/ have it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>

#include "collectors/base/memory.h"
#include "collectors/server/internal.h"
#include "tests/lib/drawing.h"
#include "tests/lib/night.h"

/* The night as the overview is drawn: where the sessions are, 5402 is aborted for over a minute, which is a finding of its own. */
static void before_the_abort(struct stage *s)
{
	night_without(s->server, 5402, s->now);
	stage_pass(s, 0);
}

/* What one check would need to know is hidden. */
static void lacks_a_right(struct stage *s)
{
	struct outcomes *o = &s->server->outcomes;

	for (size_t i = 0; i < o->nchecks; i++)
		if (o->checks[i].result == CHECK_UNKNOWN)
			mem_replace(&o->checks[i].why, mem_string("GRANT pg_read_all_stats TO monitor;"));
	stage_keys(s, "^L");
}

static void no_answer(struct stage *s)
{
	server_offline_link(s->server, LINK_NO_ANSWER, s->now.wall_us, s->now.wall_us);
	stage_pass(s, 14);
}

static void attempt(struct stage *s, const char *where, const char *what)
{
	struct attempt_list *list = &s->server->link.attempts;

	list->all = mem_resize(list->all, list->n + 1, sizeof(*list->all));
	list->all[list->n++] = (struct attempt){ .at_us = s->now.wall_us - 5 * SECOND_US, .where = mem_string(where), .what = mem_string(what) };
}

/* The newest answer is of 03:14:20; two seconds later the connection was lost. */
static void down(struct stage *s)
{
	int64_t answered;

	stage_pass(s, 132);
	answered = s->now.wall_us;
	night_tick(s->server, s->now);
	stage_pass(s, 2);
	server_offline_link(s->server, LINK_DOWN, s->now.wall_us, answered);
	s->server->link.lost = mem_string("server closed the connection unexpectedly");
	s->server->link.since_mono_us = s->now.mono_us;
	stage_pass(s, 134);
	attempt(s, "db1 10.0.4.11:5432", "refused: Connection refused");
	attempt(s, "db2 10.0.4.12:5432", "is a standby; target_session_attrs=read-write");
	s->server->link.next_try_us = s->now.mono_us + 5 * SECOND_US;
}

static void hidden(struct stage *s)
{
	night_hide(s->server, s->now);
	stage_pass(s, 0);
}

static void unavailable(struct stage *s)
{
	night_no_statements(s->server, s->now);
	stage_pass(s, 0);
}

static void superuser(struct stage *s)
{
	server_offline_facts(s->server)->superuser = true;
	stage_keys(s, "r");
	stage_pass(s, 0);
}

static void standby(struct stage *s)
{
	night_standby(s->server, 2.1 * 1024 * 1024, 4.0, s->now);
	stage_pass(s, 0);
}

static void paused(struct stage *s)
{
	stage_keys(s, "Space");
	stage_pass(s, 48);
}

static struct collection *collection_of(struct stage *s, const char *name)
{
	const struct collector *c = collector_find(name);
	size_t i = 0;

	while (collectors[i] != c)
		i++;
	return &s->server->collectors[i].view;
}

static void skipped(struct stage *s)
{
	server_offline_state(s->server, collector_find("matviews"), COLLECTION_SKIPPED, "pg_class is locked by 7310 (VACUUM FULL)", NULL);
	collection_of(s, "matviews")->next_us = s->now.wall_us + 30 * SECOND_US;
	stage_pass(s, 0);
}

static void costly(struct stage *s)
{
	struct collection *c = collection_of(s, "matviews");

	c->asked_interval_s = 10;
	c->interval_s = 40;
	c->table->took_us = 212000;
	stage_keys(s, "^L");
}

/* Nobody has answered yet; of the server only is known what was asked for. */
static struct server *never(const struct limits *limits, struct now now)
{
	struct server *s = server_offline(limits, now);
	struct facts *f = server_offline_facts(s);

	facts_clear(f);
	f->host = mem_string("db1,db2");
	f->port = mem_string("5432");
	f->database = mem_string("shop");
	s->link.state = LINK_CONNECTING;
	s->link.ever_connected = false;
	s->link.newest_us = 0;
	s->link.since_us = now.wall_us - 128 * SECOND_US;
	s->link.since_mono_us = now.mono_us - 128 * SECOND_US;
	s->link.next_try_us = now.mono_us + 5 * SECOND_US;
	return s;
}

static void refused(struct stage *s)
{
	attempt(s, "db1 10.0.4.11:5432", "refused: Connection refused");
	attempt(s, "db2 10.0.4.12:5432", "is a standby; target_session_attrs=read-write");
	stage_keys(s, "^L");
}

#define AT_80 { .height = 24, .width = 80 }
#define IN(name) { .height = 24, .width = 80, .pane = name }

static const struct drawing drawings[] = {
	/*
	 * Drawn was 1.9M, but a count of millions has three figures everywhere; 3m40s without the sign, but that is how long we have seen
	 * it; and a statement cut before the edge of the screen.
	 */
	{ .name = "overview-sick-80", .line = 1, .stage = AT_80, .happens = before_the_abort },
	/* Ages below a second are in ms, and the number of checks is the true one. */
	{ .name = "overview-healthy-80", .line = 3, .stage = AT_80, .server = night_healthy, .happens = lacks_a_right, .wider = true },
	{ .name = "no-answer-80", .line = 1, .stage = IN("locks"), .happens = no_answer, .wider = true },
	{ .name = "down-80", .line = 1, .stage = AT_80, .happens = down, .keys = "Enter", .wider = true },
	{ .name = "activity-hidden-80", .line = 5, .stage = IN("activity"), .happens = hidden, .wider = true },
	/* Drawn was that the owner of the database may create the extension: it is none of the trusted ones. */
	{ .name = "slow-queries-unavailable-80", .line = 5, .stage = IN("slow_queries"), .happens = unavailable, .wider = true },
	{ .name = "skipped-80", .line = 5, .stage = IN("matviews"), .happens = skipped, .wider = true },
	{ .name = "costly-80", .line = 5, .stage = IN("matviews"), .happens = costly, .wider = true },
	{ .name = "never-connected-80", .line = 1, .stage = AT_80, .server = never, .happens = refused, .wider = true },
	{ .name = "badge-read-only-80", .line = 1, .stage = { .height = 24, .width = 80, .read_only = true }, .wider = true },
	{ .name = "badge-standby-80", .line = 1, .stage = AT_80, .happens = standby, .wider = true },
	{ .name = "badge-superuser-80", .line = 1, .stage = AT_80, .happens = superuser, .wider = true },
	{ .name = "badge-paused-80", .line = 1, .stage = AT_80, .happens = paused, .wider = true },
	{ .name = "too-small-48", .line = 1, .stage = { .height = 10, .width = 48 } },
	/* Of the keys drawn those that the program has; and of what left and right do, that which they do in this pane. */
	{ .name = "help-activity-80", .line = 5, .stage = IN("activity"), .keys = "?", .wider = true },
	{ .name = "prompt-search-80", .line = 23, .stage = IN("activity"), .keys = "/", .typed = "status", .wider = true },
	{ .name = "prompt-filter-80", .line = 23, .stage = IN("activity"), .keys = "\\", .typed = "app:orders-api !idle", .wider = true },
	{ .name = "prompt-command-80", .line = 23, .stage = AT_80, .keys = ":", .typed = "mat", .wider = true },
	{ .name = "filtered-title-80", .line = 5, .stage = IN("activity"), .keys = "\\", .typed = "app:orders-api !idle", .wider = true },
};

static void test_drawings(void **state)
{
	(void)state;
	drawings_check(drawings, sizeof(drawings) / sizeof(*drawings));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_drawings) };

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The panes of rows and their details, to the cell as they are drawn. Where a drawing file holds the program's own text, the row
 * says why that is better.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/drawing.h"
#include "tests/lib/rows.h"

static const struct drawing drawings[] = {
	/* 40 lines: the rows that are drawn last stand below the 24th */
	{ .name = "activity-80", .line = 5, .stage = { .height = 40, .width = 80, .pane = "activity" } },
	/*
	 * the statements use the last cell of the line too, and tonight's has a literal; no act is named by its key before there are acts; 5210
	 * is cancelled by whoever may
	 */
	{ .name = "locks-120", .line = 5, .stage = { .height = 40, .width = 120, .pane = "locks" } },
	/* the keys of acts and of plans are not there before these are */
	{ .name = "locks-details-80", .line = 5, .stage = { .height = 24, .width = 80, .pane = "locks" }, .keys = "Down Down Down Enter",
	  .wider = true },
	/* the window says how long it really is: it ends at the newest answer and begins at one that is a minute older or more */
	{ .name = "queries-80", .line = 5, .stage = { .height = 24, .width = 80, .pane = "slow_queries" }, .keys = "s s" },
	{ .name = "indexes-80", .line = 5, .stage = { .height = 24, .width = 80, .pane = "unused_indexes" } },
	{ .name = "matviews-80", .line = 5, .stage = { .height = 24, .width = 80, .pane = "matviews" } },
};

static void test_drawings(void **state)
{
	(void)state;
	drawings_check(drawings, sizeof(drawings) / sizeof(*drawings));
}

/* Which columns give way where. What the table of them calls a definition is not among them: it can be had only by waiting for locks. */
static const struct {
	const char *pane, *at_80, *from_120, *from_160;
} shown[] = {
	{ "activity", "pid|user|state|xact|for|waits for|query",
	  "pid|database|user|application|state|event type|xact|for|waits for|blocked by|query",
	  "pid|database|user|application|client|backend type|state|event type|xact|for|waits for|leader|blocked by|xmin age|query" },
	{ "locks", "session||mode|for|behind|query", "session||mode|on|for|behind|query",
	  "session||mode|granted modes|on|for|behind|application|database|query" },
	{ "slow_queries", "now|all|calls/s|mean ms|rows/c|temp MB|query",
	  "now|all|calls/s|mean ms|rows/c|temp MB|total s|cache|WAL MB|query",
	  "now|all|calls/s|mean ms|rows/c|temp MB|total s|cache|WAL MB|database|user|plan ms|max ms|deviation|query" },
	{ "unused_indexes", "do|index|~MB|scans|writes/s|why", "do|index|table|~MB|scans|last scan|writes/s|why",
	  "do|index|table|~MB|scans|last scan|writes/s|columns|why" },
	{ "matviews", "view|age|source|changes|conc|~MB|took s|note",
	  "view|age|source|refreshed at|changes|conc|~MB|took s|base tables|note",
	  "view|age|source|refreshed at|changes|conc|~MB|took s|base tables|note" },
};

static void check_columns(struct stage *s, const char *expected)
{
	const struct view *view = app_view(s->app, s->app->pane);
	const struct collector *c = view->pane->collector;
	struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < c->ncolumns; i++)
		if (view->shown_columns >> i & 1)
			strbuf_addf(&b, "%s%s", b.len ? "|" : "", c->columns[i].title ? c->columns[i].title : c->columns[i].name);
	assert_string_equal(b.text, expected);
	strbuf_free(&b);
}

static void test_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		struct stage *s = stage_night(24, 80, shown[i].pane);

		check_columns(s, shown[i].at_80);
		stage_resize(s, 40, 120);
		check_columns(s, shown[i].from_120);
		/* the preview at the right leaves as much as 120 columns have */
		stage_resize(s, 60, 200);
		check_columns(s, shown[i].from_120);
		stage_keys(s, "v");
		check_columns(s, shown[i].from_160);
		stage_close(s);
	}
}

static void shows(int height, int width, const char *pane, const char *keys, const char *name)
{
	struct stage *s = stage_night(height, width, pane);

	stage_keys(s, keys);
	stage_expect(s, name);
	stage_close(s);
}

/* What stands below and beside the rows: of a session, of what has none, of a line that stands for several. */
static void test_previews(void **state)
{
	(void)state;
	shows(60, 200, "locks", "", "locks-200");
	shows(40, 120, "locks", "Down Down Down Down Down", "preview-prepared-120");
	shows(40, 120, "locks", "Down Down Down Down", "preview-fold-120");
	shows(40, 120, "activity", "Down Down Down Down", "preview-session-120");
	shows(40, 120, "unused_indexes", "Enter", "unused_indexes-details-120");
	shows(60, 200, "matviews", "Enter", "matviews-details-200");
}

/* However long the statement: what ending the session would do stands below it, and that more of it is there is said. */
static void test_long_statement(void **state)
{
	struct stage *s = stage_night(40, 120, "locks");
	const struct collection *c = server_collection_named(s->server, "locks");
	struct strbuf b = STRBUF_INIT;
	size_t row = 0;

	(void)state;
	for (int i = 0; i < 40; i++)
		strbuf_addf(&b, "SELECT %d;\n", i);
	table_set_string(c->table, row, rows_column(c->table, "query"), b.text);
	strbuf_free(&b);
	stage_keys(s, "Down Up");
	stage_expect(s, "preview-long-120");
	stage_resize(s, 24, 80);
	stage_keys(s, "Enter End");
	stage_says(s, "SELECT 39;");
	stage_says(s, "Ending it frees 23 sessions.");
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drawings), cmocka_unit_test(test_columns), cmocka_unit_test(test_previews),
		cmocka_unit_test(test_long_statement),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

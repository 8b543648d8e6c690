/* What breaks first: a small screen, a line that stands for several, ages that must agree, long reasons, a mistyped filter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/server/internal.h"
#include "tests/lib/drawing.h"
#include "tests/lib/night.h"
#include "tests/lib/stage.h"
#include "tui/panes/figures.h"

static struct limits limits;

/* Columns go whole, from the right; the text last of all that fit, and first when nothing is left for it. */
static void test_smallest(void **state)
{
	static const char *const panes[] = { "activity", "locks", "stats" };

	(void)state;
	for (size_t i = 0; i < sizeof(panes) / sizeof(*panes); i++) {
		struct stage *s = stage_night(15, 60, panes[i]);
		char *name = mem_format("%s-60", panes[i]);

		stage_expect(s, name);
		free(name);
		stage_close(s);
	}
}

static char *in_hand(struct stage *s)
{
	struct view *view = app_view(s->app, s->app->pane);
	const struct row_list *list = app_rows(s->app);

	return mem_string(row_key(list, (size_t)view_selected_row(view, list)));
}

/* Unfolding leads to the first of the rows, and nobody is gone. */
static void test_unfold(void **state)
{
	static const char *const keys[] = { "Down Down Down Down Right", "Down Down Down Down Enter" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct stage *s = stage_night(24, 80, "locks");
		char *key;

		stage_keys(s, "Down");
		stage_keys(s, "Up");
		stage_keys(s, keys[i]);
		stage_says_not(s, "gone");
		key = in_hand(s);
		assert_int_equal(strtol(key, NULL, 10), 5301);
		free(key);
		stage_pass(s, 2);
		stage_says_not(s, "gone");
		stage_close(s);
	}
}

/* The lines of the overview but for the header, which ticks. */
static char *findings(struct stage *s)
{
	char *line = NULL, *all = mem_string("");

	for (int y = 1; y < s->height; y++) {
		char *more;

		line = stage_line(s, y);
		more = mem_format("%s%s\n", all, line);
		free(line);
		free(all);
		all = more;
	}
	return all;
}

/* An age is as of its proof: it stands still with it, but for the link's own. */
static void test_ages(void **state)
{
	struct stage *s = stage_night(40, 120, NULL);
	char *before, *after;

	(void)state;
	before = findings(s);
	stage_pass(s, 1.4);
	after = findings(s);
	assert_string_equal(before, after);
	free(before);
	free(after);
	server_offline_link(s->server, LINK_NO_ANSWER, s->now.wall_us + 2 * SECOND_US, s->now.wall_us);
	stage_pass(s, 5);
	stage_says(s, "NO ANSWER 5s");
	stage_says(s, "The server does not answer");
	before = findings(s);
	assert_non_null(strstr(before, " 5s\n"));
	free(before);
	stage_pass(s, 9);
	stage_says(s, "NO ANSWER 14s");
	after = findings(s);
	assert_non_null(strstr(after, " 14s\n"));
	free(after);
	stage_close(s);
}

/* Since when it is so, nobody knows: at least since it was seen. */
static void test_first_seen(void **state)
{
	struct now now = night_clock();
	struct server *server;
	struct strbuf age = STRBUF_INIT;
	struct finding f = { .pane = "stats", .first_seen_us = now.wall_us - 72 * SECOND_US };
	struct scene scene = { .now = now };

	(void)state;
	limits_defaults(&limits);
	server = night_server(&limits, now);
	scene.server = server;
	finding_age(&scene, &f, &age);
	assert_string_equal(age.text, "≥1m12s");
	strbuf_reset(&age);
	f.first_seen_us = now.wall_us - 4 * SECOND_US - 300000;
	finding_age(&scene, &f, &age);
	assert_string_equal(age.text, "≥4s");
	strbuf_reset(&age);
	/* it began not before the counters, but we have seen it longer than they tell */
	f.since_us = now.wall_us - 2 * SECOND_US;
	f.since_at_least = true;
	finding_age(&scene, &f, &age);
	assert_string_equal(age.text, "≥4s");
	strbuf_reset(&age);
	/* just seen: that says nothing yet */
	f.since_us = 0;
	f.first_seen_us = now.wall_us;
	finding_age(&scene, &f, &age);
	assert_string_equal(age.text, "…");
	strbuf_reset(&age);
	f.first_seen_us = 0;
	finding_age(&scene, &f, &age);
	assert_string_equal(age.text, "?");
	strbuf_free(&age);
	server_close(server);
}

static void test_long_reason(void **state)
{
	static const char where[] = "db1 10.0.4.11:5432";
	struct stage *s = stage_night(24, 80, NULL);
	struct attempt_list *list = &s->server->link.attempts;

	(void)state;
	list->all = mem_resize(list->all, list->n + 1, sizeof(*list->all));
	list->all[list->n++] = (struct attempt){
		.at_us = s->now.wall_us, .where = mem_string(where),
		.what = mem_string("refused: remaining connection slots are reserved for roles with the SUPERUSER attribute") };
	server_offline_link(s->server, LINK_DOWN, s->now.wall_us, s->now.wall_us);
	stage_keys(s, "Enter");
	stage_pass(s, 1);
	stage_expect(s, "connection-long-80");
	free(s->server->link.lost);
	s->server->link.lost = mem_string("server closed the connection unexpectedly, after a message of more than one line, whose end matters");
	stage_pass(s, 1);
	stage_says(s, "whose end matters");
	stage_close(s);
}

static void test_no_column(void **state)
{
	struct stage *s = stage_night(24, 80, "activity");

	(void)state;
	stage_keys(s, "\\");
	stage_type(s, "nocol:x");
	stage_says(s, "0 of 47 rows; no column nocol");
	stage_says(s, "No row matches nocol:x: there is no column nocol; the filter hides 47.");
	stage_keys(s, "^U");
	stage_type(s, "user:app");
	stage_says(s, "rows; text, column:text, !not");
	stage_close(s);
}

/* With every badge there is, and no answer, the first line still says which server it is and that it is silent. */
static void test_badges(void **state)
{
	static const struct {
		int width;
		const char *line;
	} cases[] = {
		{ 60, "shop on…b1:5432  READ ONLY  SUPERUSER  PAUSED  NO ANSWER 14s" },
		{ 72, "shop on db1:5432  primary    READ ONLY  SUPERUSER  PAUSED  NO ANSWER 14s" },
		{ 80, "shop on db1:5432  primary      READ ONLY  SUPERUSER  PAUSED 1m02s  NO ANSWER 14s" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct stage_options o = { .height = 24, .width = cases[i].width, .read_only = true };
		struct stage *s = stage_make(&o, night_server, night_clock());
		char *line;

		server_offline_facts(s->server)->superuser = true;
		stage_keys(s, "Space");
		stage_pass(s, 48);
		server_offline_link(s->server, LINK_NO_ANSWER, s->now.wall_us, s->now.wall_us);
		stage_pass(s, 14);
		line = stage_line(s, 0);
		assert_string_equal(line, cases[i].line);
		free(line);
		stage_close(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smallest), cmocka_unit_test(test_unfold), cmocka_unit_test(test_ages),
		cmocka_unit_test(test_first_seen), cmocka_unit_test(test_long_reason), cmocka_unit_test(test_no_column),
		cmocka_unit_test(test_badges),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is new is drawn so for ten seconds, and no longer, whether or not the server says anything more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/night.h"
#include "tests/lib/rows.h"
#include "tests/lib/stage.h"

static struct limits limits;

/* A quiet server that was looked at for a minute, and the pane that is in hand when the night begins. */
static struct stage *quiet_minute(const char *pane)
{
	struct now now = night_clock();
	struct stage_options o = { .height = 24, .width = 80, .pane = pane };
	struct stage *s;

	limits_defaults(&limits);
	s = stage_open(&o, night_healthy(&limits, now), now);
	stage_pass(s, 60);
	return s;
}

/* How many cells of the lines below the title are drawn in the role. */
static int cells_in(const struct stage *s, enum role role)
{
	int n = 0;

	for (int y = 5; y < s->height - 2; y++)
		for (int x = 0; x < s->width; x++)
			n += canvas_at(s->shown, y, x)->role == role;
	return n;
}

static void test_fades(void **state)
{
	static const char *const panes[] = { "overview", "locks", "activity" };

	(void)state;
	for (size_t i = 0; i < sizeof(panes) / sizeof(*panes); i++) {
		struct stage *s = quiet_minute(panes[i]);

		assert_int_equal(cells_in(s, ROLE_FRESH), 0);
		night_tick(s->server, s->now);
		stage_pass(s, 0.1);
		assert_true(cells_in(s, ROLE_FRESH) > 0);
		stage_pass(s, 9.7);
		assert_true(cells_in(s, ROLE_FRESH) > 0);
		stage_pass(s, 0.4);
		assert_int_equal(cells_in(s, ROLE_FRESH), 0);
		stage_close(s);
	}
}

/* What came while another pane was in hand is new all the same; what only came again with another tick is not. */
static void test_elsewhere(void **state)
{
	struct stage *s = quiet_minute("stats");

	(void)state;
	night_tick(s->server, s->now);
	stage_pass(s, 5);
	stage_keys(s, "3");
	assert_true(cells_in(s, ROLE_FRESH) > 0);
	night_tick(s->server, s->now);
	stage_pass(s, 5.2);
	assert_int_equal(cells_in(s, ROLE_FRESH), 0);
	stage_close(s);
}

/* Nothing is new to somebody who has just come. */
static void test_start(void **state)
{
	struct now now = night_clock();
	struct stage_options o = { .height = 24, .width = 80, .pane = "locks" };
	struct stage *s;

	(void)state;
	limits_defaults(&limits);
	s = stage_open(&o, server_offline(&limits, now), now);
	stage_pass(s, 60);
	night_tick(s->server, s->now);
	stage_pass(s, 0.1);
	stage_says(s, "4127 app");
	assert_int_equal(cells_in(s, ROLE_FRESH), 0);
	stage_keys(s, "1");
	stage_says(s, "23 sessions wait for pid 4127");
	assert_int_equal(cells_in(s, ROLE_FRESH), 0);
	stage_close(s);
}

/* While the picture stands still, so does what is new in it. */
static void test_paused(void **state)
{
	struct stage *s = quiet_minute("locks");
	int fresh;

	(void)state;
	night_tick(s->server, s->now);
	stage_pass(s, 1);
	fresh = cells_in(s, ROLE_FRESH);
	assert_true(fresh > 0);
	stage_keys(s, "Space");
	stage_pass(s, 60);
	assert_int_equal(cells_in(s, ROLE_FRESH), fresh);
	stage_keys(s, "Space");
	assert_int_equal(cells_in(s, ROLE_FRESH), 0);
	stage_close(s);
}

/* An ended row leaves after ten seconds also when nothing else is heard; what stood behind it is then in hand. */
static void test_gone(void **state)
{
	struct now now = night_clock();
	struct stage_options o = { .height = 24, .width = 80, .pane = "activity" };
	struct stage *s;

	(void)state;
	limits_defaults(&limits);
	s = stage_open(&o, night_server(&limits, now), now);
	stage_keys(s, "Down");
	night_without(s->server, 2981, s->now);
	stage_pass(s, 0.1);
	stage_says(s, "gone 03:12:08");
	stage_keys(s, "Enter");
	assert_int_equal(s->app->nlayers, 0);
	stage_says(s, "note  this one is gone");
	stage_pass(s, 9.7);
	stage_says(s, "gone 03:12:08");
	stage_pass(s, 0.4);
	stage_says_not(s, "gone");
	stage_keys(s, "Enter");
	stage_says(s, "session 5210");
	stage_close(s);
}

/* The finding in hand keeps its place, too, so that Enter does not lead to the one that moved up. */
static void test_finding_gone(void **state)
{
	struct now now = night_clock();
	struct stage_options o = { .height = 40, .width = 80 };
	struct stage *s;
	char *before, *after;

	(void)state;
	limits_defaults(&limits);
	s = stage_open(&o, night_server(&limits, now), now);
	stage_keys(s, "Down");
	before = stage_line(s, 12);
	assert_non_null(strstr(before, "xa-8812"));
	server_offline_put(s->server, collector_find("locks"), rows_new("locks"), s->now);
	stage_pass(s, 0.1);
	after = stage_line(s, 12);
	assert_memory_equal(after, "× Prepared transaction xa-8812", strlen("× Prepared transaction xa-8812"));
	stage_says(s, "    gone 03:12:08");
	stage_keys(s, "Enter");
	stage_says(s, "note  this one is gone");
	assert_string_equal(s->app->pane->name, "overview");
	stage_pass(s, 10.2);
	stage_says_not(s, "gone");
	free(before);
	free(after);
	stage_close(s);
}

/* A preview says so, too, under the name of the row; without rows there is none. */
static void test_preview(void **state)
{
	static const struct { int height, width; const char *pane, *keys, *name; } gone[] = {
		{ 40, 120, "overview", "Down", "─ prepared-transactions ──" }, { 60, 200, "overview", "Down", "  prepared-transactions" },
		{ 40, 120, "locks", "Down", "─ 5210 ──" }, { 60, 200, "locks", "Down", "  5210" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++) {
		struct now now = night_clock();
		struct stage_options o = { .height = gone[i].height, .width = gone[i].width, .pane = gone[i].pane };
		struct stage *s;

		limits_defaults(&limits);
		s = stage_open(&o, night_server(&limits, now), now);
		stage_keys(s, gone[i].keys);
		stage_says_not(s, "It is no longer there.");
		server_offline_put(s->server, collector_find("locks"), rows_new("locks"), s->now);
		stage_pass(s, 0.1);
		stage_says(s, gone[i].name);
		stage_says(s, "It is no longer there.");
		stage_pass(s, 10.2);
		stage_says_not(s, "It is no longer there.");
		if (strcmp(gone[i].pane, "locks") == 0)
			stage_says_not(s, "──────");
		stage_close(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fades), cmocka_unit_test(test_elsewhere), cmocka_unit_test(test_start),
		cmocka_unit_test(test_paused), cmocka_unit_test(test_gone), cmocka_unit_test(test_finding_gone),
		cmocka_unit_test(test_preview),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

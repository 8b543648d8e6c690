/* The screens of one bad night, at the three sizes, and how they behave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/drawing.h"
#include "tests/lib/night.h"
#include "tests/lib/stage.h"

static void shows(int height, int width, const char *pane, const char *keys, const char *name)
{
	struct stage *s = stage_night(height, width, pane);

	stage_keys(s, keys);
	stage_expect(s, name);
	stage_close(s);
}

static void test_overview(void **state)
{
	(void)state;
	shows(24, 80, NULL, "", "overview-80");
	shows(40, 120, NULL, "", "overview-120");
	shows(60, 200, NULL, "", "overview-200");
	shows(16, 62, NULL, "", "overview-62");
}

static void test_activity(void **state)
{
	(void)state;
	shows(24, 80, "activity", "", "activity-80");
	shows(40, 120, "activity", "Down", "activity-120");
	shows(60, 200, "activity", "", "activity-200");
	shows(60, 200, "activity", "v a", "activity-200-all");
	shows(24, 80, "activity", "> > i Down Right", "activity-sorted");
}

static void test_locks(void **state)
{
	(void)state;
	shows(24, 80, "locks", "", "locks-80");
	shows(40, 120, "locks", "", "locks-120");
	shows(60, 200, "locks", "Down Down Down Down Right", "locks-200-unfolded");
	shows(24, 80, "locks", "Down Down Down Down Enter Down Left", "locks-folded-again");
}

static void test_stats(void **state)
{
	(void)state;
	shows(24, 80, "stats", "", "stats-80");
	shows(40, 120, "stats", "G", "stats-120");
}

static void test_details(void **state)
{
	(void)state;
	shows(24, 80, "activity", "Down Down Down Down Enter", "details-80");
	shows(24, 80, "activity", "Down Down Down Down Enter w", "details-cut");
	shows(40, 120, "locks", "Down Enter", "details-locks-120");
}

static void test_help(void **state)
{
	(void)state;
	shows(24, 80, "activity", "?", "help-80");
	shows(15, 60, "locks", "? PgDn", "help-60");
}

static void test_ascii(void **state)
{
	struct now now = night_clock();
	struct stage_options o = { .height = 24, .width = 80, .ascii = true };
	struct stage *s;

	(void)state;
	s = stage_make(&o, night_server, now);
	stage_expect(s, "overview-ascii");
	stage_keys(s, "3");
	stage_expect(s, "locks-ascii");
	stage_keys(s, "2");
	stage_expect(s, "activity-ascii");
	stage_keys(s, "?");
	stage_expect(s, "help-ascii");
	stage_close(s);
}

static void test_healthy(void **state)
{
	struct now now = night_clock();
	struct stage_options o = { .height = 24, .width = 80 };
	struct stage *s;

	(void)state;
	s = stage_make(&o, night_healthy, now);
	stage_expect(s, "healthy-80");
	stage_keys(s, "3");
	stage_says(s, "No session waits for a lock. Checked 03:12:08.");
	stage_close(s);
}

static void test_hidden(void **state)
{
	struct stage *s = stage_night(24, 80, "activity");

	(void)state;
	night_hide(s->server, s->now);
	stage_pass(s, 0.1);
	stage_expect(s, "activity-hidden");
	stage_keys(s, "y");
	assert_string_equal(s->copied, "GRANT pg_read_all_stats TO monitor;");
	stage_close(s);
}

static void test_link(void **state)
{
	struct stage *s = stage_night(24, 80, "locks");
	int64_t at = s->now.wall_us;

	(void)state;
	server_offline_link(s->server, LINK_NO_ANSWER, at, at);
	stage_pass(s, 14);
	stage_expect(s, "no-answer-80");
	stage_keys(s, "Down / 5 2 1 0 Enter");
	stage_says(s, "NO ANSWER 14s");
	stage_pass(s, 1);
	stage_says(s, "NO ANSWER 15s");
	server_offline_link(s->server, LINK_DOWN, s->now.wall_us, at);
	stage_pass(s, 134);
	stage_expect(s, "down-80");
	stage_close(s);
}

static void test_pause(void **state)
{
	struct stage *s = stage_night(24, 80, "activity");

	(void)state;
	stage_keys(s, "Space");
	stage_pass(s, 30);
	night_without(s->server, 2981, s->now);
	stage_pass(s, 18);
	stage_keys(s, "Down");
	stage_expect(s, "paused-80");
	stage_keys(s, "Space");
	stage_says_not(s, "PAUSED");
	stage_says(s, "gone 03:12:56");
	stage_close(s);
}

static void test_too_small(void **state)
{
	struct stage *s = stage_night(10, 48, "activity");

	(void)state;
	stage_expect(s, "too-small");
	/* keys pressed blind do nothing */
	stage_keys(s, "3 Space a : q");
	assert_true(s->app->quit);
	assert_string_equal(s->app->pane->name, "activity");
	assert_null(s->app->frozen);
	for (int height = 0; height < 17; height++) {
		stage_resize(s, height, 70);
		stage_resize(s, 20, height * 5);
	}
	stage_close(s);
}

static void test_resize(void **state)
{
	struct stage *s = stage_night(24, 80, "activity");

	(void)state;
	stage_keys(s, "Down Down");
	stage_resize(s, 40, 120);
	stage_resize(s, 24, 80);
	stage_keys(s, "Up Up g");
	stage_resize(s, 60, 200);
	stage_resize(s, 24, 80);
	stage_expect(s, "activity-80");
	stage_close(s);
}

static void test_filter(void **state)
{
	struct stage *s = stage_night(24, 80, "activity");

	(void)state;
	stage_keys(s, "\\");
	stage_type(s, "app:orders-api !idle");
	stage_expect(s, "filter-typed");
	stage_keys(s, "Enter");
	stage_expect(s, "filter-kept");
	stage_keys(s, "Esc");
	stage_says(s, "47 of 198; idle and background hidden");
	stage_keys(s, "\\");
	stage_type(s, "nothing-like-it");
	stage_keys(s, "Enter");
	stage_says(s, "No row matches nothing-like-it; the filter hides 47.");
	/* beginning anew and leaving takes the filter away */
	stage_keys(s, "\\ Esc");
	stage_expect(s, "activity-80");
	stage_close(s);
}

static void test_filter_tree(void **state)
{
	struct stage *s = stage_night(24, 80, "locks");

	(void)state;
	stage_keys(s, "\\");
	stage_type(s, "metabase");
	stage_keys(s, "Enter");
	stage_expect(s, "filter-tree");
	stage_close(s);
}

static void test_search(void **state)
{
	struct stage *s = stage_night(24, 80, "activity");

	(void)state;
	stage_keys(s, "/");
	stage_type(s, "PAYMENTS");
	stage_expect(s, "search-typed");
	stage_keys(s, "Enter n");
	stage_expect(s, "search-next");
	/* marks first, then the pane */
	stage_keys(s, "Esc");
	assert_null(app_view(s->app, s->app->pane)->search);
	assert_string_equal(s->app->pane->name, "activity");
	stage_keys(s, "Esc");
	assert_string_equal(s->app->pane->name, "overview");
	stage_close(s);
}

static void test_command(void **state)
{
	struct stage *s = stage_night(24, 80, NULL);

	(void)state;
	stage_keys(s, ":");
	stage_type(s, "lo");
	stage_expect(s, "command-typed");
	stage_keys(s, "Tab Enter");
	assert_string_equal(s->app->pane->name, "locks");
	stage_keys(s, ":");
	stage_type(s, "interval 5");
	stage_keys(s, "Enter");
	stage_says(s, "note  interval 5 s");
	assert_true(s->app->interval_s == 5);
	stage_keys(s, "- -");
	assert_true(s->app->interval_s == 1);
	stage_keys(s, "+");
	assert_true(s->app->interval_s == 2);
	stage_keys(s, ":");
	stage_type(s, "intervall");
	stage_keys(s, "Enter");
	stage_says(s, "error  no pane and no command is called intervall");
	stage_pass(s, 60);
	stage_says(s, "error  no pane");
	stage_keys(s, ":");
	stage_type(s, "interval abc");
	stage_keys(s, "Enter");
	stage_says(s, "error  interval takes seconds from 0.1 to 3600, not abc");
	stage_keys(s, ":");
	stage_type(s, "quit");
	stage_keys(s, "Enter");
	assert_true(s->app->quit);
	stage_close(s);
}

static void test_ways(void **state)
{
	struct stage *s = stage_night(24, 80, NULL);

	(void)state;
	/* the first finding leads to the root of the queue, and back */
	stage_keys(s, "Enter");
	assert_string_equal(s->app->pane->name, "locks");
	stage_says(s, "4127 app                 holds");
	stage_keys(s, "Enter");
	assert_int_equal(s->app->nlayers, 1);
	stage_keys(s, "q");
	assert_int_equal(s->app->nlayers, 0);
	stage_keys(s, "Esc");
	assert_string_equal(s->app->pane->name, "overview");
	stage_keys(s, "Esc Esc");
	assert_false(s->app->quit);
	/* a view closes before its pane is left */
	stage_keys(s, "2 Enter Tab");
	assert_string_equal(s->app->pane->name, "locks");
	assert_int_equal(s->app->nlayers, 0);
	stage_keys(s, "S-Tab Down Down o");
	assert_string_equal(s->app->pane->name, "locks");
	/* the number of no pane */
	stage_keys(s, ncollectors < 8 ? "9" : "0");
	assert_string_equal(s->app->pane->name, "locks");
	stage_keys(s, "4");
	assert_string_equal(s->app->pane->name, "slow_queries");
	stage_keys(s, "7");
	assert_string_equal(s->app->pane->name, "stats");
	stage_keys(s, "? ?");
	assert_int_equal(s->app->nlayers, 1);
	stage_keys(s, "q q");
	assert_true(s->app->quit);
	stage_close(s);
}

static void test_gone(void **state)
{
	struct stage *s = stage_night(24, 80, "activity");

	(void)state;
	stage_keys(s, "Down");
	stage_pass(s, 2);
	night_without(s->server, 2981, s->now);
	stage_pass(s, 0.1);
	stage_expect(s, "gone");
	stage_pass(s, 5);
	night_without(s->server, 2981, s->now);
	stage_pass(s, 0.1);
	stage_says(s, "gone 03:12:10");
	/* it stays for ten seconds; then the row that stands in its place is in hand */
	stage_pass(s, 6);
	night_without(s->server, 2981, s->now);
	stage_pass(s, 0.1);
	stage_says_not(s, "gone");
	stage_keys(s, "Enter");
	stage_says(s, "5210");
	stage_close(s);
}

static void test_selection_follows(void **state)
{
	struct stage *s = stage_night(24, 80, "activity");
	char *before, *after;

	(void)state;
	stage_keys(s, "G");
	before = stage_line(s, 21);
	night_without(s->server, 2981, s->now);
	stage_pass(s, 2);
	after = stage_line(s, 21);
	assert_string_equal(before, after);
	free(before);
	free(after);
	stage_close(s);
}

static void test_messages(void **state)
{
	struct now now = night_clock();
	struct stage_options o = { .height = 24, .width = 80, .first_run = true };
	char *keys = stage_first_keys();
	struct stage *s;

	(void)state;
	s = stage_make(&o, night_server, now);
	stage_says(s, keys);
	free(keys);
	stage_pass(s, 100);
	stage_says(s, "note  ? help");
	stage_keys(s, "Down");
	stage_says_not(s, "note");
	app_say(s->app, MESSAGE_DONE, "a\x1b[31m thing");
	stage_pass(s, 1);
	stage_says(s, "done  a\\x1b[31m thing");
	stage_pass(s, 8);
	stage_says_not(s, "done");
	stage_close(s);
}

static void test_copy(void **state)
{
	struct stage *s = stage_night(24, 80, "activity");
	char directory[] = "/tmp/pgtop-test-XXXXXX";
	char *command;

	(void)state;
	stage_keys(s, "y");
	assert_string_equal(s->copied, "UPDATE orders SET status = 'shipped' WHERE id = 88412");
	stage_says(s, "done  Copied 53 B through the terminal");
	s->no_copy = true;
	assert_non_null(mkdtemp(directory));
	setenv("XDG_STATE_HOME", directory, 1);
	stage_keys(s, "y");
	stage_says(s, "done  Copied to /tmp/pgtop-test-");
	unsetenv("XDG_STATE_HOME");
	assert_true(asprintf(&command, "%s/pgtop-prod/copy-20261122T031208.sql", directory) > 0);
	assert_int_equal(remove(command), 0);
	command[strlen(directory) + strlen("/pgtop-prod")] = '\0';
	assert_int_equal(remove(command), 0);
	assert_int_equal(remove(directory), 0);
	free(command);
	stage_close(s);
}

/* Nothing a person can press breaks anything. */
static void mash(unsigned seed, const char *const *names, size_t n)
{
	struct stage *s = stage_night(24, 80, NULL);

	srandom(seed);
	for (int i = 0; i < 1500; i++) {
		if (random() % 40 == 0)
			stage_resize(s, 5 + (int)(random() % 60), 20 + (int)(random() % 200));
		if (random() % 30 == 0) {
			night_without(s->server, random() % 2 ? 2981 : 4127, s->now);
			stage_pass(s, (double)(random() % 80) / 10);
		}
		stage_keys(s, names[(size_t)random() % n]);
		s->app->quit = false;
	}
	stage_close(s);
}

static void test_mash(void **state)
{
	static const char *const names[] = {
		"Up", "Down", "Left", "Right", "PgUp", "PgDn", "Home", "End", "Enter", "Enter", "Esc", "Tab", "S-Tab", "Space", "a", "g",
		"G", "/", "\\", ":", "n", "N", "<", ">", "i", "v", "w", "+", "-", "r", "o", "?", "q", "1", "2", "3", "4", "5", "6", "7", "9", "s", "^L", "^C",
		"^D", "^U", "^F", "^B", "^W", "Backspace", "Delete", "e", "x", "!", "ä", "y", "^Z",
	};

	(void)state;
	for (unsigned seed = 1; seed <= 4; seed++)
		mash(seed, names, sizeof(names) / sizeof(*names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overview), cmocka_unit_test(test_activity), cmocka_unit_test(test_locks),
		cmocka_unit_test(test_stats), cmocka_unit_test(test_details), cmocka_unit_test(test_help),
		cmocka_unit_test(test_ascii), cmocka_unit_test(test_healthy), cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_link), cmocka_unit_test(test_pause), cmocka_unit_test(test_too_small),
		cmocka_unit_test(test_resize), cmocka_unit_test(test_filter), cmocka_unit_test(test_filter_tree),
		cmocka_unit_test(test_search), cmocka_unit_test(test_command), cmocka_unit_test(test_ways),
		cmocka_unit_test(test_gone), cmocka_unit_test(test_selection_follows), cmocka_unit_test(test_messages),
		cmocka_unit_test(test_copy), cmocka_unit_test(test_mash),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the hint line and the message line promise: keys that work here and now, whole, and words that stand as long as they should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "tests/lib/night.h"
#include "tests/lib/rows.h"
#include "tests/lib/stage.h"

static struct limits limits;

/* A place to look at the hints: how one gets there. */
struct way {
	const char *pane, *keys, *command;
	bool healthy, unavailable;
	bool ends;   /* at last all sessions that wait are gone, and with them the row in hand */
};

static const struct way ways[] = {
	{ .pane = "overview", .keys = "" }, { .pane = "overview", .keys = "", .healthy = true },
	{ .pane = "overview", .keys = "Space" }, { .pane = "activity", .keys = "" },
	{ .pane = "activity", .keys = "Space" }, { .pane = "activity", .keys = "Enter" },
	{ .pane = "activity", .keys = "Enter Space" }, { .pane = "locks", .keys = "" },
	{ .pane = "locks", .keys = "", .healthy = true }, { .pane = "locks", .keys = "Enter" },
	{ .pane = "slow_queries", .keys = "" }, { .pane = "slow_queries", .keys = "Enter" },
	{ .pane = "slow_queries", .keys = "", .unavailable = true }, { .pane = "unused_indexes", .keys = "" },
	{ .pane = "unused_indexes", .keys = "Enter" }, { .pane = "matviews", .keys = "" },
	{ .pane = "matviews", .keys = "Enter" }, { .pane = "stats", .keys = "" }, { .pane = "stats", .keys = "Enter" },
	{ .pane = "stats", .keys = "", .command = "rights" }, { .pane = "overview", .keys = "?" },
	{ .pane = "activity", .keys = "?" }, { .pane = "stats", .keys = "", .command = "rights", .healthy = true },
	{ .pane = "overview", .keys = "Down", .ends = true }, { .pane = "locks", .keys = "Down", .ends = true },
	{ .pane = "locks", .keys = "Enter", .ends = true }, { .pane = "locks", .keys = "G Enter" },
	{ .pane = "unused_indexes", .keys = "G Enter" },
};

static struct stage *go(const struct way *way, int height, int width)
{
	struct now now = night_clock();
	struct stage_options o = { .height = height, .width = width, .pane = way->pane };
	struct stage *s;

	limits_defaults(&limits);
	s = stage_open(&o, way->healthy ? night_healthy(&limits, now) : night_server(&limits, now), now);
	if (way->unavailable)
		server_offline_state(s->server, collector_find(way->pane), COLLECTION_UNAVAILABLE, "it is not loaded", "CREATE EXTENSION it;");
	if (way->command) {
		stage_keys(s, ":");
		stage_type(s, way->command);
		stage_keys(s, "Enter");
	}
	stage_keys(s, way->keys);
	if (way->ends)
		server_offline_put(s->server, collector_find("locks"), rows_new("locks"), s->now);
	stage_pass(s, 0.1);
	return s;
}

/*
 * That the session in hand waits for nobody is what its key tells; what a key says of itself otherwise, that it has nothing to do
 * here, is no effect.
 */
static bool is_effect(const struct stage *s, int y)
{
	const struct app *app = s->app;

	if (y != app->layout.message_y || app->prompt.kind != PROMPT_NONE || app->message_kind == MESSAGE_DONE)
		return true;
	return app->message_kind == MESSAGE_NOTE && strcmp(app->message, "this one waits for nobody") == 0;
}

static char *all_of(const struct stage *s)
{
	struct strbuf b = STRBUF_INIT;

	for (int y = 0; y < s->height; y++) {
		char *line;

		if (!is_effect(s, y))
			continue;
		line = stage_line(s, y);
		strbuf_addf(&b, "%s\n", line);
		for (int x = 0; x < s->width; x++)
			strbuf_addc(&b, (char)('A' + (int)canvas_at(s->shown, y, x)->role));
		free(line);
	}
	return strbuf_take(&b);
}

/* The key of the hint that begins at or behind *x, as stage_keys() reads it; NULL behind the last. A new string. */
static char *next_hint(const struct stage *s, int *x)
{
	struct strbuf b = STRBUF_INIT;
	int y = s->height - 1;

	while (*x < s->width && canvas_at(s->shown, y, *x)->role != ROLE_ACCENT)
		++*x;
	for (; *x < s->width && canvas_at(s->shown, y, *x)->role == ROLE_ACCENT; ++*x) {
		uint32_t c = canvas_at(s->shown, y, *x)->c;

		if (c < 0x80)
			strbuf_addc(&b, (char)c);
		else if (!b.len)
			strbuf_adds(&b, "Left");
	}
	return b.len ? strbuf_take(&b) : NULL;
}

/* Pressed, it does something that is seen. */
static void check_key(const struct way *way, int height, int width, const char *key)
{
	struct stage *s = go(way, height, width);
	char *before, *after;

	/* a fold that could be closed, and one that could be opened: either key has an effect on one of the rows */
	if (strcmp(key, "Left") == 0)
		stage_keys(s, "Down");
	before = all_of(s);
	stage_keys(s, key);
	after = all_of(s);
	if (strcmp(before, after) == 0 && !s->app->quit)
		fail_msg("%s (%s): the hint %s does nothing", way->pane, way->keys, key);
	free(before);
	free(after);
	stage_close(s);
}

static void check_hints(const struct way *way, int height, int width)
{
	struct stage *s = go(way, height, width);
	char *line = stage_line(s, height - 1), *key;
	int x = 0;

	while ((key = next_hint(s, &x)) != NULL) {
		check_key(way, height, width, key);
		free(key);
	}
	if (strlen(line) < 6 || strcmp(line + strlen(line) - 6, "q quit") != 0 || (strcmp(way->keys, "?") != 0 && !strstr(line, "  ? help  q quit")))
		fail_msg("%s (%s): not pinned at the right: %s", way->pane, way->keys, line);
	assert_null(strstr(line, "…"));
	free(line);
	stage_close(s);
}

static void test_hints(void **state)
{
	static const int sizes[][2] = { { 20, 60 }, { 24, 80 }, { 40, 120 }, { 60, 200 } };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (size_t k = 0; k < sizeof(ways) / sizeof(*ways); k++)
			check_hints(&ways[k], sizes[i][0], sizes[i][1]);
}

/* Where there are no rows, nothing that is done with rows is offered. */
static void test_no_rows(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct stage *s;

		if (!ways[i].healthy && !ways[i].unavailable)
			continue;
		s = go(&ways[i], 24, 80);
		stage_says_not(s, "search");
		stage_says_not(s, "filter");
		stage_says_not(s, "window");
		stage_says_not(s, " all  ");
		stage_close(s);
		n++;
	}
	assert_true(n > 2);
}

/* While a prompt is open the keys of the place below are letters to it, and no hint names them. */
static void test_prompts(void **state)
{
	static const char *const prompts[] = { "/", "\\", ":" };

	(void)state;
	for (size_t i = 0; i < sizeof(prompts) / sizeof(*prompts); i++) {
		struct stage *s = go(&ways[3], 24, 80);

		stage_keys(s, prompts[i]);
		stage_says(s, i == 2 ? "Enter do it  Tab complete  Esc leave" : "Enter keep  Esc drop");
		stage_says_not(s, "q quit");
		stage_keys(s, "Esc");
		stage_says(s, "q quit");
		stage_close(s);
	}
}

static void test_paused(void **state)
{
	struct stage *s = go(&ways[0], 24, 80);

	(void)state;
	stage_says(s, "Space pause");
	stage_keys(s, "Space");
	stage_says(s, "Space go on");
	stage_says_not(s, "Space pause");
	stage_keys(s, "?");
	stage_says(s, "Space + -   go on, interval");
	stage_keys(s, "Esc");
	stage_keys(s, ":");
	stage_type(s, "resume");
	stage_keys(s, "Enter");
	assert_null(s->app->frozen);
	stage_says(s, "Space pause");
	stage_close(s);
}

/* Eight seconds or the next key; an error until a key, and no note takes its place before. */
static void test_lives(void **state)
{
	static const struct { enum message_kind kind; const char *word; } kinds[] = {
		{ MESSAGE_DONE, "done" }, { MESSAGE_NOTE, "note" }, { MESSAGE_ERROR, "error" },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct stage *s = go(&ways[3], 24, 80);
		char *says = mem_format("%s  it is so", kinds[i].word);

		app_say(s->app, kinds[i].kind, "it is so");
		stage_pass(s, 7.9);
		stage_says(s, says);
		stage_pass(s, 0.2);
		if (kinds[i].kind == MESSAGE_ERROR) {
			stage_pass(s, 3600);
			app_say(s->app, MESSAGE_NOTE, "another thing");
			stage_pass(s, 1);
			stage_says(s, says);
		} else {
			stage_says_not(s, says);
			app_say(s->app, kinds[i].kind, "it is so");
			stage_pass(s, 1);
			stage_says(s, says);
		}
		stage_keys(s, "Down");
		stage_says_not(s, says);
		free(says);
		stage_close(s);
	}
}

static void tick_says(struct stage *s, const char *text)
{
	stage_pass(s, 0.1);
	stage_says(s, text);
}

/* Where everything begins; to a superuser, whenever it is known that it is one, that less would do. */
static void test_first_run(void **state)
{
	static const char smaller[] = ":rights shows the three lines that make a smaller role";
	static const int widths[] = { 80, 120 };
	char *keys = stage_first_keys();

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct now now = night_clock();
		struct stage_options o = { .height = 24, .width = widths[i % 2], .first_run = true };
		struct stage *s;

		limits_defaults(&limits);
		s = stage_open(&o, night_server(&limits, now), now);
		stage_says(s, keys);
		stage_says_not(s, smaller);
		if (i >= 2)
			stage_keys(s, "Down");
		server_offline_facts(s->server)->superuser = true;
		tick_says(s, smaller);
		if (i == 1)
			tick_says(s, keys);
		if (i == 0)
			tick_says(s, "note  ? help, q quits; :rights");
		if (i >= 2)
			tick_says(s, "note  :rights shows");
		stage_pass(s, 600);
		stage_says(s, smaller);
		stage_keys(s, "Up");
		stage_pass(s, 1);
		stage_says_not(s, smaller);
		stage_close(s);
	}
	free(keys);
}

/* In the demo's own server nobody needs a smaller role. */
static void test_throwaway(void **state)
{
	struct now now = night_clock();
	struct stage_options o = { .height = 24, .width = 80, .first_run = true, .throwaway = true };
	char *keys = stage_first_keys();
	struct stage *s;

	(void)state;
	limits_defaults(&limits);
	s = stage_open(&o, night_server(&limits, now), now);
	server_offline_facts(s->server)->superuser = true;
	tick_says(s, keys);
	stage_says_not(s, ":rights");
	stage_close(s);
	free(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hints), cmocka_unit_test(test_no_rows), cmocka_unit_test(test_prompts), cmocka_unit_test(test_paused), cmocka_unit_test(test_lives),
		cmocka_unit_test(test_first_run), cmocka_unit_test(test_throwaway),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

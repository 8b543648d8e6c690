#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "dump.h"

static struct stage *of(struct terminal *t)
{
	return (struct stage *)t;
}

static void stage_size(struct terminal *t, int *height, int *width)
{
	*height = of(t)->height;
	*width = of(t)->width;
}

static int32_t stage_read_key(struct terminal *t)
{
	struct stage *s = of(t);

	return s->typed_ahead ? key_parse(&s->typed_ahead) : KEY_NONE;
}

static void stage_show(struct terminal *t, const struct canvas *c)
{
	struct stage *s = of(t);

	canvas_resize(s->shown, c->height, c->width);
	memcpy(s->shown->cells, c->cells, (size_t)c->height * (size_t)c->width * sizeof(*c->cells));
	s->shown->cursor_y = c->cursor_y;
	s->shown->cursor_x = c->cursor_x;
	s->shows++;
}

static void stage_set_theme(struct terminal *t, const struct theme *theme)
{
	of(t)->theme = theme;
}

static void stage_redraw(struct terminal *t)
{
	of(t)->redraws++;
}

static void stage_suspend(struct terminal *t)
{
	of(t)->suspends++;
}

static void stage_nothing(struct terminal *t)
{
	(void)t;
}

static bool stage_copy(struct terminal *t, const char *text)
{
	struct stage *s = of(t);

	if (s->no_copy)
		return false;
	free(s->copied);
	s->copied = mem_string(text);
	return true;
}

static void draw(struct stage *s)
{
	if (app_due(s->app, s->now))
		app_draw(s->app, s->now);
}

static struct stage *stage_new(const struct stage_options *options, struct now now)
{
	struct stage *s = mem_zero(1, sizeof(*s));

	s->terminal = (struct terminal){ .fd = -1, .ascii = options->ascii, .colored = !options->no_color,
					 .size = stage_size, .read_key = stage_read_key,
					 .show = stage_show, .set_theme = stage_set_theme,
					 .redraw = stage_redraw, .resized = stage_nothing,
					 .suspend = stage_suspend, .copy = stage_copy, .close = stage_nothing };
	limits_defaults(&s->limits);
	s->now = now;
	s->height = options->height;
	s->width = options->width;
	s->no_copy = options->no_copy;
	s->shown = canvas_new(0, 0, options->ascii);
	return s;
}

static struct look *look_of(const struct stage_options *options)
{
	const struct look_wishes wishes = { .option = options->theme, .state_directory = options->state_directory };
	struct strbuf note = STRBUF_INIT, error = STRBUF_INIT;
	struct look *look = look_new(&wishes, &note, &error);

	assert_string_equal(error.text, "");
	strbuf_free(&note);
	strbuf_free(&error);
	return look;
}

static struct stage *begin(struct stage *s, const struct stage_options *options, struct server *take_server)
{
	struct app_options app = { .terminal = &s->terminal, .server = take_server, .limits = &s->limits, .interval_s = 2,
				   .read_only = options->read_only, .first_run = options->first_run, .throwaway = options->throwaway, .pane = options->pane };

	s->server = take_server;
	s->look = app.look = look_of(options);
	s->app = app_new(&app, s->now);
	app_tick(s->app, s->now);
	draw(s);
	return s;
}

struct stage *stage_open(const struct stage_options *options, struct server *take_server, struct now now)
{
	return begin(stage_new(options, now), options, take_server);
}

struct stage *stage_make(const struct stage_options *options, struct server *(*make)(const struct limits *, struct now),
			 struct now now)
{
	struct stage *s = stage_new(options, now);

	return begin(s, options, make(&s->limits, now));
}

void stage_close(struct stage *s)
{
	app_free(s->app);
	server_close(s->server);
	look_free(s->look);
	canvas_free(s->shown);
	free(s->copied);
	free(s);
}

void stage_keys(struct stage *s, const char *keys)
{
	int32_t key;

	while ((key = key_parse(&keys)) != KEY_NONE)
		app_key(s->app, key, s->now);
	draw(s);
}

void stage_type(struct stage *s, const char *text)
{
	uint32_t c;

	while ((c = text_next(&text)) != 0)
		app_key(s->app, (int32_t)c, s->now);
	draw(s);
}

void stage_pass(struct stage *s, double seconds)
{
	s->now.mono_us += (int64_t)(seconds * 1e6);
	s->now.wall_us += (int64_t)(seconds * 1e6);
	app_tick(s->app, s->now);
	/* answers that come close together are drawn together */
	if (!app_due(s->app, s->now)) {
		s->now.mono_us += 20000;
		s->now.wall_us += 20000;
	}
	draw(s);
}

void stage_resize(struct stage *s, int height, int width)
{
	s->height = height;
	s->width = width;
	app_resized(s->app);
	draw(s);
}

char *stage_line(const struct stage *s, int y)
{
	return canvas_line(s->shown, y);
}

static bool says(const struct stage *s, const char *text)
{
	bool found = false;

	for (int y = 0; y < s->shown->height && !found; y++) {
		char *line = stage_line(s, y);

		found = strstr(line, text);
		free(line);
	}
	return found;
}

static char *picture(const struct stage *s)
{
	struct strbuf b = STRBUF_INIT;

	for (int y = 0; y < s->shown->height; y++) {
		char *line = stage_line(s, y);

		strbuf_addf(&b, "%s\n", line);
		free(line);
	}
	return strbuf_take(&b);
}

char *stage_first_keys(void)
{
	return mem_format("note  ? help, 1-%zu panes, Enter goes into a row, q quits", ncollectors + 1);
}

void stage_says(const struct stage *s, const char *text)
{
	if (!says(s, text)) {
		char *all = picture(s);

		print_error("%s", all);
		free(all);
		fail_msg("the screen does not say: %s", text);
	}
}

void stage_says_not(const struct stage *s, const char *text)
{
	if (says(s, text))
		fail_msg("the screen says: %s", text);
}

static void write_all(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		fail_msg("cannot write %s", path);
}

static void show_difference(const char *expected, const char *got)
{
	int line = 1;

	while (*expected || *got) {
		size_t e = strcspn(expected, "\n"), g = strcspn(got, "\n");

		if (e != g || strncmp(expected, got, e))
			print_error("%3d expected %.*s\n    got      %.*s\n", line, (int)e, expected, (int)g, got);
		expected += e + (expected[e] == '\n');
		got += g + (got[g] == '\n');
		line++;
	}
}

void stage_expect(struct stage *s, const char *name)
{
	char *path = mem_format("tests/screen/expected/%s.txt", name), *got = dump_canvas(s->shown), *expected;
	const char *update = getenv("UPDATE");
	bool same;

	if (update && *update == '1')
		write_all(path, got);
	expected = dump_read(path);
	same = expected && !strcmp(expected, got);
	if (!same)
		show_difference(expected ? expected : "", got);
	free(expected);
	free(got);
	if (!same)
		fail_msg("%s is not as expected; UPDATE=1 writes it anew", path);
	free(path);
}

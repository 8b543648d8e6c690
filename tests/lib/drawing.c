#include "drawing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "tests/lib/night.h"

static const char cursor_sign[] = "▏";

/* A drawing held against lines: where in them we are, and how many were not as drawn. */
struct comparison {
	const char *name;
	char **lines;
	int n, y, wrong;
	int cursor_y, cursor_x;
	bool anywhere;     /* the next line stands somewhere further down */
};

static void differs(struct comparison *c, const char *drawn, const char *shown)
{
	if (c->wrong++ == 0)
		print_error("%s is not as drawn:\n", c->name);
	print_error("%3d drawn %s|\n    shown %s|\n", c->y + 1, drawn, shown);
}

/* The cursor drawn is the terminal's, its cell is blank. */
static void check_cursor(struct comparison *c, char *drawn, char *sign)
{
	size_t size = strlen(cursor_sign);
	int x;

	*sign = '\0';
	x = text_cells(drawn);
	if (c->cursor_y != c->y || c->cursor_x != x) {
		print_error("%s: the cursor is at %d %d, not at %d %d\n", c->name, c->cursor_y, c->cursor_x, c->y, x);
		c->wrong++;
	}
	*sign = ' ';
	memmove(sign + 1, sign + size, strlen(sign + size) + 1);
}

/* A line `@12` or `@`. */
static void go_to(struct comparison *c, const char *where)
{
	c->anywhere = *where == '\0';
	if (!c->anywhere)
		c->y = (int)strtol(where, NULL, 10) - 1;
}

static void find_line(struct comparison *c, const char *drawn)
{
	int y = c->y;

	while (y < c->n && strcmp(c->lines[y], drawn) != 0)
		y++;
	if (y < c->n)
		c->y = y;
}

static void check_line(struct comparison *c, char *drawn)
{
	char *sign = strstr(drawn, cursor_sign);
	size_t len;

	if (drawn[0] == '@') {
		go_to(c, drawn + 1);
		return;
	}
	if (sign)
		check_cursor(c, drawn, sign);
	len = strlen(drawn);
	while (len && drawn[len - 1] == ' ')
		drawn[--len] = '\0';
	if (c->anywhere)
		find_line(c, drawn);
	c->anywhere = false;
	if (c->y >= c->n)
		differs(c, drawn, "(nothing)");
	else if (strcmp(c->lines[c->y], drawn) != 0)
		differs(c, drawn, c->lines[c->y]);
	c->y++;
}

/* Whether the lines are as drawn; says what is not. */
static bool is_as_drawn(struct comparison *c)
{
	char *path = mem_format("tests/screen/drawings/%s.txt", c->name), *line = NULL;
	FILE *f = fopen(path, "r");
	size_t size = 0;
	ssize_t len;

	if (!f)
		print_error("cannot read %s\n", path);
	while (f && (len = getline(&line, &size, f)) >= 0) {
		if (len && line[len - 1] == '\n')
			line[len - 1] = '\0';
		check_line(c, line);
	}
	free(line);
	free(path);
	if (!f)
		return false;
	fclose(f);
	return c->wrong == 0;
}

static bool screen_is_as_drawn(const struct stage *s, const struct drawing *d)
{
	struct comparison c = { .name = d->name, .lines = mem_zero((size_t)s->height, sizeof(char *)), .n = s->height, .y = d->line - 1,
				.cursor_y = s->shown->cursor_y, .cursor_x = s->shown->cursor_x };
	bool good;

	for (int y = 0; y < c.n; y++)
		c.lines[y] = stage_line(s, y);
	good = is_as_drawn(&c);
	for (int y = 0; y < c.n; y++)
		free(c.lines[y]);
	free(c.lines);
	return good;
}

void drawing_check_text(const char *name, char *text)
{
	struct comparison c = { .name = name };

	for (char *line = text; *line; line += strlen(line) + 1) {
		c.lines = mem_resize(c.lines, (size_t)c.n + 1, sizeof(char *));
		c.lines[c.n++] = line;
		line[strcspn(line, "\n")] = '\0';
	}
	if (!is_as_drawn(&c))
		fail_msg("%s is not as drawn", name);
	free(c.lines);
}

static struct stage *scene_of(const struct drawing *d, int height, int width)
{
	struct stage_options o = d->stage;
	struct stage *s;

	o.height = height;
	o.width = width;
	s = stage_make(&o, d->server ? d->server : night_server, night_clock());
	if (d->happens)
		d->happens(s);
	if (d->keys)
		stage_keys(s, d->keys);
	if (d->typed)
		stage_type(s, d->typed);
	return s;
}

/* `overview-healthy-80` is kept as overview-healthy-120.txt. */
static void check_wider(const struct drawing *d, int height, int width)
{
	const char *size = strrchr(d->name, '-');
	char *name = mem_format("%.*s-%d", size ? (int)(size - d->name) : (int)strlen(d->name), d->name, width);
	struct stage *s = scene_of(d, height, width);

	stage_expect(s, name);
	stage_close(s);
	free(name);
}

static bool check(const struct drawing *d)
{
	struct stage *s = scene_of(d, d->stage.height, d->stage.width);
	bool good = screen_is_as_drawn(s, d);

	stage_close(s);
	return good;
}

void drawings_check(const struct drawing *drawings, size_t n)
{
	const char *only = getenv("DRAWING");
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++)
		if (!only || !*only || strcmp(only, drawings[i].name) == 0)
			wrong += !check(&drawings[i]);
	if (wrong)
		fail_msg("%zu of %zu screens are not as drawn", wrong, n);
	for (size_t i = 0; i < n; i++) {
		if (!drawings[i].wider)
			continue;
		check_wider(&drawings[i], 40, 120);
		check_wider(&drawings[i], 60, 200);
	}
}

struct stage *stage_night(int height, int width, const char *pane)
{
	struct stage_options o = { .height = height, .width = width, .pane = pane };

	return stage_make(&o, night_server, night_clock());
}

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

/* A drawing held against a screen: where in it we are, and how many lines were not as drawn. */
struct comparison {
	const struct stage *s;
	const char *name;
	int y, wrong;
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
	const struct canvas *shown = c->s->shown;
	size_t size = strlen(cursor_sign);
	int x;

	*sign = '\0';
	x = text_cells(drawn);
	if (shown->cursor_y != c->y || shown->cursor_x != x) {
		print_error("%s: the cursor is at %d %d, not at %d %d\n", c->name, shown->cursor_y, shown->cursor_x, c->y, x);
		c->wrong++;
	}
	*sign = ' ';
	memmove(sign + 1, sign + size, strlen(sign + size) + 1);
}

static void find_line(struct comparison *c, const char *drawn)
{
	int from = c->y;

	for (; c->y < c->s->height; c->y++) {
		char *shown = stage_line(c->s, c->y);
		bool same = strcmp(shown, drawn) == 0;

		free(shown);
		if (same)
			return;
	}
	c->y = from;
}

static void check_line(struct comparison *c, char *drawn)
{
	char *sign, *shown;
	size_t len;

	if (drawn[0] == '@') {
		c->anywhere = drawn[1] == '\0';
		if (!c->anywhere)
			c->y = (int)strtol(drawn + 1, NULL, 10) - 1;
		return;
	}
	if (c->anywhere)
		find_line(c, drawn);
	c->anywhere = false;
	sign = strstr(drawn, cursor_sign);
	if (sign)
		check_cursor(c, drawn, sign);
	len = strlen(drawn);
	while (len && drawn[len - 1] == ' ')
		drawn[--len] = '\0';
	shown = c->y < c->s->height ? stage_line(c->s, c->y) : mem_string("(below the screen)");
	if (strcmp(shown, drawn) != 0)
		differs(c, drawn, shown);
	free(shown);
	c->y++;
}

/* Whether the screen is as drawn; says what is not. */
static bool is_as_drawn(const struct stage *s, const struct drawing *d)
{
	struct comparison c = { .s = s, .name = d->name, .y = d->line - 1 };
	char *path = mem_format("tests/screen/drawings/%s.txt", d->name), *line = NULL;
	FILE *f = fopen(path, "r");
	size_t size = 0;
	ssize_t len;

	if (!f) {
		print_error("cannot read %s\n", path);
		free(path);
		return false;
	}
	while ((len = getline(&line, &size, f)) >= 0) {
		if (len && line[len - 1] == '\n')
			line[len - 1] = '\0';
		check_line(&c, line);
	}
	free(line);
	free(path);
	fclose(f);
	return c.wrong == 0;
}

static bool check(const struct drawing *d)
{
	struct stage *s = stage_make(&d->stage, d->server ? d->server : night_server, night_clock());
	bool good;

	if (d->happens)
		d->happens(s);
	if (d->keys)
		stage_keys(s, d->keys);
	if (d->typed)
		stage_type(s, d->typed);
	good = is_as_drawn(s, d);
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
}

struct stage *stage_night(int height, int width, const char *pane)
{
	struct stage_options o = { .height = height, .width = width, .pane = pane };

	return stage_make(&o, night_server, night_clock());
}

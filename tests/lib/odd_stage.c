#include "odd_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/base/text.h"
#include "tests/lib/night.h"
#include "tui/screen/utf8.h"

const struct odd_size odd_sizes[ODD_SIZES] = { { 24, 80 }, { 40, 120 }, { 60, 200 }, { 15, 60 } };

size_t odd_npanes(void)
{
	return 1 + ncollectors;
}

const char *odd_pane(size_t i)
{
	return i == 0 ? "overview" : collectors[i - 1]->name;
}

/* Of what is wrong everywhere the beginning tells enough. */
enum { TOLD = 12 };

int odd_complain(const struct stage *s, const char *text, int y, int x, const char *what)
{
	static int told;
	char *line;

	if (told++ >= TOLD)
		return 1;
	line = stage_line(s, y);
	print_error("%s, %dx%d, text %.24s: line %d, cell %d: %s\n%s\n", s->app->pane->name, s->width, s->height, text, y + 1, x + 1,
		    what, line);
	free(line);
	return 1;
}

/* Whether a character may stand on a screen: nothing that moves, turns or hides what is around it. */
static bool is_clean(uint32_t c)
{
	char bytes[5] = { 'a' };
	struct strbuf out = STRBUF_INIT;
	size_t n = 1 + utf8_encode(c, bytes + 1);
	bool same;

	if (c >= 0x20 && c < 0x7f)
		return true;
	text_clean(&out, bytes, n, 0);
	same = out.len == n && memcmp(out.text, bytes, n) == 0;
	strbuf_free(&out);
	return same;
}

int odd_check_cells(const struct stage *s, const char *text)
{
	int wrong = 0;

	for (int y = 0; y < s->height; y++) {
		for (int x = 0; x < s->width; x++) {
			const struct glyph *g = canvas_at(s->shown, y, x);
			int cells;

			if (g->c == 0) {
				wrong += odd_complain(s, text, y, x, "half of a wide character");
				continue;
			}
			cells = text_char_cells(g->c);
			if (!is_clean(g->c) || cells == 0)
				wrong += odd_complain(s, text, y, x, "a character that is no picture of its own");
			for (int i = 0; i < CELL_MARKS && g->marks[i]; i++)
				if (!is_clean(g->marks[i]) || text_char_cells(g->marks[i]) != 0)
					wrong += odd_complain(s, text, y, x, "a mark that is none");
			if (s->shown->ascii && (g->c > 0x7e || g->marks[0]))
				wrong += odd_complain(s, text, y, x, "not ASCII");
			if (cells == 2 && (x + 1 == s->width || canvas_at(s->shown, y, ++x)->c != 0))
				wrong += odd_complain(s, text, y, x, "a wide character without its second cell");
		}
	}
	return wrong;
}

bool odd_is_cut(const struct canvas *c, const struct glyph *g)
{
	return g->c == (c->ascii ? '>' : 0x2026);
}

struct stage *odd_open(const struct odd_scene *o, const char *pattern)
{
	struct stage_options options = { .height = o->height, .width = o->width, .ascii = o->ascii, .pane = o->pane };
	struct stage *s = stage_make(&options, o->server, night_clock());

	odd_fill(s->server, pattern);
	stage_pass(s, 0.1);
	stage_keys(s, o->keys);
	if (o->happens) {
		o->happens(s);
		odd_fill(s->server, pattern);
		stage_pass(s, 0.1);
	}
	return s;
}

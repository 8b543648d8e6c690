#include "canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "collectors/base/table.h"
#include "collectors/base/text.h"
#include "utf8.h"

enum { MAX_SIDE = 10000 };

static const struct glyph blank = { .c = ' ', .role = ROLE_TEXT };

/* What stands for a character of ours where only ASCII may be drawn. Ascending. */
static const struct {
	uint32_t c;
	char ascii;
} ascii_forms[] = {
	{ 0x00b7, '.' }, /* · */ { 0x00d7, 'x' }, /* × */ { 0x2013, '-' }, /* – */
	{ 0x2026, '>' }, /* … */ { 0x2190, '<' }, /* ← */ { 0x2191, '^' }, /* ↑ */
	{ 0x2192, '>' }, /* → */ { 0x2193, 'v' }, /* ↓ */ { 0x2264, '<' }, /* ≤ */
	{ 0x2265, '>' }, /* ≥ */ { 0x2500, '-' }, /* ─ */ { 0x2502, '|' }, /* │ */
	{ 0x2514, '+' }, /* └ */ { 0x251c, '|' }, /* ├ */ { 0x2581, '_' }, /* ▁ */
	{ 0x2582, '.' }, /* ▂ */ { 0x2583, ':' }, /* ▃ */ { 0x2584, '-' }, /* ▄ */
	{ 0x2585, '=' }, /* ▅ */ { 0x2586, '+' }, /* ▆ */ { 0x2587, '#' }, /* ▇ */
	{ 0x2588, '#' }, /* █ */ { 0x258c, '#' }, /* ▌ */ { 0x258f, '_' }, /* ▏ */
	{ 0x25a0, '!' }, /* ■ */ { 0x25b2, '*' }, /* ▲ */ { 0x25bc, 'v' }, /* ▼ */
	{ 0x25c4, '<' }, /* ◄ */ { 0x25cb, 'o' }, /* ○ */ { 0x25cf, '@' }, /* ● */
};

static const struct {
	const char *unicode, *ascii;
} sign_forms[] = {
	[SIGN_NONE] = { " ", " " },
	[SIGN_CRITICAL] = { "■", "!" },
	[SIGN_WARNING] = { "▲", "*" },
	[SIGN_NOTE] = { "·", "." },
	[SIGN_ROOT] = { "●", "@" },
	[SIGN_WAITS] = { "○", "o" },
	[SIGN_HIDDEN] = { "?", "?" },
	[SIGN_GONE] = { "×", "x" },
};

static uint32_t to_ascii(uint32_t c)
{
	size_t low = 0, high = sizeof ascii_forms / sizeof *ascii_forms;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (ascii_forms[middle].c == c)
			return (unsigned char)ascii_forms[middle].ascii;
		if (ascii_forms[middle].c < c)
			low = middle + 1;
		else
			high = middle;
	}
	return '?';
}

static int within(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

struct canvas *canvas_new(int height, int width, bool ascii)
{
	struct canvas *c = mem_zero(1, sizeof *c);

	c->ascii = ascii;
	canvas_resize(c, height, width);
	return c;
}

void canvas_free(struct canvas *c)
{
	if (!c)
		return;
	free(c->cells);
	free(c);
}

void canvas_resize(struct canvas *c, int height, int width)
{
	c->height = within(height, 0, MAX_SIDE);
	c->width = within(width, 0, MAX_SIDE);
	c->cells = mem_resize(c->cells, (size_t)c->height * (size_t)c->width + 1, sizeof *c->cells);
	canvas_clear(c);
}

void canvas_clear(struct canvas *c)
{
	size_t n = (size_t)c->height * (size_t)c->width;

	for (size_t i = 0; i < n; i++)
		c->cells[i] = blank;
	c->cursor_y = c->cursor_x = -1;
}

struct glyph *canvas_at(const struct canvas *c, int y, int x)
{
	if (y < 0 || y >= c->height || x < 0 || x >= c->width)
		return NULL;
	return &c->cells[(size_t)y * (size_t)c->width + (size_t)x];
}

/* A wide character that loses one half loses both: half a character cannot be shown. */
static void free_halves(const struct canvas *c, int y, int x)
{
	struct glyph *g = canvas_at(c, y, x);

	if (g->c == 0 && x > 0) {
		g[-1].c = ' ';
		memset(g[-1].marks, 0, sizeof g[-1].marks);
	}
	if (x + 1 < c->width && g[1].c == 0)
		g[1].c = ' ';
}

static void set_cell(const struct canvas *c, int y, int x, uint32_t ch, enum role role)
{
	struct glyph *g = canvas_at(c, y, x);

	if (!g)
		return;
	free_halves(c, y, x);
	*g = (struct glyph){ .c = ch, .role = (uint8_t)role };
}

static void set_wide(const struct canvas *c, int y, int x, uint32_t ch, enum role role)
{
	set_cell(c, y, x, ' ', role);
	set_cell(c, y, x + 1, ' ', role);
	if (!canvas_at(c, y, x) || !canvas_at(c, y, x + 1))
		return;
	canvas_at(c, y, x)->c = ch;
	canvas_at(c, y, x + 1)->c = 0;
}

static void add_mark(const struct canvas *c, int y, int x, uint32_t mark)
{
	struct glyph *g = canvas_at(c, y, x);

	if (g && g->c == 0)
		g = canvas_at(c, y, x - 1);
	for (int i = 0; g && i < CELL_MARKS; i++) {
		if (g->marks[i] == 0) {
			g->marks[i] = mark;
			return;
		}
	}
}

/* Draws one character and gives the column behind it. */
static int put_char(const struct canvas *c, int y, int x, uint32_t ch, int cells, enum role role)
{
	if (c->ascii && ch >= 0x80) {
		uint32_t stand_in = to_ascii(ch);

		for (int i = 0; i < cells; i++)
			set_cell(c, y, x + i, stand_in, role);
	} else if (cells == 0) {
		add_mark(c, y, x - 1, ch);
	} else if (cells == 1) {
		set_cell(c, y, x, ch, role);
	} else {
		set_wide(c, y, x, ch, role);
	}
	return x + cells;
}

static uint32_t next_char(const char **text, int *cells)
{
	uint32_t ch = text_next(text);

	if (ch >= 0x20 && ch < 0x7f) {
		*cells = 1;
		return ch;
	}
	if (ch == 0)
		return 0;
	if (ch < 0x20 || ch == 0x7f)
		ch = ' ';   /* a line feed or tab of a query text */
	*cells = text_char_cells(ch);
	return ch;
}

static int right_edge(const struct canvas *c, int x, int cells)
{
	return cells < 0 || cells > c->width - x ? c->width : x + cells;
}

int canvas_put(struct canvas *c, int y, int x, int cells, enum role role, const char *text)
{
	int end = right_edge(c, x, cells);
	int n = 1;

	while (x <= end) {
		uint32_t ch = next_char(&text, &n);

		if (ch == 0 || (n > 0 && x == end))
			break;
		if (x + n > end) {
			set_cell(c, y, x, ' ', role);
			return x + 1;
		}
		x = put_char(c, y, x, ch, n, role);
	}
	return x;
}

int canvas_putf(struct canvas *c, int y, int x, int cells, enum role role, const char *format, ...)
{
	char line[512], *longer = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (n >= (int)sizeof line) {
		longer = mem_alloc((size_t)n + 1);
		va_start(args, format);
		vsnprintf(longer, (size_t)n + 1, format, args);
		va_end(args);
	}
	x = canvas_put(c, y, x, cells, role, longer ? longer : line);
	free(longer);
	return x;
}

void canvas_put_right(struct canvas *c, int y, int right, int cells, enum role role, const char *text)
{
	int n = text_cells(text);

	if (cells >= 0 && n > cells)
		n = cells;
	canvas_put(c, y, right - n, n, role, text);
}

/* Whether the text takes at most `cells` cells; reads no more of it than that. */
static bool fits(const char *text, int cells)
{
	int used = 0, n;

	while (next_char(&text, &n) != 0) {
		used += n;
		if (used > cells)
			return false;
	}
	return true;
}

void canvas_clip_end(struct canvas *c, int y, int x, int cells, enum role role, const char *text)
{
	cells = right_edge(c, x, cells) - x;
	if (cells <= 0)
		return;
	if (fits(text, cells)) {
		canvas_put(c, y, x, cells, role, text);
		return;
	}
	canvas_put(c, y, x, cells - 1, role, text);
	canvas_put(c, y, x + cells - 1, 1, role, canvas_ellipsis(c));
}

static void put_clipped(struct canvas *c, int y, int x, int cells, enum role role, const char *text,
			void (*clip)(struct strbuf *, const char *, int, const char *))
{
	struct strbuf cut = STRBUF_INIT;

	cells = right_edge(c, x, cells) - x;
	if (cells <= 0)
		return;
	if (fits(text, cells)) {
		canvas_put(c, y, x, cells, role, text);
		return;
	}
	clip(&cut, text, cells, canvas_ellipsis(c));
	canvas_put(c, y, x, cells, role, cut.text);
	strbuf_free(&cut);
}

void canvas_clip_middle(struct canvas *c, int y, int x, int cells, enum role role, const char *text)
{
	put_clipped(c, y, x, cells, role, text, text_clip_middle);
}

void canvas_clip_list(struct canvas *c, int y, int x, int cells, enum role role, const char *text)
{
	put_clipped(c, y, x, cells, role, text, text_clip_list);
}

void canvas_role(struct canvas *c, int y, int x, int cells, enum role role)
{
	for (int end = right_edge(c, x, cells); x < end; x++) {
		struct glyph *g = canvas_at(c, y, x);

		if (g)
			g->role = (uint8_t)role;
	}
}

void canvas_underline(struct canvas *c, int y, int x, int cells)
{
	for (int end = right_edge(c, x, cells); x < end; x++) {
		struct glyph *g = canvas_at(c, y, x);

		if (g)
			g->underline = 1;
	}
}

void canvas_blank(struct canvas *c, int y, int x, int cells, enum role role)
{
	for (int end = right_edge(c, x, cells); x < end; x++)
		set_cell(c, y, x, ' ', role);
}

static void add_utf8(struct strbuf *out, uint32_t c)
{
	char bytes[4];

	strbuf_add(out, bytes, utf8_encode(c, bytes));
}

char *canvas_line(const struct canvas *c, int y)
{
	struct strbuf out = STRBUF_INIT;
	size_t used = 0;

	for (int x = 0; x < c->width && y >= 0 && y < c->height; x++) {
		const struct glyph *g = canvas_at(c, y, x);

		if (g->c == 0)
			continue;
		add_utf8(&out, g->c);
		for (int i = 0; i < CELL_MARKS && g->marks[i]; i++)
			add_utf8(&out, g->marks[i]);
		if (g->c != ' ' || g->marks[0])
			used = out.len;
	}
	strbuf_cut(&out, used);
	return strbuf_take(&out);
}

const char *canvas_sign(const struct canvas *c, int sign)
{
	if (sign < 0 || sign >= (int)(sizeof sign_forms / sizeof *sign_forms))
		sign = SIGN_NONE;
	return c->ascii ? sign_forms[sign].ascii : sign_forms[sign].unicode;
}

const char *canvas_ellipsis(const struct canvas *c)
{
	return c->ascii ? ">" : "…";
}

void canvas_spark(struct canvas *c, int y, int x, const int *levels, int n, enum role role)
{
	static const uint32_t unicode[] = { 0x2581, 0x2582, 0x2583, 0x2584, 0x2585, 0x2586, 0x2587 };
	static const char ascii[] = "_.:-=+#";

	for (int i = 0; i < n && x + i < c->width; i++) {
		int level = within(levels[i], 1, 7) - 1;

		set_cell(c, y, x + i, levels[i] < 0 ? ' ' : c->ascii ? (uint32_t)ascii[level] : unicode[level],
			 role);
	}
}

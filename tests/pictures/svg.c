#include "svg.h"

#include "collectors/base/strbuf.h"
#include "tui/screen/utf8.h"

/* In tenths of a unit, so that no floating point decides what a file says. */
enum { CELL_WIDTH = 84, CELL_HEIGHT = 180, BASELINE = 136, MARGIN = 120 };

/* Colours of a terminal's own, by the theme's ground. */
static const struct { int text, ground; } own[] = { { 0xd8d8d8, 0x1c1c1c }, { 0x202020, 0xffffff } };

/* How a role comes out on a terminal of 256 colours. */
struct look {
	int fg, bg;     /* RGB; bg -1: the ground */
	unsigned attributes;
};

struct drawing {
	const struct canvas *canvas;
	const struct theme *theme;
	struct strbuf *out;
};

static int color(int index, int otherwise)
{
	return index < 0 ? otherwise : theme_rgb(index);
}

static int ground(const struct theme *t)
{
	return color(t->style[ROLE_TEXT].bg, own[t->light].ground);
}

static struct look look_of(const struct theme *t, enum role role)
{
	const struct style *s = &t->style[role];
	struct look look = { color(s->fg, own[t->light].text), color(s->bg, ground(t)), s->attributes };

	if (s->attributes & STYLE_REVERSE) {
		int fg = look.fg;

		look.fg = look.bg;
		look.bg = fg;
	}
	if (look.bg == ground(t))
		look.bg = -1;
	return look;
}

static void add_tenths(struct strbuf *out, const char *name, int tenths)
{
	strbuf_addf(out, tenths % 10 ? " %s=\"%d.%d\"" : " %s=\"%d\"", name, tenths / 10, tenths % 10);
}

static void add_color(struct strbuf *out, int rgb)
{
	strbuf_addf(out, "#%06x", (unsigned)rgb);
}

static void add_escaped(struct strbuf *out, uint32_t c)
{
	if (c == '&')
		strbuf_adds(out, "&amp;");
	else if (c == '<')
		strbuf_adds(out, "&lt;");
	else if (c == '>')
		strbuf_adds(out, "&gt;");
	else {
		char bytes[4];

		strbuf_add(out, bytes, utf8_encode(c, bytes));
	}
}

static void add_cells(const struct drawing *d, int y, int x, int end)
{
	for (; x < end; x++) {
		const struct glyph *g = canvas_at(d->canvas, y, x);

		if (g->c)
			add_escaped(d->out, g->c);
		for (int i = 0; i < CELL_MARKS && g->marks[i]; i++)
			add_escaped(d->out, g->marks[i]);
	}
}

/* One class a role that is used, so that a theme's colours stand in one place. */
static void add_styles(const struct drawing *d)
{
	strbuf_adds(d->out, "<style>text{font:14px \"DejaVu Sans Mono\",Menlo,Consolas,\"Liberation Mono\",monospace;white-space:pre}");
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct look look = look_of(d->theme, (enum role)i);

		strbuf_addf(d->out, ".%s{fill:", role_name((enum role)i));
		add_color(d->out, look.fg);
		if (look.attributes & STYLE_BOLD)
			strbuf_adds(d->out, ";font-weight:bold");
		if (look.attributes & STYLE_UNDERLINE)
			strbuf_adds(d->out, ";text-decoration:underline");
		strbuf_addc(d->out, '}');
	}
	strbuf_adds(d->out, ".line{text-decoration:underline}</style>\n");
}

static void add_rectangle(const struct drawing *d, int y, int x, int end, int rgb)
{
	strbuf_adds(d->out, "<rect");
	add_tenths(d->out, "x", MARGIN + x * CELL_WIDTH);
	add_tenths(d->out, "y", MARGIN + y * CELL_HEIGHT);
	add_tenths(d->out, "width", (end - x) * CELL_WIDTH);
	add_tenths(d->out, "height", CELL_HEIGHT);
	strbuf_adds(d->out, " fill=\"");
	add_color(d->out, rgb);
	strbuf_adds(d->out, "\"/>\n");
}

static void add_grounds(const struct drawing *d, int y)
{
	for (int x = 0, end; x < d->canvas->width; x = end) {
		int bg = look_of(d->theme, canvas_at(d->canvas, y, x)->role).bg;

		for (end = x + 1; end < d->canvas->width; end++)
			if (look_of(d->theme, canvas_at(d->canvas, y, end)->role).bg != bg)
				break;
		if (bg >= 0)
			add_rectangle(d, y, x, end, bg);
	}
}

static void add_run(const struct drawing *d, int y, int x, int end)
{
	const struct glyph *g = canvas_at(d->canvas, y, x);

	strbuf_adds(d->out, "<text");
	add_tenths(d->out, "x", MARGIN + x * CELL_WIDTH);
	add_tenths(d->out, "y", MARGIN + y * CELL_HEIGHT + BASELINE);
	add_tenths(d->out, "textLength", (end - x) * CELL_WIDTH);
	strbuf_addf(d->out, " class=\"%s%s\">", role_name(g->role), g->underline ? " line" : "");
	add_cells(d, y, x, end);
	strbuf_adds(d->out, "</text>\n");
}

/* Whether nothing would be seen of the cell's text. */
static bool is_empty(const struct drawing *d, const struct glyph *g)
{
	return g->c == ' ' && !g->underline && !(look_of(d->theme, g->role).attributes & STYLE_UNDERLINE);
}

static bool belongs(const struct drawing *d, int y, int x, const struct glyph *first)
{
	const struct glyph *g = canvas_at(d->canvas, y, x);

	return (g->role == first->role && g->underline == first->underline) || is_empty(d, g);
}

/* Two blanks end a run: what comes behind them begins at a place of its own. */
static int run_end(const struct drawing *d, int y, int x)
{
	const struct glyph *first = canvas_at(d->canvas, y, x);
	int end = x + 1, blanks = 0;

	for (int at = x + 1; at < d->canvas->width && belongs(d, y, at, first) && blanks < 2; at++) {
		blanks = is_empty(d, canvas_at(d->canvas, y, at)) ? blanks + 1 : 0;
		if (!blanks)
			end = at + 1;
	}
	return end;
}

static void add_line(const struct drawing *d, int y)
{
	add_grounds(d, y);
	for (int x = 0; x < d->canvas->width;) {
		int end = x + 1;

		if (!is_empty(d, canvas_at(d->canvas, y, x)))
			add_run(d, y, x, end = run_end(d, y, x));
		x = end;
	}
}

char *svg_canvas(const struct canvas *c, const struct theme *theme, const char *title)
{
	struct strbuf out = STRBUF_INIT;
	struct drawing d = { c, theme, &out };
	int width = 2 * MARGIN + c->width * CELL_WIDTH, height = 2 * MARGIN + c->height * CELL_HEIGHT;

	strbuf_adds(&out, "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:space=\"preserve\" role=\"img\"");
	add_tenths(&out, "width", width);
	add_tenths(&out, "height", height);
	strbuf_addf(&out, " viewBox=\"0 0 %d.%d %d.%d\">\n<title>%s</title>\n", width / 10, width % 10, height / 10, height % 10, title);
	add_styles(&d);
	strbuf_adds(&out, "<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"");
	add_color(&out, ground(theme));
	strbuf_adds(&out, "\"/>\n");
	for (int y = 0; y < c->height; y++)
		add_line(&d, y);
	strbuf_adds(&out, "</svg>\n");
	return strbuf_take(&out);
}

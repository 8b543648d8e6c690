#include "help.h"

#include <string.h>

#include "mark.h"

/* Where the columns stand at 80: headings, keys, words; the second half begins in the middle. */
enum { KEYS_X = 2, WORDS_X = 14, HALF_X = 42, GROUPS_MOST = 16 };

const struct help_legend help_signs[HELP_LEGENDS] = {
	{ "■ ▲ ·", "critical, warning, note" },
	{ "● ○", "root of a queue, waiting" },
	{ "◄ × ? –", "stale, no, hidden, skipped" },
};

const struct help_legend help_figures[HELP_LEGENDS] = {
	{ "~ ≥ ≤", "guess, at least, at most" },
	{ "? - …", "unknown, n/a, not yet" },
	{ "kB MB GB", "1024;  k M G  1000" },
};

struct sheet {
	struct canvas *canvas;
	struct area area;
	int scroll;
};

static void put(const struct sheet *s, int line, int x, int end, enum role role, const char *text)
{
	int y = line - s->scroll;

	if (end > s->area.width)
		end = s->area.width;
	if (y >= 0 && y < s->area.height && x < end)
		canvas_clip_end(s->canvas, s->area.y + y, s->area.x + x, end - x, role, text);
}

static void put_line(const struct sheet *s, int line, int x, const char *keys, const char *words)
{
	int end = x ? s->area.width : HALF_X, indent = x ? 0 : KEYS_X;

	put(s, line, x + indent, x + indent + WORDS_X - KEYS_X - 1, ROLE_ACCENT, keys);
	put(s, line, x + indent + WORDS_X - KEYS_X, end, ROLE_TEXT, words);
}

/* One group in its half. Gives the number of lines. */
static int draw_group(const struct sheet *s, int line, int x, const struct help_row *rows, size_t nrows, int group)
{
	int n = 0;

	for (size_t i = 0; i < nrows; i++) {
		if (rows[i].group != group)
			continue;
		if (!n)
			put(s, line + n++, x, x ? s->area.width : HALF_X, ROLE_HEADING, rows[i].heading);
		put_line(s, line + n++, x, rows[i].keys, rows[i].words);
	}
	return n;
}

static int draw_legend(const struct sheet *s, int line)
{
	put(s, line, 0, HALF_X, ROLE_HEADING, "signs");
	put(s, line, HALF_X, s->area.width, ROLE_HEADING, "figures");
	for (int i = 0; i < HELP_LEGENDS; i++) {
		put_line(s, line + 1 + i, 0, help_signs[i].keys, help_signs[i].words);
		put_line(s, line + 1 + i, HALF_X, help_figures[i].keys, help_figures[i].words);
	}
	return line + 1 + HELP_LEGENDS;
}

/* On a narrow screen one group stands below the other. */
static int draw_half(const struct sheet *s, int line, const struct help_row *rows, size_t nrows, int group)
{
	bool beside = s->area.width >= 76;
	int left = draw_group(s, line, 0, rows, nrows, group);
	int right = draw_group(s, beside ? line : line + left, beside ? HALF_X : 0, rows, nrows, group + 1);

	return beside ? (left > right ? left : right) : left + right;
}

int help_draw(const char *subject, const struct help_row *rows, size_t nrows, const char *search, struct canvas *canvas,
	      struct area area, int scroll)
{
	struct sheet s = { canvas, { area.y + 1, area.x, area.height - 1, area.width }, scroll };
	static const char manual[] = "every key: man pgtop-prod";
	int line = 0;
	int x = canvas_put(canvas, area.y, area.x, area.width, ROLE_HEADING, "help");

	canvas_put(canvas, area.y, x + 2, area.width - 6, ROLE_TEXT, subject);
	if (area.width >= 60)
		canvas_put_right(canvas, area.y, area.x + area.width, -1, ROLE_DIM, manual);
	for (int group = 0; group < GROUPS_MOST; group += 2)
		line += draw_half(&s, line, rows, nrows, group);
	line = draw_legend(&s, line);
	if (search && *search)
		pane_mark(canvas, s.area, search);
	return line;
}

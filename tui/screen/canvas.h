/*
 * A picture of the screen in memory: cells of text, each with a colour role. No curses here.
 *
 * Panes draw into a canvas; the terminal (terminal.h) shows what changed since the last one; screen
 * tests print it. What does not fit is clipped at the edges,
 * so no caller can write outside; a combining mark joins the cell before it; a wide character takes
 * two cells and never straddles an edge or an area.
 */
#ifndef PGTOP_CANVAS_H
#define PGTOP_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "role.h"

enum { CELL_MARKS = 3 };

struct glyph {
	uint32_t c;                    /* 0: the right half of a wide character */
	uint32_t marks[CELL_MARKS];    /* combining; 0: no more */
	uint8_t role;
	uint8_t underline;
};

struct canvas {
	int height, width;
	struct glyph *cells;   /* height * width */
	int cursor_y, cursor_x;   /* -1: hidden */
	bool ascii;            /* only ASCII may be drawn: signs choose by it */
};

struct canvas *canvas_new(int height, int width, bool ascii);
void canvas_free(struct canvas *c);
void canvas_resize(struct canvas *c, int height, int width);

/* All blanks in ROLE_TEXT, no cursor. */
void canvas_clear(struct canvas *c);

struct glyph *canvas_at(const struct canvas *c, int y, int x);

/*
 * Draws clean text from (y, x), at most `cells` cells (-1: to the edge), without a mark where it is
 * cut. Gives the column behind it.
 */
int canvas_put(struct canvas *c, int y, int x, int cells, enum role role, const char *text);
int canvas_putf(struct canvas *c, int y, int x, int cells, enum role role, const char *format, ...)
	__attribute__((format(printf, 6, 7), nonnull(6)));

/* The same, ending at column `right` (exclusive). */
void canvas_put_right(struct canvas *c, int y, int right, int cells, enum role role, const char *text);

/* Cut in the field: at the end, in the middle, or between the members of a list, with `…` (`>` in ASCII). */
void canvas_clip_end(struct canvas *c, int y, int x, int cells, enum role role, const char *text);
void canvas_clip_middle(struct canvas *c, int y, int x, int cells, enum role role, const char *text);
void canvas_clip_list(struct canvas *c, int y, int x, int cells, enum role role, const char *text);

/* Gives cells [x, x + cells) of a line another role, or underlines them. */
void canvas_role(struct canvas *c, int y, int x, int cells, enum role role);
void canvas_underline(struct canvas *c, int y, int x, int cells);

/* Blanks them. */
void canvas_blank(struct canvas *c, int y, int x, int cells, enum role role);

/* One line as UTF-8 without trailing blanks; a new string. For tests, pictures, copying. */
char *canvas_line(const struct canvas *c, int y);

/* A sign's glyph for this canvas: `■` or `!`. */
const char *canvas_sign(const struct canvas *c, int sign);   /* enum sign of table.h */
const char *canvas_ellipsis(const struct canvas *c);         /* `…` or `>` */

/* Twenty marks 0..7 levels as a sparkline: level -1 is a gap, 1..7 `▁`..`▇` (ASCII `_.:-=+#`). */
void canvas_spark(struct canvas *c, int y, int x, const int *levels, int n, enum role role);

#endif

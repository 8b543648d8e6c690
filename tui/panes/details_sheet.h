/*
 * A text of many lines, of which as many are drawn as an area has: what the details of a row are written on.
 */
#ifndef PGTOP_DETAILS_SHEET_H
#define PGTOP_DETAILS_SHEET_H

#include "pane.h"

enum { SHEET_MARGIN = 2 };

/*
 * Where drawing has come to: a line of the whole text, of which those from `scroll` on are shown.
 */
struct sheet {
	struct canvas *canvas;
	struct area area;
	int scroll, line;
	int label_cells;
};

/* Puts text into a line, cut at the end when it is longer than `cells`. */
void sheet_put(const struct sheet *s, int line, int x, int cells, enum role role, const char *text);

/* Text in as many lines as it takes, broken at blanks. Gives how many. */
int sheet_put_wrapped(const struct sheet *s, int line, int x, enum role role, const char *text);

/* A statement from the sheet's line on, coloured, a clause a line where it has no lines of its own. */
void sheet_sql(struct sheet *s, const char *sql, bool wrap);

#endif

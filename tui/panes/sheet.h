/*
 * A text of many lines, of which as many are drawn as an area has, scrolled: what the details of a row, a question, the rights of a role
 * and what stands in place of rows are written on. Lines are broken in one way for all of them, text_fitting()'s. Without a canvas it is
 * only measured.
 */
#ifndef PGTOP_SHEET_H
#define PGTOP_SHEET_H

#include "pane.h"

enum { SHEET_MARGIN = 2 };

/*
 * Where drawing has come to: a line of the whole text, of which those from `scroll` on are shown.
 */
struct sheet {
	struct canvas *canvas;
	struct area area;
	int scroll, line;
	int label_cells;   /* of the widest label, for whoever has labels */
};

/* Puts text into a line, cut at the end when it is longer than `cells`. */
void sheet_put(const struct sheet *s, int line, int x, int cells, enum role role, const char *text);

/*
 * Text from column x of the sheet's line on, in as many lines as it takes and at least one; what goes on stands from column `hang` on.
 * Line feeds end a line. The sheet's line is the one below then. Gives the cells of the last one.
 */
int sheet_wrap(struct sheet *s, int x, int hang, enum role role, const char *text, size_t len);

/* The same of a whole text, each line from x on. */
int sheet_wrap_text(struct sheet *s, int x, enum role role, const char *text);

/* A statement from the sheet's line on, coloured, a clause a line where it has no lines of its own. */
void sheet_sql(struct sheet *s, const char *sql, bool wrap);

#endif

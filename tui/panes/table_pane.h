/*
 * What is the same for every collector's pane: its rows and their order (rows.c), how they are
 * drawn (table_pane.c), and what is said of them (table_words.c).
 */
#ifndef PGTOP_TABLE_PANE_H
#define PGTOP_TABLE_PANE_H

#include "pane.h"

void table_pane_rows(const struct scene *scene, const struct view *view, struct row_list *out);
void table_pane_draw(const struct scene *scene, struct view *view, struct canvas *canvas, struct area area);
void table_pane_enter(const struct scene *scene, const struct pane *pane, const char *key, struct target *out);

/*
 * Appends what the title line says of the rows: how many of how many, or what the collector says
 * of them, and what is left out and why. width: of the line.
 */
void table_pane_says(const struct view *view, const struct row_list *list, const struct collection *c, int width,
		     struct strbuf *out);

/* What the collector says below its rows, in the room that they leave. */
void table_pane_footer(const struct collection *c, struct canvas *canvas, struct area room);

/*
 * The order of a table's rows as the view wants them: order[i] is the row that stands at i. Until a person sorts, that is the order in which the
 * collector left them, and rows that are equal in the column chosen stay in it. `order` has room for all.
 */
void table_row_order(const struct collector *collector, const struct view *view, const struct table *table, size_t *order);

/* The column whose title says that the rows are sorted by it, or -1, and which way. */
int table_sort_column(const struct collector *collector, const struct view *view, bool *down);

/*
 * Chooses the next column on the right (+1) or left (-1) to sort by. Gives false if the pane has
 * one order only.
 */
bool table_sort_move(struct view *view, int direction);

#endif

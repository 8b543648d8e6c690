/*
 * What is the same for every collector's pane: its rows and their order (rows.c), and how they are
 * drawn (table_pane.c).
 */
#ifndef PGTOP_TABLE_PANE_H
#define PGTOP_TABLE_PANE_H

#include "pane.h"

void table_pane_rows(const struct scene *scene, const struct view *view, struct row_list *out);
void table_pane_draw(const struct scene *scene, struct view *view, struct canvas *canvas, struct area area);
void table_pane_enter(const struct scene *scene, const struct pane *pane, const char *key, struct target *out);

/*
 * The order of a table's rows as the view wants them: order[i] is the row that stands at i.
 * `order` has room for all.
 */
void table_row_order(const struct collector *collector, const struct view *view, const struct table *table, size_t *order);

/* The column by which it is sorted, or -1, and which way. */
int table_sort_column(const struct collector *collector, const struct view *view, bool *down);

/*
 * Chooses the next column on the right (+1) or left (-1) to sort by. Gives false if the pane has
 * one order only.
 */
bool table_sort_move(struct view *view, int direction);

#endif

/*
 * What stands above every pane, and in the place of rows that are not there.
 */
#ifndef PGTOP_FRAME_H
#define PGTOP_FRAME_H

#include "pane.h"

/* Each draws one line (vitals: two) of the whole width. */
void frame_header(const struct scene *scene, struct canvas *canvas, int y);
void frame_pane_bar(const struct scene *scene, const struct pane *current, struct canvas *canvas, int y);
void frame_vitals(const struct scene *scene, struct canvas *canvas, int y, int lines);

/*
 * The title line: bold title, what is said of the rows, and at the right cost and interval or the
 * state. Shared by all panes.
 */
void frame_title(const struct scene *scene, struct canvas *canvas, int y, int x, int width, const char *title,
		 const char *says, const struct collection *collection);

/* How many cells there are for `says` on a title line of this width. */
int frame_title_room(const char *title, const struct collection *collection, int width);

/*
 * The bodies of panes that have nothing to show: waiting, unavailable (numbered lines), empty.
 * Gives true if it drew one.
 */
bool frame_nothing(const struct scene *scene, struct canvas *canvas, struct area body, const struct collection *collection,
		   const struct row_list *list, const char *filter);

#endif

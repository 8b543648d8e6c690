/*
 * One row in full: facts in two columns at fixed places, then its text wrapped. The view that
 * Enter opens, and the preview of large screens. Of what is asked for one row only (struct demand) it shows what is known; the asking is the
 * view's (app.c).
 */
#ifndef PGTOP_DETAILS_H
#define PGTOP_DETAILS_H

#include "pane.h"

/* `scroll` in lines. Gives the number of lines it has. */
int details_draw(const struct scene *scene, const struct pane *pane, const char *key, struct canvas *canvas, struct area area,
		 int scroll, bool with_title);

/* What a row is called in short, also when it is gone: its pid, the id of a finding; a new string. */
char *details_name(const char *key);

/*
 * What is copied of a row: the statement that mends it (column `fix_sql`), else its text with line breaks as it came; a new string,
 * NULL if the row has neither.
 */
char *details_text(const struct scene *scene, const struct pane *pane, const char *key);

#endif

/*
 * What rights, settings and versions keep from the screen, gathered from all panes: each line that opens some of it
 * once, whole, with what it opens below it; then what no line opens. For a superuser, from whom nothing is hidden, the
 * lines that make a smaller role.
 */
#ifndef PGTOP_RIGHTS_H
#define PGTOP_RIGHTS_H

#include "pane.h"

/* Draws it from the line `scroll` on. Gives how many lines there are below the title line. */
int rights_draw(const struct scene *scene, struct canvas *canvas, struct area area, int scroll);

/* The lines, to copy; a new string. NULL: there is none. */
char *rights_text(const struct scene *scene);

#endif

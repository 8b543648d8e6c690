/*
 * The sparklines of the overview: ten minutes of six figures.
 */
#ifndef PGTOP_OVERVIEW_SPARKS_H
#define PGTOP_OVERVIEW_SPARKS_H

#include "pane.h"

enum { SPARK_LINES = 4 };   /* with their title */

/*
 * Draws them into the first SPARK_LINES lines of the area: two columns from 80 cells on, else one.
 */
void overview_sparks(const struct scene *scene, struct canvas *canvas, struct area area);

#endif

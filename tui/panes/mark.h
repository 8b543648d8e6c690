/*
 * Marks what was searched for.
 */
#ifndef PGTOP_MARK_H
#define PGTOP_MARK_H

#include "pane.h"

/* Marks a text wherever it stands in the area, letters compared without case. */
void pane_mark(struct canvas *canvas, struct area area, const char *needle);

#endif

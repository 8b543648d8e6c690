/*
 * Marks what was searched for, and what is new.
 */
#ifndef PGTOP_MARK_H
#define PGTOP_MARK_H

#include "pane.h"

/* Marks a text wherever it stands in the area, letters compared without case. */
void pane_mark(struct canvas *canvas, struct area area, const char *needle);

/* So long a thing is new: a finding, or the sign of a row. */
#define FRESH_US (10 * SECOND_US)

/* Whether what came up then, while we looked on (epoch; 0: it was there before), is still new. */
bool mark_is_fresh(const struct scene *scene, int64_t since_us);

/* When what the view shows changes by itself: something stops being new, or a row that ended goes. Epoch; 0: nothing does. */
int64_t mark_changes(const struct scene *scene, const struct view *view);

#endif

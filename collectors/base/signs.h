/*
 * Since when each row of a collector shows the sign it shows: what is new is drawn so for a while, whichever pane was
 * looked at when it came. Rows without a sign, and those that say no more than that they are hidden, have no such time.
 */
#ifndef PGTOP_SIGNS_H
#define PGTOP_SIGNS_H

#include <stdint.h>

#include "table.h"

struct signs;

struct signs *signs_copy(const struct signs *s);   /* NULL gives NULL */
void signs_free(struct signs *s);

/*
 * Looks at the newest table, which has a column `sign` or not. *s is NULL at first: then all that is there was there before.
 * now_us: epoch. A row that comes to its sign a second time comes to it anew.
 */
void signs_look(struct signs **s, const struct table *t, int64_t now_us);

/* When the row came to its sign, epoch; 0: it has none, or had it when first looked at. */
int64_t signs_since(const struct signs *s, const struct table *t, size_t row);

/* The earliest moment behind `after_us` at which a row came to its sign; 0: there is none. */
int64_t signs_next(const struct signs *s, int64_t after_us);

#endif

/*
 * What the details of a row are drawn from: the row, and what was asked for it alone (struct demand), which is there, or not yet, or could
 * not be had.
 */
#ifndef PGTOP_DETAILS_SOURCE_H
#define PGTOP_DETAILS_SOURCE_H

#include "pane.h"

/* Borrowed, for one frame. */
struct source {
	const struct collector *collector;
	const struct table *table;
	size_t row;
	struct demand_view demanded;
	int64_t now_us;   /* epoch */
};

struct source source_of(const struct scene *scene, const struct collector *collector, const struct table *t, size_t row, const char *key);

/* What there is to say in the place of a cell. */
enum place {
	PLACE_EMPTY,   /* nothing */
	PLACE_HAS,
	PLACE_LACKS,   /* it was to be asked for, and is not there */
};

/* Each appends a cell as it stands in a sentence: of the row, by column; of what was asked for, by its column. */
enum place source_add_cell(const struct source *s, size_t column, struct strbuf *out);
enum place source_add_demanded(const struct source *s, size_t column, struct strbuf *out);

/*
 * A new string: {column} filled in. A part in [ ] goes when none of its cells has anything, or one was to be asked for and is not there.
 */
char *source_fill(const struct source *s, const char *format);

/* Whether anything is asked for this row alone. */
bool source_asks(const struct source *s);

/* Whether the row's statement is one that is asked for. */
bool source_asks_text(const struct source *s);

/* The row's statement, the one that was asked for, else its own; borrowed. NULL: there is none, or not yet. */
const char *source_text(const struct source *s);

/* What follows from the row, in words; borrowed. NULL: nothing is said. */
const char *source_outlook(const struct source *s);

#endif

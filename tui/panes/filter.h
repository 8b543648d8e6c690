/*
 * What `\` takes: words that must all fit: `text`, `column:text`, `!not`; and what `/` looks for.
 * A filter is bound to the columns it was made for.
 */
#ifndef PGTOP_FILTER_H
#define PGTOP_FILTER_H

#include "pane.h"

struct filter;

struct filter *filter_new(const char *text, const struct column *columns, size_t ncolumns);
void filter_free(struct filter *f);

/*
 * The first word before a colon that could name a column but names none of this collector's (NULL: of findings, which have
 * none); a new string, NULL for none. Such a word is looked for as text, colon and all.
 */
char *filter_unknown_column(const char *text, const struct collector *collector);
/* The sentence for what a filter leaves nothing of: `No row matches nocol:x: there is no column nocol; the filter hides 47.` */
void filter_hides_all(struct strbuf *out, const char *what, const char *text, const struct collector *collector, size_t hidden);

bool filter_fits(const struct filter *f, const struct table *table, size_t row);
bool filter_fits_finding(const struct filter *f, const struct finding *finding);

/*
 * Whether the row holds the text that is searched for, in any column that is on the screen or in
 * the details.
 */
bool table_row_matches(const struct table *table, size_t row, const char *needle);

#endif

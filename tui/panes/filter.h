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
bool filter_fits(const struct filter *f, const struct table *table, size_t row);
bool filter_fits_finding(const struct filter *f, const struct finding *finding);

/*
 * Whether the row holds the text that is searched for, in any column that is on the screen or in
 * the details.
 */
bool table_row_matches(const struct table *table, size_t row, const char *needle);

#endif

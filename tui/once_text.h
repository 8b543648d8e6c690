/*
 * What the parts of the text report share. The report is written line by line; a line is cut in report_end_line() and nowhere else.
 */
#ifndef PGTOP_ONCE_TEXT_H
#define PGTOP_ONCE_TEXT_H

#include "once.h"

/* Ends a line: without blanks at its end, cut to the report's columns. It is appended to out, and empty afterwards. */
void report_end_line(const struct report *r, struct strbuf *line, struct strbuf *out);

/* Appends a text in a field of so many cells. */
void report_add_padded(struct strbuf *line, const char *text, int width, bool right);

/* Appends a time as RFC 3339 in the reader's zone. */
void report_add_time(struct strbuf *line, int64_t epoch_us);

/* Appends a pane: its state, what is missing of it, its rows. `line` is empty before and after. */
void report_pane(const struct report *r, const struct collection *c, struct strbuf *line, struct strbuf *out);

#endif

/*
 * The same collection without a screen: for tickets, mail, scripts.
 *
 * once_run() opens a server, waits until every collector has two samples a second apart (rates need two) or cannot have them, and only then writes, in
 * one go: on exit status 3 nothing was written to stdout. The three forms are pure functions of what a server holds, so tests feed them by hand.
 */
#ifndef PGTOP_ONCE_H
#define PGTOP_ONCE_H

#include <stdbool.h>
#include <stddef.h>

#include "collectors/base/strbuf.h"
#include "collectors/server/server.h"
#include "options.h"

/* What is reported. Everything is borrowed. */
struct report {
	const struct server *server;
	const struct collector *const *panes;   /* these, in this order */
	size_t npanes;
	bool findings;      /* text: with the list of findings; JSON always has it */
	struct now now;
	double rates_s;     /* time between the two samples; 0: there was one */
	int columns;        /* text: cut lines to this width; 0: never */
	bool ascii;         /* text: signs and letters outside ASCII are written in ASCII */
};

/* Each appends a whole report. JSON and CSV are UTF-8 in every locale; CSV has exactly one pane. */
void report_json(const struct report *r, struct strbuf *out);
void report_csv(const struct report *r, struct strbuf *out);
void report_text(const struct report *r, struct strbuf *out);

/* The state as the JSON names it; one without any answer yet is unavailable. */
const char *report_state(const struct collection *c);
/* Why a pane is not as it should be, or NULL. */
const char *report_reason(const struct collection *c);
/* Whether the column is one of JSON's and CSV's. */
bool report_has_column(const struct column *column);

/* Whether what could not be read is told by its name: a column that only derive() sees says nothing to anybody. */
bool report_has_missing(const struct collector *collector, const struct missing *missing);

/*
 * Opens `server`, collects, writes to stdout. Problems are said on stderr. Gives the exit status. Of `options` the format and the
 * panes count; the options of the connection are those of `server`.
 */
int once_run(const struct options *options, const struct server_options *server, const struct limits *limits);

/* Writes a text to stdout and makes sure that it arrived: exit status 0, or 1 with a line on stderr. */
int output_write(const struct strbuf *text);

#endif

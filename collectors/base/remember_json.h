/*
 * What memory.json looks like, and how rows of a collector become part of it. For remember.c only.
 *
 *     { "version": 1, "servers": { "SERVER": { "COLLECTOR": [ { "COLUMN": VALUE ... } ] } } }
 *
 * Times are RFC 3339 with microseconds, the rest is as JSON has it; a cell without a value is left out. What is in the file and not known
 * here stays as it is.
 */
#ifndef PGTOP_REMEMBER_JSON_H
#define PGTOP_REMEMBER_JSON_H

#include <jansson.h>

#include "strbuf.h"
#include "table.h"

enum remember_read {
	REMEMBER_GOOD,
	REMEMBER_NONE,      /* there is no file */
	REMEMBER_BROKEN,    /* it holds nothing to rely on */
	REMEMBER_REFUSED,   /* it cannot be read, or is not ours to write over: not a regular file, too large, of a later version */
};

/* Reads it; never waits. Where it is not good, nothing is given and one line appended to error, without an end. */
enum remember_read remember_read(const char *file, json_t **root, struct strbuf *error);

json_t *remember_empty(void);

/* The rows of one collector and server, which may be none; text in them is cleaned. Rows without a key, or looked at tomorrow, are left out. */
struct table *remember_rows(const json_t *root, const char *server, const char *collector, const struct column *columns, size_t ncolumns);

/* Puts the table in the place of the rows that are there. */
void remember_put(json_t *root, const char *server, const char *collector, const struct table *t);

/* Takes over into `ours` the rows that it does not have, and those of which `theirs` was looked at later. True: there were any. */
bool remember_merge(struct table *ours, const struct table *theirs);

/* Drops servers that nobody has looked at for 400 days, and rows that were not seen any more for 40 days of looking at their server. */
void remember_drop_old(json_t *root, int64_t wall_us);

/* As it stands in the file; NULL: there is no memory for it. Freed by the caller. */
char *remember_text(const json_t *root);

#endif

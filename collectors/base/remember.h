/*
 * memory.json: what collectors keep from one run of the program to the next, by server and collector.
 *
 * Each keeps one table of its own columns: KEY columns that say what a row is of, and the column `looked` (TYPE_TIME), when that was last
 * seen to be so. Two programs may keep the same file: what is written is what is in the file, with every row of ours that was looked at later.
 * A number of the unit UNIT_COUNT is never negative, nor one of UNIT_AGE: a row in the file where it is, or is beyond all that can be, is left out.
 * The file is private (0600, its directory 0700), replaced as a whole, and never needed: without it less is known, and that is all.
 */
#ifndef PGTOP_REMEMBER_H
#define PGTOP_REMEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strbuf.h"
#include "table.h"

/* What one collector keeps of one server. */
struct memory {
	struct table *table;   /* owned by the memories; the collector adds, changes and drops rows */
	bool changed;          /* set by the collector when more than `looked` changed: worth writing soon */
};

struct memories;

/*
 * The file in this directory, which is made when it is not there; read at once. Always gives one. Where the file cannot be read or written it
 * keeps for this run only; *error (one line) says so, and stays empty otherwise. directory NULL: for this run only.
 */
struct memories *memories_open(const char *directory, struct strbuf *error);

/* What a collector keeps of a server, by names that stay the same; the rows of the file at first. Borrowed until memories_close(). */
struct memory *memories_of(struct memories *m, const char *server, const char *collector, const struct column *columns, size_t ncolumns);

/*
 * Writes when something changed and the last time was a while ago (a changed row: at once, and then every few seconds; only `looked`: every minute),
 * in a process beside this one, of which a later call tells what became; it is no business of the caller's, but for waiting for any child. Or, with
 * `anyway`, within this call, after the other has ended, and what the file has of other programs is taken over. Never waits for another program: it
 * tries again with the next call. Gives false, once, with one line in error, when it cannot be written, or when there is something to be told of it.
 */
bool memories_save(struct memories *m, int64_t mono_us, bool anyway, struct strbuf *error);

/* Does not save. NULL is fine. */
void memories_close(struct memories *m);

#endif

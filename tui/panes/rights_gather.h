/*
 * Gathers what is hidden, by the line that opens it.
 */
#ifndef PGTOP_RIGHTS_GATHER_H
#define PGTOP_RIGHTS_GATHER_H

#include "pane.h"

/* What a line opens of one pane: `activity`, `186 of 198 rows`. */
struct opened {
	const char *label;   /* borrowed */
	char *what;
};

struct opener {
	char *line;          /* to copy, in the form of remedy.h; NULL: nothing opens it */
	struct opened *opened;
	size_t nopened;
	char *checks;        /* ids of those that cannot be judged without it; NULL: none */
};

struct rights {
	struct opener *openers;
	size_t n;
	struct opener closed;    /* what no line opens */
	size_t hidden;           /* how many of the openers open what is hidden; those behind them make a smaller role */
	char *waiting;           /* the panes of which nothing is known yet; NULL: none */
	bool again;              /* a whole pane is lacking, which is looked for again by itself every COLLECTION_RETRY_S */
};

/* Zero-initialised before. */
void rights_gather(const struct scene *scene, struct rights *rights);
void rights_clear(struct rights *rights);

#endif

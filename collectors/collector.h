/*
 * The contract of a collector: one file that says what is asked, what comes back, and what it means.
 *
 * A collector is data and two pure functions. It never sees a connection, a screen or a clock: it is tested without any of them.
 * From its row alone follow its pane, its JSON and CSV, its help and its lines in the manual.
 *
 * How a table comes to be:
 *  1. Of the parts with the same name, the first that fits the server (version, role, extension) is used.
 *  2. PART_ROWS parts are sent one after the other; result columns are copied to the table's columns of the same name, and each part appends its rows.
 *  3. PART_LOOKUP parts bring columns that are looked up apart and kept: the result has the column `join` and the columns it `fills`. The statement is sent only when a row's `join` value is
 *     not known yet; known answers are kept for a minute. Until then, and while the look-up cannot be had, the cells are CELL_PENDING; derive() puts a number in their place where it can.
 *  4. derive() computes rates, signs and order; judge() concludes.
 *
 * A part that fails (missing function, no right, lock timeout) costs what it fills, with the reason; the first part of a collector costs the whole table.
 */
#ifndef PGTOP_COLLECTOR_H
#define PGTOP_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/base/facts.h"
#include "collectors/base/finding.h"
#include "collectors/base/history.h"
#include "collectors/base/limits.h"
#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "collectors/base/table.h"
#include "collectors/base/text.h"
#include "collectors/base/units.h"

enum part_kind { PART_ROWS, PART_LOOKUP };

enum part_on { ON_PRIMARY = 1, ON_STANDBY = 2, ON_BOTH = 3 };

struct part {
	const char *name;
	enum part_kind kind;
	int min_version;        /* as server_version_num: 140000; 0: none */
	int max_version;        /* the last that fits: 139999; 0: none */
	unsigned on;            /* 0 reads as ON_BOTH */
	const char *extension;  /* must be installed; NULL: none */
	const char *needs;      /* the right or setting it needs for all of its answer, in words; NULL: none */
	const char *remedy;     /* the line that opens it, %s is the role; NULL: none */
	const char *fills;      /* columns (in `stats`: figures) that are lost without it, separated by blanks; NULL: all */
	const char *join;       /* PART_LOOKUP: the column both sides have */
	const char *sql;        /* one statement without parameters and without `;` */
};

struct context {
	const struct facts *facts;
	const struct limits *limits;
	const struct history *history;   /* of this collector's COLUMN_HISTORY column; NULL: none */
	int64_t now_us;                  /* monotonic, for history_get() */
};

/* One line of the details of a row. */
struct detail {
	const char *label;    /* at most eight characters; "": this one is the title line, `session {pid}  {state}` */
	const char *format;   /* text with {column} for a cell's value; a part in [ ] is left out when all its cells are null */
};

struct collector {
	const char *name;        /* JSON: `slow_queries` */
	const char *title;       /* on the title line: `queries` */
	const char *tab;         /* in the pane bar: short */
	const char *help;        /* one line */
	int number;              /* fixed number of the pane, 1..9 */
	int interval_s;          /* 0: every tick */
	const struct part *parts;
	size_t nparts;
	const struct column *columns;
	size_t ncolumns;
	const struct detail *details;   /* NULL: every column with its title */
	size_t ndetails;
	const char *minor_text;  /* what `a` shows: `idle and background`; NULL: nothing is minor */
	const char *empty_text;  /* the sentence for no rows: `No session waits for a lock.` */
	const char *hidden_remedy;   /* the line that opens hidden rows, %s is the role */
	bool tree;               /* `depth` nests the rows; the first name column is drawn with its branches */

	/* Completes the rows of `now`: rates against `before` (NULL on the first sample), signs, order. Every table passes it once. */
	void (*derive)(const struct context *ctx, const struct table *before, struct table *now);

	/* Says for each of `checks` how it ended. */
	const char *const *checks;   /* NULL-terminated */
	void (*judge)(const struct context *ctx, const struct table *now, struct outcomes *out);

	/* Appends what the title line says of the rows, `2 roots, 25 waiting`; NULL: only how many of how many. */
	void (*summary)(const struct table *now, struct strbuf *out);
};

/* registry.c: all collectors, in the order of their panes. */
extern const struct collector *const collectors[];
extern const size_t ncollectors;

/* The collector with this name, title or tab, or NULL. */
const struct collector *collector_find(const char *name);

/* Whether the part fits a server with these facts. */
bool part_fits(const struct part *p, const struct facts *f);

#endif

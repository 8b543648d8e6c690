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
 *     not known yet; known answers are kept for a minute, or, with `unknown_only`, as long as there are rows for them. Until then, and while the look-up cannot be had, the cells are
 *     CELL_PENDING; derive() puts a number in their place where it can.
 *  4. row() completes each row by itself, derive() the table; both compute rates, signs, order. judge() concludes.
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
#include "collectors/base/remember.h"
#include "collectors/base/sample.h"
#include "collectors/base/strbuf.h"
#include "collectors/base/table.h"
#include "collectors/base/text.h"
#include "collectors/base/units.h"

enum part_kind { PART_ROWS, PART_LOOKUP };

enum part_on { ON_PRIMARY = 1, ON_STANDBY = 2, ON_BOTH = 3 };

/* What stands in a part's statement for the schema of its extension. */
#define PART_SCHEMA "{schema}"

struct part {
	const char *name;
	enum part_kind kind;
	int min_version;        /* as server_version_num: 140000; 0: none */
	int max_version;        /* the last that fits: 139999; 0: none */
	unsigned on;            /* 0 reads as ON_BOTH */
	const char *extension;  /* must be installed; NULL: none. `{schema}` in the statement is its schema, quoted */
	int min_extension;      /* its version, 1.10 as 110; 0: any */
	int max_extension;      /* the last that fits; 0: none */
	const char *needs;      /* the right or setting it needs for all of its answer, in words; NULL: none */
	const char *remedy;     /* the line that opens it, %s is the role; NULL: none */
	const char *fills;      /* columns (in `stats`: figures) that are lost without it, separated by blanks; NULL: all */
	const char *join;       /* PART_LOOKUP: the column both sides have */
	bool unknown_only;      /* PART_LOOKUP: $1 in the statement, a text[], are the `join` values not known yet; asked every retry_unknown_texts_s at most */
	const char *sql;        /* one statement without other parameters and without `;` */
};

struct context {
	const struct facts *facts;
	const struct limits *limits;
	const struct history *history;   /* of this collector's COLUMN_HISTORY column; NULL: none */
	const struct sample *before;     /* what rates are against; NULL: this is the first sample, or nothing before it may be held against it */
	const struct sample *window;     /* of a `windowed` collector: the start of the chosen window, or the oldest there is; NULL: WINDOW_ALL, or none yet */
	enum window chosen;
	struct memory *memory;           /* of this collector: what it kept from earlier looks, also of earlier runs of the program. NULL: it keeps nothing, or the server has no name yet */
	int64_t now_us;                  /* monotonic, for history_get() */
};

/* One line of the details of a row. */
struct detail {
	const char *label;    /* at most eight characters; "": this one is the title line, `session {pid}  {state}` */
	const char *format;   /* text with {column} for a cell's value; a part in [ ] is left out when all its cells are null */
};

/*
 * What is asked only for the row in hand, on a connection of its own: what would wait for locks of users, or costs too much for all rows.
 * One row is answered.
 */
struct demand {
	const char *by;                 /* the column whose value is $1, as text */
	const char *when;               /* asked only for rows that have a value in this column; NULL: for all */
	const struct part *parts;       /* PART_ROWS, one statement in several versions */
	size_t nparts;
	const struct column *columns;   /* of the answer: details name them like the others, {definition}, before the row's own of that name; its COLUMN_LINES column is the row's statement */
	size_t ncolumns;
	const char *locks[2];           /* what it has to lock, of the row's cells: `{schema}.{table}`; for the sentence when it waited in vain. NULL: no more */
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
	const char *brief;       /* the row in a sentence, as a detail's format, where a preview has few lines; NULL: its details */
	const char *outlook;     /* the column that says what follows from the row, below its statement; NULL: none */
	const struct demand *demand;    /* NULL: nothing is asked for one row only */
	const struct column *memory;    /* what it keeps between runs of the program (remember.h); NULL: nothing */
	size_t nmemory;
	bool windowed;           /* `s` chooses what its rates are over; row() and derive() then pass the same table again and write the same cells anew */
	const char *minor_text;  /* what `a` shows: `idle and background`; NULL: nothing is minor */
	const char *empty_text;  /* the sentence for no rows: `No session waits for a lock.` */
	const char *hidden_remedy;   /* the line that opens hidden rows, %s is the role */
	bool tree;               /* `depth` nests the rows; the first name column is drawn with its branches */

	/* Completes one row; may be NULL. Called for every row before derive(), in slices of time: what can be done row by row is done here. */
	void (*row)(const struct context *ctx, struct table *now, size_t row);

	/*
	 * Completes the table: what needs all rows, and the order, in which the pane shows them until a person chooses another. With thousands of
	 * rows it must still be done within 4 ms.
	 */
	void (*derive)(const struct context *ctx, struct table *now);

	/* Says for each of `checks` how it ended. */
	const char *const *checks;   /* NULL-terminated */
	void (*judge)(const struct context *ctx, const struct table *now, struct outcomes *out);

	/*
	 * Appends what the title line says of the rows, `2 roots, 25 waiting`; NULL: only how many of how many. Of a `windowed` collector what
	 * stands behind `; ` is of keys, and left out of reports.
	 */
	void (*summary)(const struct table *now, struct strbuf *out);

	/* Appends the sentence below the rows, `Counted since 10 Oct 01:12`; now_us: for units_clock(). NULL: none. */
	void (*footer)(const struct table *now, int64_t now_us, struct strbuf *out);

	/*
	 * Why a server with these facts does not give it, the lines that open it (a statement from the first column on; a line that begins with a blank goes on with the one above, one with
	 * `  -- ` explains it), and what follows for `checks`. sqlstate: with which the first part was refused; "": no part fits. Gives false where the words of the part
	 * and of the server do; NULL: they always do.
	 */
	bool (*unavailable)(const struct facts *f, const char *sqlstate, struct strbuf *reason, struct strbuf *remedy, struct outcomes *out);
};

/* registry.c: all collectors, in the order of their panes. */
extern const struct collector *const collectors[];
extern const size_t ncollectors;

/* The collector with this name, title or tab, or NULL. */
const struct collector *collector_find(const char *name);

/* Whether the part fits a server with these facts. */
bool part_fits(const struct part *p, const struct facts *f);

#endif

/*
 * Typed rows: what a collector brings home, and what every pane, report and test reads.
 *
 * A table is one block of cells and one block of text; freeing it frees both. Its columns are
 * const and belong to the collector. Text in it is clean (text.h). A cell that holds no value
 * says why, so that an empty cell is never good news by accident:
 *
 *   CELL_NULL     does not apply                       `-`   null
 *   CELL_UNKNOWN  the role may not see it, or nobody knows    `?`   null
 *   CELL_PENDING  not yet: one sample, or a counter reset     `…`   null
 *
 * Some column names mean the same in every collector that has them (all COLUMN_INTERNAL):
 *
 *   sign    int, enum sign: the one cell at the left edge of the row
 *   minor   bool: idle, background: left out of the pane until `a`; never left out of a report
 *   hidden  bool: the role may not see the rest of this row; counted
 *   depth   int: nesting, for a pane that is a tree
 */
#ifndef PGTOP_TABLE_H
#define PGTOP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strbuf.h"
#include "units.h"

enum column_type {
	TYPE_TEXT,
	TYPE_INT,
	TYPE_FLOAT,
	TYPE_BOOL,
	TYPE_TIME,   /* microseconds since 1970-01-01 UTC */
	TYPE_LIST,   /* of texts; SQL gives them joined by LIST_SEPARATOR */
};

/* What stands between the members of a list in SQL results and in the text block: chr(31). */
#define LIST_SEPARATOR '\x1f'

enum column_flags {
	COLUMN_KEY = 1 << 0,        /* part of the row's key */
	COLUMN_RATE = 1 << 1,       /* a number that is kept of earlier samples (sample.h) */
	COLUMN_ESTIMATE = 1 << 2,   /* the whole column is estimated */
	COLUMN_LINES = 1 << 3,      /* keeps its line feeds; cut at the end: a query */
	COLUMN_REST = 1 << 4,       /* takes the width that is left; one a collector */
	COLUMN_SCREEN = 1 << 5,     /* for people: on the screen and in text reports, not in JSON or CSV */
	COLUMN_DATA = 1 << 6,       /* for programs: in JSON, CSV and details, no column on the screen */
	COLUMN_INTERNAL = 1 << 7,   /* for derive() and judge() only */
	COLUMN_NAME = 1 << 8,       /* a name: cut in the middle */
	COLUMN_PID_LIST = 1 << 9,   /* members of the list are pids: numbers in JSON, cut between them; 0, a prepared transaction, has a word on the screen */
	COLUMN_RIGHT = 1 << 10,     /* text that is right-aligned: a formatted figure; sorted by the column before it where that is a number */
	COLUMN_SORT = 1 << 11,      /* the pane is sorted by it at the start */
	COLUMN_UP = 1 << 12,        /* ... and smallest first */
	COLUMN_HISTORY = 1 << 13,   /* the server keeps ten minutes of it by row key (history.h) */
	COLUMN_CACHED = 1 << 14,    /* filled by a PART_LOOKUP (collector.h) */
	COLUMN_WAIT = 1 << 15,      /* what a waiting row (SIGN_WAITS) waits for: drawn in that colour */
	COLUMN_IDENTITY = 1 << 16,  /* by these samples know a row, instead of by its key; where names that are looked up belong to the key: they may change */
};

struct column {
	const char *name;     /* in JSON, CSV, filters: snake_case, never renamed */
	const char *title;    /* on the screen, with its unit; NULL: the name */
	const char *help;     /* one line for the manual */
	enum column_type type;
	enum unit unit;
	unsigned flags;
	int width;            /* cells on the screen; 0: as the unit says */
	int priority;         /* 1: always on the screen; larger numbers give way first; 0: never a column of its own */
};

enum sign {
	SIGN_NONE,
	SIGN_CRITICAL,
	SIGN_WARNING,
	SIGN_NOTE,
	SIGN_ROOT,       /* others wait for it, it waits for nobody */
	SIGN_WAITS,      /* waits for a lock */
	SIGN_HIDDEN,     /* the role may not see it */
	SIGN_GONE,
};

enum cell_kind {
	CELL_NULL,
	CELL_UNKNOWN,
	CELL_PENDING,
	CELL_INT,        /* also TYPE_TIME */
	CELL_FLOAT,
	CELL_BOOL,
	CELL_TEXT,       /* also TYPE_LIST */
};

struct cell {
	union {
		int64_t i;   /* CELL_INT, CELL_BOOL */
		double f;    /* CELL_FLOAT */
		struct {
			uint32_t at, len;   /* in the text block, NUL-terminated */
		} text;
	};
	enum cell_kind kind;
};

struct table {
	const struct column *columns;   /* borrowed */
	size_t ncolumns;
	size_t nrows;
	int64_t taken_us;   /* server's clock, epoch, when the rows were read */
	int64_t took_us;    /* on the server and the way, summed over the statements */

	struct cell *cells; /* nrows * ncolumns; owned. Where a row's are, table_cell() knows */
	char *text;         /* owned */
	size_t rows_size, text_len, text_size;
	uint32_t *places;   /* after table_reorder(): at which place among the cells a row stands; else NULL; owned */
};

struct table *table_new(const struct column *columns, size_t ncolumns);
void table_free(struct table *t);
struct table *table_copy(const struct table *t);

/*
 * Adds a row whose cells are all CELL_NULL and gives its number. Invalidates pointers into the
 * table.
 */
size_t table_add_row(struct table *t);

/* The column's index, or -1. */
int table_column(const struct table *t, const char *name);

/* The row's cells stand in a line: column + 1 is the one behind it. */
struct cell *table_cell(const struct table *t, size_t row, size_t column);

void table_set_int(struct table *t, size_t row, size_t column, int64_t value);   /* also times */
void table_set_float(struct table *t, size_t row, size_t column, double value);  /* not finite: CELL_UNKNOWN */
void table_set_bool(struct table *t, size_t row, size_t column, bool value);
void table_set_text(struct table *t, size_t row, size_t column, const char *clean, size_t len);   /* copied */
void table_set_string(struct table *t, size_t row, size_t column, const char *clean);
void table_set_none(struct table *t, size_t row, size_t column, enum cell_kind why);

/* Reading. A cell without a value gives 0, 0.0, false, "". */
bool table_has(const struct table *t, size_t row, size_t column);
int64_t table_int(const struct table *t, size_t row, size_t column);
double table_number(const struct table *t, size_t row, size_t column);   /* int, float or bool */
bool table_bool(const struct table *t, size_t row, size_t column);
const char *table_text(const struct table *t, size_t row, size_t column);   /* borrowed until the table changes */

/*
 * The members of a list: calls with *at = 0 first; gives the next member's start and its length,
 * NULL at the end.
 */
const char *table_list_next(const struct table *t, size_t row, size_t column, size_t *at, size_t *len);

/* Puts the rows in the order given, in which each stands once: order[i] is the old number of the row that becomes row i. */
void table_reorder(struct table *t, const size_t *order);

/* Drops the rows for which drop[row] is true, keeping the order of the rest. */
void table_drop_rows(struct table *t, const bool *drop);

/* Appends the rows of `from`, which has the same columns. */
void table_append(struct table *t, const struct table *from);

/*
 * The row's key: its KEY columns as text, joined by LIST_SEPARATOR (a cell without a value is the
 * empty text); a new string, owned by the caller. Two rows are the same thing if and only if
 * their keys are equal.
 */
char *table_key(const struct table *t, size_t row);

/* A hash of the row's cells in the columns with one of these flags: of COLUMN_KEY two rows with different keys have different ones, but for once in 2^64. */
uint64_t table_hash(const struct table *t, size_t row, unsigned flags);

/* The row with this key, or -1. */
long table_find_key(const struct table *t, const char *key);

/*
 * The cell as a person reads it, appended to out: by unit for numbers, as it is for text (lists
 * joined by ", ", a prepared transaction among pids as `prepared`), `-`, `?`, `…` for none. `ellipsis` is "…" or "..." for CELL_PENDING. `text`
 * chooses units_text() over units_cell().
 */
void table_format(const struct table *t, size_t row, size_t column, bool text, const char *ellipsis,
                  int64_t now_us, struct strbuf *out);

/*
 * Compares two cells of one column for sorting: cells without a value come last whichever way is
 * sorted.
 */
int table_compare(const struct table *t, size_t a, size_t b, size_t column, bool down);

#endif

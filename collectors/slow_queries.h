/*
 * Statements: what pg_stat_statements counts, since its reset and in the chosen window. A figure of the window is never negative and never more
 * than happened: what began to be counted inside the window counts whole, and what may have been counted before it is not yet known.
 */
#ifndef PGTOP_SLOW_QUERIES_H
#define PGTOP_SLOW_QUERIES_H

#include "collectors/collector.h"

enum slow_queries_column {
	SLOW_QUERIES_SIGN,
	SLOW_QUERIES_QUERYID,
	SLOW_QUERIES_NOW,                 /* the same as interval_share, as the screen calls it */
	SLOW_QUERIES_ALL,                 /* likewise share */
	SLOW_QUERIES_CALLS_PER_S,
	SLOW_QUERIES_MEAN_MS,
	SLOW_QUERIES_ROWS_PER_CALL,
	SLOW_QUERIES_TEMP_MB,
	SLOW_QUERIES_TOTAL,
	SLOW_QUERIES_CACHE,
	SLOW_QUERIES_WAL_MB,
	SLOW_QUERIES_DATABASE,
	SLOW_QUERIES_USER,
	SLOW_QUERIES_TOPLEVEL,
	SLOW_QUERIES_CALLS,
	SLOW_QUERIES_TOTAL_S,
	SLOW_QUERIES_MEAN_S,
	SLOW_QUERIES_PLAN_MS,
	SLOW_QUERIES_MAX_S,
	SLOW_QUERIES_STDDEV_S,
	SLOW_QUERIES_PLAN_S,
	SLOW_QUERIES_ROWS,
	SLOW_QUERIES_SHARE,
	SLOW_QUERIES_HIT_RATIO,
	SLOW_QUERIES_TEMP_BYTES,
	SLOW_QUERIES_WAL_BYTES,
	SLOW_QUERIES_INTERVAL_CALLS,
	SLOW_QUERIES_INTERVAL_TOTAL_S,
	SLOW_QUERIES_INTERVAL_SHARE,
	SLOW_QUERIES_SINCE,
	SLOW_QUERIES_OWN,
	SLOW_QUERIES_QUERY,
	SLOW_QUERIES_ENTRY,               /* internal from here on: queryid, database, user and toplevel in one number */
	SLOW_QUERIES_USERID,
	SLOW_QUERIES_DBID,
	SLOW_QUERIES_NTH,                 /* keeps the keys of hidden rows apart */
	SLOW_QUERIES_TOTAL_NS,
	SLOW_QUERIES_MAX_NS,
	SLOW_QUERIES_STDDEV_NS,
	SLOW_QUERIES_PLAN_NS,
	SLOW_QUERIES_HIT,
	SLOW_QUERIES_READ,
	SLOW_QUERIES_TEMP,
	SLOW_QUERIES_CUT,                 /* the text is longer than what is kept of it */
	SLOW_QUERIES_ENTRY_SINCE,
	SLOW_QUERIES_RESET,
	SLOW_QUERIES_EVICTIONS,
	SLOW_QUERIES_BLOCK_SIZE,
	SLOW_QUERIES_HIDDEN_ROWS,         /* of the whole table, in each row: what a sample must know beside the rows */
	SLOW_QUERIES_HIDDEN_NS,
	SLOW_QUERIES_FOUND,               /* its row in the window's first sample, plus one */
	SLOW_QUERIES_WINDOW,              /* of the first row only, for the title line and the footer */
	SLOW_QUERIES_WINDOW_S,
	SLOW_QUERIES_ALL_S,
	SLOW_QUERIES_EVICTED,
	SLOW_QUERIES_MINOR,
	SLOW_QUERIES_HIDDEN,
	SLOW_QUERIES_COLUMNS
};

/* Characters of a statement's text that are asked for and kept. */
#define STATEMENT_SHOWN "2000"

/* ... and of the row in hand alone. */
#define STATEMENT_WHOLE "1000000"

extern const struct collector slow_queries_collector;

/* slow_queries_row.c */
void slow_queries_row(const struct context *ctx, struct table *now, size_t row);

/* Whether the row only says what holds for all: one stands at the end until derive() has handed that to each. */
bool slow_queries_is_whole(const struct table *t, size_t row);

/* Lengths in seconds; 0: not known, or there is none. */
double slow_queries_elapsed_s(int64_t from_us, int64_t to_us);
double slow_queries_all_s(const struct table *now);   /* since the reset */
double slow_queries_window_s(const struct context *ctx, const struct table *now);

/* The same, or 0 where it is too short to judge by: then it is all since the reset. */
double slow_queries_judged_s(const struct context *ctx, const struct table *now);

/*
 * Whether all were reset so shortly before a table was read, or after it, that its figures may be those of before: what holds for all is asked
 * behind them. took_us: how long that took, 0 where nobody knows any more.
 */
bool slow_queries_is_doubtful(int64_t reset_us, int64_t taken_us, int64_t took_us);

/* Whether both have a value, and not the same. */
bool slow_queries_differ(const struct table *t, size_t row, const struct sample *s, long was, size_t column);

void slow_queries_set_window(struct table *t, size_t row, enum cell_kind why);
void slow_queries_set_ratio(struct table *t, size_t row, size_t column, double part, double of);

/* slow_queries_whole.c */
void slow_queries_derive(const struct context *ctx, struct table *now);

/* slow_queries_sql.c */
enum { SLOW_QUERIES_PARTS = 8 };
extern const struct part slow_queries_parts[SLOW_QUERIES_PARTS];
extern const struct demand slow_queries_demand;

/* slow_queries_columns.c */
extern const struct column slow_queries_columns[SLOW_QUERIES_COLUMNS];

/* slow_queries_judge.c */
void slow_queries_judge(const struct context *ctx, const struct table *now, struct outcomes *out);

/* slow_queries_missing.c */
bool slow_queries_unavailable(const struct facts *f, const char *sqlstate, struct strbuf *reason, struct strbuf *remedy,
			      struct outcomes *out);

#endif

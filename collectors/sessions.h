/*
 * What activity, locks and stats have in common: the words for a session, for its locks, and the
 * statements that end it.
 *
 * Lock modes are read both as the server spells them (`RowExclusiveLock`) and short
 * (`RowExclusive`), and are always written short. Statements name a session by pid and
 * backend_start, never by pid alone: pids are used again.
 */
#ifndef PGTOP_SESSIONS_H
#define PGTOP_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/base/facts.h"
#include "collectors/base/strbuf.h"
#include "collectors/base/table.h"

/*
 * `idle in transaction` as `idle tx`, its aborted form as `aborted`: at most seven cells for every
 * state there is. Else the state itself.
 */
const char *session_state_short(const char *state);

/* Appends the mode without its `Lock`. */
void lock_mode_add(struct strbuf *out, const char *mode, size_t len);

/*
 * Whether a lock held in one mode keeps the other from being granted (the manual's table 13.2).
 * Unknown modes conflict.
 */
bool lock_modes_conflict(const char *held, size_t held_len, const char *wanted, size_t wanted_len);

/* 1 (AccessShare) to 8 (AccessExclusive); 0: no mode of a table. */
int lock_mode_strength(const char *mode, size_t len);

/* A set of pids; zero-initialised it is empty. Lists of those who block can be long: nothing may search them from their start. */
struct pid_set {
	int64_t *slots;    /* pid + 1; 0: free */
	size_t size, n;    /* a power of two, at most half full; 0: none yet */
};

/* Gives false if it was there, or is none. */
bool pid_set_add(struct pid_set *s, int64_t pid);
bool pid_set_has(const struct pid_set *s, int64_t pid);
void pid_set_clear(struct pid_set *s);

/* Rows by pid: a queue of a thousand names sixty thousand. */
struct pid_rows {
	struct pid_place {
		int64_t pid;
		long row;   /* + 1; 0: free */
	} *slots;
	size_t size;        /* a power of two, at most half full */
};

struct pid_rows pid_rows_of(const struct table *t, size_t pid_column);
long pid_rows_find(const struct pid_rows *r, int64_t pid);   /* -1: it has no row */
void pid_rows_clear(struct pid_rows *r);

/*
 * The pids of a list cell without repetition; a new array owned by the caller, NULL when there are
 * none.
 */
int64_t *session_pids(const struct table *t, size_t row, size_t column, size_t *n);

/* Writes pids into a list cell; none are an empty list. */
void session_set_pids(struct table *t, size_t row, size_t column, const int64_t *pids, size_t n);

/*
 * The statements, new strings owned by the caller. NULL when the start is not known (0), or when a
 * name came in with characters that cannot be written back. query_start_us 0: whatever it runs.
 */
char *session_terminate_sql(int64_t pid, int64_t start_us);
char *session_cancel_sql(int64_t pid, int64_t start_us, int64_t query_start_us);
char *prepared_rollback_sql(const char *gid);

/*
 * Appends what a statement that changes the schema does, and to what: `ALTER TABLE orders`. Gives
 * false, and appends nothing, for any other statement.
 */
bool statement_name(struct strbuf *out, const char *query);

/* Where a table of sessions has what is told of one, and where that goes. */
struct session_columns {
	size_t hidden, state, wait_event_type, wait_event, blocked_by, transaction_s, state_s, backend_start, taken, query, query_bytes, query_size;
	size_t does, since, connection_s, ended_s, veiled;
};

/* The sentence about a session, as the `brief` of a collector with these columns; ends without a full stop. */
#define SESSION_BRIEF \
	"[, since {since}][ (connection {connection_s})][, {veiled}][; last statement ended {ended_s} ago][; xid {xid}]"

/*
 * Fills what it does: `active, waits for Lock:relation`, `idle in transaction`. What an idle one waits for is its client, which is not said;
 * that somebody blocks it is said also where the server does not name the event, or hides it.
 */
void session_does(struct table *t, size_t row, const struct session_columns *at);

/* Fills since when its transaction is, how old its connection, how long ago an idle one's statement ended, and that this is hidden. */
void session_times(struct table *t, size_t row, const struct session_columns *at);

/* `312 B, whole`: how long its statement is, and how much of it there is; a new string, NULL: it has none. */
char *session_text_size(const struct table *t, size_t row, const struct session_columns *at);

/* What shows other roles' sessions, in words and as a line to copy; %s is the role. */
#define READ_ALL_STATS_NEEDS "pg_read_all_stats, for other roles' sessions"
#define READ_ALL_STATS_REMEDY "GRANT pg_read_all_stats TO %s;"

/* The line for our role, in words where its name cannot be written; a new string owned by the caller. */
char *stats_grant(const struct facts *facts);

/* When the row was read, on the server's clock: its column `taken`, else the table's time. */
int64_t row_taken_us(const struct table *t, size_t row, size_t taken_column);

/* An age as in sentences: `14m07s`. Appended. */
void add_age(struct strbuf *out, double seconds);

#endif

/*
 * Who waits for whom: the tree of locks, roots first, each waiter once below its first blocker.
 * Edges come from pg_blocking_pids() alone; pg_locks tells only what is wanted and what is held.
 *
 * locks.c has the columns and what stands in them; locks_words.c what is told of one row; locks_sql.c the statements; locks_tree.c the
 * tree; locks_judge.c what it means.
 */
#ifndef PGTOP_LOCKS_H
#define PGTOP_LOCKS_H

#include "collectors/collector.h"

enum locks_column {
	LOCKS_SIGN,
	LOCKS_PID,
	LOCKS_GID,
	LOCKS_SESSION,
	LOCKS_WHAT,
	LOCKS_ROOT_PID,
	LOCKS_DEPTH,
	LOCKS_BLOCKED_BY,
	LOCKS_WAITERS,
	LOCKS_LOCK_MODE,
	LOCKS_MODE,
	LOCKS_GRANTED_MODES,
	LOCKS_LOCK_TYPE,
	LOCKS_OBJECT,
	LOCKS_WAIT_S,
	LOCKS_FOR,
	LOCKS_BEHIND,
	LOCKS_STATE,
	LOCKS_TRANSACTION_S,
	LOCKS_USER,
	LOCKS_APPLICATION,
	LOCKS_DATABASE,
	LOCKS_QUERY,
	LOCKS_DOING,
	LOCKS_BACKEND_START,
	LOCKS_QUERY_START,
	LOCKS_QUERY_S,
	LOCKS_LEADER_PID,
	LOCKS_WANTED,            /* the very object it waits for, as a key */
	LOCKS_FOCUS,             /* what is named for it: the relation where there is one, else the same */
	LOCKS_HELD,              /* objects others wait for, each with a mode it holds: `KEY MODE` */
	LOCKS_RELATION_KEY,
	LOCKS_RELATION,
	LOCKS_RELATION_DATABASE,
	LOCKS_RELATION_NAME,
	LOCKS_RELATION_SHORT,
	LOCKS_OTHER_OBJECT,
	LOCKS_OBJECT_SHORT,
	LOCKS_WHO,
	LOCKS_CLIENT,
	LOCKS_WAIT_EVENT_TYPE,
	LOCKS_WAIT_EVENT,
	LOCKS_STATE_S,
	LOCKS_XID,
	LOCKS_QUERY_ID,
	LOCKS_QUERY_BYTES,
	LOCKS_QUERY_SIZE,
	LOCKS_LOCKS,             /* how many it holds, its own transaction's apart */
	LOCKS_TITLE,
	LOCKS_PLACE,
	LOCKS_WANTS,
	LOCKS_HOLDS,
	LOCKS_QUERY_TEXT,
	LOCKS_DOES,
	LOCKS_SINCE,
	LOCKS_CONNECTION_S,
	LOCKS_ENDED_S,
	LOCKS_VEILED,
	LOCKS_OUTLOOK,
	LOCKS_TAKEN,
	LOCKS_MINOR,
	LOCKS_HIDDEN,
	LOCKS_COLUMNS
};

extern const struct collector locks_collector;

/* The key of a row, a new string owned by the caller. gid NULL: a session. */
char *locks_key(int64_t pid, const char *gid);

/* locks_sql.c */
enum { LOCKS_PARTS = 3 };
extern const struct part locks_parts[LOCKS_PARTS];

/* Whether the row waits for somebody. */
bool locks_waits(const struct table *t, size_t row);

/*
 * locks_tree.c: folds parallel workers into their leaders, puts the rows in tree order, and fills
 * depth, root_pid, waiters.
 */
void locks_tree(struct table *t);

/*
 * Appends the modes the row holds on the object, short, weakest first, joined by LIST_SEPARATOR.
 * Gives the strongest; 0: none.
 */
int locks_held_modes(const struct table *t, size_t row, const char *object, struct strbuf *out);

/* locks_words.c: what the details of a row and its preview say, once the tree stands and all is named. */
void locks_words(struct table *t);

/* locks_judge.c */
void locks_judge(const struct context *ctx, const struct table *now, struct outcomes *out);
void locks_summary(const struct table *now, struct strbuf *out);

#endif

/*
 * The thresholds: one table, settable in config.json under "limits", printed in the manual.
 *
 * A limit has one value, or two: from the first on a finding is a warning, from the second on
 * critical.
 */
#ifndef PGTOP_LIMITS_H
#define PGTOP_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * id name values whole defaults lowest highest what it means; whole: a count, of which there are no halves
 */
#define LIMITS(X) \
	X(LOCK_TIMEOUT,            "lock_timeout_s",           1, false, 0.1, 0,               0.001, 60, \
	  "how long a statement of ours waits for a lock") \
	X(STATEMENT_TIMEOUT,       "statement_timeout_s",      1, false, 1, 0,                 0.01, 600, \
	  "how long a statement of ours runs; five times as long for collectors asked less often than every 10 s") \
	X(BUDGET_SHARE,            "budget_share",             1, false, 0.01, 0,              0.0001, 1, \
	  "share of its interval that a collector may cost; over it the interval doubles until it fits") \
	X(NO_ANSWER,               "no_answer_s",              1, false, 3, 0,                 0.5, 3600, \
	  "after this long, or two intervals if that is longer, the header says NO ANSWER") \
	X(RECONNECT_MAX,           "reconnect_max_s",          1, false, 5, 0,                 0.1, 3600, \
	  "longest pause between attempts to connect, or the interval if that is longer") \
	X(CONNECTIONS_SHARE,       "connections_share",        2, false, 0.8, 0.95,            0, 1, \
	  "connections used, of those not reserved") \
	X(CONNECTIONS_FULL,        "connections_full_s",       1, false, 300, 0,               0, 86400, \
	  "critical when they would be full within this time at the present rate") \
	X(LOCK_WAIT,               "lock_wait_s",              2, false, 1, 10,                0, 86400, \
	  "longest wait for a lock behind one root") \
	X(LOCK_QUEUE,              "lock_queue",               1, true,  3, 0,                 1, 100000, \
	  "sessions behind one root that make it critical, however long they wait") \
	X(IDLE_IN_TRANSACTION,     "idle_in_transaction_s",    2, false, 60, 300,              0, 864000, \
	  "a transaction that does nothing; critical too when it blocks somebody") \
	X(PREPARED_TRANSACTION,    "prepared_transaction_s",   2, false, 300, 3600,            0, 8640000, \
	  "a prepared transaction; critical too when it blocks somebody") \
	X(XMIN_AGE_TRANSACTIONS,   "xmin_age_transactions",    2, true,  10e6, 100e6,          0, 2147483648.0, \
	  "transactions since the oldest snapshot that vacuum must respect") \
	X(XMIN_AGE,                "xmin_age_s",               2, false, 1800, 21600,          0, 8640000, \
	  "age of that snapshot") \
	X(XID_AGE_SHARE,           "xid_age_share",            2, false, 0.25, 0.6,            0, 1, \
	  "oldest unfrozen transaction id, of 2^31") \
	X(REPLICATION_LAG_BYTES,   "replication_lag_bytes",    2, true,  16777216, 1073741824, 0, 1e15, \
	  "how far a standby is behind; counts only together with replication_lag_s") \
	X(REPLICATION_LAG,         "replication_lag_s",        2, false, 10, 60,               0, 8640000, \
	  "how long a standby is behind; counts only together with replication_lag_bytes") \
	X(YOUNG_STATISTICS,        "young_statistics_d",       1, false, 7, 0,                 0, 3650, \
	  "counters younger than so many days are no proof that an index is not needed: a warning beside the verdict") \
	X(SAMPLE_MINUTES,          "sample_minutes",           1, true,  16, 0,                2, 120, \
	  "how many minutes of samples are kept for the statistics window") \
	X(RETRY_UNKNOWN_TEXTS,     "retry_unknown_texts_s",    1, false, 30, 0,                1, 3600, \
	  "how long to wait before the texts of new statements are asked for again: each time the server reads them all") \
	X(STATEMENT_SHARE,         "statement_share",          1, false, 0.25, 0,              0, 1, \
	  "one statement's share of all time in the statistics window") \
	X(STATEMENT_WORK,          "statement_work_s",         1, false, 1, 0,                 0, 60, \
	  "... if all statements together work so many seconds a minute") \
	X(UNUSED_INDEX_BYTES,      "unused_index_bytes",       1, true,  8388608, 0,           0, 1e15, \
	  "size of all unused indexes together") \
	X(MATVIEW_STALE,           "matview_stale_s",          1, false, 86400, 0,             0, 31536000, \
	  "age of a materialized view whose tables have changed")

enum limit_id {
#define X(id, ...) LIMIT_##id,
	LIMITS(X)
#undef X
	LIMIT_COUNT
};

struct limit {
	const char *name;
	int nvalues;              /* 1, or 2: warning and critical */
	bool whole;               /* a count: 1.5 is refused */
	double defaults[2];
	double lowest, highest;   /* what config.json may say */
	const char *help;
};

extern const struct limit limit_table[LIMIT_COUNT];

struct limits {
	double value[LIMIT_COUNT][2];
};

void limits_defaults(struct limits *l);

/* The limit of this name, or LIMIT_COUNT. */
enum limit_id limit_find(const char *name);

static inline double limit(const struct limits *l, enum limit_id id)
{
	return l->value[id][0];
}

static inline double limit_critical(const struct limits *l, enum limit_id id)
{
	return l->value[id][1];
}

#endif

/*
 * Sessions and background processes: who runs what, for how long, and who blocks whom. No row is
 * ever lost because its state is NULL.
 */
#ifndef PGTOP_ACTIVITY_H
#define PGTOP_ACTIVITY_H

#include "collectors/collector.h"

enum activity_column {
	ACTIVITY_SIGN,
	ACTIVITY_PID,
	ACTIVITY_BACKEND_START,
	ACTIVITY_DATABASE,
	ACTIVITY_USER,
	ACTIVITY_APPLICATION,
	ACTIVITY_CLIENT,
	ACTIVITY_BACKEND_TYPE,
	ACTIVITY_STATE,
	ACTIVITY_STATE_SHORT,
	ACTIVITY_WAIT_EVENT_TYPE,
	ACTIVITY_WAIT_EVENT,
	ACTIVITY_TRANSACTION_S,
	ACTIVITY_QUERY_S,
	ACTIVITY_STATE_S,
	ACTIVITY_FOR,
	ACTIVITY_WAITS_FOR,
	ACTIVITY_LEADER_PID,
	ACTIVITY_BLOCKED_BY,
	ACTIVITY_XMIN_AGE,
	ACTIVITY_QUERY_ID,
	ACTIVITY_OWN,
	ACTIVITY_QUERY,
	ACTIVITY_WANTS,
	ACTIVITY_MORE,
	ACTIVITY_BLOCKED,
	ACTIVITY_QUERY_SIZE,
	ACTIVITY_QUERY_BYTES,
	ACTIVITY_QUERY_TEXT,
	ACTIVITY_PREPARED,
	ACTIVITY_XID,
	ACTIVITY_DOES,
	ACTIVITY_SINCE,
	ACTIVITY_CONNECTION_S,
	ACTIVITY_ENDED_S,
	ACTIVITY_VEILED,
	ACTIVITY_TAKEN,
	ACTIVITY_MINOR,
	ACTIVITY_HIDDEN,
	ACTIVITY_COLUMNS
};

extern const struct collector activity_collector;

/* The key of a session's row, a new string owned by the caller. start_us 0: not known. */
char *activity_key(int64_t pid, int64_t start_us);

/* activity_judge.c */
void activity_judge(const struct context *ctx, const struct table *now, struct outcomes *out);

#endif

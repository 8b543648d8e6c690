/*
 * The server's figures, one a row: what the vitals and sparklines show. After derive() every figure
 * has its row, in the order of `enum figure`, known or not, so the row of a figure is its number.
 *
 * stats.c has the figures, the columns and the rates; stats_sql.c the statements; stats_judge.c
 * what the figures mean.
 */
#ifndef PGTOP_STATS_H
#define PGTOP_STATS_H

#include "collectors/collector.h"

enum stats_column {
	STATS_NAME,
	STATS_VALUE,
	STATS_SHOWN,
	STATS_UNIT,
	STATS_SCOPE,
	STATS_SINCE,
	STATS_HOLDER,
	STATS_COUNTER,
	STATS_COUNTER2,
	STATS_STARTED,
	STATS_TAKEN,
	STATS_CAUGHT_UP,        /* replication_lag of a standby: when it last had nothing left to replay */
	STATS_HIDDEN_SOURCES,   /* sessions the role cannot see that could change the figure */
	STATS_AGE_S,            /* oldest_xmin: age of its holder; replication_lag: of the standby in `note` */
	STATS_OTHER_VALUE,      /* what the figure is held against */
	STATS_NOTE,
	STATS_HOLDER_PID,
	STATS_HOLDER_START,
	STATS_HOLDER_GID,
	STATS_HOLDER_SLOT,      /* a slot nobody uses now */
	STATS_HIDDEN,           /* the role may not see what it is made of */
	STATS_COLUMNS
};

enum figure {
	FIGURE_CONNECTIONS_USED,
	FIGURE_CONNECTIONS_LIMIT,
	FIGURE_CONNECTIONS_RESERVED,
	FIGURE_SESSIONS_ACTIVE,
	FIGURE_SESSIONS_IDLE,
	FIGURE_SESSIONS_IDLE_IN_TRANSACTION,
	FIGURE_SESSIONS_WAITING_FOR_LOCK,
	FIGURE_SESSIONS_HIDDEN,
	FIGURE_TRANSACTIONS,
	FIGURE_COMMITS,
	FIGURE_ROLLBACKS,
	FIGURE_ROLLBACK_RATIO,
	FIGURE_ROWS_RETURNED,
	FIGURE_ROWS_WRITTEN,
	FIGURE_CACHE_HIT_RATIO,
	FIGURE_TEMP_BYTES,
	FIGURE_WAL_BYTES,
	FIGURE_DEADLOCKS,
	FIGURE_OLDEST_TRANSACTION,
	FIGURE_OLDEST_XMIN,
	FIGURE_XID_AGE,
	FIGURE_XID_AGE_LIMIT,
	FIGURE_MULTIXACT_AGE,
	FIGURE_REPLICATION_LAG_BYTES,
	FIGURE_REPLICATION_LAG,
	FIGURE_UPTIME,
	FIGURES
};

extern const struct collector stats_collector;

/* stats_sql.c */
enum { STATS_PARTS = 8 };
extern const struct part stats_parts[STATS_PARTS];

/* stats_judge.c */
void stats_judge(const struct context *ctx, const struct table *now, struct outcomes *out);

#endif

/*
 * Materialized views: how old their contents are, how that is known, what changed below them since, and whether they can be refreshed
 * while others read.
 *
 * PostgreSQL keeps no time of refresh. Every committed refresh rewrites the view's row in pg_class, so the row's xmin is a stamp of it
 * that any role can read; but GRANT, RENAME, CLUSTER and the like rewrite that row too. A time told by the stamp therefore is `at or before`:
 * the last refresh was then or earlier, and an age is a lower bound. What was seen at earlier looks is kept in a memory (remember.h):
 * matviews_look.c says what follows from it, matviews.c and matviews_words.c how it is shown, matviews_judge.c what is concluded.
 */
#ifndef PGTOP_MATVIEWS_H
#define PGTOP_MATVIEWS_H

#include "collectors/collector.h"

enum matviews_column {
	MATVIEWS_SIGN,
	MATVIEWS_MATVIEW,               /* first of the key: what a row is called by */
	MATVIEWS_SCHEMA,
	MATVIEWS_VIEW,                  /* for people: with its schema, where that is not `public` */
	MATVIEWS_AGE_S,
	MATVIEWS_AGE,                   /* for people: `≥9d04h` */
	MATVIEWS_SOURCE,                /* for people: `commit`, `seen` */
	MATVIEWS_STATE,
	MATVIEWS_REFRESHED_AT,
	MATVIEWS_REFRESHED_PRECISION,
	MATVIEWS_REFRESHED_SOURCE,
	MATVIEWS_CHANGES,
	MATVIEWS_CHANGES_SHOWN,         /* for people: `~1.24M` */
	MATVIEWS_TIME_DEPENDENT,
	MATVIEWS_CONCURRENTLY,
	MATVIEWS_CONC,                  /* for people: `yes`, `no` */
	MATVIEWS_WHY_NOT,
	MATVIEWS_BYTES,
	MATVIEWS_LAST_DURATION_S,
	MATVIEWS_TOOK,                  /* for people: in seconds, one decimal */
	MATVIEWS_BASE_TABLES,
	MATVIEWS_NOTE,                  /* for people: `stale`, `never filled` */
	/* what the server says; for derive() and judge() */
	MATVIEWS_OID,
	MATVIEWS_STAMP,                 /* oid/xmin: what look-ups are joined by */
	MATVIEWS_XMIN,
	MATVIEWS_XMIN_AGE,
	MATVIEWS_POPULATED,
	MATVIEWS_FILENODE,
	MATVIEWS_SHAPE,                 /* hash of what else than a refresh writes in the row of pg_class, and of how many views have its name */
	MATVIEWS_REFRESHING,            /* somebody holds it with a lock that a refresh takes; CLUSTER and LOCK TABLE take it too */
	MATVIEWS_OWN_WRITES,            /* rows ever written into the view itself, as counted */
	MATVIEWS_WRITES,                /* rows ever written into its base tables, as counted */
	MATVIEWS_FILES,                 /* hash of the base tables and their files */
	MATVIEWS_BASES,                 /* how many base tables */
	MATVIEWS_BASE_WRITES,           /* list: what was counted of each of base_tables */
	MATVIEWS_OPAQUE,                /* a source whose changes nobody counts: a foreign table, a function */
	MATVIEWS_EPOCH,                 /* since when the counters count */
	MATVIEWS_UNIQUE_INDEX,          /* it has one that serves CONCURRENTLY */
	MATVIEWS_NEAR_INDEX,            /* the best of its indexes that do not, and why */
	MATVIEWS_INVALID_INDEX,         /* one that would, were it valid */
	MATVIEWS_WORKED_ON,             /* somebody holds it with a lock as building an index takes; VACUUM and ANALYZE take it too */
	MATVIEWS_UNIQUE_ON,             /* a column that looks unique */
	MATVIEWS_OWNER,
	MATVIEWS_MAY_REFRESH,
	MATVIEWS_COMMIT_AT,
	MATVIEWS_CHECKPOINT_AT,
	MATVIEWS_REFRESH_CALLS,
	MATVIEWS_REFRESH_TOTAL_S,
	MATVIEWS_TAKEN,
	/* in words, for details */
	MATVIEWS_SOURCE_TEXT,
	MATVIEWS_CHANGES_TEXT,
	MATVIEWS_CHANGED_TABLES,        /* base tables with what was counted of each */
	MATVIEWS_REFRESH_TEXT,
	MATVIEWS_FIX_TEXT,
	MATVIEWS_FIX_SQL,               /* of that the statement; null: there is none */
	MATVIEWS_COLUMNS
};

/* What is kept of a view between runs: of its newest look, and of the last rewrite of its row that counts as a refresh. */
enum matviews_memory_column {
	MEMORY_OID,
	MEMORY_WHAT,            /* "look"; "refresh": one made by this program, whose time is exact */
	MEMORY_LOOKED,
	MEMORY_XMIN,
	MEMORY_FIRST_SEEN,      /* the first look at this xmin */
	MEMORY_SEEN_BEFORE,     /* the last look at another one; null: there was none */
	MEMORY_BOUND,           /* the earliest known checkpoint that is younger than this xmin */
	MEMORY_SHAPE,
	MEMORY_FILENODE,
	MEMORY_EPOCH,
	MEMORY_OWN_WRITES,
	MEMORY_CALM_WRITES,     /* base tables at the newest look at which no refresh was under way */
	MEMORY_CALM_FILES,
	MEMORY_BEFORE_WRITES,   /* ... at the last such look before the refresh */
	MEMORY_BEFORE_FILES,
	MEMORY_AFTER_WRITES,    /* ... at the first look after it */
	MEMORY_AFTER_FILES,
	MEMORY_DOUBT,           /* the row was rewritten since, once or more, by something that need not have been a refresh */
	MEMORY_DOUBT_OWN,       /* ... when the view's own counter stood at this, ... */
	MEMORY_DOUBT_BEFORE_WRITES,   /* ... and if it was one, this takes the place of before: of the first such rewrite */
	MEMORY_DOUBT_BEFORE_FILES,
	MEMORY_DOUBT_AFTER_WRITES,    /* ... and this of after: of the last one */
	MEMORY_DOUBT_AFTER_FILES,
	MEMORY_LOST,            /* counters may have begun anew since the refresh: changes before that are not counted */
	MEMORY_CARRIED,         /* changes after the refresh that had been counted by then */
	MEMORY_CALLS,           /* of REFRESH in pg_stat_statements, and how long they took */
	MEMORY_TOTAL_S,
	MEMORY_LAST_S,          /* how long the last one took, where that could be told */
	MEMORY_EXACT_XMIN,      /* "refresh": the stamp it left, ... */
	MEMORY_EXACT,           /* ... and when it was committed */
	MEMORY_COLUMNS
};

extern const struct collector matviews_collector;

/* matviews_sql.c */
enum { MATVIEWS_PARTS = 6 };
extern const struct part matviews_parts[MATVIEWS_PARTS];
extern const struct demand matviews_demand;

/* matviews_look.c */
extern const struct column matviews_memory_columns[MEMORY_COLUMNS];

/* What is known of one view's changes after a look. Numbers of rows; -1: not known. */
struct matviews_known {
	const char *state;
	int64_t at_least, at_most;
	bool rewritten;         /* a base table was truncated, rewritten, attached or detached: nobody counts what that changed, if anything */
	bool doubt;             /* its row was rewritten by what need not have been a refresh */
	bool before;            /* there was a look before the refresh: files were compared too, not counters alone */
	bool calm;              /* no change after the first look; of what came before it less is known */
};

/* Fills refreshed_at, _precision and _source, and takes what this look says into the memory. ctx->memory may be NULL. */
struct matviews_known matviews_look(const struct context *ctx, struct table *now, size_t row);

/* matviews_words.c */
/* The sentences of the details. */
void matviews_words(const struct context *ctx, struct table *now, size_t row, const struct matviews_known *known);

/* `orders`, `orders and users`, `5 tables`. */
void matviews_add_tables(const struct table *now, size_t row, struct strbuf *out);

/* matviews_judge.c */
/* Seconds since refreshed_at, which must be known. */
double matviews_age_s(const struct table *now, size_t row);

/* Its tables changed after the refresh, which is longer ago than the limit. */
bool matviews_is_stale(const struct context *ctx, const struct table *now, size_t row);

void matviews_judge(const struct context *ctx, const struct table *now, struct outcomes *out);

/* The statement that refreshes it, concurrently where that can be done; a new string, NULL where cleaning changed a name. */
char *matviews_refresh_sql(const struct table *now, size_t row);

/* The statement that would let it be refreshed concurrently; a new string, NULL where there is none that would probably work. */
char *matviews_index_sql(const struct table *now, size_t row);

#endif

/*
 * Indexes that cost more than they give: never scanned, twins, prefixes of others, invalid ones; and why those that look so must stay.
 *
 * Rows come from the server grouped by table (`table_oid`): row() decides for a whole group when it is called for its first row, because
 * which of two twins stays, and which of several indexes goes on supporting a foreign key, can be said of all of them only. Before them
 * stands a row without oid, with what holds for all: its `created` and `created_xid` are those of the database, its `since` is when that one's
 * counters were reset. derive() drops it.
 */
#ifndef PGTOP_UNUSED_INDEXES_H
#define PGTOP_UNUSED_INDEXES_H

#include "collectors/collector.h"

enum unused_indexes_column {
	UNUSED_INDEXES_SIGN,
	UNUSED_INDEXES_DO,              /* the verdict in four letters */
	UNUSED_INDEXES_INDEX,
	UNUSED_INDEXES_TABLE,
	UNUSED_INDEXES_BYTES,
	UNUSED_INDEXES_SCANS,
	UNUSED_INDEXES_LAST_SCAN,
	UNUSED_INDEXES_WRITES_PER_S,
	UNUSED_INDEXES_KEY_COLUMNS,     /* JSON: columns */
	UNUSED_INDEXES_REASON,
	UNUSED_INDEXES_SCHEMA,
	UNUSED_INDEXES_PROBLEM,
	UNUSED_INDEXES_VERDICT,
	UNUSED_INDEXES_PARTNER,
	UNUSED_INDEXES_SINCE,
	UNUSED_INDEXES_YOUNG,
	UNUSED_INDEXES_HOT_PREVENTED,
	UNUSED_INDEXES_METHOD,
	UNUSED_INDEXES_CONSTRAINT,
	UNUSED_INDEXES_OID,
	UNUSED_INDEXES_TABLE_OID,
	UNUSED_INDEXES_GUARDS,          /* enum index_guard, as bits */
	UNUSED_INDEXES_SHAPE,      /* what twins and prefixes are told by; null: no other index of the table begins with its first column */
	UNUSED_INDEXES_FOREIGN_KEYS,    /* oids of the foreign keys it supports */
	UNUSED_INDEXES_WRITES,
	UNUSED_INDEXES_COLD,            /* updates of its table that were not HOT */
	UNUSED_INDEXES_COUNTED,         /* since when the server counts */
	UNUSED_INDEXES_CREATED,         /* commit time of its catalog row */
	UNUSED_INDEXES_CREATED_XID,     /* and its transaction; row() puts its epoch to it */
	UNUSED_INDEXES_HORIZON,         /* every transaction before this one has ended */
	UNUSED_INDEXES_TOTAL,           /* user indexes in the database */
	UNUSED_INDEXES_NEXT_XID,        /* no transaction from here on had begun */
	UNUSED_INDEXES_GUARDED,         /* all guards in words */
	UNUSED_INDEXES_RULE,            /* by what `since` is known */
	UNUSED_INDEXES_OWNER,           /* the table whose TOAST it is of */
	UNUSED_INDEXES_FIX_SQL,
	UNUSED_INDEXES_COLUMNS
};

/* What an index is, or is in, that forbids dropping it, and its state: bits of UNUSED_INDEXES_GUARDS, as the SQL sums them up. */
enum index_guard {
	GUARD_PRIMARY = 1 << 0,
	GUARD_UNIQUE = 1 << 1,
	GUARD_EXCLUSION = 1 << 2,
	GUARD_CONSTRAINT = 1 << 3,      /* backs a primary key, unique or exclusion constraint */
	GUARD_REFERENCED = 1 << 4,      /* a foreign key refers to it */
	GUARD_REPLICA_IDENTITY = 1 << 5,
	GUARD_CLUSTERED = 1 << 6,
	GUARD_PARTITIONED = 1 << 7,     /* a parent */
	GUARD_PARTITION = 1 << 8,       /* a child */
	GUARD_EXPRESSION = 1 << 9,
	GUARD_EXTENSION = 1 << 10,
	GUARD_DEPENDED = 1 << 11,
	GUARD_HARD = (1 << 12) - 1,     /* all of these hold whatever the other indexes of the table are */
	STATE_WORKED_ON = 1 << 12,      /* somebody holds the lock on its table under which indexes are built and dropped */
	STATE_INVALID = 1 << 13,
	STATE_NOT_READY = 1 << 14,
	STATE_NOT_LIVE = 1 << 15,
	STATE_NOT_WHOLE = STATE_INVALID | STATE_NOT_READY | STATE_NOT_LIVE,
	STATE_UNCOUNTED = 1 << 16,      /* the server does not count scans */
	STATE_AGE_UNKNOWN = 1 << 17,    /* derived: nobody knows since when it is there */
	VERDICT_DROP = 1 << 19,         /* derived: the verdict; neither: keep */
	VERDICT_REPAIR = 1 << 20,
	GUARD_FOREIGN_KEY = 1 << 18,    /* derived: no other index would be left to support a foreign key */
	STATE_STANDBY = 1 << 21,        /* derived: what the primary scans, builds and drops is not known here */
	STATE_ALONE = 1 << 22,          /* of a foreign key of its table no other index begins with a column */
};

enum index_problem { PROBLEM_NONE, PROBLEM_UNUSED, PROBLEM_DUPLICATE, PROBLEM_REDUNDANT, PROBLEM_INVALID };

/* What is decided of one index of a table. */
struct index_fate {
	size_t row;
	enum index_problem problem;   /* PROBLEM_NONE: it is as it should be */
	bool drop;
	bool last_supporter;          /* GUARD_FOREIGN_KEY */
	long partner;                 /* row of the index that makes it needless; -1: none */
};

/* What memory keeps: at a look at this time every transaction before this one had ended. An index made by one of those was there. */
enum mark_column { MARK_XID, MARK_FIRST_LOOKED, MARK_LOOKED, MARK_COLUMNS };

enum { MARKS_KEPT = 64 };

enum { UNUSED_INDEXES_PARTS = 5 };

extern const struct part unused_indexes_parts[UNUSED_INDEXES_PARTS];

extern const struct collector unused_indexes_collector;

/*
 * unused_indexes_twins.c: decides of the rows from `first` on that belong to the same table; fates are in the order of the rows, *n of
 * them, owned by the caller.
 */
struct index_fate *index_fates(const struct table *t, size_t first, size_t *n);

/* unused_indexes_words.c */
const char *index_problem_name(enum index_problem p);   /* as in JSON; NULL for PROBLEM_NONE */
void index_guards_add(struct strbuf *out, int64_t guards);   /* all of them in words */
const char *index_guard_brief(int64_t guards);           /* the strongest, in a few words; NULL: none holds */
/* How what is not whole is mended, while others go on: false where only a drop is left, or where neither is offered. */
bool index_can_be_rebuilt(const char *name, int64_t guards);
bool index_can_be_dropped(int64_t guards);
void index_repair_add(struct strbuf *out, const char *name, int64_t guards);

/* unused_indexes_since.c: sets since, young, by what rule they are known, and STATE_AGE_UNKNOWN. */
void index_set_since(const struct context *ctx, struct table *t, size_t row);
/* Adds this look to what is remembered. */
void index_remember(const struct context *ctx, int64_t horizon, int64_t taken_us);

/* unused_indexes_judge.c */
/* What drops or mends it; a new string, NULL where nothing is to be done or it cannot be written. */
char *index_fix_sql(const struct context *ctx, const struct table *t, size_t row);
void unused_indexes_judge(const struct context *ctx, const struct table *now, struct outcomes *out);

#endif

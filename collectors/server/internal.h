/*
 * What the files of this folder share of one monitored server. Nobody outside includes it.
 *
 *   link.c      sessions: attempts, back-off, the frozen server
 *   work.c      what is asked next on the session, and how one statement is sent and answered
 *   collect.c   the run of a collector: parts, rows, publishing
 *   lookup.c    columns that are looked up apart and kept
 *   copy.c      a value of the server into a typed cell
 *   missing.c   what could not be had, and what opens it
 *   facts.c     version, role, rights, extensions
 *   verdict.c   what all collectors and the link conclude together
 *   server.c    the face to the outside
 */
#ifndef PGTOP_SERVER_INTERNAL_H
#define PGTOP_SERVER_INTERNAL_H

#include <string.h>

#include "collectors/base/sql.h"
#include "conninfo.h"
#include "db.h"
#include "message.h"
#include "resolve.h"
#include "sched.h"
#include "server.h"
#include "session.h"

/* What is known of the answers to one PART_LOOKUP. */
struct lookup {
	struct table *known;          /* the newest answer; NULL: none yet */
	struct known_key { const char *key; size_t row; } *keys;   /* sorted; into `texts` */
	char *texts;
	size_t nkeys;
	char **absent;                /* keys that were asked for and had no answer */
	size_t nabsent;
	int64_t known_until_us;       /* monotonic */
	int64_t not_before_us;        /* after a failure, or a costly look-up */
	int failures;                 /* in a row */
};

struct part_state {
	char **fills;                 /* the words of part->fills */
	size_t nfills;
	char *reason;                 /* why it could not be had; NULL: it could */
	char *remedy;
	bool permanent;               /* a right or a function is missing: nothing to do with load */
	int64_t retry_us;             /* monotonic: not asked before */
	int failures;
	unsigned prepared_in;         /* generation it is prepared in; 0: none */
	struct lookup lookup;
};

struct collector_state {
	struct collection view;
	struct schedule schedule;
	struct part_state *parts;
	struct outcomes outcomes;     /* of the newest table */
	struct history *history;      /* NULL: the collector has no such column */
	bool fresh;                   /* nothing before this sample may be compared with it */
	struct table *base;           /* sample that rates are against; NULL: none that is old enough */
	struct table *next_base;      /* the one that will be, once it is old enough */
	unsigned looked_up_in;        /* number of the session in which every look-up was made once */
};

/* The run of one collector under way. */
struct run {
	bool active, complete;
	size_t collector, part;       /* part: the next to be looked at */
	struct table *table;
	int64_t cost_us;              /* on the server and the way */
	int statements;
};

enum job_kind { JOB_NONE, JOB_FACTS, JOB_IDENTITY, JOB_STANDBY, JOB_LOCKER, JOB_ABANDONED, JOB_RAW, JOB_PART };
enum job_phase { PHASE_TIMEOUT, PHASE_PREPARE, PHASE_RUN, PHASE_ROLLBACK };

/* The statement on its way. */
struct job {
	enum job_kind kind;
	enum job_phase phase;
	char name[64];                /* of the prepared statement */
	const char *sql;
	char *own_sql;                /* for one that has values in it: never prepared */
	unsigned *prepared_in;
	int timeout_ms;
	int64_t sent_us;              /* monotonic, of this phase */
	bool again;                   /* prepared anew once already */
	bool restart;                 /* failed by a text that cannot be converted: to be asked once more, unconverted */
	size_t rows;
	int map[64];                  /* result column -> table column, or -1 */
	int join;                     /* result column of a look-up's key, or -1 */
	char sqlstate[6];
	char *error;
	struct table *answer;         /* of a look-up */
};

struct link {
	struct conninfo *conninfo;
	struct session *session;      /* the one that is asked; NULL: none */
	struct session *attempt;      /* the one that is being set up; NULL: none */
	struct resolver **dying;      /* children to be reaped */
	size_t ndying;
	unsigned number;              /* of the session, from 1 */
	enum link_state state;
	enum link_refusal refusal;
	bool ever_connected, without_options, asked_before;
	bool never_ask;               /* no password will ever be given: a server that wants one refuses */
	int64_t since_us, since_mono_us;
	int64_t newest_us, newest_mono_us;
	int64_t next_try_us;          /* monotonic; 0: none planned */
	double pause_s;
	char *lost;
	struct attempt_list attempts; /* of the last attempt that ended */
	struct {
		int pid;              /* 0: none, or one behind a pooler, whose process cannot be told */
		int64_t backend_start_us;
		int64_t next_us;      /* monotonic: when it is ended and looked for again */
		int64_t unknown_until_us;   /* monotonic: so long one behind a pooler counts as still there; 0: there is none */
	} abandoned;
};

struct server {
	const struct limits *limits;
	double interval_s;
	bool offline;
	struct link link;
	struct facts facts;
	struct facts facts_new;       /* being read */
	int64_t facts_due_us, standby_due_us;
	bool facts_read;              /* in this session */
	bool identity_due, locker_due;
	unsigned facts_prepared_in, identity_prepared_in, standby_prepared_in, locker_prepared_in;
	long locker_for;              /* collector whose reason it names; -1: none */
	int statement_timeout_ms;     /* as set in the session */
	unsigned generation;          /* of prepared statements: those of an older one are gone, or not to be relied on */
	struct job job;
	struct run run;
	bool more;                    /* work is left over that needs no socket */
	struct collector_state *collectors;
	struct outcomes outcomes;
	uint64_t version;
	uint64_t statements;
	int64_t cost_us;
};

/* Something that is seen changed. */
static inline void changed(struct server *s)
{
	s->version++;
}

/* NULL is the same as NULL only. */
static inline bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static inline struct collector_state *running(struct server *s)
{
	return &s->collectors[s->run.collector];
}

/* link.c */
void link_start(struct server *s, struct now now);
void link_free(struct link *l);
void link_turn(struct server *s, struct now now);
size_t link_poll(const struct server *s, struct pollfd *fds, int64_t *wake_us);
void link_dispatch_attempt(struct server *s, struct now now);
void link_lost(struct server *s, const char *error, struct now now);   /* the session in use is gone */
void link_answered(struct server *s, struct now now);                  /* something came from the server */
void link_set_state(struct server *s, enum link_state state, struct now now);
struct link_view link_view(const struct server *s);
void link_ask_now(struct server *s, struct now now);

/* work.c */
void work_begin_session(struct server *s, struct now now);   /* nothing is prepared or known to be current */
void work_drop(struct server *s);                            /* the statement under way will never be answered */
void work_step(struct server *s, struct now now);
void work_wake(const struct server *s, int64_t *wake_us);
bool work_outstanding(const struct server *s);

/* collect.c */
void collect_start(struct server *s, struct now now);
void collect_free(struct server *s);
void collect_run_begin(struct server *s, size_t collector, struct now now);
void collect_run_drop(struct server *s);
void collect_run_again(struct server *s, struct now now);                /* from its beginning, at once */
/* The next part to be sent, or -1: all is there, publish. */
long collect_next_part(struct server *s, struct now now);
void collect_row(struct server *s);
void collect_part_done(struct server *s, int64_t took_us, struct now now);
void collect_part_failed(struct server *s, int64_t took_us, struct now now);
void collect_publish(struct server *s, struct now now);
/* Takes a table and concludes: derive, history, hidden rows, judge. */
void collect_take(struct server *s, struct collector_state *c, struct table *take_table, struct now now);
void collect_set_state(struct server *s, struct collector_state *c, enum collection_state state, const char *reason,
		       const char *remedy);
void collect_stale(struct server *s, const char *reason);
double collect_asked_s(const struct server *s, const struct collector *c);

/* lookup.c */
bool lookup_wanted(const struct part *p, const struct lookup *l, const struct table *t, bool first, int64_t mono_us);
void lookup_take(const struct part *p, struct lookup *l, struct table *take_answer, const struct table *asked, double cost_s,
		 double share, int64_t mono_us);
void lookup_failed(struct lookup *l, int64_t mono_us);
void lookup_apply(const struct part *p, const struct part_state *ps, struct table *t);
void lookup_clear(struct lookup *l);

/* copy.c */
/* Cleans a value of the server and puts it into the cell as the column's type says; NULL is null. */
void copy_value(struct table *t, size_t row, size_t column, const char *value, size_t len);

/* missing.c */
char **words_split(const char *words, size_t *n);
/* The line that opens what failed so: the GRANT that the error asks for, else the part's own remedy; NULL where none would help. */
char *lacking_remedy(const char *sqlstate, const char *error, const char *remedy, const char *role);
bool sqlstate_is_lacking(const char *sqlstate);   /* a right, function, relation or column that is not there */
/* Whether this part is the one of its name that is used. */
bool part_chosen(const struct collector *c, size_t part, const struct facts *f);
bool part_is_whole(const struct collector *c, size_t part);   /* without it there is no table */
/* Why no part of this name fits the server; NULL where one does, or where its absence is no loss. */
char *part_unfit_reason(const struct collector *c, size_t part, const struct facts *f);
void missing_rebuild(struct collector_state *c, const struct facts *f);
void missing_clear(struct collection *view);
void missing_mark(const struct collection *view, struct table *t);   /* the cells of lost columns */

/* facts.c */
extern const char facts_sql[], identity_sql[], standby_sql[], locker_sql[];
void facts_defaults(struct server *s);          /* what is known before the first connection */
void facts_of_session(struct server *s);        /* what the session itself tells */
void facts_row(struct server *s);
void facts_done(struct server *s, struct now now);
void identity_row(struct server *s);
void locker_row(struct server *s);
void locker_done(struct server *s);

/* verdict.c */
void verdict_rebuild(struct server *s, int64_t wall_us);

#endif

/*
 * What the files of this folder share of one monitored server. Nobody outside includes it.
 *
 *   link.c      sessions: attempts, back-off, the frozen server
 *   work.c      what is asked next on the session, and how one statement is sent and answered
 *   collect.c   the run of a collector: parts, rows
 *   publish.c   from its rows to what is shown, in slices; the statistics window
 *   lookup.c    columns that are looked up apart and kept
 *   demand.c    what is asked for the row in hand only, on a second session
 *   demand_words.c  why it was not answered, in a sentence
 *   parts.c     the statement of a part as this server gets it
 *   copy.c      a value of the server into a typed cell
 *   missing.c   what could not be had, and what opens it
 *   facts.c     version, role, rights, extensions
 *   memories.c  what collectors keep from one run to the next
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

/* What is known of the answers to one PART_LOOKUP: one row for each key that was asked for, found by hash. */
struct lookup {
	struct table *known;          /* the key, then what is filled (part_state.columns); of a key without an answer, the key */
	struct known_row { uint64_t hash; int64_t until_us; bool found, absent, wanted; } *rows;
	uint32_t *slots;              /* row + 1 at its hash or behind; 0: free */
	size_t nslots;                /* a power of two, at least twice the rows */
	int64_t not_before_us;        /* after a failure, a costly look-up, or one for unknown keys only */
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
	struct column *columns;       /* of a look-up's answer: the key, then what it fills */
	struct lookup lookup;
};

struct collector_state {
	struct collection view;
	struct schedule schedule;
	struct part_state *parts;
	struct outcomes outcomes;     /* of the newest table */
	struct outcomes denied;       /* while it is unavailable: what the collector makes of that */
	struct history *history;      /* NULL: the collector has no such column */
	bool fresh;                   /* nothing before this sample may be compared with it */
	struct sample *base;          /* what rates are against; NULL: none that is old enough */
	struct sample *next_base;     /* the one that will be, once it is old enough */
	struct samples *samples;      /* what a window can begin with; NULL: the collector is not windowed */
	int64_t samples_of_us;        /* when the server they were taken of was started */
	struct memory *memory;        /* what it keeps; borrowed; NULL: nothing */
	struct table *anew;           /* what is shown, on its way to another window; NULL: nothing is */
	size_t anew_at;               /* its next row */
	bool settled;                 /* what its next table tells and this one did not has come up in between */
	unsigned looked_up_in;        /* number of the session in which every look-up was made once */
};

/* Where the run is: its parts are asked, or its table is being completed. */
enum publish_step { PUBLISH_NOT, PUBLISH_LOOKUPS, PUBLISH_ROWS, PUBLISH_DERIVE, PUBLISH_SAMPLE, PUBLISH_JUDGE, PUBLISH_SHOW };

/* The run of one collector under way. */
struct run {
	bool active, complete;
	size_t collector, part;       /* part: the next to be looked at */
	struct table *table;
	int64_t cost_us;              /* on the server and the way */
	int statements;
	enum publish_step step;
	size_t at;                    /* the next row of the step */
	const struct sample *before;  /* what rates are against; the collector's */
	struct sample *sample;        /* of the table */
	struct outcomes outcomes;     /* of the table */
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
	char *part_sql;               /* of a part: `sql` points here */
	char *value;                  /* of $1; NULL: the statement has none */
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

enum demand_phase { DEMAND_RAW, DEMAND_ASK, DEMAND_ROLLBACK };

/*
 * What somebody looks at, and the session that is asked. The two come and go apart: a statement that is on its way is let end, whoever has turned
 * away meanwhile, so that there is never more than one session of this kind.
 */
struct demanding {
	/* what is looked at, and what is known of it */
	const struct collector *collector;   /* NULL: nothing */
	char *key;
	char *value;                  /* $1 */
	char *sql;                    /* as this server gets it */
	char *locks[2];               /* what it has to lock; NULL: no more, or not known */
	bool wanted;                  /* somebody looks at it now */
	bool due;                     /* to be asked as soon as the session is free for it */
	enum demand_state state;
	struct table *table;
	char *reason;
	int64_t since_us;             /* monotonic, when it was answered, or last looked at */

	/* the session */
	struct session *session;      /* NULL: none */
	int64_t until_us;             /* monotonic: so long it counts as being answered */
	bool overdue;                 /* that is over; it is waited for, and no other is begun */
	struct demand_sent {
		const struct collector *collector;   /* NULL: nothing is on its way */
		char *key;
		enum demand_phase phase;
		struct table *answer;
		int64_t sent_us;      /* monotonic */
		char sqlstate[6];
		char *error;
	} sent;
};

struct server {
	const struct limits *limits;
	double interval_s;
	enum window window;
	bool offline;
	bool frozen;                  /* a picture of another: nothing in it changes */
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
	bool anew;                    /* a table is being computed for another window: the next turn goes on */
	struct collector_state *collectors;
	struct outcomes outcomes;
	struct demanding demanding;
	struct memories *memories;    /* NULL: nothing is kept */
	char *notice;                 /* about them, not told yet; NULL: none */
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
void work_step(struct server *s, struct now now, int64_t started_us);   /* when the slice of work began, by the system's monotonic clock */
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
void collect_set_state(struct server *s, struct collector_state *c, enum collection_state state, const char *reason,
		       const char *remedy);
void collect_stale(struct server *s, const char *reason);
double collect_asked_s(const struct server *s, const struct collector *c);

/* publish.c */
/* Goes on with the run whose parts have all been asked; in its last step the table is shown and the run is over. */
void publish_step(struct server *s, struct now now);
/* Whether the next step cannot be divided and has so many rows that it should begin a slice of work. */
bool publish_wants_a_slice(const struct server *s);
/* A table that came as if its parts had been asked. */
void publish_at_once(struct server *s, size_t collector, struct table *take_table, struct now now);
/* The window is another: what is shown is computed anew, by publish_anew(). */
void publish_window(struct server *s, struct now now);
/* Goes on with that for less than a slice of work; gives whether there is more to do. */
bool publish_anew(struct server *s, struct now now, int64_t started_us);
void publish_anew_drop(struct collector_state *c);
void bases_drop(struct collector_state *c);

/* lookup.c */
/* A table for the rows of an answer, as lookup_take() wants it. */
struct table *lookup_answer(const struct collector *c, const struct part *p, struct part_state *ps);
bool lookup_wanted(const struct part *p, const struct lookup *l, const struct table *t, bool first, int64_t mono_us);
/* The keys of t that are not known, as the text of a text[]; a new string. */
char *lookup_unknown(const struct part *p, const struct lookup *l, const struct table *t, int64_t mono_us);
/* Takes an answer to what was asked for the rows of `asked`. */
void lookup_take(const struct part *p, struct part_state *ps, struct table *take_answer, const struct table *asked,
		 double cost_s, const struct limits *limits, int64_t mono_us);
void lookup_failed(struct lookup *l, int64_t mono_us);
void lookup_ask_now(const struct part *p, struct lookup *l);
/* Fills the rows from `from` up to `to`, which is left out. */
void lookup_apply(const struct part *p, const struct part_state *ps, struct table *t, size_t from, size_t to);
void lookup_clear(struct lookup *l);

/* parts.c */
/* The part's statement with the schema of its extension; a new string. The part fits. */
char *part_statement(const struct part *p, const struct facts *f);
char *demand_statement(const struct demand *d, const struct facts *f);   /* of the part that fits; NULL: none does */
/* The statement with the value as a literal in the place of $1, but for names in quotes; a new string. */
char *statement_inline(const char *sql, const char *value);
/* Another session: what is known of the server's texts may stay only while it is the same server. */
void parts_begin_session(struct server *s);
/* Nothing that was looked up is known any more. */
void parts_forget(struct server *s);
/* The extension a part stands on came, went, moved or is of another version: what was prepared or known of it is of the past. */
void parts_follow(struct server *s, const struct facts *before);
/* What failed for want of something is asked at once. */
void parts_retry(struct server *s, int64_t mono_us);
/* The part failed: sets when it is asked again. */
void part_put_off(struct part_state *ps, bool seldom, int64_t mono_us);   /* seldom: after a minute at first, up to an hour */

/* demand.c */
void demand_turn(struct server *s, struct now now);
size_t demand_poll(const struct server *s, struct pollfd *fd, int64_t *wake_us);
void demand_dispatch(struct server *s, struct now now);
void demand_copy(struct demanding *to, const struct demanding *from);   /* what is known, without a session */
void demand_free(struct demanding *d);

/* demand_words.c; new strings */
char *demand_words_connect(const struct session *session);   /* FAILED */
/* The statement failed so; `locked` as demand_words_locked() gives it, or NULL. */
char *demand_words_failed(const char *sqlstate, const char *error, double took_s, double lock_timeout_s, double statement_timeout_s,
			  const char *locked);
/*
 * `public.orders is locked by 5210 (ALTER TABLE)` where the table of the locks (NULL: there is none) tells which of the two is, else
 * `public.orders or public.orders_pkey is locked`. NULL where there are none.
 */
char *demand_words_locked(const char *one, const char *other, const struct table *locks);
char *demand_fill(const struct table *t, size_t row, const char *format);   /* {column}s in a format; NULL where one has no value */
/* Through a pooling proxy, which takes no parameters: with the value in it. NULL where cleaning changed the value. */
bool demand_is_for(const struct demand *d, const struct table *t, const char *key);   /* what a row has already is not asked for */
char *demand_pooled(const struct session *session, const char *sql, const char *value);

/* copy.c */
/* Cleans a value of the server and puts it into the cell as the column's type says; NULL is null. */
void copy_value(struct table *t, size_t row, size_t column, const char *value, size_t len);

/* missing.c */
char **words_split(const char *words, size_t *n);
/* The line that opens what failed so: the GRANT that the error asks for, else the part's own remedy; NULL where none would help. */
char *lacking_remedy(const char *sqlstate, const char *error, const char *remedy, const char *role, const struct extension *e);
bool sqlstate_is_lacking(const char *sqlstate);   /* a right, function, relation or column that is not there */
/* Whether this part is the one of its name that is used. */
bool part_chosen(const struct collector *c, size_t part, const struct facts *f);
bool part_is_whole(const struct collector *c, size_t part);   /* without it there is no table */
/* Why no part of this name fits the server; NULL where one does, or where its absence is no loss. */
char *part_unfit_reason(const struct collector *c, size_t part, const struct facts *f);
/* The collector gives nothing; sqlstate: with which its first part was refused, "": no part fits. Its own words go before reason and remedy. */
void missing_all(struct server *s, struct collector_state *c, const char *sqlstate, const char *reason, const char *remedy,
		 struct now now);
/* The line that makes one fit; a new string, NULL where none does: no right does. */
char *part_unfit_remedy(const struct collector *c, size_t part, const struct facts *f);
void missing_rebuild(struct collector_state *c, const struct facts *f);
void missing_clear(struct collection *view);
void missing_mark(const struct collection *view, struct table *t);   /* the cells of lost columns */

/* Whether the server has told its facts; without them only its version is known. */
static inline bool facts_known(const struct facts *f)
{
	return f->started_at_us != 0;
}

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

/* memories.c */
void memories_begin(struct server *s, const char *directory);
struct memory *memories_for(const struct server *s, const struct collector *collector);   /* NULL: it keeps nothing */
void memories_turn(struct server *s, struct now now);
void memories_end(struct server *s);   /* writes what is known */

#endif

/*
 * One monitored server: its connection, what is known of it, and the newest table of every collector.
 *
 * Everything here is asynchronous: no function waits for the network, the server or a name (server_open() and what it starts return
 * at once), and one call works at most about 4 ms. The owner runs a loop:
 *
 *     server_turn(s, now)                         start what is due, expire deadlines
 *     n = server_poll(s, fds, max, &wake_us)      what to wait for
 *     poll(...)
 *     server_dispatch(s, fds, n, now)             take what came
 *
 * `struct now` carries both clocks; nothing in here asks the system for the time, so tests run it on a clock of their own.
 * What it gives out is borrowed until the next server_turn() or server_dispatch().
 */
#ifndef PGTOP_SERVER_H
#define PGTOP_SERVER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/base/clock.h"
#include "collectors/base/signs.h"
#include "collectors/collector.h"

/* Lowest and highest interval in seconds that a user may choose, with -s, config.json or on the screen; and without any. */
#define INTERVAL_LOWEST 0.1
#define INTERVAL_HIGHEST 3600.0
#define INTERVAL_DEFAULT 2.0

/* Descriptors that server_poll() has room for at most: the session in use, the one that is being set up, and the one of a demand. */
enum { SERVER_FDS = 3 };

struct server_options {
	const char *conninfo;      /* database name, conninfo string or URI; NULL */
	const char *host, *port, *user, *dbname;   /* -h -p -U -d; NULL: as libpq decides */
	const char *password;      /* given by a prompt; NULL */
	bool never_ask_password;   /* -w */
	double connect_timeout_s;  /* for one address; 0: connect_timeout, else 5 s */
	double interval_s;
	const char *state_directory;   /* where memory.json lies; NULL: nothing is kept */
	enum window window;        /* what figures of statements are over, at the start */
};

enum link_state {
	LINK_CONNECTING,   /* never connected, first attempt under way or to be repeated */
	LINK_LIVE,
	LINK_NO_ANSWER,    /* connected; the server has not answered for too long */
	LINK_DOWN,         /* was connected, is not */
};

/* Why a first connection can never come about by waiting. */
enum link_refusal {
	REFUSED_NOT,
	REFUSED_NEEDS_PASSWORD,   /* give one with server_set_password() */
	REFUSED_CREDENTIALS,      /* 28P01, 28000 and kin */
	REFUSED_DATABASE,         /* there is none of this name, or the role may not connect to it: no password would help */
	REFUSED_OPTIONS,          /* libpq rejects the connection string */
};

/* What became of one address at the last attempt. */
struct attempt {
	int64_t at_us;    /* epoch */
	char *where;      /* "db1 10.0.4.11:5432" or "socket /run/postgresql:5432"; clean */
	char *what;       /* "refused: Connection refused"; clean */
	bool passing;     /* may pass by itself: starting up, recovering, too many clients (57P03, 53300, 55P03); --once tries again */
};

struct link_view {
	enum link_state state;
	enum link_refusal refusal;
	bool ever_connected;
	int64_t since_us;           /* epoch, when this state began */
	int64_t newest_answer_us;   /* epoch, our clock; 0: none yet */
	int64_t next_try_us;        /* epoch; 0: an attempt is under way, or none is needed. When the last address is silent: how long it is waited for */
	const char *lost;           /* the last error of the link; NULL: none */
	const struct attempt *attempts;
	size_t nattempts;
};

enum collection_state {
	COLLECTION_WAITING,       /* no answer yet */
	COLLECTION_OK,
	COLLECTION_STALE,         /* the figures are from the past */
	COLLECTION_SKIPPED,       /* this time; `reason` */
	COLLECTION_UNAVAILABLE,   /* `reason`, `remedy` */
};

/* A column, or in `stats` a figure, that could not be read. */
struct missing {
	const char *name;
	char *reason;    /* why, with the GRANT or setting that opens it */
	char *remedy;    /* that line by itself; NULL: none does */
};

/* What is unavailable is looked for again after this time, in seconds. */
enum { COLLECTION_RETRY_S = 60 };

/* What is there of one collector. */
struct collection {
	const struct collector *collector;
	uint64_t version;           /* grows with every change of its rows or its state */
	enum collection_state state;
	char *reason;               /* for every state but OK and WAITING; clean */
	char *remedy;               /* lines to copy, or NULL */
	struct table *table;        /* newest; NULL before the first answer */
	struct signs *signs;        /* since when its rows have theirs; NULL before the first answer */
	char *summary, *footer;     /* what the collector says of it; NULL: nothing */
	struct missing *missing;
	size_t nmissing;
	size_t hidden_rows;
	int64_t taken_us;           /* epoch, our clock, of the newest table; 0: none */
	int64_t looked_us;          /* epoch, our clock: when it was last found to be unavailable; 0: never */
	int64_t next_us;            /* epoch, our clock: when it is asked again */
	double interval_s;          /* as it is now */
	double asked_interval_s;    /* as it should be; less than interval_s: it was too costly, or waited for a lock */
};

/* A rate is over this time at least; a little less than the second that --once leaves between its samples. */
#define SERVER_RATE_SPAN_US (9 * SECOND_US / 10)

struct server;

struct server *server_open(const struct server_options *options, const struct limits *limits, struct now now);

/* Ends the session politely without waiting for it, ends child processes, frees everything. */
void server_close(struct server *s);

void server_turn(struct server *s, struct now now);

/* Fills fds and lowers *wake_us (monotonic) to the moment something falls due. Gives the number of fds used; max is at least SERVER_FDS. */
size_t server_poll(struct server *s, struct pollfd *fds, size_t max, int64_t *wake_us);

void server_dispatch(struct server *s, const struct pollfd *fds, size_t n, struct now now);

/* Grows with every change that a screen or report could show. */
uint64_t server_version_counter(const struct server *s);

const struct facts *server_facts(const struct server *s);
struct link_view server_link(const struct server *s);

/* In the order of `collectors`. */
const struct collection *server_collection(const struct server *s, size_t collector);

/* By collector; NULL where there is none of this name. */
const struct collection *server_collection_named(const struct server *s, const char *name);

/* Ranked and folded, of all collectors, and of the link itself (`connection-lost`). */
const struct outcomes *server_outcomes(const struct server *s);

/* The history of a collector's COLUMN_HISTORY column, or NULL. */
const struct history *server_history(const struct server *s, const char *collector);

/* Sums over the session so far: statements sent, time on the server and the way. */
void server_cost(const struct server *s, uint64_t *statements, int64_t *took_us);

/* The pid of our polling session on the server; 0: none. */
int server_backend_pid(const struct server *s);

/* What the figures of `windowed` collectors are over. Setting it computes their tables anew from what is known: nothing is asked. */
enum window server_window(const struct server *s);
void server_set_window(struct server *s, enum window window, struct now now);

/* A line about our own files that could not be read or written, told once; NULL: none. The caller frees it. */
char *server_take_notice(struct server *s);

enum demand_state { DEMAND_NONE, DEMAND_WAITING, DEMAND_READY, DEMAND_FAILED };

/* What became of a row's collector->demand. */
struct demand_view {
	enum demand_state state;
	const struct table *table;   /* DEMAND_READY: one row */
	const char *reason;          /* DEMAND_FAILED */
};

/*
 * Asks for the row with this key, on a connection of its own that is closed after the answer. One at a time: a new one takes the place of the
 * one before. Asked for again while waiting, or soon after the answer, it changes nothing.
 */
void server_demand(struct server *s, const struct collector *collector, const char *key, struct now now);
struct demand_view server_demanded(const struct server *s, const struct collector *collector, const char *key);

/* Nobody looks at it any more: what is under way is given up. */
void server_demand_drop(struct server *s);

void server_set_interval(struct server *s, double seconds);
void server_set_password(struct server *s, const char *password, struct now now);

/* Ask again now, whatever is due when; also ends a pause between attempts to connect. collector NULL: all. */
void server_ask_now(struct server *s, const struct collector *collector, struct now now);

/*
 * A copy of all that is known at this moment, without a link: what a picture that stands still is drawn from. Its version counter never changes. The caller
 * gives it to server_close(), before the server it was made of: names are shared.
 */
struct server *server_freeze(const struct server *s);

/* For tests and for replay: a server without a link whose answers are put in by hand. */
struct server *server_offline(const struct limits *limits, struct now now);
struct facts *server_offline_facts(struct server *s);
void server_offline_link(struct server *s, enum link_state state, int64_t since_us, int64_t newest_answer_us);
/* Takes a table as a collector's SQL parts would have brought it; derive() and judge() run as ever. */
void server_offline_put(struct server *s, const struct collector *c, struct table *take_table, struct now now);
/* The answer to a demand: takes the table, or NULL with the reason why there is none. Until then an offline server's demand is DEMAND_WAITING. */
void server_offline_demand(struct server *s, const struct collector *c, const char *key, struct table *take_table, const char *reason,
			   struct now now);
void server_offline_state(struct server *s, const struct collector *c, enum collection_state state,
			  const char *reason, const char *remedy);

#endif

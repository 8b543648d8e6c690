/*
 * One attempt to get a session on the server, and the session once it stands: names resolved, connected, its limits checked.
 *
 *   RESOLVING -> CONNECTING -> PROBING -> SETTING -> READY
 *                                                 \> FAILED (from anywhere)
 *
 * Each address has a deadline of its own. One that does not answer in time is left out and the rest tried again, so that libpq's
 * rules for a list hold over what is left. Where the caller still has a session (`patient`), the last one that at least accepted the
 * connection is waited for longer: hanging up on a server that only stands still leaves one more process to it for each attempt.
 *
 * A READY session limits itself by startup options. Where a pooling proxy keeps them from the server the session is `pooled`:
 * every statement then has to bring its limits along (statements.h).
 */
#ifndef PGTOP_SESSION_H
#define PGTOP_SESSION_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "collectors/base/limits.h"
#include "conninfo.h"
#include "db.h"
#include "message.h"
#include "resolve.h"
#include "server.h"

enum session_step { SESSION_RESOLVING, SESSION_CONNECTING, SESSION_PROBING, SESSION_SETTING, SESSION_READY, SESSION_FAILED };

/* How long the last address is waited for that accepted the connection and says nothing, in connect timeouts. */
enum { SESSION_PATIENCE = 12 };

struct session {
	enum session_step step;
	const struct conninfo *conninfo;   /* borrowed */
	const char *name;                  /* application_name; borrowed. NULL: that of the polling session */
	struct db *db;                     /* NULL while resolving */
	struct resolver *resolver;
	struct address_list addresses;
	struct attempt_list attempts;
	int64_t deadline_us;               /* of the address tried now; monotonic */
	char *trying;                      /* that address, in words */
	int64_t started_us;                /* monotonic */
	bool patient;
	int64_t patient_until_us;          /* 0: not waiting beyond the deadline */
	char *options;                     /* our startup options; NULL: the proxy takes none */
	int lock_timeout_ms, statement_timeout_ms;
	bool quiet;
	size_t setting;                    /* of those sent one by one after the probe: the one on its way, or the first */

	/* once failed */
	enum link_refusal refusal;
	bool retry_without_options;        /* the proxy takes none: start again without */
	char *error;                       /* one clean line */
	char sqlstate[6];                  /* "": none */

	/* once ready */
	bool pooled, standby;
	bool raw, raw_set;                 /* texts are asked for as they are, unconverted; and the server was told */
	int pid;
	int64_t backend_start_us;          /* server's clock */
	int64_t server_clock_us, clock_mono_us;   /* the server's clock at a moment of ours */
	int64_t round_trip_us;
	int64_t sent_us;                   /* monotonic, of the probe */
};

/* Starts, not patient; never NULL. `quiet`: keep libpq's warnings off stderr. */
struct session *session_start(const struct conninfo *ci, const struct limits *limits, bool without_options, bool quiet,
			      struct now now);

/*
 * A second session on the very server that a READY one is on: the address in use alone, whatever list there is, and as the same user.
 * Both `with` (while it starts) and `name` are borrowed.
 */
struct session *session_start_beside(const struct session *with, const struct limits *limits, bool without_options,
				     const char *name, struct now now);

/* Whether two sessions are at the same address. */
bool session_same_address(const struct session *a, const struct session *b);

/* Whether the last address is waited for beyond its deadline; no longer, where that is over already, it fails in its next turn. */
void session_set_patient(struct session *s, bool patient, struct now now);

/* Closes without waiting. The resolver, when it has to be reaped yet, is handed out through *dying. */
void session_free(struct session *s, struct resolver **dying);

/* Expires deadlines; while not READY. */
void session_turn(struct session *s, struct now now);
size_t session_poll(const struct session *s, struct pollfd *fd, int64_t *wake_us);
void session_dispatch(struct session *s, struct now now);

/* The server's clock at a moment of ours, epoch. Immune to steps of our own clock. */
int64_t session_server_clock(const struct session *s, int64_t mono_us);

/* What it sends of its own, for statements.c. */
extern const char probe_sql[], time_zone_sql[], date_style_sql[], client_check_sql[], read_only_sql[];

/* The settings every session of ours has, as startup options; into a new string. */
char *session_options(const struct limits *limits, bool read_only);

#endif

/*
 * `--demo`: a throwaway PostgreSQL server of its own, with an orders application in real trouble on it.
 *
 * Nothing is made up: the sessions, locks and rows are real ones, on a server that only its own account can reach (a
 * socket in a private directory, no network). A supervisor process, started first, holds the read end of a pipe whose
 * only write end is in this program. When the program ends, by whatever end, the supervisor sees it, ends the
 * application and the server, and removes the directory.
 *
 * Needs PostgreSQL's server programs (initdb, postgres). PostgreSQL refuses to run as root: then the account is
 * `postgres`, or `nobody`.
 */
#ifndef PGTOP_DEMO_H
#define PGTOP_DEMO_H

#include "collectors/base/limits.h"
#include "collectors/base/strbuf.h"

struct demo;

/*
 * Starts it and waits, some seconds (SUPERVISOR_SETUP_S at most), until the trouble is there. Says on stderr what it does. On failure nothing is
 * left behind, NULL is given and the reason is appended to `error`. Removes every PG... variable from the environment: they
 * are about another server.
 *
 * Call it before the screen is opened and before signal handlers are installed: a ^C then ends the program, and that
 * ends all the rest.
 */
struct demo *demo_start(struct strbuf *error);

/*
 * Lowers the limits by which a server that is minutes old could never be in trouble; one that is lower already stays. All
 * others are those of a real server.
 */
void demo_limits(struct limits *limits);

/* How to connect, for server_options.conninfo; as long as the demo lives. */
const char *demo_conninfo(const struct demo *d);

/*
 * Ends and removes everything; returns when that is done, in well under a second as a rule, in some 10 s at most. What stays
 * behind even then is said on stderr. Where the supervisor was killed, its work is done here. NULL is allowed.
 */
void demo_end(struct demo *d);

#endif

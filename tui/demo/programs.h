/*
 * Where PostgreSQL's server programs are, and which account may run them.
 */
#ifndef PGTOP_DEMO_PROGRAMS_H
#define PGTOP_DEMO_PROGRAMS_H

#include <stdbool.h>
#include <sys/types.h>

#include "collectors/base/strbuf.h"

struct programs {
	char *bindir;   /* has initdb and postgres; owned */
	int major;      /* 13 and up */
};

/*
 * Looks in PATH, then where pg_config says, then in the usual places of Debian, Red Hat, Homebrew and a build from
 * source, there for the newest. False when there is none; the reason is appended to `error`.
 */
bool programs_find(struct programs *p, struct strbuf *error);

void programs_free(struct programs *p);

/* The account the server runs as. */
struct account {
	bool change;   /* we are root and must become it */
	uid_t uid;
	gid_t gid;
	char *name;    /* owned; NULL when nothing changes */
};

/* False when we are root and there is neither `postgres` nor `nobody`; the reason is appended to `error`. */
bool account_find(struct account *a, struct strbuf *error);

/* Becomes that account for good. For a process of its own; false when the system refuses. */
bool account_become(const struct account *a);

void account_free(struct account *a);

#endif

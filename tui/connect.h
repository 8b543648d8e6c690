/*
 * The time before there is a screen, or without one: driving a server's loop on its own, and the first connect.
 */
#ifndef PGTOP_CONNECT_H
#define PGTOP_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/base/strbuf.h"
#include "collectors/server/server.h"

enum connected {
	CONNECT_LIVE,
	CONNECT_NOT_YET,    /* the patience is over, an attempt is still under way */
	CONNECT_FAILED,     /* every address was tried and none answered as it should */
	CONNECT_REFUSED,    /* credentials: waiting does not help */
	CONNECT_BAD,        /* libpq rejects the connection string */
};

/* What is wanted of the first connect. */
struct connect_wish {
	double patience_s;   /* how long in all, counted anew after a password */
	double timeout_s;    /* of one address */
	bool insist;         /* go on after a failure that may pass by itself (the server is starting up), until the patience is over */
	bool never_ask;      /* -w */
	char *user;          /* for the prompt; owned; NULL: not known */
};

/* With the patience to try every host once. Ended with connect_wish_clear(). */
void connect_wish_init(struct connect_wish *wish, const struct server_options *options);
void connect_wish_clear(struct connect_wish *wish);

/* One turn of the server's loop; waits until something happened, but not beyond until_us (monotonic). */
void connect_step(struct server *s, int64_t until_us);

/*
 * Drives the server until its first connection is there, cannot come, or the patience is over. Asks for a password on the terminal when the server
 * wants one. For CONNECT_REFUSED and CONNECT_BAD one line is in error, for CONNECT_FAILED one line an attempt.
 */
enum connected connect_first(struct server *s, const struct connect_wish *wish, struct strbuf *error);

/* Asks for the password of this connection: `Password for user NAME: `; as password_ask(). */
char *connect_ask_password(const struct connect_wish *wish, struct strbuf *error);

#endif

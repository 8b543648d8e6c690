/*
 * What libpq says when it cannot connect, taken apart: pure functions over text.
 *
 * libpq gives one long text over all addresses it tried, one `connection to server ... failed: ...` each with lines of advice
 * behind it. With PQERRORS_VERBOSE a server's message carries its SQLSTATE: `FATAL:  28P01: password authentication ...`.
 */
#ifndef PGTOP_MESSAGE_H
#define PGTOP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conninfo.h"
#include "server.h"

struct attempt_list {
	struct attempt *all;
	size_t n;
};

/* A second word on the same place replaces the first. Takes both strings. */
void attempt_list_add(struct attempt_list *l, int64_t at_us, char *take_where, char *take_what, bool passing);

/* All of them in one line, `WHERE: WHAT; ...`; a new string. */
char *attempt_list_line(const struct attempt_list *l);
void attempt_list_clear(struct attempt_list *l);

/* The first SQLSTATE in the text; false, and "", where there is none. */
bool message_sqlstate(const char *text, char sqlstate[6]);

/* Whether another password, or none, may help: no such role, a wrong password, pg_hba.conf. */
bool message_is_refusal(const char *sqlstate);

/* Whether it is one of the database: no such, or no right to connect to it. */
bool message_is_refused_database(const char *sqlstate);

/* Whether it may pass by itself: starting up, recovering, shutting down, too many clients, a locked catalog. */
bool message_is_passing(const char *sqlstate);

/* Its first line without severity and SQLSTATE, clean; a new string. */
char *message_line(const char *text);

/*
 * The same as said of one address: `refused: Connection refused`, `is a standby ...; target_session_attrs=read-write`.
 * `attrs` is target_session_attrs or NULL. A new string.
 */
char *message_what(const char *text, const char *attrs);

/*
 * One attempt for each address the text speaks of. libpq names an address alone when it was given name and address: the
 * name is found in `tried`. Where it names nothing (before 14, or in another language) the whole of it goes to `where` (borrowed;
 * NULL: nothing to fall back on). `attrs` is target_session_attrs or NULL.
 */
void message_attempts(struct attempt_list *l, const char *text, const struct address_list *tried, const char *where,
		      const char *attrs, int64_t at_us);

#endif

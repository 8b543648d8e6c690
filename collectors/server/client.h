/*
 * A plain blocking client, for processes that may wait: the demo's application and its loader.
 *
 * The monitor itself never uses it: every call here waits for the server as long as the server likes. One statement,
 * or several in one string, at a time; nothing is kept between them.
 */
#ifndef PGTOP_CLIENT_H
#define PGTOP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/base/strbuf.h"

struct client;

/*
 * Connects. On failure gives NULL and appends the reason to `error` (clean, one line); NULL: nobody wants to know.
 * Ended with client_close().
 */
struct client *client_connect(const char *conninfo, struct strbuf *error);

/*
 * Runs SQL and throws its rows away. False when it failed; the reason is appended to `error` unless that is NULL.
 * After a failure ask client_alive() whether the connection is still there.
 */
bool client_exec(struct client *c, const char *sql, struct strbuf *error);

/* Runs a query and gives the integer in its first row and column, or `otherwise` when there is none or it failed. */
int64_t client_number(struct client *c, const char *sql, int64_t otherwise);

bool client_alive(const struct client *c);

/* Does nothing for that many milliseconds. Gives false, at once, when the server ends the connection meanwhile. */
bool client_pause(struct client *c, int ms);

/* NULL is allowed. */
void client_close(struct client *c);

#endif

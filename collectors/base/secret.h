/*
 * Passwords in what a person wrote to name a server: they are hidden before it is quoted, in whatever message.
 */
#ifndef PGTOP_SECRET_H
#define PGTOP_SECRET_H

#include "strbuf.h"

/*
 * Appends a connection string, a URI, or a message that quotes one, without its passwords: `postgresql://user:***@host`,
 * `password=***`, also quoted, with blanks around the sign, in a URI's parameters, and sslpassword. Of libpq's messages on malformed
 * ones the piece they quote goes, since it may be a piece of a password. Where it is not clear where a password ends, too much is hidden.
 */
void secret_hide(struct strbuf *out, const char *text);

/* The same as a new string, owned by the caller. NULL gives NULL. */
char *secret_hidden(const char *text);

#endif

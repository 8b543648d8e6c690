/*
 * Passwords in what a person wrote to name a server, and in the texts of statements: they are hidden before anything is quoted or shown.
 */
#ifndef PGTOP_SECRET_H
#define PGTOP_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * Appends a connection string, a URI, or a message that quotes one, without its passwords: `postgresql://user:***@host`,
 * `password=***`, also quoted, with blanks around the sign, in a URI's parameters, and sslpassword. Of libpq's messages on malformed
 * ones the piece they quote goes, since it may be a piece of a password. Where it is not clear where a password ends, too much is hidden.
 */
void secret_hide(struct strbuf *out, const char *text);

/* The same as a new string, owned by the caller. NULL gives NULL. */
char *secret_hidden(const char *text);

/*
 * Appends n bytes of a statement, not cleaned yet, without its passwords: `PASSWORD '***'` for the literals, however quoted, that follow a name
 * which ends in `password`, and what secret_hide() hides in other literals and comments. Gives false, and appends nothing, where it has none.
 */
bool secret_hide_sql(struct strbuf *out, const char *sql, size_t n);

#endif

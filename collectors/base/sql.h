/*
 * Names and texts of a server as they stand in SQL that is offered to be copied. They have been cleaned (text.h) when they come here.
 */
#ifndef PGTOP_SQL_H
#define PGTOP_SQL_H

#include "strbuf.h"

/* Appends a name, in quotes where it needs them: as quote_ident() does, but only reserved words are quoted. */
void sql_add_identifier(struct strbuf *out, const char *name);

/*
 * The text as an SQL literal, whatever standard_conforming_strings says; a new string. NULL when cleaning changed the text, so that it
 * is not what the server has.
 */
char *sql_literal(const char *text);

/*
 * The remedy with %s as the role (NULL: whoever runs it); a new string. NULL for NULL, and where cleaning changed the role's name: the
 * line would name another.
 */
char *remedy_text(const char *remedy, const char *role);

#endif

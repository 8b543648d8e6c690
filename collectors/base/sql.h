/*
 * Names and texts of a server as they stand in SQL that is offered to be copied, or sent. They have been cleaned (text.h) when they come here.
 */
#ifndef PGTOP_SQL_H
#define PGTOP_SQL_H

#include <stdbool.h>

#include "strbuf.h"

/*
 * What every statement of ours has behind its first word. There, and not in front, it is part of the text that pg_stat_statements and a
 * server's log keep, whatever they leave out at the start.
 */
#define SQL_MARK "/* pgtop-prod */"

/* The statement with the mark in its place; a new string. One that has it already stays as it is. */
char *sql_marked(const char *sql);

/* Whether the name is what the server has, letter for letter: cleaning has not changed it. */
bool sql_is_exact(const char *name);

/* Appends a name, in quotes whatever it is: right also where a newer server reserves another word. */
void sql_add_quoted(struct strbuf *out, const char *name);

/* Appends a name, in quotes where it needs them: as quote_ident() does, but only reserved words are quoted. */
void sql_add_identifier(struct strbuf *out, const char *name);

/* Appends the text as an SQL literal, whatever standard_conforming_strings says. */
void sql_add_literal(struct strbuf *out, const char *text);

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

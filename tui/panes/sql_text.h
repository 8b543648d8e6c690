/*
 * SQL for reading: a statement laid out in lines, with keywords, literals and comments set apart.
 *
 * This is no parser: it only knows what a token is. The author's own line breaks stand; a
 * statement written in one line that is too long is broken before its clauses; what is still too
 * long wraps with a hanging indent. The text is clean (collectors/base/text.h).
 */
#ifndef PGTOP_SQL_TEXT_H
#define PGTOP_SQL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/screen/role.h"

enum sql_kind {
	SQL_END,
	SQL_BLANK,      /* a run of blanks and tabs */
	SQL_NEWLINE,
	SQL_WORD,       /* a name; SQL_KEYWORD if it is one */
	SQL_KEYWORD,
	SQL_LITERAL,    /* strings of every kind, numbers, $1 */
	SQL_COMMENT,
	SQL_OTHER,      /* quoted names, operators, brackets */
};

struct sql_token {
	enum sql_kind kind;
	const char *text;   /* in the statement */
	size_t len;
};

/*
 * Reads the token at *p and moves *p behind it. An unfinished string or comment ends with the
 * statement.
 */
struct sql_token sql_next(const char **p);

/* A stretch of the statement in one role on one line. */
struct sql_span {
	int line, x, cells;
	enum role role;
	const char *text;   /* in the statement; `cells` cells of it */
};

struct sql_layout {
	struct sql_span *spans;
	size_t nspans, size;
	int lines;
	size_t left_out;    /* bytes of a very long statement that were not laid out */
};

/*
 * `sql` is borrowed and must live as long as the layout. width > 0; wrap false: lines are as long
 * as they are.
 */
void sql_layout(struct sql_layout *out, const char *sql, int width, bool wrap);

void sql_layout_clear(struct sql_layout *layout);

#endif

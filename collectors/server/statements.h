/*
 * Every statement that the session sends for itself, beside those of the collectors: what --show-sql prints. One that has values in it is a
 * format of printf(), which is sent from the macro and shown from the table, so that the two cannot differ. Each gets the mark of sql_marked()
 * where it is sent, and where it is shown; of a string of several, those behind the first have it in the text.
 */
#ifndef PGTOP_STATEMENTS_H
#define PGTOP_STATEMENTS_H

#include <stddef.h>

#include "collectors/base/sql.h"

/* Through a pooling proxy: lock_timeout and statement_timeout in ms, the statement, marked. */
#define POOLED_FORMAT \
	"BEGIN " SQL_MARK " READ ONLY; SET " SQL_MARK " LOCAL lock_timeout = %d; SET " SQL_MARK " LOCAL statement_timeout = %d;" \
	" SET " SQL_MARK " LOCAL search_path = pg_catalog; SET " SQL_MARK " LOCAL jit = off;\n%s;\nCOMMIT " SQL_MARK

/* The string above began a transaction of its own, which an error leaves open and aborted. */
#define POOLED_ROLLBACK "ROLLBACK"

/* In ms. */
#define TIMEOUT_FORMAT "SET statement_timeout = %d"

/* Texts as they are, whatever the database's encoding: what is no UTF-8 is shown as such instead of costing the whole answer. */
#define RAW_SQL "SET client_encoding = 'SQL_ASCII'"
#define POOLED_RAW_PREFIX "SET " SQL_MARK " LOCAL client_encoding = 'SQL_ASCII';\n"

/* Pid, and start in microseconds since 1970. */
#define ABANDONED_FORMAT \
	"SELECT pg_catalog.pg_terminate_backend(a.pid)\n" \
	"FROM pg_catalog.pg_stat_get_activity(%d) AS a\n" \
	"WHERE (EXTRACT(epoch FROM a.backend_start) * 1000000)::pg_catalog.int8 = %lld"

struct statement {
	const char *name;
	const char *when;        /* it is sent, in words */
	int min_version, max_version;   /* as in struct part */
	const char *needs;       /* right, in words; NULL: none */
	const char *values;      /* what stands for the conversions of a format, separated by blanks; NULL: it is none */
	const char *sql;
};

extern const struct statement statements[];
extern const size_t nstatements;

#endif

/*
 * --show-sql: every statement the program sends, with the servers it is for and the rights it needs. Drawn from the tables that are sent from;
 * needs no server.
 */
#ifndef PGTOP_SHOW_SQL_H
#define PGTOP_SHOW_SQL_H

#include "collectors/base/strbuf.h"
#include "collectors/collector.h"

/* Appends the statements of one collector, or with NULL of all and of the session itself. */
void show_sql(const struct collector *only, struct strbuf *out);

#endif

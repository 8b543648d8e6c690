/*
 * What the demo's application has in its database: tables, indexes, materialized views and their rows, and what is wrong with them.
 *
 * It is the application of somebody in a hurry: no index for its most frequent query, indexes that nothing reads, one that is
 * the beginning of another, one that is there twice, one whose making was cut short; a summary that nobody refreshes; no comment, no
 * CHECK; and part of it logs in as a superuser.
 */
#ifndef PGTOP_DEMO_SCHEMA_H
#define PGTOP_DEMO_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

/* Ids FIRST_ORDER to FIRST_ORDER + ORDERS - 1, and users 1 to USERS, are there when all is loaded. */
enum { FIRST_ORDER = 60001, ORDERS = 320000, USERS = 20000 };

/* One string of SQL: run as one transaction when there are several statements in it. */
struct schema_step {
	const char *sql;
	bool may_fail;   /* fails on purpose, or where a server lacks something; the rest is loaded all the same */
};

extern const struct schema_step schema_steps[];
extern const size_t nschema_steps;

#endif

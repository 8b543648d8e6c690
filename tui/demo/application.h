/*
 * The demo's orders application: the sessions that work on its tables (schema.h).
 *
 * It is one bad night: somebody's transaction changed a user and went idle, a migration waits behind it and everybody who
 * logs in behind that; a prepared transaction that nobody finished blocks two more. The rest goes on working, most of the
 * time on one query that reads all orders to find a few. An actor is one row of a table: who it is, when it begins, what it says over and over. Each runs in a process
 * of its own and waits for the server as a real client would.
 */
#ifndef PGTOP_DEMO_APPLICATION_H
#define PGTOP_DEMO_APPLICATION_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Waits until the server takes connections (`seconds` at most), creates the database and fills it. What goes wrong is
 * written to stderr. `place` is the part of a connection string that says where the server is.
 */
bool application_load(const char *place, int seconds);

/* The part of a connection string that names the database and its superuser. */
#define APPLICATION_DATABASE "dbname=shop user=postgres"

/* How many processes it has, and what process number i does; that returns only when it has nothing more to do. */
size_t application_size(void);
void application_act(size_t i, const char *place);

/* Waits until all of the trouble is there, `seconds` at most. */
void application_watch(const char *place, int seconds);

#endif

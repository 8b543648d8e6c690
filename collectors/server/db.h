/*
 * One asynchronous libpq connection: one statement at a time, its rows one by one. No call in here waits.
 *
 * This and conninfo.c are the only places that call libpq. A result never leaves db.c: a row is read through db_value()
 * while it is the current one. What the values hold is raw; whoever copies them cleans them.
 */
#ifndef PGTOP_DB_H
#define PGTOP_DB_H

#include <stdbool.h>
#include <stddef.h>

enum db_status { DB_CONNECTING, DB_CONNECTED, DB_BAD };

enum db_event {
	DB_WAIT,      /* nothing more until the socket is ready */
	DB_ROW,       /* one row, until the next call */
	DB_DONE,      /* the statement ended well */
	DB_FAILED,    /* it ended with db_error() and db_sqlstate() */
	DB_LOST,      /* the connection is gone; db_error() */
};

struct db;

/* Starts to connect. `quiet`: what libpq would write to stderr (a password file others can read) is kept off the screen. */
struct db *db_connect(const char *const *keywords, const char *const *values, bool quiet);

/* Says goodbye without waiting for anybody, and frees. NULL is fine. */
void db_close(struct db *db);

/* What to poll for; the descriptor changes while connecting, so it is asked anew each time. -1: none. */
int db_fd(const struct db *db);
short db_events(const struct db *db);

/* Goes on connecting, after the socket was ready. */
enum db_status db_connect_step(struct db *db);

enum db_status db_status(const struct db *db);

/* Whether the network connection stands and the server is being waited for. */
bool db_reached(const struct db *db);

/* Whether libpq rejected the parameters before it tried anything. */
bool db_bad_options(const struct db *db);

bool db_needs_password(const struct db *db);

/* The address in use or being tried; "" where there is none. Borrowed. */
const char *db_host(const struct db *db);
const char *db_hostaddr(const struct db *db);
const char *db_port(const struct db *db);

const char *db_user(const struct db *db);
const char *db_name(const struct db *db);
int db_version_num(const struct db *db);
const char *db_parameter(const struct db *db, const char *name);
int db_backend_pid(const struct db *db);

/*
 * Each sends one statement (db_send: or several in one string) and gives false when the connection is gone. Every text goes out with the mark that
 * says whose it is (sql_marked()). `_with`: $1 in the statement is this value, as text; NULL: null.
 */
bool db_send(struct db *db, const char *sql);
bool db_send_with(struct db *db, const char *sql, const char *value);
bool db_send_prepare(struct db *db, const char *name, const char *sql);
bool db_send_prepared(struct db *db, const char *name);
bool db_send_prepared_with(struct db *db, const char *name, const char *value);

/* Reads and writes what the socket allows; false when the connection is gone. */
bool db_exchange(struct db *db);

/* What is next of the statement sent. */
enum db_event db_next(struct db *db);

/* While a row is current: how many columns, their names, and a value (NULL for null). */
int db_columns(const struct db *db);
const char *db_column_name(const struct db *db, int column);
const char *db_value(const struct db *db, int column, size_t *len);

/* Of the last failure. The message while connecting is the whole text of libpq, with SQLSTATEs. */
const char *db_error(const struct db *db);
const char *db_sqlstate(const struct db *db);   /* "" : none */

#endif

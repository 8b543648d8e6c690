#include "db.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "collectors/base/memory.h"
#include "collectors/base/sql.h"

struct db {
	PGconn *conn;
	PGresult *row;
	PostgresPollingStatusType waiting;   /* while connecting */
	bool connected, bad_options, unflushed, busy, failed;
	char sqlstate[6];
	char *error;
	char *farewell;    /* what the server said before it hung up */
};

static void error_set(struct db *db, const char *message, const char *sqlstate)
{
	size_t n = sqlstate ? strlen(sqlstate) : 0;

	free(db->error);
	db->error = mem_string(message ? message : "");
	memset(db->sqlstate, 0, sizeof(db->sqlstate));
	if (n < sizeof(db->sqlstate))
		memcpy(db->sqlstate, sqlstate ? sqlstate : "", n);
}

/*
 * Notices never reach stderr. An error that comes while no statement runs (`terminating connection due to administrator
 * command`) arrives as a notice too, and is what the user wants to read later.
 */
static void notice_take(void *arg, const PGresult *notice)
{
	struct db *db = arg;
	const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

	if (!severity || !text || (strcmp(severity, "FATAL") != 0 && strcmp(severity, "PANIC") != 0))
		return;
	free(db->farewell);
	db->farewell = mem_string(text);
}

static enum db_status bad(struct db *db)
{
	error_set(db, db->farewell ? db->farewell : PQerrorMessage(db->conn), NULL);
	db->connected = false;
	return DB_BAD;
}

/* libpq warns on stderr of a password file that others can read, each time anew. */
static PGconn *start_quietly(const char *const *keywords, const char *const *values)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	PGconn *conn;

	if (null >= 0 && saved >= 0)
		dup2(null, STDERR_FILENO);
	conn = PQconnectStartParams(keywords, values, 0);
	if (null >= 0 && saved >= 0)
		dup2(saved, STDERR_FILENO);
	if (null >= 0)
		close(null);
	if (saved >= 0)
		close(saved);
	return conn;
}

struct db *db_connect(const char *const *keywords, const char *const *values, bool quiet)
{
	struct db *db = mem_zero(1, sizeof(*db));

	db->conn = quiet ? start_quietly(keywords, values) : PQconnectStartParams(keywords, values, 0);
	if (!db->conn) {
		error_set(db, "out of memory", NULL);
		return db;
	}
	PQsetErrorVerbosity(db->conn, PQERRORS_VERBOSE);   /* the only way to a SQLSTATE while connecting */
	PQsetNoticeReceiver(db->conn, notice_take, db);
	db->waiting = PGRES_POLLING_WRITING;
	if (PQstatus(db->conn) == CONNECTION_BAD) {
		bad(db);
		/* Rejected parameters leave no address behind, and name no socket. */
		db->bad_options = !*db_hostaddr(db) && !strstr(db->error, ".s.PGSQL.");
	}
	return db;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	PQclear(db->row);
	PQfinish(db->conn);
	free(db->error);
	free(db->farewell);
	free(db);
}

int db_fd(const struct db *db)
{
	return PQsocket(db->conn);
}

short db_events(const struct db *db)
{
	if (!db->connected)
		return db->waiting == PGRES_POLLING_READING ? POLLIN : POLLOUT;
	return POLLIN | (db->unflushed ? POLLOUT : 0);
}

enum db_status db_connect_step(struct db *db)
{
	if (db->connected || PQstatus(db->conn) == CONNECTION_BAD)
		return db_status(db);
	db->waiting = PQconnectPoll(db->conn);
	if (db->waiting == PGRES_POLLING_FAILED)
		return bad(db);
	if (db->waiting != PGRES_POLLING_OK)
		return DB_CONNECTING;
	db->connected = true;
	PQsetErrorVerbosity(db->conn, PQERRORS_DEFAULT);
	if (PQsetnonblocking(db->conn, 1) != 0)
		return bad(db);
	return DB_CONNECTED;
}

enum db_status db_status(const struct db *db)
{
	if (PQstatus(db->conn) == CONNECTION_BAD)
		return DB_BAD;
	return db->connected ? DB_CONNECTED : DB_CONNECTING;
}

bool db_reached(const struct db *db)
{
	switch (PQstatus(db->conn)) {
	case CONNECTION_BAD:
	case CONNECTION_STARTED:
	case CONNECTION_NEEDED:
		return false;
	default:
		return true;
	}
}

bool db_bad_options(const struct db *db)
{
	return db->bad_options;
}

bool db_needs_password(const struct db *db)
{
	return PQconnectionNeedsPassword(db->conn) != 0;
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

const char *db_host(const struct db *db)
{
	return or_empty(PQhost(db->conn));
}

const char *db_hostaddr(const struct db *db)
{
	return or_empty(PQhostaddr(db->conn));
}

const char *db_port(const struct db *db)
{
	return or_empty(PQport(db->conn));
}

const char *db_user(const struct db *db)
{
	return or_empty(PQuser(db->conn));
}

const char *db_name(const struct db *db)
{
	return or_empty(PQdb(db->conn));
}

int db_version_num(const struct db *db)
{
	return PQserverVersion(db->conn);
}

const char *db_parameter(const struct db *db, const char *name)
{
	return PQparameterStatus(db->conn, name);
}

int db_backend_pid(const struct db *db)
{
	return PQbackendPID(db->conn);
}

/* What each kind of sending has in common. */
static bool sent(struct db *db, int ok)
{
	db->failed = false;
	db->busy = true;
	db->sqlstate[0] = '\0';
	if (!ok || PQflush(db->conn) < 0) {
		bad(db);
		return false;
	}
	PQsetSingleRowMode(db->conn);
	db->unflushed = PQflush(db->conn) == 1;
	return true;
}

bool db_send(struct db *db, const char *sql)
{
	char *marked = sql_marked(sql);
	int ok = PQsendQuery(db->conn, marked);

	free(marked);
	return sent(db, ok);
}

bool db_send_with(struct db *db, const char *sql, const char *value)
{
	char *marked = sql_marked(sql);
	int ok = PQsendQueryParams(db->conn, marked, 1, NULL, &value, NULL, NULL, 0);

	free(marked);
	return sent(db, ok);
}

bool db_send_prepare(struct db *db, const char *name, const char *sql)
{
	char *marked = sql_marked(sql);
	int ok = PQsendPrepare(db->conn, name, marked, 0, NULL);

	free(marked);
	return sent(db, ok);
}

bool db_send_prepared(struct db *db, const char *name)
{
	return sent(db, PQsendQueryPrepared(db->conn, name, 0, NULL, NULL, NULL, 0));
}

bool db_send_prepared_with(struct db *db, const char *name, const char *value)
{
	return sent(db, PQsendQueryPrepared(db->conn, name, 1, &value, NULL, NULL, 0));
}

bool db_exchange(struct db *db)
{
	int flushed = PQflush(db->conn);
	bool read = PQconsumeInput(db->conn);

	db->unflushed = flushed == 1;
	PQisBusy(db->conn);   /* parses what came unasked, too */
	if (read && flushed >= 0)
		return true;
	/* What was read before the end is still there and names the reason: a running statement gets it as its result. */
	if (!db->busy)
		bad(db);
	return db->busy;
}

static void failure_take(struct db *db, const PGresult *result)
{
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (db->failed)   /* the server's last words say more than that it hung up */
		return;
	db->failed = true;
	error_set(db, text ? text : PQresultErrorMessage(result), PQresultErrorField(result, PG_DIAG_SQLSTATE));
}

enum db_event db_next(struct db *db)
{
	PQclear(db->row);
	db->row = NULL;
	while (!PQisBusy(db->conn)) {
		PGresult *result = PQgetResult(db->conn);

		if (!result) {
			db->busy = false;
			return db->failed ? DB_FAILED : DB_DONE;
		}
		switch (PQresultStatus(result)) {
		case PGRES_SINGLE_TUPLE:
			db->row = result;
			return DB_ROW;
		case PGRES_TUPLES_OK:
		case PGRES_COMMAND_OK:
		case PGRES_EMPTY_QUERY:
			break;
		case PGRES_FATAL_ERROR:
			failure_take(db, result);
			if (PQstatus(db->conn) == CONNECTION_BAD) {
				PQclear(result);
				db->connected = false;
				return DB_LOST;
			}
			break;
		default:   /* a COPY: no statement of ours starts one */
			PQclear(result);
			error_set(db, "the server answered in a way that was not asked for", NULL);
			return DB_LOST;
		}
		PQclear(result);
	}
	return DB_WAIT;
}

int db_columns(const struct db *db)
{
	return PQnfields(db->row);
}

const char *db_column_name(const struct db *db, int column)
{
	return PQfname(db->row, column);
}

const char *db_value(const struct db *db, int column, size_t *len)
{
	if (column >= PQnfields(db->row) || PQgetisnull(db->row, 0, column))
		return NULL;
	if (len)
		*len = (size_t)PQgetlength(db->row, 0, column);
	return PQgetvalue(db->row, 0, column);
}

const char *db_error(const struct db *db)
{
	return or_empty(db->error);
}

const char *db_sqlstate(const struct db *db)
{
	return db->sqlstate;
}

#include "client.h"

#include <libpq-fe.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"

struct client {
	PGconn *connection;
};

/* Notices of our own SQL are of no use to anybody, and stderr belongs to the screen. */
static void notice_drop(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

/* Appends a message of libpq or the server as one clean line. */
static void error_take(struct strbuf *error, const char *message)
{
	if (error == NULL)
		return;
	char *clean = text_cleaned(message, TEXT_LINES);
	size_t len = strlen(clean);
	while (len > 0 && clean[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++)
		strbuf_addc(error, clean[i] == '\n' || clean[i] == '\t' ? ' ' : clean[i]);
	free(clean);
}

struct client *client_connect(const char *conninfo, struct strbuf *error)
{
	PGconn *connection = PQconnectdb(conninfo);

	if (PQstatus(connection) != CONNECTION_OK) {
		error_take(error, PQerrorMessage(connection));
		PQfinish(connection);
		return NULL;
	}
	PQsetNoticeReceiver(connection, notice_drop, NULL);
	struct client *c = mem_alloc(sizeof *c);
	c->connection = connection;
	return c;
}

bool client_exec(struct client *c, const char *sql, struct strbuf *error)
{
	PGresult *result = PQexec(c->connection, sql);
	ExecStatusType status = PQresultStatus(result);
	bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;

	if (!good)
		error_take(error, PQerrorMessage(c->connection));
	PQclear(result);
	return good;
}

int64_t client_number(struct client *c, const char *sql, int64_t otherwise)
{
	PGresult *result = PQexec(c->connection, sql);
	int64_t number = otherwise;

	if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0 && PQnfields(result) > 0 &&
	    !PQgetisnull(result, 0, 0)) {
		const char *text = PQgetvalue(result, 0, 0);
		char *end;
		long long value = strtoll(text, &end, 10);
		if (end != text && *end == '\0')
			number = value;
	}
	PQclear(result);
	return number;
}

bool client_alive(const struct client *c)
{
	return PQstatus(c->connection) == CONNECTION_OK;
}

bool client_pause(struct client *c, int ms)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t end = now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000 + ms;

	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		int64_t left = end - (now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000);
		if (left <= 0)
			return true;
		struct pollfd socket = { .fd = PQsocket(c->connection), .events = POLLIN };
		if (poll(&socket, 1, left > INT_MAX ? INT_MAX : (int)left) > 0 && !PQconsumeInput(c->connection))
			return false;
	}
}

void client_close(struct client *c)
{
	if (c == NULL)
		return;
	PQfinish(c->connection);
	free(c);
}

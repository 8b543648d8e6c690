/*
 * A client that does nothing but connect and ask once: how much memory libpq and what it loads take by themselves.
 * Usage: bare_client CONNINFO. Prints "connected", then waits for a line.
 */
#include <stdio.h>

#include <libpq-fe.h>

int main(int argc, char **argv)
{
	PGconn *conn = PQconnectdb(argc > 1 ? argv[1] : "");
	PGresult *result;

	if (PQstatus(conn) != CONNECTION_OK) {
		fputs(PQerrorMessage(conn), stderr);
		PQfinish(conn);
		return 1;
	}
	result = PQexec(conn, "SELECT * FROM pg_catalog.pg_stat_activity");
	PQclear(result);
	puts("connected");
	fflush(stdout);
	getchar();
	PQfinish(conn);
	return 0;
}

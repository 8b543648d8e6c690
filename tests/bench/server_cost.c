/*
 * What statements cost the server, prepared and executed as the program does it: the CPU time of the server process.
 * Usage: server_cost CONNINFO ROUNDS. On stdin statements, a blank line behind each, and after a line `--` another group of them. The groups are
 * run in turn, once more than ROUNDS; the first round does not count. Prints the median of each group in milliseconds, a line each.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

enum { STATEMENTS_MAX = 32, GROUPS_MAX = 4, ROUNDS_MAX = 1000 };

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "server_cost: %s\n", what);
	exit(1);
}

static int64_t cpu_ns(int pid)
{
	char path[64];
	int64_t ns = -1;

	snprintf(path, sizeof path, "/proc/%d/schedstat", pid);
	FILE *f = fopen(path, "r");
	if (f == NULL || fscanf(f, "%" SCNd64, &ns) != 1)
		die(path);
	fclose(f);
	return ns;
}

static void expect(PGconn *conn, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		die(PQerrorMessage(conn));
	PQclear(result);
}

/* Prepares what stands on stdin under the names s0, s1, ...; gives the group of each. */
static size_t prepare(PGconn *conn, int *group)
{
	char *line = NULL, *sql = calloc(1, 1), name[24];
	size_t room = 0, n = 0, len = 0;
	int now = 0;

	while (getline(&line, &room, stdin) >= 0) {
		if (strcmp(line, "--\n") == 0) {
			now++;
		} else if (strcmp(line, "\n") != 0) {
			sql = realloc(sql, len + strlen(line) + 1);
			memcpy(sql + len, line, strlen(line) + 1);
			len += strlen(line);
		} else if (len > 0) {
			if (n == STATEMENTS_MAX || now >= GROUPS_MAX)
				die("too many statements");
			snprintf(name, sizeof name, "s%zu", n);
			expect(conn, PQprepare(conn, name, sql, 0, NULL));
			group[n++] = now;
			len = 0;
		}
	}
	free(sql);
	free(line);
	return n;
}

/* Row by row, and each value copied, as the program's link does it: a client that sleeps between two packets costs the server its waking. */
static void run(PGconn *conn, const char *name)
{
	static char copy[65536];

	if (!PQsendQueryPrepared(conn, name, 0, NULL, NULL, NULL, 0) || !PQsetSingleRowMode(conn))
		die(PQerrorMessage(conn));
	for (PGresult *row; (row = PQgetResult(conn)) != NULL; PQclear(row)) {
		if (PQresultStatus(row) != PGRES_SINGLE_TUPLE && PQresultStatus(row) != PGRES_TUPLES_OK)
			die(PQerrorMessage(conn));
		for (int column = 0; PQntuples(row) > 0 && column < PQnfields(row); column++) {
			const char *value = PQgetvalue(row, 0, column);
			size_t len = (size_t)PQgetlength(row, 0, column);
			memcpy(copy, value, len < sizeof copy ? len : sizeof copy);
		}
	}
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static int64_t took[GROUPS_MAX][ROUNDS_MAX];
	int group[STATEMENTS_MAX], rounds = argc == 3 ? atoi(argv[2]) : 0;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		die("usage: server_cost CONNINFO ROUNDS");
	PGconn *conn = PQconnectdb(argv[1]);
	if (PQstatus(conn) != CONNECTION_OK)
		die(PQerrorMessage(conn));
	/* As the program's own session: a prepared statement is planned once. */
	expect(conn, PQexec(conn, "SET jit = off"));
	expect(conn, PQexec(conn, "SET plan_cache_mode = force_generic_plan"));
	size_t n = prepare(conn, group);
	int pid = PQbackendPID(conn);
	for (int round = -1; round < rounds; round++) {
		for (size_t i = 0; i < n; i++) {
			char name[24];
			int64_t before = cpu_ns(pid);
			snprintf(name, sizeof name, "s%zu", i);
			run(conn, name);
			if (round >= 0)
				took[group[i]][round] += cpu_ns(pid) - before;
		}
	}
	PQfinish(conn);
	for (int g = 0; n > 0 && g <= group[n - 1]; g++) {
		qsort(took[g], (size_t)rounds, sizeof took[g][0], compare);
		printf("%.3f\n", (double)took[g][rounds / 2] / 1e6);
	}
	return 0;
}

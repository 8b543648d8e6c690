#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/base/memory.h"
#include "programs.h"
#include "supervisor.h"

struct demo {
	pid_t supervisor;
	int alive;        /* the only write end: its closing is the supervisor's sign */
	char *conninfo;
};

/*
 * What libpq would take from the environment of a session with a real server, and what would lead this connection
 * astray.
 */
static const char *const astray[] = {
	"PGHOSTADDR", "PGSERVICE", "PGOPTIONS", "PGPASSWORD", "PGTARGETSESSIONATTRS", "PGREQUIREPEER", "PGREQUIREAUTH",
	"PGREQUIRESSL", "PGSSLMODE", "PGCHANNELBINDING", "PGGSSENCMODE", "PGCLIENTENCODING", "PGLOADBALANCEHOSTS",
};

/* Reads the supervisor's report to its end. */
static void report_read(int fd, struct strbuf *report)
{
	char piece[1024];
	ssize_t n;

	while ((n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			strbuf_add(report, piece, (size_t)n);
}

/* Starts the supervisor; gives the demo without its connection string, and the pipe the report comes from. */
static struct demo *supervisor_start(const struct programs *programs, const struct account *account, int *report,
	struct strbuf *error)
{
	int alive[2] = { -1, -1 }, reports[2] = { -1, -1 };

	/* Without close-on-exec a program started later would keep the demo alive. */
	if (pipe2(alive, O_CLOEXEC) != 0 || pipe2(reports, O_CLOEXEC) != 0)
		goto failed;
	pid_t pid = fork();
	if (pid < 0)
		goto failed;
	if (pid == 0) {
		close(alive[1]);
		close(reports[0]);
		supervisor_run(alive[0], reports[1], programs, account);
	}
	close(alive[0]);
	close(reports[1]);
	struct demo *d = mem_zero(1, sizeof *d);
	d->supervisor = pid;
	d->alive = alive[1];
	*report = reports[0];
	return d;

failed:
	strbuf_addf(error, "the demo cannot be started: %s", strerror(errno));
	for (int i = 0; i < 2; i++) {
		if (alive[i] >= 0)
			close(alive[i]);
		if (reports[i] >= 0)
			close(reports[i]);
	}
	return NULL;
}

struct demo *demo_start(struct strbuf *error)
{
	struct programs programs;
	struct account account;
	struct strbuf report = STRBUF_INIT;
	int fd = -1;

	if (!programs_find(&programs, error))
		return NULL;
	if (!account_find(&account, error)) {
		programs_free(&programs);
		return NULL;
	}
	for (size_t i = 0; i < sizeof astray / sizeof astray[0]; i++)
		unsetenv(astray[i]);
	fprintf(stderr, "starting a throwaway PostgreSQL %d with an application in trouble ...\n", programs.major);

	struct demo *d = supervisor_start(&programs, &account, &fd, error);
	if (d != NULL) {
		report_read(fd, &report);
		close(fd);
		if (report.text[0] == '+') {
			d->conninfo = mem_string(report.text + 1);
		} else {
			strbuf_adds(error, report.len > 1 ? report.text + 1 : "the demo's supervisor ended unexpectedly");
			demo_end(d);
			d = NULL;
		}
	}
	strbuf_free(&report);
	account_free(&account);
	programs_free(&programs);
	return d;
}

const char *demo_conninfo(const struct demo *d)
{
	return d->conninfo;
}

void demo_end(struct demo *d)
{
	if (d == NULL)
		return;
	close(d->alive);
	while (waitpid(d->supervisor, NULL, 0) < 0 && errno == EINTR)
		;
	free(d->conninfo);
	free(d);
}

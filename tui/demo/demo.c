#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collectors/base/memory.h"
#include "programs.h"
#include "remains.h"
#include "supervisor.h"

extern char **environ;

enum {
	REPORT_S = SUPERVISOR_SETUP_S + 10,   /* the supervisor ends what takes too long, and says so, by itself */
	END_S = 10,
};

/* What the demo's server is too young for. The manual says so at --demo. */
static const struct {
	enum limit_id id;
	double value;
} lower_limits[] = {
	{ LIMIT_MATVIEW_STALE, 30 },   /* a day elsewhere; after a refresh the view is well for so long */
};

struct demo {
	pid_t supervisor;
	int alive;        /* the only write end: its closing is the supervisor's sign */
	struct account account;
	char *dir;        /* where all of it is; NULL: nothing was made */
	char *conninfo;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/*
 * What libpq and PostgreSQL's programs would take from the environment of a session with a real server, and what would lead this
 * one astray: all that begins with PG, but for what is the program's own.
 */
static void environment_clean(void)
{
	for (char **entry = environ; *entry != NULL;) {
		size_t len = strcspn(*entry, "=");
		if (len == 0 || strncmp(*entry, "PG", 2) != 0 || strncmp(*entry, "PGTOP", 5) == 0) {
			entry++;
			continue;
		}
		char *name = mem_string_n(*entry, len);
		bool gone = unsetenv(name) == 0;
		free(name);
		/* The list has closed up. */
		entry = gone ? environ : entry + 1;
	}
}

/* Reads the supervisor's report to its end; false when that does not come. */
static bool report_read(int fd, struct strbuf *report)
{
	int64_t deadline = now_ms() + REPORT_S * INT64_C(1000);
	char piece[1024];
	ssize_t n;

	for (;;) {
		int64_t left = deadline - now_ms();
		struct pollfd more = { .fd = fd, .events = POLLIN };
		if (left <= 0)
			return false;
		if (poll(&more, 1, (int)left) <= 0)
			continue;
		n = read(fd, piece, sizeof piece);
		if (n == 0 || (n < 0 && errno != EINTR))
			return true;
		if (n > 0)
			strbuf_add(report, piece, (size_t)n);
	}
}

/* The report's first line is the directory, the rest what came of it. */
static bool report_take(struct demo *d, const struct strbuf *report, bool whole, struct strbuf *error)
{
	const char *rest = strchr(report->text, '\n');

	if (rest != NULL && rest != report->text)
		d->dir = mem_string_n(report->text, (size_t)(rest - report->text));
	rest = rest != NULL ? rest + 1 : "";
	if (whole && *rest == '+') {
		d->conninfo = mem_string(rest + 1);
		return true;
	}
	if (*rest == '-')
		strbuf_adds(error, rest + 1);
	else
		strbuf_adds(error, whole ? "the demo's supervisor ended unexpectedly" : "the demo's supervisor does not answer");
	return false;
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
	environment_clean();
	fprintf(stderr, "starting a throwaway PostgreSQL %d with an application in trouble ...\n", programs.major);

	struct demo *d = supervisor_start(&programs, &account, &fd, error);
	if (d != NULL) {
		d->account = account;
		bool whole = report_read(fd, &report);
		close(fd);
		if (!report_take(d, &report, whole, error)) {
			demo_end(d);
			d = NULL;
		}
	} else {
		account_free(&account);
	}
	strbuf_free(&report);
	programs_free(&programs);
	return d;
}

void demo_limits(struct limits *limits)
{
	for (size_t i = 0; i < sizeof lower_limits / sizeof lower_limits[0]; i++) {
		double *value = &limits->value[lower_limits[i].id][0];
		if (*value > lower_limits[i].value)
			*value = lower_limits[i].value;
	}
}

const char *demo_conninfo(const struct demo *d)
{
	return d->conninfo;
}

/* Gives whether it has ended, in time. */
static bool supervisor_await(pid_t supervisor)
{
	int64_t deadline = now_ms() + END_S * INT64_C(1000);

	for (;;) {
		pid_t ended = waitpid(supervisor, NULL, WNOHANG);
		if (ended == supervisor || (ended < 0 && errno != EINTR))
			return true;
		if (now_ms() >= deadline)
			return false;
		nanosleep(&(struct timespec){ .tv_nsec = 5 * 1000000L }, NULL);
	}
}

void demo_end(struct demo *d)
{
	if (d == NULL)
		return;
	close(d->alive);
	/* Somebody may have stopped it to see what happens. */
	kill(d->supervisor, SIGCONT);
	if (!supervisor_await(d->supervisor))
		fprintf(stderr, "pgtop-prod: the demo's supervisor, process %ld, does not end; what it made stays in %s\n",
			(long)d->supervisor, d->dir != NULL ? d->dir : "TMPDIR or /tmp");
	else if (d->dir != NULL && access(d->dir, F_OK) == 0 && !remains_clear(d->dir, &d->account))
		fprintf(stderr, "pgtop-prod: the demo's supervisor was ended; what it made stays in %s\n", d->dir);
	account_free(&d->account);
	free(d->dir);
	free(d->conninfo);
	free(d);
}

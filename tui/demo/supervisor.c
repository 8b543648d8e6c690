#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "application.h"
#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "remains.h"

enum {
	INITDB_S = 60, LOAD_S = 30, TROUBLE_S = 5,   /* deadlines; on a quiet machine it is 1, 1 and 1 s */
	QUIT_S = 8,        /* the postmaster itself kills its children after 5 s */
	TURN_MS = 50,
	LOG_TAIL = 1500,   /* bytes of the log that a failure shows */
};

struct supervisor {
	int alive, report;
	const struct programs *programs;
	const struct account *account;
	pid_t self;
	char *dir;              /* everything is in here */
	char *place;            /* where the server is, for a connection string */
	pid_t postgres;         /* 0: not running */
	const char *preload;    /* what the server loads at its start */
	pid_t *actors;
	size_t nactors;
	char *ended;            /* how the child that was waited for in vain ended; NULL: no more is known */
};

/* What came of waiting for a step. */
enum step { STEP_DONE, STEP_FAILED, STEP_LATE, STEP_ABANDONED };

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* --- the directory ------------------------------------------------------------------------------------------------ */

/* Whether the name can be part of a connection string and of the server's settings as it is, and its socket's too. */
static bool dir_is_plain(const char *dir)
{
	const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
	size_t room = sizeof ((struct sockaddr_un *)NULL)->sun_path;

	return dir[0] == '/' && strspn(dir, plain) == strlen(dir) &&
	       strlen(dir) + sizeof "/pgtop-demo-XXXXXX/.s.PGSQL.5432" <= room;
}

/* The account may be kept out of the way there, as from root's own TMPDIR. */
static bool account_reaches(const struct account *account, const char *dir)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(account_become(account) && chdir(dir) == 0 ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Makes the private directory below `parent`; NULL when that is no place for it. */
static char *dir_make_in(const struct supervisor *s, const char *parent)
{
	if (parent == NULL || !dir_is_plain(parent))
		return NULL;
	char *dir = mem_format("%s/pgtop-demo-XXXXXX", parent);
	if (mkdtemp(dir) != NULL) {
		if ((!s->account->change || chown(dir, s->account->uid, s->account->gid) == 0) &&
		    account_reaches(s->account, dir))
			return dir;
		rmdir(dir);
	}
	free(dir);
	return NULL;
}

/* --- children ----------------------------------------------------------------------------------------------------- */

/* Forks a child that is the account, lives no longer than we do, works in the directory and writes to the log. */
static pid_t child_start(const struct supervisor *s, int end_signal)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	setpgid(0, 0);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	if (!account_become(s->account) || chdir(s->dir) != 0)
		_exit(126);
#ifdef __linux__
	/* After the change of account, which clears it. */
	prctl(PR_SET_PDEATHSIG, end_signal);
	if (getppid() != s->self)
		_exit(126);
#else
	(void)end_signal;
#endif
	umask(077);
	int log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (log < 0)
		_exit(126);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	close(log);
	close(s->alive);
	close(s->report);
	return 0;
}

static void child_kill(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Sleeps a turn; gives false when the program is gone. */
static bool turn(const struct supervisor *s)
{
	struct pollfd end = { .fd = s->alive, .events = POLLIN };

	return poll(&end, 1, TURN_MS) <= 0;
}

static void note_end(struct supervisor *s, const char *who, int status)
{
	free(s->ended);
	s->ended = WIFSIGNALED(status) ? mem_format("%s was ended by signal %d", who, WTERMSIG(status))
				       : mem_format("%s ended with status %d", who, WEXITSTATUS(status));
}

/* Waits for a child to end well; ends it when that takes too long, the program is gone or the server has died. */
static enum step child_await(struct supervisor *s, pid_t pid, int seconds)
{
	int64_t deadline = now_ms() + seconds * INT64_C(1000);
	enum step outcome = STEP_LATE;

	if (pid < 0) {
		s->ended = mem_format("no process can be started: %s", strerror(errno));
		return STEP_FAILED;
	}
	while (now_ms() < deadline) {
		int status;
		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
				return STEP_DONE;
			note_end(s, s->postgres > 0 ? "what fills it" : "it", status);
			return STEP_FAILED;
		}
		if (s->postgres > 0 && waitpid(s->postgres, &status, WNOHANG) == s->postgres) {
			note_end(s, "it", status);
			s->postgres = 0;
			outcome = STEP_FAILED;
			break;
		}
		if (!turn(s)) {
			outcome = STEP_ABANDONED;
			break;
		}
	}
	child_kill(pid);
	return outcome;
}

/* --- the steps ---------------------------------------------------------------------------------------------------- */

static enum step step_initdb(struct supervisor *s)
{
	pid_t pid = child_start(s, SIGKILL);

	if (pid == 0) {
		char *initdb = mem_format("%s/initdb", s->programs->bindir);
		execl(initdb, initdb, "--pgdata=data", "--username=postgres", "--auth=trust", "--encoding=UTF8",
			"--locale=C", "--no-sync", (char *)NULL);
		perror(initdb);
		_exit(127);
	}
	return child_await(s, pid, INITDB_S);
}

/* Nothing here has to survive, and nothing of it may be left behind in the system's shared memory. */
static bool settings_write(const struct supervisor *s)
{
	FILE *f = fopen("data/postgresql.conf", "a");

	if (f == NULL)
		return false;
	/* No parallel workers: what a statement takes is then what one process takes, and one processor is left alone. */
	fprintf(f, "listen_addresses = ''\nport = 5432\n"
		"unix_socket_directories = '%s'\nunix_socket_permissions = 0700\n"
		"max_connections = 60\nmax_prepared_transactions = 5\nshared_buffers = 128MB\n"
		"dynamic_shared_memory_type = mmap\nmax_wal_size = 256MB\nwal_level = minimal\nmax_wal_senders = 0\n"
		"shared_preload_libraries = '%s'\ntrack_commit_timestamp = on\nmax_parallel_workers_per_gather = 0\n"
		"fsync = off\nfull_page_writes = off\nsynchronous_commit = off\ntrack_io_timing = on\n"
		"logging_collector = off\nlog_destination = stderr\n", s->dir, s->preload);
	return fclose(f) == 0;
}

static void step_server(struct supervisor *s)
{
	pid_t pid = child_start(s, SIGQUIT);

	if (pid == 0) {
		char *postgres = mem_format("%s/postgres", s->programs->bindir);
		if (!settings_write(s)) {
			perror("data/postgresql.conf");
			_exit(1);
		}
		execl(postgres, postgres, "-D", "data", (char *)NULL);
		perror(postgres);
		_exit(127);
	}
	s->postgres = pid > 0 ? pid : 0;
}

static enum step step_load(struct supervisor *s)
{
	pid_t pid = child_start(s, SIGKILL);

	if (pid == 0)
		_exit(application_load(s->place, LOAD_S) ? 0 : 1);
	return child_await(s, pid, LOAD_S);
}

/*
 * Starts the server and fills it. Whether it has pg_stat_statements shows when it loads it: where it ends of that, it is started
 * without, and the pane of the queries has something to say.
 */
static enum step step_filled_server(struct supervisor *s)
{
	static const char *const preloads[] = { "pg_stat_statements", "" };
	enum step outcome = STEP_FAILED;

	for (size_t i = 0; i < sizeof preloads / sizeof preloads[0]; i++) {
		s->preload = preloads[i];
		step_server(s);
		outcome = step_load(s);
		if (outcome != STEP_FAILED || s->postgres > 0)
			break;
	}
	return outcome;
}

static enum step step_trouble(struct supervisor *s)
{
	s->actors = mem_zero(application_size(), sizeof *s->actors);
	for (size_t i = 0; i < application_size(); i++) {
		pid_t pid = child_start(s, SIGKILL);
		if (pid == 0) {
			application_act(i, s->place);
			_exit(0);
		}
		if (pid > 0)
			s->actors[s->nactors++] = pid;
	}
	pid_t pid = child_start(s, SIGKILL);
	if (pid == 0) {
		application_watch(s->place, TROUBLE_S);
		_exit(0);
	}
	/* On a slow machine some of it may come later; that is no reason not to begin. */
	enum step outcome = child_await(s, pid, TROUBLE_S + 1);
	return outcome == STEP_LATE ? STEP_DONE : outcome;
}

/* --- the report --------------------------------------------------------------------------------------------------- */

static void report_send(const struct supervisor *s, const struct strbuf *message)
{
	size_t sent = 0;

	while (sent < message->len) {
		ssize_t n = write(s->report, message->text + sent, message->len - sent);
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			sent += (size_t)n;
	}
}

/* Appends the last lines of the log, which say it better than we could; an empty one says nothing, then what else is known. */
static void log_append_tail(const struct supervisor *s, struct strbuf *message)
{
	struct strbuf clean = STRBUF_INIT;
	char tail[LOG_TAIL + 1];
	char *path = mem_format("%s/log", s->dir);
	int log = open(path, O_RDONLY | O_NOFOLLOW);
	off_t size = log >= 0 ? lseek(log, 0, SEEK_END) : 0;
	ssize_t n = 0;

	free(path);
	if (log >= 0) {
		lseek(log, size > LOG_TAIL ? size - LOG_TAIL : 0, SEEK_SET);
		n = read(log, tail, LOG_TAIL);
		close(log);
	}
	tail[n > 0 ? n : 0] = '\0';
	const char *start = tail;
	if (size > LOG_TAIL && strchr(tail, '\n') != NULL)
		start = strchr(tail, '\n') + 1;
	text_clean(&clean, start, strlen(start), TEXT_LINES);
	while (clean.len > 0 && strchr("\n ", clean.text[clean.len - 1]) != NULL)
		strbuf_cut(&clean, clean.len - 1);
	if (clean.len > 0)
		strbuf_addf(message, "; the end of its log:\n%s", clean.text);
	else
		strbuf_addf(message, ": %s; its log is empty", s->ended != NULL ? s->ended : "why is not known");
	strbuf_free(&clean);
}

static void report_failure(const struct supervisor *s, enum step outcome, const char *what)
{
	struct strbuf message = STRBUF_INIT;

	strbuf_addf(&message, "-%s %s", what, outcome == STEP_LATE ? "takes too long" : "failed");
	log_append_tail(s, &message);
	report_send(s, &message);
	strbuf_free(&message);
}

/* At once: whoever finds us gone knows where to look. */
static void report_dir(const struct supervisor *s)
{
	struct strbuf message = STRBUF_INIT;

	strbuf_addf(&message, "%s\n", s->dir != NULL ? s->dir : "");
	report_send(s, &message);
	strbuf_free(&message);
}

static void report_success(const struct supervisor *s)
{
	struct strbuf message = STRBUF_INIT;

	strbuf_addf(&message, "+%s " APPLICATION_DATABASE, s->place);
	report_send(s, &message);
	strbuf_free(&message);
}

/* --- from the start to the end ------------------------------------------------------------------------------------ */

/* Gives whether all stands; if not, that was reported. */
static bool supervisor_build(struct supervisor *s)
{
	s->dir = dir_make_in(s, getenv("TMPDIR"));
	if (s->dir == NULL)
		s->dir = dir_make_in(s, "/tmp");
	int why = errno;
	report_dir(s);
	if (s->dir == NULL) {
		struct strbuf message = STRBUF_INIT;
		strbuf_addf(&message, "-no private directory can be made in TMPDIR or /tmp: %s", strerror(why));
		report_send(s, &message);
		strbuf_free(&message);
		return false;
	}
	s->place = mem_format("host=%s port=5432", s->dir);

	const char *what = "initdb";
	enum step outcome = step_initdb(s);
	if (outcome == STEP_DONE) {
		what = "the throwaway server";
		outcome = step_filled_server(s);
	}
	if (outcome == STEP_DONE)
		outcome = step_trouble(s);
	if (outcome != STEP_DONE) {
		report_failure(s, outcome, what);
		return false;
	}
	report_success(s);
	return true;
}

/* Until the program is gone. Its own server may be ended by whoever tries things out: that is theirs to see. */
static void supervisor_watch(struct supervisor *s)
{
	struct pollfd end = { .fd = s->alive, .events = POLLIN };

	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		;
	if (s->postgres > 0 && waitpid(s->postgres, NULL, WNOHANG) == s->postgres)
		s->postgres = 0;
}

static void supervisor_end(struct supervisor *s)
{
	for (size_t i = 0; i < s->nactors; i++)
		child_kill(s->actors[i]);
	free(s->actors);

	if (s->postgres > 0) {
		int64_t deadline = now_ms() + QUIT_S * INT64_C(1000);
		struct timespec step = { .tv_nsec = 10 * 1000000L };
		kill(s->postgres, SIGQUIT);
		/* Somebody may have stopped it to see what the screen does. */
		kill(s->postgres, SIGCONT);
		pid_t ended;
		while ((ended = waitpid(s->postgres, NULL, WNOHANG)) == 0 && now_ms() < deadline)
			nanosleep(&step, NULL);
		if (ended == 0)
			child_kill(s->postgres);
	}
	if (s->dir != NULL)
		dir_remove(s->dir);
	free(s->dir);
	free(s->place);
	free(s->ended);
}

/* Apart from the program and its terminal: our own session, no signal of theirs, no descriptor but the two pipes. */
static void supervisor_detach(const struct supervisor *s)
{
	static const int deaf_to[] = { SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE, SIGTSTP, SIGUSR1, SIGUSR2 };
	sigset_t none;

	setsid();
	for (size_t i = 0; i < sizeof deaf_to / sizeof deaf_to[0]; i++)
		signal(deaf_to[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	long most = sysconf(_SC_OPEN_MAX);
	for (int fd = STDERR_FILENO + 1; fd < (most > 0 && most < 4096 ? most : 4096); fd++)
		if (fd != s->alive && fd != s->report)
			close(fd);
	if (chdir("/") != 0)
		_exit(1);
}

void supervisor_run(int alive, int report, const struct programs *programs, const struct account *account)
{
	struct supervisor s = { .alive = alive, .report = report, .programs = programs, .account = account,
		.self = getpid() };

	supervisor_detach(&s);
	bool stands = supervisor_build(&s);
	if (stands) {
		close(report);
		supervisor_watch(&s);
	}
	supervisor_end(&s);
	_exit(stands ? 0 : 1);
}

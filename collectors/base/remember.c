#include "remember.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "memory.h"
#include "private_file.h"
#include "remember_json.h"
#include "text.h"

/* Between two times of writing: after something changed, and when only the time of looking did. */
enum { SOON_S = 5, LATER_S = 60 };

struct kept {
	char *server, *collector;
	struct memory memory;
	struct kept *next;   /* callers hold on to their memory: each has a place of its own */
};

struct memories {
	char *directory;     /* NULL: for this run only, or not to be written */
	char *file;
	struct kept *first;
	json_t *root;        /* what memories_open() read, for the first who asks: a large file takes a while */
	bool told;           /* that it cannot be written */
	bool dirty;          /* what the file does not have yet, as far as `changed` told */
	int64_t saved_us;    /* monotonic; 0: not yet */
	pid_t writer;        /* a process that is writing; 0: none */
	int says;            /* what it has to say, a pipe */
};

/* What became of writing. */
enum outcome {
	SAVED,     /* a line in error: with something to be told */
	BUSY,      /* another program writes: later */
	FAILED,    /* errno; not for good */
	REFUSED,   /* what is there is not ours to write over; with a line in error */
};

static char *file_in(const char *directory, const char *name)
{
	return mem_format("%s/%s", directory, name);
}

/*
 * A file that holds nothing to rely on would be written over with the next save: somebody may want to see what became of it. It is not
 * followed anywhere: a rename moves the name.
 */
static void keep_aside(struct memories *m, struct strbuf *error)
{
	char *aside = file_in(m->directory, "memory.json.broken");

	if (rename(m->file, aside) == 0) {
		strbuf_adds(error, "; kept as memory.json.broken");
	} else {
		strbuf_adds(error, "; it stays, and nothing is remembered");
		mem_replace(&m->directory, NULL);
	}
	free(aside);
}

/* The file as it is now; NULL where there is none, or none of use: then with a line in error. */
static json_t *read_now(struct memories *m, struct strbuf *error)
{
	json_t *root = NULL;

	switch (remember_read(m->file, &root, error)) {
	case REMEMBER_GOOD:
	case REMEMBER_NONE:
		break;
	case REMEMBER_BROKEN:
		keep_aside(m, error);
		break;
	case REMEMBER_REFUSED:
		strbuf_adds(error, "; nothing is remembered beyond this run");
		mem_replace(&m->directory, NULL);
		break;
	}
	return root;
}

struct memories *memories_open(const char *directory, struct strbuf *error)
{
	struct memories *m = mem_zero(1, sizeof(*m));
	const char *refused = directory ? private_directory_refused(directory) : NULL;

	if (!directory)
		return m;
	m->directory = mem_string(directory);
	m->file = file_in(directory, "memory.json");
	if (refused) {
		text_clean(error, directory, strlen(directory), 0);
		strbuf_addf(error, ": %s; nothing is remembered beyond this run", refused);
		mem_replace(&m->directory, NULL);
		return m;
	}
	/* What is wrong with it is told now; rows are taken when a collector asks for them, which knows their columns. */
	m->root = read_now(m, error);
	return m;
}

static struct kept *kept_find(const struct memories *m, const char *server, const char *collector)
{
	for (struct kept *k = m->first; k; k = k->next)
		if (strcmp(k->server, server) == 0 && strcmp(k->collector, collector) == 0)
			return k;
	return NULL;
}

/* Takes what the file has of it: rows that are new to us, and those that somebody looked at later. */
static bool adopt(struct kept *k, const json_t *root)
{
	struct table *theirs = remember_rows(root, k->server, k->collector, k->memory.table->columns, k->memory.table->ncolumns);
	bool later = remember_merge(k->memory.table, theirs);

	table_free(theirs);
	return later;
}

struct memory *memories_of(struct memories *m, const char *server, const char *collector, const struct column *columns, size_t ncolumns)
{
	struct kept *k = kept_find(m, server, collector);
	struct strbuf ignored = STRBUF_INIT;   /* memories_open() has said it */
	json_t *root = m->root;

	if (k)
		return &k->memory;
	m->root = NULL;
	k = mem_zero(1, sizeof(*k));
	k->server = mem_string(server);
	k->collector = mem_string(collector);
	k->memory.table = table_new(columns, ncolumns);
	k->next = m->first;
	m->first = k;
	if (m->directory && (root || remember_read(m->file, &root, &ignored) == REMEMBER_GOOD))
		adopt(k, root);
	json_decref(root);
	strbuf_free(&ignored);
	return &k->memory;
}

/*
 * What makes reading, merging and replacing one step for every program that keeps this file. The lock is on a file of its own, since the other is replaced.
 * -1: another program has it, or it cannot be had (errno).
 */
static int lock_take(const struct memories *m)
{
	char *path = file_in(m->directory, "memory.lock");
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	free(path);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		int error = errno;

		close(fd);
		errno = error;
		fd = -1;
	}
	return fd;
}

static bool failed(struct memories *m, const char *what, struct strbuf *error)
{
	if (m->told)
		return true;
	m->told = true;
	text_clean(error, m->file, strlen(m->file), 0);
	strbuf_addf(error, ": %s; what was seen is remembered for this run only", what);
	return false;
}

/* Puts our rows into what is in the file now, which may have those of other servers, collectors and programs: these stay as they are. */
static enum outcome merge_and_write(struct memories *m, struct strbuf *error)
{
	json_t *root = read_now(m, error);
	bool good;
	char *text;
	int what;

	if (!m->directory) {
		json_decref(root);
		return REFUSED;
	}
	if (!root)
		root = remember_empty();
	for (struct kept *k = m->first; k; k = k->next) {
		adopt(k, root);
		remember_put(root, k->server, k->collector, k->memory.table);
	}
	remember_drop_old(root, clock_now().wall_us);
	text = remember_text(root);
	good = text && private_file_replace(m->file, text, strlen(text));
	what = errno;
	free(text);
	json_decref(root);
	errno = what;
	return good ? SAVED : FAILED;
}

static enum outcome write_now(struct memories *m, struct strbuf *error)
{
	enum outcome outcome;
	int lock, what;

	if (!private_directory_make(m->directory))
		return FAILED;
	lock = lock_take(m);
	if (lock < 0)
		return errno == EWOULDBLOCK ? BUSY : FAILED;
	outcome = merge_and_write(m, error);
	what = errno;
	close(lock);
	errno = what;
	return outcome;
}

/* True, or false with one line in error. */
static bool tell(struct memories *m, enum outcome outcome, int what, struct strbuf *error)
{
	switch (outcome) {
	case SAVED:
		return error->len == 0;
	case BUSY:
		m->dirty = true;
		break;
	case FAILED:
		m->dirty = true;
		return failed(m, strerror(what), error);
	case REFUSED:
		m->told = true;
		mem_replace(&m->directory, NULL);
		return false;
	}
	return true;
}

/* ---- beside the program ---- */

/*
 * To read, merge and print what is kept of a thousand rows takes tens of milliseconds, in which no key would be answered: a process of its
 * own does it, with the rows as they are at this moment. It must not touch what is its parent's, the terminal and the sessions: it runs no handler of
 * ours (all signals stay blocked), prints nothing, and leaves by _exit(). What it found in the file of other programs is merged there, not taken
 * into our tables: nobody waits for it.
 */
static _Noreturn void writer_run(struct memories *m, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), what;
	struct strbuf error = STRBUF_INIT;
	enum outcome outcome;

	mem_on_exhausted(NULL);
	signal(SIGABRT, SIG_DFL);   /* which abort() unblocks */
	if (null >= 0)
		dup2(null, STDERR_FILENO);
	outcome = write_now(m, &error);
	what = errno;
	/* Little enough to fit in a pipe that nobody reads yet. */
	if (write(out, &outcome, sizeof(outcome)) < 0 || write(out, &what, sizeof(what)) < 0 ||
	    write(out, error.text, error.len < 2048 ? error.len : 2048) < 0)
		_exit(1);
	_exit(0);
}

/* False: no process is to be had. */
static bool writer_start(struct memories *m)
{
	sigset_t all, before;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return false;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	if (pid == 0)
		writer_run(m, ends[1]);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return false;
	}
	m->writer = pid;
	m->says = ends[0];
	return true;
}

/* What it has said, once it has ended. Without `wait`: true as long as it has not. False with a line in error, as memories_save() has it. */
static bool writer_end(struct memories *m, bool wait, struct strbuf *error)
{
	enum outcome outcome;
	int what, status = 0;
	char line[2048];
	ssize_t n;
	pid_t ended;

	do {
		ended = waitpid(m->writer, &status, wait ? 0 : WNOHANG);
	} while (ended < 0 && errno == EINTR);
	if (ended == 0)
		return true;
	m->writer = 0;
	if (read(m->says, &outcome, sizeof(outcome)) != sizeof(outcome) || read(m->says, &what, sizeof(what)) != sizeof(what)) {
		outcome = FAILED;   /* it was killed, or ran out of memory */
		what = ECANCELED;
	}
	while ((n = read(m->says, line, sizeof(line))) > 0)
		strbuf_add(error, line, (size_t)n);
	close(m->says);
	return tell(m, outcome, what, error);
}

bool memories_save(struct memories *m, int64_t mono_us, bool anyway, struct strbuf *error)
{
	bool any = false, good = !m->writer || writer_end(m, anyway, error);
	enum outcome outcome;

	for (struct kept *k = m->first; k; k = k->next) {
		m->dirty = m->dirty || k->memory.changed;
		any = any || k->memory.table->nrows > 0;
		k->memory.changed = false;
	}
	if (m->writer || !m->directory || !any ||
	    (!anyway && (!good || (m->saved_us && mono_us < m->saved_us + (m->dirty ? SOON_S : LATER_S) * SECOND_US))))
		return good;
	m->saved_us = mono_us ? mono_us : 1;
	m->dirty = false;
	if (!anyway && writer_start(m))
		return true;
	outcome = write_now(m, error);   /* at the end, or where no process is to be had */
	return tell(m, outcome, errno, error) && good;
}

void memories_close(struct memories *m)
{
	struct strbuf ignored = STRBUF_INIT;

	if (!m)
		return;
	if (m->writer)
		writer_end(m, true, &ignored);
	strbuf_free(&ignored);
	while (m->first) {
		struct kept *k = m->first;

		m->first = k->next;
		table_free(k->memory.table);
		free(k->server);
		free(k->collector);
		free(k);
	}
	json_decref(m->root);
	free(m->directory);
	free(m->file);
	free(m);
}

#include "remember.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
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
	json_t *root;        /* what we wrote last; as long as the file is still that one it need not be read: a large one takes a while */
	struct stat wrote;
	bool told;           /* that it cannot be written */
	bool dirty;          /* what the file does not have yet, as far as `changed` told */
	int64_t saved_us;    /* monotonic; 0: not yet */
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
	struct stat is;

	if (!directory)
		return m;
	m->directory = mem_string(directory);
	m->file = file_in(directory, "memory.json");
	/* With another user's rights (sudo) a file would be left there that its owner cannot read. */
	if (lstat(directory, &is) == 0 && (is.st_uid != geteuid() || !S_ISDIR(is.st_mode))) {
		text_clean(error, directory, strlen(directory), 0);
		strbuf_addf(error, ": %s; nothing is remembered beyond this run",
			    S_ISDIR(is.st_mode) ? "belongs to another user" : "is not a directory");
		mem_replace(&m->directory, NULL);
		return m;
	}
	/* What is wrong with it is told now; rows are taken when a collector asks for them, which knows their columns. */
	json_decref(read_now(m, error));
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
	json_t *root = NULL;

	if (k)
		return &k->memory;
	k = mem_zero(1, sizeof(*k));
	k->server = mem_string(server);
	k->collector = mem_string(collector);
	k->memory.table = table_new(columns, ncolumns);
	k->next = m->first;
	m->first = k;
	if (m->directory && remember_read(m->file, &root, &ignored) == REMEMBER_GOOD)
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

static bool is_still_ours(const struct memories *m)
{
	struct stat is;

	return m->root && lstat(m->file, &is) == 0 && is.st_ino == m->wrote.st_ino && is.st_size == m->wrote.st_size &&
	       is.st_mtim.tv_sec == m->wrote.st_mtim.tv_sec && is.st_mtim.tv_nsec == m->wrote.st_mtim.tv_nsec;
}

static void forget_written(struct memories *m)
{
	json_decref(m->root);
	m->root = NULL;
}

/* Puts our rows into what is in the file now, which may have those of other servers, collectors and programs. */
static bool save(struct memories *m, int64_t wall_us, struct strbuf *error)
{
	bool ours = is_still_ours(m), good;
	const char *what;
	char *text;

	if (!ours) {
		forget_written(m);
		m->root = read_now(m, error);
	}
	if (!m->directory) {
		forget_written(m);
		m->told = true;
		return false;
	}
	if (!m->root)
		m->root = remember_empty();
	for (struct kept *k = m->first; k; k = k->next) {
		if (!ours)
			adopt(k, m->root);
		remember_put(m->root, k->server, k->collector, k->memory.table);
	}
	remember_drop_old(m->root, wall_us);
	text = remember_text(m->root);
	good = text && private_file_replace(m->file, text, strlen(text));
	what = strerror(good ? 0 : errno);
	free(text);
	if (!good || lstat(m->file, &m->wrote) != 0)
		forget_written(m);
	return good || failed(m, what, error);
}

bool memories_save(struct memories *m, int64_t mono_us, bool anyway, struct strbuf *error)
{
	bool any = false, good;
	int lock;

	for (struct kept *k = m->first; k; k = k->next) {
		m->dirty = m->dirty || k->memory.changed;
		any = any || k->memory.table->nrows > 0;
		k->memory.changed = false;
	}
	if (!m->directory || !any ||
	    (!anyway && m->saved_us && mono_us < m->saved_us + (m->dirty ? SOON_S : LATER_S) * SECOND_US))
		return true;
	m->saved_us = mono_us ? mono_us : 1;
	if (!private_directory_make(m->directory))
		return failed(m, strerror(errno), error);
	lock = lock_take(m);
	if (lock < 0)
		return errno == EWOULDBLOCK || failed(m, strerror(errno), error);
	m->dirty = false;
	good = save(m, clock_now().wall_us, error);
	close(lock);
	return good;
}

void memories_close(struct memories *m)
{
	if (!m)
		return;
	while (m->first) {
		struct kept *k = m->first;

		m->first = k->next;
		table_free(k->memory.table);
		free(k->server);
		free(k->collector);
		free(k);
	}
	forget_written(m);
	free(m->directory);
	free(m->file);
	free(m);
}

#include "remains.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "collectors/base/memory.h"

enum {
	STEP_MS = 20,
	QUIT_MS = 8000,     /* the postmaster itself kills its children after 5 s */
	REMOVE_MS = 2000,   /* who is about to end may still write a file */
};

static int entry_remove(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	remove(path);
	return 0;
}

void dir_remove(const char *dir)
{
	nftw(dir, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static void step(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = STEP_MS * 1000000L }, NULL);
}

/* Whether it is a process of the account that works in the data directory. A number alone may by now be anybody's. */
static bool is_server(pid_t pid, const char *data, const struct account *account)
{
#ifdef __linux__
	char name[64], cwd[PATH_MAX];
	struct stat status;

	snprintf(name, sizeof name, "/proc/%ld", (long)pid);
	if (stat(name, &status) != 0 || status.st_uid != account->uid)
		return false;
	snprintf(name, sizeof name, "/proc/%ld/cwd", (long)pid);
	ssize_t n = readlink(name, cwd, sizeof cwd - 1);
	if (n < 0)
		return false;
	cwd[n] = '\0';
	return strcmp(cwd, data) == 0;
#else
	(void)data;
	return !account->change && kill(pid, 0) == 0;
#endif
}

/* The server's process by its postmaster.pid, whose first two lines are its number and its data directory; 0: none. */
static pid_t server_in(const char *data, const struct account *account)
{
	char text[PATH_MAX + 64];
	char *file = mem_format("%s/postmaster.pid", data), *end;
	int fd = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	free(file);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	long pid = strtol(text, &end, 10);
	if (*end != '\n' || pid <= 1 || pid > INT_MAX)
		return 0;
	const char *where = end + 1;
	size_t len = strcspn(where, "\n");
	if (len != strlen(data) || strncmp(where, data, len) != 0 || !is_server((pid_t)pid, data, account))
		return 0;
	return (pid_t)pid;
}

static void server_end(const char *dir, const struct account *account)
{
	char *named = mem_format("%s/data", dir), *data = realpath(named, NULL);
	pid_t pid = data != NULL ? server_in(data, account) : 0;

	if (pid > 0) {
		kill(pid, SIGQUIT);
		/* Somebody may have stopped it to see what the screen does. */
		kill(pid, SIGCONT);
		for (int left = QUIT_MS; left > 0 && is_server(pid, data, account); left -= STEP_MS)
			step();
		if (is_server(pid, data, account))
			kill(pid, SIGKILL);
	}
	free(data);
	free(named);
}

bool remains_clear(const char *dir, const struct account *account)
{
	server_end(dir, account);
	for (int left = REMOVE_MS; left > 0; left -= STEP_MS) {
		dir_remove(dir);
		if (access(dir, F_OK) != 0)
			return true;
		step();
	}
	return false;
}

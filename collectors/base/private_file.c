#include "private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

bool private_directory_make(const char *path)
{
	char *copy = mem_string(path);
	bool made = true;

	for (char *p = copy + 1; made && *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		made = !mkdir(copy, 0700) || errno == EEXIST;
		*p = '/';
	}
	made = made && (!mkdir(copy, 0700) || errno == EEXIST);
	free(copy);
	return made;
}

const char *private_directory_refused(const char *path)
{
	struct stat is;

	if (lstat(path, &is) != 0)
		return NULL;
	if (!S_ISDIR(is.st_mode))
		return "is not a directory";
	return is.st_uid != geteuid() ? "belongs to another user" : NULL;
}

bool private_file_write(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

/* A name that nobody has: what a program that was killed left behind does not stand in the way of the next one. */
static int create_beside(const char *path, char **name)
{
	int fd = -1;

	for (int i = 0; i < 100 && fd < 0; i++) {
		*name = mem_format("%s.%ld.%d", path, (long)getpid(), i);
		fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			break;
		free(*name);
		*name = NULL;
	}
	return fd;
}

bool private_file_replace(const char *path, const char *text, size_t len)
{
	char *name = NULL;
	int fd = create_beside(path, &name), error;
	bool good = fd >= 0 && fchmod(fd, 0600) == 0 && private_file_write(fd, text, len);

	error = errno;
	if (fd >= 0 && close(fd) != 0 && good) {
		good = false;
		error = errno;
	}
	if (good && rename(name, path) != 0) {
		good = false;
		error = errno;
	}
	if (!good && fd >= 0)
		unlink(name);
	free(name);
	errno = error;
	return good;
}

char *private_state_directory(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && *state == '/')
		return mem_format("%s/pgtop-prod", state);
	if (home && *home == '/')
		return mem_format("%s/.local/state/pgtop-prod", home);
	return NULL;
}

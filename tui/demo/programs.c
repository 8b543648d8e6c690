#include "programs.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/base/memory.h"

enum { OLDEST_MAJOR = 13 };

static const char *const usual_places[] = {
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/usr/local/pgsql/bin",
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
};

/* Runs a program without a shell and appends what it writes. False when it cannot be run or fails. */
static bool output_of(const char *program, const char *argument, struct strbuf *out)
{
	int ends[2];

	if (pipe(ends) != 0)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		if (null >= 0) {
			dup2(null, STDIN_FILENO);
			dup2(null, STDERR_FILENO);
		}
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execlp(program, program, argument, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	char piece[512];
	ssize_t n;
	while (pid > 0 && ((n = read(ends[0], piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR)))
		if (n > 0)
			strbuf_add(out, piece, (size_t)n);
	close(ends[0]);
	int status = -1;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The major version of the server programs in a directory, 0 when there are none. */
static int major_of(const char *bindir)
{
	char *initdb = mem_format("%s/initdb", bindir);
	char *postgres = mem_format("%s/postgres", bindir);
	struct strbuf version = STRBUF_INIT;
	int major = 0;

	if (access(initdb, X_OK) == 0 && access(postgres, X_OK) == 0 &&
	    output_of(postgres, "--version", &version)) {
		const char *digit = strpbrk(version.text, "0123456789");
		if (digit != NULL)
			major = (int)strtol(digit, NULL, 10);
	}
	strbuf_free(&version);
	free(postgres);
	free(initdb);
	return major;
}

/* Takes the directory when its programs are newer than what is there already. */
static void programs_offer(struct programs *p, const char *bindir, int *too_old)
{
	int major = major_of(bindir);

	if (major > 0 && major < OLDEST_MAJOR)
		*too_old = major;
	if (major < OLDEST_MAJOR || major <= p->major)
		return;
	free(p->bindir);
	p->bindir = mem_string(bindir);
	p->major = major;
}

static void programs_search_path(struct programs *p, int *too_old)
{
	const char *path = getenv("PATH");

	while (path != NULL && *path != '\0' && p->bindir == NULL) {
		size_t len = strcspn(path, ":");
		if (len > 0) {
			char *dir = mem_string_n(path, len);
			programs_offer(p, dir, too_old);
			free(dir);
		}
		path += len + (path[len] == ':');
	}
}

static void programs_ask_pg_config(struct programs *p, int *too_old)
{
	struct strbuf dir = STRBUF_INIT;

	if (output_of("pg_config", "--bindir", &dir)) {
		strbuf_cut(&dir, strcspn(dir.text, "\n"));
		programs_offer(p, dir.text, too_old);
	}
	strbuf_free(&dir);
}

static void programs_search_usual_places(struct programs *p, int *too_old)
{
	for (size_t i = 0; i < sizeof usual_places / sizeof usual_places[0]; i++) {
		glob_t found;
		if (glob(usual_places[i], 0, NULL, &found) != 0)
			continue;
		for (size_t j = 0; j < found.gl_pathc; j++)
			programs_offer(p, found.gl_pathv[j], too_old);
		globfree(&found);
	}
}

bool programs_find(struct programs *p, struct strbuf *error)
{
	int too_old = 0;

	*p = (struct programs){ 0 };
	programs_search_path(p, &too_old);
	if (p->bindir == NULL)
		programs_ask_pg_config(p, &too_old);
	if (p->bindir == NULL)
		programs_search_usual_places(p, &too_old);
	if (p->bindir != NULL)
		return true;
	if (too_old > 0)
		strbuf_addf(error, "--demo needs a PostgreSQL server of version %d or newer; found is %d",
			OLDEST_MAJOR, too_old);
	else
		strbuf_adds(error, "--demo needs PostgreSQL's server programs, initdb and postgres; none in PATH, "
			"pg_config's directory or the usual places (Debian: apt install postgresql)");
	return false;
}

void programs_free(struct programs *p)
{
	free(p->bindir);
	*p = (struct programs){ 0 };
}

bool account_find(struct account *a, struct strbuf *error)
{
	static const char *const names[] = { "postgres", "nobody" };

	*a = (struct account){ .uid = geteuid(), .gid = getegid() };
	if (a->uid != 0)
		return true;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const struct passwd *entry = getpwnam(names[i]);
		if (entry == NULL || entry->pw_uid == 0)
			continue;
		*a = (struct account){ .change = true, .uid = entry->pw_uid, .gid = entry->pw_gid,
			.name = mem_string(names[i]) };
		return true;
	}
	strbuf_adds(error, "PostgreSQL does not run as root, and there is neither an account postgres nor nobody");
	return false;
}

bool account_become(const struct account *a)
{
	if (!a->change)
		return true;
	return initgroups(a->name, a->gid) == 0 && setgid(a->gid) == 0 && setuid(a->uid) == 0;
}

void account_free(struct account *a)
{
	free(a->name);
	*a = (struct account){ 0 };
}

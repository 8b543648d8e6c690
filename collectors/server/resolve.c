#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "collectors/base/text.h"

struct answer {
	char **addresses;
	size_t naddresses;
	char *error;
	bool ended;
};

struct resolver {
	pid_t pid;             /* 0: reaped */
	int fd;                /* -1: closed */
	int64_t deadline_us;
	struct answer *answers;
	size_t n;
	struct strbuf line;    /* the beginning of a line whose end has not come */
};

/* A line is one write below PIPE_BUF, so that lines of several children never mix: `INDEX KIND TEXT`. */
static void tell(int fd, size_t index, char kind, const char *text)
{
	char line[PIPE_BUF > 1024 ? 1024 : PIPE_BUF];
	int len = snprintf(line, sizeof(line) - 1, "%zu %c %s", index, kind, text);

	if (len > (int)sizeof(line) - 2)
		len = (int)sizeof(line) - 2;
	for (int i = 0; i < len; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	line[len++] = '\n';
	while (write(fd, line, (size_t)len) < 0 && errno == EINTR)
		;
}

static void look_up(int fd, size_t index, const char *name)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC }, *found = NULL;
	int rc = getaddrinfo(name, NULL, &hints, &found);

	for (const struct addrinfo *a = found; a; a = a->ai_next) {
		char host[NI_MAXHOST];

		if (getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof(host), NULL, 0, NI_NUMERICHOST) == 0)
			tell(fd, index, 'a', host);
	}
	if (found)
		freeaddrinfo(found);
	if (rc != 0)
		tell(fd, index, 'e', rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
	tell(fd, index, '.', "");
	close(fd);
}

/* The life of the child; never returns. What it inherited is put back: handlers, mask, descriptors, the process group. */
static void child_run(int fd, const char *const *names, size_t n)
{
	sigset_t none;
	long open_max = sysconf(_SC_OPEN_MAX);

	setpgid(0, 0);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (open_max < 0 || open_max > 4096)
		open_max = 4096;
	for (int i = 0; i < open_max; i++)
		if (i != fd)
			close(i);
	for (int i = 0; i < 3; i++)   /* the resolver's libraries may write to descriptors 0 to 2 */
		if (i != fd && open("/dev/null", O_RDWR) < 0)
			break;
	for (size_t i = 0; i + 1 < n; i++) {
		if (fork() == 0) {
			look_up(fd, i, names[i]);
			_exit(0);
		}
	}
	look_up(fd, n - 1, names[n - 1]);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	_exit(0);
}

struct resolver *resolver_start(const char *const *names, size_t n, int64_t deadline_us)
{
	struct resolver *r;
	int ends[2];
	pid_t pid;

	if (n == 0 || pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	pid = fork();
	if (pid == 0)
		child_run(ends[1], names, n);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return NULL;
	}
	setpgid(pid, pid);   /* both sides do it: whoever comes first */
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	r = mem_zero(1, sizeof(*r));
	*r = (struct resolver){
		.pid = pid, .fd = ends[0], .deadline_us = deadline_us, .n = n,
		.answers = mem_zero(n, sizeof(*r->answers)), .line = STRBUF_INIT,
	};
	return r;
}

int resolver_fd(const struct resolver *r)
{
	return r->fd;
}

int64_t resolver_deadline(const struct resolver *r)
{
	return r->deadline_us;
}

static void line_take(struct resolver *r, const char *line)
{
	struct answer *a;
	unsigned long index;
	char *end;

	index = strtoul(line, &end, 10);
	if (end == line || *end != ' ' || index >= r->n || !end[1])
		return;
	a = &r->answers[index];
	switch (end[1]) {
	case 'a':
		for (size_t i = 0; i < a->naddresses; i++)
			if (strcmp(a->addresses[i], end + 3) == 0)
				return;
		a->addresses = mem_resize(a->addresses, a->naddresses + 1, sizeof(*a->addresses));
		a->addresses[a->naddresses++] = mem_string(end + 3);
		break;
	case 'e':
		free(a->error);
		a->error = text_cleaned(end + 3, 0);
		break;
	case '.':
		a->ended = true;
		break;
	}
}

static bool all_ended(const struct resolver *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->answers[i].ended)
			return false;
	return true;
}

/* False at the end of the pipe. */
static bool pipe_read(struct resolver *r)
{
	char bytes[4096];
	ssize_t got;

	while ((got = read(r->fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < got; i++) {
			if (bytes[i] != '\n') {
				strbuf_addc(&r->line, bytes[i]);
				continue;
			}
			line_take(r, r->line.text);
			strbuf_reset(&r->line);
		}
	}
	return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

bool resolver_step(struct resolver *r, int64_t mono_us)
{
	if (r->fd < 0)
		return true;
	if (pipe_read(r) && !all_ended(r) && mono_us < r->deadline_us)
		return false;
	resolver_kill(r);
	return true;
}

const char *const *resolver_addresses(const struct resolver *r, size_t i, size_t *n)
{
	*n = r->answers[i].naddresses;
	return (const char *const *)r->answers[i].addresses;
}

const char *resolver_error(const struct resolver *r, size_t i)
{
	return r->answers[i].error;
}

void resolver_kill(struct resolver *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	if (r->pid > 0)
		kill(-r->pid, SIGKILL);
	resolver_reap(r);
}

bool resolver_reap(struct resolver *r)
{
	if (r->pid > 0 && waitpid(r->pid, NULL, WNOHANG) != 0)
		r->pid = 0;
	return r->pid == 0;
}

void resolver_free(struct resolver *r)
{
	if (!r)
		return;
	resolver_kill(r);
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->answers[i].naddresses; k++)
			free(r->answers[i].addresses[k]);
		free(r->answers[i].addresses);
		free(r->answers[i].error);
	}
	free(r->answers);
	strbuf_free(&r->line);
	free(r);
}

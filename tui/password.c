#include "password.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "collectors/base/memory.h"

enum { PASSWORD_MAX = 1024 };

/* What ends or stops the program must find the terminal as it was. */
static const int endings[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

enum { NENDINGS = sizeof(endings) / sizeof(endings[0]) };

struct asking {
	int fd;
	int signals;            /* readable when one has come; -1: it could not be had */
	struct termios before;
	sigset_t mask;          /* as it was */
};

static void say(const struct asking *a, const char *text)
{
	if (write(a->fd, text, strlen(text)) < 0)
		return;   /* a terminal that is gone is seen by the read that follows */
}

static void hide(const struct asking *a)
{
	struct termios quiet = a->before;

	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	tcsetattr(a->fd, TCSAFLUSH, &quiet);
}

/*
 * They wait, and are seen waiting. One that is ignored is left alone: let go it would do nothing, and
 * we would ask again.
 */
static void hold_signals(struct asking *a)
{
	sigset_t held;

	sigemptyset(&held);
	for (int i = 0; i < NENDINGS; i++) {
		struct sigaction action;

		if (sigaction(endings[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&held, endings[i]);
	}
	sigprocmask(SIG_BLOCK, &held, &a->mask);
	a->signals = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
}

/*
 * Reads to the end of the line; the line discipline lets the user mend it. Gives its length, -1 for
 * the end of the terminal, -2 for a signal, which is left where it is.
 */
static ssize_t read_line(const struct asking *a, char line[PASSWORD_MAX])
{
	struct pollfd fds[] = { { .fd = a->fd, .events = POLLIN }, { .fd = a->signals, .events = POLLIN } };
	ssize_t n;

	for (;;) {
		if (poll(fds, 2, -1) < 0) {
			if (errno != EINTR)
				return -1;
			continue;
		}
		if (fds[1].revents)
			return -2;
		n = read(a->fd, line, PASSWORD_MAX);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		if (line[n - 1] == '\n')
			n--;
		return n;
	}
}

/*
 * Asks once. A signal that came meanwhile does its work at the end; we return if it only stopped us.
 */
static ssize_t ask(struct asking *a, const char *prompt, char line[PASSWORD_MAX])
{
	ssize_t n;

	hold_signals(a);
	hide(a);
	say(a, prompt);
	n = a->signals < 0 ? -1 : read_line(a, line);
	say(a, "\n");
	tcsetattr(a->fd, TCSAFLUSH, &a->before);
	if (a->signals >= 0)
		close(a->signals);
	sigprocmask(SIG_SETMASK, &a->mask, NULL);
	return n;
}

char *password_ask(const char *prompt, struct strbuf *error)
{
	struct asking a;
	char line[PASSWORD_MAX];
	char *password = NULL;
	ssize_t n;

	a.fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (a.fd < 0 || tcgetattr(a.fd, &a.before) < 0) {
		strbuf_addf(error, "a password is needed and there is no terminal to ask on: %s; "
			    "put it into ~/.pgpass or PGPASSWORD", strerror(errno));
		if (a.fd >= 0)
			close(a.fd);
		return NULL;
	}
	do
		n = ask(&a, prompt, line);
	while (n == -2);
	if (n >= 0)
		password = mem_string_n(line, (size_t)n);
	else
		strbuf_adds(error, "no password was given");
	explicit_bzero(line, sizeof(line));
	close(a.fd);
	return password;
}

void password_forget(char *take_password)
{
	if (take_password != NULL)
		explicit_bzero(take_password, strlen(take_password));
	free(take_password);
}

#include "password.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "collectors/base/memory.h"

enum { PASSWORD_MAX = 1024 };

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

enum { NCAUGHT = sizeof(caught) / sizeof(caught[0]) };

/* The signal that came while asking; a handler has nowhere else to put it. */
static volatile sig_atomic_t came;

static void note_signal(int number)
{
	came = number;
}

struct asking {
	int fd;
	struct termios before;
	struct sigaction actions[NCAUGHT];
	sigset_t mask;              /* as it was: the signals get through while we wait, and only then */
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

static void begin(struct asking *a)
{
	struct sigaction action = { .sa_handler = note_signal };
	sigset_t block;

	came = 0;
	sigemptyset(&action.sa_mask);
	sigemptyset(&block);
	for (int i = 0; i < NCAUGHT; i++)
		sigaddset(&block, caught[i]);
	sigprocmask(SIG_BLOCK, &block, &a->mask);
	for (int i = 0; i < NCAUGHT; i++) {
		sigaction(caught[i], NULL, &a->actions[i]);
		if (a->actions[i].sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
	}
}

static void end(const struct asking *a)
{
	tcsetattr(a->fd, TCSAFLUSH, &a->before);
	for (int i = 0; i < NCAUGHT; i++)
		sigaction(caught[i], &a->actions[i], NULL);
	sigprocmask(SIG_SETMASK, &a->mask, NULL);
}

/*
 * Reads to the end of the line; the line discipline lets the user mend it. Gives its length, -1 for the end of the terminal, -2 for a
 * signal.
 */
static ssize_t read_line(const struct asking *a, char line[PASSWORD_MAX])
{
	struct pollfd fd = { .fd = a->fd, .events = POLLIN };
	ssize_t n;

	while (came == 0) {
		if (ppoll(&fd, 1, NULL, &a->mask) < 0) {
			if (errno != EINTR)
				return -1;
			continue;
		}
		n = read(a->fd, line, PASSWORD_MAX);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		if (line[n - 1] == '\n')
			n--;
		return n;
	}
	return -2;
}

/* Passes on the signal that came, the terminal being as it was. Returns when it only stopped us. */
static void obey(void)
{
	int number = came;

	came = 0;
	raise(number);
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
	do {
		begin(&a);
		hide(&a);
		say(&a, prompt);
		n = read_line(&a, line);
		say(&a, "\n");
		end(&a);
		if (n == -2)
			obey();
	} while (n == -2);
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

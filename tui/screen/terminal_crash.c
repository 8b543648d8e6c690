#include "terminal_crash.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/base/memory.h"
#include "terminal.h"

enum { CRASH_STACK = 64 * 1024 };

static const int fatal[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT };
enum { FATAL = sizeof fatal / sizeof *fatal };

/* What restores the terminal: one of the few globals, because a signal handler has nothing else. */
static struct {
	volatile sig_atomic_t armed;
	pid_t owner;
	int fd;
	struct termios saved;
	char bytes[512];
	size_t len;
} restoring;

static void write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		bytes += n;
		len -= (size_t)n;
	}
}

void terminal_restore(void)
{
	int error = errno;
	sigset_t stop, before;

	if (!restoring.armed || restoring.owner != getpid())
		return;
	restoring.armed = 0;
	/* Setting the line discipline from the background would stop us. */
	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stop, &before);
	write_all(restoring.fd, restoring.bytes, restoring.len);
	tcsetattr(restoring.fd, TCSANOW, &restoring.saved);
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
}

void terminal_crash_arm(int fd, const struct termios *saved, const char *bytes, size_t len)
{
	restoring.armed = 0;
	restoring.owner = getpid();
	restoring.fd = fd;
	restoring.saved = *saved;
	restoring.len = len < sizeof restoring.bytes ? len : sizeof restoring.bytes;
	memcpy(restoring.bytes, bytes, restoring.len);
	restoring.armed = 1;
}

void terminal_crash_disarm(void)
{
	restoring.armed = 0;
}

static void crash(int sig)
{
	sigset_t this;

	terminal_restore();
	signal(sig, SIG_DFL);
	sigemptyset(&this);
	sigaddset(&this, sig);
	sigprocmask(SIG_UNBLOCK, &this, NULL);
	raise(sig);
}

void terminal_crash_catch(void)
{
	stack_t stack = { .ss_size = CRASH_STACK }, old;
	struct sigaction action = { .sa_handler = crash, .sa_flags = SA_ONSTACK }, before;

	sigemptyset(&action.sa_mask);
	if (sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE)) {
		stack.ss_sp = mem_alloc(CRASH_STACK);
		if (sigaltstack(&stack, NULL) != 0)
			free(stack.ss_sp);
	}
	for (int i = 0; i < FATAL; i++)
		if (sigaction(fatal[i], NULL, &before) == 0 && !(before.sa_flags & SA_SIGINFO)
		    && before.sa_handler == SIG_DFL)
			sigaction(fatal[i], &action, NULL);
}

void terminal_crash_release(void)
{
	stack_t none = { .ss_flags = SS_DISABLE }, stack;
	struct sigaction before;

	for (int i = 0; i < FATAL; i++)
		if (sigaction(fatal[i], NULL, &before) == 0 && !(before.sa_flags & SA_SIGINFO)
		    && before.sa_handler == crash)
			signal(fatal[i], SIG_DFL);
	if (sigaltstack(NULL, &stack) == 0 && stack.ss_size == CRASH_STACK
	    && sigaltstack(&none, NULL) == 0)
		free(stack.ss_sp);
}

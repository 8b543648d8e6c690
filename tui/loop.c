#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"

enum {
	FDS = SERVER_FDS + 2,      /* terminal, signals, server */
	KEYS_A_TURN = 256,         /* of a burst; then the screen shows what they did */
};

#define LONGEST_SLEEP_US (60 * SECOND_US)

static const int handled[] = { SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGHUP, SIGINT, SIGCHLD };
enum { NHANDLED = sizeof(handled) / sizeof(*handled) };

/* A signal's number goes in at one end, the loop takes it out at the other. */
static int signal_pipe[2] = { -1, -1 };

struct loop {
	struct sigaction before[NHANDLED], before_pipe;
	bool hurry;                /* keys are left over that no descriptor tells of */
};

static void on_signal(int number)
{
	int saved = errno;
	unsigned char byte = (unsigned char)number;

	if (write(signal_pipe[1], &byte, 1) < 0) {
		/* a full pipe has enough in it to wake the loop */
	}
	errno = saved;
}

static bool signals_take(struct loop *loop)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, ignore = { .sa_handler = SIG_IGN };

	if (pipe2(signal_pipe, O_NONBLOCK | O_CLOEXEC) < 0)
		return false;
	sigemptyset(&action.sa_mask);
	sigemptyset(&ignore.sa_mask);
	for (int i = 0; i < NHANDLED; i++)
		sigaction(handled[i], &action, &loop->before[i]);
	sigaction(SIGPIPE, &ignore, &loop->before_pipe);
	return true;
}

static void signals_give_back(struct loop *loop)
{
	for (int i = 0; i < NHANDLED; i++)
		sigaction(handled[i], &loop->before[i], NULL);
	sigaction(SIGPIPE, &loop->before_pipe, NULL);
	close(signal_pipe[0]);
	close(signal_pipe[1]);
	signal_pipe[0] = signal_pipe[1] = -1;
}

static void take_signal(struct app *app, int number)
{
	switch (number) {
	case SIGWINCH:
		app->terminal->resized(app->terminal);
		app_resized(app);
		break;
	case SIGTSTP:
		app_suspend(app);
		break;
	case SIGCONT:
		/* stopped by others than us, who may have written on the screen */
		app->terminal->redraw(app->terminal);
		app->changed = true;
		break;
	case SIGINT:
		app_key(app, KEY_CTRL('c'), clock_now());
		break;
	case SIGTERM:
	case SIGHUP:
		app->quit = true;
		break;
	default:
		/* SIGCHLD has done its work by waking the loop */
		break;
	}
}

static void take_signals(struct app *app)
{
	unsigned char numbers[64];
	ssize_t n;

	while ((n = read(signal_pipe[0], numbers, sizeof(numbers))) > 0)
		for (ssize_t i = 0; i < n; i++)
			take_signal(app, numbers[i]);
}

static void take_keys(struct loop *loop, struct app *app)
{
	loop->hurry = false;
	for (int i = 0; i < KEYS_A_TURN && !app->quit; i++) {
		int32_t key = app->terminal->read_key(app->terminal);

		if (key == KEY_NONE)
			return;
		app_key(app, key, clock_now());
	}
	loop->hurry = !app->quit;
}

static void draw_if_due(struct app *app)
{
	struct now now = clock_now();

	if (!app->quit && app_due(app, now))
		app_draw(app, now);
}

/* Rounded up: a wake a little early would turn the loop for nothing. */
static int sleep_ms(const struct loop *loop, int64_t wake_us)
{
	int64_t us = wake_us - clock_now().mono_us;

	if (loop->hurry || us <= 0)
		return 0;
	return (int)(((us < LONGEST_SLEEP_US ? us : LONGEST_SLEEP_US) + 999) / 1000);
}

static void turn(struct loop *loop, struct app *app)
{
	struct pollfd fds[FDS] = {
		{ .fd = app->terminal->fd, .events = POLLIN },
		{ .fd = signal_pipe[0], .events = POLLIN },
	};
	struct now now = clock_now();
	int64_t wake_us = now.mono_us + LONGEST_SLEEP_US;
	size_t n;

	app_tick(app, now);
	draw_if_due(app);
	n = server_poll(app->server, fds + 2, SERVER_FDS, &wake_us);
	app_wake(app, clock_now(), &wake_us);
	if (poll(fds, 2 + (nfds_t)n, sleep_ms(loop, wake_us)) < 0)
		for (size_t i = 0; i < 2 + n; i++)
			fds[i].revents = 0;
	if (fds[1].revents)
		take_signals(app);
	/* a key and what it shows come before all that the server may have brought */
	if (fds[0].revents || loop->hurry || app->terminal->fd < 0)
		take_keys(loop, app);
	if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		app->quit = true;
	if (app->changed)
		draw_if_due(app);
	if (!app->quit)
		server_dispatch(app->server, fds + 2, n, clock_now());
}

int app_run(struct app *app)
{
	struct loop loop = { .hurry = false };

	if (!signals_take(&loop))
		return 1;
	while (!app->quit)
		turn(&loop, app);
	signals_give_back(&loop);
	return app->status;
}

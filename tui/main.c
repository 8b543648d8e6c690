/* The entry: what was asked for, and the order in which things begin and end. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/base/clock.h"
#include "collectors/base/memory.h"
#include "collectors/base/private_file.h"
#include "collectors/base/text.h"
#include "collectors/collector.h"
#include "collectors/server/server.h"
#include "app.h"
#include "config.h"
#include "connect.h"
#include "demo/demo.h"
#include "look.h"
#include "once.h"
#include "options.h"
#include "password.h"
#include "screen/terminal.h"
#include "show_sql.h"

enum { STATUS_INTERNAL = 1, STATUS_USAGE = 2, STATUS_NO_CONNECTION = 3 };

/* Everything that was settled before the first connect. */
struct session {
	struct options options;
	struct config config;
	struct server_options server;
	char *password;          /* asked for, or NULL */
	char *state_directory;   /* NULL: nothing is kept */
	struct look *look;
	struct demo *demo;
	bool first_run;
	struct strbuf note;      /* said once the screen is there */
};

static int fail(int status, const char *what)
{
	fprintf(stderr, "pgtop-prod: %s\n", what);
	return status;
}

/*
 * Standard descriptors that were closed would be taken by sockets, and what is meant for stdout would go to the server. They are opened the
 * wrong way round, so that using them fails as it would have.
 */
static void hold_standard_descriptors(void)
{
	FILE *const files[] = { stdin, stdout, stderr };
	struct stat st;

	for (int fd = 0; fd <= 2; fd++)
		if (fstat(fd, &st) < 0 && errno == EBADF && freopen("/dev/null", fd == 0 ? "w" : "r", files[fd]) == NULL)
			_exit(STATUS_INTERNAL);
}

static void prepare_process(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	hold_standard_descriptors();
	/* Only what text is: numbers and dates are written the same everywhere. */
	setlocale(LC_CTYPE, "");
	umask(077);
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGPIPE, &ignore, NULL);
	mem_on_exhausted(terminal_restore);
}

static int print(void (*write)(struct strbuf *))
{
	struct strbuf out = STRBUF_INIT;
	int status;

	write(&out);
	status = output_write(&out);
	strbuf_free(&out);
	return status;
}

static int print_sql(const char *pane)
{
	struct strbuf out = STRBUF_INIT;
	int status;

	show_sql(pane != NULL ? collector_find(pane) : NULL, &out);
	status = output_write(&out);
	strbuf_free(&out);
	return status;
}

static void write_version(struct strbuf *out)
{
	strbuf_adds(out, "pgtop-prod " PGTOP_VERSION "\n");
}

/* What needs neither a server nor a file of ours; -1: something else was asked for. */
static int run_short(const struct options *o)
{
	switch (o->run) {
	case RUN_HELP:
		return print(options_help);
	case RUN_VERSION:
		return print(write_version);
	case RUN_LIST_THEMES:
		return print(look_list);
	case RUN_SHOW_SQL:
		return print_sql(o->show_sql);
	case RUN_SCREEN:
	case RUN_ONCE:
		break;
	}
	return -1;
}

static bool load_config(struct session *s, struct strbuf *error)
{
	config_init(&s->config);
	return s->options.config != NULL ? config_load(&s->config, s->options.config, error) :
		config_load_default(&s->config, error);
}

/* A theme of the command line must be there; another costs only itself. Which it is, is no matter of the demo's. */
static bool choose_look(struct session *s, struct strbuf *error)
{
	char *state_directory = private_state_directory();
	const struct look_wishes wishes = {
		.option = s->options.theme, .configured = s->config.theme, .state_directory = state_directory,
	};

	s->look = look_new(&wishes, &s->note, error);
	free(state_directory);
	return s->look != NULL;
}

static bool ask_password(struct session *s, struct strbuf *error)
{
	struct connect_wish wish;

	connect_wish_init(&wish, &s->server);
	s->password = connect_ask_password(&wish, error);
	connect_wish_clear(&wish);
	s->server.password = s->password;
	return s->password != NULL;
}

/* A password that was asked for with -W, and the demo's server. Gives an exit status, -1 to go on. */
static int prepare_server(struct session *s, struct strbuf *error)
{
	s->server = s->options.server;
	if (s->server.interval_s <= 0)
		s->server.interval_s = s->config.interval_s > 0 ? s->config.interval_s : INTERVAL_DEFAULT;
	s->server.window = WINDOW_MINUTE;
	if (s->options.demo) {
		s->demo = demo_start(error);
		if (s->demo == NULL)
			return fail(STATUS_INTERNAL, error->text);
		s->server.conninfo = demo_conninfo(s->demo);
		demo_limits(&s->config.limits);
	}
	if (s->options.ask_password && !ask_password(s, error))
		return fail(STATUS_NO_CONNECTION, error->text);
	return -1;
}

static int run_app(struct session *s, struct server *server, struct strbuf *error)
{
	struct terminal_options look = {
		.ascii = s->options.ascii, .colors = s->options.no_color ? COLORS_NONE : COLORS_AUTO, .theme = look_theme(s->look),
	};
	struct app_options options = {
		.server = server, .limits = &s->config.limits, .interval_s = s->server.interval_s,
		.look = s->look, .read_only = s->options.read_only, .first_run = s->first_run,
		.throwaway = s->demo != NULL,
		.pane = s->options.npanes > 0 ? s->options.panes[0] : s->config.pane,
	};
	struct app *app;
	int status;

	options.terminal = terminal_open(&look, error);
	if (options.terminal == NULL)
		return fail(STATUS_INTERNAL, error->text);
	app = app_new(&options, clock_now());
	/* It is told once, whether or not anything else is kept there. */
	if (s->first_run && s->state_directory != NULL)
		private_directory_make(s->state_directory);
	if (s->note.len > 0)
		app_say(app, MESSAGE_NOTE, "%s", s->note.text);
	status = app_run(app);
	app_free(app);
	options.terminal->close(options.terminal);
	return status;
}

/* The first connect happens before the screen: a prompt, a readable error and ^C work as anywhere. */
static int run_screen(struct session *s, struct strbuf *error)
{
	struct connect_wish wish;
	struct server *server;
	enum connected how;
	int status;

	if (!isatty(STDIN_FILENO))
		return fail(STATUS_INTERNAL, "stdin is no terminal, so no key could be read; use --once");
	server = server_open(&s->server, &s->config.limits, clock_now());
	connect_wish_init(&wish, &s->server);
	wish.patience_s = 1;
	how = connect_first(server, &wish, error);
	connect_wish_clear(&wish);
	if (how == CONNECT_REFUSED || how == CONNECT_BAD) {
		status = fail(how == CONNECT_BAD ? STATUS_USAGE : STATUS_NO_CONNECTION, error->text);
	} else {
		strbuf_reset(error);
		status = run_app(s, server, error);
	}
	server_close(server);
	return status;
}

/* Who has a configuration, or of whom something is kept, was told before. */
static bool is_first_run(const struct session *s)
{
	return !s->config.found && (s->state_directory == NULL || access(s->state_directory, F_OK) != 0);
}

static int run(struct session *s, struct strbuf *error)
{
	int status;

	if (!load_config(s, error) || !choose_look(s, error))
		return fail(STATUS_USAGE, error->text);
	status = prepare_server(s, error);
	if (status >= 0)
		return status;
	/* What a throwaway server was like is of no use to anybody later. */
	s->state_directory = s->demo == NULL ? private_state_directory() : NULL;
	s->server.state_directory = s->state_directory;
	s->first_run = is_first_run(s);
	return s->options.run == RUN_ONCE ? once_run(&s->options, &s->server, &s->config.limits) : run_screen(s, error);
}

int main(int argc, char **argv)
{
	struct session s = { .note = STRBUF_INIT };
	struct strbuf error = STRBUF_INIT;
	int status;

	prepare_process();
	if (!options_parse(&s.options, argc, argv, isatty(STDOUT_FILENO), &error))
		status = fail(STATUS_USAGE, error.text);
	else if ((status = run_short(&s.options)) < 0)
		status = run(&s, &error);
	demo_end(s.demo);
	look_free(s.look);
	password_forget(s.password);
	free(s.state_directory);
	config_free(&s.config);
	strbuf_free(&s.note);
	strbuf_free(&error);
	return status;
}

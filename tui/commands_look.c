#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "commands_run.h"
#include "commands_views.h"
#include "prompt.h"

static const double intervals[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600 };
enum { NINTERVALS = sizeof(intervals) / sizeof(*intervals) };

void run_pause(struct app *app, const char *argument)
{
	(void)argument;
	app_pause(app);
}

/* The next of the steps; the user's own value may lie between two. */
void run_longer(struct app *app, const char *argument)
{
	int i = 0;

	(void)argument;
	while (i < NINTERVALS - 1 && intervals[i] <= app->interval_s * 1.0001)
		i++;
	app_set_interval(app, intervals[i]);
}

void run_shorter(struct app *app, const char *argument)
{
	int i = NINTERVALS - 1;

	(void)argument;
	while (i > 0 && intervals[i] >= app->interval_s * 0.9999)
		i--;
	app_set_interval(app, intervals[i]);
}

void run_interval(struct app *app, const char *argument)
{
	char *end;
	double seconds = argument ? strtod(argument, &end) : 0;

	if (!argument || end == argument || *end || !(seconds >= INTERVAL_LOWEST && seconds <= INTERVAL_HIGHEST))
		app_say(app, MESSAGE_ERROR, "interval takes seconds from %g to %g, not %s", INTERVAL_LOWEST, INTERVAL_HIGHEST,
			argument && *argument ? argument : "nothing");
	else
		app_set_interval(app, seconds);
}

static const struct {
	const char *word, *said;
} windows[WINDOW_COUNT] = {
	[WINDOW_INTERVAL] = { "interval", "the last interval" },
	[WINDOW_MINUTE] = { "1m", "the last minute" },
	[WINDOW_5_MINUTES] = { "5m", "the last 5 minutes" },
	[WINDOW_15_MINUTES] = { "15m", "the last 15 minutes" },
	[WINDOW_ALL] = { "all", "all that has been counted" },
};

static bool window_named(const char *word, enum window *window)
{
	for (size_t i = 0; i < WINDOW_COUNT; i++) {
		if (strcmp(windows[i].word, word) == 0) {
			*window = (enum window)i;
			return true;
		}
	}
	return false;
}

/* The next one round, or the one named. A picture that stands still stays what it was. */
void run_window(struct app *app, const char *argument)
{
	enum window window = (server_window(app->server) + 1) % WINDOW_COUNT;

	if (argument && *argument && !window_named(argument, &window)) {
		app_say(app, MESSAGE_ERROR, "window takes interval, 1m, 5m, 15m or all, not %s", argument);
		return;
	}
	if (app->frozen) {
		app_say(app, MESSAGE_NOTE, "the picture stands still, figures are over %s; Space goes on",
			windows[server_window(app->frozen)].said);
		return;
	}
	server_set_window(app->server, window, app->now);
	app_say(app, MESSAGE_NOTE, "figures are over %s%s", windows[window].said, window_s(window) ? ", as far as samples reach" : "");
}

void run_wrap(struct app *app, const char *argument)
{
	(void)argument;
	app->wrap = !app->wrap;
	app_say(app, MESSAGE_NOTE, app->wrap ? "long lines of a statement wrap" : "long lines of a statement are cut");
}

void run_preview(struct app *app, const char *argument)
{
	struct layout shown;

	(void)argument;
	app->preview_hidden = false;
	shown = app_layout(app, app->layout.height, app->layout.width);
	if (!shown.preview.height) {
		app_say(app, MESSAGE_NOTE, "a preview needs 100 columns and 36 lines, or 160 columns; Enter shows the row");
		return;
	}
	app->preview_hidden = app->layout.preview.height > 0;
}

/* Seen at once. An error stands until a key: the next t goes on behind the theme that is bad. */
void run_theme(struct app *app, const char *argument)
{
	struct strbuf said = STRBUF_INIT;
	bool good = argument && *argument ? look_choose(app->look, argument, &said) : look_next(app->look, &said);

	if (good)
		app->terminal->set_theme(app->terminal, look_theme(app->look));
	/* Else a key that does nothing one can see. */
	if (good && !app->terminal->colored)
		strbuf_adds(&said, "; without colours all look the same");
	app_say(app, good ? MESSAGE_NOTE : MESSAGE_ERROR, "%s", said.text);
	strbuf_free(&said);
}

void run_refresh(struct app *app, const char *argument)
{
	struct link_view link = server_link(app->server);
	const struct layer *layer = app_layer(app);
	bool all = link.state != LINK_LIVE || (layer && view_kind(layer)->asks_all);

	(void)argument;
	if (link.refusal == REFUSED_NEEDS_PASSWORD || link.refusal == REFUSED_CREDENTIALS)
		prompt_open(app, PROMPT_PASSWORD);
	else
		server_ask_now(app->server, all ? NULL : app->pane->collector, app->now);
	app_demand_again(app);
}

void run_redraw(struct app *app, const char *argument)
{
	(void)argument;
	app->terminal->resized(app->terminal);
	app->terminal->redraw(app->terminal);
	app_resized(app);
}

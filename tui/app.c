#include "app.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "commands.h"
#include "prompt.h"
#include "prompt_kinds.h"

/* Answers that come within this time are drawn together. */
#define GATHER_US INT64_C(15000)

struct app *app_new(const struct app_options *options, struct now now)
{
	struct app *app = mem_zero(1, sizeof(*app));
	const struct pane *pane;

	app->terminal = options->terminal;
	app->server = options->server;
	app->limits = options->limits;
	app->look = options->look;
	app->interval_s = options->interval_s;
	app->read_only = options->read_only;
	app->panes = panes_new();
	pane = options->pane ? pane_named(app->panes, options->pane) : NULL;
	app->pane = pane ? pane : &app->panes->pane[0];
	app->views = mem_zero(app->panes->n, sizeof(*app->views));
	for (size_t i = 0; i < app->panes->n; i++)
		app->views[i].pane = &app->panes->pane[i];
	app->prompt.text = (struct strbuf)STRBUF_INIT;
	app->wrap = true;
	app->now = now;
	app->canvas = canvas_new(0, 0, app->terminal->ascii);
	app->drawn_second = -1;
	app_resized(app);
	app->throwaway = options->throwaway;
	app->first_note = options->first_run ? FIRST_NOTE_DUE : FIRST_NOTE_NONE;
	app_say_first(app);
	return app;
}

void app_free(struct app *app)
{
	if (!app)
		return;
	while (app_close_layer(app))
		;
	prompt_close(app);
	for (size_t i = 0; i < app->panes->n; i++)
		view_clear(&app->views[i]);
	free(app->views);
	panes_free(app->panes);
	if (app->frozen)
		server_close(app->frozen);
	free(app->message);
	free(app->demanded_key);
	strbuf_free(&app->prompt.text);
	canvas_free(app->canvas);
	free(app);
}

struct scene app_scene(const struct app *app)
{
	return (struct scene){
		.server = app->frozen ? app->frozen : app->server,
		.panes = app->panes,
		.limits = app->limits,
		.now = app->frozen ? app->paused : app->now,
		.paused = app->frozen != NULL,
		.paused_us = app->paused.wall_us,
		.read_only = app->read_only,
		.wrap = app->wrap,
	};
}

struct view *app_view(struct app *app, const struct pane *pane)
{
	return &app->views[pane - app->panes->pane];
}

const struct row_list *app_rows(struct app *app)
{
	struct scene scene = app_scene(app);

	return pane_rows(&scene, app_view(app, app->pane));
}

struct layer *app_layer(struct app *app)
{
	return app->nlayers ? &app->layers[app->nlayers - 1] : NULL;
}

static void layer_clear(struct layer *layer)
{
	free(layer->key);
	free(layer->search);
	question_free(layer->question);
	memset(layer, 0, sizeof(*layer));
}

bool app_close_layer(struct app *app)
{
	struct layer closed;

	if (!app->nlayers)
		return false;
	closed = app->layers[--app->nlayers];
	if (prompt_row(app)->of_view)
		prompt_close(app);
	layer_clear(&closed);
	app->changed = true;
	return true;
}

void app_open_layer(struct app *app, enum layer_kind kind, const struct pane *pane, char *take_key)
{
	if (app->nlayers == LAYERS_MAX)
		app_close_layer(app);
	app->layers[app->nlayers++] = (struct layer){ .kind = kind, .pane = pane, .key = take_key };
	app->changed = true;
}

void app_show_pane(struct app *app, const struct pane *pane)
{
	while (app_close_layer(app))
		;
	app->nplaces = 0;
	app->pane = pane;
	app->changed = true;
}

bool app_follow(struct app *app, struct target *take_target)
{
	struct target t = *take_target;

	if (t.connection) {
		free(t.key);
		app_open_layer(app, LAYER_CONNECTION, NULL, NULL);
		return true;
	}
	if (!t.pane) {
		free(t.key);
		return false;
	}
	if (t.pane != app->pane) {
		while (app_close_layer(app))
			;
		if (app->nplaces == PLACES_MAX)
			memmove(app->places, app->places + 1, --app->nplaces * sizeof(*app->places));
		app->places[app->nplaces++] = (struct place){ app->pane };
		app->pane = t.pane;
	}
	if (t.details && t.key) {
		app_open_layer(app, LAYER_DETAILS, t.pane, t.key);
		return true;
	}
	while (app_close_layer(app))
		;
	if (t.key)
		view_select_key(app_view(app, t.pane), t.key);
	free(t.key);
	app->changed = true;
	return true;
}

bool app_back(struct app *app)
{
	struct view *view = app_view(app, app->pane);

	app->changed = true;
	if (view->search) {
		free(view->search);
		view->search = NULL;
	} else if (view->filter) {
		free(view->filter);
		view->filter = NULL;
		view_touch(view);
	} else if (app->nplaces) {
		app->pane = app->places[--app->nplaces].pane;
	} else if (app->pane->collector) {
		app->pane = &app->panes->pane[0];
	} else {
		return false;
	}
	return true;
}

void app_pause(struct app *app)
{
	if (app->frozen) {
		server_close(app->frozen);
		app->frozen = NULL;
	} else {
		app->paused = app->now;
		app->frozen = server_freeze(app->server);
	}
	for (size_t i = 0; i < app->panes->n; i++)
		view_forget(&app->views[i]);
	app->changed = true;
}

void app_set_interval(struct app *app, double seconds)
{
	if (seconds < INTERVAL_LOWEST)
		seconds = INTERVAL_LOWEST;
	if (seconds > INTERVAL_HIGHEST)
		seconds = INTERVAL_HIGHEST;
	app->interval_s = seconds;
	server_set_interval(app->server, seconds);
	app_say(app, MESSAGE_NOTE, "interval %g s", seconds);
}

/* The row whose details are open, uppermost or below help; false where nothing is asked for it alone, or the picture stands still. */
static bool row_in_hand(const struct app *app, const struct collector **collector, const char **key)
{
	for (size_t i = app->nlayers; i-- > 0 && !app->frozen; ) {
		const struct layer *layer = &app->layers[i];

		if (!layer->key || !layer->pane->collector || !layer->pane->collector->demand)
			continue;
		*collector = layer->pane->collector;
		*key = layer->key;
		return true;
	}
	return false;
}

void app_demand_again(struct app *app)
{
	const struct collector *collector;
	const char *key;

	if (row_in_hand(app, &collector, &key))
		server_demand(app->server, collector, key, app->now);
}

/* Asks once when the details of a row open, by whatever way, and turns away when they close. */
static void follow_demand(struct app *app)
{
	const struct collector *collector = NULL;
	const char *key = NULL;
	bool wanted = row_in_hand(app, &collector, &key);

	if (collector == app->demanded_of && (!wanted || strcmp(key, app->demanded_key) == 0))
		return;
	app->demanded_of = collector;
	mem_replace(&app->demanded_key, mem_string_or_null(key));
	if (wanted)
		server_demand(app->server, collector, key, app->now);
	else
		server_demand_drop(app->server);
}

static void take_key(struct app *app)
{
	const struct command *c;

	if (app->prompt.kind != PROMPT_NONE) {
		prompt_key(app, app->key);
		return;
	}
	c = command_for_key(app, app->key);
	if (c)
		c->run(app, NULL);
}

void app_key(struct app *app, int32_t key, struct now now)
{
	app->now = now;
	app->key = key;
	app->changed = true;
	if (key == KEY_CLOSED) {
		app->quit = true;
		return;
	}
	if (app->layout.too_small) {
		app->quit |= key == 'q' || key == KEY_CTRL('c');
		return;
	}
	if (app_question_is_deaf(app))
		return;
	app_hush(app);
	take_key(app);
	follow_demand(app);
}

/*
 * A server that wants a password after the screen opened asks on the modal line, once for each
 * refusal.
 */
static void ask_password(struct app *app)
{
	struct link_view link = server_link(app->server);
	bool refused = link.refusal == REFUSED_NEEDS_PASSWORD || link.refusal == REFUSED_CREDENTIALS;

	if (!refused) {
		app->asked_password = false;
	} else if (!app->asked_password && app->prompt.kind == PROMPT_NONE && !app->layout.too_small) {
		prompt_open(app, PROMPT_PASSWORD);
		app->asked_password = true;
	}
}

void app_tick(struct app *app, struct now now)
{
	app->now = now;
	server_turn(app->server, now);
	follow_demand(app);
	ask_password(app);
	app_message_tick(app);
	if (app->seen_version == app->drawn_version)
		app->seen_us = now.mono_us;
	app->seen_version = server_version_counter(app->server);
}

/* Whether something on the screen counts seconds by itself. */
static bool ticks(const struct app *app)
{
	struct link_view link = server_link(app->server);

	return app->frozen || link.state != LINK_LIVE || !link.newest_answer_us;
}

bool app_due(const struct app *app, struct now now)
{
	if (app->changed)
		return true;
	if (app->seen_version != app->drawn_version && now.mono_us - app->seen_us >= GATHER_US)
		return true;
	if (app->changes_us && now.wall_us >= app->changes_us)
		return true;
	return ticks(app) && now.wall_us / SECOND_US != app->drawn_second;
}

static void lower(int64_t *wake_us, int64_t at)
{
	if (at < *wake_us)
		*wake_us = at;
}

void app_wake(const struct app *app, struct now now, int64_t *wake_us)
{
	if (app->changed)
		lower(wake_us, now.mono_us);
	if (app->message && app->message_until_us)
		lower(wake_us, app->message_until_us);
	if (app->seen_version != app->drawn_version)
		lower(wake_us, app->seen_us + GATHER_US);
	if (app->changes_us)
		lower(wake_us, now.mono_us + app->changes_us - now.wall_us);
	if (ticks(app))
		lower(wake_us, now.mono_us + SECOND_US - now.wall_us % SECOND_US);
}

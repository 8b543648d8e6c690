#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "commands.h"
#include "commands_views.h"
#include "prompt.h"
#include "tui/panes/details.h"
#include "tui/panes/frame.h"
#include "tui/panes/mark.h"

/* What a screen must have: less shows one sentence, and up to the full size parts give way. */
enum {
	LEAST_HEIGHT = 15, LEAST_WIDTH = 60,
	BOTH_VITALS = 24, WITH_HINTS = 20,
	BELOW_HEIGHT = 36, BELOW_WIDTH = 100, PREVIEW_HEIGHT = 10,
	RIGHT_WIDTH = 160,
};

struct layout app_layout(const struct app *app, int height, int width)
{
	struct layout l = { .height = height, .width = width };
	int top, bottom;

	l.too_small = height < LEAST_HEIGHT || width < LEAST_WIDTH;
	if (l.too_small)
		return l;
	l.vitals_lines = height >= BOTH_VITALS ? 2 : 1;
	l.hints = height >= WITH_HINTS;
	l.hints_y = height - 1;
	l.message_y = l.hints ? height - 2 : height - 1;
	top = 2 + l.vitals_lines;
	bottom = l.message_y;
	l.body = (struct area){ top, 0, bottom - top, width };
	if (app->preview_hidden || app->nlayers)
		return l;
	if (width >= RIGHT_WIDTH) {
		int preview = width * 2 / 5;

		l.preview_right = true;
		l.body.width = width - preview - 1;
		l.preview = (struct area){ top, width - preview, bottom - top, preview };
	} else if (width >= BELOW_WIDTH && height >= BELOW_HEIGHT) {
		l.body.height -= PREVIEW_HEIGHT;
		l.preview = (struct area){ bottom - PREVIEW_HEIGHT, 0, PREVIEW_HEIGHT, width };
	}
	return l;
}

void app_resized(struct app *app)
{
	int height, width;

	app->terminal->size(app->terminal, &height, &width);
	if (height != app->canvas->height || width != app->canvas->width)
		canvas_resize(app->canvas, height, width);
	app->layout = app_layout(app, app->canvas->height, app->canvas->width);
	app->changed = true;
}

void app_suspend(struct app *app)
{
	app->terminal->suspend(app->terminal);
	app->terminal->resized(app->terminal);
	app_resized(app);
}

static void draw_too_small(struct app *app)
{
	struct canvas *c = app->canvas;

	canvas_putf(c, 0, 0, -1, ROLE_TEXT, "pgtop-prod needs %dx%d, this is %dx%d.", LEAST_WIDTH, LEAST_HEIGHT, c->width, c->height);
	canvas_put(c, 1, 0, -1, ROLE_TEXT, "Make it larger, or: pgtop-prod --once");
	canvas_put(c, 2, 0, -1, ROLE_DIM, "q quits; no other key does anything");
}

static void draw_message(struct app *app, int y)
{
	static const struct {
		const char *word;
		enum role role;
	} kinds[] = {
		[MESSAGE_NONE] = { "", ROLE_TEXT },
		[MESSAGE_DONE] = { "done", ROLE_OK },
		[MESSAGE_NOTE] = { "note", ROLE_HEADING },
		[MESSAGE_ERROR] = { "error", ROLE_CRITICAL },
	};
	int x;

	if (app->message_kind == MESSAGE_NONE)
		return;
	x = canvas_put(app->canvas, y, 0, -1, kinds[app->message_kind].role, kinds[app->message_kind].word);
	canvas_clip_end(app->canvas, y, x + 2, app->canvas->width - x - 2, ROLE_TEXT, app->message);
}

/* A thin line with the row's name: `─ 4127 ─────`. */
static void draw_rule(struct canvas *c, struct area area, const char *name)
{
	for (int x = area.x; x < area.x + area.width; x++)
		canvas_put(c, area.y, x, 1, ROLE_RULE, "─");
	if (*name) {
		int most = area.width - 4, cells = text_cells(name) < most ? text_cells(name) : most;

		canvas_blank(c, area.y, area.x + 1, cells + 2, ROLE_HEADING);
		canvas_clip_middle(c, area.y, area.x + 2, most, ROLE_HEADING, name);
	}
}

/* The row in hand in full, or that it is gone; nothing in it is ever in hand itself. */
static void draw_preview(struct app *app, const struct scene *scene)
{
	struct area area = app->layout.preview;
	const struct row_list *list = app_rows(app);
	struct view *view = app_view(app, app->pane);
	long row = view_selected_row(view, list);
	const char *key;
	char *name;

	if (!area.height || row < 0)
		return;
	key = list->rows[row].fold ? NULL : row_key(list, (size_t)row);
	name = details_name(key);
	if (app->layout.preview_right)
		canvas_clip_middle(app->canvas, area.y, area.x + 2, area.width - 2, ROLE_HEADING, name);
	else
		draw_rule(app->canvas, area, name);
	free(name);
	area.y++;
	area.height--;
	if (key)
		details_draw(scene, app->pane, key, app->canvas, area, 0, false);
	else
		canvas_putf(app->canvas, area.y, area.x + 2, area.width - 2, ROLE_DIM, "%d more that wait for the same; Enter unfolds them",
			    list->rows[row].fold);
}

/* A view has so many lines, of which so many are seen: it is not scrolled past its last one. */
static void clamp_layer(struct layer *layer, int lines, int height)
{
	int most = lines - height;

	layer->lines = lines;
	layer->height = height;
	if (layer->scroll > most)
		layer->scroll = most;
	if (layer->scroll < 0)
		layer->scroll = 0;
}

/* How far it can be scrolled is known once it is drawn: where that was too far, it is drawn anew. */
static void draw_layer(struct app *app, const struct scene *scene, struct layer *layer)
{
	const struct view_kind *kind = view_kind(layer);
	struct area area = app->layout.body;
	int before = layer->scroll;

	clamp_layer(layer, kind->draw(app, scene, layer), area.height - 1);
	if (layer->scroll == before)
		return;
	for (int y = area.y; y < area.y + area.height; y++)
		canvas_blank(app->canvas, y, area.x, area.width, ROLE_TEXT);
	kind->draw(app, scene, layer);
}

/* Before anything was ever known, the attempts to connect are what there is to see. */
static bool never_connected(const struct app *app)
{
	struct link_view link = server_link(app->server);

	return !link.ever_connected && link.nattempts > 0;
}

static void draw_pane(struct app *app, const struct scene *scene)
{
	struct view *view = app_view(app, app->pane);

	if (never_connected(app)) {
		view_draw_connection(app, scene);
		return;
	}
	app->pane->draw(scene, view, app->canvas, app->layout.body);
	if (!app->pane->collector && view->search)
		pane_mark(app->canvas, app->layout.body, view->search);
	draw_preview(app, scene);
}

/*
 * The header tells of the link as it is, also while the picture stands still: a server that is
 * gone must not look paused.
 */
static void draw_frame(struct app *app, const struct scene *scene)
{
	struct scene head = *scene;

	head.now = app->now;
	if (app->frozen && server_link(app->server).state != LINK_LIVE)
		head.server = app->server;
	frame_header(&head, app->canvas, 0);
	frame_pane_bar(scene, app->pane, app->canvas, 1);
	frame_vitals(scene, app->canvas, 2, app->layout.vitals_lines);
}

void app_draw(struct app *app, struct now now)
{
	struct scene scene;

	app->now = now;
	app_resized(app);
	app_question_before_draw(app);
	scene = app_scene(app);
	canvas_clear(app->canvas);
	if (app->layout.too_small) {
		draw_too_small(app);
	} else {
		draw_frame(app, &scene);
		if (app->nlayers)
			draw_layer(app, &scene, app_layer(app));
		else
			draw_pane(app, &scene);
		if (app->prompt.kind != PROMPT_NONE)
			prompt_draw(app, app->canvas, app->layout.message_y);
		else
			draw_message(app, app->layout.message_y);
		if (app->layout.hints && app->prompt.kind != PROMPT_NONE)
			prompt_draw_hints(app, app->canvas, app->layout.hints_y);
		else if (app->layout.hints)
			commands_draw_hints(app, app->canvas, app->layout.hints_y);
	}
	app->terminal->show(app->terminal, app->canvas);
	app->changed = false;
	app->changes_us = app->frozen || app->nlayers ? 0 : mark_changes(&scene, app_view(app, app->pane));
	app->drawn_version = server_version_counter(app->server);
	app->seen_version = app->drawn_version;
	app->drawn_second = now.wall_us / SECOND_US;
	app_question_drawn(app);
}

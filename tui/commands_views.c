#include "commands_views.h"

#include "commands.h"
#include "tui/panes/connection.h"
#include "tui/panes/details.h"
#include "tui/panes/rights.h"

static int draw_details(struct app *app, const struct scene *scene, const struct layer *layer)
{
	return details_draw(scene, layer->pane, layer->key, app->canvas, app->layout.body, layer->scroll, true);
}

static char *text_of_details(const struct scene *scene, const struct layer *layer)
{
	return details_text(scene, layer->pane, layer->key);
}

static int draw_help(struct app *app, const struct scene *scene, const struct layer *layer)
{
	(void)scene;
	return commands_draw_help(app, layer, app->canvas, app->layout.body);
}

static int draw_rights(struct app *app, const struct scene *scene, const struct layer *layer)
{
	return rights_draw(scene, app->canvas, app->layout.body, layer->scroll);
}

static char *text_of_rights(const struct scene *scene, const struct layer *layer)
{
	(void)layer;
	return rights_text(scene);
}

void view_draw_connection(struct app *app, const struct scene *scene)
{
	struct scene live = *scene;

	live.server = app->server;
	live.now = app->now;
	connection_draw(&live, app->canvas, app->layout.body);
}

/* It is never longer than the body. */
static int draw_connection(struct app *app, const struct scene *scene, const struct layer *layer)
{
	(void)layer;
	view_draw_connection(app, scene);
	return 0;
}

static int draw_question(struct app *app, const struct scene *scene, const struct layer *layer)
{
	(void)scene;
	return question_draw(layer->question, app->canvas, app->layout.body, layer->scroll);
}

static const struct view_kind kinds[LAYER_KINDS] = {
	[LAYER_DETAILS] = { .place = COMMAND_IN_DETAILS, .draw = draw_details, .text = text_of_details,
			    .no_text = "there is no statement here to copy" },
	[LAYER_HELP] = { .place = COMMAND_IN_HELP, .draw = draw_help },
	[LAYER_RIGHTS] = { .place = COMMAND_IN_RIGHTS, .draw = draw_rights, .text = text_of_rights,
			   .no_text = "nothing is hidden that a line would open", .asks_all = true },
	[LAYER_CONNECTION] = { .place = COMMAND_IN_CONNECTION, .draw = draw_connection },
	[LAYER_QUESTION] = { .place = COMMAND_IN_QUESTION, .draw = draw_question },
};

const struct view_kind *view_kind(const struct layer *layer)
{
	return &kinds[layer->kind];
}

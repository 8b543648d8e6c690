#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "commands.h"
#include "commands_run.h"
#include "prompt.h"

void run_pane(struct app *app, const char *argument)
{
	const struct pane *pane = NULL;

	if (!argument)
		pane = pane_numbered((int)(app->key - '0'));
	else if (argument[0] >= '1' && argument[0] <= '9' && !argument[1])
		pane = pane_numbered(argument[0] - '0');
	else
		pane = pane_named(argument);
	if (pane)
		app_show_pane(app, pane);
	else if (argument)
		app_say(app, MESSAGE_ERROR, "no pane is called %s", *argument ? argument : "nothing");
}

static void step_pane(struct app *app, size_t by)
{
	for (size_t i = 0; i < npanes; i++) {
		if (panes[i] == app->pane) {
			app_show_pane(app, panes[(i + by) % npanes]);
			return;
		}
	}
}

void run_next_pane(struct app *app, const char *argument)
{
	(void)argument;
	step_pane(app, 1);
}

void run_previous_pane(struct app *app, const char *argument)
{
	(void)argument;
	step_pane(app, npanes - 1);
}

void run_enter(struct app *app, const char *argument)
{
	struct scene scene = app_scene(app);
	struct view *view = app_view(app, app->pane);
	const struct row_list *list = app_rows(app);
	long line = view_selected_row(view, list);
	struct target target = { 0 };

	(void)argument;
	if (app->nlayers)
		return;
	if (line >= 0 && list->rows[line].fold) {
		run_unfold(app, NULL);
		return;
	}
	if (line < 0 || list->rows[line].row < 0)
		return;
	app->pane->enter(&scene, view, &target);
	app_follow(app, &target);
}

void run_back(struct app *app, const char *argument)
{
	(void)argument;
	if (!app_close_layer(app))
		app_back(app);
}

void run_owner(struct app *app, const char *argument)
{
	struct scene scene = app_scene(app);
	struct target target = { 0 };

	(void)argument;
	if (app->pane->owner)
		app->pane->owner(&scene, app_view(app, app->pane), &target);
	if (!app_follow(app, &target))
		app_say(app, MESSAGE_NOTE, "this one waits for nobody");
}

void run_help(struct app *app, const char *argument)
{
	(void)argument;
	app_open_layer(app, LAYER_HELP, NULL, NULL);
}

void run_prompt(struct app *app, const char *argument)
{
	(void)argument;
	prompt_open(app, PROMPT_COMMAND);
}

void run_quit(struct app *app, const char *argument)
{
	/* :quit says what it means */
	if (argument || !app_close_layer(app))
		app->quit = true;
}

void run_suspend(struct app *app, const char *argument)
{
	(void)argument;
	app_suspend(app);
}

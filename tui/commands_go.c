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
		pane = pane_numbered(app->panes, (int)(app->key - '0'));
	else if (argument[0] >= '1' && argument[0] <= '9' && !argument[1])
		pane = pane_numbered(app->panes, argument[0] - '0');
	else
		pane = pane_named(app->panes, argument);
	if (pane)
		app_show_pane(app, pane);
	else if (argument)
		app_say(app, MESSAGE_ERROR, "no pane is called %s; Tab behind : lists them", *argument ? argument : "nothing");
}

static void step_pane(struct app *app, size_t by)
{
	size_t at = (size_t)(app->pane - app->panes->pane);

	app_show_pane(app, &app->panes->pane[(at + by) % app->panes->n]);
}

void run_next_pane(struct app *app, const char *argument)
{
	(void)argument;
	step_pane(app, 1);
}

void run_previous_pane(struct app *app, const char *argument)
{
	(void)argument;
	step_pane(app, app->panes->n - 1);
}

void run_enter(struct app *app, const char *argument)
{
	struct scene scene = app_scene(app);
	const struct row_list *list = app_rows(app);
	long line = view_selected_row(app_view(app, app->pane), list);
	struct target target = { 0 };

	(void)argument;
	if (app->nlayers)
		return;
	if (line >= 0 && list->rows[line].fold) {
		run_unfold(app, NULL);
		return;
	}
	if (line < 0)
		return;
	if (list->rows[line].row < 0) {
		app_say(app, MESSAGE_NOTE, "this one is gone");
		return;
	}
	app->pane->enter(&scene, app->pane, row_key(list, (size_t)line), &target);
	app_follow(app, &target);
}

void run_back(struct app *app, const char *argument)
{
	(void)argument;
	if (!app_close_layer(app))
		app_back(app);
}

/*
 * The key of the row in hand: of the details, whose row may no longer be the selected one; of a
 * line that stands for several, of the first of them. A new string, NULL if there is none.
 */
static char *key_in_hand(struct app *app)
{
	const struct layer *layer = app_layer(app);
	const struct row_list *list = app_rows(app);
	long line = view_selected_row(app_view(app, app->pane), list);
	const struct row_ref *row = line < 0 ? NULL : &list->rows[line];

	if (layer && layer->key)
		return mem_string(layer->key);
	if (row && row->fold)
		return table_key(list->table, (size_t)row->first);
	return row && row->row >= 0 ? mem_string(row_key(list, (size_t)line)) : NULL;
}

bool row_is_there(struct app *app)
{
	struct scene scene = app_scene(app);
	const struct collection *c = pane_collection(&scene, app->pane);
	char *key = key_in_hand(app);
	/* what the list has is there; details stay when their row ends */
	bool there = key && (!app->nlayers || (c && c->table && table_find_key(c->table, key) >= 0));

	free(key);
	return there;
}

void run_owner(struct app *app, const char *argument)
{
	struct scene scene = app_scene(app);
	struct target target = { 0 };
	bool there = row_is_there(app);
	char *key = there ? key_in_hand(app) : NULL;

	(void)argument;
	if (there)
		app->pane->owner(&scene, app->pane, key, &target);
	free(key);
	if (!there)
		app_say(app, MESSAGE_NOTE, "this one is gone");
	else if (!app_follow(app, &target))
		app_say(app, MESSAGE_NOTE, "this one waits for nobody");
}

void run_help(struct app *app, const char *argument)
{
	(void)argument;
	app_open_layer(app, LAYER_HELP, NULL, NULL);
}

void run_rights(struct app *app, const char *argument)
{
	const struct layer *layer = app_layer(app);

	(void)argument;
	if (!layer || layer->kind != LAYER_RIGHTS)
		app_open_layer(app, LAYER_RIGHTS, NULL, NULL);
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

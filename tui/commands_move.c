#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "commands_run.h"
#include "tui/panes/tree.h"

enum { SHIFT_STEP = 10 };

static void scroll_layer(struct layer *layer, int by)
{
	int most = layer->lines - layer->height;

	layer->scroll += by;
	/* how long it is shows when it is drawn */
	if (layer->lines && layer->scroll > most)
		layer->scroll = most;
	if (layer->scroll < 0)
		layer->scroll = 0;
}

static void move(struct app *app, long by)
{
	struct layer *layer = app_layer(app);
	struct view *view = app_view(app, app->pane);
	const struct row_list *list;

	if (layer) {
		scroll_layer(layer, (int)by);
		return;
	}
	list = app_rows(app);
	if (list->nrows)
		view_select(view, list, view_selected_row(view, list) + by);
}

/* Rows or lines that the screen shows at once. */
static int page(struct app *app)
{
	struct layer *layer = app_layer(app);
	int height = layer ? layer->height : app_view(app, app->pane)->height;

	return height > 1 ? height : 1;
}

void run_down(struct app *app, const char *argument)
{
	(void)argument;
	move(app, 1);
}

void run_up(struct app *app, const char *argument)
{
	(void)argument;
	move(app, -1);
}

/* A page keeps the line of the selection where it is: what moves is the text behind it. */
static void turn_page(struct app *app, long by)
{
	struct view *view = app_view(app, app->pane);
	int line = view->selected_line;

	move(app, by);
	if (!app->nlayers)
		view->selected_line = line;
}

void run_page_down(struct app *app, const char *argument)
{
	(void)argument;
	turn_page(app, page(app));
}

void run_page_up(struct app *app, const char *argument)
{
	(void)argument;
	turn_page(app, -page(app));
}

void run_half_down(struct app *app, const char *argument)
{
	(void)argument;
	turn_page(app, (page(app) + 1) / 2);
}

void run_half_up(struct app *app, const char *argument)
{
	(void)argument;
	turn_page(app, -((page(app) + 1) / 2));
}

void run_first(struct app *app, const char *argument)
{
	(void)argument;
	if (app->nlayers)
		scroll_layer(app_layer(app), -INT16_MAX);
	else
		view_select_key(app_view(app, app->pane), NULL);
}

void run_last(struct app *app, const char *argument)
{
	(void)argument;
	if (app->nlayers)
		scroll_layer(app_layer(app), INT16_MAX);
	else
		move(app, (long)app_rows(app)->nrows);
}

void run_left(struct app *app, const char *argument)
{
	struct view *view = app_view(app, app->pane);

	(void)argument;
	view->shift = view->shift > SHIFT_STEP ? view->shift - SHIFT_STEP : 0;
}

void run_right(struct app *app, const char *argument)
{
	struct view *view = app_view(app, app->pane);

	(void)argument;
	if (view->shift < 10000)
		view->shift += SHIFT_STEP;
}

void run_fold(struct app *app, const char *argument)
{
	struct scene scene = app_scene(app);
	struct view *view = app_view(app, app->pane);
	const struct collection *c = pane_collection(&scene, app->pane);
	const struct row_list *list = app_rows(app);
	long line = view_selected_row(view, list);

	(void)argument;
	if (c && c->table && line >= 0 && !tree_fold(view, c->table, list, line))
		view_select(view, list, tree_parent(c->table, list, line));
}

void run_unfold(struct app *app, const char *argument)
{
	struct view *view = app_view(app, app->pane);
	const struct row_list *list = app_rows(app);
	long line = view_selected_row(view, list);
	char *first;

	(void)argument;
	if (line < 0 || !list->rows[line].fold)
		return;
	/* the first of the unfolded rows stands where the line stood */
	first = table_key(list->table, (size_t)list->rows[line].first);
	tree_unfold(view, list, line);
	view_select_key(view, first);
	free(first);
}

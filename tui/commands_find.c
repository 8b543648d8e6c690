#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "commands.h"
#include "commands_run.h"
#include "prompt.h"
#include "tui/panes/filter.h"
#include "tui/panes/table_pane.h"

static bool finding_matches(const struct finding *f, const char *needle)
{
	return text_find(f->title, needle) || (f->evidence && text_find(f->evidence, needle)) || text_find(f->id, needle);
}

bool find_row_matches(struct app *app, const struct row_ref *row, const char *needle)
{
	struct scene scene = app_scene(app);
	const struct collection *c = pane_collection(&scene, app->pane);
	const struct outcomes *o = server_outcomes(scene.server);

	if (row->row < 0)
		return false;
	if (!app->pane->collector)
		return (size_t)row->row < o->nfindings && finding_matches(&o->findings[row->row], needle);
	return c && c->table && table_row_matches(c->table, (size_t)row->row, needle);
}

bool find_move(struct app *app, const char *needle, long from, int step)
{
	const struct row_list *list = app_rows(app);
	long n = (long)list->nrows;

	for (long i = 0; i < n; i++) {
		long row = ((from + i * step) % n + n) % n;

		if (find_row_matches(app, &list->rows[row], needle)) {
			view_select(app_view(app, app->pane), list, row);
			return true;
		}
	}
	return false;
}

void run_search(struct app *app, const char *argument)
{
	(void)argument;
	prompt_open(app, PROMPT_SEARCH);
}

static void next_match(struct app *app, int step)
{
	struct view *view = app_view(app, app->pane);

	if (!view->search)
		app_say(app, MESSAGE_NOTE, "nothing is searched for; / does");
	else if (!find_move(app, view->search, view_selected_row(view, app_rows(app)) + step, step))
		app_say(app, MESSAGE_NOTE, "no row holds %s", view->search);
}

void run_next_match(struct app *app, const char *argument)
{
	(void)argument;
	next_match(app, 1);
}

void run_previous_match(struct app *app, const char *argument)
{
	(void)argument;
	next_match(app, -1);
}

void run_filter(struct app *app, const char *argument)
{
	(void)argument;
	prompt_open(app, PROMPT_FILTER);
}

void run_sort_left(struct app *app, const char *argument)
{
	(void)argument;
	table_sort_move(app_view(app, app->pane), -1);
}

void run_sort_right(struct app *app, const char *argument)
{
	(void)argument;
	table_sort_move(app_view(app, app->pane), 1);
}

void run_invert(struct app *app, const char *argument)
{
	struct view *view = app_view(app, app->pane);
	bool down = true;
	int column = app->pane->collector ? table_sort_column(app->pane->collector, view, &down) : -1;

	(void)argument;
	if (column < 0) {
		app_say(app, MESSAGE_NOTE, "these rows have one order only; < and > choose a column to sort by");
		return;
	}
	view->sorted = true;
	view->sort_column = column;
	view->sort_down = !down;
	view_touch(view);
}

void run_all(struct app *app, const char *argument)
{
	struct view *view = app_view(app, app->pane);

	(void)argument;
	view->show_all = !view->show_all;
	view_touch(view);
}

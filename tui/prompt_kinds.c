#include "prompt_kinds.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "commands.h"
#include "commands_run.h"
#include "prompt.h"
#include "tui/panes/filter.h"

static void keep(char **where, const char *text)
{
	char *copy = text && *text ? mem_string(text) : NULL;

	free(*where);
	*where = copy;
}

static void begin_search(struct app *app)
{
	const struct view *view = app_view(app, app->pane);

	if (view->selected)
		app->prompt.origin = mem_string(view->selected);
}

/* What is searched for is of the place that has the focus: the help, or the rows of the pane. */
static void search(struct app *app)
{
	struct prompt *p = &app->prompt;
	struct layer *layer = app_layer(app);
	struct view *view = app_view(app, app->pane);

	keep(layer ? &layer->search : &view->search, p->text.text);
	if (layer)
		return;
	view_select_key(view, p->origin);
	if (p->text.len)
		find_move(app, p->text.text, view_selected_row(view, app_rows(app)), 1);
}

static size_t count_matches(struct app *app, const char *needle)
{
	const struct row_list *list = app_rows(app);
	size_t n = 0;

	for (size_t i = 0; i < list->nrows && *needle; i++)
		n += find_row_matches(app, &list->rows[i], needle);
	return n;
}

static void note_search(struct app *app, struct strbuf *out)
{
	if (app->nlayers)
		strbuf_adds(out, "Enter keeps, Esc drops");
	else
		strbuf_addf(out, "%zu of %zu rows match; n N next, Enter keeps, Esc drops",
			    count_matches(app, app->prompt.text.text), app_rows(app)->nrows);
}

static void begin_filter(struct app *app)
{
	const struct view *view = app_view(app, app->pane);

	if (view->filter)
		prompt_set_text(app, view->filter);
}

static void filter(struct app *app)
{
	struct view *view = app_view(app, app->pane);

	keep(&view->filter, app->prompt.text.text);
	view_touch(view);
}

static void note_filter(struct app *app, struct strbuf *out)
{
	const char *text = app->prompt.text.text;
	const struct row_list *list = app_rows(app);
	char *unknown = filter_unknown_column(text ? text : "", app->pane->collector);

	strbuf_addf(out, "%zu of %zu rows; ", list->nrows, list->nrows + list->filtered);
	if (unknown)
		strbuf_addf(out, "no column %s", unknown);
	else
		strbuf_adds(out, "text, column:text, !not");
	free(unknown);
}

static void complete_command(struct app *app, int step)
{
	struct prompt *p = &app->prompt;
	const char *help = NULL, *name;

	if (memchr(p->text.text, ' ', p->text.len))
		return;
	if (!p->stem)
		p->stem = mem_string(p->text.text);
	else
		p->completion += step;
	name = command_complete(app, p->stem, p->completion, &help);
	if (name)
		prompt_set_text(app, name);
}

static void note_command(struct app *app, struct strbuf *out)
{
	struct prompt *p = &app->prompt;
	const char *help = NULL, *name = NULL;

	if (p->text.len)
		name = command_complete(app, p->stem ? p->stem : p->text.text, p->completion, &help);
	if (name)
		strbuf_addf(out, "%s  %s", name, help ? help : "");
	else
		strbuf_adds(out, "a pane or a command; Tab completes");
}

static void finish_command(struct app *app)
{
	char *line = mem_string(app->prompt.text.text);

	prompt_close(app);
	command_execute(app, line);
	free(line);
}

static int mark_password(struct app *app, struct canvas *canvas, int y)
{
	const char *user = server_facts(app->server)->user;
	int x = canvas_put(canvas, y, 0, -1, ROLE_ACCENT, user ? "password for " : "password"), most = canvas->width / 2 - x;

	if (user) {
		canvas_clip_middle(canvas, y, x, most, ROLE_ACCENT, user);
		x += text_cells(user) < most ? text_cells(user) : most;
	}
	return canvas_put(canvas, y, x, -1, ROLE_ACCENT, ": ");
}

static void finish_password(struct app *app)
{
	server_set_password(app->server, app->prompt.text.text, app->now);
	/* what comes of it is another refusal, if it is one */
	app->asked_password = false;
	prompt_close(app);
}

/* `Type orders_status_idx to drop it: `; nothing where a long name has the lines above. */
static int mark_answer(struct app *app, struct canvas *canvas, int y)
{
	char *ask = question_ask(app_layer(app)->question, canvas->width);
	int x = canvas_put(canvas, y, 0, -1, ROLE_ACCENT, ask);

	free(ask);
	return x;
}

static void forget_wrong(struct app *app)
{
	question_forget_wrong(app_layer(app)->question);
}

static void finish_answer(struct app *app)
{
	app_answer(app, app->prompt.text.text);
}

static const struct prompt_kind_row rows[PROMPT_KINDS] = {
	[PROMPT_SEARCH] = {
		.mark = "/", .add_note = note_search, .hints = { { "Enter", "keep" }, { "Esc", "drop" } },
		.begin = begin_search, .edited = search, .finish = prompt_close,
	},
	[PROMPT_FILTER] = {
		.mark = "\\", .add_note = note_filter, .hints = { { "Enter", "keep" }, { "Esc", "drop" } },
		.begin = begin_filter, .edited = filter, .finish = prompt_close,
	},
	[PROMPT_COMMAND] = {
		.mark = ":", .add_note = note_command, .cut_note = true,
		.hints = { { "Enter", "do it" }, { "Tab", "complete" }, { "Esc", "leave" } },
		.complete = complete_command, .finish = finish_command,
	},
	[PROMPT_PASSWORD] = {
		.draw_mark = mark_password, .note = "Enter sends it, Esc leaves", .secret = true,
		.hints = { { "Enter", "send" }, { "Esc", "leave" } }, .finish = finish_password,
	},
	[PROMPT_ANSWER] = {
		.draw_mark = mark_answer, .note = "Esc leaves, nothing done", .of_view = true,
		.hints = { { "Esc", "leave, nothing done" } }, .pressed = forget_wrong, .finish = finish_answer,
	},
};

const struct prompt_kind_row *prompt_row(const struct app *app)
{
	return &rows[app->prompt.kind];
}

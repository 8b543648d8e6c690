/* What the message line says, and how long. */
#include "app.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "collectors/base/memory.h"
#include "commands.h"

/* How long `done` and `note` stand, if no key is pressed. */
#define MESSAGE_US (8 * SECOND_US)

void app_hush(struct app *app)
{
	free(app->message);
	app->message = NULL;
	app->message_kind = MESSAGE_NONE;
	app->changed = true;
}

void app_say(struct app *app, enum message_kind kind, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	if (app->message_kind == MESSAGE_ERROR && kind != MESSAGE_ERROR)
		return;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	app_hush(app);
	app->message = text ? text_cleaned(text, 0) : mem_string("");
	free(text);
	app->message_kind = kind;
	app->message_until_us = kind == MESSAGE_ERROR ? 0 : app->now.mono_us + MESSAGE_US;
}

/* `? help, 1-7 panes...`: where everything begins. */
static void add_first_keys(const struct app *app, struct strbuf *out)
{
	const struct panes *panes = app->panes;
	int last = panes->pane[panes->n - 1].number;

	strbuf_adds(out, "? help, ");
	if ((size_t)last == panes->n)
		strbuf_addf(out, "1-%d", last);
	for (size_t i = 0; i < panes->n && (size_t)last != panes->n; i++)
		strbuf_addf(out, "%s%d", i ? " " : "", panes->pane[i].number);
	strbuf_addf(out, " panes, Enter goes into a row, %sq quits", commands_act(app) ? "capitals act but ask first, " : "");
}

/* To a superuser, that less would do. Where there is no room for both, the help tells of the other keys. */
static void add_smaller_role(const struct app *app, struct strbuf *out)
{
	static const char smaller[] = ":rights shows the three lines that make a smaller role";

	strbuf_addf(out, "%s%s", out->len ? "; " : "", smaller);
	if (text_cells(out->text) + (int)sizeof("note ") <= app->canvas->width)
		return;
	strbuf_reset(out);
	strbuf_addf(out, "? help, q quits; %s", smaller);
}

void app_say_first(struct app *app)
{
	bool superuser = server_facts(app->server)->superuser && !app->throwaway, due = app->first_note == FIRST_NOTE_DUE;
	bool stands = app->message_kind == MESSAGE_NOTE && !app->message_until_us;
	struct strbuf says = STRBUF_INIT;

	if (app->first_note == FIRST_NOTE_NONE || (!due && !superuser) || (app->message && !stands) ||
	    app->prompt.kind != PROMPT_NONE)
		return;
	if (due || stands)
		add_first_keys(app, &says);
	if (superuser)
		add_smaller_role(app, &says);
	app->first_note = superuser ? FIRST_NOTE_NONE : FIRST_NOTE_KEYS;
	app_say(app, MESSAGE_NOTE, "%s", says.text);
	app->message_until_us = 0;
	strbuf_free(&says);
}

/*
 * What is wrong with our own files is told once, where nothing that matters more is being said, and where it is seen: not below a
 * prompt, whose keys would take it away.
 */
static void tell_notice(struct app *app)
{
	char *notice = app->message || app->prompt.kind != PROMPT_NONE ? NULL : server_take_notice(app->server);

	if (notice)
		app_say(app, MESSAGE_ERROR, "%s", notice);
	free(notice);
}

void app_message_tick(struct app *app)
{
	if (app->message && app->message_until_us && app->now.mono_us >= app->message_until_us)
		app_hush(app);
	tell_notice(app);
	app_say_first(app);
}

#include "prompt.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "commands.h"
#include "commands_run.h"
#include "tui/panes/filter.h"
#include "tui/screen/utf8.h"

enum { TEXT_MOST = 1000 };

/* What the text is for in the place that has the focus: the help, or the rows of the pane. */
static char **search_of(struct app *app)
{
	struct layer *layer = app_layer(app);

	return layer ? &layer->search : &app_view(app, app->pane)->search;
}

static void set_text(struct prompt *p, const char *text)
{
	strbuf_reset(&p->text);
	strbuf_adds(&p->text, text);
	p->cursor = p->text.len;
}

static void forget_stem(struct prompt *p)
{
	free(p->stem);
	p->stem = NULL;
	p->completion = 0;
}

void prompt_open(struct app *app, enum prompt_kind kind)
{
	struct view *view = app_view(app, app->pane);
	struct prompt *p = &app->prompt;

	prompt_close(app);
	p->kind = kind;
	set_text(p, kind == PROMPT_FILTER && view->filter ? view->filter : "");
	if (kind == PROMPT_SEARCH && view->selected)
		p->origin = mem_string(view->selected);
	/* room for all of it at once: growing would leave copies of a password behind */
	if (kind == PROMPT_PASSWORD) {
		static const char blanks[64] = "                                                               ";

		for (int i = 0; i < TEXT_MOST / 60 + 2; i++)
			strbuf_adds(&p->text, blanks);
		set_text(p, "");
	}
	app->changed = true;
}

void prompt_close(struct app *app)
{
	struct prompt *p = &app->prompt;

	if (p->kind == PROMPT_PASSWORD && p->text.size) {
		explicit_bzero(p->text.text, p->text.size);
		p->text.len = 0;
	}
	strbuf_reset(&p->text);
	p->cursor = 0;
	forget_stem(p);
	free(p->origin);
	p->origin = NULL;
	p->kind = PROMPT_NONE;
	app->changed = true;
}

static void keep(char **where, const char *text)
{
	char *copy = text && *text ? mem_string(text) : NULL;

	free(*where);
	*where = copy;
}

/* What is typed works at once. */
static void apply(struct app *app)
{
	struct prompt *p = &app->prompt;
	struct view *view = app_view(app, app->pane);

	if (p->kind == PROMPT_FILTER) {
		keep(&view->filter, p->text.text);
		view_touch(view);
	} else if (p->kind == PROMPT_SEARCH) {
		keep(search_of(app), p->text.text);
		if (app->nlayers)
			return;
		view_select_key(view, p->origin);
		if (p->text.len)
			find_move(app, p->text.text, view_selected_row(view, app_rows(app)), 1);
	}
}

static void leave(struct app *app)
{
	if (app->prompt.kind == PROMPT_ANSWER) {
		app_close_layer(app);
		return;
	}
	set_text(&app->prompt, "");
	apply(app);
	prompt_close(app);
}

static void send_password(struct app *app)
{
	server_set_password(app->server, app->prompt.text.text, app->now);
	/* what comes of it is another refusal, if it is one */
	app->asked_password = false;
	prompt_close(app);
}

static void finish(struct app *app)
{
	struct prompt *p = &app->prompt;
	char *line;

	if (p->kind == PROMPT_PASSWORD) {
		send_password(app);
	} else if (p->kind == PROMPT_ANSWER) {
		app_answer(app, p->text.text);
	} else if (p->kind == PROMPT_COMMAND) {
		line = mem_string(p->text.text);
		prompt_close(app);
		command_execute(app, line);
		free(line);
	} else {
		prompt_close(app);
	}
}

static void complete(struct app *app, int step)
{
	struct prompt *p = &app->prompt;
	const char *help = NULL, *name;

	if (p->kind != PROMPT_COMMAND || memchr(p->text.text, ' ', p->text.len))
		return;
	if (!p->stem)
		p->stem = mem_string(p->text.text);
	else
		p->completion += step;
	name = command_complete(app, p->stem, p->completion, &help);
	if (name)
		set_text(p, name);
}

/* Bytes [from, to) go; the cursor is where they were. */
static void erase(struct prompt *p, size_t from, size_t to)
{
	memmove(p->text.text + from, p->text.text + to, p->text.len - to + 1);
	strbuf_cut(&p->text, p->text.len - (to - from));
	p->cursor = from;
}

static size_t before_cursor(const struct prompt *p)
{
	size_t at = p->cursor;

	while (at > 0 && ((unsigned char)p->text.text[--at] & 0xc0) == 0x80)
		;
	return at;
}

static size_t behind_cursor(const struct prompt *p)
{
	const char *next = p->text.text + p->cursor;

	if (*next)
		text_next(&next);
	return (size_t)(next - p->text.text);
}

static size_t word_before(const struct prompt *p)
{
	size_t at = p->cursor;

	while (at > 0 && p->text.text[at - 1] == ' ')
		at--;
	while (at > 0 && p->text.text[at - 1] != ' ')
		at--;
	return at;
}

/* Whether these bytes can be seen behind what stands before the cursor: a combining mark can where it has a character to stand on. */
static bool is_visible(const struct prompt *p, const char *bytes, size_t n)
{
	struct strbuf typed = STRBUF_INIT, clean = STRBUF_INIT;
	bool same;

	strbuf_add(&typed, p->text.text, p->cursor);
	strbuf_add(&typed, bytes, n);
	text_clean(&clean, typed.text, typed.len, 0);
	same = clean.len == typed.len && memcmp(clean.text, typed.text, typed.len) == 0;
	strbuf_free(&typed);
	strbuf_free(&clean);
	return same;
}

/*
 * A character as it was typed; what cannot be seen is not taken. A password is bytes, whatever
 * they look like.
 */
static void insert(struct prompt *p, int32_t key)
{
	char bytes[4];
	size_t n = utf8_encode((uint32_t)key, bytes);
	struct strbuf tail = STRBUF_INIT;

	if (p->text.len + n > TEXT_MOST || (p->kind != PROMPT_PASSWORD && !is_visible(p, bytes, n)))
		return;
	if (p->cursor == p->text.len) {
		strbuf_add(&p->text, bytes, n);
	} else {
		strbuf_adds(&tail, p->text.text + p->cursor);
		strbuf_cut(&p->text, p->cursor);
		strbuf_add(&p->text, bytes, n);
		strbuf_add(&p->text, tail.text, tail.len);
		if (tail.size)
			explicit_bzero(tail.text, tail.size);
		strbuf_free(&tail);
	}
	p->cursor += n;
}

/* Keys that move or erase within the line. Gives false for all others. */
static bool edit(struct prompt *p, int32_t key)
{
	switch (key) {
	case KEY_PG_LEFT:
	case KEY_CTRL('b'):
		p->cursor = before_cursor(p);
		return true;
	case KEY_PG_RIGHT:
	case KEY_CTRL('f'):
		p->cursor = behind_cursor(p);
		return true;
	case KEY_PG_HOME:
	case KEY_CTRL('a'):
		p->cursor = 0;
		return true;
	case KEY_PG_END:
	case KEY_CTRL('e'):
		p->cursor = p->text.len;
		return true;
	case KEY_PG_BACKSPACE:
		erase(p, before_cursor(p), p->cursor);
		return true;
	case KEY_PG_DELETE:
	case KEY_CTRL('d'):
		erase(p, p->cursor, behind_cursor(p));
		return true;
	case KEY_CTRL('w'):
		erase(p, word_before(p), p->cursor);
		return true;
	case KEY_CTRL('u'):
		erase(p, 0, p->cursor);
		return true;
	case KEY_CTRL('k'):
		strbuf_cut(&p->text, p->cursor);
		return true;
	default:
		return false;
	}
}

void prompt_key(struct app *app, int32_t key)
{
	struct prompt *p = &app->prompt;
	size_t len = p->text.len;

	app->changed = true;
	if (p->kind == PROMPT_ANSWER)
		question_forget_wrong(app_layer(app)->question);
	switch (key) {
	case KEY_PG_ENTER:
		finish(app);
		return;
	case KEY_PG_ESCAPE:
	case KEY_CTRL('c'):
		leave(app);
		return;
	case KEY_PG_TAB:
		complete(app, 1);
		return;
	case KEY_PG_BACK_TAB:
		complete(app, -1);
		return;
	case KEY_PG_BACKSPACE:
		/* behind nothing it leaves, as in less and vi; a question stays until it is left on purpose */
		if (!len && p->kind != PROMPT_ANSWER) {
			leave(app);
			return;
		}
		break;
	default:
		break;
	}
	if (!edit(p, key)) {
		if (key < ' ' || key >= KEY_PG_FIRST || key == 0x7f)
			return;
		insert(p, key);
	}
	forget_stem(p);
	/* moving about changes nothing to search or filter by */
	if (p->text.len != len || key < KEY_PG_FIRST)
		apply(app);
}

static size_t count_matches(struct app *app, const char *needle)
{
	const struct row_list *list = app_rows(app);
	size_t n = 0;

	for (size_t i = 0; i < list->nrows && *needle; i++)
		n += find_row_matches(app, &list->rows[i], needle);
	return n;
}

/* What the line says at its right end. */
static void add_note(struct app *app, struct strbuf *out)
{
	struct prompt *p = &app->prompt;
	const struct row_list *list = app_rows(app);
	const char *help = NULL, *name;
	char *unknown;

	switch (p->kind) {
	case PROMPT_SEARCH:
		if (app->nlayers)
			strbuf_adds(out, "Enter keeps, Esc drops");
		else
			strbuf_addf(out, "%zu of %zu rows match; n N next, Enter keeps, Esc drops",
				    count_matches(app, p->text.text), list->nrows);
		break;
	case PROMPT_FILTER:
		unknown = filter_unknown_column(p->text.text ? p->text.text : "", app->pane->collector);
		strbuf_addf(out, "%zu of %zu rows; ", list->nrows, list->nrows + list->filtered);
		if (unknown)
			strbuf_addf(out, "no column %s", unknown);
		else
			strbuf_adds(out, "text, column:text, !not");
		free(unknown);
		break;
	case PROMPT_COMMAND:
		name = p->text.len ? command_complete(app, p->stem ? p->stem : p->text.text, p->completion, &help) : NULL;
		if (name)
			strbuf_addf(out, "%s  %s", name, help ? help : "");
		else
			strbuf_adds(out, "a pane or a command; Tab completes");
		break;
	case PROMPT_PASSWORD:
		strbuf_adds(out, "Enter sends it, Esc leaves");
		break;
	case PROMPT_ANSWER:
		strbuf_adds(out, "Esc leaves, nothing done");
		break;
	case PROMPT_NONE:
		break;
	}
}

/* `Type orders_status_idx to drop it: `; nothing where a long name has the lines above. */
static int draw_ask(struct app *app, struct canvas *canvas, int y)
{
	char *ask = question_ask(app_layer(app)->question, canvas->width);
	int x = canvas_put(canvas, y, 0, -1, ROLE_ACCENT, ask);

	free(ask);
	return x;
}

static int draw_password_mark(struct canvas *canvas, int y, const char *user)
{
	int x = canvas_put(canvas, y, 0, -1, ROLE_ACCENT, user ? "password for " : "password"), most = canvas->width / 2 - x;

	if (user) {
		canvas_clip_middle(canvas, y, x, most, ROLE_ACCENT, user);
		x += text_cells(user) < most ? text_cells(user) : most;
	}
	return canvas_put(canvas, y, x, -1, ROLE_ACCENT, ": ");
}

static int draw_mark(struct app *app, struct canvas *canvas, int y)
{
	static const char *const marks[] = {
		[PROMPT_NONE] = "", [PROMPT_SEARCH] = "/", [PROMPT_FILTER] = "\\", [PROMPT_COMMAND] = ":", [PROMPT_PASSWORD] = "", [PROMPT_ANSWER] = "",
	};
	const struct facts *facts = server_facts(app->server);

	if (app->prompt.kind == PROMPT_ANSWER)
		return draw_ask(app, canvas, y);
	if (app->prompt.kind != PROMPT_PASSWORD)
		return canvas_put(canvas, y, 0, 1, ROLE_ACCENT, marks[app->prompt.kind]);
	return draw_password_mark(canvas, y, facts->user);
}

/*
 * Of a long line the part around the cursor is shown, with a sign at each end where there is more; never half a character, or a
 * mark without its own. Gives the column behind it.
 */
static int draw_text(struct canvas *canvas, int y, int x, int room, const char *text, size_t cursor)
{
	char *left = mem_string_n(text, cursor);
	int cells = text_cells(left);

	free(left);
	if (text_cells(text) > room && cells > room - 2) {
		x = canvas_put(canvas, y, x, 1, ROLE_DIM, canvas_ellipsis(canvas));
		room--;
		while (cells > room - 2)
			cells -= text_char_cells(text_next(&text));
		for (const char *next = text; *text && text_char_cells(text_next(&next)) == 0; )
			text = next;
	}
	canvas_clip_end(canvas, y, x, room, ROLE_TEXT, text);
	canvas->cursor_y = y;
	canvas->cursor_x = x + cells;
	cells = text_cells(text);
	return x + (cells < room ? cells : room);
}

void prompt_draw(struct app *app, struct canvas *canvas, int y)
{
	struct prompt *p = &app->prompt;
	struct strbuf note = STRBUF_INIT;
	int x = draw_mark(app, canvas, y), end, width = canvas->width;
	const char *text = p->kind == PROMPT_PASSWORD ? "" : p->text.text;

	end = draw_text(canvas, y, x, width - x - 1, text, *text ? p->cursor : 0);
	add_note(app, &note);
	/* half of a note on keys helps nobody; of what a name stands for, its beginning does */
	if (end + 2 + text_cells(note.text) <= width)
		canvas_put_right(canvas, y, width, -1, ROLE_DIM, note.text);
	else if (p->kind == PROMPT_COMMAND && end + 2 < width)
		canvas_clip_end(canvas, y, end + 2, width - end - 2, ROLE_DIM, note.text);
	strbuf_free(&note);
}

void prompt_draw_hints(const struct app *app, struct canvas *canvas, int y)
{
	static const struct { enum prompt_kind kind; const char *key, *does; } hints[] = {
		{ PROMPT_SEARCH, "Enter", "keep" }, { PROMPT_SEARCH, "Esc", "drop" },
		{ PROMPT_FILTER, "Enter", "keep" }, { PROMPT_FILTER, "Esc", "drop" },
		{ PROMPT_COMMAND, "Enter", "do it" }, { PROMPT_COMMAND, "Tab", "complete" }, { PROMPT_COMMAND, "Esc", "leave" },
		{ PROMPT_PASSWORD, "Enter", "send" }, { PROMPT_PASSWORD, "Esc", "leave" },
		{ PROMPT_ANSWER, "Esc", "leave, nothing done" },
	};
	int x = 0;

	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++) {
		if (hints[i].kind != app->prompt.kind)
			continue;
		x = canvas_put(canvas, y, x, -1, ROLE_ACCENT, hints[i].key);
		x = canvas_put(canvas, y, x + 1, -1, ROLE_DIM, hints[i].does) + 2;
	}
}

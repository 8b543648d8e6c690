#include "prompt.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "prompt_kinds.h"
#include "tui/screen/utf8.h"

enum { TEXT_MOST = 1000 };

static void set_text(struct prompt *p, const char *text)
{
	strbuf_reset(&p->text);
	strbuf_adds(&p->text, text);
	p->cursor = p->text.len;
}

void prompt_set_text(struct app *app, const char *text)
{
	set_text(&app->prompt, text);
}

static void forget_stem(struct prompt *p)
{
	free(p->stem);
	p->stem = NULL;
	p->completion = 0;
}

/* Room for all of it at once: growing would leave copies of a secret behind. */
static void make_room(struct prompt *p)
{
	static const char blanks[64] = "                                                               ";

	for (int i = 0; i < TEXT_MOST / 60 + 2; i++)
		strbuf_adds(&p->text, blanks);
	set_text(p, "");
}

void prompt_open(struct app *app, enum prompt_kind kind)
{
	const struct prompt_kind_row *row;

	prompt_close(app);
	app->prompt.kind = kind;
	row = prompt_row(app);
	set_text(&app->prompt, "");
	if (row->secret)
		make_room(&app->prompt);
	if (row->begin)
		row->begin(app);
	app->changed = true;
}

void prompt_close(struct app *app)
{
	struct prompt *p = &app->prompt;

	if (prompt_row(app)->secret && p->text.size) {
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

static void edited(struct app *app)
{
	if (prompt_row(app)->edited)
		prompt_row(app)->edited(app);
}

static void leave(struct app *app)
{
	if (prompt_row(app)->of_view) {
		app_close_layer(app);
		return;
	}
	set_text(&app->prompt, "");
	edited(app);
	prompt_close(app);
}

static void complete(struct app *app, int step)
{
	if (prompt_row(app)->complete)
		prompt_row(app)->complete(app, step);
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
 * A character as it was typed; what cannot be seen is not taken, but of a secret: that is bytes,
 * whatever they look like.
 */
static void insert(struct prompt *p, int32_t key, bool secret)
{
	char bytes[4];
	size_t n = utf8_encode((uint32_t)key, bytes);
	struct strbuf tail = STRBUF_INIT;

	if (p->text.len + n > TEXT_MOST || (!secret && !is_visible(p, bytes, n)))
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
	const struct prompt_kind_row *row = prompt_row(app);
	struct prompt *p = &app->prompt;
	size_t len = p->text.len;

	app->changed = true;
	if (row->pressed)
		row->pressed(app);
	switch (key) {
	case KEY_PG_ENTER:
		row->finish(app);
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
		/* behind nothing it leaves, as in less and vi; a view stays until it is left on purpose */
		if (!len && !row->of_view) {
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
		insert(p, key, row->secret);
	}
	forget_stem(p);
	/* moving about changes nothing to search or filter by */
	if (p->text.len != len || key < KEY_PG_FIRST)
		edited(app);
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
	const struct prompt_kind_row *row = prompt_row(app);
	struct prompt *p = &app->prompt;
	struct strbuf note = STRBUF_INIT;
	int x = row->mark ? canvas_put(canvas, y, 0, 1, ROLE_ACCENT, row->mark) : row->draw_mark(app, canvas, y);
	int end, width = canvas->width;
	const char *text = row->secret ? "" : p->text.text;

	end = draw_text(canvas, y, x, width - x - 1, text, *text ? p->cursor : 0);
	if (row->note)
		strbuf_adds(&note, row->note);
	else
		row->add_note(app, &note);
	/* half of a note on keys helps nobody; of what a name stands for, its beginning does */
	if (end + 2 + text_cells(note.text) <= width)
		canvas_put_right(canvas, y, width, -1, ROLE_DIM, note.text);
	else if (row->cut_note && end + 2 < width)
		canvas_clip_end(canvas, y, end + 2, width - end - 2, ROLE_DIM, note.text);
	strbuf_free(&note);
}

void prompt_draw_hints(const struct app *app, struct canvas *canvas, int y)
{
	const struct prompt_hint *hints = prompt_row(app)->hints;
	int x = 0;

	for (size_t i = 0; i < PROMPT_HINTS_MOST && hints[i].key; i++) {
		x = canvas_put(canvas, y, x, -1, ROLE_ACCENT, hints[i].key);
		x = canvas_put(canvas, y, x + 1, -1, ROLE_DIM, hints[i].does) + 2;
	}
}

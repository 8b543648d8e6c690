#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "commands.h"
#include "commands_run.h"
#include "tui/panes/help.h"

enum { HINTS_MOST = 32, PINNED_RANK = 1000, GAP = 2 };

/* `Enter`, `←→`: the keys as a hint writes them. */
static void add_keys(const struct app *app, const struct command *c, struct strbuf *out)
{
	const char *keys = c->hint_keys ? c->hint_keys : c->keys;
	char label[16];
	int32_t key;

	while ((key = key_parse(&keys)) != KEY_NONE) {
		key_label(key, app->canvas->ascii, label);
		/* arrows stand side by side, words do not */
		if (out->len && strlen(label) > 1 && (unsigned char)label[0] < 0x80)
			strbuf_addc(out, '/');
		strbuf_adds(out, label);
		if (!c->hint_keys)
			return;
	}
}

static int hint_cells(const struct app *app, const struct command *c)
{
	struct strbuf b = STRBUF_INIT;
	int cells;

	add_keys(app, c, &b);
	cells = text_cells(b.text) + 1 + text_cells(c->hint);
	strbuf_free(&b);
	return cells;
}

static int draw_hint(const struct app *app, const struct command *c, struct canvas *canvas, int y, int x)
{
	struct strbuf b = STRBUF_INIT;

	add_keys(app, c, &b);
	x = canvas_put(canvas, y, x, -1, ROLE_ACCENT, b.text);
	strbuf_free(&b);
	return canvas_put(canvas, y, x + 1, -1, ROLE_DIM, c->hint);
}

static bool is_text_to_copy(struct app *app)
{
	char *text = copy_find(app);
	bool is = text != NULL;

	free(text);
	return is;
}

/* A hint names a key that does something here and now. */
static bool hint_fits(struct app *app, const struct command *c)
{
	if (!c->hint || !command_fits(app, c))
		return false;
	if ((c->flags & COMMAND_NEEDS_ROW) && !row_is_there(app))
		return false;
	if ((c->flags & COMMAND_COPIES) && !is_text_to_copy(app))
		return false;
	if ((c->flags & COMMAND_OF_ROWS) && !app->nlayers && !app_rows(app)->total)
		return false;
	return !c->hint_in || (c->hint_in & command_place(app));
}

static int compare_ranks(const void *a, const void *b)
{
	const struct command *const *x = a, *const *y = b;

	return (*x)->rank != (*y)->rank ? (*x)->rank - (*y)->rank : (*x < *y ? -1 : *x > *y);
}

void commands_draw_hints(struct app *app, struct canvas *canvas, int y)
{
	const struct command *hints[HINTS_MOST] = { NULL };
	size_t n = 0;
	int pinned = 0, x = 0;

	for (size_t i = 0; i < ncommands && n < HINTS_MOST; i++)
		if (hint_fits(app, &commands[i]))
			hints[n++] = &commands[i];
	qsort(hints, n, sizeof(*hints), compare_ranks);
	for (size_t i = 0; i < n; i++)
		if (hints[i]->rank >= PINNED_RANK)
			pinned += hint_cells(app, hints[i]) + (pinned ? GAP : 0);
	for (size_t i = 0; i < n && hints[i]->rank < PINNED_RANK; i++) {
		if (x + hint_cells(app, hints[i]) + GAP > canvas->width - pinned)
			break;
		x = draw_hint(app, hints[i], canvas, y, x) + GAP;
	}
	x = canvas->width - pinned;
	for (size_t i = 0; i < n; i++)
		if (hints[i]->rank >= PINNED_RANK)
			x = draw_hint(app, hints[i], canvas, y, x) + GAP;
}

/* The lines of help of the pane below; views have the keys that make sense in them. */
static size_t help_rows(const struct app *app, struct help_row *rows, size_t most)
{
	struct app below = *app;
	size_t n = 0;

	below.nlayers = 0;
	for (size_t i = 0; i < ncommands && n < most; i++) {
		const struct command *c = &commands[i];

		if (!c->help_keys || !command_fits(&below, c))
			continue;
		rows[n].group = (int)c->group;
		rows[n].heading = command_group_name(c->group);
		rows[n].words = c->help;
		snprintf(rows[n].keys, sizeof(rows[n].keys), "%s", c->help_keys);
		n++;
	}
	return n;
}

int commands_draw_help(const struct app *app, const struct layer *layer, struct canvas *canvas, struct area area)
{
	struct help_row rows[64];
	size_t n = help_rows(app, rows, 64);

	return help_draw(app->pane->title, rows, n, layer->search, canvas, area, layer->scroll);
}

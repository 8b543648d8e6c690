/* What a collector's pane says in words: of its rows on the title line, of their figures below them. */
#include "table_pane.h"

#include <string.h>

#include "frame.h"

enum { FOOTER_LEFT = 2 };

static void add_count(const struct view *view, const struct row_list *list, const struct collection *c, struct strbuf *out)
{
	size_t left_out = list->filtered + list->minor;

	if (left_out || c->hidden_rows || view->filter)
		strbuf_addf(out, "%zu of %zu", list->total - left_out, list->total);
	else
		strbuf_addf(out, "%zu", list->total);
}

/* What is left out as unimportant. Behind a summary only where it can be read whole: the key that shows it is among the hints. */
static void add_minor(const struct view *view, const struct collection *c, int width, struct strbuf *out)
{
	struct strbuf minor = STRBUF_INIT;

	strbuf_addf(&minor, "; %s hidden, a shows all", c->collector->minor_text);
	if (!c->summary || text_cells(out->text) + text_cells(minor.text) <= frame_title_room(view->pane->title, c, width))
		strbuf_adds(out, minor.text);
	strbuf_free(&minor);
}

void table_pane_says(const struct view *view, const struct row_list *list, const struct collection *c, int width,
		     struct strbuf *out)
{
	const struct collector *k = c->collector;
	bool counted = !c->summary || view->filter;

	if (!c->table)
		return;
	if (counted)
		add_count(view, list, c, out);
	if (view->filter)
		strbuf_addf(out, "; filter %s (\\ Esc clears)", view->filter);
	/* behind a filter too: it may be since when the figures count */
	if (c->summary)
		strbuf_addf(out, "%s%s", view->filter ? "; " : "", c->summary);
	if (c->hidden_rows)
		strbuf_addf(out, "; %zu%s hidden from this role", c->hidden_rows, c->summary ? "" : " of them");
	else if (list->minor && k->minor_text && !view->filter)
		add_minor(view, c, width, out);
}

void table_pane_footer(const struct collection *c, struct canvas *canvas, struct area room)
{
	enum role role = c->state == COLLECTION_OK ? ROLE_DIM : ROLE_STALE;
	int width = room.width - FOOTER_LEFT;
	struct strbuf line = STRBUF_INIT;
	const char *at = c->footer ? c->footer : "";

	for (int y = room.y; *at && y < room.y + room.height; y++) {
		size_t n = y + 1 < room.y + room.height ? text_fitting(at, strlen(at), width) : strlen(at);

		strbuf_reset(&line);
		strbuf_add(&line, at, n);
		canvas_clip_end(canvas, y, room.x + FOOTER_LEFT, width, role, line.text);
		at += n;
		at += strspn(at, " ");
	}
	strbuf_free(&line);
}

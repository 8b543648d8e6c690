#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "figures.h"
#include "filter.h"
#include "frame.h"
#include "remedy.h"

enum { INDENT = 2 };

/* One line of a body, below the last one. */
struct writer {
	struct canvas *canvas;
	struct area body;
	int y;
};

/* A text from column x on, what does not fit on lines below, from column `hang` on: a line to copy is never cut. */
static void put_wrapped(struct writer *w, enum role role, const char *text, size_t len, int x, int hang)
{
	while (len > 0 && w->y < w->body.y + w->body.height) {
		size_t n = text_fitting(text, len, w->body.width - x);
		char *line = mem_string_n(text, n);

		canvas_put(w->canvas, w->y++, w->body.x + x, -1, role, line);
		free(line);
		n += strspn(text + n, " ");
		text += n < len ? n : len;
		len -= n < len ? n : len;
		x = hang;
	}
}

static void put_line(struct writer *w, enum role role, const char *text)
{
	put_wrapped(w, role, text, strlen(text), INDENT, INDENT);
}

static void waiting(const struct scene *scene, struct writer *w, const struct collection *c)
{
	struct strbuf out = STRBUF_INIT;
	double seconds = ceil((double)(c->next_us - scene->now.wall_us) / 1e6);

	if (c->next_us > 0 && seconds >= 1)
		strbuf_addf(&out, "First answer due in %.0f s.", seconds);
	else
		strbuf_adds(&out, "First answer due now.");
	put_line(w, ROLE_TEXT, out.text);
	strbuf_free(&out);
}

/* Where each kind of line stands, behind the number of a statement. */
enum { STATEMENT_X = INDENT + 3, BELOW_X = STATEMENT_X + 2 };

/* Statements are numbered. Gives how many there are. */
static int remedy_lines(struct writer *w, const char *remedy)
{
	struct remedy_line line;
	int n = 0;

	while (remedy_next(&remedy, &line)) {
		char number[16];

		switch (line.kind) {
		case REMEDY_STATEMENT:
			snprintf(number, sizeof(number), "%d", ++n);
			if (w->y < w->body.y + w->body.height)
				canvas_put(w->canvas, w->y, w->body.x + INDENT, -1, ROLE_TEXT, number);
			put_wrapped(w, ROLE_TEXT, line.text, line.len, STATEMENT_X, BELOW_X);
			break;
		case REMEDY_GOES_ON:
			put_wrapped(w, ROLE_TEXT, line.text, line.len, BELOW_X, BELOW_X);
			break;
		case REMEDY_EXPLAINS:
			put_wrapped(w, ROLE_DIM, line.text, line.len, BELOW_X, BELOW_X);
			break;
		case REMEDY_SENTENCE:
			put_wrapped(w, ROLE_TEXT, line.text, line.len, STATEMENT_X, STATEMENT_X);
			break;
		}
	}
	return n;
}

/*
 * A key and what it does, at the right end of a line: `y copies both`. Gives the column before it.
 */
static int put_key(struct writer *w, int y, const char *key, const char *does)
{
	int right = w->body.x + w->body.width, x = right - text_cells(key) - 1 - text_cells(does);

	canvas_put(w->canvas, y, x, -1, ROLE_ACCENT, key);
	canvas_put_right(w->canvas, y, right, -1, ROLE_DIM, does);
	return x;
}

static void looked(const struct scene *scene, struct writer *w, const struct collection *c, int lines)
{
	static const char *const copies[] = { "", "copies", "copies both", "copies all three", "copies them all" };
	char buf[UNITS_SIZE];
	struct strbuf out = STRBUF_INIT;
	const char *now = "; r looks now";
	int end = w->body.x + w->body.width, y = w->y;

	if (y >= w->body.y + w->body.height)
		return;
	if (c->looked_us > 0)
		strbuf_addf(&out, "Looked again at %s, every %d s", units_clock(buf, c->looked_us, scene->now.wall_us), COLLECTION_RETRY_S);
	else
		strbuf_addf(&out, "Looks again every %d s", COLLECTION_RETRY_S);
	if (lines > 0)
		end = put_key(w, y, "y", copies[lines > 4 ? 4 : lines]) - 1;
	if (text_cells(out.text) + text_cells(now) <= end - w->body.x - INDENT)
		strbuf_adds(&out, now);
	canvas_clip_end(w->canvas, y, w->body.x + INDENT, end - w->body.x - INDENT, ROLE_DIM, out.text);
	w->y++;
	strbuf_free(&out);
}

/* The title says why; what it has no room for stands here, whole. */
static void reason_lines(struct writer *w, const struct collection *c)
{
	char *title = mem_format("%s  unavailable: %s", c->collector->title, c->reason ? c->reason : "");

	if (text_cells(title) > w->body.width)
		put_line(w, ROLE_TEXT, c->reason);
	free(title);
}

static void unavailable(const struct scene *scene, struct writer *w, const struct collection *c)
{
	reason_lines(w, c);
	looked(scene, w, c, c->remedy ? remedy_lines(w, c->remedy) : 0);
}

static void no_rows(const struct scene *scene, struct writer *w, const struct collection *c,
		    const struct row_list *list, const char *filter)
{
	struct strbuf out = STRBUF_INIT;
	char buf[UNITS_SIZE];

	if (filter && list->filtered > 0)
		filter_hides_all(&out, "row", filter, c->collector, list->filtered);
	else if (list->minor > 0 && c->collector->minor_text)
		strbuf_addf(&out, "Nothing but %s here: %zu, which a shows.", c->collector->minor_text, list->minor);
	else
		strbuf_addf(&out, "%s Checked %s.",
			    c->collector->empty_text ? c->collector->empty_text : "There is nothing to show.",
			    units_clock(buf, c->taken_us, scene->now.wall_us));
	put_line(w, ROLE_TEXT, out.text);
	strbuf_free(&out);
}

bool frame_nothing(const struct scene *scene, struct canvas *canvas, struct area body, const struct collection *collection,
		   const struct row_list *list, const char *filter)
{
	struct writer w = { .canvas = canvas, .body = body, .y = body.y };

	if (!collection)
		return false;
	if (collection->state == COLLECTION_UNAVAILABLE) {
		unavailable(scene, &w, collection);
		return true;
	}
	if (!collection->table) {
		waiting(scene, &w, collection);
		return true;
	}
	if (list->nrows > 0)
		return false;
	no_rows(scene, &w, collection, list, filter);
	return true;
}

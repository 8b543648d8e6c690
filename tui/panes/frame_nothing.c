#include <math.h>
#include <string.h>

#include "figures.h"
#include "filter.h"
#include "frame.h"

enum { INDENT = 2 };

/* One line of a body, below the last one. */
struct writer {
	struct canvas *canvas;
	struct area body;
	int y;
};

static bool put_line(struct writer *w, enum role role, const char *text)
{
	if (w->y >= w->body.y + w->body.height)
		return false;
	canvas_clip_end(w->canvas, w->y++, w->body.x + INDENT, w->body.width - INDENT, role, text);
	return true;
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

/*
 * Statements are numbered; a line that begins with a blank goes on with, or explains, the one
 * above. Gives their number.
 */
static int remedy_lines(struct writer *w, const char *remedy)
{
	int n = 0;

	while (*remedy) {
		size_t len = strcspn(remedy, "\n");
		struct strbuf line = STRBUF_INIT;
		bool goes_on = remedy[0] == ' ' || remedy[0] == '\t';
		size_t blanks = strspn(remedy, " \t");

		if (blanks < len) {
			if (goes_on)
				strbuf_adds(&line, "     ");
			else
				strbuf_addf(&line, "%d  ", ++n);
			strbuf_add(&line, remedy + blanks, len - blanks);
			put_line(w, goes_on ? ROLE_DIM : ROLE_TEXT, line.text);
		}
		strbuf_free(&line);
		remedy += len + (remedy[len] == '\n');
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
	int end = w->body.x + w->body.width, y = w->y;

	if (y >= w->body.y + w->body.height)
		return;
	if (c->taken_us > 0)
		strbuf_addf(&out, "Looked again at %s, every %g s; r looks now",
			    units_clock(buf, c->taken_us, scene->now.wall_us), c->interval_s);
	else
		strbuf_addf(&out, "Looks again every %g s; r looks now", c->interval_s);
	if (lines > 0)
		end = put_key(w, y, "y", copies[lines > 4 ? 4 : lines]) - 1;
	canvas_clip_end(w->canvas, y, w->body.x + INDENT, end - w->body.x - INDENT, ROLE_DIM, out.text);
	w->y++;
	strbuf_free(&out);
}

static void unavailable(const struct scene *scene, struct writer *w, const struct collection *c)
{
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

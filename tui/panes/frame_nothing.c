#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "figures.h"
#include "filter.h"
#include "frame.h"
#include "remedy.h"
#include "sheet.h"

enum { INDENT = 2 };

static void put_line(struct sheet *s, enum role role, const char *text)
{
	sheet_wrap_text(s, INDENT, role, text);
}

static void waiting(const struct scene *scene, struct sheet *s, const struct collection *c)
{
	struct strbuf out = STRBUF_INIT;
	double seconds = ceil((double)(c->next_us - scene->now.wall_us) / 1e6);

	if (c->next_us > 0 && seconds >= 1)
		strbuf_addf(&out, "First answer due in %.0f s.", seconds);
	else
		strbuf_adds(&out, "First answer due now.");
	put_line(s, ROLE_TEXT, out.text);
	strbuf_free(&out);
}

/* Where each kind of line stands, behind the number of a statement. */
enum { STATEMENT_X = INDENT + 3, BELOW_X = STATEMENT_X + 2 };

/* Statements are numbered. Gives how many there are. */
static int remedy_lines(struct sheet *s, const char *remedy)
{
	struct remedy_line line;
	int n = 0;

	while (remedy_next(&remedy, &line)) {
		char number[16];

		switch (line.kind) {
		case REMEDY_STATEMENT:
			snprintf(number, sizeof(number), "%d", ++n);
			sheet_put(s, s->line, INDENT, s->area.width, ROLE_TEXT, number);
			sheet_wrap(s, STATEMENT_X, BELOW_X, ROLE_TEXT, line.text, line.len);
			break;
		case REMEDY_GOES_ON:
			sheet_wrap(s, BELOW_X, BELOW_X, ROLE_TEXT, line.text, line.len);
			break;
		case REMEDY_EXPLAINS:
			sheet_wrap(s, BELOW_X, BELOW_X, ROLE_DIM, line.text, line.len);
			break;
		case REMEDY_SENTENCE:
			sheet_wrap(s, STATEMENT_X, STATEMENT_X, ROLE_TEXT, line.text, line.len);
			break;
		}
	}
	return n;
}

/*
 * A key and what it does, at the right end of a line: `y copies both`. Gives the column before it.
 */
static int put_key(struct sheet *s, int y, const char *key, const char *does)
{
	int right = s->area.x + s->area.width, x = right - text_cells(key) - 1 - text_cells(does);

	canvas_put(s->canvas, y, x, -1, ROLE_ACCENT, key);
	canvas_put_right(s->canvas, y, right, -1, ROLE_DIM, does);
	return x;
}

static void looked(const struct scene *scene, struct sheet *s, const struct collection *c, int lines)
{
	static const char *const copies[] = { "", "copies", "copies both", "copies all three", "copies them all" };
	char buf[UNITS_SIZE];
	struct strbuf out = STRBUF_INIT;
	const char *now = "; r looks now";
	int end = s->area.x + s->area.width, y = s->area.y + s->line;

	if (y >= s->area.y + s->area.height)
		return;
	if (c->looked_us > 0)
		strbuf_addf(&out, "Looked again at %s, every %d s", units_clock(buf, c->looked_us, scene->now.wall_us), COLLECTION_RETRY_S);
	else
		strbuf_addf(&out, "Looks again every %d s", COLLECTION_RETRY_S);
	if (lines > 0)
		end = put_key(s, y, "y", copies[lines > 4 ? 4 : lines]) - 1;
	if (text_cells(out.text) + text_cells(now) <= end - s->area.x - INDENT)
		strbuf_adds(&out, now);
	canvas_clip_end(s->canvas, y, s->area.x + INDENT, end - s->area.x - INDENT, ROLE_DIM, out.text);
	s->line++;
	strbuf_free(&out);
}

/* The title says why; what it has no room for stands here, whole. */
static void reason_lines(struct sheet *s, const struct collection *c)
{
	char *title = mem_format("%s  unavailable: %s", c->collector->title, c->reason ? c->reason : "");

	if (text_cells(title) > s->area.width)
		put_line(s, ROLE_TEXT, c->reason);
	free(title);
}

static void unavailable(const struct scene *scene, struct sheet *s, const struct collection *c)
{
	reason_lines(s, c);
	looked(scene, s, c, c->remedy ? remedy_lines(s, c->remedy) : 0);
}

static void no_rows(const struct scene *scene, struct sheet *s, const struct collection *c,
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
	put_line(s, ROLE_TEXT, out.text);
	strbuf_free(&out);
}

bool frame_nothing(const struct scene *scene, struct canvas *canvas, struct area body, const struct collection *collection,
		   const struct row_list *list, const char *filter)
{
	struct sheet s = { .canvas = canvas, .area = body };

	if (!collection)
		return false;
	if (collection->state == COLLECTION_UNAVAILABLE) {
		unavailable(scene, &s, collection);
		return true;
	}
	if (!collection->table) {
		waiting(scene, &s, collection);
		return true;
	}
	if (list->nrows > 0)
		return false;
	no_rows(scene, &s, collection, list, filter);
	return true;
}

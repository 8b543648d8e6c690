#include "rights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "frame.h"
#include "remedy.h"
#include "rights_gather.h"
#include "sheet.h"

/* Where the number of a line stands, the line itself, and what goes on below it. */
enum { NUMBER_X = 2, LINE_X = 5, BELOW_X = 7, GAP = 2 };

static void put_at(const struct sheet *s, int x, enum role role, const char *text)
{
	sheet_put(s, s->line, x, s->area.width, role, text);
}

static void put_sentence(struct sheet *s, const char *text)
{
	sheet_wrap_text(s, NUMBER_X, ROLE_TEXT, text);
}

static void put_opened(struct sheet *s, const struct opener *o)
{
	const char *label = "";

	for (size_t i = 0; i < o->nopened; i++) {
		const struct opened *p = &o->opened[i];
		int x = BELOW_X + (*p->label ? s->label_cells : 0);

		if (strcmp(p->label, label) != 0)
			put_at(s, BELOW_X, ROLE_DIM, p->label);
		label = p->label;
		sheet_wrap_text(s, x, ROLE_DIM, p->what);
	}
	if (!o->checks)
		return;
	put_at(s, BELOW_X, ROLE_DIM, "checks");
	sheet_wrap_text(s, BELOW_X + s->label_cells, ROLE_DIM, o->checks);
}

static void put_opener(struct sheet *s, const struct opener *o, size_t number)
{
	const char *rest = o->line;
	struct remedy_line line;
	char text[24];

	snprintf(text, sizeof(text), "%zu", number);
	put_at(s, NUMBER_X, ROLE_TEXT, text);
	for (int x = LINE_X; remedy_next(&rest, &line); x = BELOW_X)
		sheet_wrap(s, x, BELOW_X, ROLE_TEXT, line.text, line.len);
	put_opened(s, o);
}

static int widest_label(const struct scene *scene)
{
	int widest = text_cells("checks");

	for (size_t i = 0; i < scene->panes->n; i++)
		if (text_cells(scene->panes->pane[i].tab) > widest)
			widest = text_cells(scene->panes->pane[i].tab);
	return widest;
}

static void title_says(const struct scene *scene, const struct rights *r, struct strbuf *out)
{
	const struct facts *f = server_facts(scene->server);
	const char *role = f->user ? f->user : "this role";

	if (!server_link(scene->server).ever_connected)
		strbuf_adds(out, "not connected yet, so nobody knows what this role may see");
	else if (r->hidden)
		strbuf_addf(out, "%zu %s what is hidden from %s", r->hidden, r->hidden == 1 ? "line opens" : "lines open", role);
	else if (f->superuser)
		strbuf_addf(out, "%s is a superuser", role);
	else if (r->waiting)
		strbuf_adds(out, "not everything was asked yet");
	else if (r->closed.nopened)
		strbuf_addf(out, "no line opens more to %s", role);
	else
		strbuf_addf(out, "nothing is hidden from %s", role);
}

/* Who runs them, and how soon their effect shows, as far as there is room. */
static void end_says(const struct scene *scene, const struct rights *r, int room, struct strbuf *out)
{
	char *again = r->again ? mem_format(". Looked again every %d s", COLLECTION_RETRY_S) : mem_string("");
	const char *const parts[] = { again, "; r looks now" };

	strbuf_addf(out, "A superuser runs them%s", server_facts(scene->server)->standby ? " on the primary" : "");
	for (size_t i = 0; i < 2 && r->hidden && text_cells(out->text) + text_cells(parts[i]) <= room; i++)
		strbuf_adds(out, parts[i]);
	if (!strpbrk(out->text, ".;"))
		strbuf_addc(out, '.');
	free(again);
}

static void put_end(struct sheet *s, const struct scene *scene, const struct rights *r)
{
	static const char *const copies[] = { "", "copies", "copies both", "copies all three", "copies them all" };
	const char *does = copies[r->n > 4 ? 4 : r->n];
	int right = s->area.width, y = s->area.y + s->line - s->scroll;
	struct strbuf out = STRBUF_INIT;

	if (!r->n)
		return;
	end_says(scene, r, right - NUMBER_X - GAP - 2 - text_cells(does), &out);
	put_at(s, NUMBER_X, ROLE_DIM, out.text);
	strbuf_free(&out);
	put_at(s, right - text_cells(does) - 2, ROLE_ACCENT, "y");
	if (y >= s->area.y && y < s->area.y + s->area.height)
		canvas_put_right(s->canvas, y, s->area.x + right, -1, ROLE_DIM, does);
	s->line++;
}

static void put_all(struct sheet *s, const struct scene *scene, const struct rights *r)
{
	char *text;

	for (size_t i = 0; i < r->hidden; i++)
		put_opener(s, &r->openers[i], i + 1);
	if (r->closed.nopened) {
		put_sentence(s, "No line opens these:");
		put_opened(s, &r->closed);
	}
	if (r->waiting) {
		text = mem_format("Not asked yet: %s.", r->waiting);
		put_sentence(s, text);
		free(text);
	}
	if (r->n > r->hidden)
		put_sentence(s, "A smaller role is enough to watch:");
	for (size_t i = r->hidden; i < r->n; i++)
		put_opener(s, &r->openers[i], i + 1);
	put_end(s, scene, r);
}

int rights_draw(const struct scene *scene, struct canvas *canvas, struct area area, int scroll)
{
	struct sheet s = { .canvas = canvas, .area = { area.y + 1, area.x, area.height - 1, area.width }, .scroll = scroll };
	struct strbuf says = STRBUF_INIT;
	struct rights r = { 0 };

	rights_gather(scene, &r);
	s.label_cells = widest_label(scene) + GAP;
	title_says(scene, &r, &says);
	frame_title(scene, canvas, area.y, area.x, area.width, "rights", says.text, NULL);
	strbuf_free(&says);
	put_all(&s, scene, &r);
	rights_clear(&r);
	return s.line;
}

char *rights_text(const struct scene *scene)
{
	struct strbuf out = STRBUF_INIT;
	struct rights r = { 0 };

	rights_gather(scene, &r);
	for (size_t i = 0; i < r.n; i++)
		strbuf_addf(&out, "%s%s", i ? "\n" : "", r.openers[i].line);
	rights_clear(&r);
	return out.len ? strbuf_take(&out) : NULL;
}

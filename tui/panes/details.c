#include "details.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "details_source.h"
#include "figures.h"
#include "frame.h"
#include "sheet.h"

enum { MARGIN = SHEET_MARGIN, LABEL_CELLS = 8, LABEL_MOST = 20 };

/* A preview of no more lines has the row in a sentence, so that there is room for its statement. */
enum { BRIEF_LINES = 12 };

/* From this age on what was asked for one row says when that was. */
#define OLD_US (60 * SECOND_US)

/* A fact to be drawn: `who      report, metabase`. */
struct fact {
	char *label, *value;
};

static void draw_fact(const struct sheet *s, int x, const struct fact *f, int cells)
{
	sheet_put(s, s->line, x, s->label_cells, ROLE_DIM, f->label);
	sheet_put(s, s->line, x + s->label_cells + 1, cells, ROLE_TEXT, f->value);
}

static void draw_long_fact(struct sheet *s, const struct fact *f)
{
	sheet_put(s, s->line, MARGIN, s->label_cells, ROLE_DIM, f->label);
	sheet_wrap_text(s, MARGIN + s->label_cells + 1, ROLE_TEXT, f->value);
}

/*
 * Two by two, the second at a fixed place; what does not fit beside another has lines of its own.
 */
static void draw_facts(struct sheet *s, const struct fact *facts, size_t n)
{
	int right = s->area.width * 27 / 40;
	int left_cells = right - MARGIN - s->label_cells - 2, right_cells = s->area.width - right - s->label_cells - 1;

	for (size_t i = 0; i < n; i += 2) {
		const struct fact *second = i + 1 < n ? &facts[i + 1] : NULL;
		bool fits_left = text_cells(facts[i].value) <= left_cells;
		bool fits_right = second && text_cells(second->value) <= right_cells;

		if (fits_left && fits_right) {
			draw_fact(s, MARGIN, &facts[i], left_cells);
			draw_fact(s, right, second, right_cells);
			s->line++;
			continue;
		}
		draw_long_fact(s, &facts[i]);
		if (second)
			draw_long_fact(s, second);
	}
}

static char *column_label(const struct column *c)
{
	return mem_string(c->title && *c->title ? c->title : c->name);
}

/* The facts as the collector words them, or every column with its title. */
static struct fact *make_facts(const struct source *s, size_t *n)
{
	const struct collector *c = s->collector;
	size_t nasked = c->demand && !c->ndetails ? c->demand->ncolumns : 0;
	struct fact *facts = mem_zero(c->ndetails + c->ncolumns + nasked + 1, sizeof(*facts));

	*n = 0;
	for (size_t i = 0; i < c->ndetails; i++) {
		if (!c->details[i].label[0])
			continue;
		facts[*n].label = mem_string(c->details[i].label);
		facts[(*n)++].value = source_fill(s, c->details[i].format);
	}
	for (size_t i = 0; i < c->ncolumns && !c->ndetails; i++) {
		struct strbuf b = STRBUF_INIT;

		if (c->columns[i].flags & (COLUMN_INTERNAL | COLUMN_LINES))
			continue;
		source_add_cell(s, i, &b);
		facts[(*n)++] = (struct fact){ column_label(&c->columns[i]), strbuf_take(&b) };
	}
	for (size_t i = 0; i < nasked; i++) {
		struct strbuf b = STRBUF_INIT;

		if (c->demand->columns[i].flags & (COLUMN_INTERNAL | COLUMN_LINES))
			continue;
		source_add_demanded(s, i, &b);
		facts[(*n)++] = (struct fact){ column_label(&c->demand->columns[i]), strbuf_take(&b) };
	}
	return facts;
}

static void draw_row_facts(struct sheet *s, const struct source *source)
{
	size_t n;
	struct fact *facts = make_facts(source, &n);

	s->label_cells = LABEL_CELLS;
	for (size_t i = 0; i < n; i++)
		if (text_cells(facts[i].label) > s->label_cells)
			s->label_cells = text_cells(facts[i].label);
	if (s->label_cells > LABEL_MOST)
		s->label_cells = LABEL_MOST;
	draw_facts(s, facts, n);
	for (size_t i = 0; i < n; i++) {
		free(facts[i].label);
		free(facts[i].value);
	}
	free(facts);
}

/* Why what is asked for the row alone is not there, a new string; NULL: it is, or will be in a moment. */
static char *lack(const struct scene *scene, const struct source *s, bool preview)
{
	const struct column *asked = s->collector->demand ? &s->collector->demand->columns[0] : NULL;
	const char *what = asked && asked->title ? asked->title : asked ? asked->name : "";

	if (!source_asks(s))
		return NULL;
	switch (s->demanded.state) {
	case DEMAND_FAILED:
		return mem_format("no %s: %s", what, s->demanded.reason);
	case DEMAND_NONE:
		if (preview)
			return mem_format("Enter asks for its %s", what);
		return scene->paused ? mem_format("no %s: not asked for while the picture stands still", what) : NULL;
	default:
		return NULL;
	}
}

/* An answer is of the moment it was asked for; one that is no longer new says so. */
static void draw_age(struct sheet *s, const struct source *source)
{
	const struct table *t = source->demanded.state == DEMAND_READY ? source->demanded.table : NULL;
	char clock[UNITS_SIZE], *line;

	if (!t || source->now_us - t->taken_us < OLD_US)
		return;
	line = mem_format("asked for at %s; r asks again", units_clock(clock, t->taken_us, source->now_us));
	s->line++;
	sheet_put(s, s->line++, MARGIN, s->area.width, ROLE_DIM, line);
	free(line);
}

/* Below the facts: what is lacking and why, and the row's statement; `gap`: lines between them. */
static void draw_below(struct sheet *s, const struct scene *scene, const struct source *source, bool preview, int gap)
{
	const char *text = source_text(source);
	char *why = lack(scene, source, preview);

	if (why) {
		s->line += gap;
		sheet_wrap_text(s, MARGIN, ROLE_DIM, why);
	} else if (!text && source_asks_text(source) && source->demanded.state != DEMAND_READY) {
		s->line += gap;
		sheet_put(s, s->line++, MARGIN, s->area.width, ROLE_DIM, "…");
	}
	if (text) {
		s->line += gap;
		sheet_sql(s, text, scene->wrap);
	}
	draw_age(s, source);
	free(why);
}

/* What a preview cannot hold is not left out unsaid. */
static void end_preview(struct sheet *s, const char *rest)
{
	if (s->line <= s->area.height || s->area.height < 1)
		return;
	s->line = s->area.height;
	canvas_blank(s->canvas, s->area.y + s->line - 1, s->area.x, s->area.width, ROLE_TEXT);
	sheet_put(s, s->line - 1, MARGIN, s->area.width, ROLE_DIM, rest);
}

static const struct finding *find_finding(const struct scene *scene, const struct pane *pane, const char *key)
{
	const struct outcomes *o = server_outcomes(scene->server);
	struct view view = { .pane = pane };
	struct row_list list = { 0 };
	const struct finding *found = NULL;

	pane->rows(scene, &view, &list);
	for (size_t i = 0; i < list.nrows && !found; i++)
		if ((!key || !strcmp(list.rows[i].key, key)) && list.rows[i].row >= 0 && (size_t)list.rows[i].row < o->nfindings)
			found = &o->findings[list.rows[i].row];
	row_list_clear(&list);
	return found;
}

/* A finding in full: what is wrong, the proof, the statement that would mend it. */
static void draw_finding(struct sheet *s, const struct scene *scene, const struct finding *f)
{
	struct strbuf age = STRBUF_INIT;

	sheet_wrap_text(s, MARGIN, severity_role(f->severity), f->title);
	if (f->evidence)
		sheet_wrap_text(s, MARGIN, ROLE_TEXT, f->evidence);
	s->line++;
	sheet_put(s, s->line, MARGIN, LABEL_CELLS, ROLE_DIM, "check");
	sheet_put(s, s->line++, MARGIN + LABEL_CELLS + 1, s->area.width, ROLE_TEXT, f->id);
	finding_age(scene, f, &age);
	sheet_put(s, s->line, MARGIN, LABEL_CELLS, ROLE_DIM, "for");
	sheet_put(s, s->line++, MARGIN + LABEL_CELLS + 1, s->area.width, ROLE_TEXT, age.text);
	strbuf_free(&age);
	if (f->fix_sql) {
		s->line++;
		sheet_sql(s, f->fix_sql, scene->wrap);
	}
}

static void draw_title(const struct scene *scene, const struct pane *pane, const struct collection *c, long row, const char *key,
		       struct canvas *canvas, struct area area)
{
	const struct collector *k = pane->collector;
	char *name = details_name(key);
	char *says = NULL, *gap = NULL;
	const char *title = pane->title;
	struct source source = { 0 };

	if (k && row >= 0)
		source = source_of(scene, pane->collector, c->table, (size_t)row, key);
	/*
	 * the collector words the title in a detail without a label: `session {pid}  {state}`, up
	 * to the gap the title proper
	 */
	for (size_t i = 0; k && row >= 0 && i < k->ndetails && !says; i++)
		if (!k->details[i].label[0])
			says = source_fill(&source, k->details[i].format);
	if (says) {
		gap = strstr(says, "  ");
		if (gap)
			*gap = '\0';
		title = says;
	}
	frame_title(scene, canvas, area.y, area.x, area.width, title, gap ? gap + 2 : says ? "" : name, c);
	free(says);
	free(name);
}

/* What of this row could not be read, and why; one reason is said once. */
static void draw_missing(struct sheet *s, const struct collection *c, size_t row)
{
	const char *said = "";

	for (size_t i = 0; i < c->nmissing; i++) {
		const struct missing *m = &c->missing[i];
		int column = table_column(c->table, m->name);
		char *line;

		if (column < 0 || c->table->columns[column].flags & COLUMN_INTERNAL || table_has(c->table, row, (size_t)column) ||
		    !strcmp(m->reason, said))
			continue;
		said = m->reason;
		line = mem_format("no %s: %s", m->name, m->reason);
		sheet_wrap_text(s, MARGIN, ROLE_HIDDEN, line);
		free(line);
	}
}

static void draw_brief(struct sheet *s, const struct source *source)
{
	char *brief = source_fill(source, source->collector->brief);

	sheet_wrap_text(s, MARGIN, ROLE_TEXT, brief);
	free(brief);
}

/* What follows from the row stands below its statement; in a preview below as much of that as there is room for. */
static void draw_row(struct sheet *s, const struct scene *scene, const struct collection *c, const struct source *source, bool preview)
{
	const char *outlook = source_outlook(source);
	bool low = preview && s->area.height <= BRIEF_LINES, brief = low && source->collector->brief;
	struct sheet unseen = { .area = s->area };
	int gap = low ? 0 : 1, below;

	if (outlook)
		sheet_wrap_text(&unseen, MARGIN, ROLE_TEXT, outlook);
	below = outlook ? gap + unseen.line : 0;
	if (preview)
		s->area.height -= below;
	if (brief)
		draw_brief(s, source);
	else
		draw_row_facts(s, source);
	draw_missing(s, c, source->row);
	draw_below(s, scene, source, preview, gap);
	if (preview) {
		end_preview(s, "… Enter shows the rest");
		s->area.height += below;
	}
	if (outlook) {
		s->line += gap;
		sheet_wrap_text(s, MARGIN, ROLE_TEXT, outlook);
	}
}

static void draw_gone(struct sheet *s)
{
	sheet_put(s, s->line++, MARGIN, s->area.width, ROLE_DIM, "It is no longer there.");
}

int details_draw(const struct scene *scene, const struct pane *pane, const char *key, struct canvas *canvas, struct area area,
		 int scroll, bool with_title)
{
	const struct collection *c = pane_collection(scene, pane);
	long row = c && c->table ? table_find_key(c->table, key) : -1;
	struct sheet s = { .canvas = canvas, .area = area, .scroll = scroll, .label_cells = LABEL_CELLS };

	if (with_title) {
		draw_title(scene, pane, c, row, key, canvas, area);
		s.area.y++;
		s.area.height--;
	}
	if (!pane->collector) {
		const struct finding *f = find_finding(scene, pane, key);

		if (f)
			draw_finding(&s, scene, f);
		else
			draw_gone(&s);
		if (!with_title)
			end_preview(&s, "… y copies all of it");
	} else if (row < 0) {
		draw_gone(&s);
	} else {
		struct source source = source_of(scene, pane->collector, c->table, (size_t)row, key);

		draw_row(&s, scene, c, &source, !with_title);
	}
	return s.line;
}

char *details_text(const struct scene *scene, const struct pane *pane, const char *key)
{
	const struct collection *c = pane_collection(scene, pane);
	struct source source;
	long row;
	int fix;

	if (!pane->collector) {
		const struct finding *f = find_finding(scene, pane, key);

		return f && f->fix_sql ? mem_string(f->fix_sql) : NULL;
	}
	row = c && c->table && key ? table_find_key(c->table, key) : -1;
	if (row < 0)
		return NULL;
	fix = table_column(c->table, "fix_sql");
	if (fix >= 0 && table_has(c->table, (size_t)row, (size_t)fix))
		return mem_string(table_text(c->table, (size_t)row, (size_t)fix));
	source = source_of(scene, pane->collector, c->table, (size_t)row, key);
	return mem_string_or_null(source_text(&source));
}

char *details_name(const char *key)
{
	const char *part = key ? key : "";

	/*
	 * the first part of the key that says something: the id of a finding, a pid, or the name of a
	 * prepared transaction, whose pid is 0
	 */
	for (;;) {
		size_t len = strcspn(part, (const char[]){ LIST_SEPARATOR, '\0' });

		if ((len && !(len == 1 && *part == '0')) || !part[len])
			return mem_string_n(part, len);
		part += len + 1;
	}
}

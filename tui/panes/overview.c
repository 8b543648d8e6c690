#include "overview.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "connection.h"
#include "figures.h"
#include "filter.h"
#include "frame.h"
#include "mark.h"
#include "overview_sparks.h"

enum {
	FINDING_LINES = 2,
	AGE_CELLS = 6,
	/*
	 * Below this height the sparklines give way: what is wrong comes before how it came to be.
	 */
	SPARKS_FROM = SPARK_LINES + 1 + 1 + 3 * FINDING_LINES,
};

static char *finding_key(const struct finding *f)
{
	return mem_format("%s%c%s%c%s", f->id, LIST_SEPARATOR, f->pane ? f->pane : "", LIST_SEPARATOR,
			  f->key ? f->key : "");
}

/* The findings that stand for themselves, worst first, as they were ranked. */
static void overview_rows(const struct scene *scene, const struct view *view, struct row_list *out)
{
	const struct outcomes *o = server_outcomes(scene->server);
	struct filter *filter;

	if (!o || o->nfindings == 0)
		return;
	filter = view->filter ? filter_new(view->filter, NULL, 0) : NULL;
	out->rows = mem_zero(o->nfindings, sizeof *out->rows);
	for (size_t i = 0; i < o->nfindings; i++) {
		if (o->findings[i].folded_into >= 0)
			continue;
		out->total++;
		if (filter && !filter_fits_finding(filter, &o->findings[i]))
			out->filtered++;
		else
			out->rows[out->nrows++] = (struct row_ref){
				.row = (long)i, .key = finding_key(&o->findings[i]), .first = -1,
			};
	}
	filter_free(filter);
}

static void overview_enter(const struct scene *scene, const struct pane *pane, const char *key, struct target *out)
{
	const struct outcomes *o = server_outcomes(scene->server);
	const struct finding *f = NULL;

	(void)pane;
	for (size_t i = 0; o && i < o->nfindings && !f; i++) {
		char *own = finding_key(&o->findings[i]);

		if (!strcmp(own, key))
			f = &o->findings[i];
		free(own);
	}
	if (f && f->pane && strcmp(f->pane, "connection") == 0) {
		out->connection = true;
	} else if (f && f->pane) {
		out->pane = pane_named(scene->panes, f->pane);
		out->key = out->pane && f->key ? mem_string(f->key) : NULL;
	}
}

static void draw_findings_title(const struct scene *scene, const struct view *view, const struct row_list *list,
				struct canvas *canvas, struct area area)
{
	int x = canvas_put(canvas, area.y, area.x, -1, ROLE_HEADING, "findings") + 2;
	int start = x;

	for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_INFO; severity--) {
		size_t n = findings_count(scene, NULL, (enum severity)severity);
		enum role role = severity_role((enum severity)severity);

		if (n == 0)
			continue;
		x = canvas_put(canvas, area.y, x, -1, role,
			       canvas_sign(canvas, severity_sign((enum severity)severity)));
		x = canvas_putf(canvas, area.y, x, -1, role, "%zu", n) + 1;
	}
	if (x > start)
		x = canvas_put(canvas, area.y, x + 1, -1, ROLE_DIM, "worst first");
	if (x > start && (size_t)view->height < list->nrows)
		canvas_putf(canvas, area.y, x, -1, ROLE_DIM, ", %zu-%zu of %zu", view->top + 1,
			    view->top + (size_t)view->height, list->nrows);
	if (view->filter)
		canvas_putf(canvas, area.y, x + 1, area.x + area.width - x - 6, ROLE_TEXT, "filter %s hides %zu (\\ Esc clears)",
			    view->filter, list->filtered);
	canvas_put_right(canvas, area.y, area.x + area.width, -1, ROLE_DIM, "for");
}

static void draw_finding(const struct scene *scene, const struct finding *f, bool selected, struct canvas *canvas,
			 struct area area)
{
	enum role title = f->severity == SEVERITY_CRITICAL ? ROLE_CRITICAL : ROLE_TEXT;
	struct strbuf age = STRBUF_INIT;
	int right = area.x + area.width, cells;

	if (f->news && mark_is_fresh(scene, f->first_seen_us))
		title = ROLE_FRESH;
	finding_age(scene, f, &age);
	cells = text_cells(age.text) > AGE_CELLS ? text_cells(age.text) : AGE_CELLS;
	canvas_put(canvas, area.y, area.x, 1, severity_role(f->severity),
		   canvas_sign(canvas, severity_sign(f->severity)));
	canvas_clip_end(canvas, area.y, area.x + 2, area.width - 2 - 1 - cells, title, f->title);
	canvas_put_right(canvas, area.y, right, cells, ROLE_TEXT, age.text);
	canvas_clip_end(canvas, area.y + 1, area.x + 4, area.width - 4, ROLE_DIM, f->evidence ? f->evidence : "");
	if (selected) {
		canvas_role(canvas, area.y, area.x + 2, area.width - 2, ROLE_SELECTION);
		canvas_role(canvas, area.y + 1, area.x + 2, area.width - 2, ROLE_SELECTION);
	}
	strbuf_free(&age);
}

/* The finding in hand has come to its end: it keeps its place for a while. */
static void draw_gone(const struct scene *scene, const struct view *view, struct canvas *canvas, struct area area)
{
	char when[UNITS_SIZE];

	canvas_put(canvas, area.y, area.x, 1, ROLE_DIM, canvas_sign(canvas, SIGN_GONE));
	canvas_clip_end(canvas, area.y, area.x + 2, area.width - 2, ROLE_STALE, view->gone ? view->gone : "");
	canvas_putf(canvas, area.y + 1, area.x + 4, area.width - 4, ROLE_STALE, "gone %s",
		    units_clock(when, view->gone_us, scene->now.wall_us));
	canvas_role(canvas, area.y, area.x + 2, area.width - 2, ROLE_SELECTION);
	canvas_role(canvas, area.y + 1, area.x + 2, area.width - 2, ROLE_SELECTION);
}

/* The row in hand keeps its line, the others scroll around it; nothing is scrolled that fits. */
static void scroll_to(struct view *view, long selected, long n)
{
	long top = view->selected ? selected - view->selected_line : 0;
	long last = n > view->height ? n - view->height : 0;

	if (top < selected - view->height + 1)
		top = selected - view->height + 1;
	if (top > selected)
		top = selected;
	top = top > last ? last : top < 0 ? 0 : top;
	view->top = (size_t)top;
	view->selected_line = (int)(selected - top);
}

/* `why`: what would tell more, where it is no right: those have a view of their own. */
static void count_checks(const struct outcomes *o, size_t *ok, size_t *rights, size_t *others, const char **why)
{
	for (size_t i = 0; i < o->nchecks; i++) {
		const struct check *c = &o->checks[i];

		*ok += c->result == CHECK_OK;
		if (c->result != CHECK_UNKNOWN)
			continue;
		if (c->why && strstr(c->why, "GRANT")) {
			++*rights;
		} else {
			if (!*why)
				*why = c->why;
			++*others;
		}
	}
}

/* The count of checks, always the true one, is there so that silence is evidence. */
static void draw_quiet(const struct scene *scene, struct canvas *canvas, struct area area)
{
	const struct outcomes *o = server_outcomes(scene->server);
	struct strbuf out = STRBUF_INIT;
	size_t ok = 0, rights = 0, others = 0;
	const char *why = NULL;
	char buf[UNITS_SIZE];

	count_checks(o, &ok, &rights, &others, &why);
	strbuf_addf(&out, "All quiet: %zu %s ok", ok, ok == 1 ? "check" : "checks");
	if (rights)
		strbuf_addf(&out, ", %zu unknown for lack of rights (:rights)", rights);
	if (others)
		strbuf_addf(&out, ", %zu unknown", others);
	strbuf_addc(&out, '.');
	if (o->quiet_since_us > 0) {
		units_clock(buf, o->quiet_since_us, scene->now.wall_us);
		if (buf[2] == ':')
			buf[5] = '\0';   /* hours and minutes say it */
		strbuf_addf(&out, " Since %s.", buf);
	}
	canvas_clip_end(canvas, area.y, area.x + 2, area.width - 2, ROLE_TEXT, out.text);
	if (why && area.height > 1) {
		strbuf_reset(&out);
		strbuf_addf(&out, "To know more: %s", why);
		canvas_clip_end(canvas, area.y + 1, area.x + 2, area.width - 2, ROLE_DIM, out.text);
	}
	strbuf_free(&out);
}

/* Whether anything was judged yet, and nothing found: before that silence says nothing. */
static bool is_quiet(const struct scene *scene)
{
	return server_outcomes(scene->server)->quiet_since_us > 0;
}

static void draw_findings(const struct scene *scene, struct view *view, struct canvas *canvas, struct area area)
{
	const struct outcomes *o = server_outcomes(scene->server);
	const struct row_list *list = pane_rows(scene, view);
	long selected = view_selected_row(view, list);
	struct area body = { area.y + 1, area.x, area.height - 1, area.width };

	view->height = body.height / FINDING_LINES > 1 ? body.height / FINDING_LINES : 1;
	if (list->nrows > 0)
		scroll_to(view, selected, (long)list->nrows);
	draw_findings_title(scene, view, list, canvas, area);
	if (list->filtered > 0 && list->nrows == 0) {
		struct strbuf out = STRBUF_INIT;

		filter_hides_all(&out, "finding", view->filter, NULL, list->filtered);
		canvas_clip_end(canvas, body.y, body.x + 2, body.width - 2, ROLE_TEXT, out.text);
		strbuf_free(&out);
		return;
	}
	if (list->nrows == 0) {
		canvas_put(canvas, area.y, area.x + 10, -1, ROLE_DIM, is_quiet(scene) ? "none" : "none yet");
		if (!is_quiet(scene))
			frame_nothing(scene, canvas, (struct area){ body.y, body.x, body.height, body.width },
				      server_collection_named(scene->server, "stats"), list, NULL);
		else
			draw_quiet(scene, canvas, body);
		return;
	}
	view->at = selected;
	for (int i = 0; i < view->height && view->top + (size_t)i < list->nrows; i++) {
		size_t row = view->top + (size_t)i, finding = (size_t)list->rows[row].row;
		struct area at = { body.y + i * FINDING_LINES, body.x, FINDING_LINES, body.width };

		if (finding >= o->nfindings) {
			draw_gone(scene, view, canvas, at);
			continue;
		}
		draw_finding(scene, &o->findings[finding], (long)row == selected, canvas, at);
		if ((long)row == selected)
			mem_replace(&view->drawn, mem_string(o->findings[finding].title));
	}
}

static void overview_draw(const struct scene *scene, struct view *view, struct canvas *canvas, struct area area)
{
	int used = 0;

	if (!server_link(scene->server).ever_connected) {
		connection_draw(scene, canvas, area);
		return;
	}
	if (area.height >= SPARKS_FROM) {
		overview_sparks(scene, canvas, area);
		used = SPARK_LINES + 1;
	}
	draw_findings(scene, view, canvas,
		      (struct area){ area.y + used, area.x, area.height - used, area.width });
}

const struct pane overview_pane = {
	.number = 1,
	.name = "overview",
	.title = "overview",
	.tab = "overview",
	.help = "vital figures, ten minutes of them, and what is wrong, worst first",
	.rows = overview_rows,
	.draw = overview_draw,
	.enter = overview_enter,
};

/*
 * --once --format=text: for tickets and mail. Words instead of signs, no colour, one line a row; nothing is cut unless the reader says how wide
 * the lines may be.
 */
#include "once_text.h"

#include <string.h>
#include <time.h>

#include "collectors/base/text.h"
#include "tui/panes/figures.h"

/* A line under construction is cut here, and nowhere else. */
void report_end_line(const struct report *r, struct strbuf *line, struct strbuf *out)
{
	while (line->len > 0 && line->text[line->len - 1] == ' ')
		strbuf_cut(line, line->len - 1);
	if (r->columns > 0 && text_cells(line->text) > r->columns)
		text_clip_end(out, line->text, r->columns, r->ascii ? ">" : "…");
	else
		strbuf_adds(out, line->text);
	strbuf_addc(out, '\n');
	strbuf_reset(line);
}

void report_add_padded(struct strbuf *line, const char *text, int width, bool right)
{
	int blanks = width - text_cells(text);

	if (right && blanks > 0)
		strbuf_addf(line, "%*s", blanks, "");
	strbuf_adds(line, text);
	if (!right && blanks > 0)
		strbuf_addf(line, "%*s", blanks, "");
}

/* RFC 3339 in the zone of the reader, whose ticket it goes into. */
void report_add_time(struct strbuf *line, int64_t epoch_us)
{
	time_t seconds = (time_t)(epoch_us / SECOND_US);
	struct tm local;
	char date[32], zone[8];

	localtime_r(&seconds, &local);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &local);
	strftime(zone, sizeof(zone), "%z", &local);
	strbuf_addf(line, "%s%.3s:%s", date, zone, zone + 3);
}

/* What a report lets the code of the panes see. */
static struct scene report_scene(const struct report *r)
{
	return (struct scene){ .server = r->server, .now = r->now };
}

/* --- the head -------------------------------------------------------------------------------------------------- */

static void add_server_line(const struct report *r, struct strbuf *line)
{
	const struct facts *f = server_facts(r->server);
	const struct link_view link = server_link(r->server);
	const struct scene scene = report_scene(r);
	char age[UNITS_SIZE];

	strbuf_addf(line, "pgtop-prod %s  %s on %s:%s", PGTOP_VERSION, f->database != NULL ? f->database : "?",
		    f->host != NULL ? f->host : "?", f->port != NULL ? f->port : "?");
	if (f->version_num != 0)
		strbuf_addf(line, "  %s  PostgreSQL %s", f->standby ? "standby" : "primary",
			    f->version != NULL ? f->version : "?");
	if (f->started_at_us != 0)
		strbuf_addf(line, "  up %s", units_age(age, (double)(scene_server_now(&scene) - f->started_at_us) / 1e6));
	if (f->user != NULL)
		strbuf_addf(line, "  role %s%s", f->user, f->superuser ? " (superuser)" : "");
	if (f->pooled)
		strbuf_adds(line, "  through a pooler");
	if (link.state == LINK_NO_ANSWER || link.state == LINK_DOWN)
		strbuf_addf(line, "  %s %s", link.state == LINK_DOWN ? "DOWN" : "NO ANSWER",
			    scene_link_age(&scene, age));
}

static void add_cost_line(const struct report *r, struct strbuf *line)
{
	uint64_t statements = 0;
	int64_t took_us = 0;

	server_cost(r->server, &statements, &took_us);
	strbuf_adds(line, "taken ");
	report_add_time(line, r->now.wall_us);
	if (r->rates_s > 0)
		strbuf_addf(line, ", rates over %.1f s", r->rates_s);
	else
		strbuf_adds(line, ", no rates: there was one sample only");
	strbuf_addf(line, ", %llu statements, %lld ms on the server", (unsigned long long)statements,
		    (long long)(took_us / 1000));
}

/* --- findings -------------------------------------------------------------------------------------------------- */

static void add_severities(const struct outcomes *o, struct strbuf *line)
{
	const char *between = "";
	size_t count[SEVERITY_CRITICAL + 1] = { 0 };

	for (size_t i = 0; i < o->nfindings; i++)
		if (o->findings[i].folded_into < 0)
			count[o->findings[i].severity]++;
	for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--)
		if (count[s] > 0) {
			strbuf_addf(line, "%s%zu %s", between, count[s], severity_name((enum severity)s));
			between = ", ";
		}
	if (between[0] == '\0')
		strbuf_adds(line, "none");
}

/* Silence is evidence only when it says how much was looked at. */
static void add_check_counts(const struct outcomes *o, struct strbuf *line)
{
	size_t ok = 0, unknown = 0;

	for (size_t i = 0; i < o->nchecks; i++) {
		ok += o->checks[i].result == CHECK_OK;
		unknown += o->checks[i].result == CHECK_UNKNOWN;
	}
	strbuf_addf(line, "; %zu checks ok", ok);
	if (unknown > 0)
		strbuf_addf(line, ", %zu unknown", unknown);
}

/* A report has looked on for a moment only: that it is at least a second old says nothing. */
static void add_age(const struct scene *scene, const struct finding *f, struct strbuf *out)
{
	if (f->since_us != 0)
		finding_age(scene, f, out);
	else
		strbuf_addc(out, '?');
}

static void add_finding(const struct report *r, const struct finding *f, const int width[2], struct strbuf *line,
			struct strbuf *out)
{
	const struct scene scene = report_scene(r);
	struct strbuf age = STRBUF_INIT;
	int margin = 10 + width[0] + 2 + width[1] + 2;

	add_age(&scene, f, &age);
	report_add_padded(line, severity_name(f->severity), 10, false);
	report_add_padded(line, f->id, width[0] + 2, false);
	report_add_padded(line, age.text, width[1], false);
	strbuf_free(&age);
	strbuf_addf(line, "  %s", f->title != NULL ? f->title : "");
	report_end_line(r, line, out);
	if (f->evidence != NULL) {
		strbuf_addf(line, "%*s%s", margin, "", f->evidence);
		report_end_line(r, line, out);
	}
	if (f->fix_sql != NULL) {
		strbuf_addf(out, "%*s", margin, "");
		text_one_line(out, f->fix_sql, 0);
		strbuf_addc(out, '\n');
	}
}

static void add_findings(const struct report *r, struct strbuf *line, struct strbuf *out)
{
	const struct outcomes *o = server_outcomes(r->server);
	const struct scene scene = report_scene(r);
	struct strbuf age = STRBUF_INIT;
	int width[2] = { 0, 0 };

	strbuf_adds(line, "FINDINGS  ");
	add_severities(o, line);
	add_check_counts(o, line);
	report_end_line(r, line, out);
	for (size_t i = 0; i < o->nfindings; i++) {
		const struct finding *f = &o->findings[i];

		if (f->folded_into >= 0)
			continue;
		strbuf_reset(&age);
		add_age(&scene, f, &age);
		width[0] = text_cells(f->id) > width[0] ? text_cells(f->id) : width[0];
		width[1] = text_cells(age.text) > width[1] ? text_cells(age.text) : width[1];
	}
	strbuf_free(&age);
	for (size_t i = 0; i < o->nfindings; i++)
		if (o->findings[i].folded_into < 0)
			add_finding(r, &o->findings[i], width, line, out);
	for (size_t i = 0; i < o->nchecks; i++)
		if (o->checks[i].result == CHECK_UNKNOWN) {
			strbuf_addf(line, "unknown   %s", o->checks[i].id);
			if (o->checks[i].why != NULL)
				strbuf_addf(line, ": %s", o->checks[i].why);
			report_end_line(r, line, out);
		}
}

/* --- the whole ------------------------------------------------------------------------------------------------- */

/* A locale that is not UTF-8 would take the bytes of our signs for something else, some of them for control characters. */
static void to_ascii(struct strbuf *text)
{
	struct strbuf plain = STRBUF_INIT;
	const char *at = text->text;
	uint32_t c;

	while ((c = text_next(&at)) != 0) {
		if (c < 0x80)
			strbuf_addc(&plain, (char)c);
		else if (c == 0x2265 || c == 0x2264)
			strbuf_addc(&plain, c == 0x2265 ? '>' : '<');
		else if (c == 0x2026)
			strbuf_addc(&plain, '>');
		else
			strbuf_addf(&plain, "<U+%04X>", (unsigned)c);
	}
	strbuf_free(text);
	*text = plain;
}

void report_text(const struct report *r, struct strbuf *out)
{
	struct strbuf line = STRBUF_INIT, text = STRBUF_INIT;

	add_server_line(r, &line);
	report_end_line(r, &line, &text);
	add_cost_line(r, &line);
	report_end_line(r, &line, &text);
	if (r->findings) {
		strbuf_addc(&text, '\n');
		add_findings(r, &line, &text);
	}
	for (size_t i = 0; i < r->npanes; i++) {
		strbuf_addc(&text, '\n');
		report_pane(r, server_collection_named(r->server, r->panes[i]->name), &line, &text);
	}
	if (r->ascii)
		to_ascii(&text);
	strbuf_add(out, text.text, text.len);
	strbuf_free(&text);
	strbuf_free(&line);
}

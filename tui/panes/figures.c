#include "figures.h"

#include <stdio.h>
#include <string.h>

/* The unit as the row of `stats` names it; a figure without one is a count. */
static enum unit row_unit(const struct table *t, size_t row)
{
	int column = table_column(t, "unit");
	enum unit unit = column < 0 ? UNIT_NONE : unit_by_name(table_text(t, row, (size_t)column));

	return unit == UNIT_NONE ? UNIT_COUNT : unit;
}

struct figure figure_named(const struct scene *scene, const char *name)
{
	const struct collection *c = server_collection_named(scene->server, "stats");
	struct figure f = { .kind = CELL_PENDING, .unit = UNIT_COUNT };
	int value, row;

	if (!c || !c->table)
		return f;
	row = (int)table_find_key(c->table, name);
	value = table_column(c->table, "value");
	if (row < 0 || value < 0) {
		f.kind = CELL_UNKNOWN;
		return f;
	}
	f.kind = table_cell(c->table, (size_t)row, (size_t)value)->kind;
	f.unit = row_unit(c->table, (size_t)row);
	f.value = table_number(c->table, (size_t)row, (size_t)value);
	return f;
}

static bool has_value(const struct figure *f)
{
	return f->kind != CELL_NULL && f->kind != CELL_UNKNOWN && f->kind != CELL_PENDING;
}

const char *figure_text(const struct figure *f, const struct scene *scene, char *buf)
{
	if (!has_value(f))
		snprintf(buf, UNITS_SIZE, "%s", f->kind == CELL_NULL ? "-" : f->kind == CELL_UNKNOWN ? "?" : "…");
	else if (f->unit == UNIT_COUNT)
		units_count(buf, f->value);
	else
		units_text(buf, f->unit, f->value, scene->now.wall_us);
	return buf;
}

enum role figure_role(const struct figure *f)
{
	if (f->kind == CELL_UNKNOWN)
		return ROLE_HIDDEN;
	return has_value(f) && f->value != 0 ? ROLE_TEXT : ROLE_DIM;
}

int64_t scene_server_now(const struct scene *scene)
{
	const struct collection *c = server_collection_named(scene->server, "stats");

	return c && c->table && c->table->taken_us ? c->table->taken_us : scene->now.wall_us;
}

const char *badge_age(char *buf, int64_t us)
{
	int64_t seconds = us > 0 ? us / SECOND_US : 0;

	if (seconds < 10)
		snprintf(buf, UNITS_SIZE, "%ds", (int)seconds);
	else
		units_age(buf, (double)seconds);
	return buf;
}

const char *scene_link_age(const struct scene *scene, char *buf)
{
	struct link_view link = server_link(scene->server);
	int64_t from = link.state == LINK_NO_ANSWER && link.newest_answer_us ? link.newest_answer_us : link.since_us;

	return badge_age(buf, scene->now.wall_us - from);
}

bool scene_is_live(const struct scene *scene)
{
	return server_link(scene->server).state == LINK_LIVE;
}

/*
 * When the proof was read, server's clock: the row's own moment if it has one, so that the age is
 * the one which the row and the title tell.
 */
static int64_t proof_taken_us(const struct collection *c, const struct finding *f)
{
	int column = table_column(c->table, "taken");
	long row = f->key ? table_find_key(c->table, f->key) : 0;

	if (column >= 0 && row >= 0 && (size_t)row < c->table->nrows && table_has(c->table, (size_t)row, (size_t)column))
		return table_int(c->table, (size_t)row, (size_t)column);
	return c->table->taken_us;
}

/* So long we have known of it ourselves, as of its proof, by our clock both. */
static int64_t seen_for_us(const struct scene *scene, const struct collection *c, const struct finding *f)
{
	int64_t now = c && c->taken_us ? c->taken_us : scene->now.wall_us;

	return f->first_seen_us && now > f->first_seen_us ? now - f->first_seen_us : 0;
}

void finding_age(const struct scene *scene, const struct finding *f, struct strbuf *out)
{
	const struct collection *c = f->pane ? server_collection_named(scene->server, f->pane) : NULL;
	int64_t now, age = 0, seen = seen_for_us(scene, c, f);
	char buf[UNITS_SIZE];

	if (f->pane && strcmp(f->pane, "connection") == 0) {
		strbuf_adds(out, scene_link_age(scene, buf));
		return;
	}
	now = c && c->table ? proof_taken_us(c, f) : 0;
	if (f->since_us)
		age = (now ? now : scene_server_now(scene)) - f->since_us;
	if (f->since_us && (!f->since_at_least || age >= seen))
		strbuf_addf(out, "%s%s", f->since_at_least ? "≥" : "", units_age(buf, (double)age / 1e6));
	else if (seen >= SECOND_US)
		/* nobody knows since when, but it is so since we saw it first: whole seconds, for we do not look more often */
		strbuf_addf(out, "≥%s", badge_age(buf, seen));
	else
		strbuf_adds(out, f->first_seen_us ? "…" : "?");
}

int severity_sign(enum severity severity)
{
	return severity == SEVERITY_CRITICAL ? SIGN_CRITICAL : severity == SEVERITY_WARNING ? SIGN_WARNING : SIGN_NOTE;
}

enum role severity_role(enum severity severity)
{
	return severity == SEVERITY_CRITICAL ? ROLE_CRITICAL : severity == SEVERITY_WARNING ? ROLE_WARNING : ROLE_TEXT;
}

size_t findings_count(const struct scene *scene, const char *pane, enum severity severity)
{
	const struct outcomes *o = server_outcomes(scene->server);
	size_t n = 0;

	for (size_t i = 0; o && i < o->nfindings; i++) {
		const struct finding *f = &o->findings[i];

		n += f->folded_into < 0 && f->severity == severity
			&& (!pane || (f->pane && strcmp(f->pane, pane) == 0));
	}
	return n;
}

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

	if (!c || !c->table || c->table->taken_us == 0 || c->taken_us == 0)
		return scene->now.wall_us;
	return scene->now.wall_us - c->taken_us + c->table->taken_us;
}

bool scene_is_live(const struct scene *scene)
{
	return server_link(scene->server).state == LINK_LIVE;
}

void finding_age(const struct scene *scene, const struct finding *f, struct strbuf *out)
{
	bool ours = f->pane && strcmp(f->pane, "connection") == 0;
	int64_t now = ours ? scene->now.wall_us : scene_server_now(scene);
	char buf[UNITS_SIZE];

	if (f->since_us)
		strbuf_addf(out, "%s%s", f->since_at_least ? "≥" : "", units_age(buf, (double)(now - f->since_us) / 1e6));
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

#include <string.h>

#include "figures.h"
#include "frame.h"

enum { CELL = 20, FIGURE_END = 9, LABEL = 10, PER_ROW = 10 };

/* One cell of the vitals. `checks`: ids of findings that concern it, separated by blanks. */
struct vital {
	const char *figure, *label, *checks;
};

static const struct vital rows[2][PER_ROW] = {
	{
		{ "connections_used", "conn", "connections" },
		{ "sessions_active", "active", "" },
		{ "sessions_waiting_for_lock", "waiting", "lock-queue" },
		{ "sessions_idle_in_transaction", "idle in tx", "idle-in-transaction" },
		{ "oldest_xmin", "oldest xmin", "xmin-horizon" },
		{ "xid_age", "xid age", "wraparound" },
		{ "replication_lag", "lag", "replication-lag" },
		{ "replication_lag_bytes", "lag bytes", "replication-lag" },
		{ "sessions_idle", "idle", "" },
		{ "sessions_hidden", "hidden", "" },
	},
	{
		{ "commits", "commit", "" },
		{ "rollback_ratio", "rollback", "" },
		{ "cache_hit_ratio", "cache hit", "" },
		{ "oldest_transaction", "oldest tx", "idle-in-transaction" },
		{ "wal_bytes", "WAL", "" },
		{ "temp_bytes", "temp", "" },
		{ "rows_returned", "rows read", "" },
		{ "rows_written", "rows written", "" },
		{ "deadlocks", "deadlocks", "" },
		{ "multixact_age", "multixact", "" },
	},
};

/* The worst finding that concerns it, also one that is folded into another: it is no less true. */
static enum role concern(const struct scene *scene, const struct vital *v, enum role otherwise)
{
	const struct outcomes *o = server_outcomes(scene->server);
	enum role role = otherwise;

	for (size_t i = 0; o && i < o->nfindings; i++) {
		const struct finding *f = &o->findings[i];
		bool row = f->pane && f->key && strcmp(f->pane, "stats") == 0 && strcmp(f->key, v->figure) == 0;

		if (!row && !text_has_word(v->checks, f->id))
			continue;
		if (f->severity == SEVERITY_CRITICAL)
			return ROLE_CRITICAL;
		if (f->severity == SEVERITY_WARNING)
			role = ROLE_WARNING;
	}
	return role;
}

/* Connections are written with what there is to use: `187/197`. */
static void connections_text(const struct scene *scene, const struct figure *used, char *buf)
{
	struct figure limit = figure_named(scene, "connections_limit");
	struct figure reserved = figure_named(scene, "connections_reserved");
	struct figure rest = { .kind = CELL_INT, .unit = UNIT_COUNT, .value = limit.value - reserved.value };
	size_t n;

	figure_text(used, scene, buf);
	if (used->kind < CELL_INT || limit.kind < CELL_INT)
		return;
	n = strlen(buf);
	if (n + 10 < UNITS_SIZE) {
		buf[n] = '/';
		figure_text(&rest, scene, buf + n + 1);
	}
}

static void draw_vital(const struct scene *scene, const struct vital *v, struct canvas *canvas, int y, int x)
{
	struct figure f = figure_named(scene, v->figure);
	enum role role = concern(scene, v, figure_role(&f));
	char buf[2 * UNITS_SIZE];

	if (strcmp(v->figure, "connections_used") == 0)
		connections_text(scene, &f, buf);
	else
		figure_text(&f, scene, buf);
	if (!scene_is_live(scene) && role == ROLE_TEXT)
		role = ROLE_STALE;
	canvas_put_right(canvas, y, x + FIGURE_END, -1, role, buf);
	canvas_put(canvas, y, x + LABEL, -1, ROLE_DIM, v->label);
}

static int per_row(int width)
{
	return width >= 200 ? 10 : width >= 120 ? 6 : width >= 80 ? 4 : width / CELL;
}

void frame_vitals(const struct scene *scene, struct canvas *canvas, int y, int lines)
{
	int n = per_row(canvas->width);

	for (int line = 0; line < lines && line < 2; line++) {
		canvas_blank(canvas, y + line, 0, -1, ROLE_TEXT);
		for (int i = 0; i < n; i++)
			draw_vital(scene, &rows[line][i], canvas, y + line, i * CELL);
	}
}

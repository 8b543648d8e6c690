#include "overview_sparks.h"

#include <math.h>

#include "figures.h"

enum { LABEL = 9, BLOCK = LABEL + HISTORY_MARKS + 9, SECOND = BLOCK + 4 };

struct spark {
	const char *figure, *label;
	bool of_limit;   /* scaled to what there is of it, not to the peak */
};

static const struct spark sparks[3][2] = {
	{ { "connections_used", "conn", true }, { "sessions_waiting_for_lock", "waiting", false } },
	{ { "commits", "commit", false }, { "rollback_ratio", "rollback", false } },
	{ { "wal_bytes", "WAL", false }, { "temp_bytes", "temp", false } },
};

static double scale_of(const struct scene *scene, const struct spark *s, double peak)
{
	struct figure limit = figure_named(scene, "connections_limit");
	struct figure reserved = figure_named(scene, "connections_reserved");
	double rest = limit.value - reserved.value;

	return s->of_limit && rest > peak ? rest : peak;
}

/* Seven levels from zero to the top; zero is the lowest mark, a gap in the data none. */
static int level_of(const struct mark *mark, double top)
{
	if (!mark->seen)
		return -1;
	if (mark->worst <= 0 || top <= 0)
		return 1;
	return (int)fmin(7, fmax(1, ceil(7 * mark->worst / top)));
}

static void draw_spark(const struct scene *scene, const struct spark *s, struct canvas *canvas, int y, int x)
{
	const struct history *history = server_history(scene->server, "stats");
	struct mark marks[HISTORY_MARKS] = { { 0 } };
	struct figure peak = figure_named(scene, s->figure);
	int levels[HISTORY_MARKS];
	char buf[UNITS_SIZE];
	bool seen = false;

	if (history)
		history_get(history, s->figure, scene->now.mono_us, marks);
	peak.value = 0;
	for (int i = 0; i < HISTORY_MARKS; i++) {
		if (marks[i].seen && marks[i].worst > peak.value)
			peak.value = marks[i].worst;
		seen |= marks[i].seen;
	}
	for (int i = 0; i < HISTORY_MARKS; i++)
		levels[i] = level_of(&marks[i], scale_of(scene, s, peak.value));
	if (seen)
		peak.kind = CELL_FLOAT;
	canvas_put(canvas, y, x, LABEL, ROLE_DIM, s->label);
	canvas_spark(canvas, y, x + LABEL, levels, HISTORY_MARKS, ROLE_SPARK);
	canvas_put_right(canvas, y, x + BLOCK, -1, figure_role(&peak), figure_text(&peak, scene, buf));
}

void overview_sparks(const struct scene *scene, struct canvas *canvas, struct area area)
{
	int columns = area.width >= SECOND + BLOCK ? 2 : 1;

	canvas_put(canvas, area.y, area.x, BLOCK, ROLE_DIM, "last 10 min, one mark is 30 s");
	for (int column = 0; column < columns; column++) {
		int x = area.x + column * SECOND;

		canvas_put_right(canvas, area.y, x + BLOCK, -1, ROLE_DIM, "peak");
		for (int i = 0; i < 3; i++)
			draw_spark(scene, &sparks[i][column], canvas, area.y + 1 + i, x);
	}
}

#include "mark.h"

#include "collectors/base/text.h"

static uint32_t folded(uint32_t c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* Cells from (y, x) on that hold the text; 0: they hold another. */
static int cells_matching(const struct canvas *canvas, int y, int x, int end, const char *needle)
{
	int start = x;

	while (*needle) {
		const struct glyph *g = x < end ? canvas_at(canvas, y, x) : NULL;
		uint32_t c = text_next(&needle);

		/* marks are part of the cell before them */
		if (!text_char_cells(c))
			continue;
		if (!g || folded(g->c) != folded(c))
			return 0;
		x += text_char_cells(c);
	}
	return x - start;
}

void pane_mark(struct canvas *canvas, struct area area, const char *needle)
{
	int end = area.x + area.width;

	if (!*needle)
		return;
	for (int y = area.y; y < area.y + area.height; y++) {
		for (int x = area.x; x < end; x++) {
			int n = cells_matching(canvas, y, x, end, needle);

			if (n > 0) {
				canvas_role(canvas, y, x, n, ROLE_MATCH);
				x += n - 1;
			}
		}
	}
}

bool mark_is_fresh(const struct scene *scene, int64_t since_us)
{
	return since_us > 0 && scene->now.wall_us - since_us < FRESH_US;
}

/* The earlier of two moments, of which 0 is none. */
static int64_t earlier(int64_t a, int64_t b)
{
	return !a || (b && b < a) ? b : a;
}

int64_t mark_changes(const struct scene *scene, const struct view *view)
{
	const struct collection *c = pane_collection(scene, view->pane);
	const struct outcomes *o = server_outcomes(scene->server);
	int64_t after = scene->now.wall_us - FRESH_US, first = c ? signs_next(c->signs, after) : 0;

	for (size_t i = 0; !c && i < o->nfindings; i++)
		if (o->findings[i].news && o->findings[i].first_seen_us > after)
			first = earlier(first, o->findings[i].first_seen_us);
	first = earlier(first ? first + FRESH_US : 0, view->gone ? view->gone_us + GONE_US : 0);
	return first > scene->now.wall_us ? first : 0;
}

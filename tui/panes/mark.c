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

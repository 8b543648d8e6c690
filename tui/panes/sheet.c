#include "sheet.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "collectors/base/units.h"
#include "sql_text.h"

/* Lines are not broken into less: at the edge of a narrow area they are cut. */
enum { LEAST = 8 };

/* The line on the canvas, or -1 if it is out of sight. */
static int sheet_y(const struct sheet *s, int line)
{
	int y = line - s->scroll;

	return y < 0 || y >= s->area.height ? -1 : s->area.y + y;
}

void sheet_put(const struct sheet *s, int line, int x, int cells, enum role role, const char *text)
{
	int y = sheet_y(s, line);

	if (s->canvas && y >= 0 && x < s->area.width)
		canvas_clip_end(s->canvas, y, s->area.x + x, cells < s->area.width - x ? cells : s->area.width - x, role, text);
}

int sheet_wrap(struct sheet *s, int x, int hang, enum role role, const char *text, size_t len)
{
	const char *end = text + len;
	int cells;

	do {
		size_t left = (size_t)(end - text), line = strcspn(text, "\n");
		int width = s->area.width - x;
		size_t n = text_fitting(text, line < left ? line : left, width < LEAST ? LEAST : width);
		char *part = mem_string_n(text, n);

		cells = text_cells(part);
		sheet_put(s, s->line++, x, cells, role, part);
		free(part);
		text += n;
		if (text < end && *text == '\n')
			text++;
		else
			text += strspn(text, " ");
		x = hang;
	} while (text < end);
	return cells;
}

int sheet_wrap_text(struct sheet *s, int x, enum role role, const char *text)
{
	return sheet_wrap(s, x, x, role, text, strlen(text));
}

void sheet_sql(struct sheet *s, const char *sql, bool wrap)
{
	struct sql_layout layout;
	int width = s->area.width - SHEET_MARGIN;

	sql_layout(&layout, sql, width, wrap);
	for (size_t i = 0; i < layout.nspans; i++) {
		const struct sql_span *span = &layout.spans[i];
		int y = sheet_y(s, s->line + span->line), room = width - span->x;

		if (y < 0)
			continue;
		if (room > 0)
			canvas_put(s->canvas, y, s->area.x + SHEET_MARGIN + span->x, span->cells < room ? span->cells : room, span->role,
				   span->text);
		if (span->cells > room)
			canvas_put(s->canvas, y, s->area.x + s->area.width - 1, 1, ROLE_DIM, canvas_ellipsis(s->canvas));
	}
	s->line += layout.lines;
	if (layout.left_out) {
		char size[UNITS_SIZE];
		char *more = mem_format("… and %s more; y copies it whole", units_size(size, (double)layout.left_out));

		sheet_put(s, s->line++, SHEET_MARGIN, s->area.width, ROLE_DIM, more);
		free(more);
	}
	sql_layout_clear(&layout);
}


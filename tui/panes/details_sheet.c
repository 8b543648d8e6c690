#include "details_sheet.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "collectors/base/units.h"
#include "sql_text.h"

/* The line on the canvas, or -1 if it is out of sight. */
static int sheet_y(const struct sheet *s, int line)
{
	int y = line - s->scroll;

	return y < 0 || y >= s->area.height ? -1 : s->area.y + y;
}

void sheet_put(const struct sheet *s, int line, int x, int cells, enum role role, const char *text)
{
	int y = sheet_y(s, line);

	if (y >= 0 && x < s->area.width)
		canvas_clip_end(s->canvas, y, s->area.x + x, cells < s->area.width - x ? cells : s->area.width - x, role, text);
}

/* Text in as many lines as it takes, broken at blanks. Gives how many. */
int sheet_put_wrapped(const struct sheet *s, int line, int x, enum role role, const char *text)
{
	int width = s->area.width - x, lines = 0;

	if (width < 8)
		width = 8;
	do {
		size_t n = text_fitting(text, strlen(text), width);
		char *part = mem_string_n(text, n);

		sheet_put(s, line + lines, x, width, role, part);
		free(part);
		text += n;
		text += strspn(text, " ");
		lines++;
	} while (*text);
	return lines;
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


#include "details_source.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"

struct source source_of(const struct scene *scene, const struct collector *collector, const struct table *t, size_t row, const char *key)
{
	return (struct source){
		.collector = collector, .table = t, .row = row,
		.demanded = server_demanded(scene->server, collector, key), .now_us = scene->now.wall_us,
	};
}

static int demand_column(const struct demand *d, const char *name)
{
	for (size_t i = 0; d && i < d->ncolumns; i++)
		if (strcmp(d->columns[i].name, name) == 0)
			return (int)i;
	return -1;
}

static const char *not_there(const struct source *s)
{
	return s->demanded.state == DEMAND_WAITING ? "…" : "?";
}

static enum place add_value(const struct table *t, size_t row, size_t column, int64_t now_us, struct strbuf *out)
{
	if (table_cell(t, row, column)->kind == CELL_TEXT && (t->columns[column].flags & COLUMN_LINES))
		text_one_line(out, table_text(t, row, column), 512);
	else
		table_format(t, row, column, true, "…", now_us, out);
	return table_cell(t, row, column)->kind != CELL_NULL ? PLACE_HAS : PLACE_EMPTY;
}

enum place source_add_cell(const struct source *s, size_t column, struct strbuf *out)
{
	return add_value(s->table, s->row, column, s->now_us, out);
}

enum place source_add_demanded(const struct source *s, size_t column, struct strbuf *out)
{
	if (s->demanded.state == DEMAND_READY)
		return add_value(s->demanded.table, 0, column, s->now_us, out);
	strbuf_adds(out, not_there(s));
	return PLACE_LACKS;
}

/* Appends what a name in a format stands for; what was asked for comes before what the row has. */
static enum place add_cell(const struct source *s, const char *name, size_t len, struct strbuf *out)
{
	char *copy = mem_string_n(name, len);
	int column = table_column(s->table, copy), asked = demand_column(s->collector->demand, copy);

	free(copy);
	if (asked >= 0 && (column < 0 || s->demanded.state == DEMAND_READY))
		return source_add_demanded(s, (size_t)asked, out);
	return column >= 0 ? source_add_cell(s, (size_t)column, out) : PLACE_EMPTY;
}

char *source_fill(const struct source *s, const char *format)
{
	struct strbuf out = STRBUF_INIT;
	size_t part_at = 0;
	bool in_part = false, part_has = false, part_lacks = false, lacks = false;

	while (*format) {
		const char *end = *format == '{' ? strchr(format, '}') : NULL;

		if (end) {
			enum place place = add_cell(s, format + 1, (size_t)(end - format - 1), &out);

			part_has |= place == PLACE_HAS;
			part_lacks |= place == PLACE_LACKS;
			lacks |= place == PLACE_LACKS;
			format = end + 1;
		} else if (*format == '[') {
			in_part = true;
			part_has = part_lacks = false;
			part_at = out.len;
			format++;
		} else if (*format == ']' && in_part) {
			if (!part_has || part_lacks)
				strbuf_cut(&out, part_at);
			in_part = false;
			format++;
		} else {
			strbuf_addc(&out, *format++);
		}
	}
	if (!out.len)
		strbuf_adds(&out, !lacks ? "-" : not_there(s));
	return strbuf_take(&out);
}

static int text_column(const struct column *columns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (columns[i].flags & COLUMN_LINES && !(columns[i].flags & COLUMN_INTERNAL))
			return (int)i;
	return -1;
}

bool source_asks(const struct source *s)
{
	const struct demand *d = s->collector->demand;
	int column = d && d->when ? table_column(s->table, d->when) : -1;

	return d && (!d->when || (column >= 0 && table_has(s->table, s->row, (size_t)column)));
}

bool source_asks_text(const struct source *s)
{
	const struct demand *d = s->collector->demand;

	return source_asks(s) && text_column(s->table->columns, s->table->ncolumns) < 0 && text_column(d->columns, d->ncolumns) >= 0;
}

static const char *text_of(const struct table *t, size_t row)
{
	int column = text_column(t->columns, t->ncolumns);

	return column >= 0 && table_has(t, row, (size_t)column) ? table_text(t, row, (size_t)column) : NULL;
}

const char *source_text(const struct source *s)
{
	const char *asked = source_asks(s) && s->demanded.state == DEMAND_READY ? text_of(s->demanded.table, 0) : NULL;

	return asked ? asked : text_of(s->table, s->row);
}

const char *source_outlook(const struct source *s)
{
	int column = s->collector->outlook ? table_column(s->table, s->collector->outlook) : -1;

	return column >= 0 && table_has(s->table, s->row, (size_t)column) ? table_text(s->table, s->row, (size_t)column) : NULL;
}

#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

struct table *table_new(const struct column *columns, size_t ncolumns)
{
	struct table *t = mem_zero(1, sizeof(*t));

	t->columns = columns;
	t->ncolumns = ncolumns;
	return t;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	free(t->places);
	free(t->cells);
	free(t->text);
	free(t);
}

/* Makes room for n more rows; n more bytes of text. */
static void reserve_rows(struct table *t, size_t n)
{
	size_t size = t->rows_size ? t->rows_size : 16;

	if (t->nrows + n <= t->rows_size)
		return;
	while (size < t->nrows + n)
		size *= 2;
	t->cells = mem_resize(t->cells, size, t->ncolumns * sizeof(*t->cells));
	t->rows_size = size;
}

static void reserve_text(struct table *t, size_t n)
{
	size_t size = t->text_size ? t->text_size : 256;

	if (t->text && t->text_len + n <= t->text_size)
		return;
	while (size < t->text_len + n)
		size *= 2;
	t->text = mem_resize(t->text, size, 1);
	t->text_size = size;
}

struct table *table_copy(const struct table *t)
{
	struct table *copy = table_new(t->columns, t->ncolumns);

	copy->taken_us = t->taken_us;
	copy->took_us = t->took_us;
	table_append(copy, t);
	return copy;
}

/* Rows that were put in order are moved into it: before some are added or dropped. */
static void settle(struct table *t)
{
	size_t row_size = t->ncolumns * sizeof(*t->cells);
	struct cell *cells;

	if (!t->places)
		return;
	cells = mem_resize(NULL, t->rows_size, row_size);
	for (size_t row = 0; row < t->nrows; row++)
		memcpy(cells + row * t->ncolumns, table_cell(t, row, 0), row_size);
	free(t->cells);
	free(t->places);
	t->cells = cells;
	t->places = NULL;
}

size_t table_add_row(struct table *t)
{
	settle(t);
	reserve_rows(t, 1);
	memset(t->cells + t->nrows * t->ncolumns, 0, t->ncolumns * sizeof(*t->cells));
	return t->nrows++;
}

int table_column(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (strcmp(t->columns[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

struct cell *table_cell(const struct table *t, size_t row, size_t column)
{
	return &t->cells[(t->places ? t->places[row] : row) * t->ncolumns + column];
}

void table_set_int(struct table *t, size_t row, size_t column, int64_t value)
{
	*table_cell(t, row, column) = (struct cell){ .i = value, .kind = CELL_INT };
}

void table_set_float(struct table *t, size_t row, size_t column, double value)
{
	if (isfinite(value))
		*table_cell(t, row, column) = (struct cell){ .f = value, .kind = CELL_FLOAT };
	else
		table_set_none(t, row, column, CELL_UNKNOWN);
}

void table_set_bool(struct table *t, size_t row, size_t column, bool value)
{
	*table_cell(t, row, column) = (struct cell){ .i = value, .kind = CELL_BOOL };
}

void table_set_none(struct table *t, size_t row, size_t column, enum cell_kind why)
{
	*table_cell(t, row, column) = (struct cell){ .kind = why };
}

void table_set_text(struct table *t, size_t row, size_t column, const char *clean, size_t len)
{
	/* A text of this very table moves with the block. */
	bool own = t->text && clean >= t->text && clean < t->text + t->text_len;
	size_t at = own ? (size_t)(clean - t->text) : 0;
	struct cell *c;

	if (len >= UINT32_MAX - t->text_len) {
		table_set_none(t, row, column, CELL_UNKNOWN);
		return;
	}
	reserve_text(t, len + 1);
	c = table_cell(t, row, column);
	c->kind = CELL_TEXT;
	c->text.at = (uint32_t)t->text_len;
	c->text.len = (uint32_t)len;
	if (len)
		memcpy(t->text + t->text_len, own ? t->text + at : clean, len);
	t->text_len += len;
	t->text[t->text_len++] = '\0';
}

void table_set_string(struct table *t, size_t row, size_t column, const char *clean)
{
	table_set_text(t, row, column, clean, strlen(clean));
}

bool table_has(const struct table *t, size_t row, size_t column)
{
	return table_cell(t, row, column)->kind >= CELL_INT;
}

int64_t table_int(const struct table *t, size_t row, size_t column)
{
	const struct cell *c = table_cell(t, row, column);

	switch (c->kind) {
	case CELL_INT:
	case CELL_BOOL:
		return c->i;
	case CELL_FLOAT:
		return c->f >= 0x1p63 ? INT64_MAX : c->f < -0x1p63 ? INT64_MIN : (int64_t)c->f;
	default:
		return 0;
	}
}

double table_number(const struct table *t, size_t row, size_t column)
{
	const struct cell *c = table_cell(t, row, column);

	return c->kind == CELL_FLOAT ? c->f : (double)table_int(t, row, column);
}

bool table_bool(const struct table *t, size_t row, size_t column)
{
	return table_int(t, row, column) != 0;
}

const char *table_text(const struct table *t, size_t row, size_t column)
{
	const struct cell *c = table_cell(t, row, column);

	return c->kind == CELL_TEXT ? t->text + c->text.at : "";
}

const char *table_list_next(const struct table *t, size_t row, size_t column, size_t *at, size_t *len)
{
	const struct cell *c = table_cell(t, row, column);
	const char *start, *end;

	/* A list of one empty text cannot be told from an empty list: it has no members. */
	if (c->kind != CELL_TEXT || !c->text.len || *at > c->text.len)
		return NULL;
	start = t->text + c->text.at + *at;
	end = memchr(start, LIST_SEPARATOR, c->text.len - *at);
	*len = end ? (size_t)(end - start) : c->text.len - *at;
	*at += *len + 1;
	return start;
}

/* Only says where they are: to move thousands of rows takes longer than a slice of work. */
void table_reorder(struct table *t, const size_t *order)
{
	uint32_t *places;

	if (!t->nrows)
		return;
	places = mem_alloc(t->nrows * sizeof(*places));
	for (size_t i = 0; i < t->nrows; i++)
		places[i] = t->places ? t->places[order[i]] : (uint32_t)order[i];
	free(t->places);
	t->places = places;
}

void table_drop_rows(struct table *t, const bool *drop)
{
	size_t kept = 0;

	settle(t);
	for (size_t i = 0; i < t->nrows; i++) {
		if (drop[i])
			continue;
		if (kept != i)
			memcpy(t->cells + kept * t->ncolumns, t->cells + i * t->ncolumns,
			       t->ncolumns * sizeof(*t->cells));
		kept++;
	}
	t->nrows = kept;
}

void table_append(struct table *t, const struct table *from)
{
	size_t n = from->nrows * from->ncolumns, base = t->text_len;
	struct cell *to;

	if (!from->nrows)
		return;
	settle(t);
	reserve_rows(t, from->nrows);
	to = t->cells + t->nrows * t->ncolumns;
	for (size_t row = 0; row < from->nrows; row++)
		memcpy(to + row * t->ncolumns, table_cell(from, row, 0), t->ncolumns * sizeof(*to));
	t->nrows += from->nrows;
	if (!from->text_len)
		return;
	if (from->text_len > UINT32_MAX - base) {
		/*
		 * more text than the cells can point at: said to be unknown rather than shown wrong
		 */
		for (size_t i = 0; i < n; i++) {
			if (to[i].kind == CELL_TEXT)
				to[i] = (struct cell){ .kind = CELL_UNKNOWN };
		}
		return;
	}
	reserve_text(t, from->text_len);
	memcpy(t->text + base, from->text, from->text_len);
	t->text_len += from->text_len;
	for (size_t i = 0; i < n; i++) {
		if (to[i].kind == CELL_TEXT)
			to[i].text.at += (uint32_t)base;
	}
}

void table_format(const struct table *t, size_t row, size_t column, bool text, const char *ellipsis,
                  int64_t now_us, struct strbuf *out)
{
	const struct column *col = &t->columns[column];
	const struct cell *c = table_cell(t, row, column);
	char buf[UNITS_SIZE];
	const char *member;
	size_t at = 0, len;

	switch (c->kind) {
	case CELL_NULL:
		strbuf_addc(out, '-');
		return;
	case CELL_UNKNOWN:
		strbuf_addc(out, '?');
		return;
	case CELL_PENDING:
		strbuf_adds(out, ellipsis);
		return;
	case CELL_BOOL:
		strbuf_adds(out, c->i ? "yes" : "no");
		return;
	case CELL_TEXT:
		if (col->type != TYPE_LIST) {
			strbuf_add(out, t->text + c->text.at, c->text.len);
			return;
		}
		if (!c->text.len)
			strbuf_addc(out, '-');
		while ((member = table_list_next(t, row, column, &at, &len))) {
			if (member != t->text + c->text.at)
				strbuf_adds(out, ", ");
			if (col->flags & COLUMN_PID_LIST && len == 1 && *member == '0')
				strbuf_adds(out, "prepared");
			else
				strbuf_add(out, member, len);
		}
		return;
	case CELL_INT:
		if (col->type == TYPE_TIME) {
			strbuf_adds(out, units_clock(buf, c->i, now_us));
			return;
		}
		/* A double has not digits enough for an identifier. */
		if (col->unit == UNIT_NONE || col->unit == UNIT_ID) {
			strbuf_addf(out, "%lld", (long long)c->i);
			return;
		}
		break;
	case CELL_FLOAT:
		break;
	}
	strbuf_adds(out, (text ? units_text : units_cell)(buf, col->unit, table_number(t, row, column), now_us));
}

static int compare_numbers(const struct cell *x, const struct cell *y)
{
	double f, g;

	if (x->kind != CELL_FLOAT && y->kind != CELL_FLOAT)
		return (x->i > y->i) - (x->i < y->i);
	f = x->kind == CELL_FLOAT ? x->f : (double)x->i;
	g = y->kind == CELL_FLOAT ? y->f : (double)y->i;
	return (f > g) - (f < g);
}

int table_compare(const struct table *t, size_t a, size_t b, size_t column, bool down)
{
	const struct cell *x = table_cell(t, a, column), *y = table_cell(t, b, column);
	bool has_x = x->kind >= CELL_INT, has_y = y->kind >= CELL_INT;
	int c;

	if (!has_x || !has_y)
		return has_y - has_x;
	if ((x->kind == CELL_TEXT) != (y->kind == CELL_TEXT))
		c = (x->kind == CELL_TEXT) - (y->kind == CELL_TEXT);
	else if (x->kind == CELL_TEXT)
		c = strcmp(t->text + x->text.at, t->text + y->text.at);
	else
		c = compare_numbers(x, y);
	return down ? -c : c;
}

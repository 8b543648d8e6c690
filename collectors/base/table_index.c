#include "table_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/*
 * Buckets of an open-addressed table: row numbers + 1, 0 for an empty one; a power of two, at
 * most half full.
 */
struct table_index {
	size_t mask;
	uint32_t rows[];
};

enum { NUMBER_SIZE = 32 };

/* A whole number in digits, written from the end of buf: keys are made of ten thousand rows between two keystrokes. */
static const char *digits(int64_t value, char *buf, size_t *len)
{
	char *p = buf + NUMBER_SIZE;
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do
		*--p = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		*--p = '-';
	*len = (size_t)(buf + NUMBER_SIZE - p);
	return p;
}

/* A cell as it stands in a key: a text as it is, numbers in digits, no value as nothing. */
static const char *key_part(const struct table *t, const struct cell *c, char *buf, size_t *len)
{
	int n = 0;

	switch (c->kind) {
	case CELL_TEXT:
		*len = c->text.len;
		return t->text + c->text.at;
	case CELL_INT:
		return digits(c->i, buf, len);
	case CELL_FLOAT:
		n = snprintf(buf, NUMBER_SIZE, "%.17g", c->f);
		break;
	case CELL_BOOL:
		n = snprintf(buf, NUMBER_SIZE, "%c", c->i ? 't' : 'f');
		break;
	case CELL_NULL:
	case CELL_UNKNOWN:
	case CELL_PENDING:
		break;
	}
	*len = (size_t)n;
	return buf;
}

/* The parts of a row's key one after the other: *column is 0 at first. NULL at the end. */
static const char *next_key_part(const struct table *t, size_t row, size_t *column, char *buf, size_t *len)
{
	while (*column < t->ncolumns) {
		size_t i = (*column)++;

		if (t->columns[i].flags & COLUMN_KEY)
			return key_part(t, table_cell(t, row, i), buf, len);
	}
	return NULL;
}

char *table_key(const struct table *t, size_t row)
{
	struct strbuf key = STRBUF_INIT;
	char buf[NUMBER_SIZE];
	const char *part;
	size_t column = 0, len;
	bool first = true;

	while ((part = next_key_part(t, row, &column, buf, &len)) != NULL) {
		if (!first)
			strbuf_addc(&key, LIST_SEPARATOR);
		first = false;
		strbuf_add(&key, part, len);
	}
	return strbuf_take(&key);
}

static bool row_has_key(const struct table *t, size_t row, const char *key, size_t key_len)
{
	char buf[NUMBER_SIZE];
	const char *part;
	size_t column = 0, at = 0, len;
	bool first = true;

	while ((part = next_key_part(t, row, &column, buf, &len)) != NULL) {
		if (!first && (at >= key_len || key[at++] != LIST_SEPARATOR))
			return false;
		first = false;
		if (len > key_len - at || memcmp(key + at, part, len) != 0)
			return false;
		at += len;
	}
	return at == key_len;
}

long table_find_key(const struct table *t, const char *key)
{
	size_t len = strlen(key);

	for (size_t row = 0; row < t->nrows; row++) {
		if (row_has_key(t, row, key, len))
			return (long)row;
	}
	return -1;
}

/* Two cells are the same in a key as table_key() writes it: all kinds of no value are one. */
static bool same_cell(const struct table *t, const struct cell *x, const struct table *u, const struct cell *y)
{
	if (x->kind == CELL_INT && y->kind == CELL_INT)
		return x->i == y->i;
	if (x->kind == CELL_TEXT && y->kind == CELL_TEXT)
		return x->text.len == y->text.len &&
			memcmp(t->text + x->text.at, u->text + y->text.at, x->text.len) == 0;
	else {
		char xbuf[NUMBER_SIZE], ybuf[NUMBER_SIZE];
		size_t xlen, ylen;
		const char *xpart = key_part(t, x, xbuf, &xlen), *ypart = key_part(u, y, ybuf, &ylen);

		return xlen == ylen && memcmp(xpart, ypart, xlen) == 0;
	}
}

static bool same_row(const struct table *t, size_t row, const struct table *u, size_t other)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		if ((t->columns[i].flags & COLUMN_KEY) &&
		    !same_cell(t, table_cell(t, row, i), u, table_cell(u, other, i)))
			return false;
	}
	return true;
}

/* FNV-1a over what same_cell() compares. */
static size_t hash_row(const struct table *t, size_t row)
{
	uint64_t h = UINT64_C(14695981039346656037);
	char buf[NUMBER_SIZE];
	const char *part;
	size_t column = 0, len;

	while ((part = next_key_part(t, row, &column, buf, &len)) != NULL) {
		for (size_t j = 0; j < len; j++)
			h = (h ^ (unsigned char)part[j]) * UINT64_C(1099511628211);
		h = (h ^ (unsigned char)LIST_SEPARATOR) * UINT64_C(1099511628211);
	}
	return (size_t)(h ^ h >> 32);
}

void table_index_drop(struct table *t)
{
	free(t->index);
	t->index = NULL;
}

void table_index_build(struct table *t)
{
	size_t size = 16;
	struct table_index *x;

	table_index_drop(t);
	while (size < t->nrows * 2)
		size *= 2;
	x = mem_zero(1, sizeof(*x) + size * sizeof(x->rows[0]));
	x->mask = size - 1;
	for (size_t row = 0; row < t->nrows; row++) {
		size_t at = hash_row(t, row) & x->mask;

		/*
		 * Of rows with one key the first is found; the others would only make the search
		 * longer.
		 */
		while (x->rows[at] && !same_row(t, row, t, x->rows[at] - 1))
			at = (at + 1) & x->mask;
		if (!x->rows[at])
			x->rows[at] = (uint32_t)row + 1;
	}
	t->index = x;
}

long table_find_same(const struct table *t, size_t row, const struct table *before)
{
	const struct table_index *x = before->index;

	if (x) {
		size_t at = hash_row(t, row) & x->mask;

		for (; x->rows[at]; at = (at + 1) & x->mask) {
			if (same_row(t, row, before, x->rows[at] - 1))
				return (long)x->rows[at] - 1;
		}
		return -1;
	}
	for (size_t other = 0; other < before->nrows; other++) {
		if (same_row(t, row, before, other))
			return (long)other;
	}
	return -1;
}

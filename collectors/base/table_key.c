/* Rows by their key: names of things, for panes and reports. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

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

static size_t first_key_column(const struct table *t)
{
	size_t column = 0;

	while (column < t->ncolumns && !(t->columns[column].flags & COLUMN_KEY))
		column++;
	return column;
}

/* Most rows differ in the length of their first name already: ten thousand are looked at several times while a screen is drawn. */
long table_find_key(const struct table *t, const char *key)
{
	size_t len = strlen(key), first = first_key_column(t);
	size_t first_len = strcspn(key, (const char[]){ LIST_SEPARATOR, '\0' });

	for (size_t row = 0; row < t->nrows; row++) {
		const struct cell *c = first < t->ncolumns ? table_cell(t, row, first) : NULL;

		if (c && c->kind == CELL_TEXT && (c->text.len != first_len || memcmp(t->text + c->text.at, key, first_len) != 0))
			continue;
		if (row_has_key(t, row, key, len))
			return (long)row;
	}
	return -1;
}

/* One word of a key into the hash. For a given word it gives different hashes for different ones before, so nothing is lost on the way. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash ^= word;
	hash ^= hash >> 32;
	hash *= UINT64_C(0x9fb21c651e98df25);
	hash ^= hash >> 29;
	hash *= UINT64_C(0xd6e8feb86659fd93);
	return hash ^ hash >> 32;
}

/* The length goes before the text: no text can look like two cells. */
static uint64_t mix_text(uint64_t hash, const char *text, size_t len)
{
	uint64_t word;

	hash = mix(hash, len);
	for (; len >= sizeof(word); len -= sizeof(word), text += sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		hash = mix(hash, word);
	}
	if (!len)
		return hash;
	word = 0;
	memcpy(&word, text, len);
	return mix(hash, word);
}

/* As table_key() writes them: the cells of a column are of one type, and all kinds of no value are the empty text. */
uint64_t table_hash(const struct table *t, size_t row, unsigned flags)
{
	const struct cell *cells = table_cell(t, row, 0);
	uint64_t hash = UINT64_C(0x2545f4914f6cdd1d), bits;

	for (size_t i = 0; i < t->ncolumns; i++) {
		if (!(t->columns[i].flags & flags))
			continue;
		switch (cells[i].kind) {
		case CELL_TEXT:
			hash = mix_text(hash, t->text + cells[i].text.at, cells[i].text.len);
			break;
		case CELL_INT:
		case CELL_BOOL:
			hash = mix(hash, (uint64_t)cells[i].i);
			break;
		case CELL_FLOAT:
			memcpy(&bits, &cells[i].f, sizeof(bits));
			hash = mix(hash, bits);
			break;
		case CELL_NULL:
		case CELL_UNKNOWN:
		case CELL_PENDING:
			hash = mix_text(hash, "", 0);
			break;
		}
	}
	return hash;
}

/* Columns that are looked up apart: one answer is kept whole, sorted by its key, and replaced by the next. */
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "internal.h"

enum { KEPT_S = 60, RETRY_S = 10, RETRY_MAX_S = 60 };

/* The key's value as text; false where the cell has none. */
static bool key_text(const struct table *t, size_t row, size_t column, struct strbuf *out)
{
	strbuf_reset(out);
	if (!table_has(t, row, column))
		return false;
	if (t->columns[column].type == TYPE_TEXT || t->columns[column].type == TYPE_LIST)
		strbuf_adds(out, table_text(t, row, column));
	else
		strbuf_addf(out, "%lld", (long long)table_int(t, row, column));
	return true;
}

static int known_compare(const void *a, const void *b)
{
	const struct known_key *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static int string_compare(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static const struct known_key *known_find(const struct lookup *l, const char *key)
{
	struct known_key wanted = { .key = key };

	return l->nkeys ? bsearch(&wanted, l->keys, l->nkeys, sizeof(*l->keys), known_compare) : NULL;
}

static bool absent_find(const struct lookup *l, const char *key)
{
	return l->nabsent && bsearch(&key, l->absent, l->nabsent, sizeof(*l->absent), string_compare);
}

bool lookup_wanted(const struct part *p, const struct lookup *l, const struct table *t, bool first, int64_t mono_us)
{
	struct strbuf key = STRBUF_INIT;
	int join = table_column(t, p->join);
	bool wanted = first;

	if (mono_us < l->not_before_us || join < 0)
		return false;
	for (size_t row = 0; row < t->nrows && !wanted; row++)
		if (key_text(t, row, (size_t)join, &key))
			wanted = mono_us >= l->known_until_us || (!known_find(l, key.text) && !absent_find(l, key.text));
	strbuf_free(&key);
	return wanted;
}

static void absent_clear(struct lookup *l)
{
	for (size_t i = 0; i < l->nabsent; i++)
		free(l->absent[i]);
	free(l->absent);
	l->absent = NULL;
	l->nabsent = 0;
}

void lookup_clear(struct lookup *l)
{
	absent_clear(l);
	table_free(l->known);
	free(l->keys);
	free(l->texts);
	*l = (struct lookup){ 0 };
}

static void keys_build(struct lookup *l, size_t join)
{
	struct strbuf texts = STRBUF_INIT, key = STRBUF_INIT;
	size_t *at = mem_zero(l->known->nrows + 1, sizeof(*at));

	l->keys = mem_zero(l->known->nrows + 1, sizeof(*l->keys));
	for (size_t row = 0; row < l->known->nrows; row++) {
		if (!key_text(l->known, row, join, &key))
			continue;
		at[l->nkeys] = texts.len;
		l->keys[l->nkeys++].row = row;
		strbuf_add(&texts, key.text, key.len + 1);
	}
	l->texts = strbuf_take(&texts);
	for (size_t i = 0; i < l->nkeys; i++)
		l->keys[i].key = l->texts + at[i];
	qsort(l->keys, l->nkeys, sizeof(*l->keys), known_compare);
	free(at);
	strbuf_free(&key);
}

/* What was asked for and is not there: not asked for again before the answer is old. */
static void absent_build(struct lookup *l, const struct table *asked, size_t join)
{
	struct strbuf key = STRBUF_INIT;

	l->absent = mem_zero(asked->nrows + 1, sizeof(*l->absent));
	for (size_t row = 0; row < asked->nrows; row++) {
		if (!key_text(asked, row, join, &key) || known_find(l, key.text))
			continue;
		l->absent[l->nabsent++] = mem_string(key.text);
	}
	if (l->nabsent)
		qsort(l->absent, l->nabsent, sizeof(*l->absent), string_compare);
	strbuf_free(&key);
}

void lookup_take(const struct part *p, struct lookup *l, struct table *take_answer, const struct table *asked, double cost_s,
		 double share, int64_t mono_us)
{
	int join = table_column(take_answer, p->join);

	lookup_clear(l);
	l->known = take_answer;
	if (join >= 0) {
		keys_build(l, (size_t)join);
		absent_build(l, asked, (size_t)join);
	}
	l->known_until_us = mono_us + KEPT_S * SECOND_US;
	/* A look-up that reads a lot is not made again before its share of the time allows it. */
	l->not_before_us = mono_us + seconds_us(cost_s / share);
	if (l->not_before_us > l->known_until_us)
		l->not_before_us = l->known_until_us;
}

void lookup_failed(struct lookup *l, int64_t mono_us)
{
	int pause = RETRY_S << (l->failures < 3 ? l->failures : 3);

	l->failures++;
	l->not_before_us = mono_us + (pause < RETRY_MAX_S ? pause : RETRY_MAX_S) * SECOND_US;
}

static void cell_copy(struct table *to, size_t row, size_t column, const struct table *from, size_t from_row)
{
	const struct cell *cell = table_cell(from, from_row, column);

	switch (cell->kind) {
	case CELL_NULL:
	case CELL_UNKNOWN:
	case CELL_PENDING:
		table_set_none(to, row, column, cell->kind);
		break;
	case CELL_INT:
		table_set_int(to, row, column, cell->i);
		break;
	case CELL_FLOAT:
		table_set_float(to, row, column, cell->f);
		break;
	case CELL_BOOL:
		table_set_bool(to, row, column, cell->i != 0);
		break;
	case CELL_TEXT:
		table_set_text(to, row, column, from->text + cell->text.at, cell->text.len);
		break;
	}
}

void lookup_apply(const struct part *p, const struct part_state *ps, struct table *t)
{
	const struct lookup *l = &ps->lookup;
	int join = table_column(t, p->join);
	struct strbuf key = STRBUF_INIT;

	for (size_t row = 0; row < t->nrows && join >= 0; row++) {
		const struct known_key *known;

		if (!key_text(t, row, (size_t)join, &key))
			continue;
		known = known_find(l, key.text);
		for (size_t i = 0; i < ps->nfills; i++) {
			int column = table_column(t, ps->fills[i]);

			if (column >= 0 && known)
				cell_copy(t, row, (size_t)column, l->known, known->row);
			else if (column >= 0)
				table_set_none(t, row, (size_t)column, CELL_PENDING);
		}
	}
	strbuf_free(&key);
}

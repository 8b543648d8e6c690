/*
 * Columns that are looked up apart. What is known has one row a key, found by the hash of the key's cell: thousands of rows are filled between two
 * keystrokes, so nothing here takes memory for a row of the table.
 */
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "internal.h"

enum { KEPT_S = 60, RETRY_S = 10, RETRY_MAX_S = 60, SLOTS_MIN = 64 };

enum { KEY };   /* column of `known`; what is filled stands behind it */

/* ---- rows by key ---- */

static bool has_key(const struct cell *c)
{
	return c->kind == CELL_INT || c->kind == CELL_TEXT;
}

static uint64_t mixed(uint64_t h)
{
	h ^= h >> 32;
	h *= UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* FNV-1a; numbers at once. */
static uint64_t key_hash(const struct table *t, const struct cell *c)
{
	const unsigned char *text = (const unsigned char *)t->text + (c->kind == CELL_TEXT ? c->text.at : 0);
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (c->kind == CELL_INT)
		return mixed((uint64_t)c->i + h);
	for (uint32_t i = 0; i < c->text.len; i++)
		h = (h ^ text[i]) * UINT64_C(0x100000001b3);
	return mixed(h);
}

static bool same_key(const struct table *a, const struct cell *x, const struct table *b, const struct cell *y)
{
	if (x->kind != y->kind)
		return false;
	if (x->kind == CELL_INT)
		return x->i == y->i;
	return x->text.len == y->text.len && memcmp(a->text + x->text.at, b->text + y->text.at, x->text.len) == 0;
}

/* The row of what is known with this key, or -1. */
static long known_find(const struct lookup *l, const struct table *t, const struct cell *key)
{
	uint64_t hash;

	if (!l->nslots || !l->known->nrows)
		return -1;
	hash = key_hash(t, key);
	for (size_t at = hash & (l->nslots - 1); l->slots[at]; at = (at + 1) & (l->nslots - 1)) {
		size_t row = l->slots[at] - 1;

		if (l->rows[row].hash == hash && same_key(t, key, l->known, table_cell(l->known, row, KEY)))
			return (long)row;
	}
	return -1;
}

/* In the place of `before`, a row of the same key; -1: of none. */
static void slot_take(struct lookup *l, size_t row, long before)
{
	size_t at = l->rows[row].hash & (l->nslots - 1);

	while (l->slots[at] && l->slots[at] != (uint32_t)(before + 1))
		at = (at + 1) & (l->nslots - 1);
	l->slots[at] = (uint32_t)row + 1;
}

/* Room for n rows; those from `from` on are not hashed yet. */
static void slots_reserve(struct lookup *l, size_t n, size_t from)
{
	size_t nslots = l->nslots ? l->nslots : SLOTS_MIN;

	while (nslots < 2 * n)
		nslots *= 2;
	if (nslots == l->nslots)
		return;
	free(l->slots);
	l->slots = mem_zero(nslots, sizeof(*l->slots));
	l->nslots = nslots;
	l->rows = mem_resize(l->rows, nslots / 2, sizeof(*l->rows));
	for (size_t row = 0; row < from; row++)
		if (l->rows[row].found)
			slot_take(l, row, -1);
}

void lookup_clear(struct lookup *l)
{
	table_free(l->known);
	free(l->rows);
	free(l->slots);
	*l = (struct lookup){ 0 };
}

/* ---- asking ---- */

struct table *lookup_answer(const struct collector *c, const struct part *p, struct part_state *ps)
{
	if (!ps->columns) {
		ps->columns = mem_zero(ps->nfills + 1, sizeof(*ps->columns));
		for (size_t i = 0; i <= ps->nfills; i++) {
			const char *name = i == KEY ? p->join : ps->fills[i - 1];

			ps->columns[i].name = name;
			for (size_t k = 0; k < c->ncolumns; k++)
				if (strcmp(c->columns[k].name, name) == 0)
					ps->columns[i] = c->columns[k];
		}
	}
	return table_new(ps->columns, ps->nfills + 1);
}

static bool is_unknown(const struct lookup *l, const struct table *t, const struct cell *key, int64_t mono_us)
{
	long row;

	if (!has_key(key))
		return false;
	row = known_find(l, t, key);
	return row < 0 || mono_us >= l->rows[row].until_us;
}

bool lookup_wanted(const struct part *p, const struct lookup *l, const struct table *t, bool first, int64_t mono_us)
{
	int join = table_column(t, p->join);

	if (join < 0 || mono_us < l->not_before_us)
		return false;
	for (size_t row = 0; row < t->nrows && !first; row++)
		first = is_unknown(l, t, table_cell(t, row, (size_t)join), mono_us);
	return first;
}

/* A member of an array: numbers as they are, texts in quotes. */
static void add_member(struct strbuf *out, const struct table *t, const struct cell *c)
{
	const char *text = t->text + (c->kind == CELL_TEXT ? c->text.at : 0);

	if (out->text[out->len - 1] != '{')
		strbuf_addc(out, ',');
	if (c->kind == CELL_INT) {
		strbuf_addf(out, "%lld", (long long)c->i);
		return;
	}
	strbuf_addc(out, '"');
	for (uint32_t i = 0; i < c->text.len; i++) {
		if (text[i] == '"' || text[i] == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, text[i]);
	}
	strbuf_addc(out, '"');
}

char *lookup_unknown(const struct part *p, const struct lookup *l, const struct table *t, int64_t mono_us)
{
	int join = table_column(t, p->join);
	struct strbuf out = STRBUF_INIT;

	strbuf_addc(&out, '{');
	for (size_t row = 0; row < t->nrows && join >= 0; row++) {
		const struct cell *key = table_cell(t, row, (size_t)join);

		if (is_unknown(l, t, key, mono_us))
			add_member(&out, t, key);
	}
	strbuf_addc(&out, '}');
	return strbuf_take(&out);
}

/* ---- answers ---- */

/* Makes rows from `from` on known until then. Of two answers for a key the first is found, and either rather than that there was none. */
static void rows_know(struct lookup *l, size_t from, bool absent, int64_t until_us)
{
	slots_reserve(l, l->known->nrows, from);
	for (size_t row = from; row < l->known->nrows; row++) {
		const struct cell *key = table_cell(l->known, row, KEY);
		uint64_t hash = has_key(key) ? key_hash(l->known, key) : 0;
		long before = has_key(key) ? known_find(l, l->known, key) : -1;
		bool found = has_key(key) && (before < 0 || l->rows[before].absent);

		l->rows[row] = (struct known_row){ .hash = hash, .until_us = until_us, .absent = absent, .found = found };
		if (!found)
			continue;
		slot_take(l, row, before);
		if (before >= 0)
			l->rows[before].found = false;
	}
}

/* What was asked for and is not there: not asked for again before that is old. */
static void add_absent(struct lookup *l, const struct table *asked, size_t join, int64_t mono_us, int64_t until_us)
{
	for (size_t i = 0; i < asked->nrows; i++) {
		const struct cell *key = table_cell(asked, i, join);
		long before = has_key(key) ? known_find(l, asked, key) : -1;
		size_t row;

		if (before >= 0 && l->rows[before].absent && l->rows[before].until_us <= mono_us)
			l->rows[before].until_us = until_us;
		if (before >= 0 || !has_key(key))
			continue;
		row = table_add_row(l->known);
		if (key->kind == CELL_INT)
			table_set_int(l->known, row, KEY, key->i);
		else
			table_set_text(l->known, row, KEY, asked->text + key->text.at, key->text.len);
		rows_know(l, row, true, until_us);
	}
}

static void copy_cell(struct table *to, size_t row, size_t column, const struct table *from, const struct cell *cell)
{
	if (cell->kind == CELL_TEXT)
		table_set_text(to, row, column, from->text + cell->text.at, cell->text.len);
	else
		*table_cell(to, row, column) = *cell;
}

/* Marks the answers for which there still are rows; gives how many. */
static size_t mark_wanted(struct lookup *l, const struct table *asked, size_t join)
{
	size_t n = 0;

	for (size_t row = 0; row < l->known->nrows; row++)
		l->rows[row].wanted = false;
	for (size_t i = 0; i < asked->nrows; i++) {
		const struct cell *key = table_cell(asked, i, join);
		long row = has_key(key) ? known_find(l, asked, key) : -1;

		if (row < 0 || l->rows[row].wanted)
			continue;
		l->rows[row].wanted = true;
		n++;
	}
	return n;
}

/* Anew, so that the texts of what is dropped go, too. */
static void keep_wanted(struct lookup *l, size_t n)
{
	struct lookup old = *l;

	*l = (struct lookup){ .known = table_new(old.known->columns, old.known->ncolumns) };
	slots_reserve(l, n, 0);
	for (size_t i = 0; i < old.known->nrows; i++) {
		size_t row;

		if (!old.rows[i].wanted)
			continue;
		row = table_add_row(l->known);
		for (size_t k = 0; k < l->known->ncolumns; k++)
			copy_cell(l->known, row, k, old.known, table_cell(old.known, i, k));
		l->rows[row] = old.rows[i];
		slot_take(l, row, -1);
	}
	lookup_clear(&old);
}

static void merge(struct lookup *l, struct table *take_answer, const struct table *asked, size_t join)
{
	size_t from, wanted = mark_wanted(l, asked, join);

	if (wanted < l->known->nrows / 4 * 3)   /* it costs a copy of all that stays */
		keep_wanted(l, wanted);
	from = l->known->nrows;
	table_append(l->known, take_answer);
	table_free(take_answer);
	rows_know(l, from, false, INT64_MAX);
}

static void replace(struct lookup *l, struct table *take_answer, int64_t until_us)
{
	lookup_clear(l);
	l->known = take_answer;
	rows_know(l, 0, false, until_us);
}

void lookup_take(const struct part *p, struct part_state *ps, struct table *take_answer, const struct table *asked,
		 double cost_s, const struct limits *limits, int64_t mono_us)
{
	struct lookup *l = &ps->lookup;
	int join = table_column(asked, p->join);
	int64_t until_us = mono_us + KEPT_S * SECOND_US, pause_us = seconds_us(cost_s / limit(limits, LIMIT_BUDGET_SHARE));
	int64_t least_us = p->unknown_only ? seconds_us(limit(limits, LIMIT_RETRY_UNKNOWN_TEXTS)) : 0;

	if (join < 0) {
		table_free(take_answer);
		return;
	}
	if (p->unknown_only && l->known)
		merge(l, take_answer, asked, (size_t)join);
	else
		replace(l, take_answer, p->unknown_only ? INT64_MAX : until_us);
	add_absent(l, asked, (size_t)join, mono_us, until_us);
	/* A look-up that reads a lot is not made again before its share of the time allows it. */
	if (pause_us > KEPT_S * SECOND_US)
		pause_us = KEPT_S * SECOND_US;
	l->not_before_us = mono_us + (pause_us > least_us ? pause_us : least_us);
	l->failures = 0;
}

void lookup_failed(struct lookup *l, int64_t mono_us)
{
	int pause = RETRY_S << (l->failures < 3 ? l->failures : 3);

	l->failures++;
	l->not_before_us = mono_us + (pause < RETRY_MAX_S ? pause : RETRY_MAX_S) * SECOND_US;
}

/* However often somebody asks: the server reads all texts for one that is not known. */
void lookup_ask_now(const struct part *p, struct lookup *l)
{
	if (!p->unknown_only || l->failures)
		l->not_before_us = 0;
}

void lookup_apply(const struct part *p, const struct part_state *ps, struct table *t, size_t from, size_t to)
{
	const struct lookup *l = &ps->lookup;
	int join = table_column(t, p->join);

	for (size_t i = 0; i < ps->nfills && join >= 0; i++) {
		int column = table_column(t, ps->fills[i]);

		for (size_t row = from; row < to && row < t->nrows && column >= 0; row++) {
			const struct cell *key = table_cell(t, row, (size_t)join);
			long known = has_key(key) ? known_find(l, t, key) : -1;

			if (known >= 0 && !l->rows[known].absent)
				copy_cell(t, row, (size_t)column, l->known, table_cell(l->known, (size_t)known, i + 1));
			else if (has_key(key))
				table_set_none(t, row, (size_t)column, CELL_PENDING);
		}
	}
}

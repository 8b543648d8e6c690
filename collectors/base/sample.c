#include "sample.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "memory.h"

/* What stands between a row's key and its numbers: nothing but arrays, of which a window of an hour holds dozens. */
struct sample {
	int64_t taken_us;
	size_t nrows, ncolumns, nkept;
	unsigned identity;     /* the flag of the columns by which a row is known */
	int *slot;             /* by column of the table: which of the kept ones it is; -1: not kept */
	uint64_t *hashes;      /* by row */
	uint32_t *buckets;     /* row + 1, 0 for an empty one; a power of two of them, at most half full */
	size_t mask;
	union number {
		int64_t i;
		double f;
	} *numbers;            /* nrows * nkept */
	uint8_t *kinds;        /* of the same */
	int users;
};

enum { KIND_NONE, KIND_INT, KIND_FLOAT };

/* Of rows with one key the first is found. */
static void index_row(struct sample *s, size_t row)
{
	size_t at = s->hashes[row] & s->mask;

	while (s->buckets[at] && s->hashes[s->buckets[at] - 1] != s->hashes[row])
		at = (at + 1) & s->mask;
	if (!s->buckets[at])
		s->buckets[at] = (uint32_t)row + 1;
}

static void keep_row(struct sample *s, const struct table *t, size_t row)
{
	const struct cell *cells = table_cell(t, row, 0);
	union number *numbers = s->numbers + row * s->nkept;
	uint8_t *kinds = s->kinds + row * s->nkept;

	for (size_t i = 0; i < t->ncolumns; i++) {
		int slot = s->slot[i];

		if (slot < 0)
			continue;
		if (cells[i].kind == CELL_INT || cells[i].kind == CELL_BOOL) {
			kinds[slot] = KIND_INT;
			numbers[slot].i = cells[i].i;
		} else if (cells[i].kind == CELL_FLOAT) {
			kinds[slot] = KIND_FLOAT;
			numbers[slot].f = cells[i].f;
		}
	}
}

struct sample *sample_begin(const struct table *t)
{
	struct sample *s = mem_zero(1, sizeof(*s));
	size_t buckets = 16;

	while (buckets < t->nrows * 2)
		buckets *= 2;
	s->users = 1;
	s->taken_us = t->taken_us;
	s->nrows = t->nrows;
	s->ncolumns = t->ncolumns;
	s->slot = mem_zero(t->ncolumns + 1, sizeof(*s->slot));
	s->identity = COLUMN_KEY;
	for (size_t i = 0; i < t->ncolumns; i++) {
		s->slot[i] = t->columns[i].flags & COLUMN_RATE ? (int)s->nkept++ : -1;
		if (t->columns[i].flags & COLUMN_IDENTITY)
			s->identity = COLUMN_IDENTITY;
	}
	s->hashes = mem_zero(s->nrows + 1, sizeof(*s->hashes));
	s->numbers = mem_zero(s->nrows * s->nkept + 1, sizeof(*s->numbers));
	s->kinds = mem_zero(s->nrows * s->nkept + 1, sizeof(*s->kinds));
	s->buckets = mem_zero(buckets, sizeof(*s->buckets));
	s->mask = buckets - 1;
	return s;
}

void sample_take(struct sample *s, const struct table *t, size_t from, size_t to)
{
	for (size_t row = from; row < to; row++) {
		s->hashes[row] = table_hash(t, row, s->identity);
		keep_row(s, t, row);
		index_row(s, row);
	}
}

struct sample *sample_new(const struct table *t)
{
	struct sample *s = sample_begin(t);

	sample_take(s, t, 0, t->nrows);
	return s;
}

struct sample *sample_share(struct sample *s)
{
	s->users++;
	return s;
}

void sample_free(struct sample *s)
{
	if (!s || --s->users > 0)
		return;
	free(s->slot);
	free(s->hashes);
	free(s->buckets);
	free(s->numbers);
	free(s->kinds);
	free(s);
}

int64_t sample_taken_us(const struct sample *s)
{
	return s->taken_us;
}

size_t sample_rows(const struct sample *s)
{
	return s->nrows;
}

long sample_find(const struct sample *s, const struct table *t, size_t row)
{
	uint64_t hash;

	if (!s || !s->nrows)
		return -1;
	hash = table_hash(t, row, s->identity);
	for (size_t at = hash & s->mask; s->buckets[at]; at = (at + 1) & s->mask)
		if (s->hashes[s->buckets[at] - 1] == hash)
			return (long)s->buckets[at] - 1;
	return -1;
}

/* Where the number is; -1: it is not kept, or there is no such row. */
static long place(const struct sample *s, long row, size_t column)
{
	if (!s || row < 0 || (size_t)row >= s->nrows || column >= s->ncolumns || s->slot[column] < 0)
		return -1;
	return row * (long)s->nkept + s->slot[column];
}

bool sample_has(const struct sample *s, long row, size_t column)
{
	long at = place(s, row, column);

	return at >= 0 && s->kinds[at] != KIND_NONE;
}

int64_t sample_int(const struct sample *s, long row, size_t column)
{
	long at = place(s, row, column);
	double f;

	if (at < 0)
		return 0;
	if (s->kinds[at] != KIND_FLOAT)
		return s->numbers[at].i;
	f = s->numbers[at].f;
	return f >= 0x1p63 ? INT64_MAX : f < -0x1p63 ? INT64_MIN : (int64_t)f;
}

double sample_number(const struct sample *s, long row, size_t column)
{
	long at = place(s, row, column);

	if (at < 0)
		return 0;
	return s->kinds[at] == KIND_FLOAT ? s->numbers[at].f : (double)s->numbers[at].i;
}

/* ---- windows ---- */

enum {
	DENSE_S = 60,      /* so far back any sample may be what the shortest window begins with */
	DENSE_GAP_S = 5,   /* ... if they are not closer to each other than this: somebody asks again and again */
	GAP_S = 60,        /* further back */
};

/* Samples come when they are due, or a few milliseconds off: that must not make a window of a minute one of 70 s every other time. */
#define TOLERANCE_US (SECOND_US / 2)

struct samples {
	struct sample **all;   /* the oldest first */
	size_t n, size;
};

int window_s(enum window w)
{
	switch (w) {
	case WINDOW_MINUTE:
		return 60;
	case WINDOW_5_MINUTES:
		return 5 * 60;
	case WINDOW_15_MINUTES:
		return 15 * 60;
	case WINDOW_INTERVAL:
	case WINDOW_ALL:
	case WINDOW_COUNT:
		break;
	}
	return 0;
}

struct samples *samples_new(void)
{
	return mem_zero(1, sizeof(struct samples));
}

void samples_clear(struct samples *s)
{
	for (size_t i = 0; i < s->n; i++)
		sample_free(s->all[i]);
	s->n = 0;
}

void samples_free(struct samples *s)
{
	if (!s)
		return;
	samples_clear(s);
	free(s->all);
	free(s);
}

size_t samples_count(const struct samples *s)
{
	return s->n;
}

static int64_t age_us(const struct samples *s, size_t i)
{
	return s->all[s->n - 1]->taken_us - s->all[i]->taken_us;
}

/* Whether the sample i can go: the one kept before it and the one after it are close enough together. */
static bool is_spare(const struct samples *s, size_t kept, size_t i)
{
	int64_t gap_s = age_us(s, i + 1) >= DENSE_S * SECOND_US ? GAP_S : DENSE_GAP_S;

	return s->all[i + 1]->taken_us - s->all[kept]->taken_us <= gap_s * SECOND_US;
}

static void thin(struct samples *s, int64_t longest_us)
{
	size_t first = 0, kept = 0;

	while (first + 1 < s->n && age_us(s, first + 1) >= longest_us)
		sample_free(s->all[first++]);
	s->n -= first;
	memmove(s->all, s->all + first, s->n * sizeof(*s->all));
	for (size_t i = 1; i < s->n; i++) {
		if (i + 1 < s->n && is_spare(s, kept, i))
			sample_free(s->all[i]);
		else
			s->all[++kept] = s->all[i];
	}
	s->n = kept + 1;
}

void samples_add(struct samples *s, struct sample *take_sample, int minutes)
{
	/* The server's clock was set back: what was taken later by it can begin no window. */
	while (s->n && s->all[s->n - 1]->taken_us >= take_sample->taken_us)
		sample_free(s->all[--s->n]);
	if (s->n == s->size) {
		s->size = s->size ? s->size * 2 : 32;
		s->all = mem_resize(s->all, s->size, sizeof(*s->all));
	}
	s->all[s->n++] = take_sample;
	thin(s, minutes * 60 * SECOND_US);
}

const struct sample *samples_at(const struct samples *s, enum window w, int64_t taken_us)
{
	int64_t span_us = window_s(w) * SECOND_US;

	if (!span_us)
		return NULL;
	for (size_t i = s->n; i-- > 0;)
		if (taken_us - s->all[i]->taken_us >= span_us - TOLERANCE_US)
			return s->all[i];
	return s->n && s->all[0]->taken_us < taken_us ? s->all[0] : NULL;
}

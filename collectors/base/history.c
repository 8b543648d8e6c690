#include "history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/*
 * The mark of half minute s is marks[s % HISTORY_MARKS]; those after `newest` or too long before
 * it are not there.
 */
struct figure {
	char *key;
	int64_t newest;
	struct mark marks[HISTORY_MARKS];
};

struct history {
	struct figure *figures;   /* ordered by key */
	size_t n, size;
};

struct history *history_new(void)
{
	return mem_zero(1, sizeof(struct history));
}

void history_free(struct history *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->n; i++)
		free(h->figures[i].key);
	free(h->figures);
	free(h);
}

struct history *history_copy(const struct history *h)
{
	struct history *copy = history_new();

	copy->figures = mem_zero(h->n + 1, sizeof(*copy->figures));
	copy->n = h->n;
	copy->size = h->n + 1;
	for (size_t i = 0; i < h->n; i++) {
		copy->figures[i] = h->figures[i];
		copy->figures[i].key = mem_string(h->figures[i].key);
	}
	return copy;
}

/* The place of the key, or where it would have to be put. */
static size_t figure_place(const struct history *h, const char *key, bool *there)
{
	size_t low = 0, high = h->n;

	*there = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = strcmp(h->figures[middle].key, key);

		if (c == 0) {
			*there = true;
			return middle;
		}
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Rows come and go; what has had no sample for ten minutes is forgotten, before more memory is
 * taken.
 */
static void history_forget(struct history *h, int64_t slot)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n; i++) {
		if (h->figures[i].newest <= slot - HISTORY_MARKS) {
			free(h->figures[i].key);
			continue;
		}
		if (kept != i)
			h->figures[kept] = h->figures[i];
		kept++;
	}
	h->n = kept;
}

static struct figure *figure_of(struct history *h, const char *key, int64_t slot)
{
	bool there;
	size_t at = figure_place(h, key, &there);
	struct figure *f;

	if (there)
		return &h->figures[at];
	if (h->n == h->size) {
		history_forget(h, slot);
		if (h->n > h->size / 2 || !h->size) {
			h->size = h->size ? h->size * 2 : 32;
			h->figures = mem_resize(h->figures, h->size, sizeof(*h->figures));
		}
		at = figure_place(h, key, &there);
	}
	f = &h->figures[at];
	memmove(f + 1, f, (h->n - at) * sizeof(*f));
	h->n++;
	*f = (struct figure){ .key = mem_string(key), .newest = slot };
	return f;
}

void history_add(struct history *h, const char *key, double value, int64_t now_us)
{
	int64_t slot = now_us / HISTORY_MARK_US;
	struct figure *f;
	struct mark *m;

	if (!isfinite(value))
		return;
	f = figure_of(h, key, slot);
	if (slot - f->newest >= HISTORY_MARKS) {
		memset(f->marks, 0, sizeof(f->marks));
		f->newest = slot;
	}
	while (f->newest < slot)
		f->marks[++f->newest % HISTORY_MARKS] = (struct mark){ 0 };
	m = &f->marks[f->newest % HISTORY_MARKS];
	if (!m->seen || value > m->worst)
		m->worst = value;
	m->last = value;
	m->seen = true;
}

void history_get(const struct history *h, const char *key, int64_t now_us, struct mark marks[HISTORY_MARKS])
{
	int64_t slot = now_us / HISTORY_MARK_US;
	const struct figure *f;
	size_t at;
	bool there;

	memset(marks, 0, HISTORY_MARKS * sizeof(*marks));
	at = figure_place(h, key, &there);
	if (!there)
		return;
	f = &h->figures[at];
	for (int i = 0; i < HISTORY_MARKS; i++) {
		int64_t s = slot - (HISTORY_MARKS - 1) + i;

		if (s >= 0 && s <= f->newest && s > f->newest - HISTORY_MARKS)
			marks[i] = f->marks[s % HISTORY_MARKS];
	}
}

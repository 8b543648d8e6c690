#include "signs.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

struct mark {
	uint64_t hash;      /* of the row's key */
	int64_t since_us;
	int64_t sign;       /* SIGN_NONE: nobody is here */
};

/* Found by hash; at most half full. */
struct signs {
	struct mark *marks;
	size_t mask;        /* how many there is room for, a power of two, less one */
};

static struct mark *mark_at(const struct signs *s, uint64_t hash)
{
	size_t at = hash & s->mask;

	while (s->marks[at].sign && s->marks[at].hash != hash)
		at = (at + 1) & s->mask;
	return &s->marks[at];
}

static int64_t sign_of(const struct table *t, int column, size_t row)
{
	int64_t sign = column < 0 ? SIGN_NONE : table_int(t, row, (size_t)column);

	return sign == SIGN_HIDDEN ? SIGN_NONE : sign;
}

static struct signs *signs_new(const struct table *t, int column)
{
	struct signs *s = mem_zero(1, sizeof(*s));
	size_t n = 0, room = 16;

	for (size_t row = 0; row < t->nrows; row++)
		n += sign_of(t, column, row) != SIGN_NONE;
	while (room < n * 2)
		room *= 2;
	s->marks = mem_zero(room, sizeof(*s->marks));
	s->mask = room - 1;
	return s;
}

struct signs *signs_copy(const struct signs *s)
{
	struct signs *copy = s ? mem_zero(1, sizeof(*copy)) : NULL;

	if (!s)
		return NULL;
	copy->mask = s->mask;
	copy->marks = mem_alloc((s->mask + 1) * sizeof(*s->marks));
	memcpy(copy->marks, s->marks, (s->mask + 1) * sizeof(*s->marks));
	return copy;
}

void signs_free(struct signs *s)
{
	if (s)
		free(s->marks);
	free(s);
}

void signs_look(struct signs **s, const struct table *t, int64_t now_us)
{
	int column = table_column(t, "sign");
	struct signs *old = *s, *new = signs_new(t, column);

	for (size_t row = 0; row < t->nrows; row++) {
		int64_t sign = sign_of(t, column, row);
		struct mark was = { 0 }, mark = { .sign = sign, .since_us = old ? now_us : 0 };

		if (sign == SIGN_NONE)
			continue;
		mark.hash = table_hash(t, row, COLUMN_KEY);
		if (old)
			was = *mark_at(old, mark.hash);
		*mark_at(new, mark.hash) = was.sign == sign ? was : mark;
	}
	signs_free(old);
	*s = new;
}

int64_t signs_since(const struct signs *s, const struct table *t, size_t row)
{
	const struct mark *mark;

	if (!s || sign_of(t, table_column(t, "sign"), row) == SIGN_NONE)
		return 0;
	mark = mark_at(s, table_hash(t, row, COLUMN_KEY));
	return mark->sign ? mark->since_us : 0;
}

int64_t signs_next(const struct signs *s, int64_t after_us)
{
	int64_t next = 0;

	for (size_t i = 0; s && i <= s->mask; i++) {
		const struct mark *m = &s->marks[i];

		if (m->sign && m->since_us > after_us && (!next || m->since_us < next))
			next = m->since_us;
	}
	return next;
}

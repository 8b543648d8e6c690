/*
 * Ten minutes of a few figures, for sparklines and for "at this rate".
 *
 * Twenty marks of half a minute each, by row key. A mark keeps the worst (largest) sample of its
 * half minute, so a spike never vanishes, and the last one, for trends. A half minute without a
 * sample is a gap, not a zero.
 */
#ifndef PGTOP_HISTORY_H
#define PGTOP_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HISTORY_MARKS = 20 };
#define HISTORY_MARK_US (30 * INT64_C(1000000))

struct mark {
	bool seen;
	double worst, last;
};

struct history;

struct history *history_new(void);
void history_free(struct history *h);
struct history *history_copy(const struct history *h);

/* now_us never goes back (a monotonic clock). */
void history_add(struct history *h, const char *key, double value, int64_t now_us);

/*
 * Copies the marks of a figure, oldest first, the newest half minute last. An unknown key gives
 * gaps only.
 */
void history_get(const struct history *h, const char *key, int64_t now_us, struct mark marks[HISTORY_MARKS]);

#endif

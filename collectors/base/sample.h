/*
 * What a table counted at an earlier moment: the numbers of its COLUMN_RATE columns by row, packed. Rates are against a sample.
 *
 * A row is known by its COLUMN_IDENTITY columns, where there are none by its key. They are kept as 64-bit hashes: of ten thousand rows two share one with a chance of 1 in 10^11. A `struct samples` holds those that a
 * statistics window can begin with: every sample of the last minute or so, one a minute from there on.
 */
#ifndef PGTOP_SAMPLE_H
#define PGTOP_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "table.h"

struct sample;

struct sample *sample_new(const struct table *t);

/* The same in slices of time: for the rows of a table that stays as it is, which are then taken from the first to the last. */
struct sample *sample_begin(const struct table *t);
void sample_take(struct sample *s, const struct table *t, size_t from, size_t to);   /* `to` is left out */

void sample_free(struct sample *s);   /* NULL is fine */

/* The same sample for one owner more: each frees it. */
struct sample *sample_share(struct sample *s);

/* When its table was read: server's clock, epoch. */
int64_t sample_taken_us(const struct sample *s);

size_t sample_rows(const struct sample *s);

/* The sample's row that is the same thing as `row` of t, which has the same columns; -1: there was none, or s is NULL. */
long sample_find(const struct sample *s, const struct table *t, size_t row);

/* The cells of a row found so; `column` is the table's and has COLUMN_RATE. A cell without a value gives 0. */
bool sample_has(const struct sample *s, long row, size_t column);
int64_t sample_int(const struct sample *s, long row, size_t column);
double sample_number(const struct sample *s, long row, size_t column);

/* What figures of a `windowed` collector are over. */
enum window { WINDOW_INTERVAL, WINDOW_MINUTE, WINDOW_5_MINUTES, WINDOW_15_MINUTES, WINDOW_ALL, WINDOW_COUNT };

/* How long it is, in seconds; 0 for WINDOW_INTERVAL and WINDOW_ALL. */
int window_s(enum window w);

struct samples;

struct samples *samples_new(void);
void samples_free(struct samples *s);
void samples_clear(struct samples *s);

size_t samples_count(const struct samples *s);

/* Takes the newest sample, and drops those that no window of at most `minutes` can begin with any more. */
void samples_add(struct samples *s, struct sample *take_sample, int minutes);

/*
 * The sample that a window ending at taken_us begins with: the youngest that is as old as the window is long (less half a second), or older; else the oldest
 * before that moment; NULL: there is none. Borrowed until the next samples_add(). WINDOW_INTERVAL and WINDOW_ALL give NULL.
 */
const struct sample *samples_at(const struct samples *s, enum window w, int64_t taken_us);

#endif

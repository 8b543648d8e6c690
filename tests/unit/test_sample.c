/* What rates and statistics windows are against. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/clock.h"
#include "collectors/base/sample.h"

enum { USER, NAME, TEXT, CALLS, TIME_MS, SEEN, NCOLUMNS };

static const struct column columns[NCOLUMNS] = {
	[USER] = { .name = "user", .type = TYPE_INT, .unit = UNIT_ID, .flags = COLUMN_KEY },
	[NAME] = { .name = "name", .type = TYPE_TEXT, .flags = COLUMN_KEY },
	[TEXT] = { .name = "text", .type = TYPE_TEXT, .flags = COLUMN_KEY },
	[CALLS] = { .name = "calls", .type = TYPE_INT, .unit = UNIT_COUNT, .flags = COLUMN_RATE },
	[TIME_MS] = { .name = "time_ms", .type = TYPE_FLOAT, .unit = UNIT_MS, .flags = COLUMN_RATE },
	[SEEN] = { .name = "seen", .type = TYPE_INT },
};

static struct table *new_table(int64_t taken_us)
{
	struct table *t = table_new(columns, NCOLUMNS);

	t->taken_us = taken_us;
	return t;
}

static size_t add(struct table *t, int64_t user, const char *name, const char *text)
{
	size_t row = table_add_row(t);

	table_set_int(t, row, USER, user);
	if (name)
		table_set_string(t, row, NAME, name);
	if (text)
		table_set_string(t, row, TEXT, text);
	return row;
}

static struct sample *taken(int64_t taken_us)
{
	struct table *t = new_table(taken_us);
	struct sample *s;

	add(t, 1, "a", NULL);
	s = sample_new(t);
	table_free(t);
	return s;
}

static void numbers(void **state)
{
	struct table *t = new_table(99), *now;
	struct sample *s, *same;

	(void)state;
	add(t, 1, "a", NULL);
	table_set_int(t, 0, CALLS, INT64_MAX);
	table_set_float(t, 0, TIME_MS, 0.5);
	table_set_int(t, 0, SEEN, 7);
	add(t, 2, "a", NULL);
	table_set_none(t, 1, CALLS, CELL_UNKNOWN);
	table_set_float(t, 1, TIME_MS, 1e300);
	s = sample_new(t);
	now = table_copy(t);
	table_free(t);
	assert_int_equal(sample_taken_us(s), 99);
	assert_int_equal(sample_rows(s), 2);
	assert_int_equal(sample_find(s, now, 1), 1);
	assert_true(sample_has(s, 0, CALLS));
	assert_int_equal(sample_int(s, 0, CALLS), INT64_MAX);
	assert_true(sample_number(s, 0, TIME_MS) == 0.5);
	assert_int_equal(sample_int(s, 1, TIME_MS), INT64_MAX);
	assert_false(sample_has(s, 1, CALLS));
	assert_int_equal(sample_int(s, 1, CALLS), 0);
	/* What has no COLUMN_RATE, and rows that are not there. */
	assert_false(sample_has(s, 0, SEEN));
	assert_int_equal(sample_int(s, 0, SEEN), 0);
	assert_false(sample_has(s, -1, CALLS));
	assert_true(sample_number(s, 2, TIME_MS) == 0);
	assert_false(sample_has(NULL, -1, CALLS));
	assert_int_equal(sample_find(NULL, now, 0), -1);
	same = sample_share(s);
	sample_free(s);
	assert_int_equal(sample_int(same, 0, CALLS), INT64_MAX);
	sample_free(same);
	sample_free(NULL);
	table_free(now);
}

static void nothing(void **state)
{
	struct table *t = new_table(1);
	struct sample *s = sample_new(t);

	(void)state;
	assert_int_equal(sample_rows(s), 0);
	add(t, 1, "a", "b");
	assert_int_equal(sample_find(s, t, 0), -1);
	sample_free(s);
	table_free(t);
}

/* Two rows are the same thing if and only if table_key() says so. */
static void keys(void **state)
{
	static const struct { const char *name, *text; } all[] = {
		{ NULL, NULL }, { "a", NULL }, { NULL, "a" }, { "ab", "c" }, { "a", "bc" }, { "abc", NULL }, { "a\x1f", "b" }, { "a", "\x1f" "b" },
		{ "1234567", NULL }, { "12345678", NULL }, { "123456789", NULL }, { "12345678", "9" }, { "1234567", "89" },
		{ "0000000000000000", NULL }, { "00000000", "00000000" },
	};
	struct table *t = new_table(1), *other = new_table(2);
	struct sample *s;

	(void)state;
	for (int64_t user = -1; user <= 1; user++)
		for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
			add(t, user, all[i].name, all[i].text);
	s = sample_new(t);
	for (size_t row = 0; row < t->nrows; row++)
		assert_int_equal(sample_find(s, t, row), (long)row);
	/* No value and the empty text are the same in a key. */
	add(other, 0, "", "");
	assert_int_equal(sample_find(s, other, 0), sizeof(all) / sizeof(*all));
	table_set_none(other, 0, NAME, CELL_PENDING);
	assert_int_equal(sample_find(s, other, 0), sizeof(all) / sizeof(*all));
	table_set_int(other, 0, USER, INT64_MIN);
	assert_int_equal(sample_find(s, other, 0), -1);
	sample_free(s);
	table_free(other);
	table_free(t);
}

/* Names belong to a key and may change: where there is something better, that counts. */
static void identity(void **state)
{
	static const struct column named[] = {
		{ .name = "name", .type = TYPE_TEXT, .flags = COLUMN_KEY },
		{ .name = "oid", .type = TYPE_INT, .flags = COLUMN_INTERNAL | COLUMN_IDENTITY },
		{ .name = "nth", .type = TYPE_INT, .flags = COLUMN_KEY | COLUMN_IDENTITY },
	};
	struct table *t = table_new(named, 3), *other = table_new(named, 3);
	struct sample *s;

	(void)state;
	for (int64_t i = 0; i < 2; i++) {
		table_set_string(t, table_add_row(t), 0, "before");
		table_set_int(t, (size_t)i, 1, 7);
		table_set_int(t, (size_t)i, 2, i);
	}
	s = sample_new(t);
	table_set_string(other, table_add_row(other), 0, "renamed");
	table_set_int(other, 0, 1, 7);
	table_set_int(other, 0, 2, 1);
	assert_int_equal(sample_find(s, other, 0), 1);
	table_set_string(other, 0, 0, "before");
	table_set_int(other, 0, 1, 8);
	assert_int_equal(sample_find(s, other, 0), -1);
	sample_free(s);
	table_free(other);
	table_free(t);
}

/* Of rows with one key the first. */
static void twins(void **state)
{
	struct table *t = new_table(1);
	struct sample *s;

	(void)state;
	for (int64_t i = 0; i < 5000; i++) {
		add(t, i / 2, "a", NULL);
		table_set_int(t, (size_t)i, CALLS, i);
	}
	s = sample_new(t);
	for (size_t row = 0; row < t->nrows; row++)
		assert_int_equal(sample_int(s, sample_find(s, t, row), CALLS), (int64_t)(row / 2 * 2));
	sample_free(s);
	table_free(t);
}

/* Identifiers with a pattern, as an attacker or a catalog gives them: each is found as itself. */
static void many(void **state)
{
	enum { MANY = 60000 };
	struct table *t = new_table(1), *gone = new_table(2);
	struct sample *s;
	char name[64];

	(void)state;
	for (int64_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%0*d", 8 + (int)(i % 40), (int)(i / 3));
		switch (i % 3) {
		case 0:
			add(t, i << 32, NULL, NULL);
			break;
		case 1:
			add(t, 0, name, NULL);
			break;
		default:
			add(t, 0, NULL, name);
			break;
		}
		add(gone, i << 32 | 1, name, name);
	}
	s = sample_new(t);
	for (size_t row = 0; row < MANY; row++) {
		assert_int_equal(sample_find(s, t, row), (long)row);
		assert_int_equal(sample_find(s, gone, row), -1);
	}
	sample_free(s);
	table_free(gone);
	table_free(t);
}

static int64_t age_s(const struct samples *s, enum window w, int64_t now_us)
{
	const struct sample *start = samples_at(s, w, now_us);

	return start ? (now_us - sample_taken_us(start) + SECOND_US / 2) / SECOND_US : -1;
}

static void windows(void **state)
{
	struct samples *s = samples_new();
	int64_t now_us = 1795000000 * SECOND_US;

	(void)state;
	assert_null(samples_at(s, WINDOW_MINUTE, now_us));
	for (int i = 0; i <= 20 * 60 / 10; i++) {
		/* Never quite as it was asked. */
		now_us += 10 * SECOND_US + (i % 3 - 1) * SECOND_US / 50;
		samples_add(s, taken(now_us), 16);
		assert_true(samples_count(s) <= 7 + 2 * 16);
		if (!i)
			assert_null(samples_at(s, WINDOW_MINUTE, now_us));
		/* Of what is there, the oldest. */
		if (i && i < 6)
			assert_int_equal((age_s(s, WINDOW_MINUTE, now_us) + 5) / 10, i);
		if (i > 6)
			assert_int_equal(age_s(s, WINDOW_MINUTE, now_us), 60);
		if (i > 36)
			assert_in_range(age_s(s, WINDOW_5_MINUTES, now_us), 300, 360);
		if (i > 96)
			assert_in_range(age_s(s, WINDOW_15_MINUTES, now_us), 900, 960);
		assert_null(samples_at(s, WINDOW_INTERVAL, now_us));
		assert_null(samples_at(s, WINDOW_ALL, now_us));
	}
	/* The sample of the very table is none to hold it against; an older table has older ones. */
	assert_in_range(age_s(s, WINDOW_MINUTE, now_us - 30 * SECOND_US), 60, 100);
	samples_clear(s);
	assert_int_equal(samples_count(s), 0);
	samples_add(s, taken(now_us), 16);
	assert_null(samples_at(s, WINDOW_15_MINUTES, now_us));
	samples_free(s);
	samples_free(NULL);
}

/* A server that is asked once a minute or less often: every sample counts. */
static void rare(void **state)
{
	struct samples *s = samples_new();
	int64_t now_us = SECOND_US;

	(void)state;
	for (int i = 0; i < 60; i++) {
		now_us += 90 * SECOND_US;
		samples_add(s, taken(now_us), 16);
		assert_true(samples_count(s) <= 12);
		if (i)
			assert_int_equal(age_s(s, WINDOW_MINUTE, now_us), 90);
	}
	assert_int_equal(age_s(s, WINDOW_15_MINUTES, now_us), 900);
	samples_free(s);
}

/* Somebody keeps `r` pressed for an hour: no more is kept for it. */
static void frequent(void **state)
{
	struct samples *s = samples_new();
	int64_t now_us = SECOND_US;

	(void)state;
	for (int i = 0; i < 36000; i++) {
		now_us += SECOND_US / 10;
		samples_add(s, taken(now_us), 16);
		assert_true(samples_count(s) <= 26 + 2 * 16);
	}
	assert_in_range(age_s(s, WINDOW_MINUTE, now_us), 60, 66);
	assert_in_range(age_s(s, WINDOW_15_MINUTES, now_us), 900, 960);
	samples_free(s);
}

/* What was taken later by a clock that was set back begins no window. */
static void clock_set_back(void **state)
{
	struct samples *s = samples_new();

	(void)state;
	for (int i = 1; i <= 10; i++)
		samples_add(s, taken(i * 20 * SECOND_US), 16);
	samples_add(s, taken(90 * SECOND_US), 16);
	assert_int_equal(age_s(s, WINDOW_MINUTE, 90 * SECOND_US), 70);
	samples_add(s, taken(1 * SECOND_US), 16);
	assert_int_equal(samples_count(s), 1);
	samples_free(s);
}

/* With less kept than the longest window, it begins where there is something. */
static void few_minutes(void **state)
{
	struct samples *s = samples_new();

	(void)state;
	for (int i = 1; i <= 200; i++)
		samples_add(s, taken(i * 10 * SECOND_US), 2);
	assert_in_range(age_s(s, WINDOW_15_MINUTES, 2000 * SECOND_US), 120, 180);
	assert_in_range(age_s(s, WINDOW_MINUTE, 2000 * SECOND_US), 60, 70);
	samples_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(nothing),
		cmocka_unit_test(keys),
		cmocka_unit_test(identity),
		cmocka_unit_test(twins),
		cmocka_unit_test(many),
		cmocka_unit_test(windows),
		cmocka_unit_test(rare),
		cmocka_unit_test(frequent),
		cmocka_unit_test(clock_set_back),
		cmocka_unit_test(few_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

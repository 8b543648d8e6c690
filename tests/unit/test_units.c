/*
 * Figures as the screens write them: the table "How figures are written", and every edge where
 * rounding could lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collectors/base/units.h"

struct figure {
	double value;
	const char *expected;
};

static void check(const char *(*write)(char *, double), const struct figure *f, size_t n)
{
	char buf[UNITS_SIZE];

	for (size_t i = 0; i < n; i++)
		assert_string_equal(write(buf, f[i].value), f[i].expected);
}

#define CHECK(write, figures) check(write, figures, sizeof(figures) / sizeof((figures)[0]))

static void ages(void **state)
{
	static const struct figure figures[] = {
		{ 0, "0ms" }, { -5, "0ms" }, { 0.0004, "0ms" }, { 0.812, "812ms" }, { 0.29, "290ms" },
		{ 0.9999, "999ms" }, { 0.999999, "999ms" }, { 1, "1.0s" }, { 4.2, "4.2s" }, { 4.29, "4.2s" },
		{ 9.99, "9.9s" }, { 10, "10s" }, { 42, "42s" }, { 59.999, "59s" }, { 60, "1m00s" },
		{ 847, "14m07s" }, { 3599.99, "59m59s" }, { 3600, "1h00m" }, { 11100, "3h05m" },
		{ 86399.9, "23h59m" }, { 86400, "1d00h" }, { 43 * 86400.0 + 2 * 3600 + 3599, "43d02h" },
		{ 100 * 86400.0 - 1, "99d23h" }, { 100 * 86400.0, "100d" }, { 412 * 86400.0 + 5, "412d" },
		{ 1e12, "99999d" }, { INFINITY, "99999d" }, { -INFINITY, "0ms" }, { NAN, "?" },
	};

	(void)state;
	CHECK(units_age, figures);
}

static void spans(void **state)
{
	static const struct figure figures[] = {
		{ 43 * 86400.0 + 86399, "43 d" }, { 2 * 86400.0, "2 d" }, { 2 * 86400.0 - 1, "1d23h" }, { 18120, "5h02m" }, { 1, "1.0s" },
		{ 0.999, "<1s" }, { 0.31, "<1s" }, { 0, "<1s" }, { -1, "<1s" }, { NAN, "?" },
	};

	(void)state;
	CHECK(units_span, figures);
}

/* Read back, an age is never more than has passed, and never more than six cells. */
static void ages_never_claim_more(void **state)
{
	char buf[UNITS_SIZE];

	(void)state;
	for (double s = 0.001; s < 2e8; s *= 1.0137) {
		double read = 0, number = 0, scale = 0.1;
		int decimal = 0;

		assert_true(strlen(units_age(buf, s)) <= 6);
		for (const char *p = buf; *p; p++) {
			if (*p >= '0' && *p <= '9' && decimal) {
				number += (*p - '0') * scale;
			} else if (*p >= '0' && *p <= '9') {
				number = number * 10 + (*p - '0');
			} else if (*p == '.') {
				decimal = 1;
			} else {
				int milli = p[0] == 'm' && p[1] == 's';

				read += number * (milli ? 0.001 : *p == 's' ? 1 : *p == 'm' ? 60 : *p == 'h' ? 3600 : 86400);
				number = 0;
				p += milli;
			}
		}
		assert_true(read <= s + 1e-9);
		assert_true(read > s * 0.9 - 0.001);
	}
}

static void durations_and_rates(void **state)
{
	static const struct figure ms[] = {
		{ 0, "0" }, { -1, "0" }, { 0.00001, "<0.1" }, { 0.000099, "<0.1" }, { 0.0001, "0.1" },
		{ 0.8124, "812.4" }, { 9.1047, "9104.7" }, { 999.9999, "999999.9" }, { 1000, "1000000" },
		{ 86400, "86400000" }, { 1e6, "1.00G" }, { NAN, "?" },
	};
	static const struct figure rates[] = {
		{ 0, "0" }, { 0.04, "<0.1" }, { 0.0999, "<0.1" }, { 0.1, "0.1" }, { 2.1, "2.1" }, { 318, "318.0" },
		{ 999999.94, "999999.9" }, { 999999.96, "1000000" }, { 99999999, "99999999" }, { 1e8, "100M" },
	};
	static const struct figure rates_text[] = {
		{ 0, "0/s" }, { 0.05, "<0.1/s" }, { 4.25, "4.2/s" }, { 9.94, "9.9/s" }, { 9.96, "10/s" },
		{ 38, "38/s" }, { 412.3, "412/s" }, { 99999, "99999/s" }, { 184000, "184k/s" },
	};
	static const struct figure sizes[] = {
		{ 0, "0 B/s" }, { 0.3, "<1 B/s" }, { 5.9 * 1048576, "5.9 MB/s" }, { 1048575.9, "1.0 MB/s" }, { -3, "0 B/s" },
	};

	(void)state;
	CHECK(units_ms, ms);
	CHECK(units_rate, rates);
	CHECK(units_rate_text, rates_text);
	CHECK(units_size_rate_text, sizes);
}

static void sizes(void **state)
{
	static const struct figure in_text[] = {
		{ 0, "0 B" }, { 1, "1 B" }, { 312, "312 B" }, { 1023, "1023 B" }, { 1023.6, "1.0 kB" },
		{ 1024, "1.0 kB" }, { 9.94 * 1024, "9.9 kB" }, { 9.96 * 1024, "10 kB" }, { 27 * 1024, "27 kB" },
		{ 1023.4 * 1024, "1023 kB" }, { 1023.6 * 1024, "1.0 MB" }, { 412 * 1048576.0, "412 MB" },
		{ 3.1 * 1073741824, "3.1 GB" }, { 1023.9 * 1073741824, "1.0 TB" }, { 2048 * 1099511627776.0, "2048 TB" },
		{ 9223372036854775807.0, "8388608 TB" }, { -2048, "-2.0 kB" }, { NAN, "?" },
	};
	static const struct figure in_table[] = {
		{ 0, "0" }, { 1, "<1" }, { 1048575, "<1" }, { 1048576, "1" }, { 412.4 * 1048576, "412" },
		{ 999999 * 1048576.0, "999999" }, { 999999.6 * 1048576.0, "1.00M" }, { -1, "0" },
	};

	(void)state;
	CHECK(units_size, in_text);
	CHECK(units_megabytes, in_table);
}

static void shares(void **state)
{
	static const struct figure figures[] = {
		{ 0, "0%" }, { 1e-9, "<0.1%" }, { 0.0009, "<0.1%" }, { 0.001, "0.1%" }, { 0.124, "12.4%" },
		{ 0.987, "98.7%" }, { 0.999, "99.9%" }, { 0.9994, "99.9%" }, { 0.9995, ">99.9%" },
		{ 0.999999999, ">99.9%" }, { 1, "100%" }, { 1.0001, ">100%" }, { 1.2, "120.0%" }, { 25, "2500%" },
		{ NAN, "?" },
	};

	(void)state;
	CHECK(units_share, figures);
}

static void counts(void **state)
{
	static const struct figure figures[] = {
		{ 0, "0" }, { -0.2, "0" }, { 0.3, "<1" }, { 0.5, "1" }, { 7, "7" }, { 18240, "18240" }, { 99999, "99999" },
		{ 99999.4, "99999" }, { 99999.6, "100k" }, { 100000, "100k" }, { 184000, "184k" }, { 999499, "999k" },
		{ 999500, "1.00M" }, { 1240000, "1.24M" }, { 9994999, "9.99M" }, { 9996000, "10.0M" }, { 18200000, "18.2M" },
		{ 99960000, "100M" }, { 999600000, "1.00G" }, { 1.5e12, "1.50T" }, { 9.2e18, "9.20E" }, { 1e300, ">999E" },
		{ -5, "-5" }, { -184000, "-184k" }, { NAN, "?" },
	};
	char buf[UNITS_SIZE];

	(void)state;
	CHECK(units_count, figures);
	for (double n = 1; n < 1e18; n *= 1.0049) {
		units_count(buf, n);
		assert_true(strlen(buf) <= 6);
		assert_null(strstr(buf, "1000k"));
		assert_null(strstr(buf, "1000M"));
	}
}

static void grouped(void **state)
{
	char buf[UNITS_SIZE];

	(void)state;
	assert_string_equal(units_grouped(buf, 0), "0");
	assert_string_equal(units_grouped(buf, 999), "999");
	assert_string_equal(units_grouped(buf, 1000), "1 000");
	assert_string_equal(units_grouped(buf, 12401962), "12 401 962");
	assert_string_equal(units_grouped(buf, -123456), "-123 456");
	assert_string_equal(units_grouped(buf, INT64_MIN), "-9 223 372 036 854 775 808");
	assert_string_equal(units_grouped(buf, INT64_MAX), "9 223 372 036 854 775 807");
}

#define US INT64_C(1000000)

static void clocks(void **state)
{
	/* 2026-11-22 03:12:08 UTC */
	const int64_t now = INT64_C(1795317128) * US;
	char buf[UNITS_SIZE];

	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	assert_string_equal(units_clock(buf, now, now + 5 * US), "03:12:08");
	assert_string_equal(units_clock(buf, now + 999999, now), "03:12:08");
	assert_string_equal(units_clock(buf, now - 4 * 3600 * US, now), "21 Nov 23:12");
	assert_string_equal(units_clock(buf, now - 43 * 86400 * US - 2 * 3600 * US, now), "10 Oct 01:12");
	assert_string_equal(units_clock(buf, now - 365 * 86400 * US, now), "22 Nov 2025");
	assert_string_equal(units_clock(buf, INT64_MAX, now), "10 Jan 294247");
	assert_string_equal(units_clock(buf, -1, 0), "31 Dec 23:59");

	/* the terminal's zone, where today is another day */
	setenv("TZ", "EST5", 1);
	tzset();
	assert_string_equal(units_clock(buf, now, now), "22:12:08");
	assert_string_equal(units_clock(buf, now + 2 * 3600 * US, now), "22 Nov 00:12");
	assert_string_equal(units_rfc3339(buf, now), "2026-11-22T03:12:08Z");
	setenv("TZ", "UTC0", 1);
	tzset();

	assert_string_equal(units_rfc3339(buf, 0), "1970-01-01T00:00:00Z");
	assert_string_equal(units_rfc3339(buf, now + 184213), "2026-11-22T03:12:08.184213Z");
	assert_string_equal(units_rfc3339(buf, now + 5), "2026-11-22T03:12:08.000005Z");
	assert_string_equal(units_rfc3339(buf, -1), "1969-12-31T23:59:59.999999Z");
	assert_true(strlen(units_rfc3339(buf, INT64_MAX)) < UNITS_SIZE);
	assert_true(strlen(units_rfc3339(buf, INT64_MIN)) < UNITS_SIZE);
}

static void names(void **state)
{
	(void)state;
	assert_null(unit_name(UNIT_COUNT));
	assert_string_equal(unit_name(UNIT_AGE), "s");
	assert_string_equal(unit_name(UNIT_MS), "s");
	assert_string_equal(unit_name(UNIT_BYTES), "bytes");
	assert_string_equal(unit_name(UNIT_MEGABYTES), "bytes");
	assert_string_equal(unit_name(UNIT_RATIO), "ratio");
	assert_null(unit_name(UNIT_MEAN));
	assert_string_equal(unit_name(UNIT_PER_SECOND), "per_s");
	assert_string_equal(unit_name(UNIT_BYTES_PER_SECOND), "bytes_per_s");
	assert_string_equal(unit_name(UNIT_TRANSACTIONS), "transactions");
	assert_null(unit_name(UNIT_TIME));
	assert_null(unit_name(UNIT_ID));
	assert_int_equal(unit_by_name("s"), UNIT_AGE);
	assert_int_equal(unit_by_name("bytes"), UNIT_BYTES);
	assert_int_equal(unit_by_name("bytes_per_s"), UNIT_BYTES_PER_SECOND);
	assert_int_equal(unit_by_name("parsec"), UNIT_NONE);
	assert_int_equal(unit_by_name(NULL), UNIT_NONE);
	assert_int_equal(unit_width(UNIT_NONE), 0);
	assert_int_equal(unit_width(UNIT_AGE), 6);
	assert_int_equal(unit_width(UNIT_MS), 8);
	assert_int_equal(unit_width(UNIT_MEGABYTES), 7);
}

static void by_unit(void **state)
{
	static const struct {
		enum unit unit;
		double value;
		const char *cell, *text;
	} cases[] = {
		{ UNIT_NONE, 12345678, "12345678", "12345678" },
		{ UNIT_NONE, 1.5, "1.5", "1.5" },
		{ UNIT_COUNT, 12401962, "12.4M", "12 401 962" },
		{ UNIT_COUNT, 38.2, "38", "38" },
		{ UNIT_AGE, 847, "14m07s", "14m07s" },
		{ UNIT_MS, 0.0003, "0.3", "0.3 ms" },
		{ UNIT_MS, 0, "0", "0 ms" },
		{ UNIT_MS, 0.00996, "10.0", "10 ms" },
		{ UNIT_MS, 0.8124, "812.4", "812 ms" },
		{ UNIT_MS, 9.9994, "9999.4", "9999 ms" },
		{ UNIT_MS, 14.2, "14200.0", "14s" },
		{ UNIT_BYTES, 3.1 * 1073741824, "3174", "3.1 GB" },
		{ UNIT_MEGABYTES, 0, "0", "0 B" },
		{ UNIT_MEGABYTES, 1, "<0.1", "1 B" },
		{ UNIT_MEGABYTES, 104857.5, "<0.1", "102 kB" },
		{ UNIT_MEGABYTES, 104858, "0.1", "102 kB" },
		{ UNIT_MEGABYTES, 108.3 * 1048576, "108.3", "108 MB" },
		{ UNIT_MEGABYTES, 99999.94 * 1048576, "99999.9", "98 GB" },
		{ UNIT_MEGABYTES, 99999.96 * 1048576, "100000", "98 GB" },
		{ UNIT_MEGABYTES, 9999999.4 * 1048576, "9999999", "9.5 TB" },
		{ UNIT_MEGABYTES, 9999999.6 * 1048576, "10.0M", "9.5 TB" },
		{ UNIT_MEAN, 38.24, "38.2", "38.2" },
		{ UNIT_MEAN, 0.01, "<0.1", "<0.1" },
		{ UNIT_MEAN, 9999.94, "9999.9", "9999.9" },
		{ UNIT_MEAN, 9999.96, "10000", "10000" },
		{ UNIT_MEAN, 1234567, "1.23M", "1.23M" },
		{ UNIT_RATIO, 0.613, "61.3%", "61.3%" },
		{ UNIT_PER_SECOND, 318, "318.0", "318/s" },
		{ UNIT_BYTES_PER_SECOND, 5.9 * 1048576, "5.9", "5.9 MB/s" },
		{ UNIT_BYTES_PER_SECOND, 100, "<0.1", "100 B/s" },
		{ UNIT_TRANSACTIONS, 1900000, "1.90M", "1.90M" },
		{ UNIT_TIME, 1e6, "00:00:01", "00:00:01" },
		{ UNIT_ID, 4127, "4127", "4127" },
	};
	char buf[UNITS_SIZE];

	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(units_cell(buf, cases[i].unit, cases[i].value, 0), cases[i].cell);
		assert_string_equal(units_text(buf, cases[i].unit, cases[i].value, 0), cases[i].text);
		/* A number of a unit is as wide as its column at most. */
		if (unit_width(cases[i].unit))
			assert_true((int)strlen(units_cell(buf, cases[i].unit, cases[i].value, 0)) <= unit_width(cases[i].unit));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ages),
		cmocka_unit_test(spans),
		cmocka_unit_test(ages_never_claim_more),
		cmocka_unit_test(durations_and_rates),
		cmocka_unit_test(sizes),
		cmocka_unit_test(shares),
		cmocka_unit_test(counts),
		cmocka_unit_test(grouped),
		cmocka_unit_test(clocks),
		cmocka_unit_test(names),
		cmocka_unit_test(by_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

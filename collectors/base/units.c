#include "units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
	const char *name;
	int width;
} units[] = {
	[UNIT_NONE] = { NULL, 0 },
	[UNIT_COUNT] = { NULL, 6 },
	[UNIT_AGE] = { "s", 6 },
	[UNIT_MS] = { "s", 8 },
	[UNIT_BYTES] = { "bytes", 6 },
	[UNIT_MEGABYTES] = { "bytes", 7 },
	[UNIT_RATIO] = { "ratio", 6 },
	[UNIT_MEAN] = { NULL, 6 },
	[UNIT_PER_SECOND] = { "per_s", 8 },
	[UNIT_BYTES_PER_SECOND] = { "bytes_per_s", 8 },
	[UNIT_TRANSACTIONS] = { "transactions", 6 },
	[UNIT_TIME] = { NULL, 12 },
	[UNIT_ID] = { NULL, 7 },
};

enum { NUNITS = sizeof(units) / sizeof(units[0]) };

const char *unit_name(enum unit unit)
{
	return units[unit].name;
}

enum unit unit_by_name(const char *name)
{
	for (int i = 0; name && i < NUNITS; i++) {
		if (units[i].name && strcmp(units[i].name, name) == 0)
			return (enum unit)i;
	}
	return UNIT_NONE;
}

int unit_width(enum unit unit)
{
	return units[unit].width;
}

static const char *put(char *buf, const char *s)
{
	snprintf(buf, UNITS_SIZE, "%s", s);
	return buf;
}

const char *units_age(char *buf, double seconds)
{
	int64_t us, s, days;

	if (isnan(seconds))
		return put(buf, "?");
	/*
	 * In whole microseconds, since 0.29 * 1000 is 289.99...; beyond 99999 days six cells are
	 * full.
	 */
	us = seconds <= 0 ? 0 : seconds >= 86400.0 * 99999 ? INT64_C(86400000000) * 99999
		: (int64_t)(seconds * 1e6 + 1e-3);
	s = us / 1000000;
	days = s / 86400;
	if (s < 1)
		snprintf(buf, UNITS_SIZE, "%" PRId64 "ms", us / 1000);
	else if (s < 10)
		snprintf(buf, UNITS_SIZE, "%" PRId64 ".%" PRId64 "s", s, us / 100000 % 10);
	else if (s < 60)
		snprintf(buf, UNITS_SIZE, "%" PRId64 "s", s);
	else if (s < 3600)
		snprintf(buf, UNITS_SIZE, "%" PRId64 "m%02" PRId64 "s", s / 60, s % 60);
	else if (days < 1)
		snprintf(buf, UNITS_SIZE, "%" PRId64 "h%02" PRId64 "m", s / 3600, s / 60 % 60);
	else if (days < 100)
		snprintf(buf, UNITS_SIZE, "%" PRId64 "d%02" PRId64 "h", days, s / 3600 % 24);
	else
		snprintf(buf, UNITS_SIZE, "%" PRId64 "d", days);
	return buf;
}

const char *units_span(char *buf, double seconds)
{
	if (seconds < 1)
		return put(buf, "<1s");
	if (!(seconds >= 2 * 86400.0))
		return units_age(buf, seconds);
	snprintf(buf, UNITS_SIZE, "%.0f d", floor(seconds / 86400));
	return buf;
}

/*
 * Figures with k, M, G of 1000: three of them, whatever rounding does (999.6k is 1.00M, never
 * 1000k). Negative ones by their sign.
 */
static const char *thousands(char *buf, double n)
{
	static const char prefixes[] = "kMGTPE";
	size_t i = 0;
	double v = fabs(n) / 1000;
	const char *sign = n < 0 ? "-" : "";

	while (v >= 999.5 && prefixes[i + 1]) {
		v /= 1000;
		i++;
	}
	if (v >= 999.5)
		snprintf(buf, UNITS_SIZE, "%s>999%c", sign, prefixes[i]);
	else
		snprintf(buf, UNITS_SIZE, "%s%.*f%c", sign, v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, prefixes[i]);
	return buf;
}

const char *units_count(char *buf, double n)
{
	double whole = round(n);

	if (isnan(n))
		return put(buf, "?");
	if (whole == 0 && n > 0)
		return put(buf, "<1");
	if (fabs(whole) > 99999)
		return thousands(buf, n);
	snprintf(buf, UNITS_SIZE, "%.0f", whole == 0 ? 0.0 : whole);
	return buf;
}

/*
 * One decimal in so many cells; `<0.1` for less, `0` only for nothing, and no decimal where they
 * are too few for it.
 */
static const char *decimal_in(char *buf, double v, int cells)
{
	double full = pow(10, cells);

	if (isnan(v))
		return put(buf, "?");
	if (v <= 0)
		return put(buf, "0");
	if (v < 0.1)
		return put(buf, "<0.1");
	if (v >= full - 0.5)
		return thousands(buf, v);
	snprintf(buf, UNITS_SIZE, "%.*f", v < full / 100 - 0.05 ? 1 : 0, v);
	return buf;
}

static const char *one_decimal(char *buf, double v)
{
	return decimal_in(buf, v, units[UNIT_PER_SECOND].width);
}

const char *units_ms(char *buf, double seconds)
{
	return one_decimal(buf, seconds * 1000);
}

const char *units_rate(char *buf, double per_second)
{
	return one_decimal(buf, per_second);
}

const char *units_megabytes(char *buf, double bytes)
{
	double mb = bytes / (1024 * 1024);

	if (isnan(mb))
		return put(buf, "?");
	if (mb <= 0)
		return put(buf, "0");
	if (mb < 1)
		return put(buf, "<1");
	if (mb >= 999999.5)
		return thousands(buf, mb);
	snprintf(buf, UNITS_SIZE, "%.0f", mb);
	return buf;
}

/* What stands behind a figure and a blank: sizes first, each 1024 of the one before. */
static const char *const words[] = { "B", "kB", "MB", "GB", "TB", "ms", "s", "min", "d" };

enum { NSIZES = 5 };

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool units_goes_on(const char *s)
{
	size_t digits = strspn(s, "0123456789"), letters = 0;

	if (digits)
		return digits == 3 && !is_letter(s[digits]);
	while (is_letter(s[letters]))
		letters++;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == letters && strncmp(s, words[i], letters) == 0)
			return true;
	return false;
}

const char *units_size(char *buf, double bytes)
{
	const char *sign = bytes < 0 ? "-" : "";
	double v = fabs(bytes);
	size_t i = 0;

	if (isnan(v))
		return put(buf, "?");
	if (v == 0)
		return put(buf, "0 B");
	if (v < 1)
		return put(buf, "<1 B");
	/* by the rounded figure, so that 1023.9 kB is 1.0 MB */
	while (round(v) >= 1024 && i + 1 < NSIZES) {
		v /= 1024;
		i++;
	}
	if (v >= 1e15)
		return put(buf, "very much");
	snprintf(buf, UNITS_SIZE, "%s%.*f %s", sign, i && v < 9.95 ? 1 : 0, v, words[i]);
	return buf;
}

const char *units_size_rate_text(char *buf, double bytes_per_second)
{
	size_t n = strlen(units_size(buf, bytes_per_second > 0 ? bytes_per_second : 0));

	snprintf(buf + n, UNITS_SIZE - n, "/s");
	return buf;
}

const char *units_rate_text(char *buf, double per_second)
{
	size_t n;

	if (per_second >= 9.95)
		units_count(buf, per_second);
	else
		one_decimal(buf, per_second);
	n = strlen(buf);
	snprintf(buf + n, UNITS_SIZE - n, "/s");
	return buf;
}

const char *units_share(char *buf, double ratio)
{
	double percent = fabs(ratio) * 100;
	const char *sign = ratio < 0 ? "-" : "";

	if (isnan(ratio))
		return put(buf, "?");
	if (ratio == 0)
		return put(buf, "0%");
	if (ratio == 1)
		return put(buf, "100%");
	if (percent < 0.1)
		snprintf(buf, UNITS_SIZE, "%s<0.1%%", sign);
	else if (percent >= 99.95 && percent < 100)
		snprintf(buf, UNITS_SIZE, "%s>99.9%%", sign);
	else if (percent >= 100 && percent < 100.05)
		snprintf(buf, UNITS_SIZE, "%s>100%%", sign);
	else if (percent >= 1e6)
		snprintf(buf, UNITS_SIZE, "%s>999k%%", sign);
	else
		snprintf(buf, UNITS_SIZE, "%s%.*f%%", sign, percent < 999.95 ? 1 : 0, percent);
	return buf;
}

const char *units_grouped(char *buf, int64_t n)
{
	char digits[24];
	uint64_t u = n < 0 ? -(uint64_t)n : (uint64_t)n;
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, u);
	char *to = buf;

	if (n < 0)
		*to++ = '-';
	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*to++ = ' ';
		*to++ = digits[i];
	}
	*to = '\0';
	return buf;
}

/* Seconds since 1970, rounded down also before it. */
static time_t whole_seconds(int64_t epoch_us)
{
	int64_t s = epoch_us / 1000000;

	return (time_t)(epoch_us % 1000000 < 0 ? s - 1 : s);
}

const char *units_clock(char *buf, int64_t epoch_us, int64_t now_us)
{
	/* Not strftime(): the words of the screen do not change with the locale. */
	static const char months[][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
	};
	time_t at = whole_seconds(epoch_us), now = whole_seconds(now_us);
	struct tm t, today;

	if (now_us == UNITS_ANY_TIME)
		return units_rfc3339(buf, (int64_t)at * 1000000);
	if (!localtime_r(&at, &t) || !localtime_r(&now, &today))
		return put(buf, "?");
	if (t.tm_year == today.tm_year && t.tm_yday == today.tm_yday)
		snprintf(buf, UNITS_SIZE, "%02d:%02d:%02d", t.tm_hour, t.tm_min, t.tm_sec);
	else if (llabs((long long)now - at) < 300LL * 86400)
		snprintf(buf, UNITS_SIZE, "%d %s %02d:%02d", t.tm_mday, months[t.tm_mon], t.tm_hour, t.tm_min);
	else
		snprintf(buf, UNITS_SIZE, "%d %s %04d", t.tm_mday, months[t.tm_mon], t.tm_year + 1900);
	return buf;
}

const char *units_rfc3339(char *buf, int64_t epoch_us)
{
	time_t at = whole_seconds(epoch_us);
	int us = (int)((epoch_us % 1000000 + 1000000) % 1000000);
	struct tm t;
	int n;

	if (!gmtime_r(&at, &t))
		return put(buf, "?");
	n = snprintf(buf, UNITS_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
	             t.tm_hour, t.tm_min, t.tm_sec);
	if (us)
		snprintf(buf + n, UNITS_SIZE - (size_t)n, ".%06dZ", us);
	else
		snprintf(buf + n, UNITS_SIZE - (size_t)n, "Z");
	return buf;
}

/* A number of no unit: whole ones to the digit, others with what six figures say. */
static const char *plain(char *buf, double value)
{
	if (fabs(value) < 1e18 && value == trunc(value))
		snprintf(buf, UNITS_SIZE, "%" PRId64, (int64_t)value);
	else
		snprintf(buf, UNITS_SIZE, "%.6g", value);
	return buf;
}

const char *units_cell(char *buf, enum unit unit, double value, int64_t now_us)
{
	switch (unit) {
	case UNIT_COUNT:
	case UNIT_TRANSACTIONS:
		return units_count(buf, value);
	case UNIT_AGE:
		return units_age(buf, value);
	case UNIT_MS:
		return units_ms(buf, value);
	case UNIT_BYTES:
		return units_megabytes(buf, value);
	case UNIT_MEGABYTES:
		return decimal_in(buf, value / (1024 * 1024), units[UNIT_MEGABYTES].width);
	case UNIT_RATIO:
		return units_share(buf, value);
	case UNIT_MEAN:
		return decimal_in(buf, value, units[UNIT_MEAN].width);
	case UNIT_PER_SECOND:
		return units_rate(buf, value);
	case UNIT_BYTES_PER_SECOND:
		return one_decimal(buf, value / (1024 * 1024));
	case UNIT_TIME:
		return fabs(value) < 9e18 ? units_clock(buf, (int64_t)value, now_us) : put(buf, "?");
	case UNIT_NONE:
	case UNIT_ID:
		break;
	}
	return plain(buf, value);
}

const char *units_text(char *buf, enum unit unit, double value, int64_t now_us)
{
	switch (unit) {
	case UNIT_COUNT:
		return value == trunc(value) && fabs(value) < 1e18 ? units_grouped(buf, (int64_t)value)
			: units_count(buf, value);
	case UNIT_MS:
		/* from ten seconds on as an age, without a figure too many */
		if (value >= 9.9995)
			return units_age(buf, value);
		units_ms(buf, value);
		if (value >= 0.00995)
			snprintf(buf, UNITS_SIZE, "%.0f", value * 1000);
		snprintf(buf + strlen(buf), UNITS_SIZE - strlen(buf), " ms");
		return buf;
	case UNIT_BYTES:
	case UNIT_MEGABYTES:
		return units_size(buf, value);
	case UNIT_PER_SECOND:
		return units_rate_text(buf, value);
	case UNIT_BYTES_PER_SECOND:
		return units_size_rate_text(buf, value);
	case UNIT_NONE:
	case UNIT_AGE:
	case UNIT_RATIO:
	case UNIT_MEAN:
	case UNIT_TRANSACTIONS:
	case UNIT_TIME:
	case UNIT_ID:
		break;
	}
	return units_cell(buf, unit, value, now_us);
}

/*
 * What a figure is, and how it is written.
 *
 * A unit decides both: the name in the JSON, and the form on the screen (SCREENS: "How figures
 * are written": in a table a column has one unit, which stands in its title). Ages are rounded
 * down, so that never more is claimed than has passed.
 */
#ifndef PGTOP_UNITS_H
#define PGTOP_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unit {
	UNIT_NONE,
	UNIT_COUNT,          /* JSON null;       `18240` `184k` `1.24M` */
	UNIT_AGE,            /* JSON "s";        `812ms` `14m07s` `43d02h` */
	UNIT_MS,             /* JSON "s";        milliseconds with one decimal, the unit in the title */
	UNIT_BYTES,          /* JSON "bytes";    whole MB of 1024*1024, the unit in the title */
	UNIT_MEGABYTES,      /* JSON "bytes";    the same with one decimal: `108.3` */
	UNIT_RATIO,          /* JSON "ratio";    `98.7%` */
	UNIT_MEAN,           /* JSON null;       of counts, with one decimal: `38.2` */
	UNIT_PER_SECOND,     /* JSON "per_s";    `318.0` */
	UNIT_BYTES_PER_SECOND, /* JSON "bytes_per_s"; MB with one decimal */
	UNIT_TRANSACTIONS,   /* JSON "transactions"; as a count */
	UNIT_TIME,           /* JSON null (the type says time); `03:12:08`, `10 Oct 01:12` */
	UNIT_ID,             /* JSON null; digits, never shortened: a pid */
};

/* The longest any function below writes, with its NUL. */
enum { UNITS_SIZE = 32 };

/* The unit's name in JSON, or NULL. */
const char *unit_name(enum unit unit);

/*
 * The unit named so by unit_name() (for rows that carry their unit as text, as in `stats`), of
 * several the first: sizes are UNIT_BYTES. UNIT_NONE if none is.
 */
enum unit unit_by_name(const char *name);

/* The width a column of this unit has on the screen; 0: it has none of its own. */
int unit_width(enum unit unit);

/* Each writes into buf, which has UNITS_SIZE bytes, and gives buf.*/
const char *units_age(char *buf, double seconds);            /* at most 6 cells; negative reads as 0 */
const char *units_span(char *buf, double seconds);           /* in sentences: `43 d`, below two days as units_age(), `<1s` */
const char *units_ms(char *buf, double seconds);             /* under a title with ms */
const char *units_megabytes(char *buf, double bytes);        /* under a title with MB: `412` `<1` `0` */
const char *units_size(char *buf, double bytes);             /* in text: `3.1 GB`, `412 MB`, `0 B` */
const char *units_rate(char *buf, double per_second);        /* in a table: `318.0` */
const char *units_rate_text(char *buf, double per_second);   /* in vitals: `412/s` */
const char *units_size_rate_text(char *buf, double bytes_per_second);   /* `5.9 MB/s` */
const char *units_share(char *buf, double ratio);            /* `98.7%` `<0.1%` `>99.9%` `100%` */
const char *units_count(char *buf, double n);                /* `18240` `184k` `1.24M` */
const char *units_grouped(char *buf, int64_t n);             /* in sentences: `12 401 962` */
/*
 * In the terminal's zone: `03:12:08` today, else `10 Oct 01:12`, `10 Oct 2024` when that is most of a year away. UNITS_ANY_TIME as
 * now_us, for what may be read elsewhere or later: as units_rfc3339() in whole seconds.
 */
#define UNITS_ANY_TIME INT64_MIN
const char *units_clock(char *buf, int64_t epoch_us, int64_t now_us);
const char *units_rfc3339(char *buf, int64_t epoch_us);      /* UTC, `2026-11-22T03:12:08Z`, microseconds when there are any */

/* Whether s, behind a digit and a blank, is more of that figure: its unit as above, or its next three digits. */
bool units_goes_on(const char *s);

/* A value as it stands in a table's cell, by unit. */
const char *units_cell(char *buf, enum unit unit, double value, int64_t now_us);

/* A value as it stands in a sentence or in the vitals: with its unit behind it. */
const char *units_text(char *buf, enum unit unit, double value, int64_t now_us);

#endif

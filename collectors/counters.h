/*
 * For statements of collectors that read counters: since when they count, and times as numbers.
 */
#ifndef PGTOP_COUNTERS_H
#define PGTOP_COUNTERS_H

/* Microseconds since 1970, as TYPE_TIME has them. */
#define EPOCH(time) "(pg_catalog.date_part('epoch', " time ") * 1000000)::bigint"

/*
 * Since when the counters of a database count, as a timestamp: no change before it is known. A crash zeroes the counters and, from 15 on, leaves
 * no trace in the database's own time of reset; it sets both those of the background writer and of the archiver, and a person who resets one of
 * them alone does not move the earlier of the two. The time may be too late, never too early: to reset one table moves the database's, and
 * pg_stat_reset_shared() moves both others, from 17 on with one call.
 */
#define COUNTED_SINCE(database) \
	"GREATEST(\n" \
	"      pg_catalog.pg_stat_get_db_stat_reset_time(" database "),\n" \
	"      LEAST(\n" \
	"        (SELECT b.stats_reset FROM pg_catalog.pg_stat_bgwriter AS b),\n" \
	"        (SELECT a.stats_reset FROM pg_catalog.pg_stat_archiver AS a)\n" \
	"      )\n" \
	"    )"

#endif

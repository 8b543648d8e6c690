/*
 * What is asked of pg_stat_statements, by the version of the extension.
 *
 * The figures of thousands of statements are asked for every ten seconds, and what that costs the server is less the function than writing out its
 * columns: so what follows from others is not sent (NULL: zero; rows: as many as calls; max_ns: the total of a single call), names are looked up
 * apart, times are whole nanoseconds, as the extension adds them up, and the queryid is told from `entry`. That is the queryid, mixed with what else
 * makes an entry: whoever knows the rest has the queryid back, and no two entries have the same.
 */
#include "slow_queries.h"

#include "collectors/base/sql.h"
#include "sessions.h"
#include "waiting.h"

#define ENTRY_1_8 "s.queryid # (s.dbid::bigint << 33) # s.userid::bigint"
#define ENTRY_1_9 "s.queryid # (s.dbid::bigint << 33) # (s.userid::bigint << 1) # (CASE WHEN s.toplevel THEN 0::bigint ELSE 1 END)"

#define FIGURES_SQL(entry, toplevel) \
	"SELECT\n" \
	"  " entry " AS entry,\n" \
	"  s.userid::bigint AS userid,\n" \
	"  s.dbid::bigint AS dbid,\n" \
	toplevel \
	"  s.calls AS calls,\n" \
	"  (s.total_exec_time * 1000000)::bigint AS total_ns,\n" \
	"  CASE WHEN s.calls > 1 THEN (s.max_exec_time * 1000000)::bigint END AS max_ns,\n" \
	"  CASE WHEN s.calls > 1 THEN (s.stddev_exec_time * 1000000)::bigint END AS stddev_ns,\n" \
	"  NULLIF((s.total_plan_time * 1000000)::bigint, 0) AS plan_ns,\n" \
	"  NULLIF(s.rows, s.calls) AS rows,\n" \
	"  NULLIF(s.shared_blks_hit, 0) AS hit,\n" \
	"  NULLIF(s.shared_blks_read, 0) AS read,\n" \
	"  NULLIF(s.temp_blks_written, 0) AS temp,\n" \
	"  NULLIF(s.wal_bytes, 0) AS wal_bytes\n" \
	"FROM {schema}.pg_stat_statements(false) AS s"

/* What holds for all rows: one row of its own, without calls. */
#define WHOLE_SQL \
	"SELECT\n" \
	"  (pg_catalog.date_part('epoch', i.stats_reset) * 1000000)::bigint AS reset,\n" \
	"  i.dealloc AS evictions\n" \
	"FROM {schema}.pg_stat_statements_info AS i"

#define TEXTS_SQL(entry, since) \
	"SELECT\n" \
	"  " entry " AS entry,\n" \
	"  pg_catalog.\"left\"(s.query, " QUERY_SHOWN ") AS query,\n" \
	since \
	"  pg_catalog.strpos(s.query, '" SQL_MARK "') > 0 AS own\n" \
	"FROM {schema}.pg_stat_statements(true) AS s\n" \
	"WHERE " entry " IN (SELECT u.entry::bigint FROM pg_catalog.unnest($1::text[]) AS u (entry))"

#define TOPLEVEL "  NULLIF(s.toplevel, true) AS toplevel,\n"
#define ENTRY_SINCE "  (pg_catalog.date_part('epoch', s.stats_since) * 1000000)::bigint AS entry_since,\n"

const struct part slow_queries_parts[SLOW_QUERIES_PARTS] = {
	{ .name = "figures", .kind = PART_ROWS, .extension = "pg_stat_statements", .min_extension = 109,
	  .needs = "pg_read_all_stats, for other roles' statements", .remedy = READ_ALL_STATS_REMEDY,
	  .sql = FIGURES_SQL(ENTRY_1_9, TOPLEVEL) },
	{ .name = "figures", .kind = PART_ROWS, .extension = "pg_stat_statements", .min_extension = 108, .max_extension = 108,
	  .needs = "pg_read_all_stats, for other roles' statements", .remedy = READ_ALL_STATS_REMEDY,
	  .sql = FIGURES_SQL(ENTRY_1_8, "") },
	{ .name = "whole", .kind = PART_ROWS, .extension = "pg_stat_statements", .min_extension = 109, .fills = "since", .sql = WHOLE_SQL },
	{ .name = "users", .kind = PART_LOOKUP, .extension = "pg_stat_statements", .min_extension = 108, .fills = "user", .join = "userid",
	  .sql = "SELECT\n"
		 "  r.oid::bigint AS userid,\n"
		 "  r.rolname AS \"user\"\n"
		 "FROM pg_catalog.pg_roles AS r" },
	{ .name = "databases", .kind = PART_LOOKUP, .extension = "pg_stat_statements", .min_extension = 108, .join = "dbid",
	  .fills = "database block_size",
	  .sql = "SELECT\n"
		 "  d.oid::bigint AS dbid,\n"
		 "  d.datname AS database,\n"
		 "  pg_catalog.current_setting('block_size')::bigint AS block_size\n"
		 "FROM pg_catalog.pg_database AS d" },
	{ .name = "texts", .kind = PART_LOOKUP, .extension = "pg_stat_statements", .min_extension = 111, .fills = "query own entry_since",
	  .join = "entry", .unknown_only = true, .needs = "pg_read_all_stats, for other roles' statements", .remedy = READ_ALL_STATS_REMEDY,
	  .sql = TEXTS_SQL(ENTRY_1_9, ENTRY_SINCE) },
	{ .name = "texts", .kind = PART_LOOKUP, .extension = "pg_stat_statements", .min_extension = 109, .max_extension = 110,
	  .fills = "query own", .join = "entry", .unknown_only = true, .needs = "pg_read_all_stats, for other roles' statements",
	  .remedy = READ_ALL_STATS_REMEDY, .sql = TEXTS_SQL(ENTRY_1_9, "") },
	{ .name = "texts", .kind = PART_LOOKUP, .extension = "pg_stat_statements", .min_extension = 108, .max_extension = 108,
	  .fills = "query own", .join = "entry", .unknown_only = true, .needs = "pg_read_all_stats, for other roles' statements",
	  .remedy = READ_ALL_STATS_REMEDY, .sql = TEXTS_SQL(ENTRY_1_8, "") },
};

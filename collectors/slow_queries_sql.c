/*
 * What is asked of pg_stat_statements, by the version of the extension.
 *
 * The figures of thousands of statements are asked for every ten seconds, and what that costs the server is less the function than writing out its
 * columns: so what follows from others is not sent (NULL: zero; rows: as many as calls; max_ns: the total of a single call), names are looked up
 * apart, oids are signed, which costs no conversion, times are whole nanoseconds, as the extension adds them up, and the queryid is told from `entry`. That is the queryid, mixed with what else
 * makes an entry: whoever knows the rest has the queryid back. By itself it is as good a number as the queryid is: two of 64 bits may be the same, if
 * not in anybody's life. Rows and samples are known by all four, of which no two entries have the same.
 */
#include "slow_queries.h"

#include "collectors/base/sql.h"
#include "sessions.h"

#define ENTRY_1_8 "s.queryid # (s.dbid::bigint << 33) # s.userid::bigint"
#define ENTRY_1_9 "s.queryid # (s.dbid::bigint << 33) # (s.userid::bigint << 1) # (CASE WHEN s.toplevel THEN 0::bigint ELSE 1 END)"

#define FIGURES_SQL(entry, toplevel) \
	"SELECT\n" \
	"  " entry " AS entry,\n" \
	"  s.userid::integer AS userid,\n" \
	"  s.dbid::integer AS dbid,\n" \
	toplevel \
	"  s.calls AS calls,\n" \
	"  (s.total_exec_time * 1000000)::bigint AS total_ns,\n" \
	"  CASE WHEN s.calls > 1 THEN (s.max_exec_time * 1000000)::bigint END AS max_ns,\n" \
	"  CASE WHEN s.calls > 1 THEN (s.stddev_exec_time * 1000000)::bigint END AS stddev_ns,\n" \
	"  (NULLIF(s.total_plan_time, 0) * 1000000)::bigint AS plan_ns,\n" \
	"  NULLIF(s.rows, s.calls) AS rows,\n" \
	"  NULLIF(s.shared_blks_hit, 0) AS hit,\n" \
	"  NULLIF(s.shared_blks_read, 0) AS read,\n" \
	"  NULLIF(s.temp_blks_written, 0) AS temp,\n" \
	"  CASE WHEN s.wal_records > 0 THEN s.wal_bytes END AS wal_bytes\n" \
	"FROM {schema}.pg_stat_statements(false) AS s"

/* What holds for all rows: one row of its own, without calls. */
#define WHOLE_SQL \
	"SELECT\n" \
	"  (pg_catalog.date_part('epoch', i.stats_reset) * 1000000)::bigint AS reset,\n" \
	"  i.dealloc AS evictions\n" \
	"FROM {schema}.pg_stat_statements_info AS i"

/* Thousands of texts are kept, and more than once: a long one is cut. Not every encoding of a server has `…`: row() writes it over the dots. */
#define CUT "(pg_catalog.octet_length(s.query) > " STATEMENT_SHOWN " AND pg_catalog.char_length(s.query) > " STATEMENT_SHOWN ")"
#define TEXTS_SQL(entry, since) \
	"SELECT\n" \
	"  " entry " AS entry,\n" \
	"  CASE WHEN " CUT " THEN pg_catalog.\"left\"(s.query, " STATEMENT_SHOWN ") || '...' ELSE s.query END AS query,\n" \
	"  CASE WHEN " CUT " THEN 'text cut after " STATEMENT_SHOWN " characters' END AS cut,\n" \
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
	{ .name = "whole", .kind = PART_ROWS, .min_version = 140000, .extension = "pg_stat_statements", .min_extension = 109, .fills = "since", .sql = WHOLE_SQL },
	{ .name = "users", .kind = PART_LOOKUP, .extension = "pg_stat_statements", .min_extension = 108, .fills = "user", .join = "userid",
	  .sql = "SELECT\n"
		 "  r.oid::integer AS userid,\n"
		 "  r.rolname AS \"user\"\n"
		 "FROM pg_catalog.pg_roles AS r" },
	{ .name = "databases", .kind = PART_LOOKUP, .extension = "pg_stat_statements", .min_extension = 108, .join = "dbid",
	  .fills = "database block_size",
	  .sql = "SELECT\n"
		 "  d.oid::integer AS dbid,\n"
		 "  d.datname AS database,\n"
		 "  pg_catalog.current_setting('block_size')::bigint AS block_size\n"
		 "FROM pg_catalog.pg_database AS d" },
	{ .name = "texts", .kind = PART_LOOKUP, .extension = "pg_stat_statements", .min_extension = 111, .fills = "query cut own entry_since",
	  .join = "entry", .unknown_only = true, .needs = "pg_read_all_stats, for other roles' statements", .remedy = READ_ALL_STATS_REMEDY,
	  .sql = TEXTS_SQL(ENTRY_1_9, ENTRY_SINCE) },
	{ .name = "texts", .kind = PART_LOOKUP, .extension = "pg_stat_statements", .min_extension = 109, .max_extension = 110,
	  .fills = "query cut own", .join = "entry", .unknown_only = true, .needs = "pg_read_all_stats, for other roles' statements",
	  .remedy = READ_ALL_STATS_REMEDY, .sql = TEXTS_SQL(ENTRY_1_9, "") },
	{ .name = "texts", .kind = PART_LOOKUP, .extension = "pg_stat_statements", .min_extension = 108, .max_extension = 108,
	  .fills = "query cut own", .join = "entry", .unknown_only = true, .needs = "pg_read_all_stats, for other roles' statements",
	  .remedy = READ_ALL_STATS_REMEDY, .sql = TEXTS_SQL(ENTRY_1_8, "") },
};

/* The whole text, of the row in hand: the server reads all texts for it. */
#define WHOLE_TEXT_SQL(entry) \
	"SELECT\n" \
	"  pg_catalog.\"left\"(s.query, " STATEMENT_WHOLE ") AS query,\n" \
	"  CASE\n" \
	"    WHEN pg_catalog.octet_length(s.query) > " STATEMENT_WHOLE " AND pg_catalog.char_length(s.query) > " STATEMENT_WHOLE "\n" \
	"      THEN 'text cut after " STATEMENT_WHOLE " characters'\n" \
	"  END AS cut\n" \
	"FROM {schema}.pg_stat_statements(true) AS s\n" \
	"WHERE " entry " = $1::text::bigint\n" \
	"LIMIT 1"

static const struct part whole_text[] = {
	{ .name = "details", .extension = "pg_stat_statements", .min_extension = 109, .sql = WHOLE_TEXT_SQL(ENTRY_1_9) },
	{ .name = "details", .extension = "pg_stat_statements", .min_extension = 108, .max_extension = 108, .sql = WHOLE_TEXT_SQL(ENTRY_1_8) },
};

static const struct column whole_text_columns[] = {
	{ "query", "whole text", "its whole text", TYPE_TEXT, UNIT_NONE, COLUMN_LINES, 0, 0 },
	{ "cut", NULL, "whether that is cut too", TYPE_TEXT, UNIT_NONE, 0, 0, 0 },
};

const struct demand slow_queries_demand = {
	.by = "entry",
	.when = "cut",
	.parts = whole_text,
	.nparts = sizeof whole_text / sizeof *whole_text,
	.columns = whole_text_columns,
	.ncolumns = sizeof whole_text_columns / sizeof *whole_text_columns,
};

#include "counters.h"
#include "matviews.h"

/*
 * What a materialized view reads: through views, and not beyond another materialized view, whose contents do not follow those of
 * its own tables. A rule depends on every column it reads; UNION leaves one row for each relation.
 */
#define BELOW_SQL \
	"below (root, oid, kind) AS (\n" \
	"  SELECT\n" \
	"    c.oid,\n" \
	"    c.oid,\n" \
	"    'v'::\"char\"\n" \
	"  FROM pg_catalog.pg_class AS c\n" \
	"  WHERE c.relkind = 'm'\n" \
	"  UNION\n" \
	"  SELECT\n" \
	"    b.root,\n" \
	"    c.oid,\n" \
	"    c.relkind\n" \
	"  FROM below AS b\n" \
	"  JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = b.oid AND r.ev_type = '1'\n" \
	"  JOIN pg_catalog.pg_depend AS d\n" \
	"    ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass\n" \
	"    AND d.objid = r.oid\n" \
	"    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass\n" \
	"    AND d.deptype = 'n'\n" \
	"    AND d.refobjid <> b.oid\n" \
	"  JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid\n" \
	"  WHERE b.kind = 'v'\n" \
	")"

/*
 * The counters are read by number, once for each table, however many views read it; a partition counts for its parent. A file of
 * another number says what no counter does: the table was truncated, or rewritten. On a standby nothing is counted.
 * The lock that a refresh takes tells that one is under way: what it has read is older than what is counted by now.
 *
 * What else rewrites the view's row in pg_class may leave its trace in one of the columns of `shape`, or in the file alone, or none. Whether the commit
 * time can be asked for is known on a primary only: there is a statement of its own for standbys.
 *
 * A plain refresh leaves a file nobody has counted the pages of: none, and -1 rows; before 14 that cannot be told from a view found empty.
 */
static const char views_sql[] =
	"WITH RECURSIVE clock AS MATERIALIZED (\n"
	"  SELECT\n"
	"    pg_catalog.clock_timestamp() AS now,\n"
	"    pg_catalog.pg_is_in_recovery() AS standby,\n"
	"    d.oid AS database\n"
	"  FROM pg_catalog.pg_database AS d\n"
	"  WHERE d.datname = pg_catalog.current_database()\n"
	"), " BELOW_SQL ", sources AS MATERIALIZED (\n"
	"  SELECT\n"
	"    b.root,\n"
	"    b.oid,\n"
	"    b.kind\n"
	"  FROM below AS b\n"
	"  WHERE b.kind IN ('r', 'p', 'm', 'f', 'S')\n"
	"), parts (base, oid) AS (\n"
	"  SELECT DISTINCT\n"
	"    s.oid,\n"
	"    s.oid\n"
	"  FROM sources AS s\n"
	"  WHERE s.kind IN ('r', 'p', 'm', 'f')\n"
	"  UNION\n"
	"  SELECT\n"
	"    p.base,\n"
	"    i.inhrelid\n"
	"  FROM parts AS p\n"
	"  JOIN pg_catalog.pg_inherits AS i ON i.inhparent = p.oid\n"
	"), counted AS MATERIALIZED (\n"
	"  SELECT\n"
	"    p.base,\n"
	"    pg_catalog.sum(\n"
	"      pg_catalog.pg_stat_get_tuples_inserted(c.oid)\n"
	"      + pg_catalog.pg_stat_get_tuples_updated(c.oid)\n"
	"      + pg_catalog.pg_stat_get_tuples_deleted(c.oid)\n"
	"    ) AS writes,\n"
	"    pg_catalog.string_agg(c.oid || ':' || c.relfilenode, ' ' ORDER BY c.oid) AS files,\n"
	"    pg_catalog.bool_or(c.relkind = 'f') AS distant\n"
	"  FROM parts AS p\n"
	"  JOIN pg_catalog.pg_class AS c ON c.oid = p.oid\n"
	"  GROUP BY p.base\n"
	"), bases AS MATERIALIZED (\n"
	"  SELECT\n"
	"    s.root,\n"
	"    pg_catalog.count(*) AS bases,\n"
	"    pg_catalog.string_agg(n.nspname || '.' || c.relname, pg_catalog.chr(31) ORDER BY n.nspname, c.relname) AS base_tables,\n"
	"    pg_catalog.string_agg(t.writes::text, pg_catalog.chr(31) ORDER BY n.nspname, c.relname) AS base_writes,\n"
	"    pg_catalog.sum(t.writes) AS writes,\n"
	"    pg_catalog.hashtextextended(pg_catalog.string_agg(t.files, ' ' ORDER BY c.oid), 0) AS files,\n"
	"    pg_catalog.min('the foreign table ' || n.nspname || '.' || c.relname) FILTER (WHERE t.distant) AS distant\n"
	"  FROM sources AS s\n"
	"  JOIN counted AS t ON t.base = s.oid\n"
	"  JOIN pg_catalog.pg_class AS c ON c.oid = s.oid\n"
	"  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace\n"
	"  GROUP BY s.root\n"
	"), opaque AS MATERIALIZED (\n"
	"  SELECT\n"
	"    b.root,\n"
	"    pg_catalog.min('the function ' || n.nspname || '.' || p.proname) AS function\n"
	"  FROM below AS b\n"
	"  JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = b.oid AND r.ev_type = '1'\n"
	"  JOIN pg_catalog.pg_depend AS d\n"
	"    ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass\n"
	"    AND d.objid = r.oid\n"
	"    AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass\n"
	"  JOIN pg_catalog.pg_proc AS p ON p.oid = d.refobjid\n"
	"  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace\n"
	"  WHERE b.kind = 'v'\n"
	"    AND p.provolatile <> 'i'\n"
	"    AND n.nspname <> 'pg_catalog'\n"
	"  GROUP BY b.root\n"
	"), locks AS MATERIALIZED (\n"
	"  SELECT\n"
	"    l.relation,\n"
	"    pg_catalog.bool_or(l.mode <> 'ShareUpdateExclusiveLock') AS refreshing,\n"
	"    pg_catalog.bool_or(l.mode = 'ShareUpdateExclusiveLock') AS worked_on\n"
	"  FROM pg_catalog.pg_locks AS l\n"
	"  JOIN clock AS k ON k.database = l.database\n"
	"  WHERE l.granted\n"
	"    AND l.mode IN ('ExclusiveLock', 'AccessExclusiveLock', 'ShareUpdateExclusiveLock')\n"
	"  GROUP BY l.relation\n"
	"), epoch AS MATERIALIZED (\n"
	"  SELECT\n"
	"    " COUNTED_SINCE("k.database") " AS since\n"
	"  FROM clock AS k\n"
	"), indexes AS MATERIALIZED (\n"
	"  SELECT\n"
	"    i.indrelid AS view,\n"
	"    x.relname AS name,\n"
	"    CASE\n"
	"      WHEN m.amname <> 'btree' THEN 'is not a btree'\n"
	"      WHEN i.indpred IS NOT NULL THEN 'has a WHERE clause'\n"
	"      WHEN i.indexprs IS NOT NULL THEN 'has an expression among its keys'\n"
	"      WHEN NOT i.indimmediate THEN 'is deferrable'\n"
	"      WHEN NOT i.indislive THEN 'is half dropped'\n"
	"      WHEN NOT i.indisvalid THEN 'is not valid'\n"
	"    END AS fault\n"
	"  FROM pg_catalog.pg_index AS i\n"
	"  JOIN pg_catalog.pg_class AS v ON v.oid = i.indrelid AND v.relkind = 'm'\n"
	"  JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid\n"
	"  JOIN pg_catalog.pg_am AS m ON m.oid = x.relam\n"
	"  WHERE i.indisunique\n"
	"), unique_indexes AS MATERIALIZED (\n"
	"  SELECT\n"
	"    i.view,\n"
	"    pg_catalog.bool_or(i.fault IS NULL) AS usable,\n"
	"    pg_catalog.min(i.name || ' ' || i.fault) FILTER (WHERE i.fault <> 'is not valid') AS near,\n"
	"    pg_catalog.min(i.name) FILTER (WHERE i.fault = 'is not valid') AS invalid\n"
	"  FROM indexes AS i\n"
	"  GROUP BY i.view\n"
	")\n"
	"SELECT\n"
	"  n.nspname AS schema,\n"
	"  c.relname AS matview,\n"
	"  c.oid::bigint AS oid,\n"
	"  c.oid || '/' || c.xmin AS stamp,\n"
	"  c.xmin::text::bigint AS xmin,\n"
	"  pg_catalog.age(c.xmin) AS xmin_age,\n"
	"  c.relispopulated AS populated,\n"
	"  c.relfilenode::bigint AS filenode,\n"
	"  pg_catalog.hashtextextended(\n"
	"    pg_catalog.concat_ws(\n"
	"      ' ', c.relname, c.relnamespace, c.relowner, c.relacl, c.reloptions, c.reltablespace, c.relam, c.relreplident,\n"
	"      pg_catalog.count(*) OVER (PARTITION BY c.relname)\n"
	"    ), 0\n"
	"  ) AS shape,\n"
	"  COALESCE(l.refreshing, false) AS refreshing,\n"
	"  COALESCE(l.worked_on, false) AS worked_on,\n"
	"  CASE\n"
	"    WHEN NOT k.standby THEN\n"
	"      pg_catalog.pg_stat_get_tuples_inserted(c.oid)\n"
	"      + pg_catalog.pg_stat_get_tuples_updated(c.oid)\n"
	"      + pg_catalog.pg_stat_get_tuples_deleted(c.oid)\n"
	"  END AS own_writes,\n"
	"  CASE WHEN NOT k.standby THEN b.writes::bigint END AS writes,\n"
	"  b.files AS files,\n"
	"  COALESCE(b.bases, 0) AS bases,\n"
	"  b.base_tables AS base_tables,\n"
	"  CASE WHEN NOT k.standby THEN b.base_writes END AS base_writes,\n"
	"  COALESCE(b.distant, o.function) AS opaque,\n"
	"  " EPOCH("e.since") " AS epoch,\n"
	"  COALESCE(u.usable, false) AS unique_index,\n"
	"  u.near AS near_index,\n"
	"  u.invalid AS invalid_index,\n"
	"  CASE\n"
	"    WHEN c.relpages > 0\n"
	"      OR NOT c.relispopulated\n"
	"      OR c.reltuples >= 0 AND pg_catalog.current_setting('server_version_num')::integer >= 140000\n"
	"      THEN c.relpages::bigint * pg_catalog.current_setting('block_size')::bigint\n"
	"  END AS bytes,\n"
	"  pg_catalog.pg_get_userbyid(c.relowner) AS owner,\n"
	"  pg_catalog.pg_has_role(c.relowner, 'USAGE')\n"
	"    OR CASE\n"
	"      WHEN pg_catalog.current_setting('server_version_num')::integer >= 170000\n"
	"        THEN pg_catalog.has_table_privilege(c.oid, 'MAINTAIN')\n"
	"      ELSE false\n"
	"    END AS may_refresh,\n"
	"  " EPOCH("CASE\n"
	"    WHEN NOT k.standby AND pg_catalog.current_setting('track_commit_timestamp') = 'on'\n"
	"      THEN pg_catalog.pg_xact_commit_timestamp(c.xmin)\n"
	"  END") " AS commit_at,\n"
	"  " EPOCH("k.now") " AS taken\n"
	"FROM pg_catalog.pg_class AS c\n"
	"CROSS JOIN clock AS k\n"
	"JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace\n"
	"LEFT JOIN bases AS b ON b.root = c.oid\n"
	"LEFT JOIN opaque AS o ON o.root = c.oid\n"
	"LEFT JOIN locks AS l ON l.relation = c.oid\n"
	"LEFT JOIN unique_indexes AS u ON u.view = c.oid\n"
	"LEFT JOIN epoch AS e ON true\n"
	"WHERE c.relkind = 'm'";

/*
 * The setting here says nothing of the primary, whose commits these are, and asking for times it does not keep is an error in the server's
 * log. That it keeps them is told by the last checkpoint that was made here as well (a restartpoint), so it may be learned a while late.
 */
static const char commit_sql[] =
	"SELECT\n"
	"  c.oid || '/' || c.xmin AS stamp,\n"
	"  " EPOCH("CASE\n"
	"    WHEN (SELECT p.newest_commit_ts_xid::text FROM pg_catalog.pg_control_checkpoint() AS p) <> '0'\n"
	"      THEN pg_catalog.pg_xact_commit_timestamp(c.xmin)\n"
	"  END") " AS commit_at\n"
	"FROM pg_catalog.pg_class AS c\n"
	"WHERE c.relkind = 'm'";

/*
 * A transaction older than all that ran at a checkpoint had ended by then. That it had merely begun, which next_xid would tell, is not
 * enough: a refresh may take hours. Those that are prepared count as running. A checkpoint at shutdown or at the end of recovery names no
 * oldest one, since nothing ran any more; but what is prepared outlives it and is committed later, so it bounds only where nothing can be:
 * with max_prepared_transactions = 0 a server does not even start with some. With wal_level = minimal no checkpoint names an oldest one,
 * and nothing is known. The checkpoint's time is in whole seconds, taken just before it looked.
 */
static const char checkpoint_sql[] =
	"WITH checkpoint AS MATERIALIZED (\n"
	"  SELECT\n"
	"    p.checkpoint_time + INTERVAL '2 s' AS ended,\n"
	"    CASE\n"
	"      WHEN p.oldest_active_xid::text <> '0' THEN p.oldest_active_xid::text::bigint\n"
	"      WHEN pg_catalog.current_setting('wal_level') <> 'minimal'\n"
	"        AND pg_catalog.current_setting('max_prepared_transactions') = '0'\n"
	"        THEN pg_catalog.split_part(p.next_xid, ':', 2)::bigint\n"
	"    END AS xid\n"
	"  FROM pg_catalog.pg_control_checkpoint() AS p\n"
	")\n"
	"SELECT\n"
	"  c.oid || '/' || c.xmin AS stamp,\n"
	"  CASE\n"
	"    WHEN (p.xid - c.xmin::text::bigint + 4294967296) % 4294967296 BETWEEN 1 AND 2147483647\n"
	"      THEN " EPOCH("p.ended") "\n"
	"  END AS checkpoint_at\n"
	"FROM pg_catalog.pg_class AS c\n"
	"CROSS JOIN checkpoint AS p\n"
	"WHERE c.relkind = 'm'";

/*
 * Functions and words that give another value at another time, anywhere in the definition of the view or of a view below it. The stored form of a definition
 * is read, which waits for nobody; names in it are written so that none looks like its marks. What a function of a user asks is not in it: one
 * that may answer differently another time leaves open whether the view does. That of an operator counts as well.
 */
static const char clock_sql[] =
	"WITH RECURSIVE functions AS MATERIALIZED (\n"
	"  SELECT\n"
	"    ':(op)?funcid (' || pg_catalog.string_agg(p.oid::text, '|') || ') ' AS pattern\n"
	"  FROM pg_catalog.pg_proc AS p\n"
	"  WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace\n"
	"    AND (\n"
	"      p.proname IN ('now', 'transaction_timestamp', 'statement_timestamp', 'clock_timestamp', 'timeofday')\n"
	"      OR p.proname = 'age' AND p.pronargs = 1 AND p.proargtypes[0] <> 'pg_catalog.xid'::pg_catalog.regtype\n"
	"    )\n"
	"), " BELOW_SQL ", hiding AS MATERIALIZED (\n"
	"  SELECT DISTINCT\n"
	"    d.objid AS rule\n"
	"  FROM below AS b\n"
	"  JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = b.oid AND r.ev_type = '1'\n"
	"  JOIN pg_catalog.pg_depend AS d\n"
	"    ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass\n"
	"    AND d.objid = r.oid\n"
	"  LEFT JOIN pg_catalog.pg_operator AS o\n"
	"    ON o.oid = d.refobjid\n"
	"    AND d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass\n"
	"  JOIN pg_catalog.pg_proc AS p\n"
	"    ON p.oid = CASE WHEN d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass THEN d.refobjid ELSE o.oprcode END\n"
	"  WHERE b.kind = 'v'\n"
	"    AND p.oid >= 16384\n"
	"    AND p.provolatile <> 'i'\n"
	")\n"
	"SELECT\n"
	"  b.root::bigint AS oid,\n"
	"  CASE\n"
	"    WHEN pg_catalog.bool_or(\n"
	"      r.ev_action::text ~ f.pattern\n"
	"      OR r.ev_action::text ~ 'SQLVALUEFUNCTION :op [0-8] '\n"
	"    ) THEN true\n"
	"    WHEN pg_catalog.count(h.rule) = 0 THEN false\n"
	"  END AS time_dependent\n"
	"FROM below AS b\n"
	"CROSS JOIN functions AS f\n"
	"JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = b.oid AND r.ev_type = '1'\n"
	"LEFT JOIN hiding AS h ON h.rule = r.oid\n"
	"WHERE b.kind = 'v'\n"
	"GROUP BY b.root";

/* A column that ANALYZE found different in every row, and never NULL; the first of them in the view. */
static const char unique_sql[] =
	"SELECT DISTINCT ON (c.oid)\n"
	"  c.oid::bigint AS oid,\n"
	"  a.attname AS unique_on\n"
	"FROM pg_catalog.pg_class AS c\n"
	"JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace\n"
	"JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped\n"
	"JOIN pg_catalog.pg_stats AS s\n"
	"  ON s.schemaname = n.nspname\n"
	"  AND s.tablename = c.relname\n"
	"  AND s.attname = a.attname\n"
	"WHERE c.relkind = 'm'\n"
	"  AND c.relispopulated\n"
	"  AND s.n_distinct = -1\n"
	"  AND s.null_frac = 0\n"
	"  AND a.atttypid IN (\n"
	"    SELECT o.opcintype FROM pg_catalog.pg_opclass AS o\n"
	"    JOIN pg_catalog.pg_am AS m ON m.oid = o.opcmethod AND m.amname = 'btree'\n"
	"    WHERE o.opcdefault\n"
	"  )\n"
	"ORDER BY c.oid, a.attnum";

/*
 * How long refreshes took. The name is taken from the statement's own text, which is read only when a view's row was rewritten: all
 * texts together can be large. A name without a schema counts for the one view of that name, where there is only one.
 */
#define NAME "(\"(?:[^\"]|\"\")+\"|[[:alpha:]_][[:alnum:]_$]*)"
#define NAME_OF(part) \
	"CASE\n" \
	"      WHEN " part " LIKE '\"%' THEN pg_catalog.replace(pg_catalog.btrim(" part ", '\"'), '\"\"', '\"')\n" \
	"      ELSE pg_catalog.lower(" part ")\n" \
	"    END"
static const char refresh_sql[] =
	"WITH views AS MATERIALIZED (\n"
	"  SELECT\n"
	"    c.oid || '/' || c.xmin AS stamp,\n"
	"    n.nspname AS schema,\n"
	"    c.relname AS name,\n"
	"    pg_catalog.count(*) OVER (PARTITION BY c.relname) AS namesakes\n"
	"  FROM pg_catalog.pg_class AS c\n"
	"  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace\n"
	"  WHERE c.relkind = 'm'\n"
	"), texts AS MATERIALIZED (\n"
	"  SELECT\n"
	"    pg_catalog.regexp_match(\n"
	"      s.query,\n"
	"      '^\\s*refresh\\s+materialized\\s+view\\s+(?:concurrently\\s+)?(?:" NAME "\\s*\\.\\s*)?" NAME "(?:\\s|\\x3b|$)',\n"
	"      'i'\n"
	"    ) AS words,\n"
	"    s.calls,\n"
	"    s.total_exec_time\n"
	"  FROM {schema}.pg_stat_statements AS s\n"
	"  WHERE s.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())\n"
	"    AND s.query ~* '^\\s*refresh\\s'\n"
	"), refreshes AS MATERIALIZED (\n"
	"  SELECT\n"
	"    " NAME_OF("t.words[1]") " AS schema,\n"
	"    " NAME_OF("t.words[2]") " AS name,\n"
	"    t.calls,\n"
	"    t.total_exec_time\n"
	"  FROM texts AS t\n"
	"  WHERE t.words IS NOT NULL\n"
	")\n"
	"SELECT\n"
	"  v.stamp AS stamp,\n"
	"  COALESCE(pg_catalog.sum(r.calls), 0)::bigint AS refresh_calls,\n"
	"  pg_catalog.sum(r.total_exec_time) / 1000 AS refresh_total_s\n"
	"FROM views AS v\n"
	"LEFT JOIN refreshes AS r\n"
	"  ON r.name = v.name\n"
	"  AND (r.schema = v.schema OR r.schema IS NULL AND v.namesakes = 1)\n"
	"WHERE v.stamp = ANY ($1::pg_catalog.text[])\n"
	"GROUP BY v.stamp";

const struct part matviews_parts[MATVIEWS_PARTS] = {
	{ .name = "views", .kind = PART_ROWS, .sql = views_sql },
	{ .name = "commit", .kind = PART_LOOKUP, .on = ON_STANDBY, .fills = "commit_at", .join = "stamp", .sql = commit_sql },
	{ .name = "checkpoint", .kind = PART_LOOKUP, .fills = "checkpoint_at", .join = "stamp", .sql = checkpoint_sql },
	{ .name = "clock", .kind = PART_LOOKUP, .fills = "time_dependent", .join = "oid", .sql = clock_sql },
	{ .name = "unique", .kind = PART_LOOKUP, .fills = "unique_on", .join = "oid", .sql = unique_sql },
	{ .name = "refreshes", .kind = PART_LOOKUP, .extension = "pg_stat_statements", .min_extension = 108,
	  .needs = "pg_read_all_stats, for refreshes of other roles",
	  .fills = "refresh_calls refresh_total_s last_duration_s", .join = "stamp", .unknown_only = true, .sql = refresh_sql },
};

static const struct column demand_columns[] = {
	{ "definition", NULL, "its query", TYPE_TEXT, UNIT_NONE, COLUMN_LINES, 0, 0 },
	{ "exact_bytes", NULL, "its size with indexes and TOAST", TYPE_INT, UNIT_BYTES, 0, 0, 0 },
};

static const struct part demand_part = {
	.name = "details",
	.sql =
		"SELECT\n"
		"  pg_catalog.pg_get_viewdef(c.oid, true) AS definition,\n"
		"  pg_catalog.pg_total_relation_size(c.oid) AS exact_bytes\n"
		"FROM pg_catalog.pg_class AS c\n"
		"WHERE c.oid = $1::pg_catalog.oid\n"
		"  AND c.relkind = 'm'",
};

const struct demand matviews_demand = {
	.by = "oid",
	.parts = &demand_part,
	.nparts = 1,
	.locks = { "{schema}.{matview}", "one of its tables" },
	.columns = demand_columns,
	.ncolumns = sizeof demand_columns / sizeof *demand_columns,
};

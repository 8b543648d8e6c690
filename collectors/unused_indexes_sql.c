/*
 * All indexes of users that were never scanned, are not whole, or may be twins or prefixes of others; and the other supporters of foreign
 * keys they support. Nothing here waits for a lock on a user's relation: no pg_get_indexdef, no sizes but relpages.
 *
 * Written for thousands of indexes: what is counted is joined as a whole, never asked for each row; and what the planner can estimate is
 * NOT MATERIALIZED, so that it does (a fifth of the time at 15 000). A row is there even without any index, for what is known of all.
 */
#include "unused_indexes.h"

#define EPOCH(time) "(pg_catalog.date_part('epoch', " time ") * 1000000)::bigint"

/* A parse tree without where its parts stood in their statement: of twins nothing else differs. */
#define HASH(tree) \
	"pg_catalog.hashtextextended(pg_catalog.regexp_replace(" tree "::text, ':location -?[0-9]+', '', 'g') COLLATE pg_catalog.\"C\", 0)"

/*
 * A crash zeroes the counters and, from 15 on, leaves no trace in the database's own time of reset; it sets both those of the background
 * writer and of the archiver, and a person who resets one of them alone does not move the earlier of the two.
 */
#define HEAD_SQL \
	"WITH head AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    (pg_catalog.date_part('epoch', GREATEST(\n" \
	"      pg_catalog.pg_stat_get_db_stat_reset_time(d.oid),\n" \
	"      LEAST(\n" \
	"        (SELECT b.stats_reset FROM pg_catalog.pg_stat_bgwriter AS b),\n" \
	"        (SELECT a.stats_reset FROM pg_catalog.pg_stat_archiver AS a)\n" \
	"      )\n" \
	"    )) * 1000000)::bigint AS counted,\n" \
	"    pg_catalog.pg_snapshot_xmin(s)::text::bigint AS horizon,\n" \
	"    pg_catalog.pg_snapshot_xmax(s)::text::bigint AS next_xid,\n" \
	"    pg_catalog.current_setting('block_size')::bigint AS block_size,\n" \
	"    CASE WHEN pg_catalog.current_setting('track_counts') = 'on' THEN 0 ELSE 65536 END AS guards\n" \
	"  FROM pg_catalog.pg_database AS d\n" \
	"  CROSS JOIN pg_catalog.pg_current_snapshot() AS s\n" \
	"  WHERE d.datname = pg_catalog.current_database()\n" \
	")"

/* A partitioned index is scanned when one of its leaves is. */
#define PARTITIONS_SQL \
	", partitions AS MATERIALIZED (\n" \
	"  WITH RECURSIVE up AS (\n" \
	"    SELECT\n" \
	"      h.inhparent AS ancestor,\n" \
	"      pg_catalog.pg_stat_get_numscans(c.oid) AS scans\n" \
	"    FROM pg_catalog.pg_inherits AS h\n" \
	"    JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid\n" \
	"    WHERE c.relkind = 'i'\n" \
	"    UNION ALL\n" \
	"    SELECT\n" \
	"      h.inhparent,\n" \
	"      u.scans\n" \
	"    FROM up AS u\n" \
	"    JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = u.ancestor\n" \
	"  )\n" \
	"  SELECT\n" \
	"    u.ancestor AS oid,\n" \
	"    pg_catalog.sum(u.scans)::bigint AS scans\n" \
	"  FROM up AS u\n" \
	"  GROUP BY u.ancestor\n" \
	")"

/*
 * An index supports a foreign key when its first key columns are the key's, in any order; INCLUDE columns (behind indnkeyatts) do not
 * count, nor does one that leaves rows out.
 */
#define SUPPORTERS_SQL \
	", supporters AS NOT MATERIALIZED (\n" \
	"  SELECT\n" \
	"    s.oid,\n" \
	"    pg_catalog.string_agg(s.foreign_key::text, ',') AS foreign_keys,\n" \
	"    pg_catalog.bool_or(s.supporters > 1) AS several\n" \
	"  FROM (\n" \
	"    SELECT\n" \
	"      i.indexrelid AS oid,\n" \
	"      f.oid AS foreign_key,\n" \
	"      pg_catalog.count(*) OVER (PARTITION BY f.oid) AS supporters\n" \
	"    FROM pg_catalog.pg_constraint AS f\n" \
	"    JOIN pg_catalog.pg_index AS i ON i.indrelid = f.conrelid\n" \
	"    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid\n" \
	"    JOIN pg_catalog.pg_am AS m ON m.oid = c.relam\n" \
	"    WHERE f.contype = 'f'\n" \
	"      AND i.indkey[0] = ANY (f.conkey)\n" \
	"      AND pg_catalog.cardinality(f.conkey) <= i.indnkeyatts\n" \
	"      AND f.conkey <@ (i.indkey::smallint[])[0:pg_catalog.cardinality(f.conkey) - 1]\n" \
	"      AND i.indpred IS NULL\n" \
	"      AND i.indisvalid\n" \
	"      AND i.indisready\n" \
	"      AND i.indislive\n" \
	"      AND (m.amname = 'btree' OR m.amname = 'hash' AND pg_catalog.cardinality(f.conkey) = 1)\n" \
	"  ) AS s\n" \
	"  GROUP BY s.oid\n" \
	")"

/*
 * `alike`: first columns that several indexes of a table have; all expressions count as one. What an extension made belongs to it; so do
 * the indexes of its tables, which are no members themselves.
 */
#define GUARDS_SQL \
	", alike AS NOT MATERIALIZED (\n" \
	"  SELECT\n" \
	"    i.indrelid,\n" \
	"    i.indkey[0] AS first_key\n" \
	"  FROM pg_catalog.pg_index AS i\n" \
	"  GROUP BY 1, 2\n" \
	"  HAVING pg_catalog.count(*) > 1\n" \
	"), backed AS NOT MATERIALIZED (\n" \
	"  SELECT\n" \
	"    k.conindid AS oid,\n" \
	"    pg_catalog.bool_or(k.contype <> 'f')::int * 8 + pg_catalog.bool_or(k.contype = 'f')::int * 16 AS guards,\n" \
	"    COALESCE(pg_catalog.min(k.conname) FILTER (WHERE k.contype <> 'f'), pg_catalog.min(k.conname))::text AS conname\n" \
	"  FROM pg_catalog.pg_constraint AS k\n" \
	"  WHERE k.conindid <> 0\n" \
	"  GROUP BY k.conindid\n" \
	"), depended AS NOT MATERIALIZED (\n" \
	"  SELECT d.refobjid AS oid\n" \
	"  FROM pg_catalog.pg_depend AS d\n" \
	"  WHERE d.refclassid = 'pg_catalog.pg_class'::regclass\n" \
	"    AND d.deptype = 'n'\n" \
	"    AND d.refobjsubid = 0\n" \
	"    AND d.classid <> 'pg_catalog.pg_constraint'::regclass\n" \
	"  GROUP BY d.refobjid\n" \
	"), members AS MATERIALIZED (\n" \
	"  SELECT d.objid AS oid\n" \
	"  FROM pg_catalog.pg_depend AS d\n" \
	"  WHERE d.refclassid = 'pg_catalog.pg_extension'::regclass\n" \
	"    AND d.classid = 'pg_catalog.pg_class'::regclass\n" \
	"    AND d.deptype = 'e'\n" \
	"  GROUP BY d.objid\n" \
	")"

/*
 * Indexes are built and dropped under a lock that VACUUM and ANALYZE take as well, who show themselves. pg_locks is only read when an
 * index is not valid.
 */
#define TABLES_SQL \
	", worked_on AS MATERIALIZED (\n" \
	"  SELECT l.relation AS oid\n" \
	"  FROM pg_catalog.pg_locks AS l\n" \
	"  WHERE EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE NOT i.indisvalid)\n" \
	"    AND l.locktype = 'relation'\n" \
	"    AND l.granted\n" \
	"    AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock')\n" \
	"    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())\n" \
	"    AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum AS v WHERE v.pid = l.pid)\n" \
	"    AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_analyze AS v WHERE v.pid = l.pid)\n" \
	"  GROUP BY l.relation\n" \
	"), tables AS NOT MATERIALIZED (\n" \
	"  SELECT\n" \
	"    t.oid,\n" \
	"    n.nspname::text AS nspname,\n" \
	"    t.relname::text AS relname,\n" \
	"    pg_catalog.pg_stat_get_tuples_inserted(t.oid)\n" \
	"      + pg_catalog.pg_stat_get_tuples_updated(t.oid)\n" \
	"      + pg_catalog.pg_stat_get_tuples_deleted(t.oid) AS writes,\n" \
	"    pg_catalog.pg_stat_get_tuples_updated(t.oid) - pg_catalog.pg_stat_get_tuples_hot_updated(t.oid) AS cold,\n" \
	"    (m.oid IS NOT NULL)::int * 1024 + (w.oid IS NOT NULL)::int * 4096 AS guards\n" \
	"  FROM pg_catalog.pg_class AS t\n" \
	"  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace\n" \
	"  LEFT JOIN members AS m ON m.oid = t.oid\n" \
	"  LEFT JOIN worked_on AS w ON w.oid = t.oid\n" \
	"  WHERE t.relkind IN ('r', 'm', 'p')\n" \
	"    AND t.relhasindex\n" \
	"    AND t.relpersistence <> 't'\n" \
	"    AND t.relnamespace <> 'pg_catalog'::regnamespace\n" \
	"), names AS NOT MATERIALIZED (\n" \
	"  SELECT\n" \
	"    s.attrelid AS oid,\n" \
	"    pg_catalog.string_agg(s.attname, pg_catalog.chr(31)) AS names\n" \
	"  FROM (\n" \
	"    SELECT\n" \
	"      a.attrelid,\n" \
	"      a.attname\n" \
	"    FROM pg_catalog.pg_index AS i\n" \
	"    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indexrelid AND a.attnum <= i.indnkeyatts\n" \
	"    ORDER BY\n" \
	"      a.attrelid,\n" \
	"      a.attnum\n" \
	"  ) AS s\n" \
	"  GROUP BY s.attrelid\n" \
	")"

#define MAIN_SQL(last_scan, created) \
	HEAD_SQL PARTITIONS_SQL SUPPORTERS_SQL GUARDS_SQL TABLES_SQL "\n" \
	"SELECT\n" \
	"  x.indexrelid::bigint AS oid,\n" \
	"  x.indrelid::bigint AS table_oid,\n" \
	"  x.nspname AS schema,\n" \
	"  x.relname AS index,\n" \
	"  x.table AS \"table\",\n" \
	"  x.relpages * h.block_size AS bytes,\n" \
	"  x.scans AS scans,\n" \
	"  " last_scan " AS last_scan,\n" \
	"  x.amname AS method,\n" \
	"  x.names AS columns,\n" \
	"  x.conname AS constraint,\n" \
	"  h.guards + x.guards AS guards,\n" \
	"  x.shape AS shape,\n" \
	"  x.foreign_keys AS foreign_keys,\n" \
	"  x.writes AS writes,\n" \
	"  x.cold AS cold,\n" \
	"  h.counted AS counted,\n" \
	"  " created " AS created,\n" \
	"  h.next_xid - ((h.next_xid - x.xid::text::bigint) & 4294967295) AS created_xid,\n" \
	"  h.horizon AS horizon,\n" \
	"  (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index AS i JOIN tables AS t ON t.oid = i.indrelid) AS total\n" \
	"FROM head AS h\n" \
	"LEFT JOIN (\n" \
	"  SELECT\n" \
	"    i.indexrelid,\n" \
	"    i.indrelid,\n" \
	"    i.xmin AS xid,\n" \
	"    t.nspname,\n" \
	"    t.relname AS \"table\",\n" \
	"    c.relname::text AS relname,\n" \
	"    c.relpages,\n" \
	"    CASE WHEN c.relkind = 'i' THEN pg_catalog.pg_stat_get_numscans(c.oid) ELSE p.scans END AS scans,\n" \
	"    am.amname::text AS amname,\n" \
	"    z.names,\n" \
	"    b.conname,\n" \
	"    t.writes,\n" \
	"    t.cold,\n" \
	"    s.foreign_keys,\n" \
	"    s.several,\n" \
	"    a.indrelid IS NOT NULL AS compared,\n" \
	"    i.indisvalid AND i.indisready AND i.indislive AS whole,\n" \
	"    i.indisprimary::int\n" \
	"      + i.indisunique::int * 2\n" \
	"      + i.indisexclusion::int * 4\n" \
	"      + COALESCE(b.guards, 0)\n" \
	"      + i.indisreplident::int * 32\n" \
	"      + i.indisclustered::int * 64\n" \
	"      + (c.relkind = 'I')::int * 128\n" \
	"      + c.relispartition::int * 256\n" \
	"      + (i.indexprs IS NOT NULL)::int * 512\n" \
	"      + (t.guards | (m.oid IS NOT NULL)::int * 1024)\n" \
	"      + (d.oid IS NOT NULL)::int * 2048\n" \
	"      + (NOT i.indisvalid)::int * 8192\n" \
	"      + (NOT i.indisready)::int * 16384\n" \
	"      + (NOT i.indislive)::int * 32768 AS guards,\n" \
	"    CASE\n" \
	"      WHEN a.indrelid IS NOT NULL THEN\n" \
	"        i.indnkeyatts || '|' || i.indkey::text || '|' || i.indclass::text || '|' || i.indcollation::text || '|' || i.indoption::text\n" \
	"          || '|' || CASE WHEN i.indpred IS NULL THEN 0 ELSE " HASH("i.indpred") " END\n" \
	"          || '|' || CASE WHEN i.indexprs IS NULL THEN 0 ELSE " HASH("i.indexprs") " END\n" \
	"    END AS shape\n" \
	"  FROM pg_catalog.pg_index AS i\n" \
	"  JOIN tables AS t ON t.oid = i.indrelid\n" \
	"  JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid\n" \
	"  JOIN pg_catalog.pg_am AS am ON am.oid = c.relam\n" \
	"  LEFT JOIN alike AS a ON a.indrelid = i.indrelid AND a.first_key = i.indkey[0]\n" \
	"  LEFT JOIN supporters AS s ON s.oid = i.indexrelid\n" \
	"  LEFT JOIN partitions AS p ON p.oid = i.indexrelid\n" \
	"  LEFT JOIN names AS z ON z.oid = i.indexrelid\n" \
	"  LEFT JOIN backed AS b ON b.oid = i.indexrelid\n" \
	"  LEFT JOIN depended AS d ON d.oid = i.indexrelid\n" \
	"  LEFT JOIN members AS m ON m.oid = i.indexrelid\n" \
	"  OFFSET 0\n" \
	") AS x ON COALESCE(x.scans, 0) = 0\n" \
	"  OR x.compared\n" \
	"  OR x.several\n" \
	"  OR NOT x.whole\n" \
	"ORDER BY x.indrelid"

/* On a primary the setting is what holds, and the function fails where it is off. */
#define CREATED_PRIMARY \
	"CASE\n" \
	"    WHEN pg_catalog.current_setting('track_commit_timestamp') = 'on'\n" \
	"      THEN " EPOCH("pg_catalog.pg_xact_commit_timestamp(x.xid)") "\n" \
	"  END"
#define CREATED_STANDBY "NULL::bigint"
#define LAST_SCAN_16 EPOCH("pg_catalog.pg_stat_get_lastscan(x.indexrelid)")
#define LAST_SCAN_13 "NULL::bigint"

#define NEEDS .name = "indexes", .kind = PART_ROWS

const struct part unused_indexes_parts[UNUSED_INDEXES_PARTS] = {
	{ NEEDS, .min_version = 160000, .on = ON_PRIMARY, .sql = MAIN_SQL(LAST_SCAN_16, CREATED_PRIMARY) },
	{ NEEDS, .max_version = 159999, .on = ON_PRIMARY, .sql = MAIN_SQL(LAST_SCAN_13, CREATED_PRIMARY) },
	{ NEEDS, .min_version = 160000, .on = ON_STANDBY, .sql = MAIN_SQL(LAST_SCAN_16, CREATED_STANDBY) },
	{ NEEDS, .max_version = 159999, .on = ON_STANDBY, .sql = MAIN_SQL(LAST_SCAN_13, CREATED_STANDBY) },
	/* On a standby it is the primary's setting that holds, which nobody tells: apart, for it may fail. */
	{ .name = "created", .kind = PART_LOOKUP, .on = ON_STANDBY, .needs = "track_commit_timestamp on the primary", .fills = "created",
	  .join = "oid", .unknown_only = true,
	  .sql = "SELECT\n"
		 "  i.indexrelid::bigint AS oid,\n"
		 "  " EPOCH("pg_catalog.pg_xact_commit_timestamp(i.xmin)") " AS created\n"
		 "FROM pg_catalog.pg_index AS i\n"
		 "WHERE i.indexrelid = ANY ($1::text[]::oid[])" },
};

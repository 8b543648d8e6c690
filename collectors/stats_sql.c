#include "stats.h"

#include "counters.h"
#include "sessions.h"

#define AGE(time) "pg_catalog.date_part('epoch', GREATEST(c.now, " time ") - " time ")"

/*
 * What is told apart by backend_type is told by elimination where that is hidden: of the processes
 * whose role and database can be seen, only walsenders are no client backends, and they stand in
 * pg_stat_replication. Our own statement is not counted as load; our connection is counted as one.
 */
#define BASE_SQL \
	"WITH clock AS MATERIALIZED (\n" \
	"  SELECT pg_catalog.clock_timestamp() AS now\n" \
	"), sessions AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    a.*,\n" \
	"    a.backend_start IS NULL AND COALESCE(a.query, '') IN ('', '<insufficient privilege>') AS hidden,\n" \
	"    CASE\n" \
	"      WHEN a.backend_type IS NOT NULL THEN a.backend_type = 'client backend'\n" \
	"      ELSE a.usesysid IS NOT NULL\n" \
	"        AND a.datid IS NOT NULL\n" \
	"        AND a.pid NOT IN (SELECT r.pid FROM pg_catalog.pg_stat_replication AS r)\n" \
	"    END AS client\n" \
	"  FROM pg_catalog.pg_stat_activity AS a\n" \
	"), counts AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    pg_catalog.count(*) FILTER (WHERE s.client) AS used,\n" \
	"    pg_catalog.count(*) FILTER (WHERE s.hidden) AS hidden,\n" \
	"    pg_catalog.count(*) FILTER (WHERE s.hidden AND s.client) AS hidden_clients,\n" \
	"    pg_catalog.count(*) FILTER (\n" \
	"      WHERE s.client\n" \
	"        AND s.state IN ('active', 'fastpath function call')\n" \
	"        AND s.pid <> pg_catalog.pg_backend_pid()\n" \
	"    ) AS active,\n" \
	"    pg_catalog.count(*) FILTER (WHERE s.client AND s.state = 'idle') AS idle,\n" \
	"    pg_catalog.count(*) FILTER (WHERE s.client AND s.state LIKE 'idle in transaction%') AS idle_in_transaction,\n" \
	"    pg_catalog.count(DISTINCT COALESCE(s.leader_pid, s.pid)) FILTER (WHERE s.wait_event_type = 'Lock') AS waiting\n" \
	"  FROM sessions AS s\n" \
	"), waiting AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    CASE\n" \
	"      WHEN n.hidden = 0 THEN n.waiting\n" \
	"      ELSE (\n" \
	"        SELECT pg_catalog.count(DISTINCT l.pid)\n" \
	"        FROM pg_catalog.pg_locks AS l\n" \
	"        WHERE NOT l.granted\n" \
	"      )\n" \
	"    END AS sessions\n" \
	"  FROM counts AS n\n" \
	"), most AS MATERIALIZED (\n" \
	"  SELECT s.application_name || ' (' || pg_catalog.count(*) || ')' AS application\n" \
	"  FROM sessions AS s\n" \
	"  WHERE s.client\n" \
	"    AND s.application_name <> ''\n" \
	"  GROUP BY s.application_name\n" \
	"  ORDER BY pg_catalog.count(*) DESC, s.application_name\n" \
	"  LIMIT 1\n" \
	"), oldest AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    s.xact_start AS since,\n" \
	"    'pid ' || s.pid || COALESCE(' ' || s.usename, '') AS holder,\n" \
	"    s.pid AS pid,\n" \
	"    s.backend_start AS start,\n" \
	"    NULL::text AS gid\n" \
	"  FROM sessions AS s\n" \
	"  WHERE s.xact_start IS NOT NULL\n" \
	"    AND s.pid <> pg_catalog.pg_backend_pid()\n" \
	"    AND s.backend_type NOT IN ('autovacuum worker', 'parallel worker', 'walsender')\n" \
	"  UNION ALL\n" \
	"  SELECT\n" \
	"    p.prepared AS since,\n" \
	"    'prepared ' || p.gid AS holder,\n" \
	"    0 AS pid,\n" \
	"    NULL::timestamptz AS start,\n" \
	"    p.gid AS gid\n" \
	"  FROM pg_catalog.pg_prepared_xacts AS p\n" \
	"  ORDER BY since, pid, gid\n" \
	"  LIMIT 1\n" \
	")\n" \
	"SELECT\n" \
	"  f.name AS name,\n" \
	"  f.value AS value,\n" \
	"  f.counter AS counter,\n" \
	"  f.counter2 AS counter2,\n" \
	"  CASE WHEN f.counter IS NOT NULL THEN " EPOCH("d.stats_reset") " END AS since,\n" \
	"  " EPOCH("pg_catalog.pg_postmaster_start_time()") " AS started,\n" \
	"  " EPOCH("c.now") " AS taken,\n" \
	"  f.hidden_sources AS hidden_sources,\n" \
	"  f.holder AS holder,\n" \
	"  CASE WHEN f.name = 'oldest_transaction' THEN o.pid END AS holder_pid,\n" \
	"  CASE WHEN f.name = 'oldest_transaction' THEN " EPOCH("o.start") " END AS holder_start,\n" \
	"  CASE WHEN f.name = 'oldest_transaction' THEN o.gid END AS holder_gid\n" \
	"FROM clock AS c\n" \
	"CROSS JOIN counts AS n\n" \
	"CROSS JOIN waiting AS w\n" \
	"LEFT JOIN most AS m ON true\n" \
	"LEFT JOIN oldest AS o ON true\n" \
	"LEFT JOIN pg_catalog.pg_stat_database AS d ON d.datname = pg_catalog.current_database()\n" \
	"CROSS JOIN LATERAL (VALUES\n" \
	"  ('connections_used', n.used::double precision, NULL::bigint, NULL::bigint, m.application, 0::bigint),\n" \
	"  ('connections_limit', pg_catalog.current_setting('max_connections')::double precision, NULL, NULL, NULL, 0),\n" \
	"  ('connections_reserved', pg_catalog.current_setting('superuser_reserved_connections')::double precision\n" \
	"    + COALESCE(pg_catalog.current_setting('reserved_connections', true)::double precision, 0), NULL, NULL, NULL, 0),\n" \
	"  ('sessions_active', n.active, NULL, NULL, NULL, n.hidden_clients),\n" \
	"  ('sessions_idle', n.idle, NULL, NULL, NULL, n.hidden_clients),\n" \
	"  ('sessions_idle_in_transaction', n.idle_in_transaction, NULL, NULL, NULL, n.hidden_clients),\n" \
	"  ('sessions_waiting_for_lock', w.sessions, NULL, NULL, NULL, 0),\n" \
	"  ('sessions_hidden', n.hidden, NULL, NULL, NULL, 0),\n" \
	"  ('transactions', NULL, d.xact_commit + d.xact_rollback, NULL, NULL, 0),\n" \
	"  ('commits', NULL, d.xact_commit, NULL, NULL, 0),\n" \
	"  ('rollbacks', NULL, d.xact_rollback, NULL, NULL, 0),\n" \
	"  ('rollback_ratio', NULL, d.xact_rollback, d.xact_commit, NULL, 0),\n" \
	"  ('rows_returned', NULL, d.tup_returned, NULL, NULL, 0),\n" \
	"  ('rows_written', NULL, d.tup_inserted + d.tup_updated + d.tup_deleted, NULL, NULL, 0),\n" \
	"  ('cache_hit_ratio', NULL, d.blks_hit, d.blks_read, NULL, 0),\n" \
	"  ('temp_bytes', NULL, d.temp_bytes, NULL, NULL, 0),\n" \
	"  ('deadlocks', NULL, d.deadlocks, NULL, NULL, 0),\n" \
	"  ('oldest_transaction', " AGE("o.since") ", NULL, NULL, o.holder, n.hidden_clients),\n" \
	"  ('uptime', " AGE("pg_catalog.pg_postmaster_start_time()") ", NULL, NULL, NULL, 0)\n" \
	") AS f (name, value, counter, counter2, holder, hidden_sources)"

#define WAL_SQL(counter, since, from) \
	"SELECT\n" \
	"  'wal_bytes' AS name,\n" \
	"  " counter " AS counter,\n" \
	"  " since " AS since,\n" \
	"  " EPOCH("pg_catalog.pg_postmaster_start_time()") " AS started,\n" \
	"  " EPOCH("pg_catalog.clock_timestamp()") " AS taken" from

/*
 * Lag counts when bytes and time are both large, of one standby; so beside the largest of each, the
 * standby that is worst in both (by the limits' defaults) is brought home in age_s, other_value and
 * note.
 */
#define REPLICATION_SQL \
	"WITH standbys AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    COALESCE(NULLIF(r.application_name, ''), r.pid::text) AS standby,\n" \
	"    r.state IS NULL AS hidden,\n" \
	"    GREATEST(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), r.replay_lsn), 0)::double precision AS bytes,\n" \
	"    COALESCE(pg_catalog.date_part('epoch', r.replay_lag), 0) AS lag,\n" \
	"    r.replay_lsn IS NOT NULL AS replays\n" \
	"  FROM pg_catalog.pg_stat_replication AS r\n" \
	"), hidden AS MATERIALIZED (\n" \
	"  SELECT pg_catalog.count(*) AS standbys\n" \
	"  FROM standbys AS s\n" \
	"  WHERE s.hidden\n" \
	"), by_bytes AS MATERIALIZED (\n" \
	"  SELECT s.*\n" \
	"  FROM standbys AS s\n" \
	"  WHERE s.replays\n" \
	"  ORDER BY s.bytes DESC, s.standby\n" \
	"  LIMIT 1\n" \
	"), by_lag AS MATERIALIZED (\n" \
	"  SELECT s.*\n" \
	"  FROM standbys AS s\n" \
	"  WHERE s.replays\n" \
	"  ORDER BY s.lag DESC, s.standby\n" \
	"  LIMIT 1\n" \
	"), by_both AS MATERIALIZED (\n" \
	"  SELECT s.*\n" \
	"  FROM standbys AS s\n" \
	"  WHERE s.replays\n" \
	"  ORDER BY LEAST(s.bytes / 16777216, s.lag / 10) DESC, s.bytes DESC, s.standby\n" \
	"  LIMIT 1\n" \
	")\n" \
	"SELECT\n" \
	"  'replication_lag_bytes' AS name,\n" \
	"  b.bytes AS value,\n" \
	"  'standby ' || b.standby AS holder,\n" \
	"  NULL::double precision AS age_s,\n" \
	"  NULL::double precision AS other_value,\n" \
	"  NULL::text AS note,\n" \
	"  h.standbys AS hidden_sources\n" \
	"FROM hidden AS h\n" \
	"LEFT JOIN by_bytes AS b ON true\n" \
	"UNION ALL\n" \
	"SELECT\n" \
	"  'replication_lag' AS name,\n" \
	"  l.lag AS value,\n" \
	"  'standby ' || l.standby AS holder,\n" \
	"  w.lag AS age_s,\n" \
	"  w.bytes AS other_value,\n" \
	"  w.standby AS note,\n" \
	"  h.standbys AS hidden_sources\n" \
	"FROM hidden AS h\n" \
	"LEFT JOIN by_lag AS l ON true\n" \
	"LEFT JOIN by_both AS w ON true"

/*
 * On a standby: what was received, or what the primary last said it has, against what was replayed.
 * The last replayed commit's age is a lag only while something is left to replay: behind an idle
 * primary it grows by itself. Without a WAL receiver nobody says how much there is.
 */
#define STANDBY_SQL \
	"WITH lag AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    pg_catalog.pg_last_wal_receive_lsn() IS NOT NULL AS streamed,\n" \
	"    w.pid IS NOT NULL AS streams,\n" \
	"    pg_catalog.pg_wal_lsn_diff(\n" \
	"      GREATEST(pg_catalog.pg_last_wal_receive_lsn(), w.latest_end_lsn),\n" \
	"      pg_catalog.pg_last_wal_replay_lsn())::double precision AS bytes,\n" \
	"    pg_catalog.date_part('epoch',\n" \
	"      pg_catalog.clock_timestamp() - LEAST(pg_catalog.clock_timestamp(),\n" \
	"        COALESCE(pg_catalog.pg_last_xact_replay_timestamp(), pg_catalog.pg_postmaster_start_time()))\n" \
	"      ) AS since_replay\n" \
	"  FROM (SELECT 1) AS one\n" \
	"  LEFT JOIN pg_catalog.pg_stat_wal_receiver AS w ON true\n" \
	"), known AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    CASE WHEN NOT l.streams THEN NULL WHEN l.bytes < 0 THEN 0 ELSE l.bytes END AS bytes,\n" \
	"    CASE WHEN l.streams AND l.bytes <= 0 THEN 0 ELSE l.since_replay END AS lag,\n" \
	"    CASE WHEN l.streams THEN NULL WHEN l.streamed THEN 'stream lost' ELSE 'no stream' END AS note\n" \
	"  FROM lag AS l\n" \
	")\n" \
	"SELECT\n" \
	"  'replication_lag_bytes' AS name,\n" \
	"  k.bytes AS value,\n" \
	"  k.note AS holder,\n" \
	"  NULL::double precision AS age_s,\n" \
	"  NULL::double precision AS other_value,\n" \
	"  NULL::text AS note,\n" \
	"  " EPOCH("pg_catalog.clock_timestamp()") " AS taken\n" \
	"FROM known AS k\n" \
	"UNION ALL\n" \
	"SELECT\n" \
	"  'replication_lag' AS name,\n" \
	"  k.lag AS value,\n" \
	"  k.note AS holder,\n" \
	"  k.lag AS age_s,\n" \
	"  k.bytes AS other_value,\n" \
	"  k.note AS note,\n" \
	"  " EPOCH("pg_catalog.clock_timestamp()") " AS taken\n" \
	"FROM known AS k"

/*
 * Everything that vacuum must respect. Of equals the one stands that the others' snapshots only
 * remember: a prepared transaction, then a session with a transaction id. A vacuum's own snapshot
 * holds nothing back; what a standby asks for stands in its slot or walsender.
 */
#define XMIN_SQL \
	"WITH holders AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    pg_catalog.age(p.transaction) AS age,\n" \
	"    1 AS rank,\n" \
	"    'prepared ' || p.gid AS holder,\n" \
	"    0 AS pid,\n" \
	"    NULL::timestamptz AS start,\n" \
	"    p.gid AS gid,\n" \
	"    NULL::text AS slot,\n" \
	"    p.prepared AS since,\n" \
	"    'prepared by ' || p.owner || ' in ' || p.database AS note\n" \
	"  FROM pg_catalog.pg_prepared_xacts AS p\n" \
	"  UNION ALL\n" \
	"  SELECT\n" \
	"    GREATEST(pg_catalog.age(a.backend_xid), pg_catalog.age(a.backend_xmin)),\n" \
	"    CASE WHEN pg_catalog.age(a.backend_xid) >= COALESCE(pg_catalog.age(a.backend_xmin), 0) THEN 2 ELSE 5 END,\n" \
	"    'pid ' || a.pid || COALESCE(' ' || a.usename, ''),\n" \
	"    a.pid,\n" \
	"    a.backend_start,\n" \
	"    NULL::text,\n" \
	"    NULL::text,\n" \
	"    a.xact_start,\n" \
	"    pg_catalog.concat_ws(', ', a.usename, NULLIF(a.application_name, ''), a.datname)\n" \
	"      || COALESCE(': ' || a.state, '')\n" \
	"  FROM pg_catalog.pg_stat_activity AS a\n" \
	"  WHERE COALESCE(a.backend_xid, a.backend_xmin) IS NOT NULL\n" \
	"    AND a.pid <> pg_catalog.pg_backend_pid()\n" \
	"    AND a.pid NOT IN (SELECT w.pid FROM pg_catalog.pg_stat_replication AS w)\n" \
	"    AND a.pid NOT IN (SELECT v.pid FROM pg_catalog.pg_stat_progress_vacuum AS v)\n" \
	"  UNION ALL\n" \
	"  SELECT\n" \
	"    GREATEST(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin)),\n" \
	"    3,\n" \
	"    'slot ' || s.slot_name,\n" \
	"    NULL::integer,\n" \
	"    NULL::timestamptz,\n" \
	"    NULL::text,\n" \
	"    CASE WHEN NOT s.active THEN s.slot_name::text END,\n" \
	"    NULL::timestamptz,\n" \
	"    s.slot_type || ' slot, ' || CASE WHEN s.active THEN 'in use' ELSE 'nobody uses it' END\n" \
	"      || CASE WHEN s.xmin IS NULL THEN ', holds back the catalogs only' ELSE '' END\n" \
	"  FROM pg_catalog.pg_replication_slots AS s\n" \
	"  WHERE COALESCE(s.xmin, s.catalog_xmin) IS NOT NULL\n" \
	"  UNION ALL\n" \
	"  SELECT\n" \
	"    pg_catalog.age(r.backend_xmin),\n" \
	"    4,\n" \
	"    'standby ' || COALESCE(NULLIF(r.application_name, ''), r.pid::text),\n" \
	"    NULL::integer,\n" \
	"    NULL::timestamptz,\n" \
	"    NULL::text,\n" \
	"    NULL::text,\n" \
	"    NULL::timestamptz,\n" \
	"    'a query on the standby, by hot_standby_feedback'\n" \
	"  FROM pg_catalog.pg_stat_replication AS r\n" \
	"  WHERE r.backend_xmin IS NOT NULL\n" \
	"), oldest AS MATERIALIZED (\n" \
	"  SELECT h.*\n" \
	"  FROM holders AS h\n" \
	"  ORDER BY h.age DESC, h.rank, h.since, h.holder\n" \
	"  LIMIT 1\n" \
	")\n" \
	"SELECT\n" \
	"  'oldest_xmin' AS name,\n" \
	"  COALESCE(o.age, 0)::double precision AS value,\n" \
	"  o.holder AS holder,\n" \
	"  pg_catalog.date_part('epoch', GREATEST(pg_catalog.clock_timestamp(), o.since) - o.since) AS age_s,\n" \
	"  o.pid AS holder_pid,\n" \
	"  " EPOCH("o.start") " AS holder_start,\n" \
	"  o.gid AS holder_gid,\n" \
	"  o.slot AS holder_slot,\n" \
	"  o.note AS note,\n" \
	"  " EPOCH("pg_catalog.clock_timestamp()") " AS taken\n" \
	"FROM (SELECT 1) AS one\n" \
	"LEFT JOIN oldest AS o ON o.age > 0"

#define WRAPAROUND_SQL \
	"(\n" \
	"  SELECT\n" \
	"    'xid_age' AS name,\n" \
	"    pg_catalog.age(d.datfrozenxid)::double precision AS value,\n" \
	"    'database ' || d.datname AS holder,\n" \
	"    pg_catalog.current_setting('autovacuum_freeze_max_age')::double precision AS other_value,\n" \
	"    d.datname::text AS note\n" \
	"  FROM pg_catalog.pg_database AS d\n" \
	"  ORDER BY pg_catalog.age(d.datfrozenxid) DESC, d.datname\n" \
	"  LIMIT 1\n" \
	")\n" \
	"UNION ALL\n" \
	"SELECT\n" \
	"  'xid_age_limit',\n" \
	"  pg_catalog.current_setting('autovacuum_freeze_max_age')::double precision,\n" \
	"  NULL,\n" \
	"  NULL,\n" \
	"  NULL\n" \
	"UNION ALL\n" \
	"(\n" \
	"  SELECT\n" \
	"    'multixact_age',\n" \
	"    pg_catalog.mxid_age(d.datminmxid)::double precision,\n" \
	"    'database ' || d.datname,\n" \
	"    pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::double precision,\n" \
	"    d.datname::text\n" \
	"  FROM pg_catalog.pg_database AS d\n" \
	"  ORDER BY pg_catalog.mxid_age(d.datminmxid) DESC, d.datname\n" \
	"  LIMIT 1\n" \
	")"

const struct part stats_parts[STATS_PARTS] = {
	{ .name = "base", .kind = PART_ROWS, .needs = READ_ALL_STATS_NEEDS, .remedy = READ_ALL_STATS_REMEDY, .sql = BASE_SQL },
	{ .name = "wal", .kind = PART_ROWS, .min_version = 140000, .on = ON_PRIMARY, .fills = "wal_bytes",
	  .sql = WAL_SQL("w.wal_bytes::bigint", EPOCH("w.stats_reset"), "\nFROM pg_catalog.pg_stat_wal AS w") },
	{ .name = "wal", .kind = PART_ROWS, .max_version = 139999, .on = ON_PRIMARY, .fills = "wal_bytes",
	  .sql = WAL_SQL("pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::bigint", "NULL::bigint", "") },
	{ .name = "wal", .kind = PART_ROWS, .on = ON_STANDBY, .fills = "wal_bytes",
	  .sql = WAL_SQL("pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_replay_lsn(), '0/0')::bigint", "NULL::bigint", "") },
	{ .name = "replication", .kind = PART_ROWS, .on = ON_PRIMARY, .needs = READ_ALL_STATS_NEEDS, .remedy = READ_ALL_STATS_REMEDY,
	  .fills = "replication_lag_bytes replication_lag", .sql = REPLICATION_SQL },
	{ .name = "replication", .kind = PART_ROWS, .on = ON_STANDBY,
	  .fills = "replication_lag_bytes replication_lag", .sql = STANDBY_SQL },
	{ .name = "xmin", .kind = PART_ROWS, .fills = "oldest_xmin", .sql = XMIN_SQL },
	{ .name = "wraparound", .kind = PART_ROWS, .fills = "xid_age xid_age_limit multixact_age", .sql = WRAPAROUND_SQL },
};

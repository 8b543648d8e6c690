#include "locks.h"

#include "sessions.h"
#include "waiting.h"

/*
 * Who waits for a row waits for a transaction, or for its place in the row's queue; the table is
 * found by the waiter's own tuple lock. A prepared transaction's locks have no pid, but the virtual
 * transaction they share with the lock on its transaction id.
 */
#define LOCKS_SQL(query_id, waiting_since) \
	WAITING_SQL(waiting_since, query_id) \
	", here AS MATERIALIZED (\n" \
	"  SELECT d.oid\n" \
	"  FROM pg_catalog.pg_database AS d\n" \
	"  WHERE d.datname = pg_catalog.current_database()\n" \
	"), row_locks AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    l.pid,\n" \
	"    pg_catalog.max(l.database) AS database,\n" \
	"    pg_catalog.max(l.relation) AS relation\n" \
	"  FROM locks AS l\n" \
	"  WHERE l.locktype = 'tuple'\n" \
	"    AND l.granted\n" \
	"  GROUP BY l.pid\n" \
	"), blocked AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    l.*,\n" \
	"    COALESCE(l.database, r.database) AS of_database,\n" \
	"    COALESCE(l.relation, r.relation) AS of_relation\n" \
	"  FROM answers AS l\n" \
	"  LEFT JOIN row_locks AS r ON r.pid = l.pid AND l.locktype = 'transactionid'\n" \
	"), wanted AS MATERIALIZED (\n" \
	"  SELECT b.object\n" \
	"  FROM blocked AS b\n" \
	"  UNION\n" \
	"  SELECT pg_catalog.concat_ws('|', 'relation', b.of_database, b.of_relation)\n" \
	"  FROM blocked AS b\n" \
	"  WHERE b.of_relation IS NOT NULL\n" \
	"), members AS MATERIALIZED (\n" \
	"  SELECT b.pid\n" \
	"  FROM blocked AS b\n" \
	"  UNION\n" \
	"  SELECT b.leader_pid\n" \
	"  FROM blocked AS b\n" \
	"  UNION\n" \
	"  SELECT pg_catalog.unnest(b.blockers)\n" \
	"  FROM blocked AS b\n" \
	"), held AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    l.pid,\n" \
	"    CASE WHEN l.pid IS NULL THEN l.virtualtransaction END AS virtualtransaction,\n" \
	"    pg_catalog.string_agg(DISTINCT w.object || ' ' || l.mode, pg_catalog.chr(31)) AS held\n" \
	"  FROM locks AS l\n" \
	"  JOIN wanted AS w ON w.object = l.object\n" \
	"  WHERE l.granted\n" \
	"    AND (l.pid IS NULL OR l.pid IN (SELECT m.pid FROM members AS m))\n" \
	"  GROUP BY 1, 2\n" \
	"), counts AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    l.pid,\n" \
	"    pg_catalog.count(*) AS locks\n" \
	"  FROM locks AS l\n" \
	"  WHERE l.granted\n" \
	"    AND l.locktype NOT IN ('virtualxid', 'transactionid')\n" \
	"    AND l.pid IN (SELECT m.pid FROM members AS m)\n" \
	"  GROUP BY l.pid\n" \
	")\n" \
	"SELECT\n" \
	"  a.pid AS pid,\n" \
	"  NULL::text AS gid,\n" \
	"  pg_catalog.array_to_string(b.blockers, pg_catalog.chr(31)) AS blocked_by,\n" \
	"  b.mode AS lock_mode,\n" \
	"  b.locktype AS lock_type,\n" \
	"  pg_catalog.date_part('epoch', GREATEST(c.now, b.waiting_since) - b.waiting_since) AS wait_s,\n" \
	"  a.state AS state,\n" \
	"  pg_catalog.date_part('epoch', GREATEST(c.now, a.xact_start) - a.xact_start) AS transaction_s,\n" \
	"  a.usename AS \"user\",\n" \
	"  NULLIF(a.application_name, '') AS application,\n" \
	"  a.datname AS database,\n" \
	"  NULLIF(a.query, '') AS query,\n" \
	"  (pg_catalog.date_part('epoch', a.backend_start) * 1000000)::bigint AS backend_start,\n" \
	"  (pg_catalog.date_part('epoch', a.query_start) * 1000000)::bigint AS query_start,\n" \
	"  pg_catalog.date_part('epoch', GREATEST(c.now, a.query_start) - a.query_start) AS query_s,\n" \
	"  " CLIENT_SQL " AS client,\n" \
	"  a.wait_event_type AS wait_event_type,\n" \
	"  a.wait_event AS wait_event,\n" \
	"  pg_catalog.date_part('epoch', GREATEST(c.now, a.state_change) - a.state_change) AS state_s,\n" \
	"  a.backend_xid::text AS xid,\n" \
	"  a.query_id AS query_id,\n" \
	"  a.query_bytes AS query_bytes,\n" \
	"  " QUERY_SIZE_SQL " AS query_size,\n" \
	"  COALESCE(n.locks, 0) AS locks,\n" \
	"  a.leader_pid AS leader_pid,\n" \
	"  b.object AS wanted,\n" \
	"  CASE\n" \
	"    WHEN b.of_relation IS NULL THEN b.object\n" \
	"    ELSE pg_catalog.concat_ws('|', 'relation', b.of_database, b.of_relation)\n" \
	"  END AS focus,\n" \
	"  h.held AS held,\n" \
	"  CASE\n" \
	"    WHEN b.of_database IN (0, e.oid) THEN b.of_database || '/' || b.of_relation\n" \
	"  END AS relation_key,\n" \
	"  b.of_relation::bigint AS relation,\n" \
	"  CASE\n" \
	"    WHEN b.of_database NOT IN (0, e.oid) THEN COALESCE(d.datname, b.of_database::text)\n" \
	"  END AS relation_database,\n" \
	"  CASE b.locktype\n" \
	"    WHEN 'transactionid' THEN 'transaction ' || b.transactionid\n" \
	"    WHEN 'virtualxid' THEN 'virtual transaction ' || b.virtualxid\n" \
	"    WHEN 'advisory' THEN 'advisory lock ' || CASE\n" \
	"      WHEN b.objsubid = 1 THEN ((b.classid::bigint << 32) | b.objid::bigint)::text\n" \
	"      ELSE b.classid || ', ' || b.objid\n" \
	"    END\n" \
	"    WHEN 'object' THEN 'object ' || b.objid || ' of catalog ' || b.classid\n" \
	"    ELSE b.locktype\n" \
	"  END AS other_object,\n" \
	"  (pg_catalog.date_part('epoch', c.now) * 1000000)::bigint AS taken,\n" \
	"  a.backend_start IS NULL AND COALESCE(a.query, '') IN ('', '<insufficient privilege>') AS hidden\n" \
	"FROM members AS m\n" \
	"JOIN activity AS a ON a.pid = m.pid\n" \
	"CROSS JOIN clock AS c\n" \
	"CROSS JOIN here AS e\n" \
	"LEFT JOIN blocked AS b ON b.pid = a.pid\n" \
	"LEFT JOIN held AS h ON h.pid = a.pid\n" \
	"LEFT JOIN counts AS n ON n.pid = a.pid\n" \
	"LEFT JOIN pg_catalog.pg_database AS d ON d.oid = b.of_database\n" \
	"UNION ALL\n" \
	"SELECT\n" \
	"  0 AS pid,\n" \
	"  p.gid AS gid,\n" \
	"  NULL::text AS blocked_by,\n" \
	"  NULL::text AS lock_mode,\n" \
	"  NULL::text AS lock_type,\n" \
	"  NULL::double precision AS wait_s,\n" \
	"  NULL::text AS state,\n" \
	"  pg_catalog.date_part('epoch', GREATEST(c.now, p.prepared) - p.prepared) AS transaction_s,\n" \
	"  p.owner AS \"user\",\n" \
	"  NULL::text AS application,\n" \
	"  p.database AS database,\n" \
	"  NULL::text AS query,\n" \
	"  NULL::bigint AS backend_start,\n" \
	"  NULL::bigint AS query_start,\n" \
	"  NULL::double precision AS query_s,\n" \
	"  NULL::text AS client,\n" \
	"  NULL::text AS wait_event_type,\n" \
	"  NULL::text AS wait_event,\n" \
	"  NULL::double precision AS state_s,\n" \
	"  p.transaction::text AS xid,\n" \
	"  NULL::text AS query_id,\n" \
	"  NULL::integer AS query_bytes,\n" \
	"  NULL::bigint AS query_size,\n" \
	"  NULL::bigint AS locks,\n" \
	"  NULL::integer AS leader_pid,\n" \
	"  NULL::text AS wanted,\n" \
	"  NULL::text AS focus,\n" \
	"  h.held AS held,\n" \
	"  NULL::text AS relation_key,\n" \
	"  NULL::bigint AS relation,\n" \
	"  NULL::text AS relation_database,\n" \
	"  NULL::text AS other_object,\n" \
	"  (pg_catalog.date_part('epoch', c.now) * 1000000)::bigint AS taken,\n" \
	"  false AS hidden\n" \
	"FROM pg_catalog.pg_prepared_xacts AS p\n" \
	"CROSS JOIN clock AS c\n" \
	"LEFT JOIN locks AS x\n" \
	"  ON x.pid IS NULL\n" \
	"  AND x.locktype = 'transactionid'\n" \
	"  AND x.transactionid = p.transaction\n" \
	"LEFT JOIN held AS h\n" \
	"  ON h.pid IS NULL\n" \
	"  AND h.virtualtransaction = x.virtualtransaction"

/*
 * Names need pg_class, which may be locked itself; so they are asked for apart, and only for what
 * somebody waits for.
 */
#define NAMES_SQL \
	"SELECT\n" \
	"  l.database || '/' || l.relation AS relation_key,\n" \
	"  n.nspname || '.' || r.relname AS relation_name,\n" \
	"  r.relname AS relation_short\n" \
	"FROM (\n" \
	"  SELECT DISTINCT\n" \
	"    k.database,\n" \
	"    k.relation\n" \
	"  FROM pg_catalog.pg_locks AS k\n" \
	"  WHERE k.relation IS NOT NULL\n" \
	"    AND (NOT k.granted OR k.locktype = 'tuple')\n" \
	") AS l\n" \
	"JOIN pg_catalog.pg_class AS r ON r.oid = l.relation\n" \
	"JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace\n" \
	"JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()\n" \
	"WHERE l.database IN (0, d.oid)"

const struct part locks_parts[LOCKS_PARTS] = {
	{ .name = "tree", .kind = PART_ROWS, .min_version = 140000, .needs = READ_ALL_STATS_NEEDS, .remedy = READ_ALL_STATS_REMEDY,
	  .sql = LOCKS_SQL(QUERY_ID_14, WAITING_SINCE_14) },
	{ .name = "tree", .kind = PART_ROWS, .max_version = 139999, .needs = READ_ALL_STATS_NEEDS, .remedy = READ_ALL_STATS_REMEDY,
	  .sql = LOCKS_SQL(QUERY_ID_13, WAITING_SINCE_13) },
	{ .name = "names", .kind = PART_LOOKUP, .fills = "relation_name relation_short", .join = "relation_key", .sql = NAMES_SQL },
};

/*
 * Who waits for a lock, and for whom: the SQL that activity and locks have in common.
 *
 * pg_blocking_pids() alone tells the edges, but a whole answer for each of n sessions in one queue
 * has n * n / 2 members, takes the lock manager's partitions n times and costs the server the cube
 * of n (900 waiters: 0.2 s on 15). So it is bounded:
 *
 *  - of those that wait for the same object in the same mode the first WAITERS_ASKED are asked
 *    for; before them, whoever holds a lock on the object itself, for that lets it jump the queue;
 *  - those behind them have the shortest of these answers, which is that of the first in the
 *    queue: what keeps the first waiting keeps all behind it waiting;
 *  - a list has BLOCKERS_LISTED members at most, those that hold the lock before those that only
 *    wait ahead.
 *
 * `more` says what a list lacks: so many members (a parallel query counts as often as it has
 * processes), -1: it is not known how many, NULL: nothing.
 */
#ifndef PGTOP_WAITING_H
#define PGTOP_WAITING_H

#define WAITERS_ASKED "64"
#define BLOCKERS_LISTED "64"

/* The same for both panes; one line of help. */
#define BLOCKED_BY_BOUNDS "at most " BLOCKERS_LISTED ", and behind " WAITERS_ASKED " waiters for one lock only whom the first waits for"

/*
 * track_activity_query_size can be a megabyte: of a longer statement only the first characters are
 * asked for, or we would be the load that we look for.
 */
#define QUERY_SHOWN "16384"
#define QUERY_BOUND "the first " QUERY_SHOWN " characters of a longer one"

#define QUERY_ID_14 "s.query_id::text"
#define QUERY_ID_13 "NULL::text"

/* Of `a`, a row of `activity` below: where its client is, and the longest statement that the server keeps of it. Of the setting the unit of `2000B` is taken away, which the server writes but does not read before 16. */
#define CLIENT_SQL \
	"CASE\n" \
	"    WHEN a.client_addr IS NULL AND a.client_port = -1 THEN 'local'\n" \
	"    WHEN pg_catalog.family(a.client_addr) = 6\n" \
	"      THEN '[' || pg_catalog.host(a.client_addr) || ']:' || a.client_port\n" \
	"    ELSE pg_catalog.host(a.client_addr) || ':' || a.client_port\n" \
	"  END"
#define QUERY_SIZE_SQL \
	"pg_catalog.pg_size_bytes(pg_catalog.regexp_replace(\n" \
	"    pg_catalog.current_setting('track_activity_query_size'), '([0-9])B$', '\\1'))"

/* Since when it waits. 13 does not say it: its statement cannot have waited longer than it runs. */
#define WAITING_SINCE_14 "COALESCE(l.waitstart, pg_catalog.clock_timestamp())"
#define WAITING_SINCE_13 "COALESCE(a.query_start, a.xact_start)"

/* The beginning of a WITH; pg_locks and pg_stat_activity are read once. Goes on with `, name AS (` or `SELECT`. */
#define WAITING_SQL(waiting_since, query_id) \
	"WITH clock AS MATERIALIZED (\n" \
	"  SELECT pg_catalog.clock_timestamp() AS now\n" \
	"), locks AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    l.*,\n" \
	"    pg_catalog.concat_ws('|', l.locktype, l.database, l.relation, l.page, l.tuple,\n" \
	"      l.virtualxid, l.transactionid, l.classid, l.objid, l.objsubid) AS object\n" \
	"  FROM pg_catalog.pg_locks AS l\n" \
	"), activity AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    s.pid,\n" \
	"    s.leader_pid,\n" \
	"    s.datname,\n" \
	"    s.usename,\n" \
	"    s.application_name,\n" \
	"    s.client_addr,\n" \
	"    s.client_port,\n" \
	"    s.backend_type,\n" \
	"    s.backend_start,\n" \
	"    s.xact_start,\n" \
	"    s.query_start,\n" \
	"    s.state_change,\n" \
	"    s.state,\n" \
	"    s.wait_event_type,\n" \
	"    s.wait_event,\n" \
	"    s.backend_xid,\n" \
	"    s.backend_xmin,\n" \
	"    " query_id " AS query_id,\n" \
	"    pg_catalog.octet_length(s.query) AS query_bytes,\n" \
	"    CASE\n" \
	"      WHEN pg_catalog.octet_length(s.query) > " QUERY_SHOWN "\n" \
	"        THEN pg_catalog.left(s.query, " QUERY_SHOWN ")\n" \
	"      ELSE s.query\n" \
	"    END AS query\n" \
	"  FROM pg_catalog.pg_stat_activity AS s\n" \
	"), waiting AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    l.*,\n" \
	"    a.leader_pid,\n" \
	"    " waiting_since " AS waiting_since\n" \
	"  FROM locks AS l\n" \
	"  JOIN activity AS a ON a.pid = l.pid\n" \
	"  WHERE NOT l.granted\n" \
	"), holders AS MATERIALIZED (\n" \
	"  SELECT DISTINCT\n" \
	"    l.object,\n" \
	"    l.pid\n" \
	"  FROM locks AS l\n" \
	"  WHERE l.granted\n" \
	"    AND l.pid IS NOT NULL\n" \
	"    AND l.object IN (SELECT w.object FROM waiting AS w)\n" \
	"), queues AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    w.pid,\n" \
	"    w.object,\n" \
	"    w.mode,\n" \
	"    pg_catalog.row_number() OVER (\n" \
	"      PARTITION BY w.object, w.mode\n" \
	"      ORDER BY h.pid IS NULL, w.waiting_since, w.pid\n" \
	"    ) AS place\n" \
	"  FROM waiting AS w\n" \
	"  LEFT JOIN holders AS h ON h.object = w.object AND h.pid = w.pid\n" \
	"), asked AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    q.pid,\n" \
	"    q.object,\n" \
	"    q.mode,\n" \
	"    pg_catalog.pg_blocking_pids(q.pid) AS pids\n" \
	"  FROM queues AS q\n" \
	"  WHERE q.place <= " WAITERS_ASKED "\n" \
	"), lists AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    k.pid,\n" \
	"    k.object,\n" \
	"    k.mode,\n" \
	"    pg_catalog.cardinality(k.pids) AS total,\n" \
	"    CASE\n" \
	"      WHEN pg_catalog.cardinality(k.pids) <= " BLOCKERS_LISTED " THEN k.pids\n" \
	"      ELSE ARRAY(\n" \
	"        SELECT u.pid\n" \
	"        FROM pg_catalog.unnest(k.pids) WITH ORDINALITY AS u (pid, place)\n" \
	"        ORDER BY\n" \
	"          u.pid <> 0 AND (k.object, u.pid) NOT IN (SELECT h.object, h.pid FROM holders AS h),\n" \
	"          u.place\n" \
	"        LIMIT " BLOCKERS_LISTED "\n" \
	"      )\n" \
	"    END AS pids\n" \
	"  FROM asked AS k\n" \
	"), firsts AS MATERIALIZED (\n" \
	"  SELECT DISTINCT ON (k.object, k.mode)\n" \
	"    k.object,\n" \
	"    k.mode,\n" \
	"    k.pids,\n" \
	"    pg_catalog.max(k.total) OVER (PARTITION BY k.object, k.mode) = pg_catalog.cardinality(k.pids) AS whole\n" \
	"  FROM lists AS k\n" \
	"  WHERE k.total > 0\n" \
	"  ORDER BY k.object, k.mode, k.total, k.pid\n" \
	"), answers AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    w.*,\n" \
	"    COALESCE(k.pids, pg_catalog.array_remove(f.pids, COALESCE(w.leader_pid, w.pid))) AS blockers,\n" \
	"    CASE\n" \
	"      WHEN k.pid IS NOT NULL THEN NULLIF(k.total - pg_catalog.cardinality(k.pids), 0)\n" \
	"      WHEN NOT f.whole THEN -1\n" \
	"    END AS more\n" \
	"  FROM waiting AS w\n" \
	"  LEFT JOIN lists AS k ON k.pid = w.pid\n" \
	"  LEFT JOIN firsts AS f ON k.pid IS NULL AND f.object = w.object AND f.mode = w.mode\n" \
	")"

#endif

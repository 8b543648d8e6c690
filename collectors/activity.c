#include "activity.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "locks.h"
#include "sessions.h"
#include "waiting.h"

/*
 * A 0 among the blockers is a prepared transaction; `prepared` names those that hold a lock on the
 * very object, each behind the mode it holds.
 */
#define ACTIVITY_SQL(query_id, waiting_since) \
	WAITING_SQL(waiting_since, query_id) \
	", prepared AS MATERIALIZED (\n" \
	"  SELECT\n" \
	"    h.object,\n" \
	"    pg_catalog.string_agg(h.mode || ' ' || p.gid, pg_catalog.chr(31) ORDER BY p.prepared, p.gid) AS holders\n" \
	"  FROM pg_catalog.pg_prepared_xacts AS p\n" \
	"  JOIN locks AS x ON x.transactionid = p.transaction\n" \
	"  JOIN locks AS h ON h.virtualtransaction = x.virtualtransaction\n" \
	"  WHERE x.pid IS NULL\n" \
	"    AND x.locktype = 'transactionid'\n" \
	"    AND h.pid IS NULL\n" \
	"    AND h.granted\n" \
	"    AND h.object IN (SELECT w.object FROM answers AS w WHERE 0 = ANY (w.blockers))\n" \
	"  GROUP BY h.object\n" \
	")\n" \
	"SELECT\n" \
	"  a.pid AS pid,\n" \
	"  (pg_catalog.date_part('epoch', a.backend_start) * 1000000)::bigint AS backend_start,\n" \
	"  a.datname AS database,\n" \
	"  a.usename AS \"user\",\n" \
	"  NULLIF(a.application_name, '') AS application,\n" \
	"  " CLIENT_SQL " AS client,\n" \
	"  a.backend_type AS backend_type,\n" \
	"  a.state AS state,\n" \
	"  a.wait_event_type AS wait_event_type,\n" \
	"  a.wait_event AS wait_event,\n" \
	"  pg_catalog.date_part('epoch', GREATEST(c.now, a.xact_start) - a.xact_start) AS transaction_s,\n" \
	"  pg_catalog.date_part('epoch', GREATEST(c.now, a.query_start) - a.query_start) AS query_s,\n" \
	"  pg_catalog.date_part('epoch', GREATEST(c.now, a.state_change) - a.state_change) AS state_s,\n" \
	"  a.leader_pid AS leader_pid,\n" \
	"  pg_catalog.array_to_string(w.blockers, pg_catalog.chr(31)) AS blocked_by,\n" \
	"  w.more AS more,\n" \
	"  GREATEST(pg_catalog.age(a.backend_xid), pg_catalog.age(a.backend_xmin)) AS xmin_age,\n" \
	"  a.backend_xid::text AS xid,\n" \
	"  a.query_id AS query_id,\n" \
	"  COALESCE(\n" \
	"    a.pid = pg_catalog.pg_backend_pid()\n" \
	"      OR a.application_name LIKE 'pgtop-prod%' AND a.usename = CURRENT_USER,\n" \
	"    false\n" \
	"  ) AS own,\n" \
	"  NULLIF(a.query, '') AS query,\n" \
	"  a.query_bytes AS query_bytes,\n" \
	"  w.mode || ' on ' || w.locktype AS wants,\n" \
	"  " QUERY_SIZE_SQL " AS query_size,\n" \
	"  CASE WHEN 0 = ANY (w.blockers) THEN p.holders END AS prepared,\n" \
	"  (pg_catalog.date_part('epoch', c.now) * 1000000)::bigint AS taken,\n" \
	"  a.backend_start IS NULL AND COALESCE(a.query, '') IN ('', '<insufficient privilege>') AS hidden\n" \
	"FROM activity AS a\n" \
	"CROSS JOIN clock AS c\n" \
	"LEFT JOIN answers AS w ON w.pid = a.pid\n" \
	"LEFT JOIN prepared AS p ON p.object = w.object"

static const struct part parts[] = {
	{ .name = "sessions", .kind = PART_ROWS, .min_version = 140000, .needs = READ_ALL_STATS_NEEDS, .remedy = READ_ALL_STATS_REMEDY,
	  .sql = ACTIVITY_SQL(QUERY_ID_14, WAITING_SINCE_14) },
	{ .name = "sessions", .kind = PART_ROWS, .max_version = 139999, .needs = READ_ALL_STATS_NEEDS, .remedy = READ_ALL_STATS_REMEDY,
	  .sql = ACTIVITY_SQL(QUERY_ID_13, WAITING_SINCE_13) },
};

static const struct column columns[ACTIVITY_COLUMNS] = {
	[ACTIVITY_SIGN] = { "sign", NULL, "blocks others, or waits for a lock", TYPE_INT, UNIT_NONE, COLUMN_INTERNAL, 1, 0 },
	[ACTIVITY_PID] = { "pid", NULL, "process on the server", TYPE_INT, UNIT_ID, COLUMN_KEY, 7, 1 },
	[ACTIVITY_BACKEND_START] = { "backend_start", "started", "when the session began; with pid the one name of a session",
				     TYPE_TIME, UNIT_TIME, COLUMN_KEY | COLUMN_DATA, 12, 0 },
	[ACTIVITY_DATABASE] = { "database", NULL, "database it is connected to", TYPE_TEXT, UNIT_NONE, COLUMN_NAME, 8, 2 },
	[ACTIVITY_USER] = { "user", NULL, "role it logged in as", TYPE_TEXT, UNIT_NONE, COLUMN_NAME, 8, 1 },
	[ACTIVITY_APPLICATION] = { "application", NULL, "application_name, as the client says", TYPE_TEXT, UNIT_NONE,
				   COLUMN_NAME, 12, 2 },
	[ACTIVITY_CLIENT] = { "client", NULL, "address and port, or `local` for a socket of the machine", TYPE_TEXT, UNIT_NONE,
			      COLUMN_NAME, 21, 3 },
	[ACTIVITY_BACKEND_TYPE] = { "backend_type", "backend type", "client backend, autovacuum worker, walsender ...",
				    TYPE_TEXT, UNIT_NONE, COLUMN_NAME, 14, 3 },
	[ACTIVITY_STATE] = { "state", NULL, "what it does; null for background processes", TYPE_TEXT, UNIT_NONE,
			     COLUMN_DATA, 0, 0 },
	[ACTIVITY_STATE_SHORT] = { "state_short", "state", "its state; `idle tx`: idle in a transaction, `aborted`: in a failed one",
				   TYPE_TEXT, UNIT_NONE, COLUMN_SCREEN, 7, 1 },
	[ACTIVITY_WAIT_EVENT_TYPE] = { "wait_event_type", "event type", "kind of the event it waits for", TYPE_TEXT, UNIT_NONE,
				       0, 10, 2 },
	[ACTIVITY_WAIT_EVENT] = { "wait_event", "event", "event it waits for", TYPE_TEXT, UNIT_NONE, COLUMN_DATA, 0, 0 },
	[ACTIVITY_TRANSACTION_S] = { "transaction_s", "xact", "age of its transaction", TYPE_FLOAT, UNIT_AGE, COLUMN_SORT, 6, 1 },
	[ACTIVITY_QUERY_S] = { "query_s", "query age", "since its present or last statement began", TYPE_FLOAT, UNIT_AGE,
			       COLUMN_DATA, 6, 0 },
	[ACTIVITY_STATE_S] = { "state_s", "state age", "since its state changed", TYPE_FLOAT, UNIT_AGE, COLUMN_DATA, 6, 0 },
	[ACTIVITY_FOR] = { "for", NULL, "how long it has done what it does: its statement, or its idle state", TYPE_FLOAT, UNIT_AGE,
			   COLUMN_SCREEN, 6, 1 },
	[ACTIVITY_WAITS_FOR] = { "waits_for", "waits for", "the session that blocks it, else the event it waits for", TYPE_TEXT,
				 UNIT_NONE, COLUMN_SCREEN | COLUMN_NAME | COLUMN_WAIT, 13, 1 },
	[ACTIVITY_LEADER_PID] = { "leader_pid", "leader", "leader of the parallel query it works for", TYPE_INT, UNIT_ID, 0, 7, 3 },
	[ACTIVITY_BLOCKED_BY] = { "blocked_by", "blocked by",
				  "pids that keep it waiting for a lock; 0: a prepared transaction; " BLOCKED_BY_BOUNDS,
				  TYPE_LIST, UNIT_NONE, COLUMN_PID_LIST, 10, 2 },
	[ACTIVITY_XMIN_AGE] = { "xmin_age", "xmin age", "how many transactions back its oldest snapshot reaches", TYPE_INT,
				UNIT_TRANSACTIONS, 0, 8, 3 },
	[ACTIVITY_QUERY_ID] = { "query_id", NULL, "identifier of the statement, from 14 on with compute_query_id", TYPE_TEXT, UNIT_NONE,
				COLUMN_DATA, 0, 0 },
	[ACTIVITY_OWN] = { "own", NULL, "a session of this program", TYPE_BOOL, UNIT_NONE, COLUMN_DATA, 0, 0 },
	[ACTIVITY_QUERY] = { "query", NULL, "its present or last statement; " QUERY_BOUND, TYPE_TEXT, UNIT_NONE,
			     COLUMN_LINES | COLUMN_REST, 0, 1 },
	[ACTIVITY_WANTS] = { "wants", NULL, "the lock it waits for", TYPE_TEXT, UNIT_NONE, COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_MORE] = { "more", NULL, "how many pids `blocked_by` lacks; -1: not known", TYPE_INT, UNIT_COUNT,
			    COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_BLOCKED] = { "blocked", NULL, "who keeps it waiting, in words", TYPE_TEXT, UNIT_NONE, COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_QUERY_BYTES] = { "query_bytes", NULL, "length of the whole statement", TYPE_INT, UNIT_BYTES, COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_QUERY_SIZE] = { "query_size", NULL, "longest statement the server shows", TYPE_INT, UNIT_BYTES, COLUMN_INTERNAL,
				  0, 0 },
	[ACTIVITY_QUERY_TEXT] = { "query_text", NULL, "length of the statement, and whether it is whole", TYPE_TEXT, UNIT_NONE,
				  COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_PREPARED] = { "prepared", NULL, "prepared transactions that hold the lock", TYPE_LIST, UNIT_NONE, COLUMN_INTERNAL,
				0, 0 },
	[ACTIVITY_XID] = { "xid", NULL, "its transaction id, where it has written", TYPE_TEXT, UNIT_NONE, COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_DOES] = { "does", NULL, "what it does, and what it waits for", TYPE_TEXT, UNIT_NONE, COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_SINCE] = { "since", NULL, "when its transaction began", TYPE_TIME, UNIT_TIME, COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_CONNECTION_S] = { "connection_s", NULL, "age of the session", TYPE_FLOAT, UNIT_AGE, COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_ENDED_S] = { "ended_s", NULL, "how long it has been idle", TYPE_FLOAT, UNIT_AGE, COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_VEILED] = { "veiled", NULL, "that all this is hidden, in words", TYPE_TEXT, UNIT_NONE, COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_TAKEN] = { "taken", NULL, "when the row was read", TYPE_TIME, UNIT_TIME, COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_MINOR] = { "minor", NULL, "idle, background or own", TYPE_BOOL, UNIT_NONE, COLUMN_INTERNAL, 0, 0 },
	[ACTIVITY_HIDDEN] = { "hidden", NULL, "the role may not see it", TYPE_BOOL, UNIT_NONE, COLUMN_INTERNAL, 0, 0 },
};

static const struct detail details[] = {
	{ "", "session {pid}  {state}" },
	{ "who", "{user}[, {application}][, {client}]" },
	{ "started", "{backend_start}" },
	{ "doing", "{does}" },
	{ "xact", "{transaction_s}" },
	{ "blocked", "{blocked}" },
	{ "query", "{query_s}" },
	{ "wants", "{wants}" },
	{ "state", "{state_s}" },
	{ "database", "{database}[, {backend_type}][, leader {leader_pid}]" },
	{ "xmin age", "{xmin_age}" },
	{ "query id", "{query_id}" },
	{ "text", "{query_text}" },
};

static const char brief[] = "{user}[, {application}][, {client}][, {backend_type} in {database}]" SESSION_BRIEF "[; blocked {blocked}]";

/* Of those that block a session so many are named in its details. */
enum { BLOCKERS_NAMED = 8 };

static const char *const checks[] = { "idle-in-transaction", NULL };

char *activity_key(int64_t pid, int64_t start_us)
{
	struct table *t = table_new(columns, ACTIVITY_COLUMNS);
	char *key;

	table_add_row(t);
	table_set_int(t, 0, ACTIVITY_PID, pid);
	if (start_us)
		table_set_int(t, 0, ACTIVITY_BACKEND_START, start_us);
	key = table_key(t, 0);
	table_free(t);
	return key;
}

static bool state_is(const struct table *t, size_t row, const char *state)
{
	return strcmp(table_text(t, row, ACTIVITY_STATE), state) == 0;
}

/* All pids that block somebody; cleared by the caller. */
static struct pid_set all_blockers(const struct table *t)
{
	struct pid_set all = { 0 };

	for (size_t row = 0; row < t->nrows; row++) {
		size_t at = 0, len;
		const char *member;

		while ((member = table_list_next(t, row, ACTIVITY_BLOCKED_BY, &at, &len)) != NULL)
			pid_set_add(&all, strtoll(member, NULL, 10));
	}
	return all;
}

static void hide(struct table *t, size_t row)
{
	static const int unknown[] = {
		ACTIVITY_BACKEND_START, ACTIVITY_CLIENT, ACTIVITY_BACKEND_TYPE, ACTIVITY_STATE, ACTIVITY_STATE_SHORT,
		ACTIVITY_WAIT_EVENT_TYPE, ACTIVITY_WAIT_EVENT, ACTIVITY_TRANSACTION_S, ACTIVITY_QUERY_S, ACTIVITY_STATE_S,
		ACTIVITY_FOR, ACTIVITY_LEADER_PID, ACTIVITY_QUERY_ID, ACTIVITY_QUERY, ACTIVITY_QUERY_TEXT,
	};

	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		table_set_none(t, row, (size_t)unknown[i], CELL_UNKNOWN);
}

/* The prepared transaction that holds the lock wanted, or just that it is one. */
static void add_prepared(struct strbuf *b, const struct table *t, size_t row)
{
	const char *wants = table_text(t, row, ACTIVITY_WANTS), *member;
	size_t at = 0, len;

	while ((member = table_list_next(t, row, ACTIVITY_PREPARED, &at, &len)) != NULL) {
		const char *blank = memchr(member, ' ', len);
		size_t mode = blank ? (size_t)(blank - member) : 0;

		if (blank && lock_modes_conflict(member, mode, wants, strcspn(wants, " "))) {
			strbuf_add(b, blank + 1, len - mode - 1);
			return;
		}
	}
	strbuf_adds(b, "prepared");
}

/* `by 4127`, `by xa-8812`, or the wait event. */
static void set_waits_for(struct table *t, size_t row, const int64_t *pids, size_t n, bool hidden)
{
	struct strbuf b = STRBUF_INIT;

	if (n) {
		strbuf_adds(&b, "by ");
		if (pids[0])
			strbuf_addf(&b, "%" PRId64, pids[0]);
		else
			add_prepared(&b, t, row);
		table_set_string(t, row, ACTIVITY_WAITS_FOR, b.text);
	} else if (hidden) {
		table_set_none(t, row, ACTIVITY_WAITS_FOR, CELL_UNKNOWN);
	} else if (table_has(t, row, ACTIVITY_WAIT_EVENT)) {
		table_set_string(t, row, ACTIVITY_WAITS_FOR, table_text(t, row, ACTIVITY_WAIT_EVENT));
	}
	strbuf_free(&b);
}

/* `AccessShareLock on relation` with the mode written short. */
static void shorten_wants(struct table *t, size_t row)
{
	struct strbuf b = STRBUF_INIT;
	const char *wants = table_text(t, row, ACTIVITY_WANTS);
	size_t mode = strcspn(wants, " ");

	if (*wants) {
		lock_mode_add(&b, wants, mode);
		strbuf_adds(&b, wants + mode);
		table_set_string(t, row, ACTIVITY_WANTS, b.text);
	}
	strbuf_free(&b);
}

static const struct session_columns session_at = {
	.hidden = ACTIVITY_HIDDEN, .state = ACTIVITY_STATE, .wait_event_type = ACTIVITY_WAIT_EVENT_TYPE, .wait_event = ACTIVITY_WAIT_EVENT,
	.blocked_by = ACTIVITY_BLOCKED_BY, .does = ACTIVITY_DOES, .transaction_s = ACTIVITY_TRANSACTION_S, .state_s = ACTIVITY_STATE_S,
	.backend_start = ACTIVITY_BACKEND_START, .taken = ACTIVITY_TAKEN, .query = ACTIVITY_QUERY, .query_bytes = ACTIVITY_QUERY_BYTES,
	.query_size = ACTIVITY_QUERY_SIZE, .since = ACTIVITY_SINCE, .connection_s = ACTIVITY_CONNECTION_S, .ended_s = ACTIVITY_ENDED_S,
	.veiled = ACTIVITY_VEILED,
};

static void set_query_text(struct table *t, size_t row)
{
	char *size = session_text_size(t, row, &session_at);

	if (size)
		table_set_string(t, row, ACTIVITY_QUERY_TEXT, size);
	free(size);
}

/*
 * Nobody looks for these: what is idle, what belongs to the server itself and has no transaction,
 * and our own sessions.
 */
static bool is_minor(const struct table *t, size_t row)
{
	const char *type = table_text(t, row, ACTIVITY_BACKEND_TYPE);

	if (table_bool(t, row, ACTIVITY_OWN))
		return true;
	if (table_bool(t, row, ACTIVITY_HIDDEN))
		return !table_has(t, row, ACTIVITY_USER);
	if (state_is(t, row, "idle"))
		return true;
	return strcmp(type, "client backend") != 0 && !table_has(t, row, ACTIVITY_TRANSACTION_S);
}

static void complete_row(struct table *t, size_t row, const struct pid_set *blockers)
{
	bool hidden = table_bool(t, row, ACTIVITY_HIDDEN);
	bool waits = *table_text(t, row, ACTIVITY_BLOCKED_BY) != '\0';
	bool blocks = pid_set_has(blockers, table_int(t, row, ACTIVITY_PID));
	size_t n;
	int64_t *pids = session_pids(t, row, ACTIVITY_BLOCKED_BY, &n);

	session_set_pids(t, row, ACTIVITY_BLOCKED_BY, pids, n);
	set_waits_for(t, row, pids, n, hidden);
	free(pids);
	shorten_wants(t, row);
	session_does(t, row, &session_at);
	session_times(t, row, &session_at);
	if (hidden) {
		hide(t, row);
	} else {
		size_t age = state_is(t, row, "active") ? ACTIVITY_QUERY_S : ACTIVITY_STATE_S;
		if (table_has(t, row, ACTIVITY_STATE))
			table_set_string(t, row, ACTIVITY_STATE_SHORT, session_state_short(table_text(t, row, ACTIVITY_STATE)));
		if (table_has(t, row, age))
			table_set_float(t, row, ACTIVITY_FOR, table_number(t, row, age));
		set_query_text(t, row);
	}
	table_set_int(t, row, ACTIVITY_SIGN,
		      waits ? SIGN_WAITS : blocks ? SIGN_ROOT : hidden ? SIGN_HIDDEN : SIGN_NONE);
	table_set_bool(t, row, ACTIVITY_MINOR, !waits && !blocks && is_minor(t, row));
}

/* The row of the first that blocks this one; -1: nobody does, or it has no row. */
static long first_blocker(const struct table *t, const struct pid_rows *pids, size_t row)
{
	int64_t pid = strtoll(table_text(t, row, ACTIVITY_BLOCKED_BY), NULL, 10);

	return pid ? pid_rows_find(pids, pid) : -1;
}

/*
 * Of each row the one at whose end it would go on; nrows: there is none, they wait in a circle. Each way is gone once: what it led to is
 * kept for all on it.
 */
static size_t *find_roots(const struct table *t, const struct pid_rows *pids)
{
	enum { UNSEEN = 0, ON_THE_WAY, KNOWN };
	size_t *roots = mem_zero(t->nrows + 1, sizeof *roots);
	char *state = mem_zero(t->nrows + 1, 1);

	for (size_t row = 0; row < t->nrows; row++) {
		size_t root = row;
		long at = (long)row, next;

		for (; at >= 0 && state[at] == UNSEEN; at = next) {
			state[at] = ON_THE_WAY;
			root = (size_t)at;
			next = first_blocker(t, pids, (size_t)at);
		}
		if (at >= 0)
			root = state[at] == KNOWN ? roots[at] : t->nrows;
		for (at = (long)row; at >= 0 && state[at] == ON_THE_WAY; at = first_blocker(t, pids, (size_t)at)) {
			state[at] = KNOWN;
			roots[at] = root;
		}
	}
	free(state);
	return roots;
}

static void add_blocker(struct strbuf *b, const struct table *t, size_t row)
{
	strbuf_addf(b, "%" PRId64, table_int(t, row, ACTIVITY_PID));
	if (table_has(t, row, ACTIVITY_USER))
		strbuf_addf(b, " %s", table_text(t, row, ACTIVITY_USER));
}

static bool is_behind_prepared(const struct table *t, size_t row)
{
	const char *first = table_text(t, row, ACTIVITY_BLOCKED_BY);

	return *first && strtoll(first, NULL, 10) == 0;
}

/* The root's end is a prepared transaction's where that blocks it; first: the row that is named already. */
static void add_root(struct strbuf *b, const struct table *t, size_t root, long first)
{
	if (is_behind_prepared(t, root)) {
		strbuf_addf(b, ", root %s", table_text(t, root, ACTIVITY_WAITS_FOR) + strlen("by "));
	} else if (first >= 0 && root != (size_t)first) {
		strbuf_adds(b, ", root ");
		add_blocker(b, t, root);
	}
}

/* `by 5210 migrator, root 4127 app`; of several the others by their pids. */
static void name_blockers(struct table *t, size_t row, const struct pid_rows *pids, const size_t *roots)
{
	int64_t more = table_int(t, row, ACTIVITY_MORE);
	long first = first_blocker(t, pids, row);
	struct strbuf b = STRBUF_INIT;
	const char *member;
	size_t at = 0, len, n = 0, root = roots[row];

	if (!*table_text(t, row, ACTIVITY_BLOCKED_BY))
		return;
	strbuf_adds(&b, "by ");
	for (; (member = table_list_next(t, row, ACTIVITY_BLOCKED_BY, &at, &len)) != NULL; n++) {
		if (n && n < BLOCKERS_NAMED)
			strbuf_addf(&b, ", %.*s", (int)len, member);
		else if (!n && first >= 0)
			add_blocker(&b, t, (size_t)first);
		else if (!n)
			strbuf_adds(&b, table_text(t, row, ACTIVITY_WAITS_FOR) + strlen("by "));
	}
	if (more < 0)
		strbuf_adds(&b, " and the queue ahead");
	else if (n > BLOCKERS_NAMED || more)
		strbuf_addf(&b, " and %zu more", (n > BLOCKERS_NAMED ? n - BLOCKERS_NAMED : 0) + (size_t)more);
	if (root != t->nrows && root != row)
		add_root(&b, t, root, first);
	table_set_string(t, row, ACTIVITY_BLOCKED, b.text);
	strbuf_free(&b);
}

static void name_all_blockers(struct table *t)
{
	struct pid_rows pids = pid_rows_of(t, ACTIVITY_PID);
	size_t *roots = find_roots(t, &pids);

	for (size_t row = 0; row < t->nrows; row++)
		name_blockers(t, row, &pids, roots);
	free(roots);
	pid_rows_clear(&pids);
}

struct place {
	double transaction_s;
	bool has;
	int64_t pid;
	size_t row;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->has != y->has)
		return y->has - x->has;
	if (x->transaction_s != y->transaction_s)
		return x->transaction_s < y->transaction_s ? 1 : -1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void derive(const struct context *ctx, struct table *now)
{
	struct pid_set blockers = all_blockers(now);
	struct place *places = mem_zero(now->nrows + 1, sizeof *places);
	size_t *order = mem_zero(now->nrows + 1, sizeof *order);

	(void)ctx;
	for (size_t row = 0; row < now->nrows; row++) {
		complete_row(now, row, &blockers);
		places[row] = (struct place){ table_number(now, row, ACTIVITY_TRANSACTION_S),
					      table_has(now, row, ACTIVITY_TRANSACTION_S),
					      table_int(now, row, ACTIVITY_PID), row };
	}
	name_all_blockers(now);
	qsort(places, now->nrows, sizeof *places, compare_places);
	for (size_t i = 0; i < now->nrows; i++)
		order[i] = places[i].row;
	table_reorder(now, order);
	free(order);
	free(places);
	pid_set_clear(&blockers);
}

const struct collector activity_collector = {
	.name = "activity",
	.title = "activity",
	.tab = "activity",
	.help = "sessions and what they do or wait for, longest transaction first",
	.number = 2,
	.parts = parts,
	.nparts = sizeof parts / sizeof *parts,
	.columns = columns,
	.ncolumns = ACTIVITY_COLUMNS,
	.brief = brief,
	.details = details,
	.ndetails = sizeof details / sizeof *details,
	.minor_text = "idle and background",
	.empty_text = "No session to see.",
	.hidden_remedy = READ_ALL_STATS_REMEDY,
	.derive = derive,
	.checks = checks,
	.judge = activity_judge,
};

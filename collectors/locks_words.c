#include "locks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sessions.h"

/*
 * How far those behind a row wait for others than it and each other: ending it then does not free them all. Rows stand in the order of
 * the tree, so those below a row are the `waiters` rows behind it.
 */
struct reach {
	long parent;
	long lowest, highest;   /* rows for which those below it wait; outside the table: lowest is -1 */
};

static const struct session_columns session_at = {
	.hidden = LOCKS_HIDDEN, .state = LOCKS_STATE, .wait_event_type = LOCKS_WAIT_EVENT_TYPE, .wait_event = LOCKS_WAIT_EVENT,
	.blocked_by = LOCKS_BLOCKED_BY, .does = LOCKS_DOES, .transaction_s = LOCKS_TRANSACTION_S, .state_s = LOCKS_STATE_S,
	.backend_start = LOCKS_BACKEND_START, .taken = LOCKS_TAKEN, .query = LOCKS_QUERY, .query_bytes = LOCKS_QUERY_BYTES,
	.query_size = LOCKS_QUERY_SIZE, .since = LOCKS_SINCE, .connection_s = LOCKS_CONNECTION_S, .ended_s = LOCKS_ENDED_S,
	.veiled = LOCKS_VEILED,
};

static void set_taken(struct table *t, size_t row, size_t column, char *take_text)
{
	if (take_text)
		table_set_string(t, row, column, take_text);
	free(take_text);
}

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

static void name_title(struct table *t, size_t row)
{
	int64_t waiters = table_int(t, row, LOCKS_WAITERS);
	const char *place = locks_waits(t, row) ? "waiting" : waiters ? "root" : "nobody waits for it";
	struct strbuf b = STRBUF_INIT;

	set_taken(t, row, LOCKS_TITLE, table_int(t, row, LOCKS_PID) ? mem_format("session %" PRId64, table_int(t, row, LOCKS_PID))
			: mem_format("prepared transaction %s", table_text(t, row, LOCKS_GID)));
	strbuf_adds(&b, place);
	if (waiters)
		strbuf_addf(&b, ", %" PRId64 " behind it", waiters);
	set_taken(t, row, LOCKS_PLACE, strbuf_take(&b));
}

/* What the modes held are held on: the table, also where a row of it is waited for. */
static const char *held_object(const struct table *t, size_t row)
{
	size_t column = !locks_waits(t, row) || !table_has(t, row, LOCKS_RELATION) ? LOCKS_OBJECT :
			table_has(t, row, LOCKS_RELATION_NAME) ? LOCKS_RELATION_NAME : LOCKS_RELATION_SHORT;

	return table_text(t, row, column);
}

/* `RowExclusive on public.orders`; of what nobody waits for only how much it is. */
static void name_holds(struct table *t, size_t row)
{
	int64_t locks = table_int(t, row, LOCKS_LOCKS);
	struct strbuf b = STRBUF_INIT;

	if (*table_text(t, row, LOCKS_GRANTED_MODES)) {
		table_format(t, row, LOCKS_GRANTED_MODES, true, "...", 0, &b);
		strbuf_addf(&b, " on %s", held_object(t, row));
	} else if (*table_text(t, row, LOCKS_HELD)) {
		strbuf_adds(&b, "locks others want");
	} else if (!table_has(t, row, LOCKS_LOCKS)) {
		return;
	} else if (locks) {
		strbuf_addf(&b, "%" PRId64 " uncontested", locks);
	} else {
		strbuf_adds(&b, "nothing");
	}
	set_taken(t, row, LOCKS_HOLDS, strbuf_take(&b));
}

static void name_row(struct table *t, size_t row)
{
	name_title(t, row);
	if (locks_waits(t, row))
		set_taken(t, row, LOCKS_WANTS, mem_format("%s on %s", table_text(t, row, LOCKS_LOCK_MODE), table_text(t, row, LOCKS_OBJECT)));
	name_holds(t, row);
	session_does(t, row, &session_at);
	session_times(t, row, &session_at);
	if (!table_bool(t, row, LOCKS_HIDDEN))
		set_taken(t, row, LOCKS_QUERY_TEXT, session_text_size(t, row, &session_at));
}

/* The row a waiter's blocker has; a prepared transaction, which has no pid, is known only as the root of the tree it waits in. */
static long blocker_row(const struct table *t, const struct pid_rows *pids, int64_t pid, size_t root)
{
	if (!pid)
		return table_int(t, root, LOCKS_PID) ? -1 : (long)root;
	return pid_rows_find(pids, pid);
}

static void widen(struct reach *r, long lowest, long highest)
{
	if (lowest < r->lowest)
		r->lowest = lowest;
	if (highest > r->highest)
		r->highest = highest;
}

/* What the row itself waits for widens what those below its parent do. */
static void reach_up(const struct table *t, const struct pid_rows *pids, struct reach *reach, size_t row, size_t root)
{
	struct reach *parent = &reach[reach[row].parent];
	const char *member;
	size_t at = 0, len;

	while ((member = table_list_next(t, row, LOCKS_BLOCKED_BY, &at, &len)) != NULL) {
		long blocker = blocker_row(t, pids, strtoll(member, NULL, 10), root);

		widen(parent, blocker, blocker);
	}
	widen(parent, reach[row].lowest, reach[row].highest);
}

static struct reach *find_reach(const struct table *t)
{
	struct reach *reach = mem_zero(t->nrows + 1, sizeof *reach);
	size_t *above = mem_zero(t->nrows + 1, sizeof *above), *root = mem_zero(t->nrows + 1, sizeof *root);
	struct pid_rows pids = pid_rows_of(t, LOCKS_PID);

	for (size_t row = 0; row < t->nrows; row++) {
		size_t depth = (size_t)table_int(t, row, LOCKS_DEPTH);

		above[depth] = row;
		root[row] = above[0];
		reach[row] = (struct reach){ .parent = depth ? (long)above[depth - 1] : -1, .lowest = (long)t->nrows };
	}
	for (size_t row = t->nrows; row-- > 0;)
		if (reach[row].parent >= 0)
			reach_up(t, &pids, reach, row, root[row]);
	pid_rows_clear(&pids);
	free(root);
	free(above);
	return reach;
}

/* Whether all below the row wait for it and each other alone. */
static bool is_whole(const struct table *t, size_t row, const struct reach *reach)
{
	return reach[row].lowest >= (long)row && reach[row].highest <= (long)row + table_int(t, row, LOCKS_WAITERS);
}

/*
 * The waiter for a table that frees most of those behind a root when it is cancelled: it has done nothing yet that would be lost, as a
 * rule. -1: none.
 */
static long find_jam(const struct table *t, size_t root, const struct reach *reach)
{
	size_t end = root + (size_t)table_int(t, root, LOCKS_WAITERS);
	long jam = -1;

	for (size_t row = root + 1; row <= end && row < t->nrows; row++)
		if (table_int(t, row, LOCKS_WAITERS) > (jam < 0 ? 0 : table_int(t, (size_t)jam, LOCKS_WAITERS)) &&
		    strcmp(table_text(t, row, LOCKS_LOCK_TYPE), "relation") == 0 && is_whole(t, row, reach))
			jam = (long)row;
	return jam >= 0 && 2 * table_int(t, (size_t)jam, LOCKS_WAITERS) >= table_int(t, root, LOCKS_WAITERS) ? jam : -1;
}

static void add_gentler(struct strbuf *b, const struct table *t, size_t root, const struct reach *reach)
{
	const char *state = table_text(t, root, LOCKS_STATE);
	long jam = find_jam(t, root, reach);

	if (strncmp(state, "idle", 4) == 0)
		strbuf_addf(b, " Cancel does nothing to an idle %s; terminate does.", state[4] ? "transaction" : "session");
	if (jam >= 0)
		strbuf_addf(b, " Gentler first: cancel %" PRId64 ".", table_int(t, (size_t)jam, LOCKS_PID));
	else if (strcmp(state, "active") == 0)
		strbuf_adds(b, " Gentler first: cancel its statement.");
}

/* What the end of a row would do for those behind it, and what does less harm. */
static void name_outlook(struct table *t, size_t row, const struct reach *reach)
{
	int64_t waiters = table_int(t, row, LOCKS_WAITERS);
	struct strbuf b = STRBUF_INIT;

	if (!waiters)
		return;
	strbuf_addf(&b, "frees %s%" PRId64 " session%s.", is_whole(t, row, reach) ? "" : "up to ", waiters, plural(waiters));
	if (locks_waits(t, row)) {
		set_taken(t, row, LOCKS_OUTLOOK, mem_format("Cancelling it %s", b.text));
	} else if (!table_int(t, row, LOCKS_PID)) {
		set_taken(t, row, LOCKS_OUTLOOK, mem_format("COMMIT PREPARED or ROLLBACK PREPARED in %s ends it and %s No session is there to be ended.",
							    table_text(t, row, LOCKS_DATABASE), b.text));
	} else {
		add_gentler(&b, t, row, reach);
		set_taken(t, row, LOCKS_OUTLOOK, mem_format("Ending it %s", b.text));
	}
	strbuf_free(&b);
}

void locks_words(struct table *t)
{
	struct reach *reach = find_reach(t);

	for (size_t row = 0; row < t->nrows; row++) {
		name_row(t, row);
		name_outlook(t, row, reach);
	}
	free(reach);
}

#include "locks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sessions.h"

/* What stands behind one root. */
struct queue {
	size_t root, end;      /* rows root + 1 to end - 1 are below it */
	int64_t waiting;       /* sessions that wait, a root that waits itself included */
	double longest_s;
	bool wait_unknown;     /* of some the wait is hidden */
	long jam;              /* the waiter with the most behind it for a lock on a relation; -1: none */
};

static struct queue queue_of(const struct table *t, size_t root)
{
	struct queue q = { .root = root, .end = root + 1, .jam = -1 };

	for (size_t row = root; row < t->nrows && (row == root || table_int(t, row, LOCKS_DEPTH) > 0); row++) {
		q.end = row + 1;
		if (!locks_waits(t, row))
			continue;
		q.waiting++;
		if (!table_has(t, row, LOCKS_WAIT_S))
			q.wait_unknown = true;
		if (table_number(t, row, LOCKS_WAIT_S) > q.longest_s)
			q.longest_s = table_number(t, row, LOCKS_WAIT_S);
		if (row == root || table_int(t, row, LOCKS_WAITERS) == 0 ||
		    strcmp(table_text(t, row, LOCKS_LOCK_TYPE), "relation") != 0)
			continue;
		if (q.jam < 0 || table_int(t, row, LOCKS_WAITERS) > table_int(t, (size_t)q.jam, LOCKS_WAITERS))
			q.jam = (long)row;
	}
	return q;
}

/*
 * Whether it is a finding. A wait of unknown length counts as one: better said once too often than
 * kept back.
 */
static bool queue_severity(const struct context *ctx, const struct queue *q, enum severity *severity)
{
	if (q->waiting == 0)
		return false;
	*severity = SEVERITY_CRITICAL;
	if ((double)q->waiting >= limit(ctx->limits, LIMIT_LOCK_QUEUE) ||
	    q->longest_s >= limit_critical(ctx->limits, LIMIT_LOCK_WAIT))
		return true;
	*severity = SEVERITY_WARNING;
	return q->wait_unknown || q->longest_s >= limit(ctx->limits, LIMIT_LOCK_WAIT);
}

/* `ALTER TABLE orders`, else `pid 5210`. */
static void add_statement(struct strbuf *b, const struct table *t, size_t row)
{
	if (!statement_name(b, table_text(t, row, LOCKS_QUERY)))
		strbuf_addf(b, "pid %" PRId64, table_int(t, row, LOCKS_PID));
}

/* Whether the root waits for one that waits behind it. */
static bool in_circle(const struct table *t, const struct queue *q)
{
	size_t n;
	int64_t *pids = session_pids(t, q->root, LOCKS_BLOCKED_BY, &n);
	bool circle = false;

	for (size_t i = 0; i < n; i++)
		for (size_t row = q->root + 1; row < q->end; row++)
			circle = circle || (pids[i] && table_int(t, row, LOCKS_PID) == pids[i]);
	free(pids);
	return circle;
}

/* A root that waits: its own wait closed a circle, or whoever blocks it cannot be shown. */
static void add_waiting_root(struct strbuf *b, const struct table *t, const struct queue *q)
{
	const char *whom = *table_text(t, q->root, LOCKS_BLOCKED_BY) == '0' ? "a prepared transaction" : "a session that has just ended";
	int64_t pid = table_int(t, q->root, LOCKS_PID);

	if (in_circle(t, q))
		strbuf_addf(b, "%" PRId64 " sessions wait in a circle, pid %" PRId64 " among them", q->waiting, pid);
	else if (q->waiting == 1)
		strbuf_addf(b, "pid %" PRId64 " waits for %s", pid, whom);
	else
		strbuf_addf(b, "%" PRId64 " sessions wait, pid %" PRId64 " first, for %s", q->waiting, pid, whom);
}

static char *queue_title(const struct table *t, const struct queue *q)
{
	struct strbuf b = STRBUF_INIT;

	if (locks_waits(t, q->root)) {
		add_waiting_root(&b, t, q);
		return strbuf_take(&b);
	}
	strbuf_addf(&b, "%" PRId64 " session%s for ", q->waiting, q->waiting == 1 ? " waits" : "s wait");
	if (table_int(t, q->root, LOCKS_PID))
		strbuf_addf(&b, "pid %" PRId64, table_int(t, q->root, LOCKS_PID));
	else
		strbuf_addf(&b, "prepared transaction %s", table_text(t, q->root, LOCKS_GID));
	if (q->jam >= 0) {
		strbuf_addf(&b, ", %" PRId64 " of them behind ", table_int(t, (size_t)q->jam, LOCKS_WAITERS));
		add_statement(&b, t, (size_t)q->jam);
	}
	return strbuf_take(&b);
}

/* `app, orders-api: idle in transaction 14m07s, holds RowExclusive on orders` */
static char *queue_evidence(const struct table *t, const struct queue *q)
{
	struct strbuf b = STRBUF_INIT;
	size_t row = q->root;
	const char *state = table_text(t, row, LOCKS_STATE);
	bool prepared = table_int(t, row, LOCKS_PID) == 0;

	strbuf_adds(&b, table_has(t, row, LOCKS_USER) ? table_text(t, row, LOCKS_USER) : "the server itself");
	if (table_has(t, row, LOCKS_APPLICATION))
		strbuf_addf(&b, ", %s", table_text(t, row, LOCKS_APPLICATION));
	strbuf_adds(&b, ": ");
	if (table_bool(t, row, LOCKS_HIDDEN))
		strbuf_adds(&b, "what it does is hidden from this role");
	else
		strbuf_adds(&b, prepared ? "prepared" : *state ? state : table_has(t, row, LOCKS_USER) ? "state not known" : "at work");
	if (table_has(t, row, LOCKS_TRANSACTION_S)) {
		strbuf_addc(&b, ' ');
		add_age(&b, table_number(t, row, LOCKS_TRANSACTION_S));
	}
	if (table_has(t, row, LOCKS_LOCK_MODE))
		strbuf_addf(&b, ", %s %s on %s", locks_waits(t, row) ? "wants" : "holds", table_text(t, row, LOCKS_LOCK_MODE),
			    table_text(t, row, LOCKS_OBJECT_SHORT));
	if (strcmp(state, "active") == 0) {
		struct strbuf statement = STRBUF_INIT;
		if (statement_name(&statement, table_text(t, row, LOCKS_QUERY)))
			strbuf_addf(&b, ", runs %s", statement.text);
		strbuf_free(&statement);
	}
	return strbuf_take(&b);
}

/*
 * The gentlest statement that frees the most: cancelling a schema change that only waits frees the
 * queue behind it and costs nothing that was done. Else the root: one that runs is cancelled, one
 * that is idle can only be ended.
 */
static char *queue_fix(const struct table *t, const struct queue *q)
{
	size_t row = q->root;
	struct strbuf b = STRBUF_INIT;

	if (q->jam >= 0 && statement_name(&b, table_text(t, (size_t)q->jam, LOCKS_QUERY))) {
		row = (size_t)q->jam;
		strbuf_free(&b);
		return session_cancel_sql(table_int(t, row, LOCKS_PID), table_int(t, row, LOCKS_BACKEND_START),
					  table_int(t, row, LOCKS_QUERY_START));
	}
	if (locks_waits(t, row) && !in_circle(t, q))
		return NULL;
	if (table_int(t, row, LOCKS_PID) == 0)
		return prepared_rollback_sql(table_text(t, row, LOCKS_GID));
	if (strcmp(table_text(t, row, LOCKS_STATE), "active") == 0)
		return session_cancel_sql(table_int(t, row, LOCKS_PID), table_int(t, row, LOCKS_BACKEND_START),
					  table_int(t, row, LOCKS_QUERY_START));
	return session_terminate_sql(table_int(t, row, LOCKS_PID), table_int(t, row, LOCKS_BACKEND_START));
}

static int64_t began(const struct table *t, size_t row, double seconds)
{
	return row_taken_us(t, row, LOCKS_TAKEN) - (int64_t)(seconds * 1e6);
}

static void judge_queue(const struct table *t, const struct queue *q, enum severity severity, struct outcomes *out)
{
	struct finding *f = outcomes_finding(out, "lock-queue", severity);

	f->stops = q->waiting;
	f->title = queue_title(t, q);
	f->evidence = queue_evidence(t, q);
	f->fix_sql = queue_fix(t, q);
	f->since_us = began(t, q->root, q->longest_s);
	f->since_at_least = q->wait_unknown;
	f->pane = locks_collector.name;
	f->key = table_key(t, q->root);
	if (table_int(t, q->root, LOCKS_PID) == 0) {
		f->cause_pane = locks_collector.name;
		f->cause_key = table_key(t, q->root);
	}
}

static void judge_prepared(const struct context *ctx, const struct table *t, const struct queue *q, bool queue_is_finding,
			   struct outcomes *out)
{
	double age_s = table_number(t, q->root, LOCKS_TRANSACTION_S);
	const char *gid = table_text(t, q->root, LOCKS_GID);
	struct strbuf b = STRBUF_INIT;
	struct finding *f;

	if (!queue_is_finding && age_s < limit(ctx->limits, LIMIT_PREPARED_TRANSACTION))
		return;
	f = outcomes_finding(out, "prepared-transactions",
			     q->waiting || age_s >= limit_critical(ctx->limits, LIMIT_PREPARED_TRANSACTION) ? SEVERITY_CRITICAL
													   : SEVERITY_WARNING);
	f->stops = q->waiting;
	strbuf_addf(&b, "Prepared transaction %s ", gid);
	if (q->waiting) {
		strbuf_addf(&b, "blocks %" PRId64 " session%s", q->waiting, q->waiting == 1 ? "" : "s");
	} else {
		strbuf_adds(&b, "is left open for ");
		add_age(&b, age_s);
	}
	f->title = strbuf_take(&b);
	strbuf_addf(&b, "prepared by %s", table_text(t, q->root, LOCKS_USER));
	/* Only there can it be ended; what is in our own database needs no word. */
	if (!ctx->facts || !ctx->facts->database || strcmp(ctx->facts->database, table_text(t, q->root, LOCKS_DATABASE)) != 0)
		strbuf_addf(&b, " in %s", table_text(t, q->root, LOCKS_DATABASE));
	if (q->waiting && table_has(t, q->root, LOCKS_OBJECT_SHORT))
		strbuf_addf(&b, "; locks %s", table_text(t, q->root, LOCKS_OBJECT_SHORT));
	f->evidence = strbuf_take(&b);
	f->fix_sql = prepared_rollback_sql(gid);
	f->since_us = began(t, q->root, age_s);
	f->pane = locks_collector.name;
	f->key = table_key(t, q->root);
}

void locks_judge(const struct context *ctx, const struct table *now, struct outcomes *out)
{
	outcomes_check(out, "lock-queue", CHECK_OK, NULL);
	outcomes_check(out, "prepared-transactions", CHECK_OK, NULL);
	for (size_t row = 0; row < now->nrows;) {
		struct queue q = queue_of(now, row);
		enum severity severity;
		bool found = queue_severity(ctx, &q, &severity);

		if (found)
			judge_queue(now, &q, severity, out);
		if (table_int(now, row, LOCKS_PID) == 0)
			judge_prepared(ctx, now, &q, found, out);
		row = q.end;
	}
}

void locks_summary(const struct table *now, struct strbuf *out)
{
	size_t roots = 0, waiting = 0;

	for (size_t row = 0; row < now->nrows; row++) {
		waiting += locks_waits(now, row);
		roots += table_int(now, row, LOCKS_DEPTH) == 0 &&
			 (table_int(now, row, LOCKS_WAITERS) > 0 || locks_waits(now, row));
	}
	if (waiting)
		strbuf_addf(out, "%zu root%s, %zu waiting", roots, roots == 1 ? "" : "s", waiting);
}

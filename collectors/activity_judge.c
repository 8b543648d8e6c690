/* What the sessions mean: transactions that are open and do nothing. */
#include "activity.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "locks.h"
#include "sessions.h"

/* From so many sessions alike on it is one trouble, a pool that leaks, and not so many findings. */
enum { TOGETHER = 4 };

/* Idle sessions that are one finding: those of one role and application that block nobody, or a single one. */
struct idlers {
	size_t longest;   /* row of the one that has been idle longest */
	size_t n;
};

static double idle_s(const struct table *t, size_t row)
{
	return table_number(t, row, ACTIVITY_STATE_S);
}

static bool is_root(const struct table *t, size_t row)
{
	return table_int(t, row, ACTIVITY_SIGN) == SIGN_ROOT;
}

static bool is_aborted(const struct table *t, size_t row)
{
	return strcmp(table_text(t, row, ACTIVITY_STATE), "idle in transaction (aborted)") == 0;
}

/* Idle in a transaction for long enough to be worth a word. */
static bool is_idler(const struct context *ctx, const struct table *t, size_t row)
{
	return !table_bool(t, row, ACTIVITY_HIDDEN) &&
	       (is_aborted(t, row) || strcmp(table_text(t, row, ACTIVITY_STATE), "idle in transaction") == 0) &&
	       table_has(t, row, ACTIVITY_STATE_S) && idle_s(t, row) >= limit(ctx->limits, LIMIT_IDLE_IN_TRANSACTION);
}

static bool alike(const struct table *t, size_t a, size_t b)
{
	return strcmp(table_text(t, a, ACTIVITY_USER), table_text(t, b, ACTIVITY_USER)) == 0 &&
	       strcmp(table_text(t, a, ACTIVITY_APPLICATION), table_text(t, b, ACTIVITY_APPLICATION)) == 0;
}

static void add_evidence(struct strbuf *b, const struct table *t, size_t row)
{
	strbuf_adds(b, table_has(t, row, ACTIVITY_APPLICATION) ? table_text(t, row, ACTIVITY_APPLICATION) : "no application name");
	if (table_has(t, row, ACTIVITY_CLIENT))
		strbuf_addf(b, ", %s", table_text(t, row, ACTIVITY_CLIENT));
	strbuf_adds(b, ": transaction open ");
	add_age(b, table_number(t, row, ACTIVITY_TRANSACTION_S));
	if (*table_text(t, row, ACTIVITY_QUERY)) {
		strbuf_adds(b, "; last: ");
		text_one_line(b, table_text(t, row, ACTIVITY_QUERY), 200);
	}
}

static void name_one(struct finding *f, const struct table *t, size_t row)
{
	int64_t pid = table_int(t, row, ACTIVITY_PID);
	struct strbuf b = STRBUF_INIT;

	strbuf_addf(&b, "pid %" PRId64, pid);
	if (table_has(t, row, ACTIVITY_USER))
		strbuf_addf(&b, " (%s)", table_text(t, row, ACTIVITY_USER));
	strbuf_addf(&b, " is idle in %s transaction for ", is_aborted(t, row) ? "an aborted" : "a");
	add_age(&b, idle_s(t, row));
	f->title = strbuf_take(&b);
	add_evidence(&b, t, row);
	f->evidence = strbuf_take(&b);
	f->fix_sql = session_terminate_sql(pid, table_int(t, row, ACTIVITY_BACKEND_START));
}

/* No statement is offered for all of them: which of them may go is for a person to say. */
static void name_many(struct finding *f, const struct table *t, const struct idlers *i)
{
	struct strbuf b = STRBUF_INIT;

	strbuf_addf(&b, "%zu sessions of %s are idle in a transaction, up to ", i->n,
		    table_has(t, i->longest, ACTIVITY_USER) ? table_text(t, i->longest, ACTIVITY_USER) : "no role");
	add_age(&b, idle_s(t, i->longest));
	f->title = strbuf_take(&b);
	strbuf_addf(&b, "pid %" PRId64 ": ", table_int(t, i->longest, ACTIVITY_PID));
	add_evidence(&b, t, i->longest);
	f->evidence = strbuf_take(&b);
}

static void judge_idlers(const struct context *ctx, const struct table *t, const struct idlers *i, struct outcomes *out)
{
	bool root = is_root(t, i->longest);
	bool critical = root || idle_s(t, i->longest) >= limit_critical(ctx->limits, LIMIT_IDLE_IN_TRANSACTION);
	struct finding *f = outcomes_finding(out, "idle-in-transaction", critical ? SEVERITY_CRITICAL : SEVERITY_WARNING);

	if (i->n == 1)
		name_one(f, t, i->longest);
	else
		name_many(f, t, i);
	f->since_us = row_taken_us(t, i->longest, ACTIVITY_TAKEN) - (int64_t)(idle_s(t, i->longest) * 1e6);
	f->pane = activity_collector.name;
	f->key = table_key(t, i->longest);
	if (root) {
		f->cause_pane = locks_collector.name;
		f->cause_key = locks_key(table_int(t, i->longest, ACTIVITY_PID), NULL);
	}
}

/* `done` marks the rows that are told; those from `row` on that are like it are marked when they are told together. */
static struct idlers gather(const struct context *ctx, const struct table *t, size_t row, bool *done)
{
	struct idlers all = { .longest = row, .n = 1 };

	for (size_t i = row + 1; i < t->nrows && !is_root(t, row); i++) {
		if (done[i] || is_root(t, i) || !is_idler(ctx, t, i) || !alike(t, row, i))
			continue;
		all.n++;
		if (idle_s(t, i) > idle_s(t, all.longest))
			all.longest = i;
	}
	if (all.n < TOGETHER)
		return (struct idlers){ .longest = row, .n = 1 };
	for (size_t i = row + 1; i < t->nrows; i++)
		done[i] = done[i] || (!is_root(t, i) && is_idler(ctx, t, i) && alike(t, row, i));
	return all;
}

void activity_judge(const struct context *ctx, const struct table *now, struct outcomes *out)
{
	bool *done = mem_zero(now->nrows + 1, sizeof *done);
	bool hidden = false;
	char *why;

	for (size_t row = 0; row < now->nrows; row++) {
		if (table_bool(now, row, ACTIVITY_HIDDEN))
			hidden = hidden || table_has(now, row, ACTIVITY_USER);
		if (!done[row] && is_idler(ctx, now, row)) {
			struct idlers i = gather(ctx, now, row, done);

			judge_idlers(ctx, now, &i, out);
		}
	}
	free(done);
	why = hidden ? stats_grant(ctx->facts) : NULL;
	outcomes_check(out, "idle-in-transaction", hidden ? CHECK_UNKNOWN : CHECK_OK, why);
	free(why);
}

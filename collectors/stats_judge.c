#include "stats.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "collectors/base/sql.h"
#include "locks.h"
#include "sessions.h"

/* Transaction ids go round: half of 2^32 are in the past. */
#define XID_HALF 2147483648.0

static bool has(const struct table *t, enum figure f)
{
	return table_has(t, f, STATS_VALUE);
}

static double value(const struct table *t, enum figure f)
{
	return table_number(t, f, STATS_VALUE);
}

static void unknown(const struct context *ctx, const char *id, struct outcomes *out)
{
	char *why = stats_grant(ctx->facts);

	outcomes_check(out, id, CHECK_UNKNOWN, why);
	free(why);
}

static struct finding *find(const struct table *t, enum figure f, const char *id, enum severity severity, struct outcomes *out)
{
	struct finding *finding = outcomes_finding(out, id, severity);

	finding->pane = stats_collector.name;
	finding->key = table_key(t, f);
	return finding;
}

/* `1.9M`, with digits grouped where all of them are written. */
static void add_count(struct strbuf *b, double n)
{
	char buf[UNITS_SIZE];

	strbuf_adds(b, units_count(buf, n));
}

static void add_grouped(struct strbuf *b, double n)
{
	char buf[UNITS_SIZE];

	strbuf_adds(b, units_grouped(buf, (int64_t)n));
}

static void add_size(struct strbuf *b, double bytes)
{
	char buf[UNITS_SIZE];

	strbuf_adds(b, units_size(buf, bytes));
}

/* The present rate is that of so many half minutes: how a rise began long ago says little of how it goes on. */
enum { PRESENT = 3 };

/*
 * In how many seconds the connections are full if they go on as now; negative: not at all, or
 * nobody knows. Four whole half minutes in a row must not have fallen, and must have risen over
 * all; the newest mark is still being filled.
 */
static double full_in_s(const struct context *ctx, const char *key, double used, double available)
{
	struct mark marks[HISTORY_MARKS];
	int last = HISTORY_MARKS - 2, first = last;
	double rate;

	if (ctx->history == NULL)
		return -1;
	history_get(ctx->history, key, ctx->now_us, marks);
	if (!marks[last].seen || used < marks[last].last)
		return -1;
	while (first > 0 && marks[first - 1].seen && marks[first - 1].last <= marks[first].last)
		first--;
	/* A rise that began late is told from where it began. */
	while (first < last && marks[first + 1].last <= marks[first].last)
		first++;
	if (last - first < 4)
		return -1;
	rate = (marks[last].last - marks[last - PRESENT].last) / (PRESENT * ((double)HISTORY_MARK_US / 1e6));
	return rate > 0 ? fmax(available - used, 0) / rate : -1;
}

/*
 * Since when the share has been over the limit, as far back as the marks reach; 0: not known. In its first half minute it may have
 * come up at any moment: it is so at least since that ended.
 */
static int64_t over_since_us(const struct context *ctx, const struct table *t, const char *key, double least)
{
	struct mark marks[HISTORY_MARKS];
	int first = HISTORY_MARKS;

	if (ctx->history == NULL)
		return 0;
	history_get(ctx->history, key, ctx->now_us, marks);
	while (first > 0 && marks[first - 1].seen && marks[first - 1].worst >= least)
		first--;
	if (first >= HISTORY_MARKS - 1)
		return 0;
	return row_taken_us(t, FIGURE_CONNECTIONS_USED, STATS_TAKEN) - ctx->now_us % HISTORY_MARK_US -
	       (HISTORY_MARKS - 2 - first) * HISTORY_MARK_US;
}

static char *connections_evidence(const struct table *t)
{
	struct strbuf b = STRBUF_INIT;

	if (has(t, FIGURE_SESSIONS_WAITING_FOR_LOCK)) {
		double waiting = value(t, FIGURE_SESSIONS_WAITING_FOR_LOCK);
		strbuf_addf(&b, "%.0f %s", waiting, waiting == 1 ? "waits for a lock" : "wait for locks");
	}
	if (has(t, FIGURE_SESSIONS_IDLE))
		strbuf_addf(&b, "%s%.0f idle", b.len ? ", " : "", value(t, FIGURE_SESSIONS_IDLE));
	if (table_has(t, FIGURE_CONNECTIONS_USED, STATS_HOLDER))
		strbuf_addf(&b, "%smost from %s", b.len ? ", " : "", table_text(t, FIGURE_CONNECTIONS_USED, STATS_HOLDER));
	return strbuf_take(&b);
}

static void judge_connections(const struct context *ctx, const struct table *t, struct outcomes *out)
{
	double used = value(t, FIGURE_CONNECTIONS_USED), share, full_s;
	double available = value(t, FIGURE_CONNECTIONS_LIMIT) - value(t, FIGURE_CONNECTIONS_RESERVED);
	enum severity severity;
	struct strbuf b = STRBUF_INIT;
	struct finding *f;
	char *key;

	if (!has(t, FIGURE_CONNECTIONS_USED) || !has(t, FIGURE_CONNECTIONS_LIMIT) || available <= 0) {
		outcomes_check(out, "connections", CHECK_UNKNOWN, "pg_stat_activity could not be read");
		return;
	}
	key = table_key(t, FIGURE_CONNECTIONS_USED);
	share = used / available;
	full_s = full_in_s(ctx, key, used, available);
	if (share >= limit_critical(ctx->limits, LIMIT_CONNECTIONS_SHARE) ||
	    (full_s >= 0 && full_s <= limit(ctx->limits, LIMIT_CONNECTIONS_FULL))) {
		severity = SEVERITY_CRITICAL;
	} else if (share >= limit(ctx->limits, LIMIT_CONNECTIONS_SHARE)) {
		severity = SEVERITY_WARNING;
	} else {
		free(key);
		outcomes_check(out, "connections", CHECK_OK, NULL);
		return;
	}
	f = outcomes_finding(out, "connections", severity);
	f->pane = activity_collector.name;   /* the sessions are the proof */
	strbuf_addf(&b, "%.0f of %.0f connections in use", used, available);
	if (full_s >= 0 && full_s < 3600 && used < available)
		strbuf_addf(&b, full_s < 60 ? ", full within a minute at this rate" : ", full in ~%.0f min at this rate",
			    round(full_s / 60));
	f->title = strbuf_take(&b);
	f->evidence = connections_evidence(t);
	f->since_us = over_since_us(ctx, t, key, limit(ctx->limits, LIMIT_CONNECTIONS_SHARE) * available);
	f->since_at_least = f->since_us != 0;
	free(key);
}

/* Who holds it, as a row of another pane: of that one's findings this is a part. */
static void set_cause(const struct table *t, struct finding *f)
{
	int64_t pid = table_int(t, FIGURE_OLDEST_XMIN, STATS_HOLDER_PID);

	if (table_has(t, FIGURE_OLDEST_XMIN, STATS_HOLDER_GID)) {
		const char *gid = table_text(t, FIGURE_OLDEST_XMIN, STATS_HOLDER_GID);
		f->cause_pane = locks_collector.name;
		f->cause_key = locks_key(0, gid);
		f->title_clause = mem_string(" and holds xmin");
		f->fix_sql = prepared_rollback_sql(gid);
	} else if (pid) {
		/*
		 * Its finding may stand for a queue of sessions, whose title this clause would not
		 * fit.
		 */
		int64_t start = table_int(t, FIGURE_OLDEST_XMIN, STATS_HOLDER_START);
		f->cause_pane = activity_collector.name;
		f->cause_key = activity_key(pid, start);
		f->fix_sql = session_terminate_sql(pid, start);
	} else if (table_has(t, FIGURE_OLDEST_XMIN, STATS_HOLDER_SLOT)) {
		char *slot = sql_literal(table_text(t, FIGURE_OLDEST_XMIN, STATS_HOLDER_SLOT));
		if (slot)
			f->fix_sql = mem_format("SELECT pg_drop_replication_slot(%s);", slot);
		free(slot);
	}
}

static void judge_xmin(const struct context *ctx, const struct table *t, struct outcomes *out)
{
	/* A hidden session shows how far back it reaches, but not since when. */
	bool untimed = table_int(t, FIGURE_OLDEST_XMIN, STATS_HOLDER_PID) > 0 && !table_has(t, FIGURE_OLDEST_XMIN, STATS_AGE_S);
	double age = value(t, FIGURE_OLDEST_XMIN);
	double age_s = table_number(t, FIGURE_OLDEST_XMIN, STATS_AGE_S);
	const struct limits *l = ctx->limits;
	struct strbuf b = STRBUF_INIT;
	struct finding *f;

	if (age >= limit(l, LIMIT_XMIN_AGE_TRANSACTIONS) ||
	    (table_has(t, FIGURE_OLDEST_XMIN, STATS_AGE_S) && age_s >= limit(l, LIMIT_XMIN_AGE))) {
		f = find(t, FIGURE_OLDEST_XMIN, "xmin-horizon",
			 age >= limit_critical(l, LIMIT_XMIN_AGE_TRANSACTIONS) || age_s >= limit_critical(l, LIMIT_XMIN_AGE)
				 ? SEVERITY_CRITICAL : SEVERITY_WARNING, out);
		strbuf_adds(&b, "Oldest xmin is ");
		add_count(&b, age);
		strbuf_addf(&b, " transactions back, held by %s", table_text(t, FIGURE_OLDEST_XMIN, STATS_HOLDER));
		f->title = strbuf_take(&b);
		strbuf_addf(&b, "%s", table_text(t, FIGURE_OLDEST_XMIN, STATS_NOTE));
		if (age_s > 0) {
			strbuf_adds(&b, b.len ? ", for " : "for ");
			add_age(&b, age_s);
		}
		strbuf_adds(&b, "; vacuum removes no row that died since");
		f->evidence = strbuf_take(&b);
		strbuf_adds(&b, "; oldest xmin, ");
		add_count(&b, age);
		strbuf_adds(&b, " transactions back");
		f->evidence_clause = strbuf_take(&b);
		if (age_s > 0)
			f->since_us = row_taken_us(t, FIGURE_OLDEST_XMIN, STATS_TAKEN) - (int64_t)(age_s * 1e6);
		set_cause(t, f);
	} else if (!has(t, FIGURE_OLDEST_XMIN)) {
		outcomes_check(out, "xmin-horizon", CHECK_UNKNOWN, "the oldest snapshot could not be read");
	} else if (untimed) {
		unknown(ctx, "xmin-horizon", out);
	} else {
		outcomes_check(out, "xmin-horizon", CHECK_OK, NULL);
	}
}

static void judge_wraparound_of(const struct context *ctx, const struct table *t, enum figure figure, const char *what,
				struct outcomes *out)
{
	double age = value(t, figure), freeze_age = table_number(t, figure, STATS_OTHER_VALUE), share = age / XID_HALF;
	const char *database = table_text(t, figure, STATS_NOTE);
	char buf[UNITS_SIZE];
	struct strbuf b = STRBUF_INIT;
	struct finding *f;

	if (!has(t, figure)) {
		outcomes_check(out, "wraparound", CHECK_UNKNOWN, "the ages in pg_database could not be read");
		return;
	}
	if (share < limit(ctx->limits, LIMIT_XID_AGE_SHARE) && (freeze_age <= 0 || age <= freeze_age * 1.1)) {
		outcomes_check(out, "wraparound", CHECK_OK, NULL);
		return;
	}
	f = find(t, figure, "wraparound",
		 share >= limit_critical(ctx->limits, LIMIT_XID_AGE_SHARE) ? SEVERITY_CRITICAL : SEVERITY_WARNING, out);
	strbuf_addf(&b, "Database %s: oldest %s %s of the way to wraparound", database, what, units_share(buf, share));
	f->title = strbuf_take(&b);
	strbuf_adds(&b, "age ");
	add_grouped(&b, age);
	strbuf_adds(&b, " of 2 147 483 648; autovacuum freezes from ");
	add_grouped(&b, freeze_age);
	strbuf_adds(&b, " on; the fix is run in that database");
	f->evidence = strbuf_take(&b);
	f->fix_sql = mem_string("VACUUM (FREEZE);");
}

static void judge_lag(const struct context *ctx, const struct table *t, struct outcomes *out)
{
	double bytes = table_number(t, FIGURE_REPLICATION_LAG, STATS_OTHER_VALUE);
	double lag_s = table_number(t, FIGURE_REPLICATION_LAG, STATS_AGE_S);
	const char *note = table_text(t, FIGURE_REPLICATION_LAG, STATS_NOTE);
	const struct limits *l = ctx->limits;
	bool standby = ctx->facts && ctx->facts->standby, lost = standby && strcmp(note, "stream lost") == 0;
	struct strbuf b = STRBUF_INIT;
	struct finding *f;

	if (lost ? lag_s < limit(l, LIMIT_REPLICATION_LAG)
		 : bytes < limit(l, LIMIT_REPLICATION_LAG_BYTES) || lag_s < limit(l, LIMIT_REPLICATION_LAG))
		return;
	f = find(t, FIGURE_REPLICATION_LAG, "replication-lag",
		 lag_s >= limit_critical(l, LIMIT_REPLICATION_LAG) &&
		 (lost || bytes >= limit_critical(l, LIMIT_REPLICATION_LAG_BYTES)) ? SEVERITY_CRITICAL : SEVERITY_WARNING, out);
	if (lost) {
		strbuf_adds(&b, "This standby receives no WAL; last commit replayed is ");
		add_age(&b, lag_s);
		strbuf_adds(&b, " old");
		f->evidence = mem_string("it has streamed since it started, but no WAL receiver runs now");
	} else {
		strbuf_addf(&b, standby ? "This standby%s is " : "Standby %s is ", standby ? "" : note);
		add_size(&b, bytes);
		strbuf_adds(&b, " and ");
		add_age(&b, lag_s);
		strbuf_adds(&b, standby ? " behind its primary" : " behind");
		f->evidence = mem_string(standby ? "received, or known to be on the primary, and not yet replayed"
						 : "written here and not yet replayed there");
	}
	f->title = strbuf_take(&b);
	f->since_us = row_taken_us(t, FIGURE_UPTIME, STATS_TAKEN) - (int64_t)(lag_s * 1e6);
}

static void judge_replication(const struct context *ctx, const struct table *t, struct outcomes *out)
{
	bool standby = ctx->facts && ctx->facts->standby;
	bool hidden = table_int(t, FIGURE_REPLICATION_LAG, STATS_HIDDEN_SOURCES) > 0;
	bool pair = table_has(t, FIGURE_REPLICATION_LAG, STATS_AGE_S);

	if (pair)
		judge_lag(ctx, t, out);
	if (hidden)
		unknown(ctx, "replication-lag", out);
	else if (table_cell(t, FIGURE_REPLICATION_LAG, STATS_VALUE)->kind == CELL_UNKNOWN)
		outcomes_check(out, "replication-lag", CHECK_UNKNOWN, "the server does not tell");
	else if (standby && strcmp(table_text(t, FIGURE_REPLICATION_LAG, STATS_NOTE), "no stream") == 0)
		outcomes_check(out, "replication-lag", CHECK_UNKNOWN, "without streaming replication nobody tells how much WAL there is");
	else if (!standby && !pair)
		outcomes_check(out, "replication-lag", CHECK_NOT_APPLICABLE, NULL);
	else
		outcomes_check(out, "replication-lag", CHECK_OK, NULL);
}

void stats_judge(const struct context *ctx, const struct table *now, struct outcomes *out)
{
	judge_connections(ctx, now, out);
	judge_xmin(ctx, now, out);
	judge_wraparound_of(ctx, now, FIGURE_XID_AGE, "transaction id", out);
	judge_wraparound_of(ctx, now, FIGURE_MULTIXACT_AGE, "multixact id", out);
	judge_replication(ctx, now, out);
}

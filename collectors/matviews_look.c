/* What a look at a materialized view says together with the looks before it. */
#include <stdlib.h>
#include <string.h>

#include "matviews.h"

const struct column matviews_memory_columns[MEMORY_COLUMNS] = {
#define KEPT(column, text, type) [column] = { text, NULL, NULL, type, UNIT_NONE, 0, 0, 0 }
#define COUNTED(column, text) [column] = { text, NULL, NULL, TYPE_INT, UNIT_COUNT, 0, 0, 0 }
	[MEMORY_OID] = { "oid", NULL, NULL, TYPE_INT, UNIT_NONE, COLUMN_KEY, 0, 0 },
	[MEMORY_WHAT] = { "what", NULL, NULL, TYPE_TEXT, UNIT_NONE, COLUMN_KEY, 0, 0 },
	KEPT(MEMORY_LOOKED, "looked", TYPE_TIME),
	KEPT(MEMORY_XMIN, "xmin", TYPE_INT),
	KEPT(MEMORY_FIRST_SEEN, "first_seen", TYPE_TIME),
	KEPT(MEMORY_SEEN_BEFORE, "seen_before", TYPE_TIME),
	KEPT(MEMORY_BOUND, "bound", TYPE_TIME),
	KEPT(MEMORY_SHAPE, "shape", TYPE_INT),
	KEPT(MEMORY_FILENODE, "filenode", TYPE_INT),
	KEPT(MEMORY_EPOCH, "epoch", TYPE_TIME),
	COUNTED(MEMORY_OWN_WRITES, "own_writes"),
	COUNTED(MEMORY_CALM_WRITES, "calm_writes"),
	KEPT(MEMORY_CALM_FILES, "calm_files", TYPE_INT),
	COUNTED(MEMORY_BEFORE_WRITES, "before_writes"),
	KEPT(MEMORY_BEFORE_FILES, "before_files", TYPE_INT),
	COUNTED(MEMORY_AFTER_WRITES, "after_writes"),
	KEPT(MEMORY_AFTER_FILES, "after_files", TYPE_INT),
	KEPT(MEMORY_DOUBT, "doubt", TYPE_BOOL),
	COUNTED(MEMORY_DOUBT_OWN, "doubt_own"),
	COUNTED(MEMORY_DOUBT_BEFORE_WRITES, "doubt_before_writes"),
	KEPT(MEMORY_DOUBT_BEFORE_FILES, "doubt_before_files", TYPE_INT),
	COUNTED(MEMORY_DOUBT_AFTER_WRITES, "doubt_after_writes"),
	KEPT(MEMORY_DOUBT_AFTER_FILES, "doubt_after_files", TYPE_INT),
	KEPT(MEMORY_LOST, "lost", TYPE_BOOL),
	COUNTED(MEMORY_CARRIED, "carried"),
	COUNTED(MEMORY_CALLS, "calls"),
	[MEMORY_TOTAL_S] = { "total_s", NULL, NULL, TYPE_FLOAT, UNIT_AGE, 0, 0, 0 },
	[MEMORY_LAST_S] = { "last_s", NULL, NULL, TYPE_FLOAT, UNIT_AGE, 0, 0, 0 },
	KEPT(MEMORY_EXACT_XMIN, "exact_xmin", TYPE_INT),
	KEPT(MEMORY_EXACT, "exact", TYPE_TIME),
#undef KEPT
#undef COUNTED
};

/* One view at one look: its row in the table and its row in the memory. */
struct look {
	struct table *now;
	size_t row;
	struct table *kept;
	size_t at;
	int64_t taken_us;
	bool changed;
};

static long kept_row(const struct table *kept, int64_t oid, const char *what)
{
	for (size_t i = 0; i < kept->nrows; i++)
		if (table_int(kept, i, MEMORY_OID) == oid && strcmp(table_text(kept, i, MEMORY_WHAT), what) == 0)
			return (long)i;
	return -1;
}

/* Cells of both tables that are numbers or nothing. */
static void keep(struct look *l, size_t to, size_t from)
{
	*table_cell(l->kept, l->at, to) = *table_cell(l->now, l->row, from);
}

static void move(struct look *l, size_t to, size_t from)
{
	*table_cell(l->kept, l->at, to) = *table_cell(l->kept, l->at, from);
}

static void forget(struct look *l, size_t column)
{
	table_set_none(l->kept, l->at, column, CELL_NULL);
}

static bool has(const struct look *l, size_t column)
{
	return table_has(l->kept, l->at, column);
}

static int64_t kept_int(const struct look *l, size_t column)
{
	return table_int(l->kept, l->at, column);
}

static int64_t now_int(const struct look *l, size_t column)
{
	return table_int(l->now, l->row, column);
}

static bool differs(const struct look *l, size_t kept, size_t now)
{
	return has(l, kept) != table_has(l->now, l->row, now) || kept_int(l, kept) != now_int(l, now);
}

/* A counter that is there at both looks and stands lower now. */
static bool shrank(const struct look *l, size_t kept, size_t now)
{
	return has(l, kept) && table_has(l->now, l->row, now) && now_int(l, now) < kept_int(l, kept);
}

static bool grew(const struct look *l, size_t kept, size_t now)
{
	return has(l, kept) && table_has(l->now, l->row, now) && now_int(l, now) > kept_int(l, kept);
}

/* By how much a counter grew; 0 where it did not. Both numbers come from outside: the difference need not be one. */
static int64_t growth(int64_t now, int64_t then)
{
	int64_t n;

	return __builtin_sub_overflow(now, then, &n) || n < 0 ? 0 : n;
}

static int64_t sum(int64_t a, int64_t b)
{
	int64_t n;

	return __builtin_add_overflow(a, b, &n) ? INT64_MAX : n;
}

/*
 * The counters may have begun anew since the look before: a crash, a reset, another server of the same name (a standby that was promoted, a
 * copy). The time of it is not in every version told after a crash; a counter that shrank tells it too. Tables that left take their counts with
 * them, so of base tables only the same ones are compared. The time also moves with a reset of any one table, or of what all databases share.
 */
static bool counters_lost(const struct look *l)
{
	return differs(l, MEMORY_EPOCH, MATVIEWS_EPOCH) || shrank(l, MEMORY_OWN_WRITES, MATVIEWS_OWN_WRITES) ||
	       (!differs(l, MEMORY_CALM_FILES, MATVIEWS_FILES) && shrank(l, MEMORY_CALM_WRITES, MATVIEWS_WRITES));
}

static void keep_calm(struct look *l)
{
	if (table_bool(l->now, l->row, MATVIEWS_REFRESHING))
		return;   /* what it reads is older than what is counted now */
	keep(l, MEMORY_CALM_WRITES, MATVIEWS_WRITES);
	keep(l, MEMORY_CALM_FILES, MATVIEWS_FILES);
}

static void first_look(struct look *l)
{
	l->at = table_add_row(l->kept);
	keep(l, MEMORY_OID, MATVIEWS_OID);
	table_set_string(l->kept, l->at, MEMORY_WHAT, "look");
	table_set_int(l->kept, l->at, MEMORY_FIRST_SEEN, l->taken_us);
	keep(l, MEMORY_AFTER_WRITES, MATVIEWS_WRITES);
	keep(l, MEMORY_AFTER_FILES, MATVIEWS_FILES);
	l->changed = true;
}

/* What was known of the contents before is of no more use. */
static void settled(struct look *l)
{
	table_set_bool(l->kept, l->at, MEMORY_DOUBT, false);
	table_set_bool(l->kept, l->at, MEMORY_LOST, false);
	forget(l, MEMORY_CARRIED);
	l->changed = true;
}

/* The row was rewritten by a refresh. */
static void take_refresh(struct look *l)
{
	move(l, MEMORY_BEFORE_WRITES, MEMORY_CALM_WRITES);
	move(l, MEMORY_BEFORE_FILES, MEMORY_CALM_FILES);
	keep(l, MEMORY_AFTER_WRITES, MATVIEWS_WRITES);
	keep(l, MEMORY_AFTER_FILES, MATVIEWS_FILES);
	settled(l);
}

/*
 * ... by a GRANT, RENAME, CLUSTER, which forget nothing of what was known to be stale. Of several, any may have been a refresh: what bounds the
 * changes from above is taken before the first, what does so from below after the last.
 */
static void take_doubt(struct look *l)
{
	if (!table_bool(l->kept, l->at, MEMORY_DOUBT)) {
		table_set_bool(l->kept, l->at, MEMORY_DOUBT, true);
		move(l, MEMORY_DOUBT_OWN, MEMORY_OWN_WRITES);
		move(l, MEMORY_DOUBT_BEFORE_WRITES, MEMORY_CALM_WRITES);
		move(l, MEMORY_DOUBT_BEFORE_FILES, MEMORY_CALM_FILES);
	}
	keep(l, MEMORY_DOUBT_AFTER_WRITES, MATVIEWS_WRITES);
	keep(l, MEMORY_DOUBT_AFTER_FILES, MATVIEWS_FILES);
}

/* Only a refresh writes rows into a view; its counts may come a moment after the row of pg_class. */
static void settle_doubt(struct look *l)
{
	move(l, MEMORY_BEFORE_WRITES, MEMORY_DOUBT_BEFORE_WRITES);
	move(l, MEMORY_BEFORE_FILES, MEMORY_DOUBT_BEFORE_FILES);
	move(l, MEMORY_AFTER_WRITES, MEMORY_DOUBT_AFTER_WRITES);
	move(l, MEMORY_AFTER_FILES, MEMORY_DOUBT_AFTER_FILES);
	settled(l);
}

/*
 * The row of pg_class is another than at the look before. That nothing in it differs proves no refresh: a GRANT of what is held already, or one
 * that a REVOKE took back, rewrites it too. What proves one: rows that were written into the view, or a REFRESH of it that was counted. The
 * latter are counted by the view's name, so they say nothing where that may mean another view now.
 */
static void take_rewrite(struct look *l, bool exact)
{
	bool wrote = grew(l, MEMORY_OWN_WRITES, MATVIEWS_OWN_WRITES);
	bool called = !differs(l, MEMORY_SHAPE, MATVIEWS_SHAPE) && grew(l, MEMORY_CALLS, MATVIEWS_REFRESH_CALLS);

	if (exact || wrote || called)
		take_refresh(l);
	else
		take_doubt(l);
	move(l, MEMORY_SEEN_BEFORE, MEMORY_LOOKED);
	table_set_int(l->kept, l->at, MEMORY_FIRST_SEEN, l->taken_us);
	forget(l, MEMORY_BOUND);
	l->changed = true;
}

/*
 * What was counted before may be gone, of all tables or of some: counting begins with this look, even where a sum shrank, since another table
 * of it may have kept its count. That there had been changes stays true. Files are no counters. The view's own count is one counter: where it
 * did not shrink, rows were written if it grew, whatever was reset.
 */
static void take_loss(struct look *l)
{
	static const size_t own[] = { MEMORY_OWN_WRITES, MEMORY_DOUBT_OWN };
	static const size_t gone[] = { MEMORY_CALM_WRITES, MEMORY_BEFORE_WRITES, MEMORY_DOUBT_BEFORE_WRITES };

	if (has(l, MEMORY_CALM_WRITES) && has(l, MEMORY_AFTER_WRITES))
		table_set_int(l->kept, l->at, MEMORY_CARRIED,
			      sum(kept_int(l, MEMORY_CARRIED), growth(kept_int(l, MEMORY_CALM_WRITES), kept_int(l, MEMORY_AFTER_WRITES))));
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (shrank(l, own[i], MATVIEWS_OWN_WRITES))
			forget(l, own[i]);
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		forget(l, gone[i]);
	keep(l, MEMORY_AFTER_WRITES, MATVIEWS_WRITES);
	keep(l, MEMORY_DOUBT_AFTER_WRITES, MATVIEWS_WRITES);
	table_set_bool(l->kept, l->at, MEMORY_LOST, true);
	l->changed = true;
}

static void next_look(struct look *l, bool exact)
{
	if (counters_lost(l))
		take_loss(l);
	if (differs(l, MEMORY_XMIN, MATVIEWS_XMIN))
		take_rewrite(l, exact);
	else if (table_bool(l->kept, l->at, MEMORY_DOUBT) && grew(l, MEMORY_DOUBT_OWN, MATVIEWS_OWN_WRITES))
		settle_doubt(l);
}

/* How long the last refresh took: what the sum grew by where one was added, else the mean. */
static void take_duration(struct look *l)
{
	int64_t calls = now_int(l, MATVIEWS_REFRESH_CALLS), before = kept_int(l, MEMORY_CALLS);
	double total = table_number(l->now, l->row, MATVIEWS_REFRESH_TOTAL_S), was = table_number(l->kept, l->at, MEMORY_TOTAL_S);

	if (table_has(l->now, l->row, MATVIEWS_REFRESH_CALLS) && (!has(l, MEMORY_CALLS) || calls != before)) {
		if (!has(l, MEMORY_CALLS) || calls < before || total < was)   /* nothing known, or counted anew */
			before = 0, was = 0;
		if (growth(calls, before) == 1)
			table_set_float(l->kept, l->at, MEMORY_LAST_S, total - was);
		else
			forget(l, MEMORY_LAST_S);
		keep(l, MEMORY_CALLS, MATVIEWS_REFRESH_CALLS);
		table_set_float(l->kept, l->at, MEMORY_TOTAL_S, total);
		l->changed = true;
	}
	if (has(l, MEMORY_LAST_S))
		table_set_float(l->now, l->row, MATVIEWS_LAST_DURATION_S, table_number(l->kept, l->at, MEMORY_LAST_S));
	else if (calls > 0)
		table_set_float(l->now, l->row, MATVIEWS_LAST_DURATION_S, total / (double)calls);
}

static void take_look(struct look *l)
{
	keep_calm(l);
	keep(l, MEMORY_XMIN, MATVIEWS_XMIN);
	keep(l, MEMORY_SHAPE, MATVIEWS_SHAPE);
	keep(l, MEMORY_FILENODE, MATVIEWS_FILENODE);
	keep(l, MEMORY_EPOCH, MATVIEWS_EPOCH);
	keep(l, MEMORY_OWN_WRITES, MATVIEWS_OWN_WRITES);
	if (table_has(l->now, l->row, MATVIEWS_CHECKPOINT_AT) &&
	    (!has(l, MEMORY_BOUND) || now_int(l, MATVIEWS_CHECKPOINT_AT) < kept_int(l, MEMORY_BOUND)))
		keep(l, MEMORY_BOUND, MATVIEWS_CHECKPOINT_AT);
	table_set_int(l->kept, l->at, MEMORY_LOOKED, l->taken_us);
	take_duration(l);
}

/* ---- what follows ---- */

static void set_refreshed(struct look *l, int64_t at_us, const char *precision, const char *source)
{
	table_set_int(l->now, l->row, MATVIEWS_REFRESHED_AT, at_us);
	table_set_string(l->now, l->row, MATVIEWS_REFRESHED_PRECISION, precision);
	table_set_string(l->now, l->row, MATVIEWS_REFRESHED_SOURCE, source);
}

/*
 * The best that is known. Both a look that found this stamp and a checkpoint that is younger than it bound the time of the refresh: the
 * earlier one says more. A first look that is this one says nothing.
 */
static void tell_refreshed(struct look *l, int64_t exact_us)
{
	bool seen = has(l, MEMORY_SEEN_BEFORE) || kept_int(l, MEMORY_FIRST_SEEN) < l->taken_us;

	if (!table_bool(l->now, l->row, MATVIEWS_POPULATED))
		table_set_string(l->now, l->row, MATVIEWS_REFRESHED_SOURCE, "none");
	else if (exact_us)
		set_refreshed(l, exact_us, "exact", "audit");
	else if (table_has(l->now, l->row, MATVIEWS_COMMIT_AT))
		set_refreshed(l, now_int(l, MATVIEWS_COMMIT_AT), "at_or_before", "commit");
	else if (has(l, MEMORY_BOUND) && (!seen || kept_int(l, MEMORY_BOUND) < kept_int(l, MEMORY_FIRST_SEEN)))
		set_refreshed(l, kept_int(l, MEMORY_BOUND), "at_or_before", "checkpoint");
	else if (seen)
		set_refreshed(l, kept_int(l, MEMORY_FIRST_SEEN), "at_or_before", "observed");
	else
		table_set_string(l->now, l->row, MATVIEWS_REFRESHED_SOURCE, "none");
}

/*
 * Whether all that was ever counted bounds the changes since the refresh: the counters began before it. A bound on the time of the refresh says
 * nothing of that; a commit time is the refresh's own, or, at worst, that of what rewrote the row later and is shown as its time.
 */
static bool counted_since_refresh(const struct look *l)
{
	const char *source = table_text(l->now, l->row, MATVIEWS_REFRESHED_SOURCE);

	return (strcmp(source, "commit") == 0 || strcmp(source, "audit") == 0) && table_has(l->now, l->row, MATVIEWS_EPOCH) &&
	       now_int(l, MATVIEWS_EPOCH) <= now_int(l, MATVIEWS_REFRESHED_AT);
}

/*
 * Between the last look before a refresh and the first one after it nobody knows which came first, a change or the refresh. What is counted
 * after that look is taken for newer than the contents. That holds as far as the counters do: a session hands in its counts seconds after
 * the commit, before 15 perhaps only with its next command, and counts what it rolled back.
 *
 * A table's file of another number is no change by itself: TRUNCATE gives it one and counts no row, but so does VACUUM FULL, which changes
 * none, and a partition that comes may be empty. What the contents lack then is not known.
 *
 * A view that was not seen before its refresh may lack all that was changed between the refresh and the first look: only counters that began
 * before the refresh and stand at 0 tell that it does not.
 */
static struct matviews_known known_changes(const struct look *l)
{
	int64_t writes = now_int(l, MATVIEWS_WRITES), since = 0;
	bool before = has(l, MEMORY_BEFORE_WRITES), again = kept_int(l, MEMORY_FIRST_SEEN) < l->taken_us;
	bool counted = table_has(l->now, l->row, MATVIEWS_WRITES) && has(l, MEMORY_AFTER_WRITES);
	struct matviews_known k = { .state = "unknown", .at_most = -1, .before = before,
				    .doubt = table_bool(l->kept, l->at, MEMORY_DOUBT) };
	bool whole, moved = table_has(l->now, l->row, MATVIEWS_FILES) && differs(l, MEMORY_AFTER_FILES, MATVIEWS_FILES);

	k.rewritten = moved ||
		      (has(l, MEMORY_BEFORE_FILES) && kept_int(l, MEMORY_BEFORE_FILES) != kept_int(l, MEMORY_AFTER_FILES));
	if (counted)
		since = sum(growth(writes, kept_int(l, MEMORY_AFTER_WRITES)), kept_int(l, MEMORY_CARRIED));
	k.at_least = since;
	if (k.doubt)
		k.at_least = counted && has(l, MEMORY_DOUBT_AFTER_WRITES) ? growth(writes, kept_int(l, MEMORY_DOUBT_AFTER_WRITES)) : 0;
	whole = counted && !table_bool(l->kept, l->at, MEMORY_LOST) && !table_has(l->now, l->row, MATVIEWS_OPAQUE) && !k.rewritten;
	if (whole && before)
		k.at_most = growth(writes, kept_int(l, MEMORY_BEFORE_WRITES));
	else if (whole && counted_since_refresh(l))
		k.at_most = writes;
	if (k.at_least > 0)
		k.state = "stale";
	else if (k.at_most == 0)
		k.state = before ? "current" : "unchanged";
	k.calm = !before && whole && again && since == 0 && k.at_most != 0;
	return k;
}

struct matviews_known matviews_look(const struct context *ctx, struct table *now, size_t row)
{
	struct table *own = ctx->memory ? NULL : table_new(matviews_memory_columns, MEMORY_COLUMNS);
	struct look l = { .now = now, .row = row, .kept = ctx->memory ? ctx->memory->table : own };
	struct matviews_known k = { .state = "never_filled", .at_most = -1 };
	int64_t oid = table_int(now, row, MATVIEWS_OID), exact_us = 0;
	long act = kept_row(l.kept, oid, "refresh"), at = kept_row(l.kept, oid, "look");

	l.taken_us = table_has(now, row, MATVIEWS_TAKEN) ? table_int(now, row, MATVIEWS_TAKEN) : now->taken_us;
	if (act >= 0 && table_int(l.kept, (size_t)act, MEMORY_EXACT_XMIN) == table_int(now, row, MATVIEWS_XMIN)) {
		exact_us = table_int(l.kept, (size_t)act, MEMORY_EXACT);
		table_set_int(l.kept, (size_t)act, MEMORY_LOOKED, l.taken_us);
	}
	l.at = (size_t)at;
	if (at < 0)
		first_look(&l);
	else
		next_look(&l, exact_us != 0);
	take_look(&l);
	tell_refreshed(&l, exact_us);
	if (table_bool(now, row, MATVIEWS_POPULATED))
		k = known_changes(&l);
	if (ctx->memory && l.changed)
		ctx->memory->changed = true;
	table_free(own);
	return k;
}

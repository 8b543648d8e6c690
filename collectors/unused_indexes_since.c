/*
 * Since when the scans of an index are counted: since the counters began, or, where it is known to be younger than those, since it is there.
 *
 * PostgreSQL keeps no time of creation. What tells one: the commit time of its row in pg_index, where the server tracks those, and an
 * earlier look of ours that saw it. Either may be later than the creation (the row is rewritten when the index becomes replica identity,
 * say), never earlier: so the earlier of the two is taken. Looks are remembered by transaction ids, which a cluster gives out in order;
 * OIDs would do until their counter wraps, which TOAST values make it do.
 */
#include "unused_indexes.h"

#include <stdlib.h>

/*
 * When a look of ours first saw what this transaction made; 0: that tells nothing. It tells most where an earlier look had not seen it:
 * then it is as young as that. What was there at our very first look may be of any age; not before that look is itself long ago is it
 * worth more to say "at least so old" than that nobody knows.
 */
static int64_t first_seen_us(const struct context *ctx, const struct table *t, int64_t xid)
{
	const struct table *marks = ctx->memory ? ctx->memory->table : NULL;
	bool unseen = false;
	long next = -1;
	int64_t first;

	/* In any order: another program's may just have come in. */
	for (size_t i = 0; marks && i < marks->nrows; i++) {
		if (table_int(marks, i, MARK_XID) <= xid)
			unseen = true;
		else if (next < 0 || table_int(marks, i, MARK_XID) < table_int(marks, (size_t)next, MARK_XID))
			next = (long)i;
	}
	if (next < 0)
		return 0;
	first = table_int(marks, (size_t)next, MARK_FIRST_LOOKED);
	return unseen || (double)(t->taken_us - first) >= limit(ctx->limits, LIMIT_YOUNG_STATISTICS) * 86400e6 ? first : 0;
}

/* Since when what its catalog row tells of is known to be there, the index or (the first row) the database; 0: it is not known. */
static int64_t known_since_us(const struct context *ctx, const struct table *t, size_t row)
{
	int64_t created = table_int(t, row, UNUSED_INDEXES_CREATED), seen = 0;

	if (table_has(t, row, UNUSED_INDEXES_CREATED_XID))
		seen = first_seen_us(ctx, t, table_int(t, row, UNUSED_INDEXES_CREATED_XID));
	return created && (!seen || created < seen) ? created : seen;
}

/*
 * A database is a copy of another, with the rows of the catalog as they are: a row older than the database may be older than the index is
 * here. But the database's row, too, is written anew (by GRANT, say): its counters may tell that it was there before.
 */
static int64_t there_since_us(const struct context *ctx, const struct table *t, size_t row)
{
	int64_t index = known_since_us(ctx, t, row), database, reset, there;

	if (table_has(t, 0, UNUSED_INDEXES_OID) || !table_has(t, 0, UNUSED_INDEXES_CREATED_XID) ||
	    (table_has(t, row, UNUSED_INDEXES_CREATED_XID) &&
	     table_int(t, row, UNUSED_INDEXES_CREATED_XID) >= table_int(t, 0, UNUSED_INDEXES_CREATED_XID)))
		return index;
	database = known_since_us(ctx, t, 0);
	if (!index)
		return database;
	reset = table_int(t, 0, UNUSED_INDEXES_SINCE);
	there = database && (!reset || database < reset) ? database : reset;
	return there && there < index ? index : there;
}

static const char *rule_of(const struct context *ctx, const struct table *t, size_t row, int64_t there)
{
	if (there == table_int(t, row, UNUSED_INDEXES_CREATED))
		return "commit time of its catalog row";
	return there == known_since_us(ctx, t, row) ? "first seen by us" : "when its database was first known to be there";
}

void index_set_since(const struct context *ctx, struct table *t, size_t row)
{
	int64_t counted = table_int(t, row, UNUSED_INDEXES_COUNTED), there = there_since_us(ctx, t, row);
	int64_t since = there > counted ? there : counted;
	const char *rule = "when the counters began";

	if (!counted) {
		table_set_none(t, row, UNUSED_INDEXES_SINCE, CELL_UNKNOWN);
		table_set_none(t, row, UNUSED_INDEXES_YOUNG, CELL_UNKNOWN);
		table_set_string(t, row, UNUSED_INDEXES_RULE, "not known");
		return;
	}
	if (!there)
		table_set_int(t, row, UNUSED_INDEXES_GUARDS, table_int(t, row, UNUSED_INDEXES_GUARDS) | STATE_AGE_UNKNOWN);
	if (!there)
		rule = "when the counters began; index age unknown";
	else if (there > counted)
		rule = rule_of(ctx, t, row, there);
	table_set_int(t, row, UNUSED_INDEXES_SINCE, since);
	table_set_bool(t, row, UNUSED_INDEXES_YOUNG,
		       (double)(t->taken_us - since) < limit(ctx->limits, LIMIT_YOUNG_STATISTICS) * 86400e6);
	table_set_string(t, row, UNUSED_INDEXES_RULE, rule);
}

/* Of too many looks the one whose neighbours are closest together for their age goes: the first and the newest stay. */
static void thin_out(struct table *marks, int64_t now_us)
{
	while (marks->nrows > MARKS_KEPT) {
		bool *drop = mem_zero(marks->nrows, sizeof *drop);
		double least = -1;
		size_t which = 1;

		for (size_t i = 1; i + 1 < marks->nrows; i++) {
			double gap = (double)(table_int(marks, i + 1, MARK_FIRST_LOOKED) - table_int(marks, i - 1, MARK_FIRST_LOOKED));
			double age = (double)(now_us - table_int(marks, i, MARK_FIRST_LOOKED)) + 1e6;

			if (least < 0 || gap / age < least) {
				least = gap / age;
				which = i;
			}
		}
		drop[which] = true;
		table_drop_rows(marks, drop);
		free(drop);
	}
}

struct place {
	int64_t xid;
	size_t row;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->xid > y->xid) - (x->xid < y->xid);
}

/* By transaction, and so by time: two programs may have written them. */
static void put_in_order(struct table *marks)
{
	struct place *places = mem_zero(marks->nrows + 1, sizeof *places);
	size_t *order = mem_zero(marks->nrows + 1, sizeof *order);

	for (size_t i = 0; i < marks->nrows; i++)
		places[i] = (struct place){ table_int(marks, i, MARK_XID), i };
	qsort(places, marks->nrows, sizeof *places, compare_places);
	for (size_t i = 0; i < marks->nrows; i++)
		order[i] = places[i].row;
	table_reorder(marks, order);
	free(order);
	free(places);
}

/*
 * The horizon never goes back, unless the server did: restored as it was earlier, behind a standby that took over, or after a crash that lost
 * the last transactions. Then their ids are given out again, and what was seen of them says nothing.
 */
static void drop_undone(struct memory *m, int64_t horizon)
{
	bool *drop = mem_zero(m->table->nrows + 1, sizeof *drop), any = false;

	for (size_t i = 0; i < m->table->nrows; i++) {
		drop[i] = table_int(m->table, i, MARK_XID) > horizon;
		any = any || drop[i];
	}
	if (any)
		table_drop_rows(m->table, drop);
	m->changed = m->changed || any;
	free(drop);
}

void index_remember(const struct context *ctx, int64_t horizon, int64_t taken_us)
{
	struct table *marks = ctx->memory ? ctx->memory->table : NULL;
	size_t row;

	if (!marks || horizon <= 0)
		return;
	drop_undone(ctx->memory, horizon);
	for (row = 0; row < marks->nrows; row++) {
		if (table_int(marks, row, MARK_XID) != horizon)
			continue;
		table_set_int(marks, row, MARK_LOOKED, taken_us);
		return;
	}
	row = table_add_row(marks);
	table_set_int(marks, row, MARK_XID, horizon);
	table_set_int(marks, row, MARK_FIRST_LOOKED, taken_us);
	table_set_int(marks, row, MARK_LOOKED, taken_us);
	put_in_order(marks);
	thin_out(marks, taken_us);
	ctx->memory->changed = true;
}

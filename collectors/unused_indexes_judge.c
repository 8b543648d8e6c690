/* What the indexes mean: what every write pays for and nobody reads, what is there twice, what is broken. */
#include "unused_indexes.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/sql.h"

/* Stands beside the statements, too: what is copied goes to where the screen is not read. */
#define WATCH_ON "counted for less than %g days: watch on"

enum {
	NAMED = 3,             /* so many are named in the evidence, the largest */
	STATEMENTS_MAX = 500,  /* more than anybody runs at once */
};

/* Rows that are one finding, in their order: of those to be dropped the largest first. */
struct rows {
	size_t *row, n;
	double bytes;
	int64_t latest;        /* since when all of them are counted; 0: not known */
	bool young, age_unknown;
};

static bool is_doubled(const struct table *t, size_t row)
{
	return table_has(t, row, UNUSED_INDEXES_PARTNER);
}

static bool is_unused(const struct table *t, size_t row)
{
	/* What a standby does not scan the primary may. */
	return table_int(t, row, UNUSED_INDEXES_SCANS) == 0 &&
	       !(table_int(t, row, UNUSED_INDEXES_GUARDS) & (STATE_UNCOUNTED | STATE_STANDBY));
}

static void add_row(struct rows *r, const struct table *t, size_t row)
{
	int64_t since = table_int(t, row, UNUSED_INDEXES_SINCE);

	r->row[r->n++] = row;
	r->bytes += table_number(t, row, UNUSED_INDEXES_BYTES);
	if (since > r->latest)
		r->latest = since;
	r->young = r->young || table_bool(t, row, UNUSED_INDEXES_YOUNG);
	r->age_unknown = r->age_unknown || table_int(t, row, UNUSED_INDEXES_GUARDS) & STATE_AGE_UNKNOWN;
}

static void add_size(struct strbuf *b, double bytes)
{
	char buf[UNITS_SIZE];

	strbuf_adds(b, units_size(buf, bytes));
}

/* `orders_status_idx 412 MB, orders_amount_idx 268 MB` */
static void add_names(struct strbuf *b, const struct table *t, const struct rows *r, bool partners)
{
	for (size_t i = 0; i < r->n && i < NAMED; i++) {
		size_t row = r->row[i];

		strbuf_addf(b, "%s%s ", i ? ", " : "", table_text(t, row, UNUSED_INDEXES_INDEX));
		add_size(b, table_number(t, row, UNUSED_INDEXES_BYTES));
		if (partners)
			strbuf_addf(b, " (%s of %s)",
				    strcmp(table_text(t, row, UNUSED_INDEXES_PROBLEM), "duplicate") == 0 ? "twin" : "prefix",
				    table_text(t, row, UNUSED_INDEXES_PARTNER));
	}
	if (r->n > NAMED)
		strbuf_addf(b, " and %zu more", r->n - NAMED);
}

/* `DROP INDEX CONCURRENTLY public.orders_status_idx;` Nothing where cleaning changed a name: it would be another index's. */
static bool add_statement(struct strbuf *b, const struct table *t, size_t row, const char *statement)
{
	const char *schema = table_text(t, row, UNUSED_INDEXES_SCHEMA), *index = table_text(t, row, UNUSED_INDEXES_INDEX);

	if (!sql_is_exact(schema) || !sql_is_exact(index))
		return false;
	strbuf_addf(b, "%s%s CONCURRENTLY ", b->len ? "\n" : "", statement);
	sql_add_identifier(b, schema);
	strbuf_addc(b, '.');
	sql_add_identifier(b, index);
	strbuf_addc(b, ';');
	return true;
}

/* NULL where there is no statement; of what is left out with some of them a comment tells. */
static char *finish_statements(struct strbuf *b, const struct rows *r, size_t unwritable)
{
	if (!b->len)
		return NULL;
	if (unwritable)
		strbuf_addf(b, "\n-- %zu more whose %s cannot be written here", unwritable, unwritable == 1 ? "name" : "names");
	if (r->n > STATEMENTS_MAX)
		strbuf_addf(b, "\n-- and %zu smaller ones", r->n - STATEMENTS_MAX);
	return strbuf_take(b);
}

static char *drops(const struct table *t, const struct rows *r)
{
	struct strbuf b = STRBUF_INIT;
	size_t unwritable = 0;

	for (size_t i = 0; i < r->n && i < STATEMENTS_MAX; i++)
		unwritable += !add_statement(&b, t, r->row[i], "DROP INDEX");
	return finish_statements(&b, r, unwritable);
}

static struct finding *find(const struct table *t, size_t row, const char *id, struct outcomes *out)
{
	struct finding *f = outcomes_finding(out, id, SEVERITY_WARNING);

	f->pane = unused_indexes_collector.name;
	f->key = table_key(t, row);
	return f;
}

static void add_count(struct strbuf *b, const struct table *t, const struct rows *r)
{
	char buf[UNITS_SIZE];

	if (r->n == 1)
		strbuf_addf(b, "Index %s, ~", table_text(t, r->row[0], UNUSED_INDEXES_INDEX));
	else
		strbuf_addf(b, "%s indexes, ~", units_grouped(buf, (int64_t)r->n));
	add_size(b, r->bytes);
	strbuf_adds(b, r->n == 1 ? "," : " together,");
}

/* Gives false where that many bytes are not worth a word. */
static bool judge_unused(const struct context *ctx, const struct table *t, const struct rows *r, struct outcomes *out)
{
	/* Of one whose age is not known no more is said than that no scan was counted. */
	int64_t since = !r->age_unknown ? r->latest : t->nrows ? table_int(t, 0, UNUSED_INDEXES_COUNTED) : 0;
	struct strbuf b = STRBUF_INIT;
	char span[UNITS_SIZE];
	struct finding *f;

	if (!r->n || r->bytes < limit(ctx->limits, LIMIT_UNUSED_INDEX_BYTES))
		return false;
	f = find(t, r->row[0], "unused-index", out);
	add_count(&b, t, r);
	strbuf_adds(&b, r->age_unknown ? " no scan counted in " : " unused in ");
	strbuf_adds(&b, units_span(span, (double)(t->taken_us - since) / 1e6));
	strbuf_adds(&b, " and paid for by every write");
	f->title = strbuf_take(&b);
	add_names(&b, t, r, false);
	if (r->age_unknown)
		strbuf_adds(&b, "; index age unknown");
	if (r->young)
		strbuf_addf(&b, "; " WATCH_ON, limit(ctx->limits, LIMIT_YOUNG_STATISTICS));
	f->evidence = strbuf_take(&b);
	f->since_us = since;
	f->fix_sql = drops(t, r);
	if (f->fix_sql && r->young)
		mem_replace(&f->fix_sql, mem_format("%s\n-- " WATCH_ON, f->fix_sql, limit(ctx->limits, LIMIT_YOUNG_STATISTICS)));
	return true;
}

/*
 * However small: what is there twice serves nobody, whether it is scanned or not. Those told as unused already make no second line.
 */
static void judge_doubled(const struct table *t, const struct rows *untold, const struct rows *all, const struct rows *unused,
			  struct outcomes *out)
{
	const struct rows *r = untold->n ? untold : all;
	bool elsewhere = r->n && table_int(t, r->row[0], UNUSED_INDEXES_GUARDS) & STATE_STANDBY;
	struct strbuf b = STRBUF_INIT;
	struct finding *f;

	if (!r->n)
		return;
	f = find(t, r->row[0], "redundant-index", out);
	add_count(&b, t, r);
	strbuf_addf(&b, " %s what another index does, and every write pays twice", r->n == 1 ? "does" : "do");
	f->title = strbuf_take(&b);
	add_names(&b, t, r, true);
	if (elsewhere)
		strbuf_addf(&b, "; drop %s on the primary", r->n == 1 ? "it" : "them");
	f->evidence = strbuf_take(&b);
	f->fix_sql = elsewhere ? NULL : drops(t, r);
	if (!untold->n) {
		f->cause_pane = unused_indexes_collector.name;
		f->cause_key = table_key(t, unused->row[0]);
	}
}

/* Gives false where the name cannot be written; where there is nothing to be done nothing is added. */
static bool add_repair(struct strbuf *b, const struct table *t, size_t row)
{
	int64_t guards = table_int(t, row, UNUSED_INDEXES_GUARDS);

	if (index_can_be_rebuilt(table_text(t, row, UNUSED_INDEXES_INDEX), guards))
		return add_statement(b, t, row, "REINDEX INDEX");
	return !index_can_be_dropped(guards) || add_statement(b, t, row, "DROP INDEX");
}

static char *repairs(const struct table *t, const struct rows *r)
{
	struct strbuf b = STRBUF_INIT;
	size_t unwritable = 0;

	for (size_t i = 0; i < r->n && i < STATEMENTS_MAX; i++)
		unwritable += !add_repair(&b, t, r->row[i]);
	return finish_statements(&b, r, unwritable);
}

/* A twin is one whatever was counted. */
static bool is_young_unused(const struct table *t, size_t row)
{
	return table_bool(t, row, UNUSED_INDEXES_YOUNG) &&
	       strcmp(table_text(t, row, UNUSED_INDEXES_PROBLEM), index_problem_name(PROBLEM_UNUSED)) == 0;
}

char *index_fix_sql(const struct context *ctx, const struct table *t, size_t row)
{
	int64_t guards = table_int(t, row, UNUSED_INDEXES_GUARDS);
	struct strbuf b = STRBUF_INIT;

	if (guards & VERDICT_DROP)
		add_statement(&b, t, row, "DROP INDEX");
	else if (guards & VERDICT_REPAIR)
		add_repair(&b, t, row);
	if (b.len && is_young_unused(t, row))
		strbuf_addf(&b, "  -- " WATCH_ON, limit(ctx->limits, LIMIT_YOUNG_STATISTICS));
	return b.len ? strbuf_take(&b) : NULL;
}

static bool any_unique_to_rebuild(const struct table *t, const struct rows *r)
{
	for (size_t i = 0; i < r->n; i++) {
		int64_t guards = table_int(t, r->row[i], UNUSED_INDEXES_GUARDS);

		if (guards & GUARD_UNIQUE && index_can_be_rebuilt(table_text(t, r->row[i], UNUSED_INDEXES_INDEX), guards))
			return true;
	}
	return false;
}

static void judge_invalid(const struct table *t, const struct rows *r, struct outcomes *out)
{
	struct strbuf b = STRBUF_INIT;
	char buf[UNITS_SIZE];
	struct finding *f;

	if (!r->n)
		return;
	f = find(t, r->row[0], "invalid-index", out);
	if (r->n == 1) {
		strbuf_addf(&b, "Index %s is invalid: no query reads it", table_text(t, r->row[0], UNUSED_INDEXES_INDEX));
		f->evidence = mem_format("on %s; %s", table_text(t, r->row[0], UNUSED_INDEXES_TABLE),
					 table_text(t, r->row[0], UNUSED_INDEXES_REASON));
	} else {
		struct strbuf names = STRBUF_INIT;

		strbuf_addf(&b, "%s indexes are invalid: no query reads them", units_grouped(buf, (int64_t)r->n));
		add_names(&names, t, r, false);
		if (any_unique_to_rebuild(t, r))
			strbuf_adds(&names, "; from unique ones remove any duplicates first");
		f->evidence = strbuf_take(&names);
	}
	f->title = strbuf_take(&b);
	f->fix_sql = repairs(t, r);
}

static void check_unused(const struct context *ctx, const struct table *t, struct outcomes *out)
{
	if (ctx->facts && ctx->facts->standby)
		outcomes_check(out, "unused-index", CHECK_UNKNOWN, "a standby counts its own scans only: ask the primary, too");
	else if (t->nrows && table_int(t, 0, UNUSED_INDEXES_GUARDS) & STATE_UNCOUNTED)
		outcomes_check(out, "unused-index", CHECK_UNKNOWN, "track_counts is off: scans are not counted");
	else if (t->nrows && !table_has(t, 0, UNUSED_INDEXES_COUNTED))
		outcomes_check(out, "unused-index", CHECK_UNKNOWN, "the server does not tell since when it counts");
	else
		outcomes_check(out, "unused-index", CHECK_OK, NULL);
}

static void check_invalid(const struct table *t, struct outcomes *out)
{
	for (size_t row = 0; row < t->nrows; row++) {
		int64_t guards = table_int(t, row, UNUSED_INDEXES_GUARDS);

		if (!(guards & STATE_STANDBY && guards & STATE_NOT_WHOLE))
			continue;
		outcomes_check(out, "invalid-index", CHECK_UNKNOWN, "whether invalid indexes are being built only the primary knows");
		return;
	}
	outcomes_check(out, "invalid-index", CHECK_OK, NULL);
}

void unused_indexes_judge(const struct context *ctx, const struct table *now, struct outcomes *out)
{
	size_t *room = mem_zero(4 * now->nrows + 1, sizeof *room);
	struct rows unused = { .row = room }, doubled = { .row = room + now->nrows }, untold = { .row = room + 2 * now->nrows },
		    invalid = { .row = room + 3 * now->nrows };
	bool told;

	for (size_t row = 0; row < now->nrows; row++) {
		int64_t guards = table_int(now, row, UNUSED_INDEXES_GUARDS);

		if (guards & VERDICT_REPAIR)
			add_row(&invalid, now, row);
		if (!(guards & VERDICT_DROP))
			continue;
		if (is_unused(now, row) && table_has(now, row, UNUSED_INDEXES_SINCE))
			add_row(&unused, now, row);
		if (is_doubled(now, row))
			add_row(&doubled, now, row);
	}
	told = judge_unused(ctx, now, &unused, out);
	for (size_t i = 0; i < doubled.n; i++)
		if (!told || !is_unused(now, doubled.row[i]))
			add_row(&untold, now, doubled.row[i]);
	judge_doubled(now, &untold, &doubled, &unused, out);
	judge_invalid(now, &invalid, out);
	check_unused(ctx, now, out);
	outcomes_check(out, "redundant-index", CHECK_OK, NULL);
	check_invalid(now, out);
	free(room);
}

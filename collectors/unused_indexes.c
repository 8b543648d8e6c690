#include "unused_indexes.h"

#include <stdlib.h>
#include <string.h>

#define INTERNAL COLUMN_INTERNAL, 0, 0

static const struct column columns[UNUSED_INDEXES_COLUMNS] = {
	[UNUSED_INDEXES_SIGN] = { "sign", NULL, "something is to be done", TYPE_INT, UNIT_NONE, COLUMN_INTERNAL, 1, 0 },
	[UNUSED_INDEXES_DO] = { "do", NULL, "what to do: drop it, keep it, mend it", TYPE_TEXT, UNIT_NONE, COLUMN_SCREEN | COLUMN_SORT,
				4, 1 },
	[UNUSED_INDEXES_INDEX] = { "index", NULL, "name of the index", TYPE_TEXT, UNIT_NONE, COLUMN_KEY | COLUMN_NAME, 26, 1 },
	[UNUSED_INDEXES_TABLE] = { "table", NULL, "its table", TYPE_TEXT, UNIT_NONE, COLUMN_NAME, 18, 2 },
	[UNUSED_INDEXES_BYTES] = { "bytes", "~MB", "its size when it was last vacuumed, analyzed or built", TYPE_INT, UNIT_BYTES,
				   COLUMN_ESTIMATE, 6, 1 },
	[UNUSED_INDEXES_SCANS] = { "scans", NULL, "scans since `since`, on this server; of a partitioned index those of its leaves", TYPE_INT,
				   UNIT_COUNT, 0, 6, 1 },
	[UNUSED_INDEXES_LAST_SCAN] = { "last_scan", "last scan", "when it was last scanned, from 16 on", TYPE_TIME, UNIT_TIME, 0, 12, 2 },
	[UNUSED_INDEXES_WRITES_PER_S] = { "writes_per_s", "writes/s", "rows inserted, updated and deleted in its table", TYPE_FLOAT,
					  UNIT_PER_SECOND, 0, 8, 1 },
	[UNUSED_INDEXES_KEY_COLUMNS] = { "columns", NULL, "its key columns; an expression by the name of its function", TYPE_LIST, UNIT_NONE, COLUMN_NAME,
					 24, 3 },
	[UNUSED_INDEXES_REASON] = { "reason", "why", "why", TYPE_TEXT, UNIT_NONE, COLUMN_REST, 0, 1 },
	[UNUSED_INDEXES_SCHEMA] = { "schema", NULL, "schema of the index", TYPE_TEXT, UNIT_NONE, COLUMN_KEY | COLUMN_DATA, 0, 0 },
	[UNUSED_INDEXES_PROBLEM] = { "problem", NULL,
				     "`duplicate` of another, `redundant`: a prefix of another, `invalid`, else `unused`: never scanned",
				     TYPE_TEXT, UNIT_NONE, COLUMN_DATA, 0, 0 },
	[UNUSED_INDEXES_VERDICT] = { "verdict", NULL, "`drop`, `keep` or `repair`", TYPE_TEXT, UNIT_NONE, COLUMN_DATA, 0, 0 },
	[UNUSED_INDEXES_PARTNER] = { "partner", NULL, "the index that makes it needless", TYPE_TEXT, UNIT_NONE, COLUMN_DATA, 0, 0 },
	[UNUSED_INDEXES_SINCE] = { "since", NULL,
				   "since when its scans are counted: since the counters began, or it is known to be there", TYPE_TIME,
				   UNIT_TIME, COLUMN_DATA, 0, 0 },
	[UNUSED_INDEXES_YOUNG] = { "young", NULL, "`since` is younger than young_statistics_d", TYPE_BOOL, UNIT_NONE, COLUMN_DATA, 0, 0 },
	[UNUSED_INDEXES_HOT_PREVENTED] = { "hot_prevented", "HOT prevented",
					   "updates of its table that were not HOT: at most so many would be without it", TYPE_FLOAT,
					   UNIT_PER_SECOND, COLUMN_DATA, 0, 0 },
	[UNUSED_INDEXES_METHOD] = { "method", NULL, "access method", TYPE_TEXT, UNIT_NONE, COLUMN_DATA, 0, 0 },
	[UNUSED_INDEXES_CONSTRAINT] = { "constraint", NULL, "the constraint it backs, or the foreign key that refers to it", TYPE_TEXT,
					UNIT_NONE, COLUMN_DATA, 0, 0 },
	[UNUSED_INDEXES_OID] = { "oid", NULL, "its OID", TYPE_INT, UNIT_ID, INTERNAL },
	[UNUSED_INDEXES_TABLE_OID] = { "table_oid", NULL, "OID of its table", TYPE_INT, UNIT_ID, INTERNAL },
	[UNUSED_INDEXES_GUARDS] = { "guards", NULL, "what forbids dropping it, and its state", TYPE_INT, UNIT_NONE, INTERNAL },
	[UNUSED_INDEXES_SHAPE] = { "shape", NULL, "what it is compared by", TYPE_TEXT, UNIT_NONE, INTERNAL },
	[UNUSED_INDEXES_FOREIGN_KEYS] = { "foreign_keys", NULL, "foreign keys it supports", TYPE_TEXT, UNIT_NONE, INTERNAL },
	[UNUSED_INDEXES_WRITES] = { "writes", NULL, "writes of its table", TYPE_INT, UNIT_NONE, COLUMN_INTERNAL | COLUMN_RATE, 0, 0 },
	[UNUSED_INDEXES_COLD] = { "cold", NULL, "updates of its table that were not HOT", TYPE_INT, UNIT_NONE,
				  COLUMN_INTERNAL | COLUMN_RATE, 0, 0 },
	[UNUSED_INDEXES_COUNTED] = { "counted", NULL, "when the counters began", TYPE_TIME, UNIT_TIME, COLUMN_INTERNAL | COLUMN_RATE, 0, 0 },
	[UNUSED_INDEXES_CREATED] = { "created", NULL, "commit time of its catalog row", TYPE_TIME, UNIT_TIME, INTERNAL },
	[UNUSED_INDEXES_CREATED_XID] = { "created_xid", NULL, "transaction of that row", TYPE_INT, UNIT_NONE, INTERNAL },
	[UNUSED_INDEXES_HORIZON] = { "horizon", NULL, "every transaction before it has ended", TYPE_INT, UNIT_NONE, INTERNAL },
	[UNUSED_INDEXES_TOTAL] = { "total", NULL, "indexes of users in the database", TYPE_INT, UNIT_COUNT, INTERNAL },
	[UNUSED_INDEXES_NEXT_XID] = { "next_xid", NULL, "no transaction from here on had begun", TYPE_INT, UNIT_NONE, INTERNAL },
	[UNUSED_INDEXES_GUARDED] = { "guarded", NULL, "what forbids dropping it", TYPE_TEXT, UNIT_NONE, INTERNAL },
	[UNUSED_INDEXES_RULE] = { "rule", NULL, "by what `since` is known", TYPE_TEXT, UNIT_NONE, INTERNAL },
	[UNUSED_INDEXES_OWNER] = { "owner", NULL, "the table whose TOAST it is of", TYPE_TEXT, UNIT_NONE, INTERNAL },
	[UNUSED_INDEXES_FIX_SQL] = { "fix_sql", NULL, "the statement that drops or mends it", TYPE_TEXT, UNIT_NONE, INTERNAL },
};

static const struct column memory_columns[MARK_COLUMNS] = {
	[MARK_XID] = { "xid", NULL, "every transaction before it had ended", TYPE_INT, UNIT_NONE, COLUMN_KEY, 0, 0 },
	[MARK_FIRST_LOOKED] = { "first_looked", NULL, "when that was first seen", TYPE_TIME, UNIT_TIME, 0, 0, 0 },
	[MARK_LOOKED] = { "looked", NULL, "when that was last seen", TYPE_TIME, UNIT_TIME, 0, 0, 0 },
};

static const struct detail details[] = {
	{ "", "index {index}  {do}" },
	{ "table", "{schema}.{table}" },
	{ "columns", "{method} ({columns})" },
	{ "why", "{reason}" },
	{ "partner", "{partner}" },
	{ "guards", "{guarded}" },
	{ "backs", "{constraint}" },
	{ "scans", "{scans}[, last {last_scan}]" },
	{ "counted", "since {since}, {rule}" },
	{ "size", "~{bytes}[, exactly {exact_bytes}]" },
	{ "writes", "{writes_per_s}[, HOT prevented: at most {hot_prevented}]" },
	{ "to do", "{fix_sql}" },
};

static const struct column demand_columns[] = {
	{ "definition", NULL, "its definition", TYPE_TEXT, UNIT_NONE, COLUMN_LINES, 0, 0 },
	{ "exact_bytes", NULL, "its size", TYPE_INT, UNIT_BYTES, 0, 0, 0 },
};

static const struct part demand_part = {
	.name = "details",
	.sql = "SELECT\n"
	       "  pg_catalog.pg_get_indexdef(c.oid) AS definition,\n"
	       "  pg_catalog.pg_relation_size(c.oid) AS exact_bytes\n"
	       "FROM pg_catalog.pg_class AS c\n"
	       "WHERE c.oid = $1::text::oid\n"
	       "  AND c.relkind IN ('i', 'I')",
};

static const struct demand demand = {
	.by = "oid",
	.parts = &demand_part,
	.nparts = 1,
	.locks = { "{schema}.{table}", "{schema}.{index}" },
	.columns = demand_columns,
	.ncolumns = sizeof demand_columns / sizeof *demand_columns,
};

static const char *const checks[] = { "unused-index", "redundant-index", "invalid-index", NULL };

static bool is_standby(const struct context *ctx)
{
	return ctx->facts && ctx->facts->standby;
}

/* What a counter of its table grew by, per second. A crash or a reset in between leaves nothing to compare. */
static void set_rate(const struct context *ctx, struct table *t, size_t row, size_t to, size_t counter)
{
	long was = sample_find(ctx->before, t, row);
	double seconds = was < 0 ? 0 : (double)(t->taken_us - sample_taken_us(ctx->before)) / 1e6;

	if (is_standby(ctx))
		table_set_none(t, row, to, CELL_UNKNOWN);
	else if (!table_has(t, row, counter))
		table_set_none(t, row, to, CELL_NULL);
	else if (was < 0 || seconds <= 0 || !sample_has(ctx->before, was, counter) ||
		 sample_int(ctx->before, was, UNUSED_INDEXES_COUNTED) != table_int(t, row, UNUSED_INDEXES_COUNTED) ||
		 sample_int(ctx->before, was, counter) > table_int(t, row, counter))
		table_set_none(t, row, to, CELL_PENDING);
	else
		table_set_float(t, row, to, (double)(table_int(t, row, counter) - sample_int(ctx->before, was, counter)) / seconds);
}

static void set_costs(const struct context *ctx, struct table *t, size_t row)
{
	bool summarizing = ctx->facts && ctx->facts->version_num >= 160000 &&
			   strcmp(table_text(t, row, UNUSED_INDEXES_METHOD), "brin") == 0;

	set_rate(ctx, t, row, UNUSED_INDEXES_WRITES_PER_S, UNUSED_INDEXES_WRITES);
	set_rate(ctx, t, row, UNUSED_INDEXES_HOT_PREVENTED, UNUSED_INDEXES_COLD);
	if (summarizing)
		table_set_none(t, row, UNUSED_INDEXES_HOT_PREVENTED, CELL_NULL);
}

/* `never used in 43 d`: never more than was counted; of few days, `unused in only 13h05m`, which at 80 columns is whole too. */
static void add_never_used(const struct context *ctx, struct strbuf *b, const struct table *t, size_t row)
{
	const char *where = is_standby(ctx) ? " here" : "";
	bool dated = table_has(t, row, UNUSED_INDEXES_SINCE) && !(table_int(t, row, UNUSED_INDEXES_GUARDS) & STATE_AGE_UNKNOWN);
	bool young = dated && table_bool(t, row, UNUSED_INDEXES_YOUNG);
	char span[UNITS_SIZE];

	strbuf_addf(b, "%s%s", young ? "unused" : "never used", where);
	if (!table_has(t, row, UNUSED_INDEXES_SINCE)) {
		strbuf_adds(b, "; since when is unknown");
	} else if (table_int(t, row, UNUSED_INDEXES_GUARDS) & STATE_AGE_UNKNOWN) {
		strbuf_adds(b, "; age unknown");
	} else {
		strbuf_addf(b, " in %s", young ? "only " : "");
		strbuf_adds(b, units_span(span, (double)(t->taken_us - table_int(t, row, UNUSED_INDEXES_SINCE)) / 1e6));
	}
}

static void add_partner(struct strbuf *b, const struct table *t, const struct index_fate *f)
{
	strbuf_addf(b, "%s of %s", f->problem == PROBLEM_DUPLICATE ? "twin" : "prefix",
		    table_text(t, (size_t)f->partner, UNUSED_INDEXES_INDEX));
}

static void add_reason(const struct context *ctx, struct strbuf *b, const struct table *t, const struct index_fate *f, int64_t guards)
{
	bool scanned = table_int(t, f->row, UNUSED_INDEXES_SCANS) > 0;
	const char *why = index_guard_brief(guards);

	if (table_has(t, f->row, UNUSED_INDEXES_OWNER))
		strbuf_addf(b, "TOAST of %s: ", table_text(t, f->row, UNUSED_INDEXES_OWNER));
	if (f->problem == PROBLEM_INVALID && guards & STATE_STANDBY) {
		strbuf_adds(b, "being built or left over: look on the primary");
	} else if (f->problem == PROBLEM_INVALID && guards & STATE_WORKED_ON) {
		strbuf_adds(b, "being built or dropped");
	} else if (f->problem == PROBLEM_INVALID) {
		index_repair_add(b, table_text(t, f->row, UNUSED_INDEXES_INDEX), guards);
	} else if (!f->drop) {
		if (why == index_guard_brief(STATE_STANDBY)) {
			add_never_used(ctx, b, t, f->row);
			strbuf_adds(b, "; ");
		}
		strbuf_adds(b, why);
		if (f->partner >= 0) {
			strbuf_adds(b, "; ");
			add_partner(b, t, f);
		}
	} else if (f->partner >= 0) {
		strbuf_adds(b, scanned || guards & (STATE_UNCOUNTED | STATE_STANDBY) ? "" : "unused; ");
		add_partner(b, t, f);
		strbuf_adds(b, guards & STATE_STANDBY ? "; drop it on the primary" : "");
	} else {
		add_never_used(ctx, b, t, f->row);
		strbuf_adds(b, guards & STATE_ALONE ? "; alone on a foreign key's column" : "");
	}
}

static void set_fate(const struct context *ctx, struct table *t, const struct index_fate *f)
{
	int64_t known = table_int(t, f->row, UNUSED_INDEXES_GUARDS) & ~(int64_t)(VERDICT_DROP | VERDICT_REPAIR);
	int64_t guards = known | (f->last_supporter ? GUARD_FOREIGN_KEY : 0);
	bool repair = f->problem == PROBLEM_INVALID && !(guards & (STATE_WORKED_ON | STATE_STANDBY));
	struct strbuf b = STRBUF_INIT;
	char *fix;

	if (f->problem == PROBLEM_NONE) {
		table_set_none(t, f->row, UNUSED_INDEXES_PROBLEM, CELL_NULL);
		return;
	}
	table_set_int(t, f->row, UNUSED_INDEXES_GUARDS, guards | (f->drop ? VERDICT_DROP : repair ? VERDICT_REPAIR : 0));
	table_set_string(t, f->row, UNUSED_INDEXES_PROBLEM, index_problem_name(f->problem));
	table_set_string(t, f->row, UNUSED_INDEXES_VERDICT, f->drop ? "drop" : repair ? "repair" : "keep");
	table_set_string(t, f->row, UNUSED_INDEXES_DO, f->drop ? "drop" : repair ? "mend" : "keep");
	table_set_int(t, f->row, UNUSED_INDEXES_SIGN, f->drop || repair ? SIGN_WARNING : SIGN_NONE);
	add_reason(ctx, &b, t, f, guards);
	table_set_string(t, f->row, UNUSED_INDEXES_REASON, b.text);
	strbuf_reset(&b);
	if (f->partner >= 0) {
		strbuf_adds(&b, table_text(t, (size_t)f->partner, UNUSED_INDEXES_INDEX));
		table_set_string(t, f->row, UNUSED_INDEXES_PARTNER, b.text);
		strbuf_reset(&b);
	}
	index_guards_add(&b, f->problem == PROBLEM_UNUSED ? guards : guards & ~(int64_t)STATE_STANDBY);
	if (b.len)
		table_set_string(t, f->row, UNUSED_INDEXES_GUARDED, b.text);
	strbuf_free(&b);
	fix = index_fix_sql(ctx, t, f->row);
	if (fix)
		table_set_string(t, f->row, UNUSED_INDEXES_FIX_SQL, fix);
	free(fix);
}

/* A catalog row has 32 bits of it: the newest such transaction before the next. */
static void widen_xid(struct table *t, size_t row)
{
	int64_t next = table_int(t, 0, UNUSED_INDEXES_NEXT_XID);

	if (table_has(t, row, UNUSED_INDEXES_CREATED_XID))
		table_set_int(t, row, UNUSED_INDEXES_CREATED_XID,
			      next - ((next - table_int(t, row, UNUSED_INDEXES_CREATED_XID)) & INT64_C(0xffffffff)));
}

/* What stands in the first row because it holds for all: thousands of times the same is dear to send. */
static void take_whole(const struct context *ctx, struct table *t, size_t row)
{
	static const int whole[] = { UNUSED_INDEXES_COUNTED, UNUSED_INDEXES_HORIZON, UNUSED_INDEXES_TOTAL };

	if (is_standby(ctx))
		table_set_int(t, row, UNUSED_INDEXES_GUARDS, table_int(t, row, UNUSED_INDEXES_GUARDS) | STATE_STANDBY);
	if (table_has(t, 0, UNUSED_INDEXES_OID))
		return;
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		*table_cell(t, row, (size_t)whole[i]) = *table_cell(t, 0, (size_t)whole[i]);
	table_set_int(t, row, UNUSED_INDEXES_GUARDS, table_int(t, row, UNUSED_INDEXES_GUARDS) | table_int(t, 0, UNUSED_INDEXES_GUARDS));
	widen_xid(t, row);
}

static void row(const struct context *ctx, struct table *now, size_t at)
{
	int64_t table_oid = table_int(now, at, UNUSED_INDEXES_TABLE_OID);
	struct index_fate *fates;
	size_t n;

	if (!table_has(now, at, UNUSED_INDEXES_OID)) {
		widen_xid(now, at);
		return;
	}
	take_whole(ctx, now, at);
	set_costs(ctx, now, at);
	if (at > 0 && table_int(now, at - 1, UNUSED_INDEXES_TABLE_OID) == table_oid)
		return;
	for (size_t i = at + 1; i < now->nrows && table_int(now, i, UNUSED_INDEXES_TABLE_OID) == table_oid; i++)
		take_whole(ctx, now, i);
	fates = index_fates(now, at, &n);
	for (size_t i = 0; i < n; i++) {
		index_set_since(ctx, now, fates[i].row);
		set_fate(ctx, now, &fates[i]);
	}
	free(fates);
}

struct place {
	int rank;
	int64_t bytes;
	uint64_t name;   /* its first bytes, as a number that is ordered like them */
	size_t row;
	const struct table *table;
};

static int verdict_rank(const struct table *t, size_t at)
{
	int64_t guards = table_int(t, at, UNUSED_INDEXES_GUARDS);

	return guards & VERDICT_REPAIR ? 0 : guards & VERDICT_DROP ? 1 : 2;
}

static uint64_t name_number(const char *name)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | (unsigned char)(*name ? *name++ : 0);
	return n;
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order;

	if (x->rank != y->rank)
		return x->rank - y->rank;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	if (x->name != y->name)
		return x->name > y->name ? 1 : -1;
	order = strcmp(table_text(x->table, x->row, UNUSED_INDEXES_INDEX), table_text(y->table, y->row, UNUSED_INDEXES_INDEX));
	return order ? order : strcmp(table_text(x->table, x->row, UNUSED_INDEXES_SCHEMA), table_text(y->table, y->row, UNUSED_INDEXES_SCHEMA));
}

static void put_in_order(struct table *t)
{
	struct place *places = mem_zero(t->nrows + 1, sizeof *places);
	size_t *order = mem_zero(t->nrows + 1, sizeof *order);

	for (size_t i = 0; i < t->nrows; i++)
		places[i] = (struct place){ verdict_rank(t, i), table_int(t, i, UNUSED_INDEXES_BYTES),
					    name_number(table_text(t, i, UNUSED_INDEXES_INDEX)), i, t };
	qsort(places, t->nrows, sizeof *places, compare_places);
	for (size_t i = 0; i < t->nrows; i++)
		order[i] = places[i].row;
	table_reorder(t, order);
	free(order);
	free(places);
}

static void derive(const struct context *ctx, struct table *now)
{
	bool *drop = mem_zero(now->nrows + 1, sizeof *drop);

	if (now->nrows)
		index_remember(ctx, table_int(now, 0, UNUSED_INDEXES_HORIZON), now->taken_us);
	for (size_t i = 0; i < now->nrows; i++)
		drop[i] = !table_has(now, i, UNUSED_INDEXES_PROBLEM);
	table_drop_rows(now, drop);
	free(drop);
	put_in_order(now);
}

static void summary(const struct table *now, struct strbuf *out)
{
	size_t n[3] = { 0 };
	char buf[UNITS_SIZE];

	for (size_t i = 0; i < now->nrows; i++)
		n[verdict_rank(now, i)]++;
	if (n[0])
		strbuf_addf(out, "%s to mend, ", units_grouped(buf, (int64_t)n[0]));
	strbuf_addf(out, "%s to drop", units_grouped(buf, (int64_t)n[1]));
	strbuf_addf(out, ", %s to keep", units_grouped(buf, (int64_t)n[2]));
	if (now->nrows)
		strbuf_addf(out, ", of %s", units_grouped(buf, table_int(now, 0, UNUSED_INDEXES_TOTAL)));
}

static void footer(const struct table *now, int64_t now_us, struct strbuf *out)
{
	int64_t counted = now->nrows ? table_int(now, 0, UNUSED_INDEXES_COUNTED) : 0;
	char clock[UNITS_SIZE], age[UNITS_SIZE];

	if (!counted)
		return;
	strbuf_addf(out, "Counted since %s (%s). ", units_clock(clock, counted, now_us),
		    units_age(age, (double)(now->taken_us - counted) / 1e6));
	/* Of the table only what the primary counts is known there, and the other way round. */
	if (table_cell(now, 0, UNUSED_INDEXES_WRITES_PER_S)->kind == CELL_UNKNOWN)
		strbuf_adds(out, "Only scans on this standby are counted here.");
	else
		strbuf_adds(out, "Scans on standbys are not counted here.");
}

const struct collector unused_indexes_collector = {
	.name = "unused_indexes",
	.title = "indexes",
	.tab = "indexes",
	.help = "indexes that are not used, needless beside others, or invalid, and which of them must stay",
	.number = 5,
	.interval_s = 60,
	.parts = unused_indexes_parts,
	.nparts = UNUSED_INDEXES_PARTS,
	.columns = columns,
	.ncolumns = UNUSED_INDEXES_COLUMNS,
	.details = details,
	.ndetails = sizeof details / sizeof *details,
	.demand = &demand,
	.memory = memory_columns,
	.nmemory = MARK_COLUMNS,
	.empty_text = "Every index is scanned; none is a twin or prefix of another.",
	.row = row,
	.derive = derive,
	.checks = checks,
	.judge = unused_indexes_judge,
	.summary = summary,
	.footer = footer,
};

/* What can be said of each statement by itself: what it did in the window, and since the reset. */
#include "slow_queries.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1e6

/* What a statement did. */
struct counts {
	int64_t calls, total_ns, rows, hit, read, temp, wal;
};

/* What holds for all stands in a row of its own until derive() has handed it to each: it has no calls. */
bool slow_queries_is_whole(const struct table *t, size_t row)
{
	return !table_has(t, row, SLOW_QUERIES_CALLS);
}

/* Where the row has what holds for all: in itself, or still at the end of the table. */
static size_t whole_row(const struct table *t, size_t row)
{
	return t->nrows && slow_queries_is_whole(t, t->nrows - 1) ? t->nrows - 1 : row;
}

double slow_queries_elapsed_s(int64_t from_us, int64_t to_us)
{
	return to_us > from_us ? (double)(to_us - from_us) / SECOND : 0;
}

double slow_queries_all_s(const struct table *now)
{
	size_t row = whole_row(now, 0);

	return now->nrows && table_has(now, row, SLOW_QUERIES_RESET) ? slow_queries_elapsed_s(table_int(now, row, SLOW_QUERIES_RESET), now->taken_us) : 0;
}

double slow_queries_window_s(const struct context *ctx, const struct table *now)
{
	return ctx->chosen != WINDOW_ALL && ctx->window ? slow_queries_elapsed_s(sample_taken_us(ctx->window), now->taken_us) : 0;
}

double slow_queries_judged_s(const struct context *ctx, const struct table *now)
{
	enum { LEAST_S = 30 };
	double seconds = slow_queries_window_s(ctx, now);

	/* Times are rounded on the way: of a window of thirty seconds a moment may be missing. */
	return seconds >= LEAST_S - 0.5 ? seconds : 0;
}

static struct counts counts_of(const struct table *t, size_t row)
{
	return (struct counts){
		.calls = table_int(t, row, SLOW_QUERIES_CALLS), .total_ns = table_int(t, row, SLOW_QUERIES_TOTAL_NS),
		.rows = table_int(t, row, SLOW_QUERIES_ROWS), .hit = table_int(t, row, SLOW_QUERIES_HIT),
		.read = table_int(t, row, SLOW_QUERIES_READ), .temp = table_int(t, row, SLOW_QUERIES_TEMP),
		.wal = table_int(t, row, SLOW_QUERIES_WAL_BYTES),
	};
}

static struct counts counts_then(const struct sample *s, long row)
{
	return (struct counts){
		.calls = sample_int(s, row, SLOW_QUERIES_CALLS), .total_ns = sample_int(s, row, SLOW_QUERIES_TOTAL_NS),
		.rows = sample_int(s, row, SLOW_QUERIES_ROWS), .hit = sample_int(s, row, SLOW_QUERIES_HIT),
		.read = sample_int(s, row, SLOW_QUERIES_READ), .temp = sample_int(s, row, SLOW_QUERIES_TEMP),
		.wal = sample_int(s, row, SLOW_QUERIES_WAL_BYTES),
	};
}

static bool any_shrank(const struct counts *now, const struct counts *then)
{
	return now->calls < then->calls || now->total_ns < then->total_ns || now->rows < then->rows || now->hit < then->hit ||
	       now->read < then->read || now->temp < then->temp || now->wal < then->wal;
}

bool slow_queries_differ(const struct table *t, size_t row, const struct sample *s, long was, size_t column)
{
	return table_has(t, row, column) && sample_has(s, was, column) && table_int(t, row, column) != sample_int(s, was, column);
}

bool slow_queries_is_doubtful(int64_t reset_us, int64_t taken_us, int64_t took_us)
{
	/* Two clocks that have been compared once are not the same to the millisecond. */
	return reset_us > taken_us - took_us / 2 - (int64_t)(SECOND / 2);
}

/*
 * What it did since then; false where nobody knows. An entry that was reset, or thrown out and came back, is younger than the sample: all that it
 * counts has happened since, and of what it counted before nobody knows any more.
 */
static bool counts_since(const struct table *t, size_t row, const struct sample *s, long was, struct counts *c)
{
	struct counts now = counts_of(t, row), then = counts_then(s, was);
	size_t whole = whole_row(t, row);
	int64_t reset = table_int(t, whole, SLOW_QUERIES_RESET);

	*c = now;
	if (was < 0 || slow_queries_differ(t, row, s, was, SLOW_QUERIES_ENTRY_SINCE) || any_shrank(&now, &then))
		return true;
	if (slow_queries_differ(t, whole, s, was, SLOW_QUERIES_RESET))
		return !slow_queries_is_doubtful(reset, t->taken_us, t->took_us);
	*c = (struct counts){ now.calls - then.calls, now.total_ns - then.total_ns, now.rows - then.rows, now.hit - then.hit,
			      now.read - then.read, now.temp - then.temp, now.wal - then.wal };
	return !slow_queries_is_doubtful(reset, sample_taken_us(s), 0);
}

void slow_queries_set_window(struct table *t, size_t row, enum cell_kind why)
{
	static const int columns[] = {
		SLOW_QUERIES_NOW, SLOW_QUERIES_CALLS_PER_S, SLOW_QUERIES_MEAN_MS, SLOW_QUERIES_ROWS_PER_CALL, SLOW_QUERIES_TEMP_MB,
		SLOW_QUERIES_TOTAL, SLOW_QUERIES_CACHE, SLOW_QUERIES_WAL_MB, SLOW_QUERIES_INTERVAL_CALLS, SLOW_QUERIES_INTERVAL_TOTAL_S,
		SLOW_QUERIES_INTERVAL_SHARE,
	};

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		table_set_none(t, row, (size_t)columns[i], why);
}

void slow_queries_set_ratio(struct table *t, size_t row, size_t column, double part, double of)
{
	if (of > 0)
		table_set_float(t, row, column, part / of);
	else
		table_set_none(t, row, column, CELL_NULL);
}

static void set_temp(struct table *t, size_t row, size_t column, int64_t blocks)
{
	int64_t size = table_int(t, row, SLOW_QUERIES_BLOCK_SIZE);

	if (size <= 0 && blocks)
		table_set_none(t, row, column, CELL_UNKNOWN);
	else if (t->columns[column].type == TYPE_INT)
		table_set_int(t, row, column, blocks * size);
	else
		table_set_float(t, row, column, (double)blocks * (double)size);
}

/* seconds: 0 when nobody knows how long that was. */
static void set_counts(struct table *t, size_t row, const struct counts *c, double seconds)
{
	double calls = (double)c->calls, total_s = (double)c->total_ns / 1e9;

	table_set_int(t, row, SLOW_QUERIES_INTERVAL_CALLS, c->calls);
	table_set_float(t, row, SLOW_QUERIES_INTERVAL_TOTAL_S, total_s);
	table_set_float(t, row, SLOW_QUERIES_TOTAL, total_s);
	if (seconds > 0)
		table_set_float(t, row, SLOW_QUERIES_CALLS_PER_S, calls / seconds);
	else
		table_set_none(t, row, SLOW_QUERIES_CALLS_PER_S, CELL_UNKNOWN);
	slow_queries_set_ratio(t, row, SLOW_QUERIES_MEAN_MS, total_s, calls);
	slow_queries_set_ratio(t, row, SLOW_QUERIES_ROWS_PER_CALL, (double)c->rows, calls);
	set_temp(t, row, SLOW_QUERIES_TEMP_MB, c->temp);
	slow_queries_set_ratio(t, row, SLOW_QUERIES_CACHE, (double)c->hit, (double)(c->hit + c->read));
	table_set_float(t, row, SLOW_QUERIES_WAL_MB, (double)c->wal);
}

/* Sent as a signed integer; see slow_queries_sql.c. */
static uint32_t oid_of(const struct table *t, size_t row, size_t column)
{
	return (uint32_t)table_int(t, row, column);
}

/* The entry is the queryid mixed with the rest; see slow_queries_sql.c. */
static void set_queryid(struct table *t, size_t row)
{
	uint64_t entry = (uint64_t)table_int(t, row, SLOW_QUERIES_ENTRY);
	bool nested = table_has(t, row, SLOW_QUERIES_TOPLEVEL) && !table_bool(t, row, SLOW_QUERIES_TOPLEVEL);
	char *text;

	entry ^= (uint64_t)oid_of(t, row, SLOW_QUERIES_DBID) << 33;
	entry ^= (uint64_t)oid_of(t, row, SLOW_QUERIES_USERID) << table_has(t, row, SLOW_QUERIES_TOPLEVEL) ^ nested;
	text = mem_format("%lld", (long long)(int64_t)entry);
	table_set_string(t, row, SLOW_QUERIES_QUERYID, text);
	free(text);
}

static void set_name(struct table *t, size_t row, size_t name, size_t oid)
{
	char *text;

	if (table_has(t, row, name) || !table_has(t, row, oid))
		return;
	text = mem_format("oid %" PRIu32, oid_of(t, row, oid));
	table_set_string(t, row, name, text);
	free(text);
}

static bool knows_toplevel(const struct context *ctx)
{
	const struct extension *e = ctx->facts ? facts_extension(ctx->facts, "pg_stat_statements") : NULL;

	return e ? extension_version(e) >= 109 : ctx->facts && ctx->facts->version_num >= 140000;
}

/* What was cut ends in three dots, which take as many bytes. */
static void end_cut(struct table *t, size_t row)
{
	static const char ellipsis[] = "…";
	const struct cell *c = table_cell(t, row, SLOW_QUERIES_QUERY);
	size_t n = sizeof ellipsis - 1;

	if (table_has(t, row, SLOW_QUERIES_CUT) && c->kind == CELL_TEXT && c->text.len >= n)
		memcpy(t->text + c->text.at + c->text.len - n, ellipsis, n);
}

/* What the statement left out because it follows from the rest. */
static void complete(const struct context *ctx, struct table *t, size_t row)
{
	bool hidden = !table_has(t, row, SLOW_QUERIES_ENTRY);

	if (!table_has(t, row, SLOW_QUERIES_TOPLEVEL) && knows_toplevel(ctx))
		table_set_bool(t, row, SLOW_QUERIES_TOPLEVEL, true);
	if (!table_has(t, row, SLOW_QUERIES_ROWS))
		table_set_int(t, row, SLOW_QUERIES_ROWS, table_int(t, row, SLOW_QUERIES_CALLS));
	if (!table_has(t, row, SLOW_QUERIES_WAL_BYTES))
		table_set_int(t, row, SLOW_QUERIES_WAL_BYTES, 0);
	set_name(t, row, SLOW_QUERIES_USER, SLOW_QUERIES_USERID);
	set_name(t, row, SLOW_QUERIES_DATABASE, SLOW_QUERIES_DBID);
	table_set_bool(t, row, SLOW_QUERIES_HIDDEN, hidden);
	if (hidden) {
		table_set_none(t, row, SLOW_QUERIES_QUERYID, CELL_UNKNOWN);
		table_set_none(t, row, SLOW_QUERIES_QUERY, CELL_UNKNOWN);
		table_set_none(t, row, SLOW_QUERIES_OWN, CELL_UNKNOWN);
	} else {
		set_queryid(t, row);
		end_cut(t, row);
	}
	table_set_bool(t, row, SLOW_QUERIES_MINOR, table_bool(t, row, SLOW_QUERIES_OWN));
}

static void set_since(struct table *t, size_t row)
{
	size_t whole = whole_row(t, row);
	int64_t reset = table_int(t, whole, SLOW_QUERIES_RESET), entry = table_int(t, row, SLOW_QUERIES_ENTRY_SINCE);

	/* The totals may be of before: then it is known with the next sample. */
	if (reset && slow_queries_is_doubtful(reset, t->taken_us, t->took_us))
		table_set_none(t, row, SLOW_QUERIES_SINCE, CELL_PENDING);
	else if (reset || entry)
		table_set_int(t, row, SLOW_QUERIES_SINCE, reset > entry ? reset : entry);
	else
		table_set_none(t, row, SLOW_QUERIES_SINCE, CELL_UNKNOWN);
}

static void set_all(struct table *t, size_t row)
{
	struct counts c = counts_of(t, row);
	int64_t max = table_has(t, row, SLOW_QUERIES_MAX_NS) ? table_int(t, row, SLOW_QUERIES_MAX_NS) : c.total_ns;

	table_set_float(t, row, SLOW_QUERIES_TOTAL_S, (double)c.total_ns / 1e9);
	slow_queries_set_ratio(t, row, SLOW_QUERIES_MEAN_S, (double)c.total_ns / 1e9, (double)c.calls);
	table_set_float(t, row, SLOW_QUERIES_MAX_S, (double)max / 1e9);
	table_set_float(t, row, SLOW_QUERIES_STDDEV_S, (double)table_int(t, row, SLOW_QUERIES_STDDEV_NS) / 1e9);
	if (table_has(t, row, SLOW_QUERIES_PLAN_NS)) {
		table_set_float(t, row, SLOW_QUERIES_PLAN_S, (double)table_int(t, row, SLOW_QUERIES_PLAN_NS) / 1e9);
		slow_queries_set_ratio(t, row, SLOW_QUERIES_PLAN_MS, (double)table_int(t, row, SLOW_QUERIES_PLAN_NS) / 1e9, (double)c.calls);
	}
	slow_queries_set_ratio(t, row, SLOW_QUERIES_HIT_RATIO, (double)c.hit, (double)(c.hit + c.read));
	set_temp(t, row, SLOW_QUERIES_TEMP_BYTES, c.temp);
}

void slow_queries_row(const struct context *ctx, struct table *now, size_t row)
{
	bool all = ctx->chosen == WINDOW_ALL;
	struct counts c;
	long was = -1;

	if (slow_queries_is_whole(now, row))
		return;
	/* Another window changes nothing of this. */
	if (!table_has(now, row, SLOW_QUERIES_HIDDEN)) {
		complete(ctx, now, row);
		set_since(now, row);
		set_all(now, row);
	}
	table_set_none(now, row, SLOW_QUERIES_FOUND, CELL_NULL);
	if (all) {
		c = counts_of(now, row);
		set_counts(now, row, &c, table_has(now, row, SLOW_QUERIES_SINCE) ? slow_queries_elapsed_s(table_int(now, row, SLOW_QUERIES_SINCE), now->taken_us) : 0);
	} else if (!ctx->window) {
		slow_queries_set_window(now, row, CELL_PENDING);
	} else if (table_bool(now, row, SLOW_QUERIES_HIDDEN)) {
		slow_queries_set_window(now, row, CELL_UNKNOWN);
	} else {
		was = sample_find(ctx->window, now, row);
		if (counts_since(now, row, ctx->window, was, &c))
			set_counts(now, row, &c, slow_queries_window_s(ctx, now));
		else
			slow_queries_set_window(now, row, CELL_PENDING);
		table_set_int(now, row, SLOW_QUERIES_FOUND, was + 1);
	}
}

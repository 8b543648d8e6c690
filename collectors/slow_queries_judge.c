/* Which statement takes too much of all time. Who deserves it has its sign from derive(). */
#include "slow_queries.h"

#include <math.h>
#include <stdlib.h>

#include "sessions.h"

/* From here on it is worth saying how much a call reads. */
#define MUCH_BYTES 1048576.0

static void add_time(struct strbuf *b, double seconds)
{
	if (seconds < 0.01)
		strbuf_addf(b, "%.1f ms", seconds * 1e3);
	else if (seconds < 10)
		strbuf_addf(b, "%.0f ms", seconds * 1e3);
	else
		add_age(b, seconds);
}

/* Of one call: `812 ms and 3.1 GB for 38 rows`. What it reads is told since the reset: of a window it is not kept. */
static void add_price(struct strbuf *b, const struct table *t, size_t row, bool window)
{
	double calls = table_number(t, row, SLOW_QUERIES_CALLS);
	double rows = window ? table_number(t, row, SLOW_QUERIES_ROWS_PER_CALL) : table_number(t, row, SLOW_QUERIES_ROWS) / calls;
	double blocks = (table_number(t, row, SLOW_QUERIES_HIT) + table_number(t, row, SLOW_QUERIES_READ)) / calls;
	double bytes = blocks * table_number(t, row, SLOW_QUERIES_BLOCK_SIZE);
	char buf[UNITS_SIZE];

	add_time(b, table_number(t, row, window ? SLOW_QUERIES_MEAN_MS : SLOW_QUERIES_MEAN_S));
	if (bytes >= MUCH_BYTES)
		strbuf_addf(b, " and %s", units_size(buf, bytes));
	strbuf_addf(b, " for %s row%s", units_count(buf, rows), round(rows) == 1 ? "" : "s");
}

static char *title_of(const struct table *t, size_t row, double window_s)
{
	struct strbuf b = STRBUF_INIT;
	char buf[UNITS_SIZE];

	if (window_s > 0)
		strbuf_addf(&b, "One statement takes %s of the last %.0f s; ",
			    units_share(buf, table_number(t, row, SLOW_QUERIES_INTERVAL_SHARE)), round(window_s));
	else
		strbuf_addf(&b, "One statement takes %s of all time; ", units_share(buf, table_number(t, row, SLOW_QUERIES_SHARE)));
	add_price(&b, t, row, window_s > 0);
	return strbuf_take(&b);
}

static char *evidence_of(const struct table *t, size_t row)
{
	struct strbuf b = STRBUF_INIT;

	if (table_has(t, row, SLOW_QUERIES_QUERY))
		text_one_line(&b, table_text(t, row, SLOW_QUERIES_QUERY), 200);
	else
		strbuf_addf(&b, "query %s, whose text %s", table_text(t, row, SLOW_QUERIES_QUERYID),
			    table_cell(t, row, SLOW_QUERIES_QUERY)->kind == CELL_PENDING ? "has not been read yet" : "is not to be had");
	return strbuf_take(&b);
}

/* Seconds of the window of which it is told; 0: what takes too much of all time is told of that. */
static double told_s(const struct context *ctx, const struct table *t, size_t row)
{
	bool all = table_has(t, row, SLOW_QUERIES_SHARE) && table_number(t, row, SLOW_QUERIES_SHARE) >= limit(ctx->limits, LIMIT_STATEMENT_SHARE);

	return all ? 0 : slow_queries_judged_s(ctx, t);
}

static void find(const struct context *ctx, const struct table *t, size_t row, struct outcomes *out)
{
	double window_s = told_s(ctx, t, row);
	struct finding *f = outcomes_finding(out, "slow-queries", SEVERITY_WARNING);

	f->pane = slow_queries_collector.name;
	f->key = table_key(t, row);
	f->title = title_of(t, row, window_s);
	f->evidence = evidence_of(t, row);
	f->since_at_least = window_s > 0;
	if (window_s > 0)
		f->since_us = t->taken_us - (int64_t)(window_s * 1e6);
	else
		f->since_us = table_has(t, row, SLOW_QUERIES_SINCE) ? table_int(t, row, SLOW_QUERIES_RESET) : 0;
}

/* Whether the role may not see so much that a finding may be among it. */
static bool much_is_hidden(const struct context *ctx, const struct table *t)
{
	double hidden = 0;

	for (size_t row = 0; row < t->nrows; row++)
		if (table_bool(t, row, SLOW_QUERIES_HIDDEN))
			hidden += table_number(t, row, SLOW_QUERIES_SHARE);
	return hidden >= limit(ctx->limits, LIMIT_STATEMENT_SHARE);
}

void slow_queries_judge(const struct context *ctx, const struct table *now, struct outcomes *out)
{
	size_t before = out->nfindings;

	outcomes_check(out, "statements-missing", CHECK_OK, NULL);
	for (size_t row = 0; row < now->nrows; row++)
		if (table_int(now, row, SLOW_QUERIES_SIGN) == SIGN_WARNING)
			find(ctx, now, row, out);
	if (out->nfindings > before)
		return;
	if (much_is_hidden(ctx, now)) {
		char *why = stats_grant(ctx->facts);

		outcomes_check(out, "slow-queries", CHECK_UNKNOWN, why);
		free(why);
		return;
	}
	outcomes_check(out, "slow-queries", CHECK_OK, NULL);
}

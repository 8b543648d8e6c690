/* What needs all statements: shares, order, and what a sample must know beside its rows. */
#include "slow_queries.h"

#include <stdlib.h>

/* What the table is as a whole, and was when the window began. */
struct whole {
	int64_t total_ns, hidden_ns, hidden_rows;
	double window_s;          /* of all statements at the top level */
	long was;                 /* a row of the window's first sample; -1: none is known */
	size_t nrows;             /* without those that only say what holds for all */
	size_t at;                /* the row that says it */
};

/* A nested statement's time is in its caller's. */
static bool is_nested(const struct table *t, size_t row)
{
	return table_has(t, row, SLOW_QUERIES_TOPLEVEL) && !table_bool(t, row, SLOW_QUERIES_TOPLEVEL);
}

static struct whole whole_of(const struct table *t)
{
	struct whole w = { .was = -1, .nrows = t->nrows };

	while (w.nrows && slow_queries_is_whole(t, w.nrows - 1))
		w.nrows--;
	w.at = w.nrows < t->nrows ? w.nrows : 0;
	for (size_t row = 0; row < w.nrows; row++) {
		bool hidden = table_bool(t, row, SLOW_QUERIES_HIDDEN);
		int64_t total = is_nested(t, row) ? 0 : table_int(t, row, SLOW_QUERIES_TOTAL_NS);

		w.total_ns += total;
		w.hidden_rows += hidden;
		w.hidden_ns += hidden ? total : 0;
		if (w.was < 0)
			w.was = (long)table_int(t, row, SLOW_QUERIES_FOUND) - 1;
	}
	return w;
}

/* What was not there when the window began has begun since, unless it was there and hidden from us. */
static void doubt_new(const struct context *ctx, struct table *t, const struct whole *w)
{
	if (!ctx->window || ctx->chosen == WINDOW_ALL)
		return;
	if (w->was >= 0 ? sample_int(ctx->window, w->was, SLOW_QUERIES_HIDDEN_ROWS) <= w->hidden_rows : sample_rows(ctx->window) == 0)
		return;
	for (size_t row = 0; row < w->nrows; row++) {
		int64_t since = table_int(t, row, SLOW_QUERIES_ENTRY_SINCE), reset = table_int(t, w->at, SLOW_QUERIES_RESET);

		if (table_bool(t, row, SLOW_QUERIES_HIDDEN) || table_int(t, row, SLOW_QUERIES_FOUND))
			continue;
		if ((since > reset ? since : reset) <= sample_taken_us(ctx->window))
			slow_queries_set_window(t, row, CELL_PENDING);
	}
}

/* What the hidden ones took in the window: one by one nobody can tell them from each other, but their sum grows. */
static double hidden_window_s(const struct context *ctx, const struct table *t, const struct whole *w)
{
	bool reset;
	int64_t then;

	if (ctx->chosen == WINDOW_ALL || w->was < 0)
		return 0;
	reset = slow_queries_differ(t, w->at, ctx->window, w->was, SLOW_QUERIES_RESET) &&
		!slow_queries_is_doubtful(table_int(t, w->at, SLOW_QUERIES_RESET), t->taken_us, t->took_us);
	then = reset ? 0 : sample_int(ctx->window, w->was, SLOW_QUERIES_HIDDEN_NS);
	return w->hidden_ns > then ? (double)(w->hidden_ns - then) / 1e9 : 0;
}

/* As it stands in five cells: all of it only where it is. */
static void show_share(struct table *t, size_t row, size_t column, size_t from)
{
	double share = table_number(t, row, from);

	if (table_has(t, row, from))
		table_set_float(t, row, column, share > 0.999 && share < 1 ? 0.999 : share);
	else
		table_set_none(t, row, column, table_cell(t, row, from)->kind);
}

/* A nested statement may have taken more than all at the top level: its caller is counted when it ends. Then it has no share of theirs. */
static void set_share(struct table *t, size_t row, size_t column, double part, double of)
{
	if (is_nested(t, row) && part > of)
		table_set_none(t, row, column, CELL_UNKNOWN);
	else
		slow_queries_set_ratio(t, row, column, part, of);
}

static void set_shares(const struct context *ctx, struct table *t, struct whole *w)
{
	w->window_s = hidden_window_s(ctx, t, w);
	for (size_t row = 0; row < w->nrows; row++)
		if (!is_nested(t, row))
			w->window_s += table_number(t, row, SLOW_QUERIES_INTERVAL_TOTAL_S);
	for (size_t row = 0; row < w->nrows; row++) {
		set_share(t, row, SLOW_QUERIES_SHARE, (double)table_int(t, row, SLOW_QUERIES_TOTAL_NS), (double)w->total_ns);
		if (table_has(t, row, SLOW_QUERIES_INTERVAL_TOTAL_S))
			set_share(t, row, SLOW_QUERIES_INTERVAL_SHARE, table_number(t, row, SLOW_QUERIES_INTERVAL_TOTAL_S), w->window_s);
		show_share(t, row, SLOW_QUERIES_ALL, SLOW_QUERIES_SHARE);
		show_share(t, row, SLOW_QUERIES_NOW, SLOW_QUERIES_INTERVAL_SHARE);
	}
}

/* Seconds of work a minute, of all statements; since the reset, or where that is not known since the server's start. */
static double work_a_minute(const struct context *ctx, const struct table *t, const struct whole *w)
{
	double judged_s = slow_queries_judged_s(ctx, t), all_s = slow_queries_all_s(t);

	if (judged_s > 0)
		return w->window_s / judged_s * 60;
	if (all_s <= 0 && ctx->facts && ctx->facts->started_at_us)
		all_s = slow_queries_elapsed_s(ctx->facts->started_at_us, t->taken_us);
	return all_s > 0 ? (double)w->total_ns / 1e9 / all_s * 60 : 0;
}

static void set_signs(const struct context *ctx, struct table *t, const struct whole *w)
{
	size_t column = slow_queries_judged_s(ctx, t) > 0 ? SLOW_QUERIES_INTERVAL_SHARE : SLOW_QUERIES_SHARE;
	bool works = ctx->limits && work_a_minute(ctx, t, w) >= limit(ctx->limits, LIMIT_STATEMENT_WORK);

	for (size_t row = 0; row < w->nrows; row++) {
		bool much = works && table_has(t, row, column) && table_number(t, row, column) >= limit(ctx->limits, LIMIT_STATEMENT_SHARE);
		bool hidden = table_bool(t, row, SLOW_QUERIES_HIDDEN);

		table_set_int(t, row, SLOW_QUERIES_SIGN, hidden ? SIGN_HIDDEN : much && !is_nested(t, row) &&
			      !table_bool(t, row, SLOW_QUERIES_OWN) ? SIGN_WARNING : SIGN_NONE);
	}
}

struct place {
	double now;   /* time in the window, -1: not known */
	int64_t all;
	int64_t entry;
	size_t row;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->now != y->now)
		return x->now < y->now ? 1 : -1;
	if (x->all != y->all)
		return x->all < y->all ? 1 : -1;
	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* The most of the window first, then the most since the reset; the rows of the whole stay behind. */
static void arrange(struct table *t, size_t nrows)
{
	struct place *places = mem_zero(nrows + 1, sizeof *places);
	size_t *order = mem_zero(t->nrows + 1, sizeof *order);
	bool moved = false;

	for (size_t row = 0; row < nrows; row++)
		places[row] = (struct place){
			table_has(t, row, SLOW_QUERIES_INTERVAL_TOTAL_S) ? table_number(t, row, SLOW_QUERIES_INTERVAL_TOTAL_S) : -1,
			table_int(t, row, SLOW_QUERIES_TOTAL_NS), table_int(t, row, SLOW_QUERIES_ENTRY), row,
		};
	qsort(places, nrows, sizeof *places, compare_places);
	for (size_t i = 0; i < t->nrows; i++) {
		order[i] = i < nrows ? places[i].row : i;
		moved |= order[i] != i;
	}
	if (moved)
		table_reorder(t, order);
	free(order);
	free(places);
}

/* Each row gets what holds for all: of a sample only rows are kept. */
static void hand_out(struct table *t, const struct whole *w)
{
	static const int columns[] = { SLOW_QUERIES_RESET, SLOW_QUERIES_EVICTIONS };
	int64_t nth = 0;

	for (size_t row = 0; row < w->nrows; row++) {
		for (size_t i = 0; w->at >= w->nrows && i < sizeof columns / sizeof *columns; i++)
			*table_cell(t, row, (size_t)columns[i]) = *table_cell(t, w->at, (size_t)columns[i]);
		table_set_int(t, row, SLOW_QUERIES_HIDDEN_ROWS, w->hidden_rows);
		table_set_int(t, row, SLOW_QUERIES_HIDDEN_NS, w->hidden_ns);
		if (table_bool(t, row, SLOW_QUERIES_HIDDEN) && !table_has(t, row, SLOW_QUERIES_NTH))
			table_set_int(t, row, SLOW_QUERIES_NTH, ++nth);
	}
}

static void drop_whole(struct table *t, size_t nrows)
{
	bool *drop = mem_zero(t->nrows + 1, sizeof *drop);

	for (size_t row = nrows; row < t->nrows; row++)
		drop[row] = true;
	table_drop_rows(t, drop);
	free(drop);
}

/* For the title line and the footer, which see only the table. */
static void describe(const struct context *ctx, struct table *t, const struct whole *w)
{
	if (!t->nrows)
		return;
	table_set_int(t, 0, SLOW_QUERIES_WINDOW, ctx->chosen);
	table_set_float(t, 0, SLOW_QUERIES_WINDOW_S, slow_queries_window_s(ctx, t));
	table_set_float(t, 0, SLOW_QUERIES_ALL_S, slow_queries_all_s(t));
	table_set_none(t, 0, SLOW_QUERIES_EVICTED, CELL_NULL);
	if (table_has(t, 0, SLOW_QUERIES_EVICTIONS) && ctx->chosen != WINDOW_ALL && w->was >= 0) {
		int64_t now = table_int(t, 0, SLOW_QUERIES_EVICTIONS), then = sample_int(ctx->window, w->was, SLOW_QUERIES_EVICTIONS);
		bool reset = slow_queries_differ(t, 0, ctx->window, w->was, SLOW_QUERIES_RESET);

		table_set_int(t, 0, SLOW_QUERIES_EVICTED, reset || now < then ? now : now - then);
	}
}

void slow_queries_derive(const struct context *ctx, struct table *now)
{
	struct whole w = whole_of(now);

	doubt_new(ctx, now, &w);
	set_shares(ctx, now, &w);
	set_signs(ctx, now, &w);
	hand_out(now, &w);
	drop_whole(now, w.nrows);
	arrange(now, now->nrows);
	describe(ctx, now, &w);
}

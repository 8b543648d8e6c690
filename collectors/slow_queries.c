#include "slow_queries.h"

#include <inttypes.h>
#include <math.h>

#include "sessions.h"

static const struct detail details[] = {
	{ "", "query {queryid}[  of {user}][ in {database}][, {cut}]" },
	{ "now", "{now}[, {calls_per_s}]" },
	{ "all", "{all}[, counted since {since}]" },
	{ "calls", "{calls}" },
	{ "total", "{total_s}" },
	{ "mean", "{mean_s}[, longest {max_s}]" },
	{ "deviates", "{stddev_s}" },
	{ "rows", "{rows}" },
	{ "cache", "{hit_ratio}" },
	{ "temp", "{temp_bytes}" },
	{ "WAL", "{wal_bytes}" },
	{ "planning", "{plan_s}" },
	{ "toplevel", "{toplevel}" },
};

static const char *const checks[] = { "slow-queries", "statements-missing", NULL };

/* `60 s`, `5 min`, `4m47s`. */
static void add_span(struct strbuf *out, double seconds)
{
	double minutes = round(seconds / 60);

	if (seconds < 119.5)
		strbuf_addf(out, "%.0f s", fmax(round(seconds), 1));
	else if (fabs(seconds - minutes * 60) <= 10)
		strbuf_addf(out, "%.0f min", minutes);
	else
		add_age(out, seconds);
}

static void add_all(struct strbuf *out, double all_s)
{
	strbuf_adds(out, "all since the reset");
	if (all_s > 0) {
		strbuf_addc(out, ' ');
		add_age(out, all_s);
		strbuf_adds(out, " ago");
	}
}

/* `last 60 s; s shows the last 5 min`: how long the window really is, and what the key would show next. */
static void summary(const struct table *now, struct strbuf *out)
{
	enum window window, next;
	double all_s, seconds;

	if (!now->nrows)
		return;
	window = (enum window)table_int(now, 0, SLOW_QUERIES_WINDOW);
	next = (window + 1) % WINDOW_COUNT;
	all_s = table_number(now, 0, SLOW_QUERIES_ALL_S);
	seconds = table_number(now, 0, SLOW_QUERIES_WINDOW_S);
	if (window == WINDOW_ALL) {
		add_all(out, all_s);
	} else if (seconds > 0) {
		strbuf_adds(out, "last ");
		add_span(out, seconds);
	} else {
		strbuf_adds(out, "no interval yet");
	}
	strbuf_adds(out, "; s shows ");
	if (next == WINDOW_ALL) {
		add_all(out, all_s);
	} else if (next == WINDOW_INTERVAL) {
		strbuf_adds(out, "the last interval");
	} else {
		strbuf_adds(out, "the last ");
		add_span(out, window_s(next));
	}
}

/* Whoever is thrown out begins at zero when it comes back: what is listed is not all that ran. */
static void footer(const struct table *now, int64_t now_us, struct strbuf *out)
{
	int64_t times, lately;
	char buf[UNITS_SIZE];

	if (!now->nrows)
		return;
	if (!table_has(now, 0, SLOW_QUERIES_RESET)) {
		strbuf_adds(out, "Since when is counted nobody knows: this pg_stat_statements does not keep it.");
		return;
	}
	times = table_int(now, 0, SLOW_QUERIES_EVICTIONS);
	lately = table_int(now, 0, SLOW_QUERIES_EVICTED);
	strbuf_addf(out, "Counted since %s", units_clock(buf, table_int(now, 0, SLOW_QUERIES_RESET), now_us));
	if (!times) {
		strbuf_addc(out, '.');
		return;
	}
	strbuf_addf(out, "; %" PRId64 " time%s the least used were thrown out (pg_stat_statements.max)", times, times == 1 ? "" : "s");
	if (lately) {
		strbuf_addf(out, ", %" PRId64 " of them in the last ", lately);
		add_span(out, table_number(now, 0, SLOW_QUERIES_WINDOW_S));
		strbuf_adds(out, ": statements are missing");
	}
}

const struct collector slow_queries_collector = {
	.name = "slow_queries",
	.title = "queries",
	.tab = "queries",
	.help = "statements by what they took in the chosen window and since the reset",
	.number = 4,
	.interval_s = 10,
	.parts = slow_queries_parts,
	.nparts = SLOW_QUERIES_PARTS,
	.columns = slow_queries_columns,
	.ncolumns = SLOW_QUERIES_COLUMNS,
	.details = details,
	.ndetails = sizeof details / sizeof *details,
	.brief = "now {now}[, {calls_per_s}]; all {all}[, counted since {since}]; calls {calls}, mean {mean_s}[, longest {max_s}]; {rows} rows,"
		 " cache {hit_ratio}, temp {temp_bytes}, WAL {wal_bytes}",
	.demand = &slow_queries_demand,
	.windowed = true,
	.minor_text = "statements of pgtop-prod",
	.empty_text = "No statement has been counted since the reset.",
	.hidden_remedy = READ_ALL_STATS_REMEDY,
	.row = slow_queries_row,
	.derive = slow_queries_derive,
	.checks = checks,
	.judge = slow_queries_judge,
	.summary = summary,
	.footer = footer,
	.unavailable = slow_queries_unavailable,
};

#include "stats.h"

#include <stdlib.h>
#include <string.h>

#include "sessions.h"

/* How a figure comes from what the server says. */
enum figure_kind {
	GAUGE,   /* as it is */
	RATE,    /* what the counter grew by, per second */
	SHARE,   /* of what both counters grew by, the first one's part */
};

struct figure_row {
	const char *name;
	enum unit unit;
	bool database;          /* of the current database; else of the whole server */
	enum figure_kind kind;
	double share_of_none;   /* SHARE: when neither counter grew */
};

static const struct figure_row figures[FIGURES] = {
	[FIGURE_CONNECTIONS_USED] = { "connections_used", UNIT_COUNT, false, GAUGE, 0 },
	[FIGURE_CONNECTIONS_LIMIT] = { "connections_limit", UNIT_COUNT, false, GAUGE, 0 },
	[FIGURE_CONNECTIONS_RESERVED] = { "connections_reserved", UNIT_COUNT, false, GAUGE, 0 },
	[FIGURE_SESSIONS_ACTIVE] = { "sessions_active", UNIT_COUNT, false, GAUGE, 0 },
	[FIGURE_SESSIONS_IDLE] = { "sessions_idle", UNIT_COUNT, false, GAUGE, 0 },
	[FIGURE_SESSIONS_IDLE_IN_TRANSACTION] = { "sessions_idle_in_transaction", UNIT_COUNT, false, GAUGE, 0 },
	[FIGURE_SESSIONS_WAITING_FOR_LOCK] = { "sessions_waiting_for_lock", UNIT_COUNT, false, GAUGE, 0 },
	[FIGURE_SESSIONS_HIDDEN] = { "sessions_hidden", UNIT_COUNT, false, GAUGE, 0 },
	[FIGURE_TRANSACTIONS] = { "transactions", UNIT_PER_SECOND, true, RATE, 0 },
	[FIGURE_COMMITS] = { "commits", UNIT_PER_SECOND, true, RATE, 0 },
	[FIGURE_ROLLBACKS] = { "rollbacks", UNIT_PER_SECOND, true, RATE, 0 },
	[FIGURE_ROLLBACK_RATIO] = { "rollback_ratio", UNIT_RATIO, true, SHARE, 0 },
	[FIGURE_ROWS_RETURNED] = { "rows_returned", UNIT_PER_SECOND, true, RATE, 0 },
	[FIGURE_ROWS_WRITTEN] = { "rows_written", UNIT_PER_SECOND, true, RATE, 0 },
	[FIGURE_CACHE_HIT_RATIO] = { "cache_hit_ratio", UNIT_RATIO, true, SHARE, 1 },
	[FIGURE_TEMP_BYTES] = { "temp_bytes", UNIT_BYTES_PER_SECOND, true, RATE, 0 },
	[FIGURE_WAL_BYTES] = { "wal_bytes", UNIT_BYTES_PER_SECOND, false, RATE, 0 },
	[FIGURE_DEADLOCKS] = { "deadlocks", UNIT_PER_SECOND, true, RATE, 0 },
	[FIGURE_OLDEST_TRANSACTION] = { "oldest_transaction", UNIT_AGE, false, GAUGE, 0 },
	[FIGURE_OLDEST_XMIN] = { "oldest_xmin", UNIT_TRANSACTIONS, false, GAUGE, 0 },
	[FIGURE_XID_AGE] = { "xid_age", UNIT_TRANSACTIONS, false, GAUGE, 0 },
	[FIGURE_XID_AGE_LIMIT] = { "xid_age_limit", UNIT_TRANSACTIONS, false, GAUGE, 0 },
	[FIGURE_MULTIXACT_AGE] = { "multixact_age", UNIT_TRANSACTIONS, false, GAUGE, 0 },
	[FIGURE_REPLICATION_LAG_BYTES] = { "replication_lag_bytes", UNIT_BYTES, false, GAUGE, 0 },
	[FIGURE_REPLICATION_LAG] = { "replication_lag", UNIT_AGE, false, GAUGE, 0 },
	[FIGURE_UPTIME] = { "uptime", UNIT_AGE, false, GAUGE, 0 },
};

#define INTERNAL(text, type, unit) text, type, unit, COLUMN_INTERNAL, 0, 0
#define KEPT(text, type, unit) text, type, unit, COLUMN_INTERNAL | COLUMN_RATE, 0, 0

static const struct column columns[STATS_COLUMNS] = {
	[STATS_NAME] = { "name", "figure", "the figure", TYPE_TEXT, UNIT_NONE, COLUMN_KEY, 28, 1 },
	[STATS_VALUE] = { "value", NULL, "its value, in its unit; rates and shares are of the last interval", TYPE_FLOAT, UNIT_NONE,
			  COLUMN_DATA | COLUMN_HISTORY, 0, 0 },
	[STATS_SHOWN] = { "shown", "value", "its value with its unit", TYPE_TEXT, UNIT_NONE, COLUMN_SCREEN | COLUMN_RIGHT, 10, 1 },
	[STATS_UNIT] = { "unit", NULL, "unit of the value; null: a number of things", TYPE_TEXT, UNIT_NONE, COLUMN_DATA, 0, 0 },
	[STATS_SCOPE] = { "scope", NULL, "`server`, or `database`: of the current one", TYPE_TEXT, UNIT_NONE, 0, 8, 1 },
	[STATS_SINCE] = { "since", NULL, "since when the server counts", TYPE_TIME, UNIT_TIME, COLUMN_RATE, 12, 1 },
	[STATS_HOLDER] = { "holder", NULL, "whom it belongs to: a session, slot, prepared transaction, standby or database", TYPE_TEXT,
			   UNIT_NONE, COLUMN_REST, 0, 1 },
	[STATS_COUNTER] = { "counter", NULL, KEPT("what a rate is of", TYPE_INT, UNIT_NONE) },
	[STATS_COUNTER2] = { "counter2", NULL, KEPT("the rest of what a share is of", TYPE_INT, UNIT_NONE) },
	[STATS_STARTED] = { "started", NULL, KEPT("when the server started", TYPE_TIME, UNIT_TIME) },
	[STATS_TAKEN] = { "taken", NULL, KEPT("when the row was read", TYPE_TIME, UNIT_TIME) },
	[STATS_CAUGHT_UP] = { "caught_up", NULL, KEPT("when it last had replayed everything", TYPE_TIME, UNIT_TIME) },
	[STATS_HIDDEN_SOURCES] = { "hidden_sources", NULL, INTERNAL("hidden sessions that could change it", TYPE_INT, UNIT_NONE) },
	[STATS_AGE_S] = { "age_s", NULL, INTERNAL("age of the holder", TYPE_FLOAT, UNIT_AGE) },
	[STATS_OTHER_VALUE] = { "other_value", NULL, INTERNAL("what it is held against", TYPE_FLOAT, UNIT_NONE) },
	[STATS_NOTE] = { "note", NULL, INTERNAL("whom the two are of", TYPE_TEXT, UNIT_NONE) },
	[STATS_HOLDER_PID] = { "holder_pid", NULL, INTERNAL("pid of the holder", TYPE_INT, UNIT_ID) },
	[STATS_HOLDER_START] = { "holder_start", NULL, INTERNAL("start of its session", TYPE_TIME, UNIT_TIME) },
	[STATS_HOLDER_GID] = { "holder_gid", NULL, INTERNAL("prepared transaction that holds", TYPE_TEXT, UNIT_NONE) },
	[STATS_HIDDEN] = { "hidden", NULL, INTERNAL("the role may not see what it is made of", TYPE_BOOL, UNIT_NONE) },
	[STATS_HOLDER_SLOT] = { "holder_slot", NULL, INTERNAL("unused slot that holds", TYPE_TEXT, UNIT_NONE) },
};

static const struct detail details[] = {
	{ "figure", "{name}" },
	{ "value", "{shown}" },
	{ "scope", "{scope}" },
	{ "since", "{since}" },
	{ "holder", "{holder}" },
};

static const char *const checks[] = { "connections", "xmin-horizon", "wraparound", "replication-lag", NULL };

static bool same_cell(const struct table *now, size_t row, const struct sample *before, long was, size_t column)
{
	return table_has(now, row, column) == sample_has(before, was, column) &&
		table_int(now, row, column) == sample_int(before, was, column);
}

static int64_t taken_us(const struct table *t, size_t row)
{
	return table_has(t, row, STATS_TAKEN) ? table_int(t, row, STATS_TAKEN) : t->taken_us;
}

static int64_t sample_read_us(const struct sample *s, long row)
{
	return sample_has(s, row, STATS_TAKEN) ? sample_int(s, row, STATS_TAKEN) : sample_taken_us(s);
}

/*
 * The row's counters against the sample before. Gives false where they cannot be held against each
 * other: one sample, another start of the server, another reset, or a counter that shrank (a crash
 * zeroes counters and need not leave a trace in the time of reset).
 */
static bool grown(const struct sample *before, const struct table *now, size_t row, double *first, double *second, double *seconds)
{
	long was = sample_find(before, now, row);

	if (was < 0 || !sample_has(before, was, STATS_COUNTER) || !same_cell(now, row, before, was, STATS_SINCE) ||
	    !same_cell(now, row, before, was, STATS_STARTED))
		return false;
	*first = (double)(table_int(now, row, STATS_COUNTER) - sample_int(before, was, STATS_COUNTER));
	*second = (double)(table_int(now, row, STATS_COUNTER2) - sample_int(before, was, STATS_COUNTER2));
	*seconds = (double)(taken_us(now, row) - sample_read_us(before, was)) / 1e6;
	return *first >= 0 && *second >= 0 && *seconds > 0;
}

static void compute(const struct figure_row *f, const struct sample *before, struct table *now, size_t row)
{
	double first, second, seconds;

	if (f->kind == GAUGE) {
		if (table_int(now, row, STATS_HIDDEN_SOURCES) > 0) {
			table_set_none(now, row, STATS_VALUE, CELL_UNKNOWN);
			table_set_none(now, row, STATS_HOLDER, CELL_UNKNOWN);
			table_set_bool(now, row, STATS_HIDDEN, true);
		}
		return;
	}
	if (!table_has(now, row, STATS_COUNTER))
		table_set_none(now, row, STATS_VALUE, CELL_UNKNOWN);
	else if (!grown(before, now, row, &first, &second, &seconds))
		table_set_none(now, row, STATS_VALUE, CELL_PENDING);
	else if (f->kind == RATE)
		table_set_float(now, row, STATS_VALUE, first / seconds);
	else
		table_set_float(now, row, STATS_VALUE, first + second > 0 ? first / (first + second) : f->share_of_none);
}

/*
 * A standby tells the age of the last commit it replayed, which behind a primary that was idle is far more than its lag. It cannot be
 * behind for longer than since we last saw it caught up.
 */
static void bound_lag(const struct sample *before, struct table *now)
{
	const size_t row = FIGURE_REPLICATION_LAG;
	long was = sample_find(before, now, row);
	double seconds;

	if (!table_has(now, row, STATS_OTHER_VALUE))
		return;
	if (table_number(now, row, STATS_OTHER_VALUE) <= 0) {
		table_set_int(now, row, STATS_CAUGHT_UP, taken_us(now, row));
		return;
	}
	if (!sample_has(before, was, STATS_CAUGHT_UP))
		return;
	table_set_int(now, row, STATS_CAUGHT_UP, sample_int(before, was, STATS_CAUGHT_UP));
	seconds = (double)(taken_us(now, row) - table_int(now, row, STATS_CAUGHT_UP)) / 1e6;
	if (seconds < 0 || seconds >= table_number(now, row, STATS_AGE_S))
		return;
	table_set_float(now, row, STATS_VALUE, seconds);
	table_set_float(now, row, STATS_AGE_S, seconds);
}

static void show(const struct figure_row *f, struct table *t, size_t row)
{
	char text[UNITS_SIZE];

	if (table_has(t, row, STATS_VALUE))
		table_set_string(t, row, STATS_SHOWN, units_text(text, f->unit, table_number(t, row, STATS_VALUE), 0));
	else
		table_set_none(t, row, STATS_SHOWN, table_cell(t, row, STATS_VALUE)->kind);
	if (unit_name(f->unit))
		table_set_string(t, row, STATS_UNIT, unit_name(f->unit));
	table_set_string(t, row, STATS_SCOPE, f->database ? "database" : "server");
}

/*
 * Puts the rows in the figures' order, with one row for each: what no part brought is unknown, and
 * nothing else stays.
 */
static void arrange(struct table *t)
{
	size_t *order = mem_zero(t->nrows + FIGURES, sizeof *order), n = FIGURES;
	bool *other = mem_zero(t->nrows + FIGURES, sizeof *other);

	for (size_t i = 0; i < FIGURES; i++) {
		size_t row = 0;
		while (row < t->nrows && strcmp(table_text(t, row, STATS_NAME), figures[i].name) != 0)
			row++;
		if (row == t->nrows) {
			table_add_row(t);
			table_set_string(t, row, STATS_NAME, figures[i].name);
			table_set_none(t, row, STATS_VALUE, CELL_UNKNOWN);
		}
		order[i] = row;
		other[row] = true;
	}
	for (size_t row = 0; row < t->nrows; row++)
		if (!other[row])
			order[n++] = row;
	for (size_t i = 0; i < n; i++)
		other[i] = i >= FIGURES;
	table_reorder(t, order);
	table_drop_rows(t, other);
	free(order);
	free(other);
}

static void derive(const struct context *ctx, struct table *now)
{
	arrange(now);
	if (ctx->facts && ctx->facts->standby)
		bound_lag(ctx->before, now);
	for (size_t row = 0; row < FIGURES; row++) {
		compute(&figures[row], ctx->before, now, row);
		show(&figures[row], now, row);
	}
}

const struct collector stats_collector = {
	.name = "stats",
	.title = "stats",
	.tab = "stats",
	.help = "figures of the server and of the current database",
	.number = 7,
	.parts = stats_parts,
	.nparts = STATS_PARTS,
	.columns = columns,
	.ncolumns = STATS_COLUMNS,
	.details = details,
	.ndetails = sizeof details / sizeof *details,
	.empty_text = "No figure.",
	.hidden_remedy = READ_ALL_STATS_REMEDY,
	.derive = derive,
	.checks = checks,
	.judge = stats_judge,
};

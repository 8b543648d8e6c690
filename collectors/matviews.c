#include "matviews.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/sql.h"

#define INTERNAL(text, type) text, NULL, NULL, type, UNIT_NONE, COLUMN_INTERNAL, 0, 0
#define LATE \
	"Sessions hand in their counts some seconds after the commit, before PostgreSQL 15 perhaps only with their next command, and count what " \
	"was rolled back: what came shortly before the refresh may be counted after it"
#define AT_OR_BEFORE "PostgreSQL keeps no time of refresh: what tells it may be a GRANT, RENAME or CLUSTER that came later"

static const struct column columns[MATVIEWS_COLUMNS] = {
	[MATVIEWS_SIGN] = { "sign", NULL, "stale, or never filled", TYPE_INT, UNIT_NONE, COLUMN_INTERNAL, 1, 0 },
	[MATVIEWS_SCHEMA] = { "schema", NULL, "schema of the view", TYPE_TEXT, UNIT_NONE, COLUMN_KEY | COLUMN_DATA, 0, 0 },
	[MATVIEWS_MATVIEW] = { "matview", NULL, "name of the view", TYPE_TEXT, UNIT_NONE, COLUMN_KEY | COLUMN_DATA, 0, 0 },
	[MATVIEWS_VIEW] = { "view", NULL, "name of the view, with its schema where that is not `public`", TYPE_TEXT, UNIT_NONE,
			    COLUMN_SCREEN | COLUMN_NAME, 18, 1 },
	[MATVIEWS_AGE_S] = { "age_s", NULL, NULL, TYPE_FLOAT, UNIT_AGE, COLUMN_INTERNAL, 0, 0 },
	[MATVIEWS_AGE] = { "age", NULL, "since its last refresh; `≥`: at least, since " AT_OR_BEFORE, TYPE_TEXT, UNIT_NONE,
			   COLUMN_SCREEN | COLUMN_RIGHT | COLUMN_SORT, 7, 1 },
	[MATVIEWS_SOURCE] = { "source", NULL, "how that is known: `commit`: time of the commit; `seen`: by an earlier look; `checkpt`: a "
			      "checkpoint came later", TYPE_TEXT, UNIT_NONE, COLUMN_SCREEN, 8, 1 },
	[MATVIEWS_STATE] = { "state", NULL, "`stale`: changes in its tables were counted at looks after the refresh; `current`: none since the "
			     "look before the refresh; `unchanged`: it was not looked at before, and no change was ever counted, by "
			     "counters that began before the refresh (which count no TRUNCATE); `unknown`: all else, also where a "
			     "table was rewritten or truncated, or a partition came; `never_filled`. " LATE, TYPE_TEXT,
			     UNIT_NONE, COLUMN_DATA, 0, 0 },
	[MATVIEWS_REFRESHED_AT] = { "refreshed_at", "refreshed at", "when it was last refreshed; " AT_OR_BEFORE, TYPE_TIME, UNIT_TIME,
				    0, 12, 2 },
	[MATVIEWS_REFRESHED_PRECISION] = { "refreshed_precision", NULL, "`exact`, or `at_or_before`: then or earlier", TYPE_TEXT,
					   UNIT_NONE, COLUMN_DATA, 0, 0 },
	[MATVIEWS_REFRESHED_SOURCE] = { "refreshed_source", NULL, "`audit`, `commit`, `observed`, `checkpoint`, `none`", TYPE_TEXT,
					UNIT_NONE, COLUMN_DATA, 0, 0 },
	[MATVIEWS_CHANGES] = { "changes", NULL, "rows changed in its tables since, as counted by now: so many at most; null: not known", TYPE_INT,
			       UNIT_COUNT, COLUMN_DATA, 0, 0 },
	[MATVIEWS_CHANGES_SHOWN] = { "changes_shown", "changes", "rows changed in its tables since: `≥` at least, `≤` at most",
				     TYPE_TEXT, UNIT_NONE, COLUMN_SCREEN | COLUMN_RIGHT, 7, 1 },
	[MATVIEWS_TIME_DEPENDENT] = { "time_dependent", NULL, "its definition asks what time it is: it grows old without a change; "
				      "null: not known, since a function may",
				      TYPE_BOOL, UNIT_NONE, COLUMN_DATA, 0, 0 },
	[MATVIEWS_CONCURRENTLY] = { "concurrently", NULL, "it can be refreshed while others read it", TYPE_BOOL, UNIT_NONE,
				    COLUMN_DATA, 0, 0 },
	[MATVIEWS_CONC] = { "conc", NULL, "whether it can be refreshed while others read it", TYPE_TEXT, UNIT_NONE, COLUMN_SCREEN,
			    4, 1 },
	[MATVIEWS_WHY_NOT] = { "why_not", NULL, "why it cannot", TYPE_TEXT, UNIT_NONE, COLUMN_DATA, 0, 0 },
	[MATVIEWS_BYTES] = { "bytes", "~MB", "size as of its last VACUUM or ANALYZE, without indexes; unknown after a "
			     "plain refresh until then", TYPE_INT, UNIT_BYTES,
			     COLUMN_ESTIMATE, 5, 1 },
	[MATVIEWS_LAST_DURATION_S] = { "last_duration_s", NULL, "how long its last refresh took, from pg_stat_statements; where it was "
				       "not seen apart, the mean; null: it has none that this role may read "
				       "(pg_read_all_stats)", TYPE_FLOAT, UNIT_AGE, COLUMN_DATA, 0, 0 },
	[MATVIEWS_TOOK] = { "took", "took s", "how long its last refresh took, else the mean, in seconds", TYPE_TEXT, UNIT_NONE,
			    COLUMN_SCREEN | COLUMN_RIGHT, 6, 1 },
	[MATVIEWS_BASE_TABLES] = { "base_tables", "base tables", "tables it reads, also through views; other materialized views stand "
				   "for themselves", TYPE_LIST, UNIT_NONE, COLUMN_NAME, 21, 2 },
	[MATVIEWS_NOTE] = { "note", NULL, "what matters most about it", TYPE_TEXT, UNIT_NONE, COLUMN_SCREEN | COLUMN_REST, 0, 1 },
	[MATVIEWS_OID] = { INTERNAL("oid", TYPE_INT) },
	[MATVIEWS_STAMP] = { INTERNAL("stamp", TYPE_TEXT) },
	[MATVIEWS_XMIN] = { INTERNAL("xmin", TYPE_INT) },
	[MATVIEWS_XMIN_AGE] = { "xmin_age", NULL, NULL, TYPE_INT, UNIT_TRANSACTIONS, COLUMN_INTERNAL, 0, 0 },
	[MATVIEWS_POPULATED] = { INTERNAL("populated", TYPE_BOOL) },
	[MATVIEWS_FILENODE] = { INTERNAL("filenode", TYPE_INT) },
	[MATVIEWS_SHAPE] = { INTERNAL("shape", TYPE_INT) },
	[MATVIEWS_REFRESHING] = { INTERNAL("refreshing", TYPE_BOOL) },
	[MATVIEWS_OWN_WRITES] = { INTERNAL("own_writes", TYPE_INT) },
	[MATVIEWS_WRITES] = { INTERNAL("writes", TYPE_INT) },
	[MATVIEWS_FILES] = { INTERNAL("files", TYPE_INT) },
	[MATVIEWS_BASES] = { INTERNAL("bases", TYPE_INT) },
	[MATVIEWS_BASE_WRITES] = { INTERNAL("base_writes", TYPE_LIST) },
	[MATVIEWS_OPAQUE] = { INTERNAL("opaque", TYPE_TEXT) },
	[MATVIEWS_EPOCH] = { "epoch", NULL, NULL, TYPE_TIME, UNIT_TIME, COLUMN_INTERNAL, 0, 0 },
	[MATVIEWS_UNIQUE_INDEX] = { INTERNAL("unique_index", TYPE_BOOL) },
	[MATVIEWS_NEAR_INDEX] = { INTERNAL("near_index", TYPE_TEXT) },
	[MATVIEWS_INVALID_INDEX] = { INTERNAL("invalid_index", TYPE_TEXT) },
	[MATVIEWS_WORKED_ON] = { INTERNAL("worked_on", TYPE_BOOL) },
	[MATVIEWS_UNIQUE_ON] = { INTERNAL("unique_on", TYPE_TEXT) },
	[MATVIEWS_OWNER] = { INTERNAL("owner", TYPE_TEXT) },
	[MATVIEWS_MAY_REFRESH] = { INTERNAL("may_refresh", TYPE_BOOL) },
	[MATVIEWS_COMMIT_AT] = { "commit_at", NULL, NULL, TYPE_TIME, UNIT_TIME, COLUMN_INTERNAL, 0, 0 },
	[MATVIEWS_CHECKPOINT_AT] = { "checkpoint_at", NULL, NULL, TYPE_TIME, UNIT_TIME, COLUMN_INTERNAL, 0, 0 },
	[MATVIEWS_REFRESH_CALLS] = { INTERNAL("refresh_calls", TYPE_INT) },
	[MATVIEWS_REFRESH_TOTAL_S] = { INTERNAL("refresh_total_s", TYPE_FLOAT) },
	[MATVIEWS_TAKEN] = { "taken", NULL, NULL, TYPE_TIME, UNIT_TIME, COLUMN_INTERNAL, 0, 0 },
	[MATVIEWS_SOURCE_TEXT] = { INTERNAL("source_text", TYPE_TEXT) },
	[MATVIEWS_CHANGES_TEXT] = { INTERNAL("changes_text", TYPE_TEXT) },
	[MATVIEWS_CHANGED_TABLES] = { INTERNAL("changed_tables", TYPE_TEXT) },
	[MATVIEWS_REFRESH_TEXT] = { INTERNAL("refresh_text", TYPE_TEXT) },
	[MATVIEWS_FIX_TEXT] = { INTERNAL("fix_text", TYPE_TEXT) },
	[MATVIEWS_FIX_SQL] = { INTERNAL("fix_sql", TYPE_TEXT) },
};

static const struct detail details[] = {
	{ "", "materialized view {view}  {state}" },
	{ "age", "{age}[, refreshed {refreshed_at}]" },
	{ "source", "{source_text}" },
	{ "changes", "{changes_text}" },
	{ "tables", "{changed_tables}" },
	{ "refresh", "{refresh_text}" },
	{ "to do", "{fix_text}" },
	{ "took", "[{took} s]" },
	{ "size", "~{bytes}[; {exact_bytes} with indexes and TOAST]" },
	{ "owner", "{owner}" },
};

static const char *const checks[] = { "matview-stale", "matview-blocks", NULL };

static void show_view(struct table *t, size_t row)
{
	const char *schema = table_text(t, row, MATVIEWS_SCHEMA);
	char *name = strcmp(schema, "public") == 0
		? mem_string(table_text(t, row, MATVIEWS_MATVIEW))
		: mem_format("%s.%s", schema, table_text(t, row, MATVIEWS_MATVIEW));

	table_set_string(t, row, MATVIEWS_VIEW, name);
	free(name);
}

static void show_age(struct table *t, size_t row)
{
	bool exact = strcmp(table_text(t, row, MATVIEWS_REFRESHED_PRECISION), "exact") == 0;
	char age[UNITS_SIZE], shown[UNITS_SIZE + 4];

	if (!table_bool(t, row, MATVIEWS_POPULATED)) {
		table_set_string(t, row, MATVIEWS_AGE, "never");
	} else if (!table_has(t, row, MATVIEWS_REFRESHED_AT)) {
		table_set_none(t, row, MATVIEWS_AGE, CELL_UNKNOWN);
		table_set_none(t, row, MATVIEWS_REFRESHED_AT, CELL_UNKNOWN);
	} else {
		units_age(age, matviews_age_s(t, row));
		snprintf(shown, sizeof(shown), "%s%s", exact ? "" : "≥", age);
		table_set_string(t, row, MATVIEWS_AGE, shown);
		table_set_float(t, row, MATVIEWS_AGE_S, matviews_age_s(t, row));
	}
}

static void show_source(struct table *t, size_t row)
{
	static const struct { const char *source, *shown; } words[] = {
		{ "observed", "seen" }, { "checkpoint", "checkpt" },
	};
	const char *shown = table_text(t, row, MATVIEWS_REFRESHED_SOURCE);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(shown, words[i].source) == 0)
			shown = words[i].shown;
	if (strcmp(shown, "none") != 0)
		table_set_string(t, row, MATVIEWS_SOURCE, shown);
	else
		table_set_none(t, row, MATVIEWS_SOURCE, table_bool(t, row, MATVIEWS_POPULATED) ? CELL_UNKNOWN : CELL_NULL);
}

/* `~1.24M`; what is bounded from one side only says so. */
static void show_changes(struct table *t, size_t row, const struct matviews_known *k)
{
	bool stale = strcmp(k->state, "stale") == 0, filled = table_bool(t, row, MATVIEWS_POPULATED);
	char count[UNITS_SIZE], shown[UNITS_SIZE + 4];
	const char *mark = "~";
	int64_t n = k->at_most;

	if (k->at_most >= 0)
		table_set_int(t, row, MATVIEWS_CHANGES, k->at_most);
	else
		table_set_none(t, row, MATVIEWS_CHANGES, filled ? CELL_UNKNOWN : CELL_NULL);
	if (stale && k->at_least > 0 && (k->at_most < 0 || k->at_most > 2 * k->at_least)) {
		mark = "≥";   /* what may have come before the first look would drown what surely came after it */
		n = k->at_least;
	} else if (!stale && k->at_most > 0) {
		mark = "≤";
	} else if (k->at_most < 0) {
		table_set_none(t, row, MATVIEWS_CHANGES_SHOWN, filled ? CELL_UNKNOWN : CELL_NULL);
		return;
	}
	snprintf(shown, sizeof(shown), "%s%s", n ? mark : "", units_count(count, (double)n));
	table_set_string(t, row, MATVIEWS_CHANGES_SHOWN, shown);
}

static void tell_concurrently(const struct context *ctx, struct table *t, size_t row)
{
	bool filled = table_bool(t, row, MATVIEWS_POPULATED), standby = ctx->facts && ctx->facts->standby;
	bool can = filled && !standby && table_bool(t, row, MATVIEWS_UNIQUE_INDEX);
	char *why = NULL;

	if (standby)
		why = mem_string("this server is a standby: views are refreshed on its primary");
	else if (!table_bool(t, row, MATVIEWS_UNIQUE_INDEX) && table_has(t, row, MATVIEWS_INVALID_INDEX))
		why = mem_format("its unique index %s is invalid%s", table_text(t, row, MATVIEWS_INVALID_INDEX),
				 table_bool(t, row, MATVIEWS_WORKED_ON) ? ", perhaps still being built" : "");
	else if (!table_bool(t, row, MATVIEWS_UNIQUE_INDEX) && table_has(t, row, MATVIEWS_NEAR_INDEX))
		why = mem_format("no unique index that serves: %s", table_text(t, row, MATVIEWS_NEAR_INDEX));
	else if (!table_bool(t, row, MATVIEWS_UNIQUE_INDEX))
		why = mem_format("no unique index%s", filled ? "" : ", and never filled");
	else if (!filled)
		why = mem_string("never filled: the first refresh cannot be concurrent");
	table_set_bool(t, row, MATVIEWS_CONCURRENTLY, can);
	table_set_string(t, row, MATVIEWS_CONC, can ? "yes" : "no");
	if (!can)
		table_set_string(t, row, MATVIEWS_WHY_NOT, why);
	free(why);
}

static void show_took(struct table *t, size_t row)
{
	char took[UNITS_SIZE];

	if (table_has(t, row, MATVIEWS_LAST_DURATION_S))
		table_set_string(t, row, MATVIEWS_TOOK, units_ms(took, table_number(t, row, MATVIEWS_LAST_DURATION_S) / 1000));
	else
		table_set_none(t, row, MATVIEWS_TOOK, table_bool(t, row, MATVIEWS_POPULATED) ? CELL_UNKNOWN : CELL_NULL);
}

/* The one thing that matters most. */
static const char *note_of(const struct context *ctx, const struct table *t, size_t row, const struct matviews_known *k)
{
	bool old = table_has(t, row, MATVIEWS_REFRESHED_AT) && matviews_age_s(t, row) >= limit(ctx->limits, LIMIT_MATVIEW_STALE);

	if (!table_bool(t, row, MATVIEWS_POPULATED))
		return "never filled";
	if (table_bool(t, row, MATVIEWS_REFRESHING))
		return "locked";   /* by a refresh, or by CLUSTER, or LOCK TABLE */
	if (strcmp(k->state, "stale") == 0 && old)
		return "stale";
	if (old && table_bool(t, row, MATVIEWS_TIME_DEPENDENT))
		return "old, asks the time";
	if (old && k->at_most == 0)
		return "old but current";
	if (!table_bool(t, row, MATVIEWS_UNIQUE_INDEX) && !(ctx->facts && ctx->facts->standby))
		return table_has(t, row, MATVIEWS_INVALID_INDEX) ? "index invalid"
		       : table_has(t, row, MATVIEWS_NEAR_INDEX)	 ? "index not fit"
								 : "no unique index";
	if (k->doubt)
		return "perhaps a GRANT";
	if (strcmp(k->state, "stale") == 0)
		return "tables changed";
	if (k->rewritten)
		return "table rewritten";
	if (table_has(t, row, MATVIEWS_OPAQUE))
		return "not all counted";
	if (k->calm)
		return "no change seen";
	return NULL;
}

static void complete(const struct context *ctx, struct table *t, size_t row)
{
	struct matviews_known k = matviews_look(ctx, t, row);
	const char *note;

	table_set_string(t, row, MATVIEWS_STATE, k.state);
	show_view(t, row);
	show_age(t, row);
	show_source(t, row);
	show_changes(t, row, &k);
	tell_concurrently(ctx, t, row);
	show_took(t, row);
	if (table_bool(t, row, MATVIEWS_POPULATED) && !table_has(t, row, MATVIEWS_BYTES))
		table_set_none(t, row, MATVIEWS_BYTES, CELL_UNKNOWN);
	note = note_of(ctx, t, row, &k);
	if (note)
		table_set_string(t, row, MATVIEWS_NOTE, note);
	table_set_int(t, row, MATVIEWS_SIGN, matviews_is_stale(ctx, t, row) || !table_bool(t, row, MATVIEWS_POPULATED)
		? SIGN_WARNING : SIGN_NONE);
	matviews_words(ctx, t, row, &k);
}

/* ---- order ---- */

struct place { const struct table *t; size_t row; };

/* What is stale first, then what was never filled, then the oldest; those whose age nobody knows last. */
static int rank(const struct table *t, size_t row)
{
	if (!table_bool(t, row, MATVIEWS_POPULATED))
		return 1;
	if (table_int(t, row, MATVIEWS_SIGN) == SIGN_WARNING)
		return 0;
	return table_has(t, row, MATVIEWS_REFRESHED_AT) ? 2 : 3;
}

static int place_compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = rank(x->t, x->row) - rank(y->t, y->row);

	if (order == 0)
		order = table_compare(x->t, x->row, y->row, MATVIEWS_REFRESHED_AT, false);
	if (order == 0)
		order = strcmp(table_text(x->t, x->row, MATVIEWS_SCHEMA), table_text(y->t, y->row, MATVIEWS_SCHEMA));
	if (order == 0)
		order = strcmp(table_text(x->t, x->row, MATVIEWS_MATVIEW), table_text(y->t, y->row, MATVIEWS_MATVIEW));
	return order;
}

static void derive(const struct context *ctx, struct table *now)
{
	struct place *places = mem_zero(now->nrows + 1, sizeof(*places));
	size_t *order = mem_zero(now->nrows + 1, sizeof(*order));

	(void)ctx;
	for (size_t i = 0; i < now->nrows; i++)
		places[i] = (struct place){ now, i };
	qsort(places, now->nrows, sizeof(*places), place_compare);
	for (size_t i = 0; i < now->nrows; i++)
		order[i] = places[i].row;
	table_reorder(now, order);
	free(order);
	free(places);
}

static void summary(const struct table *now, struct strbuf *out)
{
	size_t stale = 0;

	for (size_t row = 0; row < now->nrows; row++)
		stale += table_int(now, row, MATVIEWS_SIGN) == SIGN_WARNING;
	strbuf_addf(out, "%zu", now->nrows);
	if (stale)
		strbuf_addf(out, ", %zu stale", stale);
}

const struct collector matviews_collector = {
	.name = "matviews",
	.title = "matviews",
	.tab = "matviews",
	.help = "materialized views and their staleness",
	.number = 6,
	.interval_s = 30,
	.parts = matviews_parts,
	.nparts = MATVIEWS_PARTS,
	.columns = columns,
	.ncolumns = MATVIEWS_COLUMNS,
	.details = details,
	.ndetails = sizeof(details) / sizeof(details[0]),
	.demand = &matviews_demand,
	.memory = matviews_memory_columns,
	.nmemory = MEMORY_COLUMNS,
	.empty_text = "No materialized view in this database.",
	.row = complete,
	.derive = derive,
	.checks = checks,
	.judge = matviews_judge,
	.summary = summary,
};

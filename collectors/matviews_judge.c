#include <stdlib.h>
#include <string.h>

#include "collectors/base/sql.h"
#include "matviews.h"

double matviews_age_s(const struct table *now, size_t row)
{
	int64_t taken = table_has(now, row, MATVIEWS_TAKEN) ? table_int(now, row, MATVIEWS_TAKEN) : now->taken_us;

	return (double)(taken - table_int(now, row, MATVIEWS_REFRESHED_AT)) / 1e6;
}

static bool is_state(const struct table *t, size_t row, const char *state)
{
	return strcmp(table_text(t, row, MATVIEWS_STATE), state) == 0;
}

static bool is_old(const struct context *ctx, const struct table *t, size_t row)
{
	return table_has(t, row, MATVIEWS_REFRESHED_AT) && matviews_age_s(t, row) >= limit(ctx->limits, LIMIT_MATVIEW_STALE);
}

bool matviews_is_stale(const struct context *ctx, const struct table *now, size_t row)
{
	return is_state(now, row, "stale") && is_old(ctx, now, row);
}

/* The name as it stands in a statement; false where cleaning changed it. */
static bool add_name(const struct table *t, size_t row, struct strbuf *b)
{
	const char *schema = table_text(t, row, MATVIEWS_SCHEMA), *name = table_text(t, row, MATVIEWS_MATVIEW);

	sql_add_identifier(b, schema);
	strbuf_addc(b, '.');
	sql_add_identifier(b, name);
	return sql_is_exact(schema) && sql_is_exact(name);
}

static char *whole(struct strbuf *take, bool good)
{
	if (good)
		return strbuf_take(take);
	strbuf_free(take);
	return NULL;
}

char *matviews_refresh_sql(const struct table *now, size_t row)
{
	struct strbuf b = STRBUF_INIT;
	bool good;

	strbuf_addf(&b, "REFRESH MATERIALIZED VIEW %s", table_bool(now, row, MATVIEWS_CONCURRENTLY) ? "CONCURRENTLY " : "");
	good = add_name(now, row, &b);
	strbuf_addc(&b, ';');
	return whole(&b, good);
}

/* An index is in the schema of what it is on. */
static char *reindex_sql(const struct table *now, size_t row)
{
	const char *schema = table_text(now, row, MATVIEWS_SCHEMA), *index = table_text(now, row, MATVIEWS_INVALID_INDEX);
	struct strbuf b = STRBUF_INIT;

	strbuf_adds(&b, "REINDEX INDEX CONCURRENTLY ");
	sql_add_identifier(&b, schema);
	strbuf_addc(&b, '.');
	sql_add_identifier(&b, index);
	strbuf_addc(&b, ';');
	return whole(&b, sql_is_exact(schema) && sql_is_exact(index));
}

char *matviews_index_sql(const struct table *now, size_t row)
{
	const char *column = table_text(now, row, MATVIEWS_UNIQUE_ON);
	struct strbuf b = STRBUF_INIT;
	bool good;

	if (table_has(now, row, MATVIEWS_INVALID_INDEX))
		return table_bool(now, row, MATVIEWS_WORKED_ON) ? NULL : reindex_sql(now, row);
	if (!table_has(now, row, MATVIEWS_UNIQUE_ON))
		return NULL;
	strbuf_adds(&b, "CREATE UNIQUE INDEX CONCURRENTLY ON ");
	good = add_name(now, row, &b);
	strbuf_adds(&b, " (");
	sql_add_identifier(&b, column);
	strbuf_adds(&b, ");");
	return whole(&b, good && sql_is_exact(column));
}

static struct finding *find(const struct table *t, size_t row, const char *id, enum severity severity, struct outcomes *out)
{
	struct finding *f = outcomes_finding(out, id, severity);

	f->pane = matviews_collector.name;
	f->key = table_key(t, row);
	if (table_has(t, row, MATVIEWS_REFRESHED_AT)) {
		f->since_us = table_int(t, row, MATVIEWS_REFRESHED_AT);
		f->since_at_least = strcmp(table_text(t, row, MATVIEWS_REFRESHED_PRECISION), "exact") != 0;
	}
	return f;
}

/* `9 days`, `14m07s`: rounded down. */
static void add_age(struct strbuf *b, double seconds)
{
	char age[UNITS_SIZE];

	if (seconds >= 2 * 86400)
		strbuf_addf(b, "%lld days", (long long)(seconds / 86400));
	else
		strbuf_adds(b, units_age(age, seconds));
}

static char *stale_title(const struct table *t, size_t row)
{
	bool exact = strcmp(table_text(t, row, MATVIEWS_REFRESHED_PRECISION), "exact") == 0;
	struct strbuf b = STRBUF_INIT;

	strbuf_addf(&b, "Materialized view %s is %s", table_text(t, row, MATVIEWS_VIEW), exact ? "" : "at least ");
	add_age(&b, matviews_age_s(t, row));
	strbuf_adds(&b, " old");
	return strbuf_take(&b);
}

static char *stale_evidence(const struct table *t, size_t row)
{
	struct strbuf b = STRBUF_INIT;

	if (table_has(t, row, MATVIEWS_CHANGES_SHOWN))
		strbuf_addf(&b, "%s row changes in ", table_text(t, row, MATVIEWS_CHANGES_SHOWN));
	else
		strbuf_adds(&b, "changes in ");
	matviews_add_tables(t, row, &b);
	strbuf_adds(&b, " since; ");
	if (table_bool(t, row, MATVIEWS_CONCURRENTLY))
		strbuf_adds(&b, "can be refreshed concurrently");
	else
		strbuf_addf(&b, "cannot be refreshed concurrently: %s", table_text(t, row, MATVIEWS_WHY_NOT));
	return strbuf_take(&b);
}

static void judge_stale(const struct context *ctx, const struct table *t, size_t row, struct outcomes *out)
{
	struct finding *f;

	if (matviews_is_stale(ctx, t, row)) {
		f = find(t, row, "matview-stale", SEVERITY_WARNING, out);
		f->title = stale_title(t, row);
		f->evidence = stale_evidence(t, row);
		if (!(ctx->facts && ctx->facts->standby))
			f->fix_sql = matviews_refresh_sql(t, row);
		return;
	}
	if (is_state(t, row, "stale") && !table_has(t, row, MATVIEWS_REFRESHED_AT))
		outcomes_check(out, "matview-stale", CHECK_UNKNOWN,
			       "how old they are is not known: track_commit_timestamp = on (restart) would tell");
	else if (is_old(ctx, t, row) && is_state(t, row, "unknown"))
		outcomes_check(out, "matview-stale", CHECK_UNKNOWN, "what changed in their tables since is not known of all of them");
	else
		outcomes_check(out, "matview-stale", CHECK_OK, NULL);
}

static void find_blocks(const struct table *t, size_t row, bool stale, struct outcomes *out)
{
	struct finding *f = find(t, row, "matview-blocks", SEVERITY_WARNING, out);
	struct strbuf b = STRBUF_INIT;
	char age[UNITS_SIZE];

	f->since_us = 0;
	f->since_at_least = false;
	f->title = mem_format("Materialized view %s cannot be refreshed while it is read", table_text(t, row, MATVIEWS_VIEW));
	strbuf_addf(&b, "%s; a plain refresh keeps readers out", table_text(t, row, MATVIEWS_WHY_NOT));
	if (table_has(t, row, MATVIEWS_LAST_DURATION_S))
		strbuf_addf(&b, " for %s", units_age(age, table_number(t, row, MATVIEWS_LAST_DURATION_S)));
	f->evidence = strbuf_take(&b);
	f->fix_sql = matviews_index_sql(t, row);
	if (stale) {   /* its evidence says it */
		f->cause_pane = matviews_collector.name;
		f->cause_key = table_key(t, row);
	}
}

/* Those of which nobody knows how long a refresh takes: one note for all of them. */
struct blocking {
	size_t n, row;
	struct strbuf names, fixes;
};

static void take_blocking(const struct table *t, size_t row, struct blocking *b)
{
	char *fix = matviews_index_sql(t, row);

	if (b->n < 3)
		strbuf_addf(&b->names, "%s%s", b->n ? ", " : "", table_text(t, row, MATVIEWS_VIEW));
	if (fix)
		strbuf_addf(&b->fixes, "%s%s", b->fixes.len ? "\n" : "", fix);
	if (b->n++ == 0)
		b->row = row;
	free(fix);
}

static void find_blocking(const struct table *t, struct blocking *b, struct outcomes *out)
{
	struct finding *f;

	if (b->n > 0) {
		f = outcomes_finding(out, "matview-blocks", SEVERITY_INFO);
		f->pane = matviews_collector.name;
		if (b->n == 1) {
			f->key = table_key(t, b->row);
			f->title = mem_format("Materialized view %s cannot be refreshed while it is read", b->names.text);
			f->evidence = mem_format("%s; how long a refresh keeps readers out is not known",
						 table_text(t, b->row, MATVIEWS_WHY_NOT));
		} else {
			f->title = mem_format("%zu materialized views cannot be refreshed while they are read", b->n);
			f->evidence = mem_format("%s%s; how long a refresh keeps readers out is not known", b->names.text,
						 b->n > 3 ? " and others" : "");
		}
		if (b->fixes.len)
			f->fix_sql = strbuf_take(&b->fixes);
	}
	strbuf_free(&b->names);
	strbuf_free(&b->fixes);
}

/*
 * A plain refresh keeps readers out for as long as it takes, and while it waits for one of them the next ones wait behind it. Where
 * the last one took less than what is critical for a queue of locks, nobody has to be told.
 */
static void judge_blocks(const struct context *ctx, const struct table *t, size_t row, struct blocking *all, struct outcomes *out)
{
	bool took = table_has(t, row, MATVIEWS_LAST_DURATION_S), stale = matviews_is_stale(ctx, t, row);

	if (!table_bool(t, row, MATVIEWS_POPULATED) || table_bool(t, row, MATVIEWS_UNIQUE_INDEX))
		outcomes_check(out, "matview-blocks", CHECK_OK, NULL);
	else if (stale || (took && table_number(t, row, MATVIEWS_LAST_DURATION_S) >= limit_critical(ctx->limits, LIMIT_LOCK_WAIT)))
		find_blocks(t, row, stale, out);
	else if (took)
		outcomes_check(out, "matview-blocks", CHECK_OK, NULL);
	else
		take_blocking(t, row, all);
}

void matviews_judge(const struct context *ctx, const struct table *now, struct outcomes *out)
{
	struct blocking all = { .names = STRBUF_INIT, .fixes = STRBUF_INIT };
	bool standby = ctx->facts && ctx->facts->standby;

	if (now->nrows == 0)
		outcomes_check(out, "matview-stale", CHECK_NOT_APPLICABLE, NULL);
	if (now->nrows == 0 || standby)
		outcomes_check(out, "matview-blocks", CHECK_NOT_APPLICABLE, NULL);
	for (size_t row = 0; row < now->nrows; row++) {
		judge_stale(ctx, now, row, out);
		if (!standby)
			judge_blocks(ctx, now, row, &all, out);
	}
	find_blocking(now, &all, out);
}

/* The sentences of a materialized view's details. */
#include <stdlib.h>
#include <string.h>

#include "matviews.h"

static const char *short_name(const char *name, size_t *len)
{
	static const char usual[] = "public.";

	if (*len > sizeof(usual) - 1 && strncmp(name, usual, sizeof(usual) - 1) == 0) {
		name += sizeof(usual) - 1;
		*len -= sizeof(usual) - 1;
	}
	return name;
}

void matviews_add_tables(const struct table *now, size_t row, struct strbuf *out)
{
	int64_t n = table_int(now, row, MATVIEWS_BASES);
	size_t at = 0, len;
	const char *name;

	if (n > 2) {
		strbuf_addf(out, "%lld tables", (long long)n);
		return;
	}
	for (bool first = true; (name = table_list_next(now, row, MATVIEWS_BASE_TABLES, &at, &len)) != NULL; first = false) {
		if (!first)
			strbuf_adds(out, " and ");
		name = short_name(name, &len);
		strbuf_add(out, name, len);
	}
}

static void set_words(struct table *t, size_t row, size_t column, struct strbuf *take)
{
	if (take->len)
		table_set_text(t, row, column, take->text, take->len);
	strbuf_free(take);
}

static void source_words(struct table *t, size_t row)
{
	const char *source = table_text(t, row, MATVIEWS_REFRESHED_SOURCE);
	struct strbuf b = STRBUF_INIT;
	char n[UNITS_SIZE];

	if (!table_bool(t, row, MATVIEWS_POPULATED))
		strbuf_adds(&b, "created WITH NO DATA, or refreshed so: reading it is an error until it is refreshed");
	else if (strcmp(source, "audit") == 0)
		strbuf_adds(&b, "exact: refreshed by this program, and its row in pg_class was not rewritten since");
	else if (strcmp(source, "commit") == 0)
		strbuf_adds(&b, "commit time of its row in pg_class: refreshed then or earlier, since GRANT, RENAME, CLUSTER write it too");
	else if (strcmp(source, "observed") == 0)
		strbuf_adds(&b, "its row in pg_class was found as it is now: refreshed by then or earlier. Exact times need "
			    "track_commit_timestamp = on (restart)");
	else if (strcmp(source, "checkpoint") == 0)
		strbuf_adds(&b, "a checkpoint came after its row in pg_class was written. Exact times need "
			    "track_commit_timestamp = on (restart)");
	else
		strbuf_addf(&b, "not known; %s transactions ago. track_commit_timestamp = on (restart) tells from then on",
			    units_grouped(n, table_int(t, row, MATVIEWS_XMIN_AGE)));
	set_words(t, row, MATVIEWS_SOURCE_TEXT, &b);
}

static void changes_words(const struct context *ctx, struct table *t, size_t row, const struct matviews_known *k)
{
	struct strbuf b = STRBUF_INIT;
	char n[UNITS_SIZE];

	if (!table_bool(t, row, MATVIEWS_POPULATED))
		strbuf_adds(&b, "-");
	else if (ctx->facts && ctx->facts->standby)
		strbuf_adds(&b, "not known: a standby does not count them");
	else if (table_int(t, row, MATVIEWS_BASES) == 0)
		strbuf_adds(&b, "not known: it reads no table that is counted");
	else if (k->at_most == 0)
		strbuf_addf(&b, "none counted%s", k->before ? "" : "; TRUNCATE, and partitions that came or went, are not");
	else if (k->at_most > 0)
		strbuf_addf(&b, "up to %s rows", units_grouped(n, k->at_most));
	else
		strbuf_adds(&b, "number not known");
	if (k->at_least > 0 && k->at_least != k->at_most)
		strbuf_addf(&b, ", at least %s of them counted at looks after the refresh", units_grouped(n, k->at_least));
	if (k->calm)
		strbuf_adds(&b, ", none of them counted after the first look");
	if (k->rewritten)
		strbuf_adds(&b, "; a table was rewritten or truncated, or a partition came or went");
	if (table_has(t, row, MATVIEWS_OPAQUE))
		strbuf_addf(&b, "; nobody counts what %s reads", table_text(t, row, MATVIEWS_OPAQUE));
	if (k->doubt)
		strbuf_adds(&b, "; its row was rewritten since, perhaps only by GRANT, RENAME or CLUSTER");
	if (table_bool(t, row, MATVIEWS_TIME_DEPENDENT))
		strbuf_adds(&b, "; its definition asks what time it is, so it grows old without a change");
	set_words(t, row, MATVIEWS_CHANGES_TEXT, &b);
}

static void tables_words(struct table *t, size_t row)
{
	struct strbuf b = STRBUF_INIT;
	size_t at = 0, at_writes = 0, len, writes_len;
	const char *name, *writes;
	char n[UNITS_SIZE];

	while ((name = table_list_next(t, row, MATVIEWS_BASE_TABLES, &at, &len)) != NULL) {
		if (b.len)
			strbuf_adds(&b, ", ");
		name = short_name(name, &len);
		strbuf_add(&b, name, len);
		writes = table_list_next(t, row, MATVIEWS_BASE_WRITES, &at_writes, &writes_len);
		if (writes) {
			char *digits = mem_string_n(writes, writes_len);

			strbuf_addf(&b, " %s", units_grouped(n, strtoll(digits, NULL, 10)));
			free(digits);
		}
	}
	if (b.len && table_has(t, row, MATVIEWS_EPOCH)) {
		strbuf_adds(&b, "; rows written since ");
		strbuf_adds(&b, units_clock(n, table_int(t, row, MATVIEWS_EPOCH), table_int(t, row, MATVIEWS_TAKEN)));
	}
	set_words(t, row, MATVIEWS_CHANGED_TABLES, &b);
}

static void refresh_words(struct table *t, size_t row)
{
	struct strbuf b = STRBUF_INIT;

	if (table_bool(t, row, MATVIEWS_REFRESHING))
		strbuf_adds(&b, "somebody holds it now with a lock as a refresh, CLUSTER or LOCK TABLE takes; ");
	if (table_bool(t, row, MATVIEWS_CONCURRENTLY))
		strbuf_adds(&b, "can be refreshed concurrently: others go on reading it");
	else
		strbuf_addf(&b, "not concurrently: %s. A plain refresh keeps readers out until it is done",
			    table_text(t, row, MATVIEWS_WHY_NOT));
	if (table_has(t, row, MATVIEWS_MAY_REFRESH) && !table_bool(t, row, MATVIEWS_MAY_REFRESH))
		strbuf_addf(&b, "; this role may not: %s may", table_text(t, row, MATVIEWS_OWNER));
	set_words(t, row, MATVIEWS_REFRESH_TEXT, &b);
}

/* A view that nobody can read is filled first: there are no readers to keep out. */
static void fix_words(const struct context *ctx, struct table *t, size_t row)
{
	bool refresh = table_bool(t, row, MATVIEWS_UNIQUE_INDEX) || !table_bool(t, row, MATVIEWS_POPULATED);
	bool standby = ctx->facts && ctx->facts->standby;
	char *sql = standby ? NULL : refresh ? matviews_refresh_sql(t, row) : matviews_index_sql(t, row);
	struct strbuf b = STRBUF_INIT;

	if (sql) {
		strbuf_adds(&b, sql);
		table_set_string(t, row, MATVIEWS_FIX_SQL, sql);
	}
	if (standby || refresh)
		;
	else if (table_has(t, row, MATVIEWS_INVALID_INDEX))
		strbuf_addf(&b, "%sshould two rows have one key, it fails and leaves an invalid index more, to be dropped",
			    sql ? "  " : "build the invalid index anew; ");
	else if (sql)
		strbuf_adds(&b, "  ANALYZE saw no value of it twice; should there be one, it fails and leaves an invalid index, to be dropped");
	else
		strbuf_adds(&b, "a unique index on plain columns that together are never the same in two rows: those of its GROUP BY, or a key");
	free(sql);
	set_words(t, row, MATVIEWS_FIX_TEXT, &b);
}

void matviews_words(const struct context *ctx, struct table *now, size_t row, const struct matviews_known *known)
{
	source_words(now, row);
	changes_words(ctx, now, row, known);
	tables_words(now, row);
	refresh_words(now, row);
	fix_words(ctx, now, row);
}

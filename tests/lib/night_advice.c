/* What can be mended that night: statements, indexes, materialized views. */
#include "night.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/matviews.h"
#include "collectors/server/internal.h"
#include "collectors/unused_indexes.h"
#include "tests/lib/rows.h"

#define DAY_S INT64_C(86400)
#define HOUR_S INT64_C(3600)

/* The moment so many seconds before. */
static struct now before(struct now now, int64_t seconds)
{
	return (struct now){ now.mono_us - seconds * SECOND_US, now.wall_us - seconds * SECOND_US };
}

/* --- materialized views ------------------------------------------------------------------------------------- */

/* When they were looked at, in seconds before now: around each refresh, and now. */
static const int64_t looks[] = {
	31 * DAY_S + 3 * HOUR_S, 31 * DAY_S + 2 * HOUR_S, 9 * DAY_S + 5 * HOUR_S, 9 * DAY_S + 4 * HOUR_S, 2 * HOUR_S + 660, 2 * HOUR_S + 600, 0,
};

enum { LOOKS = sizeof(looks) / sizeof(*looks) };

static const struct matview {
	const char *name, *bases, *near;
	bool filled, unique;
	int64_t pages;
	int refreshed;       /* at which look its newest refresh is seen; 0: before all of them */
	bool commit;         /* the server knows when that was */
	int64_t changes;     /* of its tables, since then */
	double took_s;
} matviews[] = {
	{ "user_sales_summary", "public.orders", NULL, true, true, 38 * 128, 3, true, 1240000, 41.2 },
	{ "daily_orders", "public.orders", NULL, false, false, 0, 0, false, 0, 0 },
	{ "order_statuses", "public.statuses", NULL, true, true, 2, 1, false, 0, 0.2 },
	{ "top_products", "public.order_items", NULL, true, false, 4 * 128, 5, true, 18240, 6.1 },
};

enum { MATVIEWS = sizeof(matviews) / sizeof(*matviews) };

static void add_matview(struct table *t, size_t nth, int look, struct now now)
{
	const struct matview *m = &matviews[nth];
	size_t row = table_add_row(t);
	bool after = look >= m->refreshed;
	int64_t count = 4000000 + (look == LOOKS - 1 ? m->changes : 0);
	int64_t refreshes = 10 + after, xmin = 7000 + (int64_t)nth * 10 + after;
	char stamp[64], writes[32];

	snprintf(stamp, sizeof(stamp), "%zu/%" PRId64, 300 + nth, xmin);
	snprintf(writes, sizeof(writes), "%" PRId64, count);
	rows_set(t, row, "schema", "public");
	rows_set(t, row, "matview", m->name);
	rows_set_int(t, row, "oid", 300 + (int64_t)nth);
	rows_set(t, row, "stamp", stamp);
	rows_set_int(t, row, "xmin", xmin);
	rows_set_int(t, row, "xmin_age", 100000);
	rows_set_bool(t, row, "populated", m->filled);
	rows_set_int(t, row, "filenode", 300 + (int64_t)nth + 100 * refreshes);
	rows_set_int(t, row, "shape", 1);
	rows_set_bool(t, row, "refreshing", false);
	rows_set_int(t, row, "own_writes", 500 * refreshes);
	rows_set_int(t, row, "writes", count);
	rows_set_int(t, row, "files", 77 + (int64_t)nth);
	rows_set_int(t, row, "bases", 1);
	rows_set(t, row, "base_tables", m->bases);
	rows_set(t, row, "base_writes", writes);
	rows_set_int(t, row, "epoch", night_clock().wall_us - INT64_C(3721200) * SECOND_US);
	rows_set_bool(t, row, "unique_index", m->unique);
	rows_set(t, row, "near_index", m->near);
	rows_set_int(t, row, "bytes", m->pages * 8192);
	rows_set(t, row, "owner", "app");
	rows_set_bool(t, row, "may_refresh", false);
	if (m->commit && after)
		rows_set_int(t, row, "commit_at", night_clock().wall_us - looks[m->refreshed] * SECOND_US);
	rows_set_bool(t, row, "time_dependent", false);
	if (m->filled) {
		rows_set_int(t, row, "refresh_calls", refreshes);
		rows_set_float(t, row, "refresh_total_s", (double)refreshes * m->took_s);
	}
	rows_set_int(t, row, "taken", now.wall_us);
}

/* Top products was refreshed by this program, which wrote down when. */
static void remember_refresh(struct table *kept, struct now now)
{
	size_t row = table_add_row(kept);

	table_set_int(kept, row, MEMORY_OID, 303);
	table_set_string(kept, row, MEMORY_WHAT, "refresh");
	table_set_int(kept, row, MEMORY_LOOKED, before(now, looks[5]).wall_us);
	table_set_int(kept, row, MEMORY_EXACT_XMIN, 7031);
	table_set_int(kept, row, MEMORY_EXACT, before(now, looks[5]).wall_us);
}

static void put_matviews(struct server *s, struct now now)
{
	const struct collector *c = collector_find("matviews");
	struct memory memory = { .table = table_new(c->memory, c->nmemory) }, *own = NULL;
	size_t nth = 0;

	while (collectors[nth] != c)
		nth++;
	own = s->collectors[nth].memory;
	s->collectors[nth].memory = &memory;
	remember_refresh(memory.table, now);
	for (int look = 0; look < LOOKS; look++) {
		struct now then = before(now, looks[look]);
		struct table *t = rows_new("matviews");

		for (size_t i = 0; i < MATVIEWS; i++)
			add_matview(t, i, look, then);
		t->took_us = 2000;
		t->taken_us = then.wall_us;
		server_offline_put(s, c, t, then);
	}
	s->collectors[nth].memory = own;
	table_free(memory.table);
}

/* --- indexes ------------------------------------------------------------------------------------------------- */

/* When the counters began: 10 Oct 01:12. */
#define COUNTED_S INT64_C(3722400)

static const struct index {
	const char *table, *name, *columns, *shape, *foreign_keys, *constraint;
	int64_t table_oid, mb, scans, writes;   /* writes: in a minute */
	int64_t guards;
} indexes[] = {
	{ "orders", "orders_status_idx", "status", NULL, NULL, NULL, 100, 412, 0, 19080, 0 },
	{ "orders", "orders_amount_idx", "amount", NULL, NULL, NULL, 100, 268, 0, 19080, 0 },
	{ "orders", "orders_external_id_key", "external_id", NULL, NULL, "orders_external_id_key", 100, 388, 0, 19080,
	  GUARD_UNIQUE | GUARD_CONSTRAINT },
	{ "users", "users_phone_idx", "phone", "1|5|1994|100|0|0|0", NULL, NULL, 101, 87, 0, 126, 0 },
	{ "users", "users_phone_country_idx", "phone\x1f""country", "2|5 6|1994 1994|100 100|0 0|0|0", NULL, NULL, 101, 93, 88120, 126, 0 },
	{ "users", "users_lower_email_idx", "expr", NULL, NULL, NULL, 101, 41, 0, 126, GUARD_EXPRESSION },
	{ "payments", "payments_order_id_idx", "order_id", NULL, "9001", NULL, 102, 64, 0, 2460, 0 },
	{ "sessions", "sessions_token_key", "token", NULL, NULL, "sessions_token_key", 103, 22, 0, 9, GUARD_UNIQUE | GUARD_CONSTRAINT },
	{ "shipments", "shipments_carrier_idx", "carrier", NULL, NULL, NULL, 104, 18, 0, 300, GUARD_CLUSTERED },
	{ "events_2026_10", "events_2026_10_kind_idx", "kind", NULL, NULL, NULL, 105, 12, 0, 0, GUARD_PARTITION },
	{ "audit", "audit_pkey", "id", NULL, NULL, "audit_pkey", 106, 9, 0, 60, GUARD_PRIMARY | GUARD_UNIQUE | GUARD_CONSTRAINT },
	{ "bookings", "bookings_room_during_excl", "room\x1f""during", NULL, NULL, "bookings_room_during_excl", 107, 3, 0, 4,
	  GUARD_EXCLUSION | GUARD_CONSTRAINT },
	{ "statuses", "statuses_code_key", "code", NULL, NULL, NULL, 108, 0, 0, 0, GUARD_UNIQUE | GUARD_REPLICA_IDENTITY },
};

enum { INDEXES = sizeof(indexes) / sizeof(*indexes), INDEXES_ALL = 41 };

static void add_index(struct table *t, size_t nth, bool later)
{
	const struct index *i = &indexes[nth];
	size_t row = table_add_row(t);

	rows_set(t, row, "schema", "public");
	rows_set(t, row, "index", i->name);
	rows_set(t, row, "table", i->table);
	rows_set(t, row, "columns", i->columns);
	rows_set(t, row, "method", i->guards & GUARD_EXCLUSION ? "gist" : "btree");
	rows_set(t, row, "shape", i->shape);
	rows_set(t, row, "foreign_keys", i->foreign_keys);
	rows_set(t, row, "constraint", i->constraint);
	rows_set_int(t, row, "oid", 500 + (int64_t)nth);
	rows_set_int(t, row, "table_oid", i->table_oid);
	rows_set_int(t, row, "bytes", i->mb ? i->mb * 1048576 : 16384);
	rows_set_int(t, row, "scans", i->scans);
	if (i->scans)
		rows_set_int(t, row, "last_scan", t->taken_us - SECOND_US);
	rows_set_int(t, row, "guards", i->guards);
	rows_set_int(t, row, "writes", 900000000 + (later ? i->writes : 0));
	rows_set_int(t, row, "cold", 4000000 + (later ? i->writes / 20 : 0));
	rows_set_int(t, row, "created", night_clock().wall_us - 200 * DAY_S * SECOND_US);
	rows_set_int(t, row, "counted", night_clock().wall_us - COUNTED_S * SECOND_US);
	rows_set_int(t, row, "total", INDEXES_ALL);
}

static void put_indexes(struct server *s, struct now now)
{
	for (int later = 0; later < 2; later++) {
		struct now then = before(now, later ? 0 : 60);
		struct table *t = rows_new("unused_indexes");

		t->took_us = 6000;
		t->taken_us = then.wall_us;
		for (size_t i = 0; i < INDEXES; i++)
			add_index(t, i, later);
		server_offline_put(s, collector_find("unused_indexes"), t, then);
	}
}

/* --- statements ---------------------------------------------------------------------------------------------- */

/* The sample that the window of a minute begins with is as old. */
enum { WINDOW_S = 64 };

static const struct statement {
	const char *text;
	int64_t calls, window_calls;
	double mean_ms, rows, temp_mb, reads;   /* rows, blocks: of a call; temp_mb: in the window */
	bool own, opened;                       /* opened: hidden from our role when the window began */
} statements[] = {
	{ "SELECT o.id, o.amount FROM orders o WHERE o.user_id = $1 AND o.created_at > $2 ORDER BY o.created_at DESC LIMIT $3",
	  754554, 603, 812.4, 38.2, 0, 406300, false, false },
	{ "SELECT date_trunc($1, created_at) AS day, sum(amount) FROM orders GROUP BY 1 ORDER BY 1", 3405, 8, 9104.7, 365, 108.3, 398000, false, false },
	{ "UPDATE orders SET status = $1, updated_at = now() WHERE id = $2", 4292035, 1984, 22.6, 1, 0, 12, false, false },
	{ "INSERT INTO orders (user_id, amount, status) VALUES ($1, $2, $3)", 25833333, 5632, 4.8, 1, 0, 9, false, false },
	{ "SELECT count(*) FROM sessions WHERE last_seen > $1", 320000, 0, 25, 1, 0, 40, false, true },
	{ "SELECT /* pgtop-prod */ a.pid FROM pg_catalog.pg_stat_activity AS a", 1861200, 375, 68.23, 198, 0, 2, true, false },
};

enum { STATEMENTS = sizeof(statements) / sizeof(*statements) };

static void add_statement(struct table *t, size_t nth, bool later)
{
	const struct statement *q = &statements[nth];
	int64_t calls = q->calls + (later ? q->window_calls : 0);
	size_t row = table_add_row(t);

	rows_set_int(t, row, "userid", 16400);
	rows_set_int(t, row, "dbid", 16500);
	rows_set(t, row, "user", q->own ? "monitor" : "app");
	rows_set(t, row, "database", "shop");
	rows_set_int(t, row, "block_size", 8192);
	rows_set_int(t, row, "calls", calls);
	rows_set_int(t, row, "total_ns", (int64_t)((double)calls * q->mean_ms * 1e6));
	rows_set_int(t, row, "max_ns", (int64_t)(q->mean_ms * 9e6));
	rows_set_int(t, row, "stddev_ns", (int64_t)(q->mean_ms * 4e5));
	if (q->rows != 1)
		rows_set_int(t, row, "rows", (int64_t)((double)calls * q->rows + 0.5));
	rows_set_int(t, row, "hit", (int64_t)((double)calls * q->reads / 5));
	rows_set_int(t, row, "read", (int64_t)((double)calls * q->reads * 4 / 5));
	if (q->temp_mb > 0)
		rows_set_int(t, row, "temp", 1000000 + (later ? (int64_t)(q->temp_mb * 128) : 0));
	if (q->window_calls > 1000)
		rows_set_int(t, row, "wal_bytes", calls * 310);
	if (q->opened && !later)
		return;
	rows_set_int(t, row, "entry", INT64_C(6120338812004411) + (int64_t)nth * INT64_C(1000003));
	rows_set(t, row, "query", q->text);
	rows_set_bool(t, row, "own", q->own);
}

/* What holds for all statements comes in a row of its own. */
static void add_whole(struct table *t)
{
	size_t row = table_add_row(t);

	rows_set_int(t, row, "reset", night_clock().wall_us - (COUNTED_S + 5) * SECOND_US);
	rows_set_int(t, row, "evictions", 0);
}

static void put_statements(struct server *s, struct now now)
{
	for (int later = 0; later < 2; later++) {
		struct now then = before(now, later ? 0 : WINDOW_S);
		struct table *t = rows_new("slow_queries");

		t->took_us = 11000;
		t->taken_us = then.wall_us;
		for (size_t i = 0; i < STATEMENTS; i++)
			add_statement(t, i, later);
		add_whole(t);
		server_offline_put(s, collector_find("slow_queries"), t, then);
	}
}

void night_advice(struct server *s, struct now now)
{
	server_set_window(s, WINDOW_MINUTE, now);
	put_statements(s, now);
	put_indexes(s, now);
	put_matviews(s, now);
	s->statements = 9;
	s->cost_us = 41000;
}

void night_rename(struct server *s, const char *name, const char *other, struct now now)
{
	static const struct {
		const char *collector, *column;
	} named[] = { { "unused_indexes", "index" }, { "matviews", "matview" }, { "matviews", "view" } };

	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++) {
		const struct collection *c = server_collection_named(s, named[i].collector);
		size_t nth = rows_column(c->table, named[i].column);

		for (size_t row = 0; row < c->table->nrows; row++)
			if (strcmp(table_text(c->table, row, nth), name) == 0)
				table_set_string(c->table, row, nth, other);
	}
	server_offline_link(s, LINK_LIVE, night_clock().wall_us - 600 * SECOND_US, now.wall_us);
}

void night_no_advice(struct server *s, struct now now)
{
	struct table *t = rows_new("slow_queries");

	for (size_t i = 0; i < STATEMENTS; i++) {
		add_statement(t, i, true);
		rows_set_int(t, i, "total_ns", 1000000000);
	}
	add_whole(t);
	server_offline_put(s, collector_find("slow_queries"), t, now);
	server_offline_put(s, collector_find("unused_indexes"), rows_new("unused_indexes"), now);
	server_offline_put(s, collector_find("matviews"), rows_new("matviews"), now);
}

void night_no_statements(struct server *s, struct now now)
{
	const struct collector *c = collector_find("slow_queries");
	struct strbuf reason = STRBUF_INIT, remedy = STRBUF_INIT;
	struct facts *f = server_offline_facts(s);
	struct outcomes out = { 0 };

	mem_replace(&f->preloaded, mem_string("auto_explain"));
	f->read_all_stats = f->pg_monitor = false;
	c->unavailable(f, "", &reason, &remedy, &out);
	s->link.newest_us = now.wall_us - 8 * SECOND_US;
	server_offline_state(s, c, COLLECTION_UNAVAILABLE, reason.text, remedy.text);
	s->link.newest_us = now.wall_us;
	outcomes_clear(&out);
	strbuf_free(&reason);
	strbuf_free(&remedy);
}

#include "night.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collectors/base/memory.h"
#include "tests/lib/rows.h"

enum {
	SESSIONS = 198, SHOWN = 47,
	API = 10,   /* of the short statements, those from orders-api */
	OWN_IDLE = 11, /* sessions of the role that sees only its own */
};

struct now night_clock(void)
{
	struct tm tm = { .tm_year = 126, .tm_mon = 10, .tm_mday = 22, .tm_hour = 2, .tm_min = 12, .tm_sec = 8 };

	setenv("TZ", "CET-1", 1);
	tzset();
	return (struct now){ .mono_us = 100000 * SECOND_US, .wall_us = (int64_t)timegm(&tm) * SECOND_US };
}

struct session {
	int64_t pid;
	const char *user, *application, *client, *state, *wait_type, *wait, *blocked_by, *wants, *prepared, *query;
	double transaction_s, query_s, state_s;
	int64_t connection_s, query_bytes;
	const char *query_id, *xid;
};

/* How old most sessions are, in seconds. */
enum { CONNECTION_S = 13204 };

static const struct session sessions[] = {
	{ 4127, "app", "orders-api", "10.0.3.17:50412", "idle in transaction", "Client", "ClientRead", NULL, NULL, NULL,
	  "UPDATE orders SET status = 'shipped' WHERE id = 88412", 847, 846.5, 846, .connection_s = 13218, .xid = "84122001" },
	{ 2981, "backup", "pg_dump", "10.0.3.2:40112", "active", "IO", "DataFileRead", NULL, NULL, NULL,
	  "COPY public.order_items (id, order_id, sku, quantity) TO stdout", 588, 588, 588, .connection_s = CONNECTION_S },
	{ 5210, "migrator", "flyway", "10.0.3.9:51000", "active", "Lock", "relation", "4127", "AccessExclusiveLock on relation", NULL,
	  "ALTER TABLE orders ADD COLUMN shipped_at timestamptz", 372, 372, 372, .connection_s = CONNECTION_S },
	{ 5233, "app", "orders-api", "10.0.3.17:50555", "active", "Lock", "relation", "5210", "AccessShareLock on relation", NULL,
	  "SELECT o.id, o.amount FROM orders o WHERE o.user_id = 4711 AND o.created_at > now() - interval '1 day'", 371, 371, 371, .connection_s = CONNECTION_S },
	{ 5241, "report", "metabase", "10.0.3.29:41102", "active", "Lock", "relation", "5210", "AccessShareLock on relation", NULL,
	  "SELECT date_trunc('day', o.created_at) AS day,\n       sum(o.amount) AS total,\n"
	  "       count(*) FILTER (WHERE o.status = 'cancelled') AS cancelled\n"
	  "FROM   orders o JOIN users u ON u.id = o.user_id\n"
	  "WHERE  o.created_at > '2026-01-01' AND u.country IN ('DE', 'FR', 'NL', 'AT', 'CH', 'BE')\n"
	  "GROUP  BY 1 ORDER BY 1", 370, 370, 370, .connection_s = 7284, .query_bytes = 312 /* its client ends lines by CR LF */,
	  .query_id = "5519204417733901122" },
	{ 5391, "billing", "billing-worker", "10.0.3.41:38800", "active", "Lock", "transactionid", "0", "ShareLock on transactionid",
	  "ExclusiveLock xa-8812", "UPDATE payments SET state = $1 WHERE id = $2", 160, 160, 160, .connection_s = CONNECTION_S },
	{ 5398, "billing", "billing-worker", "10.0.3.41:38802", "active", "Lock", "tuple", "5391", "ExclusiveLock on tuple", NULL,
	  "UPDATE payments SET state = $1 WHERE id = $2", 115, 115, 115, .connection_s = CONNECTION_S },
	{ 5402, "app", "orders-api", "10.0.3.18:39001", "idle in transaction (aborted)", "Client", "ClientRead", NULL, NULL, NULL,
	  "INSERT INTO orders (user_id, amount, status) VALUES ($1, $2, $3)", 72, 72, 72, .connection_s = CONNECTION_S },
	{ 5417, "app", "orders-api", "10.0.3.18:39040", "active", NULL, NULL, NULL, NULL, NULL,
	  "SELECT o.id, o.amount FROM orders o WHERE o.id = $1", 0.812, 0.812, 0.812, .connection_s = CONNECTION_S },
};

enum { NAMED = sizeof(sessions) / sizeof(*sessions), QUEUE = 20 };

/* What activity and locks both say of a session. */
static void add_common(struct table *t, size_t row, const struct session *s)
{
	rows_set(t, row, "client", s->client);
	rows_set(t, row, "wait_event_type", s->wait_type);
	rows_set(t, row, "wait_event", s->wait);
	rows_set(t, row, "query_id", s->query_id);
	rows_set(t, row, "xid", s->xid);
	if (s->query_bytes)
		rows_set_int(t, row, "query_bytes", s->query_bytes);
	rows_set_int(t, row, "query_size", 1024);
	rows_set_float(t, row, "state_s", s->state_s);
}

static void add_session(struct table *t, const struct session *s, int64_t start_us, struct now now)
{
	size_t row = table_add_row(t);

	rows_set_int(t, row, "pid", s->pid);
	rows_set_int(t, row, "backend_start", start_us);
	rows_set(t, row, "database", "shop");
	rows_set(t, row, "user", s->user);
	rows_set(t, row, "application", s->application);
	rows_set(t, row, "backend_type", "client backend");
	rows_set(t, row, "state", s->state);
	if (s->transaction_s > 0)
		rows_set_float(t, row, "transaction_s", s->transaction_s);
	rows_set_float(t, row, "query_s", s->query_s);
	rows_set(t, row, "blocked_by", s->blocked_by);
	rows_set(t, row, "wants", s->wants);
	rows_set(t, row, "prepared", s->prepared);
	rows_set(t, row, "query", s->query);
	add_common(t, row, s);
	rows_set_int(t, row, "taken", now.wall_us);
	rows_set_bool(t, row, "own", false);
	rows_set_bool(t, row, "hidden", false);
}

static void add_queue(struct table *t, struct now now)
{
	for (int i = 0; i < QUEUE; i++) {
		struct session s = sessions[3];

		s.pid = 5301 + i;
		s.application = "orders-web";
		s.transaction_s = s.query_s = s.state_s = 368 - i * 0.1;
		add_session(t, &s, night_clock().wall_us - 4000 * SECOND_US, now);
	}
}

/* Short statements, so that 47 are of interest, and idle ones up to the whole number. */
static void add_others(struct table *t, struct now now)
{
	struct session s = { .user = "app", .application = "orders-api", .client = "10.0.3.18:40000",
			     .query = "SELECT o.id, o.amount FROM orders o WHERE o.id = $1" };

	for (int i = (int)t->nrows; i < SESSIONS; i++) {
		bool active = i < SHOWN;

		s.pid = 6000 + i;
		s.application = i < SHOWN - API ? "orders-web" : "orders-api";
		s.state = active ? "active" : "idle";
		s.transaction_s = active ? 0.001 * (SHOWN - i + 1) : 0;
		s.query_s = s.state_s = active ? s.transaction_s : 12 + i;
		add_session(t, &s, night_clock().wall_us - 3600 * SECOND_US, now);
	}
}

static int64_t session_start(const struct session *s)
{
	return night_clock().wall_us - s->connection_s * SECOND_US;
}

static struct table *make_activity(struct now now)
{
	struct table *t = rows_new("activity");

	for (int i = 0; i < NAMED; i++)
		add_session(t, &sessions[i], session_start(&sessions[i]), now);
	add_queue(t, now);
	add_others(t, now);
	t->took_us = 4000;
	t->taken_us = now.wall_us;
	return t;
}

static size_t add_lock(struct table *t, const struct session *s, struct now now)
{
	size_t row = table_add_row(t);

	rows_set_int(t, row, "pid", s->pid);
	rows_set(t, row, "user", s->user);
	rows_set(t, row, "application", s->application);
	rows_set(t, row, "database", "shop");
	rows_set(t, row, "state", s->state);
	rows_set(t, row, "query", s->query);
	rows_set(t, row, "blocked_by", s->blocked_by);
	rows_set_float(t, row, "transaction_s", s->transaction_s);
	rows_set_float(t, row, "query_s", s->query_s);
	if (s->pid) {
		rows_set_int(t, row, "backend_start", session_start(s));
		rows_set_int(t, row, "locks", s->blocked_by ? 0 : 4);
	}
	add_common(t, row, s);
	if (s->blocked_by)
		rows_set_float(t, row, "wait_s", s->query_s);
	rows_set_int(t, row, "taken", now.wall_us);
	rows_set_bool(t, row, "hidden", false);
	return row;
}

static void wants(struct table *t, size_t row, const char *type, const char *mode, const char *wanted, const char *focus,
		  int64_t relation, const char *name)
{
	rows_set(t, row, "lock_type", type);
	rows_set(t, row, "lock_mode", mode);
	rows_set(t, row, "wanted", wanted);
	rows_set(t, row, "focus", focus);
	rows_set_int(t, row, "relation", relation);
	if (name) {
		rows_set(t, row, "relation_name", name);
		rows_set(t, row, "relation_short", strchr(name, '.') + 1);
	}
}

static struct table *make_locks(struct now now)
{
	struct table *t = rows_new("locks");
	struct session prepared = { .user = "billing", .transaction_s = 7860, .xid = "84121877" };
	size_t row;

	row = add_lock(t, &sessions[0], now);
	rows_set(t, row, "held", "r100 RowExclusiveLock");
	row = add_lock(t, &sessions[2], now);
	wants(t, row, "relation", "AccessExclusiveLock", "r100", "r100", 100, "public.orders");
	for (int i = 3; i <= 4; i++) {
		row = add_lock(t, &sessions[i], now);
		wants(t, row, "relation", "AccessShareLock", "r100", "r100", 100, "public.orders");
	}
	for (int i = 0; i < QUEUE; i++) {
		struct session s = sessions[3];

		s.pid = 5301 + i;
		s.application = "orders-web";
		s.transaction_s = s.query_s = 368 - i * 0.1;
		row = add_lock(t, &s, now);
		wants(t, row, "relation", "AccessShareLock", "r100", "r100", 100, "public.orders");
	}
	row = add_lock(t, &prepared, now);
	rows_set(t, row, "gid", "xa-8812");
	rows_set(t, row, "held", "r200 RowExclusiveLock\x1ft88 ExclusiveLock");
	row = add_lock(t, &sessions[5], now);
	wants(t, row, "transactionid", "ShareLock", "t88", "r200", 200, "public.payments");
	rows_set(t, row, "held", "u1 ExclusiveLock");
	row = add_lock(t, &sessions[6], now);
	wants(t, row, "tuple", "ExclusiveLock", "u1", "r200", 200, "public.payments");
	t->took_us = 3000;
	t->taken_us = now.wall_us;
	return t;
}

static void put_facts(struct server *s)
{
	struct facts *f = server_offline_facts(s);

	facts_clear(f);
	f->host = mem_string("db1");
	f->port = mem_string("5432");
	f->database = mem_string("shop");
	f->user = mem_string("monitor");
	f->version = mem_string("16.4");
	f->version_num = 160004;
	f->pg_monitor = f->read_all_stats = true;
	f->started_at_us = night_clock().wall_us - INT64_C(3722400) * SECOND_US;
}

void night_tick(struct server *s, struct now now)
{
	server_offline_put(s, collector_find("activity"), make_activity(now), now);
	server_offline_put(s, collector_find("locks"), make_locks(now), now);
	server_offline_link(s, LINK_LIVE, night_clock().wall_us - 600 * SECOND_US, now.wall_us);
}

/* Of what the night does not tell, nothing is there. */
static void put_rest(struct server *s, struct now now)
{
	for (size_t i = 0; i < ncollectors; i++)
		if (!server_collection(s, i)->table)
			server_offline_put(s, collectors[i], rows_new(collectors[i]->name), now);
}

struct server *night_server(const struct limits *limits, struct now now)
{
	struct server *s = server_offline(limits, (struct now){ now.mono_us - 700 * SECOND_US, now.wall_us - 700 * SECOND_US });

	put_facts(s);
	night_stats(s, true, now);
	night_advice(s, now);
	night_tick(s, now);
	put_rest(s, now);
	return s;
}

struct server *night_healthy(const struct limits *limits, struct now now)
{
	struct server *s = server_offline(limits, (struct now){ now.mono_us - 700 * SECOND_US, now.wall_us - 700 * SECOND_US });
	struct table *t = rows_new("activity");

	put_facts(s);
	night_stats(s, false, now);
	add_session(t, &sessions[8], night_clock().wall_us - 100 * SECOND_US, now);
	t->took_us = 1000;
	server_offline_put(s, collector_find("activity"), t, now);
	server_offline_put(s, collector_find("locks"), rows_new("locks"), now);
	night_no_advice(s, now);
	put_rest(s, now);
	server_offline_link(s, LINK_LIVE, night_clock().wall_us - 600 * SECOND_US, now.wall_us);
	return s;
}

/* Whose session it is, where and by what name, every role may see. */
static void add_hidden(struct table *t, int64_t pid, const struct session *whose)
{
	size_t row = table_add_row(t);

	rows_set_int(t, row, "pid", pid);
	rows_set(t, row, "database", "shop");
	rows_set(t, row, "user", whose->user);
	rows_set(t, row, "application", whose->application);
	rows_set_bool(t, row, "hidden", true);
}

void night_hide(struct server *s, struct now now)
{
	struct table *t = rows_new("activity");
	struct session own = sessions[1];

	own.pid = 6120;
	own.user = "monitor";
	own.application = "psql";
	own.query = "SELECT count(*) FROM orders";
	own.transaction_s = own.query_s = own.state_s = 8.4;
	add_session(t, &own, night_clock().wall_us - 100 * SECOND_US, now);
	own.state = "idle";
	own.wait_type = own.wait = NULL;
	own.transaction_s = 0;
	for (int i = 0; i < OWN_IDLE; i++) {
		own.pid = 6200 + i;
		add_session(t, &own, night_clock().wall_us - 100 * SECOND_US, now);
	}
	for (int i = 0; t->nrows < SESSIONS; i++)
		if (i >= NAMED)
			add_hidden(t, 7000 + i, &sessions[3]);
		else if (sessions[i].pid != 2981)
			add_hidden(t, sessions[i].pid, &sessions[i]);
	t->took_us = 5000;
	server_offline_facts(s)->read_all_stats = false;
	server_offline_put(s, collector_find("activity"), t, now);
}

void night_many(struct server *s, size_t n, struct now now)
{
	struct table *t = rows_new("activity");

	for (size_t i = 0; i < n; i++) {
		struct session one = sessions[3 + i % 2];

		one.pid = 10000 + (int64_t)i;
		one.blocked_by = one.wants = NULL;
		one.transaction_s = one.query_s = 1 + (double)(i * 7919 % 10007);
		add_session(t, &one, night_clock().wall_us - 100 * SECOND_US, now);
	}
	server_offline_put(s, collector_find("activity"), t, now);
}

void night_without(struct server *s, int64_t pid, struct now now)
{
	struct table *t = make_activity(now);
	bool *drop = mem_zero(t->nrows, sizeof(*drop));

	for (size_t i = 0; i < t->nrows; i++)
		drop[i] = table_int(t, i, rows_column(t, "pid")) == pid;
	table_drop_rows(t, drop);
	free(drop);
	server_offline_put(s, collector_find("activity"), t, now);
}

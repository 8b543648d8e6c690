/* The figures of that night, and of the ten minutes before. */
#include "night.h"

#include <stdlib.h>

#include "collectors/base/memory.h"
#include "tests/lib/rows.h"

enum {
	QUIET_S = 2468,
	PAIR_S = 10, /* between the two samples that a rate is of: in a shorter time six rollbacks a second are too rough a share */
};

/*
 * What the figures were, by half minute before now, oldest first: connections, waiting, commits,
 * rollbacks, WAL, temp.
 */
static const double course[][6] = {
	{ 52, 0, 412, 0.5, 4.2e6, 0 }, { 53, 0, 410, 0.4, 5e6, 0 }, { 52, 0, 411, 0.4, 4.3e6, 0 }, { 54, 0, 405, 0.5, 6e6, 0 },
	{ 53, 0, 408, 0.4, 4.1e6, 600000 }, { 55, 0, 411, 0.4, 6.5e6, 600000 }, { 54, 0, 399, 0.4, 4.4e6, 600000 }, { 53, 0, 410, 0.4, 5.3e6, 600000 },
	{ 55, 0, 340, 0.4, 4.2e6, 600000 }, { 56, 0, 280, 2, 3.4e6, 600000 }, { 80, 0, 220, 3, 2.6e6, 700000 }, { 84, 0, 170, 4, 1.8e6, 700000 },
	{ 110, 5, 110, 3, 1.5e6, 900000 }, { 130, 9, 90, 4, 900000, 900000 }, { 168, 13, 56, 3, 900000, 900000 }, { 182, 17, 50, 4.4, 700000, 900000 },
	{ 183, 20, 44, 4.8, 600000, 1e6 }, { 184, 23, 40, 5.3, 600000, 1.3e6 }, { 186, 24, 38, 5.4, 600000, 1.6e6 }, { 187, 25, 38, 5.4, 600000, 1.9e6 },
};

enum { COURSE = sizeof(course) / sizeof(*course) };

static size_t figure(struct table *t, const char *name, double value)
{
	size_t row = table_add_row(t);

	rows_set(t, row, "name", name);
	rows_set_float(t, row, "value", value);
	return row;
}

/* The transaction that nobody committed holds the horizon back. */
static void oldest_xmin(struct table *t, bool sick, struct now now)
{
	size_t row = figure(t, "oldest_xmin", sick ? 1.9e6 : 1200);

	rows_set_int(t, row, "taken", now.wall_us);
	if (!sick)
		return;
	rows_set(t, row, "holder", "prepared xa-8812");
	rows_set(t, row, "holder_gid", "xa-8812");
	rows_set(t, row, "note", "prepared by billing in shop");
	rows_set_float(t, row, "age_s", 7860);
}

static void counter(struct table *t, const char *name, double first, double second, struct now now)
{
	size_t row = table_add_row(t);

	rows_set(t, row, "name", name);
	rows_set_int(t, row, "counter", (int64_t)first);
	rows_set_int(t, row, "counter2", (int64_t)second);
	rows_set_int(t, row, "since", night_clock().wall_us - INT64_C(3721200) * SECOND_US);
	rows_set_int(t, row, "started", night_clock().wall_us - INT64_C(3722400) * SECOND_US);
	rows_set_int(t, row, "taken", now.wall_us);
}

/*
 * Counters that grow at the given rates: made from the moment, so that any two samples fit
 * together.
 */
struct totals {
	double commits, rollbacks, wal, temp, hits, reads;
};

static struct table *make_stats(const double now_is[6], const struct totals *sum, bool sick, struct now now)
{
	struct table *t = rows_new("stats");
	size_t row;

	row = figure(t, "connections_used", now_is[0]);
	if (sick)
		rows_set(t, row, "holder", "orders-api (121)");
	figure(t, "connections_limit", 200);
	figure(t, "connections_reserved", 3);
	figure(t, "sessions_active", sick ? 16 + now_is[1] : 3);
	figure(t, "sessions_idle", 140);
	figure(t, "sessions_idle_in_transaction", sick ? 6 : 1);
	figure(t, "sessions_waiting_for_lock", now_is[1]);
	figure(t, "sessions_hidden", 0);
	counter(t, "transactions", sum->commits + sum->rollbacks, 0, now);
	counter(t, "commits", sum->commits, 0, now);
	counter(t, "rollbacks", sum->rollbacks, 0, now);
	counter(t, "rollback_ratio", sum->rollbacks, sum->commits, now);
	counter(t, "rows_returned", sum->hits * 3, 0, now);
	counter(t, "rows_written", sum->commits * 2, 0, now);
	counter(t, "cache_hit_ratio", sum->hits, sum->reads, now);
	counter(t, "temp_bytes", sum->temp, 0, now);
	counter(t, "wal_bytes", sum->wal, 0, now);
	counter(t, "deadlocks", 3, 0, now);
	figure(t, "oldest_transaction", sick ? 847 : 0.2);
	oldest_xmin(t, sick, now);
	figure(t, "xid_age", 61e6);
	figure(t, "xid_age_limit", 200e6);
	figure(t, "multixact_age", 12000);
	figure(t, "uptime", 3722400);
	t->took_us = 2000;
	t->taken_us = now.wall_us;
	return t;
}

static void grow(struct totals *sum, const double now_is[6], bool sick, double seconds)
{
	double hits = sick ? 0.961 : 0.998;

	sum->commits += now_is[2] * seconds;
	sum->rollbacks += now_is[3] * seconds;
	sum->wal += now_is[4] * seconds;
	sum->temp += now_is[5] * seconds;
	sum->hits += 100000 * hits * seconds;
	sum->reads += 100000 * (1 - hits) * seconds;
}

/* All has been well since 02:31. */
static void put_earlier(struct server *s, struct totals *sum, struct now now)
{
	struct now then = { now.mono_us - QUIET_S * SECOND_US, now.wall_us - QUIET_S * SECOND_US };

	server_offline_put(s, collector_find("stats"), make_stats(course[0], sum, false, then), then);
	grow(sum, course[0], false, QUIET_S - (double)((COURSE - 1) * HISTORY_MARK_US) / 1e6 - PAIR_S);
}

void night_stats(struct server *s, bool sick, struct now now)
{
	const struct collector *stats = collector_find("stats");
	/* and a half: whole counts that grow by whole numbers are not to lose one by rounding */
	struct totals sum = { 1e9 + 0.5, 1e6 + 0.5, 1e12, 1e10, 1e9, 1e8 };

	if (!sick)
		put_earlier(s, &sum, now);
	for (int i = 0; i < COURSE; i++) {
		const double *now_is = course[sick ? i : 0];
		int64_t ago = (COURSE - 1 - i) * HISTORY_MARK_US;
		struct now then = { now.mono_us - ago, now.wall_us - ago };
		struct now first = { then.mono_us - PAIR_S * SECOND_US, then.wall_us - PAIR_S * SECOND_US };

		server_offline_put(s, stats, make_stats(now_is, &sum, sick, first), first);
		grow(&sum, now_is, sick, PAIR_S);
		server_offline_put(s, stats, make_stats(now_is, &sum, sick, then), then);
		/* so that no mark has anything of the one before */
		grow(&sum, course[sick && i + 1 < COURSE ? i + 1 : 0], sick, (double)HISTORY_MARK_US / 1e6 - PAIR_S);
	}
}

void night_standby(struct server *s, double bytes, double seconds, struct now now)
{
	struct facts *f = server_offline_facts(s);
	struct table *t = rows_new("stats");

	f->standby = true;
	free(f->host);
	f->host = mem_string("db2");
	figure(t, "replication_lag_bytes", bytes);
	figure(t, "replication_lag", seconds);
	server_offline_put(s, collector_find("stats"), t, now);
}

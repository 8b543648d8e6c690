/* What follows from looks at a materialized view, one after the other, and what is concluded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collectors/matviews.h"
#include "tests/lib/fixture.h"

#define DAY (INT64_C(86400) * 1000000)

static char user_name[] = "monitor";

static int setup(void **state)
{
	return fixture_setup(state, &matviews_collector, user_name);
}

/* What a look finds; seconds after TAKEN, the counters' start 1000 s before it unless said. */
struct seen {
	int at_s;
	int64_t xmin, own, writes, files, shape, filenode;
	int epoch_s;
	int64_t calls;       /* of REFRESH, as pg_stat_statements counts them */
	bool refreshing, unfilled, uncounted;
	const char *opaque;
};

static const struct seen usual = { .xmin = 700, .own = 10, .writes = 1000 };

static void put(struct table *t, const struct seen *s)
{
	size_t row = table_add_row(t);

	table_set_string(t, row, MATVIEWS_SCHEMA, "public");
	table_set_string(t, row, MATVIEWS_MATVIEW, "sums");
	table_set_int(t, row, MATVIEWS_OID, 16400);
	table_set_int(t, row, MATVIEWS_XMIN, s->xmin);
	table_set_bool(t, row, MATVIEWS_POPULATED, !s->unfilled);
	table_set_int(t, row, MATVIEWS_FILENODE, s->filenode);
	table_set_int(t, row, MATVIEWS_SHAPE, s->shape);
	table_set_bool(t, row, MATVIEWS_REFRESHING, s->refreshing);
	if (!s->uncounted) {
		table_set_int(t, row, MATVIEWS_OWN_WRITES, s->own);
		table_set_int(t, row, MATVIEWS_WRITES, s->writes);
	}
	if (s->calls)
		table_set_int(t, row, MATVIEWS_REFRESH_CALLS, s->calls);
	table_set_int(t, row, MATVIEWS_FILES, s->files);
	table_set_int(t, row, MATVIEWS_BASES, 1);
	table_set_string(t, row, MATVIEWS_BASE_TABLES, "public.orders");
	table_set_int(t, row, MATVIEWS_EPOCH, TAKEN + (s->epoch_s ? s->epoch_s : -1000) * INT64_C(1000000));
	table_set_bool(t, row, MATVIEWS_UNIQUE_INDEX, true);
	table_set_int(t, row, MATVIEWS_TAKEN, TAKEN + s->at_s * INT64_C(1000000));
	if (s->opaque)
		table_set_string(t, row, MATVIEWS_OPAQUE, s->opaque);
}

/* A look into f->t, with what the memory has. */
static void look(struct fixture *f, struct memory *m, const struct seen *s)
{
	table_free(f->t);
	f->t = table_new(matviews_collector.columns, matviews_collector.ncolumns);
	put(f->t, s);
	f->ctx.memory = m;
	matviews_collector.row(&f->ctx, f->t, 0);
	matviews_collector.derive(&f->ctx, f->t);
}

static struct memory memory_new(void)
{
	return (struct memory){ .table = table_new(matviews_memory_columns, MEMORY_COLUMNS) };
}

static void assert_known(const struct fixture *f, const char *state, int64_t changes, int refreshed_s, const char *source)
{
	assert_string_equal(table_text(f->t, 0, MATVIEWS_STATE), state);
	assert_int_equal(table_has(f->t, 0, MATVIEWS_CHANGES), changes >= 0);
	if (changes >= 0)
		assert_int_equal(table_int(f->t, 0, MATVIEWS_CHANGES), changes);
	assert_string_equal(table_text(f->t, 0, MATVIEWS_REFRESHED_SOURCE), source);
	assert_string_equal(table_text(f->t, 0, MATVIEWS_REFRESHED_PRECISION),
			    strcmp(source, "none") == 0 ? "" : strcmp(source, "audit") == 0 ? "exact" : "at_or_before");
	if (strcmp(source, "none") != 0)
		assert_int_equal(table_int(f->t, 0, MATVIEWS_REFRESHED_AT), TAKEN + refreshed_s * INT64_C(1000000));
}

enum { UNKNOWN_CHANGES = -1 };

struct step {
	const char *what;
	struct seen seen;
	const char *state;
	int64_t changes;
	int refreshed_s;
	const char *source;
};

#define SEEN(at, stamp, view, base, ...) \
	{ .at_s = (at), .xmin = (stamp), .own = (view), .writes = (base), __VA_ARGS__ }

#define MAX_STEPS 8

static const struct sequence { const char *what; struct step steps[MAX_STEPS]; } sequences[] = {
	{ "a first look knows nothing of the time", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "again", SEEN(30, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "observed" },
		{ "changes", SEEN(60, 700, 10, 1005,), "stale", UNKNOWN_CHANGES, 0, "observed" } } },
	{ "a refresh without changes", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "refreshed", SEEN(30, 701, 20, 1000,), "current", 0, 30, "observed" },
		{ "changes", SEEN(60, 701, 20, 1007,), "stale", 7, 30, "observed" } } },
	{ "a concurrent refresh that found nothing to do", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "changes", SEEN(30, 700, 10, 1007,), "stale", UNKNOWN_CHANGES, 0, "observed" },
		{ "refreshed", SEEN(60, 701, 10, 1007,), "unknown", UNKNOWN_CHANGES, 60, "observed" } } },
	{ "a concurrent refresh that found nothing to do, counted as a statement", {
		{ "first", SEEN(0, 700, 10, 1000, .calls = 1), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "changes", SEEN(30, 700, 10, 1007, .calls = 1), "stale", UNKNOWN_CHANGES, 0, "observed" },
		{ "refreshed", SEEN(60, 701, 10, 1007, .calls = 2), "current", 0, 60, "observed" } } },
	{ "RENAME to a name under which refreshes were counted", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "refreshed", SEEN(30, 701, 20, 1000, .calls = 1), "current", 0, 30, "observed" },
		{ "changes", SEEN(60, 701, 20, 1007, .calls = 1), "stale", 7, 30, "observed" },
		{ "RENAME", SEEN(90, 702, 20, 1007, .calls = 2, .shape = 4), "unknown", 7, 90, "observed" } } },
	{ "a concurrent refresh around which nothing changed, not counted", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "refreshed", SEEN(30, 701, 20, 1000,), "current", 0, 30, "observed" },
		{ "again", SEEN(60, 702, 20, 1000,), "current", 0, 60, "observed" } } },
	{ "a GRANT that changes nothing, on what is stale", {
		{ "first", SEEN(0, 700, 10, 1000, .calls = 1), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "refreshed", SEEN(30, 701, 20, 1000, .calls = 2), "current", 0, 30, "observed" },
		{ "changes", SEEN(60, 701, 20, 1007, .calls = 2), "stale", 7, 30, "observed" },
		{ "GRANT", SEEN(90, 702, 20, 1007, .calls = 2), "unknown", 7, 90, "observed" },
		{ "changes", SEEN(120, 702, 20, 1008, .calls = 2), "stale", 8, 90, "observed" },
		{ "GRANT", SEEN(150, 703, 20, 1008, .calls = 2), "unknown", 8, 150, "observed" },
		{ "later", SEEN(180, 703, 20, 1008, .calls = 2), "unknown", 8, 150, "observed" } } },
	{ "changes and a refresh between two looks", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "both", SEEN(30, 701, 20, 1004,), "unknown", 4, 30, "observed" },
		{ "more changes", SEEN(60, 701, 20, 1007,), "stale", 7, 30, "observed" } } },
	{ "changes while a refresh is under way are not before it", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "under way", SEEN(30, 700, 10, 1005, .refreshing = true), "stale", UNKNOWN_CHANGES, 0, "observed" },
		{ "done", SEEN(60, 701, 20, 1005,), "unknown", 5, 60, "observed" } } },
	{ "GRANT on what is stale", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "refreshed", SEEN(30, 701, 20, 1000,), "current", 0, 30, "observed" },
		{ "changes", SEEN(60, 701, 20, 1007,), "stale", 7, 30, "observed" },
		{ "GRANT", SEEN(90, 702, 20, 1007, .shape = 4), "unknown", 7, 90, "observed" },
		{ "later", SEEN(120, 702, 20, 1008, .shape = 4), "stale", 8, 90, "observed" },
		{ "refreshed", SEEN(150, 703, 30, 1008, .shape = 4), "current", 0, 150, "observed" } } },
	{ "GRANT on what is current", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "refreshed", SEEN(30, 701, 20, 1000,), "current", 0, 30, "observed" },
		{ "GRANT", SEEN(60, 702, 20, 1000, .shape = 4), "current", 0, 60, "observed" } } },
	{ "CLUSTER gives it a file and no rows", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "refreshed", SEEN(30, 701, 20, 1000, .filenode = 10), "current", 0, 30, "observed" },
		{ "changes", SEEN(60, 701, 20, 1007, .filenode = 10), "stale", 7, 30, "observed" },
		{ "CLUSTER", SEEN(90, 702, 20, 1007, .filenode = 11), "unknown", 7, 90, "observed" } } },
	{ "the view's own count comes a moment late", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "changes", SEEN(30, 700, 10, 1007,), "stale", UNKNOWN_CHANGES, 0, "observed" },
		{ "refreshed", SEEN(60, 701, 10, 1007, .filenode = 10), "unknown", UNKNOWN_CHANGES, 60, "observed" },
		{ "counted", SEEN(90, 701, 20, 1007, .filenode = 10), "current", 0, 60, "observed" } } },
	{ "a crash between two looks", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "refreshed", SEEN(30, 701, 20, 1000,), "current", 0, 30, "observed" },
		{ "crash", SEEN(60, 701, 0, 0, .epoch_s = 45), "unknown", UNKNOWN_CHANGES, 30, "observed" },
		{ "changes", SEEN(90, 701, 0, 3, .epoch_s = 45), "stale", UNKNOWN_CHANGES, 30, "observed" },
		{ "refreshed", SEEN(120, 702, 10, 3, .epoch_s = 45), "current", 0, 120, "observed" } } },
	{ "a crash that left no trace but smaller counters", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "refreshed", SEEN(30, 701, 20, 1000,), "current", 0, 30, "observed" },
		{ "crash", SEEN(60, 701, 0, 2,), "unknown", UNKNOWN_CHANGES, 30, "observed" },
		{ "changes", SEEN(90, 701, 0, 3,), "stale", UNKNOWN_CHANGES, 30, "observed" } } },
	{ "a reset of another table's counters, or of what all databases share", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "refreshed", SEEN(30, 701, 20, 1000,), "current", 0, 30, "observed" },
		{ "reset", SEEN(60, 701, 20, 1000, .epoch_s = 45), "unknown", UNKNOWN_CHANGES, 30, "observed" },
		{ "changes", SEEN(90, 701, 20, 1003, .epoch_s = 45), "stale", UNKNOWN_CHANGES, 30, "observed" },
		{ "reset", SEEN(120, 701, 20, 1003, .epoch_s = 100), "stale", UNKNOWN_CHANGES, 30, "observed" },
		{ "refreshed after a reset", SEEN(150, 702, 30, 1003, .epoch_s = 130), "unknown", UNKNOWN_CHANGES, 150, "observed" },
		{ "refreshed", SEEN(180, 703, 40, 1003, .epoch_s = 130), "current", 0, 180, "observed" } } },
	{ "a reset of one of two tables", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "refreshed", SEEN(30, 701, 20, 1000,), "current", 0, 30, "observed" },
		{ "reset", SEEN(60, 701, 20, 400, .epoch_s = 45), "unknown", UNKNOWN_CHANGES, 30, "observed" } } },
	{ "a crash and a refresh between two looks", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "both", SEEN(60, 701, 5, 2, .epoch_s = 45, .filenode = 10), "unknown", UNKNOWN_CHANGES, 60, "observed" } } },
	{ "TRUNCATE, VACUUM FULL, or an empty partition that came", {
		{ "first", SEEN(0, 700, 10, 1000,), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "refreshed", SEEN(30, 701, 20, 1000,), "current", 0, 30, "observed" },
		{ "rewritten", SEEN(60, 701, 20, 1000, .files = 6), "unknown", UNKNOWN_CHANGES, 30, "observed" },
		{ "again", SEEN(65, 701, 20, 1000, .files = 6), "unknown", UNKNOWN_CHANGES, 30, "observed" },
		{ "changes", SEEN(70, 701, 20, 1002, .files = 6), "stale", UNKNOWN_CHANGES, 30, "observed" },
		{ "refreshed", SEEN(90, 702, 30, 1002, .files = 6), "current", 0, 90, "observed" } } },
	{ "what nobody counts", {
		{ "first", SEEN(0, 700, 10, 1000, .opaque = "the function f"), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "again", SEEN(30, 701, 20, 1000, .opaque = "the function f"), "unknown", UNKNOWN_CHANGES, 30, "observed" } } },
	{ "a standby", {
		{ "first", SEEN(0, 700, 0, 0, .uncounted = true), "unknown", UNKNOWN_CHANGES, 0, "none" },
		{ "again", SEEN(30, 701, 0, 0, .uncounted = true, .filenode = 10), "unknown", UNKNOWN_CHANGES, 30, "observed" } } },
	{ "never filled, then filled", {
		{ "first", SEEN(0, 700, 0, 1000, .unfilled = true), "never_filled", UNKNOWN_CHANGES, 0, "none" },
		{ "again", SEEN(30, 700, 0, 1000, .unfilled = true), "never_filled", UNKNOWN_CHANGES, 0, "none" },
		{ "filled", SEEN(60, 701, 10, 1000, .filenode = 10), "current", 0, 60, "observed" } } },
};

static struct memory restarted(struct memory m)
{
	struct memory again = { .table = table_copy(m.table) };

	table_free(m.table);
	return again;
}

static void test_sequences(void **state)
{
	for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		struct fixture *f = *state;
		struct memory m = memory_new();

		for (const struct step *s = sequences[i].steps; s < sequences[i].steps + MAX_STEPS && s->what; s++) {
			print_message("%s: %s\n", sequences[i].what, s->what);
			look(f, &m, &s->seen);
			assert_known(f, s->state, s->changes, s->refreshed_s, s->source);
			m = restarted(m);
		}
		table_free(m.table);
	}
}

static void test_without_memory(void **state)
{
	struct fixture *f = *state;
	struct seen s = usual;

	look(f, NULL, &s);
	assert_known(f, "unknown", UNKNOWN_CHANGES, 0, "none");
	assert_int_equal(table_cell(f->t, 0, MATVIEWS_AGE)->kind, CELL_UNKNOWN);
}

static void test_sources(void **state)
{
	struct fixture *f = *state;
	struct memory m = memory_new();
	struct seen s = usual;
	size_t row;

	look(f, &m, &s);
	row = table_add_row(m.table);
	table_set_int(m.table, row, MEMORY_OID, 16400);
	table_set_string(m.table, row, MEMORY_WHAT, "refresh");
	table_set_int(m.table, row, MEMORY_LOOKED, TAKEN + 40000000);
	table_set_int(m.table, row, MEMORY_EXACT_XMIN, 701);
	table_set_int(m.table, row, MEMORY_EXACT, TAKEN + 40000000);
	s.at_s = 60, s.xmin = 701, s.own = 20;
	look(f, &m, &s);
	assert_known(f, "current", 0, 40, "audit");
	assert_string_equal(table_text(f->t, 0, MATVIEWS_AGE), "20s");
	s.at_s = 90, s.xmin = 702, s.shape = 4;   /* GRANT: no longer that refresh's stamp */
	look(f, &m, &s);
	assert_known(f, "current", 0, 90, "observed");
	table_free(m.table);
}

static void test_checkpoint(void **state)
{
	struct fixture *f = *state;
	struct memory m = memory_new();
	struct seen s = usual;

	put(f->t, &s);
	table_set_int(f->t, 0, MATVIEWS_CHECKPOINT_AT, TAKEN - 9000000);
	f->ctx.memory = &m;
	matviews_collector.row(&f->ctx, f->t, 0);
	assert_known(f, "unknown", UNKNOWN_CHANGES, -9, "checkpoint");
	s.at_s = 30;
	look(f, &m, &s);
	assert_known(f, "unknown", UNKNOWN_CHANGES, -9, "checkpoint");
	assert_string_equal(table_text(f->t, 0, MATVIEWS_NOTE), "no change seen");
	s.at_s = 60, s.xmin = 701, s.own = 20;
	look(f, &m, &s);
	assert_known(f, "current", 0, 60, "observed");
	table_free(m.table);
}

static void durations(struct fixture *f, struct memory *m, int at_s, int64_t calls, double total)
{
	struct seen s = usual;

	s.at_s = at_s;
	table_free(f->t);
	f->t = table_new(matviews_collector.columns, matviews_collector.ncolumns);
	put(f->t, &s);
	table_set_int(f->t, 0, MATVIEWS_REFRESH_CALLS, calls);
	table_set_float(f->t, 0, MATVIEWS_REFRESH_TOTAL_S, total);
	f->ctx.memory = m;
	matviews_collector.row(&f->ctx, f->t, 0);
}

static void test_durations(void **state)
{
	struct fixture *f = *state;
	struct memory m = memory_new();

	durations(f, &m, 0, 4, 8);
	assert_float_equal(table_number(f->t, 0, MATVIEWS_LAST_DURATION_S), 2, 1e-9);   /* the mean */
	durations(f, &m, 30, 5, 13);
	assert_float_equal(table_number(f->t, 0, MATVIEWS_LAST_DURATION_S), 5, 1e-9);   /* the last one */
	durations(f, &m, 60, 5, 13);
	assert_float_equal(table_number(f->t, 0, MATVIEWS_LAST_DURATION_S), 5, 1e-9);
	assert_string_equal(table_text(f->t, 0, MATVIEWS_TOOK), "5.0");
	durations(f, &m, 90, 1, 3);
	assert_float_equal(table_number(f->t, 0, MATVIEWS_LAST_DURATION_S), 3, 1e-9);   /* counted anew */
	durations(f, &m, 120, 3, 9);
	assert_float_equal(table_number(f->t, 0, MATVIEWS_LAST_DURATION_S), 3, 1e-9);   /* two at once: the mean */
	table_free(m.table);
}

static void test_words(void **state)
{
	struct fixture *f = *state;
	struct memory m = memory_new();
	struct seen s = usual;

	look(f, &m, &s);
	s.at_s = 30, s.xmin = 701, s.own = 20, s.writes = 1004;
	look(f, &m, &s);
	s.at_s = 60, s.writes = 1007;
	look(f, &m, &s);
	assert_string_equal(table_text(f->t, 0, MATVIEWS_CHANGES_TEXT), "up to 7 rows, at least 3 of them counted at looks after the refresh");
	s.at_s = 90, s.xmin = 702, s.own = 30;
	look(f, &m, &s);
	s.at_s = 120, s.files = 6;
	look(f, &m, &s);
	assert_string_equal(table_text(f->t, 0, MATVIEWS_NOTE), "table rewritten");
	assert_string_equal(table_text(f->t, 0, MATVIEWS_CHANGES_TEXT),
			    "number not known; a table was rewritten or truncated, or a partition came or went");
	s.refreshing = true;   /* CLUSTER and LOCK TABLE take the same locks */
	look(f, &m, &s);
	assert_string_equal(table_text(f->t, 0, MATVIEWS_NOTE), "locked");
	table_free(m.table);
}

/* Whatever stands in the memory or comes from a server, numbers stay numbers. */
static void test_extremes(void **state)
{
	static const int64_t extremes[] = { INT64_MIN, -1, 0, INT64_MAX };
	struct fixture *f = *state;

	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++) {
			struct memory m = memory_new();
			struct seen s = usual;

			look(f, &m, &s);
			for (size_t column = MEMORY_OWN_WRITES; column <= MEMORY_CALLS; column++)
				if (matviews_memory_columns[column].type == TYPE_INT)
					table_set_int(m.table, 0, column, extremes[i]);
			s.at_s = 30, s.xmin = 700 + (int64_t)j % 2, s.writes = extremes[j], s.own = extremes[j], s.calls = extremes[j];
			look(f, &m, &s);
			s.at_s = 60, s.epoch_s = 50, s.writes = extremes[i];
			look(f, &m, &s);
			assert_true(!table_has(f->t, 0, MATVIEWS_CHANGES) || table_int(f->t, 0, MATVIEWS_CHANGES) >= 0);
			table_free(m.table);
		}
}

/* Nine days old by its commit time, with so many changes. */
static void old_and_stale(struct fixture *f, struct memory *m)
{
	struct seen s = usual;

	s.epoch_s = -20 * 86400;
	for (int i = 0; i < 2; i++) {
		s.at_s = i * 30;
		s.writes = 240000 * i + 1000000;
		table_free(f->t);
		f->t = table_new(matviews_collector.columns, matviews_collector.ncolumns);
		put(f->t, &s);
		table_set_int(f->t, 0, MATVIEWS_COMMIT_AT, TAKEN - 9 * DAY - DAY / 6);
		f->ctx.memory = m;
		matviews_collector.row(&f->ctx, f->t, 0);
	}
	matviews_collector.derive(&f->ctx, f->t);
}

static void test_stale_finding(void **state)
{
	struct fixture *f = *state;
	struct memory m = memory_new();
	const struct finding *finding;

	old_and_stale(f, &m);
	assert_string_equal(table_text(f->t, 0, MATVIEWS_AGE), "≥9d04h");
	assert_string_equal(table_text(f->t, 0, MATVIEWS_NOTE), "stale");
	assert_int_equal(table_int(f->t, 0, MATVIEWS_SIGN), SIGN_WARNING);
	assert_int_equal(table_int(f->t, 0, MATVIEWS_CHANGES), 1240000);
	assert_string_equal(table_text(f->t, 0, MATVIEWS_CHANGES_SHOWN), "≥240k");
	matviews_judge(&f->ctx, f->t, &f->out);
	finding = fixture_finding(f, "matview-stale");
	assert_non_null(finding);
	assert_string_equal(finding->title, "Materialized view sums is at least 9 days old");
	assert_string_equal(finding->evidence, "≥240k row changes in orders since; can be refreshed concurrently");
	assert_string_equal(finding->fix_sql, "REFRESH MATERIALIZED VIEW CONCURRENTLY public.sums;");
	assert_true(finding->since_at_least);
	assert_null(fixture_finding(f, "matview-blocks"));
	table_free(m.table);
}

static void test_blocks(void **state)
{
	struct fixture *f = *state;
	struct memory m = memory_new();
	const struct finding *finding;

	old_and_stale(f, &m);
	table_set_bool(f->t, 0, MATVIEWS_UNIQUE_INDEX, false);
	table_set_string(f->t, 0, MATVIEWS_UNIQUE_ON, "user id");
	table_set_int(f->t, 0, MATVIEWS_TAKEN, TAKEN + 60000000);
	matviews_collector.row(&f->ctx, f->t, 0);
	matviews_judge(&f->ctx, f->t, &f->out);
	outcomes_rank(&f->out);
	finding = fixture_finding(f, "matview-blocks");
	assert_non_null(finding);
	assert_true(finding->folded_into >= 0);
	assert_string_equal(finding->fix_sql, "CREATE UNIQUE INDEX CONCURRENTLY ON public.sums (\"user id\");");
	finding = fixture_finding(f, "matview-stale");
	assert_string_equal(finding->fix_sql, "REFRESH MATERIALIZED VIEW public.sums;");
	assert_non_null(strstr(finding->evidence, "cannot be refreshed concurrently: no unique index"));
	table_free(m.table);
}

/* A short refresh keeps nobody waiting for long; a name that cleaning changed is in no statement. */
static void test_short_and_odd(void **state)
{
	struct fixture *f = *state;
	struct seen s = usual;

	put(f->t, &s);
	table_set_bool(f->t, 0, MATVIEWS_UNIQUE_INDEX, false);
	table_set_string(f->t, 0, MATVIEWS_MATVIEW, "a\\x1b");
	table_set_int(f->t, 0, MATVIEWS_REFRESH_CALLS, 1);
	table_set_float(f->t, 0, MATVIEWS_REFRESH_TOTAL_S, 6.1);
	matviews_collector.row(&f->ctx, f->t, 0);
	matviews_judge(&f->ctx, f->t, &f->out);
	assert_null(fixture_finding(f, "matview-blocks"));
	assert_null(matviews_refresh_sql(f->t, 0));
	assert_string_equal(table_text(f->t, 0, MATVIEWS_NOTE), "no unique index");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sequences, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_without_memory, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_sources, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_checkpoint, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_durations, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_words, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_extremes, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_stale_finding, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_blocks, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_short_and_odd, setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

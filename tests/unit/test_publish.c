/* From rows to what is shown: slices of work, what rates and the statistics window are against, and another window for the same rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/clock.h"
#include "collectors/base/memory.h"
#include "collectors/server/internal.h"

enum { ID, CALLS, INTERVAL, SPAN, GREW, RANK, NCOLUMNS };

static const struct column columns[NCOLUMNS] = {
	[ID] = { .name = "id", .type = TYPE_INT, .unit = UNIT_ID, .flags = COLUMN_KEY },
	[CALLS] = { .name = "calls", .type = TYPE_INT, .unit = UNIT_COUNT, .flags = COLUMN_RATE },
	[INTERVAL] = { .name = "interval", .type = TYPE_FLOAT, .unit = UNIT_AGE },
	[SPAN] = { .name = "span", .type = TYPE_FLOAT, .unit = UNIT_AGE },
	[GREW] = { .name = "grew", .type = TYPE_INT, .unit = UNIT_COUNT },
	[RANK] = { .name = "rank", .type = TYPE_INT, .unit = UNIT_COUNT },
};

static void set_span(struct table *t, size_t row, size_t column, const struct sample *start)
{
	if (start)
		table_set_float(t, row, column, (double)(t->taken_us - sample_taken_us(start)) / (double)SECOND_US);
	else
		table_set_none(t, row, column, CELL_PENDING);
}

static void row(const struct context *ctx, struct table *now, size_t at)
{
	long was = sample_find(ctx->window, now, at);

	set_span(now, at, INTERVAL, ctx->before);
	set_span(now, at, SPAN, ctx->window);
	if (ctx->chosen == WINDOW_ALL)
		table_set_int(now, at, GREW, table_int(now, at, CALLS));
	else if (sample_has(ctx->window, was, CALLS))
		table_set_int(now, at, GREW, table_int(now, at, CALLS) - sample_int(ctx->window, was, CALLS));
	else
		table_set_none(now, at, GREW, CELL_PENDING);
}

/* The largest first. */
static void derive(const struct context *ctx, struct table *now)
{
	size_t *order = mem_zero(now->nrows + 1, sizeof(*order));

	(void)ctx;
	for (size_t i = 0; i < now->nrows; i++) {
		size_t at = i;

		for (; at > 0 && table_int(now, order[at - 1], GREW) < table_int(now, i, GREW); at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	table_reorder(now, order);
	for (size_t i = 0; i < now->nrows; i++)
		table_set_int(now, i, RANK, (int64_t)i);
	free(order);
}

static void judge(const struct context *ctx, const struct table *now, struct outcomes *out)
{
	struct finding *f = outcomes_finding(out, "test", SEVERITY_WARNING);

	(void)ctx;
	f->folded_into = -1;
	f->pane = "fake";
	f->title = mem_format("%lld", now->nrows ? (long long)table_int(now, 0, ID) : 0LL);
	f->evidence = mem_string("");
}

static const char *const checks[] = { "test", NULL };

static const struct collector fake = {
	.name = "fake", .title = "fake", .tab = "fake", .columns = columns, .ncolumns = NCOLUMNS, .windowed = true, .row = row, .derive = derive,
	.checks = checks, .judge = judge,
};

#define STARTED (1795000000 * SECOND_US)

struct room {
	struct limits limits;
	struct server *server;
	struct collector_state *c;
	const struct collector *real;
};

/* A collector of the list plays the fake one. */
static int setup(void **state)
{
	struct room *r = mem_zero(1, sizeof(*r));

	limits_defaults(&r->limits);
	r->server = server_offline(&r->limits, (struct now){ 0, STARTED });
	r->server->facts.started_at_us = STARTED;
	r->c = &r->server->collectors[0];
	assert_null(r->c->history);
	r->real = r->c->view.collector;
	r->c->view.collector = &fake;
	samples_free(r->c->samples);
	r->c->samples = samples_new();
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct room *r = *state;

	r->c->view.collector = r->real;
	server_close(r->server);
	free(r);
	return 0;
}

static struct now at(double seconds)
{
	return (struct now){ seconds_us(seconds), STARTED + seconds_us(seconds) };
}

/* Two rows, of which the second counts slower at first and faster from the hundredth second on. */
static struct table *counted(double seconds)
{
	struct table *t = table_new(columns, NCOLUMNS);

	t->taken_us = at(seconds).wall_us;
	for (size_t i = 0; i < 2; i++) {
		table_add_row(t);
		table_set_int(t, i, ID, (int64_t)i + 1);
	}
	table_set_int(t, 0, CALLS, (int64_t)(10 * seconds));
	table_set_int(t, 1, CALLS, (int64_t)(seconds < 100 ? seconds : 100 + 50 * (seconds - 100)));
	return t;
}

static void put(struct room *r, double seconds)
{
	publish_at_once(r->server, 0, counted(seconds), at(seconds));
}

static const struct table *shown(const struct room *r)
{
	return r->c->view.table;
}

static void assert_first(const struct room *r, int64_t id, int64_t grew)
{
	char title[32];

	assert_int_equal(table_int(shown(r), 0, ID), id);
	assert_int_equal(table_int(shown(r), 0, GREW), grew);
	assert_int_equal(table_int(shown(r), 1, RANK), 1);
	assert_int_equal(r->server->outcomes.nfindings, 1);
	snprintf(title, sizeof(title), "%lld", (long long)id);
	assert_string_equal(r->server->outcomes.findings[0].title, title);
}

static void bases(void **state)
{
	struct room *r = *state;

	put(r, 10);
	assert_int_equal(table_cell(shown(r), 0, INTERVAL)->kind, CELL_PENDING);
	assert_int_equal(table_cell(shown(r), 0, GREW)->kind, CELL_PENDING);
	put(r, 20);
	assert_true(table_number(shown(r), 0, INTERVAL) == 10);
	/* In the window of an interval. */
	assert_true(table_number(shown(r), 0, SPAN) == 10);
	assert_first(r, 1, 100);
	/* Too close to the last one: against the one before it. */
	put(r, 20.5);
	assert_true(table_number(shown(r), 0, INTERVAL) == 10.5);
	put(r, 21);
	assert_true(table_number(shown(r), 0, INTERVAL) == 1);
	/* The server's clock was set back. */
	put(r, 15);
	assert_int_equal(table_cell(shown(r), 0, INTERVAL)->kind, CELL_PENDING);
	put(r, 25);
	assert_true(table_number(shown(r), 0, INTERVAL) == 10);
}

/* The same rows over another window, as often as somebody likes, whether the server answers or not. */
static void another_window(void **state)
{
	struct room *r = *state;
	uint64_t version;

	for (int i = 1; i <= 12; i++)
		put(r, 10 * i);
	assert_first(r, 2, 500);
	server_offline_link(r->server, LINK_NO_ANSWER, at(125).wall_us, at(120).wall_us);
	version = server_version_counter(r->server);
	server_set_window(r->server, WINDOW_INTERVAL, at(130));
	assert_int_equal(server_version_counter(r->server), version);
	for (int i = 0; i < 3; i++) {
		server_set_window(r->server, WINDOW_MINUTE, at(130));
		assert_int_equal(server_window(r->server), WINDOW_MINUTE);
		assert_true(server_version_counter(r->server) > version);
		assert_true(table_number(shown(r), 0, SPAN) == 60);
		assert_true(table_number(shown(r), 0, INTERVAL) == 10);
		assert_int_equal(table_int(shown(r), 0, ID), 2);
		assert_int_equal(table_int(shown(r), 0, GREW), 1100 - 60);
		/* There is less than asked for. */
		server_set_window(r->server, WINDOW_5_MINUTES, at(130));
		assert_true(table_number(shown(r), 0, SPAN) == 110);
		assert_int_equal(table_int(shown(r), 1, GREW), 1090);
		assert_int_equal(table_int(shown(r), 0, GREW), 1100);
		server_set_window(r->server, WINDOW_ALL, at(130));
		assert_int_equal(table_cell(shown(r), 0, SPAN)->kind, CELL_PENDING);
		assert_int_equal(table_int(shown(r), 0, ID), 1);
		assert_int_equal(table_int(shown(r), 0, GREW), 1200);
		server_set_window(r->server, WINDOW_INTERVAL, at(130));
		assert_true(table_number(shown(r), 0, SPAN) == 10);
	}
	assert_int_equal(r->c->view.state, COLLECTION_STALE);
	server_offline_link(r->server, LINK_LIVE, at(131).wall_us, at(131).wall_us);
	assert_first(r, 2, 500);
}

/* What stands still does so whatever is chosen. */
static void frozen(void **state)
{
	struct room *r = *state;
	struct server *picture;
	uint64_t version;

	put(r, 10);
	server_set_window(r->server, WINDOW_MINUTE, at(15));
	put(r, 20);
	picture = server_freeze(r->server);
	version = server_version_counter(picture);
	assert_int_equal(server_window(picture), WINDOW_MINUTE);
	server_set_window(picture, WINDOW_ALL, at(25));
	assert_int_equal(server_window(picture), WINDOW_MINUTE);
	assert_int_equal(server_version_counter(picture), version);
	assert_int_equal(table_int(server_collection(picture, 0)->table, 0, GREW), 100);
	/* Its collection is of the fake collector too. */
	picture->collectors[0].view.collector = r->real;
	server_close(picture);
}

/* A session that was lost costs the interval, not the window; a server that was started anew costs both. */
static void another_session(void **state)
{
	struct room *r = *state;

	server_set_window(r->server, WINDOW_MINUTE, at(0));
	for (int i = 1; i <= 8; i++)
		put(r, 10 * i);
	r->c->fresh = true;
	put(r, 90);
	assert_int_equal(table_cell(shown(r), 0, INTERVAL)->kind, CELL_PENDING);
	assert_true(table_number(shown(r), 0, SPAN) == 60);
	assert_first(r, 1, 600);
	r->c->fresh = true;
	r->server->facts.started_at_us += SECOND_US;
	put(r, 100);
	assert_int_equal(table_cell(shown(r), 0, SPAN)->kind, CELL_PENDING);
	assert_int_equal(samples_count(r->c->samples), 1);
	put(r, 110);
	assert_true(table_number(shown(r), 0, SPAN) == 10);
	/* It is not known yet which server it is. */
	r->server->offline = false;
	server_set_window(r->server, WINDOW_15_MINUTES, at(111));
	while (publish_anew(r->server, at(111), 0))
		;
	assert_int_equal(table_cell(shown(r), 0, SPAN)->kind, CELL_PENDING);
	r->server->offline = true;
}

static void begin(struct room *r, double seconds)
{
	r->server->run = (struct run){ .active = true, .collector = 0, .table = counted(seconds), .step = PUBLISH_LOOKUPS };
}

/* Nothing is seen of a table before all of it is there, and nothing is left of one that was given up. */
static void given_up(void **state)
{
	struct room *r = *state;

	put(r, 10);
	put(r, 20);
	for (int steps = 1;; steps++) {
		const struct table *before = shown(r);

		begin(r, 30);
		for (int i = 0; i < steps && r->server->run.active; i++)
			publish_step(r->server, at(30));
		if (!r->server->run.active)
			break;
		assert_ptr_equal(shown(r), before);
		assert_int_equal(samples_count(r->c->samples), 2);
		collect_run_drop(r->server);
		server_set_window(r->server, WINDOW_MINUTE, at(30));
		server_set_window(r->server, WINDOW_INTERVAL, at(30));
		assert_true(table_number(shown(r), 0, INTERVAL) == 10);
	}
	assert_true(table_number(shown(r), 0, INTERVAL) == 10);
	assert_int_equal(shown(r)->taken_us, at(30).wall_us);
	assert_int_equal(samples_count(r->c->samples), 3);
}

/* Whenever the window changes, the table on its way comes out as if it had been the window from the start. */
static void changed_on_the_way(void **state)
{
	struct room *r = *state;

	for (int i = 1; i <= 9; i++)
		put(r, 10 * i);
	for (int steps = 0;; steps++) {
		server_set_window(r->server, WINDOW_INTERVAL, at(125 + 10 * steps));
		begin(r, 130 + 10 * steps);
		for (int i = 0; i < steps && r->server->run.active; i++)
			publish_step(r->server, at(130 + 10 * steps));
		if (!r->server->run.active)
			break;
		server_set_window(r->server, WINDOW_MINUTE, at(130 + 10 * steps));
		while (r->server->run.active)
			publish_step(r->server, at(130 + 10 * steps));
		assert_true(table_number(shown(r), 0, SPAN) >= 60);
		assert_true(table_number(shown(r), 1, SPAN) >= 60);
		assert_true(table_number(shown(r), 0, SPAN) <= 120);
		assert_first(r, 2, table_int(shown(r), 0, GREW));
		assert_int_equal(table_int(shown(r), 0, RANK), 0);
	}
}

/* Rows by portions; what takes all of them at once, once there are many, in a slice of its own. */
static void slices(void **state)
{
	struct room *r = *state;
	int steps = 0;

	begin(r, 10);
	for (int64_t i = 3; i <= 2000; i++)
		table_set_int(r->server->run.table, table_add_row(r->server->run.table), ID, i);
	for (; r->server->run.active; steps++) {
		assert_int_equal(publish_wants_a_slice(r->server), r->server->run.step == PUBLISH_DERIVE || r->server->run.step >= PUBLISH_JUDGE);
		publish_step(r->server, at(10));
	}
	assert_true(steps >= 3 * (2000 / 256));
	assert_int_equal(shown(r)->nrows, 2000);
	assert_false(publish_wants_a_slice(r->server));
	begin(r, 20);
	for (; r->server->run.active;) {
		assert_false(publish_wants_a_slice(r->server));
		publish_step(r->server, at(20));
	}
}

/* With a server that is turned another window is computed in slices; until it is complete the table is the one of before. */
static void window_in_slices(void **state)
{
	struct room *r = *state;
	const struct table *before;
	int64_t began_us = clock_now().mono_us;
	int turns = 1;

	server_set_window(r->server, WINDOW_MINUTE, at(0));
	for (int i = 1; i <= 9; i++)
		put(r, 10 * i);
	r->server->offline = false;
	r->server->facts_read = true;
	server_set_window(r->server, WINDOW_INTERVAL, at(95));
	before = shown(r);
	assert_true(table_number(before, 0, SPAN) == 60);
	for (; publish_anew(r->server, at(95), began_us - SECOND_US); turns++)
		assert_ptr_equal(shown(r), before);
	assert_true(turns > 1);
	assert_true(table_number(shown(r), 0, SPAN) == 10);
	assert_int_equal(shown(r)->taken_us, at(90).wall_us);
	assert_false(publish_anew(r->server, at(95), began_us));
	/* What comes from the server meanwhile is of the new window already, and newer. */
	server_set_window(r->server, WINDOW_MINUTE, at(96));
	r->server->offline = true;
	put(r, 100);
	before = shown(r);
	assert_false(publish_anew(r->server, at(100), began_us));
	assert_ptr_equal(shown(r), before);
	assert_true(table_number(before, 0, SPAN) == 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bases, setup, teardown),
		cmocka_unit_test_setup_teardown(another_window, setup, teardown),
		cmocka_unit_test_setup_teardown(frozen, setup, teardown),
		cmocka_unit_test_setup_teardown(another_session, setup, teardown),
		cmocka_unit_test_setup_teardown(given_up, setup, teardown),
		cmocka_unit_test_setup_teardown(changed_on_the_way, setup, teardown),
		cmocka_unit_test_setup_teardown(slices, setup, teardown),
		cmocka_unit_test_setup_teardown(window_in_slices, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

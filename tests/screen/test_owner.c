/* Where `o` leads from a session: to the root of its queue, also from a parallel worker, and from the row that is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "tests/lib/night.h"
#include "tests/lib/stage.h"
#include "tui/panes/owner.h"

/* 4127 blocks 5210, whose worker is 5211; 9 waits for nobody. */
enum { ROOT = 4127, LEADER = 5210, WORKER = 5211, OTHER = 9 };

static void add_row(struct table *t, int64_t pid, int64_t leader, const char *blocked_by)
{
	size_t row = table_add_row(t);

	table_set_int(t, row, (size_t)table_column(t, "pid"), pid);
	if (leader)
		table_set_int(t, row, (size_t)table_column(t, "leader_pid"), leader);
	if (blocked_by)
		table_set_string(t, row, (size_t)table_column(t, "blocked_by"), blocked_by);
}

static struct server *small_server(const struct limits *limits, struct now now)
{
	const struct collector *activity = collector_find("activity"), *locks = collector_find("locks");
	struct table *a = table_new(activity->columns, activity->ncolumns), *l = table_new(locks->columns, locks->ncolumns);
	struct server *s = server_offline(limits, now);

	add_row(a, ROOT, 0, NULL);
	add_row(a, LEADER, 0, NULL);
	add_row(a, WORKER, LEADER, "4127");
	add_row(a, OTHER, 0, NULL);
	add_row(l, LEADER, 0, "4127");
	add_row(l, ROOT, 0, NULL);
	server_offline_put(s, activity, a, now);
	server_offline_put(s, locks, l, now);
	return s;
}

/* The pid that `o` on this session of this pane leads to; 0: nowhere. */
static int64_t owner_of(const struct scene *scene, const char *name, int64_t pid)
{
	const struct pane *pane = pane_named(scene->panes, name);
	const struct table *t = pane_collection(scene, pane)->table;
	struct target target = { 0 };
	int64_t owner = 0;

	for (size_t i = 0; i < t->nrows; i++) {
		char *key;

		if (table_int(t, i, (size_t)table_column(t, "pid")) != pid)
			continue;
		key = table_key(t, i);
		pane->owner(scene, pane, key, &target);
		free(key);
	}
	if (target.pane) {
		assert_string_equal(target.pane->name, "locks");
		owner = strtol(target.key, NULL, 10);
	}
	free(target.key);
	return owner;
}

static void test_owner(void **state)
{
	struct now now = night_clock();
	struct limits limits;
	struct scene scene = { .now = now };
	struct server *server;
	struct panes *panes = panes_new();

	(void)state;
	limits_defaults(&limits);
	server = small_server(&limits, now);
	scene.server = server;
	scene.panes = panes;
	assert_int_equal(owner_of(&scene, "activity", LEADER), ROOT);
	assert_int_equal(owner_of(&scene, "activity", WORKER), ROOT);
	assert_int_equal(owner_of(&scene, "activity", ROOT), ROOT);
	assert_int_equal(owner_of(&scene, "activity", OTHER), 0);
	assert_int_equal(owner_of(&scene, "locks", LEADER), ROOT);
	assert_int_equal(owner_of(&scene, "locks", ROOT), 0);
	assert_null(pane_named(panes, "stats")->owner);
	server_close(server);
	panes_free(panes);
}

/* The details stay with their row, whichever is the first by now. */
static void test_details(void **state)
{
	struct now now = night_clock();
	struct stage_options o = { .height = 24, .width = 80, .pane = "activity" };
	struct limits limits;
	struct stage *s;

	(void)state;
	limits_defaults(&limits);
	s = stage_open(&o, night_server(&limits, now), now);
	stage_keys(s, "Enter");
	assert_int_equal(s->app->nlayers, 1);
	night_without(s->server, strtol(s->app->layers[0].key, NULL, 10), s->now);
	stage_pass(s, 1);
	stage_says(s, "It is no longer there.");
	stage_keys(s, "o");
	stage_says(s, "note  this one is gone");
	assert_string_equal(s->app->pane->name, "activity");
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_owner), cmocka_unit_test(test_details) };

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The question before an act, on the layer that an act opens: keys in, an answer and a screen out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "tests/lib/drawing.h"
#include "tests/lib/night.h"

#define NAME "orders_status_idx"

/* What who asks is told. */
struct told {
	int times;
	bool agreed;
};

static void tell(void *data, bool agreed)
{
	struct told *told = data;

	told->times++;
	told->agreed = agreed;
}

/* Filled in in another order than it is shown in. */
static struct question *drop_index(void)
{
	struct question *q = question_new("DROP INDEX", "public." NAME, NAME, "drop");

	question_aside(q, "on %s", "public.orders");
	question_add(q, QUESTION_AS, "dba on shop, db1:5432; one audit line before, one after");
	question_add(q, QUESTION_WARNING, "1 standby is connected: scans there are not visible here");
	question_add(q, QUESTION_WARNING, "3377 pg_dump has orders open for 48m12s: the drop will wait for it. "
		     "Meanwhile nobody waits for the drop, and C cancels it.");
	question_add(q, QUESTION_OK, "not unique, no constraint, no replica identity, not clustered, valid");
	question_add(q, QUESTION_UNDO, "undo/20261122T124031-" NAME ".sql; scans orders once (~3 GB)");
	question_add(q, QUESTION_OK, "no foreign key needs it; no expression in it; not partitioned");
	question_add(q, QUESTION_GAINS, "~412 MB; 318.0 writes/s on orders stop paying for it");
	question_add(q, QUESTION_IF_CUT, "the index stays but invalid: never read, still written. D finishes it.");
	question_add(q, QUESTION_WHY, "0 scans in 43d02h, since statistics began 10 Oct 01:12; no last scan");
	question_add(q, QUESTION_RUNS, "DROP INDEX CONCURRENTLY public." NAME ";");
	return q;
}

static struct question *terminate(void)
{
	struct question *q = question_new("TERMINATE", "session 4127", "4127", "terminate");

	question_aside(q, "app, orders-api, 10.0.3.17:50412");
	question_add(q, QUESTION_RATHER, "C on 5210 frees the 22 at once and costs only the migration");
	question_add(q, QUESTION_FREES, "23 sessions: 5210 migrator, then the 22 behind it");
	question_add(q, QUESTION_LOSES, "all that its transaction wrote since 02:58:01 is rolled back");
	question_add(q, QUESTION_LAST, "UPDATE orders SET status = 'shipped'\n  WHERE id = 88412");
	question_add(q, QUESTION_IS, "idle in transaction 14m07s; cancel (C) would do nothing to it");
	question_add(q, QUESTION_THEN, "ALTER TABLE runs first and holds orders alone until it commits");
	question_add(q, QUESTION_RUNS, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity\n"
		     "WHERE pid = 4127 AND backend_start = '2026-11-21 23:31:50.184213+01';");
	return q;
}

/* As a key does it: afterwards the screen is drawn. */
static bool ask(struct stage *s, struct question *take_question)
{
	bool asked = app_ask(s->app, take_question);

	stage_keys(s, "");
	return asked;
}

static struct stage *asked(struct told *told)
{
	struct stage *s = stage_night(24, 80, "unused_indexes");
	struct question *q = drop_index();

	question_on_answer(q, tell, told);
	assert_true(ask(s, q));
	return s;
}

static void ask_drop(struct stage *s)
{
	ask(s, drop_index());
}

static void ask_terminate(struct stage *s)
{
	ask(s, terminate());
}

static const struct drawing drawings[] = {
	/* every prompt names its keys in the place of the hints: what stands beside the name gives way to a long one */
	{ .name = "question-drop-index-80", .line = 5, .stage = { .height = 24, .width = 80, .pane = "unused_indexes" },
	  .happens = ask_drop, .typed = "orders_sta" },
	{ .name = "question-terminate-80", .line = 5, .stage = { .height = 24, .width = 80, .pane = "activity" },
	  .happens = ask_terminate, .wider = true },
};

static void test_drawings(void **state)
{
	(void)state;
	drawings_check(drawings, sizeof(drawings) / sizeof(*drawings));
}

static void test_roles(void **state)
{
	struct told told = { 0 };
	struct stage *s = asked(&told);

	(void)state;
	stage_expect(s, "question-80");
	stage_resize(s, 40, 120);
	stage_expect(s, "question-120");
	stage_resize(s, 60, 200);
	stage_expect(s, "question-200");
	stage_close(s);
	/* who leaves the program does not agree */
	assert_int_equal(told.times, 1);
	assert_false(told.agreed);
}

static void test_ascii(void **state)
{
	struct stage_options o = { .height = 24, .width = 80, .ascii = true, .pane = "activity" };
	struct stage *s = stage_make(&o, night_server, night_clock());

	(void)state;
	ask_drop(s);
	stage_expect(s, "question-ascii");
	stage_close(s);
}

static void test_agreed(void **state)
{
	struct told told = { 0 };
	struct stage *s = asked(&told);

	(void)state;
	stage_type(s, NAME);
	assert_int_equal(told.times, 0);
	stage_keys(s, "Enter");
	assert_int_equal(told.times, 1);
	assert_true(told.agreed);
	assert_int_equal(s->app->nlayers, 0);
	assert_int_equal(s->app->prompt.kind, PROMPT_NONE);
	stage_keys(s, "Enter");
	assert_int_equal(told.times, 1);
	stage_close(s);
	assert_int_equal(told.times, 1);
}

/* Nothing but the whole name agrees; what else is typed is said to be wrong, and stays to be mended. */
static void test_wrong(void **state)
{
	static const char *const others[] = { "", "y", "yes", "ORDERS_STATUS_IDX", "orders_status_id", " " NAME, NAME " ", "public." NAME };
	struct told told = { 0 };
	struct stage *s = asked(&told);

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		stage_keys(s, "^U");
		stage_type(s, others[i]);
		stage_says_not(s, "That is not");
		stage_keys(s, "Enter");
		stage_says(s, "That is not " NAME "; nothing was done.");
		stage_says(s, "Type " NAME " to drop it: ");
	}
	stage_expect(s, "question-wrong");
	stage_keys(s, "^U Backspace Backspace");
	stage_says_not(s, "That is not");
	stage_says(s, "Type " NAME " to drop it: ");
	assert_int_equal(told.times, 0);
	stage_type(s, NAME);
	stage_keys(s, "Enter");
	assert_true(told.agreed);
	stage_close(s);
}

static void test_left(void **state)
{
	static const char *const ways[] = { "Esc", "^C" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct told told = { 0 };
		struct stage *s = asked(&told);
		char *before = stage_line(s, 5), *after;

		/* keys of the pane are letters here */
		stage_keys(s, "q ? Space 1 Tab : y");
		assert_false(s->app->quit);
		assert_string_equal(s->app->pane->name, "unused_indexes");
		stage_says(s, "to drop it: q? 1:y");
		stage_keys(s, ways[i]);
		assert_int_equal(told.times, 1);
		assert_false(told.agreed);
		assert_int_equal(s->app->nlayers, 0);
		after = stage_line(s, 5);
		assert_string_not_equal(before, after);
		free(before);
		free(after);
		stage_close(s);
	}
}

/* Typed before the question was drawn, by the same stroke or into the terminal: nobody has read what it says. */
static void test_typed_ahead(void **state)
{
	struct told told = { 0 };
	struct stage *s = stage_night(24, 80, "activity");
	struct question *q = terminate();

	(void)state;
	question_on_answer(q, tell, &told);
	s->typed_ahead = "4 1 2 7 Enter Esc";
	assert_true(app_ask(s->app, q));
	stage_keys(s, "4 1 2 7 Enter Esc q");
	assert_null(s->typed_ahead[0] ? s->typed_ahead : NULL);
	assert_int_equal(told.times, 0);
	assert_false(s->app->quit);
	assert_int_equal(s->app->nlayers, 1);
	assert_int_equal(s->app->prompt.text.len, 0);
	stage_keys(s, "4 1 2 7 Enter");
	assert_true(told.agreed);
	stage_close(s);
}

static void refuse_small(int height, int width, const char *says)
{
	struct told told = { 0 };
	struct stage *s = stage_night(height, width, "activity");
	struct question *q = terminate();

	question_on_answer(q, tell, &told);
	assert_false(ask(s, q));
	assert_int_equal(told.times, 1);
	assert_false(told.agreed);
	assert_int_equal(s->app->nlayers, 0);
	assert_int_equal(s->app->prompt.kind, PROMPT_NONE);
	stage_says(s, says);
	stage_close(s);
}

static void test_too_small(void **state)
{
	struct told told = { 0 };
	struct stage *s;

	(void)state;
	refuse_small(23, 80, "error  TERMINATE: its question needs 80x24, this is 80x23; nothing was done");
	refuse_small(24, 79, "error  TERMINATE: its question needs 80x24, this is 79x24; nothing was done");
	/* it becomes too small while it is asked */
	s = asked(&told);
	stage_type(s, NAME);
	stage_resize(s, 20, 80);
	assert_int_equal(told.times, 1);
	assert_false(told.agreed);
	assert_int_equal(s->app->nlayers, 0);
	stage_says(s, "error  DROP INDEX: its question needs 80x24, this is 80x20; nothing was done");
	stage_keys(s, "Enter");
	assert_false(told.agreed);
	stage_close(s);
	/* and so small that nothing is shown */
	told = (struct told){ 0 };
	s = asked(&told);
	stage_resize(s, 10, 40);
	stage_keys(s, "Enter");
	assert_int_equal(told.times, 1);
	assert_false(told.agreed);
	stage_close(s);
}

static void test_not_whole(void **state)
{
	struct stage *s = stage_night(24, 80, "unused_indexes");
	struct question *q = drop_index();

	(void)state;
	for (int i = 0; i < 6; i++)
		question_add(q, QUESTION_WARNING, "standby %d is connected: scans there are not visible here", i);
	assert_false(ask(s, q));
	stage_says(s, "error  DROP INDEX: its question does not fit 80x24 whole; nothing was done");
	stage_close(s);
	/* of what lay around a very long statement not all could be shown */
	s = stage_night(60, 200, "activity");
	q = terminate();
	{
		char *sql = mem_alloc(200001);

		memset(sql, 'x', 200000);
		sql[200000] = '\0';
		question_add(q, QUESTION_RUNS, "%s", sql);
		free(sql);
	}
	assert_false(ask(s, q));
	stage_close(s);
}

/* An act that is refused asks nothing: it says why, and what else there is. */
static void test_refused(void **state)
{
	struct told told = { 0 };
	struct stage *s = stage_night(24, 80, "unused_indexes");
	struct question *q = drop_index();

	(void)state;
	question_on_answer(q, tell, &told);
	question_refuse(q, "it backs the constraint orders_external_id_key of public.orders: dropped alone, nothing would keep the values apart",
			"ALTER TABLE public.orders DROP CONSTRAINT orders_external_id_key, if nothing needs them apart");
	assert_true(ask(s, q));
	stage_expect(s, "question-refused");
	stage_type(s, NAME);
	stage_keys(s, "Enter");
	assert_int_equal(s->app->nlayers, 1);
	/* also where it has to be scrolled */
	stage_resize(s, 15, 60);
	stage_says(s, "refused");
	stage_keys(s, "G");
	stage_says(s, "apart");
	stage_keys(s, "Esc");
	assert_int_equal(s->app->nlayers, 0);
	assert_int_equal(told.times, 1);
	assert_false(told.agreed);
	stage_close(s);
}

/* Names that PostgreSQL takes: as long as they may be, twice as wide, with blanks and marks. All of each is shown. */
static void test_names(void **state)
{
	static const char longest[] = "a_name_as_long_as_postgresql_takes_them_which_is_sixty_three_by";
	static const char wide[] = "注文の状態の索引は長い名前を持つことがある";
	static const char odd[] = "größe of e\xcc\x81 it: ";
	static const char *const names[] = { longest, wide, odd };

	(void)state;
	assert_int_equal(strlen(longest), 63);
	for (size_t i = 0; i < 3; i++) {
		struct told told = { 0 };
		struct stage *s = stage_night(24, 80, "unused_indexes");
		char *object = mem_format("%s.%s", longest, names[i]), *file = mem_format("question-name-%zu", i);
		struct question *q = question_new("DROP INDEX", object, names[i], "drop");

		question_aside(q, "on %s.%s", longest, wide);
		question_add(q, QUESTION_RUNS, "DROP INDEX CONCURRENTLY %s.\"%s\";", longest, names[i]);
		question_on_answer(q, tell, &told);
		assert_true(ask(s, q));
		stage_type(s, names[i]);
		stage_expect(s, file);
		stage_keys(s, "Backspace Enter");
		assert_int_equal(told.times, 0);
		stage_says(s, "nothing was done.");
		stage_keys(s, "^U");
		stage_type(s, names[i]);
		stage_keys(s, "Enter");
		assert_true(told.agreed);
		free(object);
		free(file);
		stage_close(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drawings), cmocka_unit_test(test_roles), cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_agreed), cmocka_unit_test(test_wrong), cmocka_unit_test(test_left),
		cmocka_unit_test(test_typed_ahead), cmocka_unit_test(test_too_small), cmocka_unit_test(test_not_whole),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_names),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

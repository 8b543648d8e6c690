/* What the tables promise: panes are found, columns fit, a key means one thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/night.h"
#include "tests/lib/stage.h"
#include "tui/commands.h"
#include "tui/commands_views.h"
#include "tui/prompt_kinds.h"

/* Each pane is found by its number and by each of its names. */
static void test_panes(void **state)
{
	struct panes *panes = panes_new();

	(void)state;
	for (size_t i = 0; i < panes->n; i++) {
		const struct pane *p = &panes->pane[i];

		assert_ptr_equal(pane_numbered(panes, p->number), p);
		assert_ptr_equal(pane_named(panes, p->name), p);
		assert_ptr_equal(pane_named(panes, p->title), p);
		assert_ptr_equal(pane_named(panes, p->tab), p);
	}
	assert_null(pane_numbered(panes, 0));
	assert_null(pane_named(panes, "nothing"));
	panes_free(panes);
}

/* Every collector's columns that are always there fit 80 cells, with room for the text. */
static void test_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < ncollectors; i++) {
		int used = 1, rest = 0;

		for (size_t k = 0; k < collectors[i]->ncolumns; k++) {
			const struct column *c = &collectors[i]->columns[k];

			if (c->flags & (COLUMN_INTERNAL | COLUMN_DATA) || c->priority != 1)
				continue;
			if (c->flags & COLUMN_REST)
				rest++;
			else
				used += 1 + (c->width ? c->width : unit_width(c->unit));
		}
		assert_int_equal(rest, 1);
		assert_true(used + 1 + 12 <= 80);
	}
}

static void check_keys(const struct command *c, struct app *app)
{
	const char *keys = c->keys;
	int32_t key;

	while (keys && (key = key_parse(&keys)) != KEY_NONE) {
		assert_int_not_equal(key, KEY_PG_OTHER);
		/* not every pane has rows tonight */
		if ((c->flags & COMMAND_NEEDS_ROW) && !app->nlayers && !app_rows(app)->nrows)
			continue;
		if (command_fits(app, c))
			assert_ptr_equal(command_for_key(app, key), c);
	}
}

/* In every place a key means one thing, and no name stands for two commands. */
static void test_commands(void **state)
{
	struct now now = night_clock();
	struct stage_options o = { .height = 24, .width = 80 };
	struct limits limits;
	struct stage *s;

	(void)state;
	limits_defaults(&limits);
	s = stage_open(&o, night_server(&limits, now), now);
	for (size_t i = 0; i < ncommands; i++) {
		assert_non_null(commands[i].run);
		assert_true(strlen(commands[i].manual) > 0 && !strchr(commands[i].name, ' '));
		assert_true(!commands[i].help == !commands[i].help_keys);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(commands[i].name, commands[k].name);
	}
	for (size_t p = 0; p < s->app->panes->n; p++) {
		const struct pane *pane = &s->app->panes->pane[p];

		app_show_pane(s->app, pane);
		for (size_t i = 0; i < ncommands; i++)
			check_keys(&commands[i], s->app);
		for (int kind = LAYER_DETAILS; kind < LAYER_KINDS; kind++) {
			app_open_layer(s->app, (enum layer_kind)kind, pane, NULL);
			assert_non_null(view_kind(app_layer(s->app))->draw);
			for (size_t i = 0; i < ncommands; i++)
				check_keys(&commands[i], s->app);
			app_close_layer(s->app);
		}
	}
	stage_close(s);
}

/* Every kind of prompt says what stands before and behind the text, which keys are no letters to it, and what Enter does. */
static void test_prompt_kinds(void **state)
{
	(void)state;
	for (int kind = PROMPT_NONE + 1; kind < PROMPT_KINDS; kind++) {
		const struct app app = { .prompt.kind = (enum prompt_kind)kind };
		const struct prompt_kind_row *row = prompt_row(&app);

		assert_true(row->finish && row->hints[0].key);
		assert_true(!row->mark == !!row->draw_mark && !row->note == !!row->add_note);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panes), cmocka_unit_test(test_columns), cmocka_unit_test(test_commands),
		cmocka_unit_test(test_prompt_kinds),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

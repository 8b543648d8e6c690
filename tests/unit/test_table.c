/* Typed rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collectors/base/memory.h"
#include "collectors/base/table.h"

enum { PID, STARTED, DATABASE, CALLS, SHARE, OWN, BLOCKED_BY, QUERY, NCOLUMNS };

static const struct column columns[NCOLUMNS] = {
	[PID] = { .name = "pid", .type = TYPE_INT, .unit = UNIT_ID, .flags = COLUMN_KEY },
	[STARTED] = { .name = "backend_start", .type = TYPE_TIME, .unit = UNIT_TIME, .flags = COLUMN_KEY },
	[DATABASE] = { .name = "database", .type = TYPE_TEXT, .flags = COLUMN_KEY | COLUMN_NAME },
	[CALLS] = { .name = "calls", .type = TYPE_INT, .unit = UNIT_COUNT, .flags = COLUMN_RATE },
	[SHARE] = { .name = "share", .type = TYPE_FLOAT, .unit = UNIT_RATIO },
	[OWN] = { .name = "own", .type = TYPE_BOOL },
	[BLOCKED_BY] = { .name = "blocked_by", .type = TYPE_LIST, .flags = COLUMN_PID_LIST },
	[QUERY] = { .name = "query", .type = TYPE_TEXT, .flags = COLUMN_LINES | COLUMN_REST },
};

static struct table *new_table(void)
{
	return table_new(columns, NCOLUMNS);
}

static size_t add(struct table *t, int64_t pid, int64_t started, const char *database)
{
	size_t row = table_add_row(t);

	table_set_int(t, row, PID, pid);
	table_set_int(t, row, STARTED, started);
	if (database)
		table_set_string(t, row, DATABASE, database);
	return row;
}

static void assert_format(const struct table *t, size_t row, size_t column, bool text, const char *expected)
{
	struct strbuf out = STRBUF_INIT;

	table_format(t, row, column, text, "…", 0, &out);
	assert_string_equal(out.text, expected);
	strbuf_free(&out);
}

static void empty(void **state)
{
	struct table *t = new_table(), *copy;

	(void)state;
	assert_int_equal(t->nrows, 0);
	assert_int_equal(table_find_key(t, "1"), -1);
	table_reorder(t, NULL);
	table_drop_rows(t, NULL);
	copy = table_copy(t);
	table_append(copy, t);
	assert_int_equal(copy->nrows, 0);
	table_free(copy);
	table_free(t);
	table_free(NULL);
}

static void set_and_read(void **state)
{
	struct table *t = new_table();
	size_t row = table_add_row(t);

	(void)state;
	for (size_t i = 0; i < NCOLUMNS; i++) {
		assert_int_equal(table_cell(t, row, i)->kind, CELL_NULL);
		assert_false(table_has(t, row, i));
		assert_int_equal(table_int(t, row, i), 0);
		assert_true(table_number(t, row, i) == 0.0);
		assert_false(table_bool(t, row, i));
		assert_string_equal(table_text(t, row, i), "");
	}
	table_set_int(t, row, PID, INT64_MAX);
	assert_true(table_int(t, row, PID) == INT64_MAX);
	table_set_float(t, row, SHARE, 0.5);
	assert_true(table_number(t, row, SHARE) == 0.5);
	table_set_float(t, row, SHARE, 1e300);
	assert_true(table_int(t, row, SHARE) == INT64_MAX);
	table_set_bool(t, row, OWN, true);
	assert_true(table_bool(t, row, OWN));
	assert_true(table_number(t, row, OWN) == 1.0);
	table_set_text(t, row, QUERY, "SELECT 1 and more", 8);
	assert_string_equal(table_text(t, row, QUERY), "SELECT 1");
	assert_int_equal(table_int(t, row, QUERY), 0);
	table_set_none(t, row, QUERY, CELL_PENDING);
	assert_false(table_has(t, row, QUERY));
	assert_string_equal(table_text(t, row, QUERY), "");

	table_set_float(t, row, SHARE, NAN);
	assert_int_equal(table_cell(t, row, SHARE)->kind, CELL_UNKNOWN);
	table_set_float(t, row, SHARE, -INFINITY);
	assert_int_equal(table_cell(t, row, SHARE)->kind, CELL_UNKNOWN);

	assert_int_equal(table_column(t, "query"), QUERY);
	assert_int_equal(table_column(t, "quer"), -1);
	table_free(t);
}

static void text_of_the_same_table(void **state)
{
	struct table *t = new_table();
	size_t row = add(t, 1, 1, "shop");

	(void)state;
	/* Each copy moves the block at some time. */
	for (int i = 0; i < 1000; i++)
		table_set_string(t, row, i % 2 ? DATABASE : QUERY, table_text(t, row, i % 2 ? QUERY : DATABASE));
	assert_string_equal(table_text(t, row, DATABASE), "shop");
	assert_string_equal(table_text(t, row, QUERY), "shop");
	table_free(t);
}

static void lists(void **state)
{
	static const struct {
		const char *list, *members, *shown;
	} cases[] = {
		{ "4127\x1f" "5210", "4127|5210|", "4127, 5210" },
		{ "4127", "4127|", "4127" },
		{ "0\x1f" "4120", "0|4120|", "prepared, 4120" },
		{ "", "", "-" },
		{ "a\x1f\x1f" "b\x1f", "a||b||", "a, , b, " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct table *t = new_table();
		size_t row = table_add_row(t), at = 0, len;
		struct strbuf out = STRBUF_INIT;
		const char *member;

		table_set_string(t, row, BLOCKED_BY, cases[i].list);
		while ((member = table_list_next(t, row, BLOCKED_BY, &at, &len))) {
			strbuf_add(&out, member, len);
			strbuf_addc(&out, '|');
		}
		assert_string_equal(out.text, cases[i].members);
		assert_format(t, row, BLOCKED_BY, false, cases[i].shown);
		at = 0;
		table_set_none(t, row, BLOCKED_BY, CELL_NULL);
		assert_null(table_list_next(t, row, BLOCKED_BY, &at, &len));
		strbuf_free(&out);
		table_free(t);
	}
}

static void rows_move(void **state)
{
	static const size_t order[] = { 3, 1, 0, 2 };
	static const bool drop[] = { false, true, false, true };
	struct table *t = new_table(), *other = new_table();

	(void)state;
	for (int i = 0; i < 4; i++)
		add(t, i, i * 10, (const char *[]){ "a", "b", "c", "d" }[i]);
	table_reorder(t, order);
	assert_int_equal(table_int(t, 0, PID), 3);
	assert_string_equal(table_text(t, 0, DATABASE), "d");
	assert_string_equal(table_text(t, 3, DATABASE), "c");
	table_drop_rows(t, drop);
	assert_int_equal(t->nrows, 2);
	assert_string_equal(table_text(t, 0, DATABASE), "d");
	assert_string_equal(table_text(t, 1, DATABASE), "a");

	add(other, 8, 8, "e");
	add(other, 9, 9, NULL);
	table_append(t, other);
	assert_int_equal(t->nrows, 4);
	assert_string_equal(table_text(t, 1, DATABASE), "a");
	assert_string_equal(table_text(t, 2, DATABASE), "e");
	assert_false(table_has(t, 3, DATABASE));
	assert_int_equal(table_int(t, 3, PID), 9);
	table_free(other);

	t->taken_us = 5;
	t->took_us = 6;
	other = table_copy(t);
	table_free(t);
	assert_int_equal(other->taken_us, 5);
	assert_int_equal(other->took_us, 6);
	assert_int_equal(other->nrows, 4);
	assert_string_equal(table_text(other, 2, DATABASE), "e");
	table_free(other);
}

static void grows(void **state)
{
	struct table *t = new_table();

	(void)state;
	for (int i = 0; i < 5000; i++) {
		char *text = mem_format("query %d", i);

		add(t, i, i, "shop");
		table_set_string(t, (size_t)i, QUERY, text);
		free(text);
	}
	for (size_t i = 0; i < 5000; i += 617) {
		char *text = mem_format("query %zu", i);

		assert_string_equal(table_text(t, i, QUERY), text);
		free(text);
	}
	table_free(t);
}

static void keys(void **state)
{
	struct table *t = new_table();
	char *key;

	(void)state;
	add(t, 4127, 1795317128184213, "shop");
	add(t, 0, 0, "xa-8812");
	add(t, 5, 6, NULL);
	key = table_key(t, 0);
	assert_string_equal(key, "4127\x1f" "1795317128184213\x1fshop");
	assert_int_equal(table_find_key(t, key), 0);
	free(key);
	key = table_key(t, 2);
	assert_string_equal(key, "5\x1f" "6\x1f");
	assert_int_equal(table_find_key(t, key), 2);
	free(key);
	assert_int_equal(table_find_key(t, "0\x1f" "0\x1fxa-8812"), 1);
	assert_int_equal(table_find_key(t, "0\x1f" "0\x1fxa-881"), -1);
	assert_int_equal(table_find_key(t, "0\x1f" "0\x1fxa-8812x"), -1);
	assert_int_equal(table_find_key(t, "0\x1f" "0"), -1);
	assert_int_equal(table_find_key(t, ""), -1);
	table_free(t);
}

/* Rows in another order are added to, dropped and copied like any others. */
static void reordered(void **state)
{
	struct table *t = new_table(), *copy;
	const size_t turned[] = { 3, 1, 0, 2 }, again[] = { 1, 0, 3, 2 };

	(void)state;
	for (int64_t i = 0; i < 4; i++)
		add(t, i, 10, "shop");
	table_reorder(t, turned);
	table_reorder(t, again);      /* 1 3 2 0 */
	table_set_int(t, 1, CALLS, 33);
	copy = table_copy(t);
	assert_int_equal(table_int(copy, 0, PID), 1);
	assert_int_equal(table_int(copy, 1, CALLS), 33);
	table_append(copy, t);
	assert_int_equal(table_int(copy, 5, CALLS), 33);
	table_reorder(t, turned);     /* 0 3 1 2 */
	table_append(t, copy);
	assert_int_equal(t->nrows, 12);
	assert_int_equal(table_int(t, 1, PID), 3);
	assert_int_equal(table_int(t, 4, PID), 1);
	table_free(copy);
	table_reorder(t, (const size_t[]){ 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 });
	assert_int_equal(table_int(t, 8, PID), 2);
	table_drop_rows(t, (const bool[]){ true, true, true, true, true, true, true, true, false, false, true, false });
	assert_int_equal(t->nrows, 3);
	assert_int_equal(table_int(t, 0, PID), 2);
	assert_int_equal(table_int(t, 1, PID), 1);
	assert_int_equal(table_int(t, 2, PID), 0);
	table_reorder(t, (const size_t[]){ 2, 1, 0 });
	assert_int_equal(add(t, 9, 9, "new"), 3);
	assert_int_equal(table_int(t, 0, PID), 0);
	assert_string_equal(table_text(t, 3, DATABASE), "new");
	table_free(t);
}

static void formats(void **state)
{
	struct table *t = new_table();
	size_t row = add(t, INT64_C(5519204417733901122), 1000000, "shop");

	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	assert_format(t, row, PID, false, "5519204417733901122");
	assert_format(t, row, STARTED, false, "00:00:01");
	assert_format(t, row, DATABASE, false, "shop");
	table_set_int(t, row, CALLS, 12401962);
	assert_format(t, row, CALLS, false, "12.4M");
	assert_format(t, row, CALLS, true, "12 401 962");
	table_set_float(t, row, SHARE, 0.124);
	assert_format(t, row, SHARE, false, "12.4%");
	table_set_int(t, row, SHARE, 1);
	assert_format(t, row, SHARE, false, "100%");
	table_set_bool(t, row, OWN, true);
	assert_format(t, row, OWN, false, "yes");
	table_set_bool(t, row, OWN, false);
	assert_format(t, row, OWN, false, "no");
	table_set_string(t, row, QUERY, "SELECT\n  1");
	assert_format(t, row, QUERY, false, "SELECT\n  1");
	table_set_none(t, row, QUERY, CELL_NULL);
	assert_format(t, row, QUERY, false, "-");
	table_set_none(t, row, QUERY, CELL_UNKNOWN);
	assert_format(t, row, QUERY, true, "?");
	table_set_none(t, row, QUERY, CELL_PENDING);
	assert_format(t, row, QUERY, true, "…");
	table_free(t);
}

static int sign_of(int c)
{
	return (c > 0) - (c < 0);
}

static void compares(void **state)
{
	struct table *t = new_table();

	(void)state;
	for (int i = 0; i < 6; i++)
		add(t, i, 0, "x");
	table_set_int(t, 0, SHARE, 1);
	table_set_float(t, 1, SHARE, 1.5);
	table_set_int(t, 2, SHARE, 2);
	table_set_none(t, 3, SHARE, CELL_UNKNOWN);
	table_set_none(t, 4, SHARE, CELL_PENDING);
	table_set_int(t, 5, SHARE, 2);
	for (int a = 0; a < 3; a++) {
		for (int b = 0; b < 3; b++) {
			assert_int_equal(sign_of(table_compare(t, (size_t)a, (size_t)b, SHARE, false)), sign_of(a - b));
			assert_int_equal(sign_of(table_compare(t, (size_t)a, (size_t)b, SHARE, true)), sign_of(b - a));
		}
		/* last whichever way is sorted */
		assert_true(table_compare(t, (size_t)a, 3, SHARE, false) < 0);
		assert_true(table_compare(t, (size_t)a, 3, SHARE, true) < 0);
		assert_true(table_compare(t, 4, (size_t)a, SHARE, false) > 0);
		assert_true(table_compare(t, 4, (size_t)a, SHARE, true) > 0);
	}
	assert_int_equal(table_compare(t, 3, 4, SHARE, true), 0);
	assert_int_equal(table_compare(t, 2, 5, SHARE, true), 0);

	/* without losing what a double would */
	table_set_int(t, 0, CALLS, INT64_MAX);
	table_set_int(t, 1, CALLS, INT64_MAX - 1);
	assert_true(table_compare(t, 0, 1, CALLS, false) > 0);
	table_set_string(t, 0, DATABASE, "crm");
	table_set_string(t, 1, DATABASE, "shop");
	assert_true(table_compare(t, 0, 1, DATABASE, false) < 0);
	assert_true(table_compare(t, 0, 1, DATABASE, true) > 0);
	table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty),
		cmocka_unit_test(set_and_read),
		cmocka_unit_test(text_of_the_same_table),
		cmocka_unit_test(lists),
		cmocka_unit_test(rows_move),
		cmocka_unit_test(grows),
		cmocka_unit_test(keys),
		cmocka_unit_test(reordered),
		cmocka_unit_test(formats),
		cmocka_unit_test(compares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

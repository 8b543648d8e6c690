/* The order of a pane's rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "tui/panes/table_pane.h"

enum { ID, COUNT, SHARE, MIXED, NAME, QUERY, NCOLUMNS };

static const struct column columns[NCOLUMNS] = {
	[ID] = { .name = "id", .type = TYPE_INT, .flags = COLUMN_KEY },
	[COUNT] = { .name = "count", .type = TYPE_INT, .flags = COLUMN_SORT },
	[SHARE] = { .name = "share", .type = TYPE_FLOAT },
	[MIXED] = { .name = "mixed", .type = TYPE_FLOAT },
	[NAME] = { .name = "name", .type = TYPE_TEXT },
	[QUERY] = { .name = "query", .type = TYPE_TEXT },
};

static const struct collector flat = { .name = "flat", .columns = columns, .ncolumns = NCOLUMNS };
static const struct collector nested = { .name = "nested", .columns = columns, .ncolumns = NCOLUMNS, .tree = true };

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void fill_mixed(struct table *t, size_t row, uint32_t r)
{
	switch (r % 6) {
	case 0:
		table_set_int(t, row, MIXED, r % 5 - 2);
		break;
	case 1:
		table_set_float(t, row, MIXED, r % 2 ? 0.0 : -0.0);
		break;
	case 2:
		table_set_float(t, row, MIXED, r % 9 - 4.5);
		break;
	case 3:
		table_set_string(t, row, MIXED, r % 4 ? "a" : "");
		break;
	case 4:
		table_set_none(t, row, MIXED, CELL_UNKNOWN);
		break;
	default:
		break;
	}
}

/* Texts that begin alike, end in each other, are empty, or hold bytes above 127. */
static char *some_text(uint32_t *seed)
{
	static const char *const words[] = { "SELECT", " ", "FROM orders_", "a", "aaaaaaaa", "é", "\xff", "x.y, ", "aaaaaaa" };
	struct strbuf b = STRBUF_INIT;

	for (uint32_t n = next(seed) % 12; n > 0; n--)
		strbuf_adds(&b, words[next(seed) % (next(seed) % 3 ? 5 : sizeof(words) / sizeof(*words))]);
	return strbuf_take(&b);
}

static struct table *many(size_t nrows, uint32_t seed)
{
	struct table *t = table_new(columns, NCOLUMNS);

	for (size_t row = 0; row < nrows; row++) {
		char *name = some_text(&seed), *query = some_text(&seed);

		table_add_row(t);
		table_set_int(t, row, ID, (int64_t)row);
		table_set_int(t, row, COUNT, next(&seed) % 50 ? next(&seed) % 40 : INT64_MIN + (int64_t)(next(&seed) % 2) * INT64_MAX);
		table_set_float(t, row, SHARE, (double)next(&seed) / 1e5 - 80);
		fill_mixed(t, row, next(&seed));
		table_set_string(t, row, NAME, name);
		if (next(&seed) % 9)
			table_set_string(t, row, QUERY, query);
		free(name);
		free(query);
	}
	return t;
}

/* Against the comparison of two cells, one by one. */
static void sorted(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 20; seed++) {
		struct table *t = many(seed * 17 % 400, seed);
		size_t *order = mem_zero(t->nrows + 1, sizeof(*order));

		for (int column = 0; column < NCOLUMNS; column++) {
			for (int down = 0; down < 2; down++) {
				struct view view = { .sorted = true, .sort_column = column, .sort_down = down };

				table_row_order(&flat, &view, t, order);
				for (size_t i = 1; i < t->nrows; i++) {
					int c = table_compare(t, order[i - 1], order[i], (size_t)column, down);

					assert_true(c < 0 || (c == 0 && order[i - 1] < order[i]));
				}
			}
		}
		free(order);
		table_free(t);
	}
}

/* Until a person sorts, rows stand as the collector left them; those of a tree always do. */
static void unsorted(void **state)
{
	struct table *t = many(100, 7);
	struct view view = { 0 };
	size_t order[100];
	bool down = false;

	(void)state;
	table_row_order(&flat, &view, t, order);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(order[i], i);
	assert_int_equal(table_sort_column(&flat, &view, &down), COUNT);
	assert_true(down);
	view = (struct view){ .sorted = true, .sort_column = COUNT };
	table_row_order(&nested, &view, t, order);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(order[i], i);
	assert_int_equal(table_sort_column(&nested, &view, &down), -1);
	table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted),
		cmocka_unit_test(unsorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Since when rows show their signs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "collectors/base/signs.h"

static const struct column columns[] = {
	{ .name = "pid", .type = TYPE_INT, .flags = COLUMN_KEY },
	{ .name = "sign", .type = TYPE_INT, .flags = COLUMN_INTERNAL },
};

static struct table *table_of(const int64_t (*rows)[2], size_t n)
{
	struct table *t = table_new(columns, 2);

	for (size_t i = 0; i < n; i++) {
		table_add_row(t);
		table_set_int(t, i, 0, rows[i][0]);
		table_set_int(t, i, 1, rows[i][1]);
	}
	return t;
}

#define LOOK(s, now, ...) look(s, (const int64_t[][2]){ __VA_ARGS__ }, sizeof((const int64_t[][2]){ __VA_ARGS__ }) / 16, now)

static struct table *look(struct signs **s, const int64_t (*rows)[2], size_t n, int64_t now_us)
{
	struct table *t = table_of(rows, n);

	signs_look(s, t, now_us);
	return t;
}

static void test_since(void **state)
{
	struct signs *s = NULL, *copy;
	struct table *t;

	(void)state;
	/* what was there when first looked at is not new */
	t = LOOK(&s, 100, { 1, SIGN_WARNING }, { 2, SIGN_NONE });
	assert_int_equal(signs_since(s, t, 0), 0);
	assert_int_equal(signs_since(s, t, 1), 0);
	assert_int_equal(signs_next(s, 0), 0);
	table_free(t);
	/* a sign where there was none, another one, and a row that comes with one; in another order */
	t = LOOK(&s, 200, { 3, SIGN_WAITS }, { 2, SIGN_ROOT }, { 1, SIGN_CRITICAL }, { 4, SIGN_NONE }, { 5, SIGN_HIDDEN });
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(signs_since(s, t, i), i < 3 ? 200 : 0);
	table_free(t);
	/* what stays so is no newer for it; what comes back is */
	t = LOOK(&s, 300, { 2, SIGN_ROOT }, { 3, SIGN_NONE }, { 5, SIGN_WAITS });
	assert_int_equal(signs_since(s, t, 0), 200);
	assert_int_equal(signs_since(s, t, 2), 300);
	assert_int_equal(signs_next(s, 0), 200);
	assert_int_equal(signs_next(s, 200), 300);
	assert_int_equal(signs_next(s, 300), 0);
	copy = signs_copy(s);
	assert_int_equal(signs_since(copy, t, 0), 200);
	table_free(t);
	t = LOOK(&s, 400, { 3, SIGN_WAITS });
	assert_int_equal(signs_since(s, t, 0), 400);
	assert_int_equal(signs_since(copy, t, 0), 0);
	table_free(t);
	signs_free(copy);
	signs_free(s);
	assert_null(signs_copy(NULL));
}

/* Thousands of rows, in no order, each as it was. */
static void test_many(void **state)
{
	enum { MANY = 5000 };
	struct table *t = table_new(columns, 2);
	struct signs *s = NULL;

	(void)state;
	signs_look(&s, t, 1);
	for (size_t i = 0; i < MANY; i++) {
		table_add_row(t);
		table_set_int(t, i, 0, (int64_t)i * 7919);
		table_set_int(t, i, 1, i % 3 ? SIGN_WAITS : SIGN_NONE);
		if (i == MANY / 2)
			signs_look(&s, t, 2);
	}
	signs_look(&s, t, 3);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(signs_since(s, t, i), i % 3 ? (i <= MANY / 2 ? 2 : 3) : 0);
	table_free(t);
	signs_free(s);
}

/* Rows without a column of signs have none. */
static void test_no_signs(void **state)
{
	struct table *t = table_new(columns, 1);
	struct signs *s = NULL;

	(void)state;
	table_add_row(t);
	table_set_int(t, 0, 0, 1);
	signs_look(&s, t, 1);
	signs_look(&s, t, 2);
	assert_int_equal(signs_since(s, t, 0), 0);
	assert_int_equal(signs_since(NULL, t, 0), 0);
	table_free(t);
	signs_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_since), cmocka_unit_test(test_many), cmocka_unit_test(test_no_signs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

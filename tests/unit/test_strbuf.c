/* The string that grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/strbuf.h"

static void starts_empty(void **state)
{
	struct strbuf b = STRBUF_INIT;
	char *s;

	(void)state;
	assert_string_equal(b.text, "");
	strbuf_add(&b, NULL, 0);
	strbuf_adds(&b, "");
	strbuf_reset(&b);
	strbuf_cut(&b, 0);
	assert_string_equal(b.text, "");
	s = strbuf_take(&b);
	assert_string_equal(s, "");
	free(s);
	strbuf_addf(&b, "%s", "");
	assert_string_equal(b.text, "");
	strbuf_free(&b);
	strbuf_free(&b);
}

static void grows(void **state)
{
	struct strbuf b = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(b.len, i);
		strbuf_addc(&b, (char)('a' + i % 26));
		assert_int_equal(strlen(b.text), i + 1);
		assert_true(b.size > b.len);
	}
	strbuf_cut(&b, 3);
	assert_string_equal(b.text, "abc");
	strbuf_add(&b, "d\0e", 3);
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.text, "abcd\0e", 7);
	strbuf_reset(&b);
	assert_string_equal(b.text, "");
	assert_int_equal(b.len, 0);
	strbuf_free(&b);
	assert_string_equal(b.text, "");
}

static void formats(void **state)
{
	struct strbuf b = STRBUF_INIT;

	(void)state;
	/* lengths around every size of the block */
	for (int i = 0; i < 300; i++) {
		strbuf_addf(&b, "%*d", i, 7);
		assert_int_equal(strlen(b.text), b.len);
		assert_int_equal(b.len, i ? i : 1);
		if (i % 3 == 0)
			strbuf_free(&b);
		else
			strbuf_reset(&b);
	}
	strbuf_reset(&b);
	strbuf_adds(&b, "pid ");
	strbuf_addf(&b, "%d of %s", 4127, "app");
	assert_string_equal(b.text, "pid 4127 of app");
	strbuf_addf(&b, "%s", "");
	assert_string_equal(b.text, "pid 4127 of app");
	strbuf_free(&b);
}

static void is_taken(void **state)
{
	struct strbuf b = STRBUF_INIT;
	char *s;

	(void)state;
	strbuf_adds(&b, "mine");
	s = strbuf_take(&b);
	assert_string_equal(s, "mine");
	assert_string_equal(b.text, "");
	strbuf_adds(&b, "next");
	assert_string_equal(b.text, "next");
	assert_string_equal(s, "mine");
	free(s);
	strbuf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_empty),
		cmocka_unit_test(grows),
		cmocka_unit_test(formats),
		cmocka_unit_test(is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Names of keys. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/screen/key.h"

static void parses_a_list(void **state)
{
	static const int32_t expected[] = {
		'a', 'K', KEY_CTRL('F'), KEY_PG_ENTER, KEY_PG_ESCAPE, KEY_PG_TAB, KEY_PG_BACK_TAB, ' ', KEY_PG_UP,
		KEY_PG_PAGE_DOWN, '^', '\\', 0xe9, KEY_CTRL('\\'), KEY_PG_OTHER, KEY_NONE, KEY_NONE,
	};
	const char *p = "a K ^F Enter Esc Tab S-Tab Space Up PgDn ^ \\  é ^\\ Nonsense";

	(void)state;
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		assert_int_equal(key_parse(&p), expected[i]);
}

static void labels_are_what_help_shows(void **state)
{
	char buf[16];

	(void)state;
	assert_string_equal(key_label(KEY_PG_DOWN, 0, buf), "↓");
	assert_string_equal(key_label(KEY_PG_DOWN, 1, buf), "Down");
	assert_string_equal(key_label(KEY_PG_ENTER, 0, buf), "Enter");
	assert_string_equal(key_label(KEY_CTRL('L'), 0, buf), "^L");
	assert_string_equal(key_label(' ', 0, buf), "Space");
	assert_string_equal(key_label('q', 0, buf), "q");
	assert_string_equal(key_label(0x65e5, 0, buf), "日");
	assert_string_equal(key_label(KEY_PG_OTHER, 0, buf), "?");
}

static void labels_in_ascii_parse_again(void **state)
{
	char buf[16];

	(void)state;
	for (int32_t key = 1; key < 0x7f; key++) {
		const char *p = key_label(key, 1, buf);

		assert_int_equal(key_parse(&p), key);
	}
	for (int32_t key = KEY_PG_FIRST; key < KEY_PG_OTHER; key++) {
		const char *p = key_label(key, 1, buf);

		assert_int_equal(key_parse(&p), key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_a_list),
		cmocka_unit_test(labels_are_what_help_shows),
		cmocka_unit_test(labels_in_ascii_parse_again),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The canvas: clipping, wide characters and combining marks, ASCII stand-ins. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/base/table.h"
#include "tui/screen/canvas.h"

static void assert_line(const struct canvas *c, int y, const char *expected)
{
	char *line = canvas_line(c, y);

	assert_string_equal(line, expected);
	free(line);
}

static void puts_and_gives_the_column_behind(void **state)
{
	struct canvas *c = canvas_new(2, 20, false);

	(void)state;
	assert_int_equal(canvas_put(c, 0, 2, -1, ROLE_DIM, "orders"), 8);
	assert_int_equal(canvas_putf(c, 0, 9, -1, ROLE_TEXT, "%d of %d", 3, 47), 16);
	assert_line(c, 0, "  orders 3 of 47");
	assert_int_equal(canvas_at(c, 0, 2)->role, ROLE_DIM);
	assert_int_equal(canvas_at(c, 0, 9)->role, ROLE_TEXT);
	canvas_put_right(c, 1, 20, -1, ROLE_TEXT, "38/s");
	assert_line(c, 1, "                38/s");
	canvas_free(c);
}

static void never_writes_outside(void **state)
{
	struct canvas *c = canvas_new(1, 5, false);

	(void)state;
	canvas_put(c, -1, 0, -1, ROLE_TEXT, "above");
	canvas_put(c, 1, 0, -1, ROLE_TEXT, "below");
	canvas_put(c, 0, 9, -1, ROLE_TEXT, "right");
	canvas_put(c, 0, -3, -1, ROLE_TEXT, "left");
	canvas_clip_end(c, 0, 7, 3, ROLE_TEXT, "outside");
	canvas_clip_middle(c, 5, 0, 3, ROLE_TEXT, "outside");
	canvas_role(c, 0, -4, 100, ROLE_TEXT);
	canvas_underline(c, 3, 0, 2);
	canvas_blank(c, -2, 3, 90, ROLE_TEXT);
	assert_line(c, 0, "t");
	assert_line(c, 7, "");
	assert_null(canvas_at(c, 0, 5));
	canvas_resize(c, 0, 0);
	canvas_put(c, 0, 0, -1, ROLE_TEXT, "nothing");
	canvas_free(c);
}

static void cuts_with_a_mark(void **state)
{
	struct canvas *c = canvas_new(1, 12, false);

	(void)state;
	canvas_clip_end(c, 0, 0, 8, ROLE_TEXT, "SELECT 1");
	assert_line(c, 0, "SELECT 1");
	canvas_clip_end(c, 0, 0, 8, ROLE_TEXT, "SELECT 12");
	assert_line(c, 0, "SELECT …");
	canvas_clear(c);
	canvas_clip_list(c, 0, 0, 10, ROLE_TEXT, "25204, 25203");
	assert_line(c, 0, "25204, …");
	canvas_clear(c);
	canvas_clip_middle(c, 0, 0, 9, ROLE_TEXT, "orders_status_idx");
	assert_string_equal(canvas_ellipsis(c), "…");
	assert_int_equal(canvas_at(c, 0, 8)->c, 'x');
	canvas_clear(c);
	canvas_clip_end(c, 0, 0, 40, ROLE_TEXT, "to the edge and beyond");
	assert_line(c, 0, "to the edge…");
	canvas_free(c);
}

static void wide_characters_never_straddle(void **state)
{
	struct canvas *c = canvas_new(1, 6, false);

	(void)state;
	canvas_put(c, 0, 0, 5, ROLE_TEXT, "日本語");
	assert_line(c, 0, "日本");
	assert_int_equal(canvas_at(c, 0, 1)->c, 0);
	assert_int_equal(canvas_at(c, 0, 4)->c, ' ');
	canvas_clip_end(c, 0, 0, 4, ROLE_TEXT, "日本語");
	assert_line(c, 0, "日 …");
	/* half of one overwritten is none */
	canvas_clear(c);
	canvas_put(c, 0, 0, -1, ROLE_TEXT, "日本");
	canvas_put(c, 0, 1, -1, ROLE_TEXT, "x");
	assert_line(c, 0, " x本");
	canvas_put(c, 0, 2, -1, ROLE_TEXT, "y");
	assert_line(c, 0, " xy");
	canvas_free(c);
}

static void marks_join_the_cell_before(void **state)
{
	struct canvas *c = canvas_new(1, 6, false);

	(void)state;
	assert_int_equal(canvas_put(c, 0, 0, 2, ROLE_TEXT, "ne\u0301"), 2);
	assert_line(c, 0, "ne\u0301");
	assert_int_equal(canvas_at(c, 0, 1)->marks[0], 0x301);
	canvas_put(c, 0, 0, -1, ROLE_TEXT, "a\u0301\u0302\u0303\u0304");
	assert_line(c, 0, "a\u0301\u0302\u0303e\u0301");
	canvas_free(c);
}

static void line_feeds_are_blanks(void **state)
{
	struct canvas *c = canvas_new(1, 10, false);

	(void)state;
	canvas_put(c, 0, 0, -1, ROLE_TEXT, "a\n\tb");
	assert_line(c, 0, "a  b");
	canvas_free(c);
}

static void ascii_only_where_asked(void **state)
{
	struct canvas *c = canvas_new(1, 30, true);

	(void)state;
	canvas_put(c, 0, 0, -1, ROLE_TEXT, "■ ≥9d ≤ × → ├└│─ é日 …");
	assert_line(c, 0, "! >9d < x > |+|- ??? >");
	assert_string_equal(canvas_sign(c, SIGN_ROOT), "@");
	assert_string_equal(canvas_sign(c, 99), " ");
	assert_string_equal(canvas_ellipsis(c), ">");
	canvas_clear(c);
	canvas_clip_end(c, 0, 0, 4, ROLE_TEXT, "orders");
	assert_line(c, 0, "ord>");
	canvas_clear(c);
	canvas_clip_list(c, 0, 0, 10, ROLE_TEXT, "25204, 25203");
	assert_line(c, 0, "25204, >");
	canvas_free(c);
}

static void sparks_have_gaps_and_seven_levels(void **state)
{
	static const int levels[] = { -1, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct canvas *c = canvas_new(1, 10, false);

	(void)state;
	canvas_spark(c, 0, 0, levels, 10, ROLE_SPARK);
	assert_line(c, 0, " ▁▁▂▃▄▅▆▇▇");
	c->ascii = true;
	canvas_spark(c, 0, 5, levels, 10, ROLE_SPARK);
	assert_line(c, 0, " ▁▁▂▃ __.:");
	canvas_free(c);
}

static void roles_and_underlines_stay_in_their_cells(void **state)
{
	struct canvas *c = canvas_new(2, 4, false);

	(void)state;
	canvas_role(c, 0, 1, 2, ROLE_SELECTION);
	canvas_underline(c, 1, 2, -1);
	assert_int_equal(canvas_at(c, 0, 0)->role, ROLE_TEXT);
	assert_int_equal(canvas_at(c, 0, 1)->role, ROLE_SELECTION);
	assert_int_equal(canvas_at(c, 0, 3)->role, ROLE_TEXT);
	assert_int_equal(canvas_at(c, 1, 1)->underline, 0);
	assert_int_equal(canvas_at(c, 1, 3)->underline, 1);
	canvas_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_and_gives_the_column_behind),
		cmocka_unit_test(never_writes_outside),
		cmocka_unit_test(cuts_with_a_mark),
		cmocka_unit_test(wide_characters_never_straddle),
		cmocka_unit_test(marks_join_the_cell_before),
		cmocka_unit_test(line_feeds_are_blanks),
		cmocka_unit_test(ascii_only_where_asked),
		cmocka_unit_test(sparks_have_gaps_and_seven_levels),
		cmocka_unit_test(roles_and_underlines_stay_in_their_cells),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

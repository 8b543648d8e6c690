/* SQL laid out for reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "tui/panes/sql_text.h"

static int compare_spans(const void *a, const void *b)
{
	const struct sql_span *x = a, *y = b;

	return x->line != y->line ? x->line - y->line : x->x - y->x;
}

/* The layout as text; ASCII only. */
static char *laid_out(const char *sql, int width, bool wrap)
{
	struct sql_layout l;
	struct strbuf b = STRBUF_INIT;
	int line = 0, x = 0;

	sql_layout(&l, sql, width, wrap);
	if (l.nspans)
		qsort(l.spans, l.nspans, sizeof(*l.spans), compare_spans);
	for (size_t i = 0; i < l.nspans; i++) {
		for (; line < l.spans[i].line; line++, x = 0)
			strbuf_addc(&b, '\n');
		for (; x < l.spans[i].x; x++)
			strbuf_addc(&b, ' ');
		strbuf_add(&b, l.spans[i].text, (size_t)l.spans[i].cells);
		x += l.spans[i].cells;
		if (wrap)
			assert_true(x <= (width > 8 ? width : 8));
	}
	assert_true(line < l.lines);
	sql_layout_clear(&l);
	return strbuf_take(&b);
}

static void expect(const char *sql, int width, const char *text)
{
	char *got = laid_out(sql, width, true);

	assert_string_equal(got, text);
	free(got);
}

static void test_lines(void **state)
{
	(void)state;
	expect("", 40, "");
	expect("SELECT 1", 40, "SELECT 1");
	expect("SELECT a\n  FROM b", 40, "SELECT a\n  FROM b");
	expect("SELECT a, b FROM t WHERE x = 1", 20, "SELECT a, b\nFROM t\nWHERE x = 1");
	expect("DELETE FROM t WHERE a IS DISTINCT FROM b", 30, "DELETE FROM t\nWHERE a IS DISTINCT FROM b");
	expect("UPDATE t SET a = (SELECT b FROM c) WHERE d", 30, "UPDATE t\nSET a = (SELECT b FROM c)\nWHERE d");
	expect("SELECT 'a\nb'", 40, "SELECT 'a\nb'");
}

static void test_wrap(void **state)
{
	char *cut;

	(void)state;
	expect("WHERE  o.a IN ('DE', 'FR', 'NL', 'AT',\n'x')", 24, "WHERE  o.a IN ('DE',\n         'FR', 'NL',\n         'AT',\n'x')");
	expect("abcdefghijklmnopqrst", 10, "abcdefghij\n    klmnop\n    qrst");
	cut = laid_out("SELECT a, b, c, d, e\nFROM t", 10, false);
	assert_string_equal(cut, "SELECT a, b, c, d, e\nFROM t");
	free(cut);
}

static void test_tokens(void **state)
{
	static const struct {
		const char *sql;
		enum sql_kind kind;
		size_t len;
	} rows[] = {
		{ "select", SQL_KEYWORD, 6 }, { "selected", SQL_WORD, 8 }, { "'it''s' x", SQL_LITERAL, 7 }, { "E'a\\'b' x", SQL_LITERAL, 7 },
		{ "$1", SQL_LITERAL, 2 }, { "$tag$ a $ $tag$ x", SQL_LITERAL, 15 }, { "$$ open", SQL_LITERAL, 7 }, { "$", SQL_OTHER, 1 },
		{ "1.5e-3+", SQL_LITERAL, 6 }, { ".5", SQL_LITERAL, 2 }, { "-- to the end\nx", SQL_COMMENT, 13 },
		{ "/* a /* b */ c */ d", SQL_COMMENT, 17 }, { "/* open", SQL_COMMENT, 7 }, { "\"a\"\"b\" c", SQL_OTHER, 6 }, { "'open", SQL_LITERAL, 5 },
		{ "::", SQL_OTHER, 1 }, { "  x", SQL_BLANK, 2 }, { "\nx", SQL_NEWLINE, 1 }, { "h\xc3\xa9 ", SQL_WORD, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *p = rows[i].sql;
		struct sql_token t = sql_next(&p);

		if (t.kind != rows[i].kind || t.len != rows[i].len)
			fail_msg("%s: kind %d, %zu bytes", rows[i].sql, (int)t.kind, t.len);
		assert_ptr_equal(p, rows[i].sql + t.len);
	}
}

/* Whatever the text, the layout ends, stays within the width and keeps every visible character. */
static void test_any(void **state)
{
	static const char some[] = "SELECT FROM ( ) ' \" $ $$ -- /* */ \n \t a 1 é 漢 , ";

	(void)state;
	srandom(7);
	for (int i = 0; i < 3000; i++) {
		struct strbuf b = STRBUF_INIT;
		struct sql_layout l;
		int width = 1 + (int)(random() % 60);

		for (int n = (int)(random() % 40); n > 0; n--) {
			size_t at = (size_t)random() % sizeof(some), len = 1 + (size_t)random() % 6;

			for (; len && at < sizeof(some) - 1; len--)
				strbuf_addc(&b, some[at++]);
		}
		sql_layout(&l, b.text, width, random() % 4);
		for (size_t k = 0; k < l.nspans; k++)
			assert_true(l.spans[k].line < l.lines && l.spans[k].text >= b.text && l.spans[k].text < b.text + b.len);
		sql_layout_clear(&l);
		strbuf_free(&b);
	}
}

static void test_long(void **state)
{
	char *long_one = mem_alloc(1000001);
	struct sql_layout l;

	(void)state;
	for (int i = 0; i < 1000000; i++)
		long_one[i] = "SELECT a, "[i % 10];
	long_one[1000000] = '\0';
	sql_layout(&l, long_one, 80, true);
	assert_true(l.left_out > 900000 && l.left_out < 1000000);
	sql_layout_clear(&l);
	free(long_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines), cmocka_unit_test(test_wrap), cmocka_unit_test(test_tokens), cmocka_unit_test(test_any),
		cmocka_unit_test(test_long),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

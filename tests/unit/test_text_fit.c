/* Text made to fit, and found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "collectors/base/text.h"

#define DAY "\xe6\x97\xa5"      /* two cells */
#define ACUTE "\xcc\x81"        /* none */

struct clip {
	const char *s;
	int cells;
	const char *end, *middle;
};

static const struct clip clips[] = {
	{ "", 0, "", "" },
	{ "", 5, "", "" },
	{ "abc", 3, "abc", "abc" },
	{ "abc", 9, "abc", "abc" },
	{ "abcd", 3, "ab…", "a…d" },
	{ "abcd", 2, "a…", "…d" },
	{ "abcd", 1, "…", "…" },
	{ "abcd", 0, "", "" },
	{ "abcd", -3, "", "" },
	{ "orders_user_id_created_at_idx", 20, "orders_user_id_crea…", "orders_us…ted_at_idx" },

	/* wide characters never straddle an edge */
	{ DAY DAY, 4, DAY DAY, DAY DAY },
	{ DAY DAY DAY, 5, DAY DAY "…", DAY "…" DAY },
	{ DAY DAY DAY, 4, DAY " …", "…" DAY },
	{ DAY DAY DAY, 3, DAY "…", "…" DAY },
	{ DAY DAY, 2, " …", "…" },
	{ DAY, 1, "…", "…" },
	{ "a" DAY "b", 3, "a …", "a…b" },

	/* marks stay with their character, at either side of the cut */
	{ "e" ACUTE "e" ACUTE "e" ACUTE, 3, "e" ACUTE "e" ACUTE "e" ACUTE, "e" ACUTE "e" ACUTE "e" ACUTE },
	{ "e" ACUTE "e" ACUTE "e" ACUTE, 2, "e" ACUTE "…", "…e" ACUTE },
	{ "e" ACUTE "e" ACUTE "e" ACUTE "e" ACUTE, 3, "e" ACUTE "e" ACUTE "…", "e" ACUTE "…e" ACUTE },
};

static void clipping(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(clips) / sizeof(clips[0]); i++) {
		const struct clip *c = &clips[i];
		struct strbuf out = STRBUF_INIT;

		text_clip_end(&out, c->s, c->cells, "…");
		assert_string_equal(out.text, c->end);
		strbuf_reset(&out);
		text_clip_middle(&out, c->s, c->cells, "…");
		assert_string_equal(out.text, c->middle);
		strbuf_free(&out);
	}
}

/* A list is cut between its members: half a number is another one. */
static void clipping_lists(void **state)
{
	static const struct {
		const char *s;
		int cells;
		const char *cut;
	} lists[] = {
		{ "", 5, "" },
		{ "25204, 2", 10, "25204, 2" },
		{ "25204, 252", 10, "25204, 252" },
		{ "25204, 25203", 10, "25204, …" },
		{ "1, 2, 3, 4, 5", 10, "1, 2, 3, …" },
		{ "25204, 25203", 7, "25204,…" },
		{ "25204, 25203", 6, "25204…" },
		{ "25204, 25203", 5, "2520…" },
		{ "prepared, 25203", 10, "prepared,…" },
		{ "4194304, 25203", 10, "4194304, …" },
		{ "25204, 25203", 1, "…" },
		{ "25204, 25203", 0, "" },
		{ "25204, 25203", -1, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct strbuf out = STRBUF_INIT;

		text_clip_list(&out, lists[i].s, lists[i].cells, "…");
		assert_string_equal(out.text, lists[i].cut);
		strbuf_free(&out);
	}
}

static void clipping_never_exceeds(void **state)
{
	const char *text = "a" DAY "e" ACUTE DAY "bcd" DAY "e" ACUTE ACUTE "f";

	(void)state;
	for (int cells = -1; cells < 20; cells++) {
		struct strbuf out = STRBUF_INIT;

		text_clip_end(&out, text, cells, ">");
		assert_true(text_cells(out.text) <= (cells > 0 ? cells : 0));
		strbuf_reset(&out);
		text_clip_middle(&out, text, cells, ">");
		assert_true(text_cells(out.text) <= (cells > 0 ? cells : 0));
		strbuf_free(&out);
	}
}

static void one_line(void **state)
{
	static const struct {
		const char *sql;
		size_t max;
		const char *expected;
	} cases[] = {
		{ "", 0, "" },
		{ "  \n\t ", 0, "" },
		{ "SELECT 1", 0, "SELECT 1" },
		{ "\n  SELECT\n\t a,  b\n  FROM t \n", 0, "SELECT a, b FROM t" },
		{ "-- who did this\n-- and why\nSELECT 1", 0, "SELECT 1" },
		{ "/* app:orders */ /* more */\n SELECT 1", 0, "SELECT 1" },
		{ "/* a /* nested */ comment */SELECT 1", 0, "SELECT 1" },
		{ "SELECT /* inside */ 1 -- end", 0, "SELECT /* inside */ 1 -- end" },
		{ "-1", 0, "-1" },
		{ "/", 0, "/" },

		/* nothing else is there */
		{ "-- ping", 0, "-- ping" },
		{ "/* cut off by the serv", 0, "/* cut off by the serv" },
		{ " /* a */ -- b\n", 0, "/* a */ -- b" },

		/* stops early, between two characters, without a blank at the end */
		{ "SELECT 1", 6, "SELECT" },
		{ "SELECT 1", 7, "SELECT" },
		{ "SELECT 1", 8, "SELECT 1" },
		{ "SELECT 1", 100, "SELECT 1" },
		{ DAY DAY DAY, 4, DAY DAY },
		{ DAY DAY DAY, 1, DAY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf out = STRBUF_INIT;

		strbuf_adds(&out, "before: ");
		text_one_line(&out, cases[i].sql, cases[i].max);
		assert_string_equal(out.text + 8, cases[i].expected);
		strbuf_free(&out);
	}
}

static void one_line_of_a_megabyte(void **state)
{
	size_t n = 1 << 20;
	char *sql = mem_alloc(n + 1);
	struct strbuf out = STRBUF_INIT;

	(void)state;
	memset(sql, 'x', n);
	sql[n] = '\0';
	text_one_line(&out, sql, 200);
	assert_int_equal(out.len, 200);
	strbuf_free(&out);
	free(sql);
}

static void finding_text(void **state)
{
	static const struct {
		const char *haystack, *needle;
		int at;
	} cases[] = {
		{ "abc", "", 0 },
		{ "", "", 0 },
		{ "", "a", -1 },
		{ "SELECT Orders", "select", 0 },
		{ "select orders", "ORDERS", 7 },
		{ "aaab", "aab", 1 },
		{ "abc", "abcd", -1 },
		{ "abc", "x", -1 },
		{ "a[b", "[", 1 },
		{ "a{", "[", -1 },        /* 0x20 apart, but no letters */
		{ "x " DAY, DAY, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *found = text_find(cases[i].haystack, cases[i].needle);

		assert_int_equal(found ? found - cases[i].haystack : -1, cases[i].at);
	}
}

struct lines {
	const char *s;
	int cells;
	const char *lines;   /* each ended by | */
};

static const struct lines broken[] = {
	{ "", 5, "" },
	{ "abc", 5, "abc|" },
	{ "one two", 7, "one two|" },
	{ "one two", 6, "one|two|" },
	{ "one two", 3, "one|two|" },
	{ "one   two", 4, "one |two|" },
	{ "a bc de", 4, "a bc|de|" },
	{ "abcdefgh", 3, "abc|def|gh|" },
	{ "ab cdefgh", 4, "ab|cdef|gh|" },
	{ "  indented text", 10, "  indented|text|" },
	/* a figure keeps its unit, and all its digits */
	{ "cache 96%, temp 0 B, WAL 3 MB", 17, "cache 96%, temp|0 B, WAL 3 MB|" },
	{ "longest 7312 ms; 28 846 997 rows", 13, "longest|7312 ms;|28 846 997|rows|" },
	{ "written 12 kB/s", 11, "written|12 kB/s|" },
	{ "every 30 s, 43 d", 8, "every|30 s,|43 d|" },
	{ "4 sessions 2 Bs 12 3456", 10, "4 sessions|2 Bs 12|3456|" },
	{ "7312 ms", 5, "7312|ms|" },
	{ "28 846 997", 8, "28 846|997|" },
	/* a wide character stays whole, marks stay with theirs */
	{ DAY DAY DAY, 3, DAY "|" DAY "|" DAY "|" },
	{ DAY, 1, DAY "|" },
	{ "e" ACUTE "e" ACUTE, 1, "e" ACUTE "|e" ACUTE "|" },
};

static void breaking(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		const char *rest = broken[i].s;
		struct strbuf out = STRBUF_INIT;

		while (*rest) {
			size_t len = text_fitting(rest, strlen(rest), broken[i].cells);

			strbuf_add(&out, rest, len);
			strbuf_addc(&out, '|');
			rest += len;
			rest += strspn(rest, " ");
		}
		assert_string_equal(out.text, broken[i].lines);
		strbuf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clipping), cmocka_unit_test(clipping_lists), cmocka_unit_test(breaking),
		cmocka_unit_test(clipping_never_exceeds),
		cmocka_unit_test(one_line),
		cmocka_unit_test(one_line_of_a_megabyte),
		cmocka_unit_test(finding_text),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

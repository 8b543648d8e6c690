/* Hostile text made visible, and how wide text is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/strbuf.h"
#include "collectors/base/text.h"

#define BAD "\xef\xbf\xbd"

static void put_utf8(struct strbuf *b, unsigned c)
{
	if (c < 0x80) {
		strbuf_addc(b, (char)c);
	} else if (c < 0x800) {
		strbuf_addc(b, (char)(0xc0 | c >> 6));
		strbuf_addc(b, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		strbuf_addc(b, (char)(0xe0 | c >> 12));
		strbuf_addc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		strbuf_addc(b, (char)(0x80 | (c & 0x3f)));
	} else {
		strbuf_addc(b, (char)(0xf0 | c >> 18));
		strbuf_addc(b, (char)(0x80 | (c >> 12 & 0x3f)));
		strbuf_addc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		strbuf_addc(b, (char)(0x80 | (c & 0x3f)));
	}
}

static void assert_clean(const char *s, size_t n, unsigned flags, const char *expected)
{
	struct strbuf out = STRBUF_INIT;

	strbuf_adds(&out, "before:");
	text_clean(&out, s, n, flags);
	assert_memory_equal(out.text, "before:", 7);
	assert_string_equal(out.text + 7, expected);
	assert_int_equal(strlen(out.text), out.len);
	strbuf_free(&out);
}

static void clean_texts(void **state)
{
	static const struct {
		const char *s;
		unsigned flags;
		const char *expected;
	} cases[] = {
		{ "", 0, "" },
		{ "plain ASCII ~!\"\\", 0, "plain ASCII ~!\"\\" },
		{ "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80", 0,
		  "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80" },
		{ "\x1b[31mred\x1b]0;title\x07", 0, "\\x1b[31mred\\x1b]0;title\\x07" },
		{ "a\nb\tc", 0, "a\\x0ab\\x09c" },
		{ "a\nb\tc", TEXT_LINES, "a\nb\tc" },
		{ "a\r\nb\rc\r", TEXT_LINES, "a\nb\\x0dc\\x0d" },
		{ "a\r\nb", 0, "a\\x0ab" },
		{ "a\r\r\nb", TEXT_LINES, "a\\x0d\nb" },
		{ "a\x1f" "b", 0, "a\\x1fb" },
		{ "a\x1f" "b\x1e", TEXT_LIST, "a\x1f" "b\\x1e" },
		{ "\x7f", TEXT_LINES, "\\x7f" },
		{ "\xc2\x9b" "31m\xc2\x85", 0, "\\u009b31m\\u0085" },
		{ "\xe2\x80\xae" "evil", 0, "<U+202E>evil" },
		{ "\xf3\xa0\x81\x81", 0, "<U+E0041>" },
		{ "\xee\x82\xa0", 0, "<U+E0A0>" },
		{ "\xef\xbf\xbe", 0, "<U+FFFE>" },
		{ "\xf4\x8f\xbf\xbf", 0, "<U+10FFFF>" },

		/* not UTF-8: one sign a run */
		{ "\xff", 0, BAD },
		{ "a\xff\xfe\xfd" "b\x80", 0, "a" BAD "b" BAD },
		{ "\xc0\xaf", 0, BAD },                    /* overlong / */
		{ "\xc1\xbf", 0, BAD },
		{ "\xe0\x80\xaf", 0, BAD },
		{ "\xe0\x9f\xbf", 0, BAD },
		{ "\xf0\x80\x80\xaf", 0, BAD },
		{ "\xf0\x8f\xbf\xbf", 0, BAD },
		{ "\xed\xa0\x80", 0, BAD },                /* surrogates */
		{ "\xed\xbf\xbf", 0, BAD },
		{ "\xf4\x90\x80\x80", 0, BAD },            /* above 10FFFF */
		{ "\xf8\x88\x80\x80\x80", 0, BAD },
		{ "\xe2\x82", 0, BAD },                    /* cut off */
		{ "\xf0\x9f\x98", 0, BAD },
		{ "\xe2\x82z", 0, BAD "z" },
		{ "\xe2\x82\xe2\x82\xac", 0, BAD "\xe2\x82\xac" },
		{ "\xff\x1b\xff", 0, BAD "\\x1b" BAD },
		{ "\xff" BAD, 0, BAD BAD },

		/* combining marks: not first, three in a row */
		{ "e\xcc\x81", 0, "e\xcc\x81" },
		{ "\xcc\x81" "e", 0, "<U+0301>e" },
		{ "\xcc\x81\xcc\x82" "e", 0, "<U+0301><U+0302>e" },
		{ "e\xe2\x80\xae\xcc\x81", 0, "e<U+202E><U+0301>" },
		{ "e\x1b\xcc\x81", 0, "e\\x1b<U+0301>" },
		{ "\n\xcc\x81", TEXT_LINES, "\n<U+0301>" },
		{ "a\x1f\xcc\x81", TEXT_LIST, "a\x1f<U+0301>" },
		{ "e\xcc\x81\xcc\x82\xcc\x83", 0, "e\xcc\x81\xcc\x82\xcc\x83" },
		{ "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85x\xcc\x81", 0,
		  "e\xcc\x81\xcc\x82\xcc\x83<U+0304><U+0305>x\xcc\x81" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_clean(cases[i].s, strlen(cases[i].s), cases[i].flags, cases[i].expected);
}

static void clean_nul_inside(void **state)
{
	(void)state;
	assert_clean("a\0b", 3, 0, "a\\x00b");
	assert_clean("a\0b\0", 4, TEXT_LINES, "a\\x00b\\x00");
	assert_clean("abc", 2, 0, "ab");
	/* Nothing behind the given length is looked at. */
	assert_clean("\xe2\x82\xac", 2, 0, BAD);
	assert_clean("\r\n", 1, TEXT_LINES, "\\x0d");
}

static void clean_every_control(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 0xa0; c++) {
		struct strbuf in = STRBUF_INIT;
		char expected[16];

		if (c >= 0x20 && c < 0x7f)
			continue;
		put_utf8(&in, c);
		snprintf(expected, sizeof(expected), c < 0x80 ? "\\x%02x" : "\\u%04x", c);
		assert_clean(in.text, in.len, 0, expected);
		if (c != '\n' && c != '\t')
			assert_clean(in.text, in.len, TEXT_LINES, expected);
		strbuf_free(&in);
	}
}

/*
 * Unicode's category Cf, the Default_Ignorable_Code_Point characters, separators, private use,
 * noncharacters.
 */
static const struct {
	unsigned first, last;
} hostile[] = {
	{ 0xad, 0xad }, { 0x600, 0x605 }, { 0x61c, 0x61c }, { 0x6dd, 0x6dd }, { 0x70f, 0x70f }, { 0x890, 0x891 },
	{ 0x8e2, 0x8e2 }, { 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x202a, 0x202e }, { 0x2060, 0x2064 },
	{ 0x2066, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
	{ 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0001, 0xe0001 }, { 0xe0020, 0xe007f },
	{ 0x34f, 0x34f }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x2065, 0x2065 },
	{ 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfff8 }, { 0xe0000, 0xe0fff },
	{ 0x2028, 0x2029 }, { 0xe000, 0xe0ff }, { 0xf800, 0xf8ff }, { 0xf0000, 0xf00ff }, { 0x10ff00, 0x10ffff },
	{ 0xfdd0, 0xfdef }, { 0xfffe, 0xffff }, { 0x1fffe, 0x1ffff }, { 0xeFFFE, 0xeFFFF },
};

static void clean_every_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		for (unsigned c = hostile[i].first; c <= hostile[i].last; c++) {
			struct strbuf in = STRBUF_INIT;
			char expected[24];

			strbuf_addc(&in, 'x');
			put_utf8(&in, c);
			snprintf(expected, sizeof(expected), "x<U+%04X>", c);
			assert_clean(in.text, in.len, TEXT_LINES | TEXT_LIST, expected);
			strbuf_free(&in);
		}
	}
}

/*
 * What comes out can be shown: whatever goes in, every character has a width, and cleaning it
 * again changes nothing.
 */
static void clean_all_of_unicode(void **state)
{
	struct strbuf in = STRBUF_INIT, out = STRBUF_INIT, again = STRBUF_INIT;

	(void)state;
	for (unsigned c = 1; c < 0x30000; c++) {
		if (c >= 0xd800 && c < 0xe000)
			continue;
		strbuf_addc(&in, 'x');
		put_utf8(&in, c);
	}
	text_clean(&out, in.text, in.len, 0);
	text_clean(&again, out.text, out.len, 0);
	assert_string_equal(out.text, again.text);
	for (const char *p = out.text; *p;) {
		uint32_t c = text_next(&p);

		assert_true(c >= 0x20 && c != 0x7f && (c < 0x80 || c >= 0xa0));
	}
	strbuf_free(&in);
	strbuf_free(&out);
	strbuf_free(&again);
}

static void clean_random_bytes(void **state)
{
	unsigned long seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char bytes[64];
		size_t n = (size_t)round % sizeof(bytes);
		struct strbuf out = STRBUF_INIT;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 6364136223846793005ul + 1442695040888963407ul;
			bytes[i] = (char)(seed >> 56);
		}
		text_clean(&out, bytes, n, 0);
		for (const char *p = out.text; *p;) {
			const char *start = p;

			if (text_next(&p) == 0xfffd)
				assert_memory_equal(start, BAD, 3);
		}
		strbuf_free(&out);
	}
}

static void cleaned_strings(void **state)
{
	char *s = text_cleaned("a\x1b\n", TEXT_LINES);

	(void)state;
	assert_string_equal(s, "a\\x1b\n");
	free(s);
	s = text_cleaned("", 0);
	assert_string_equal(s, "");
	free(s);
	assert_null(text_cleaned(NULL, 0));
}

static void next_characters(void **state)
{
	static const char text[] = "a\xc3\xbc\xe6\x97\xa5\xf0\x9f\x98\x80\xff\xe2\x82";
	static const uint32_t expected[] = { 'a', 0xfc, 0x65e5, 0x1f600, 0xfffd, 0xfffd, 0xfffd };
	const char *p = text;

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(text_next(&p), expected[i]);
	assert_ptr_equal(p, text + sizeof(text) - 1);
	assert_int_equal(text_next(&p), 0);
	assert_int_equal(text_next(&p), 0);
	assert_ptr_equal(p, text + sizeof(text) - 1);
}

static void widths(void **state)
{
	(void)state;
	assert_int_equal(text_char_cells('a'), 1);
	assert_int_equal(text_char_cells('\n'), 1);
	assert_int_equal(text_char_cells(0xfc), 1);
	assert_int_equal(text_char_cells(0x301), 0);
	assert_int_equal(text_char_cells(0x65e5), 2);
	assert_int_equal(text_char_cells(0x1f600), 2);
	assert_int_equal(text_char_cells(0x378), 1);   /* not assigned */
	assert_int_equal(text_cells(""), 0);
	assert_int_equal(text_cells("abc"), 3);
	assert_int_equal(text_cells("gr\xc3\xbc\xc3\x9f"), 4);
	assert_int_equal(text_cells("e\xcc\x81\xe6\x97\xa5"), 3);
	assert_int_equal(text_cells("\xff"), 1);
}

static void unicode_usable(void **state)
{
	(void)state;
	assert_true(text_locale_is_utf8());
	assert_true(text_unicode_usable("xterm-256color"));
	assert_true(text_unicode_usable(NULL));
	assert_false(text_unicode_usable("linux"));
}

/* In a locale that is not UTF-8 every character is one cell; what is hostile is still found. */
static void other_locale(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_ALL, "C"));
	assert_false(text_locale_is_utf8());
	assert_false(text_unicode_usable("xterm-256color"));
	assert_int_equal(text_char_cells(0x65e5), 1);
	assert_int_equal(text_cells("\xe6\x97\xa5\xe6\x9c\xac"), 2);
	assert_clean("\xe6\x97\xa5\xe2\x80\xae\xc2\x9b\xff", 9, 0, "\xe6\x97\xa5<U+202E>\\u009b" BAD);
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_texts),
		cmocka_unit_test(clean_nul_inside),
		cmocka_unit_test(clean_every_control),
		cmocka_unit_test(clean_every_hostile),
		cmocka_unit_test(clean_all_of_unicode),
		cmocka_unit_test(clean_random_bytes),
		cmocka_unit_test(cleaned_strings),
		cmocka_unit_test(next_characters),
		cmocka_unit_test(widths),
		cmocka_unit_test(unicode_usable),
		cmocka_unit_test(other_locale),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

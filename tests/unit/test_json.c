/* JSON that a person wrote, and the places of its mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/base/json.h"

static void syntax_errors(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "{\"a\": foo}", "f:1:7: invalid token near 'foo'" },
		{ "{\"a\" 1}", "f:1:6: ':' expected near '1'" },
		{ "{\n  \"a\": 1,\n  \"a\": 2}", "f:3:3: duplicate object key near '\"a\"'" },
		{ "{\"\xc3\xa4\": \"\xc3\xbc\" \"xyz\"}", "f:1:11: '}' expected near '\"xyz\"'" },
		{ "", "f:1:1: '[' or '{' expected near end of file" },
		{ "{", "f:1:2: string or '}' expected near end of file" },
		{ "{\"a\": 1,}", "f:1:9: string or '}' expected near '}'" },
		{ "{\n\n\"a\": 12\n", "f:4:1: '}' expected near end of file" },
		{ "[1] x", "f:1:5: end of file expected near 'x'" },
		{ "3", "f:1:1: '[' or '{' expected near '3'" },
		{ "{\"a\":\xff}", "f:1:6: unable to decode byte 0xff" },
		{ "{\"a\": \xe2\x80\xae}", "f:1:7: invalid token near '<U+202E>'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_text j;
		struct strbuf error = STRBUF_INIT;

		assert_false(json_text_parse(&j, "f", cases[i].text, strlen(cases[i].text), &error));
		assert_string_equal(error.text, cases[i].expected);
		json_text_free(&j);
		strbuf_free(&error);
	}
}

static const char document[] =
	"{\n"
	"\t\"theme\": \"dark\",\n"
	"  \"limits\" : {\n"
	"    \"lock_wait_s\": [1, 10],\n"
	"    \"\\u00e9\\\"t\\u00E9\": \"\xe6\x97\xa5\xe6\x9c\xac \\\" } ]\", \"next\": {},\n"
	"    \"\\ud83d\\ude00\": -1.5e3\n"
	"  },\n"
	"  \"panes\": [ { \"name\": \"activity\" }, [ [], [ true, null ], {} ],\n"
	"             \"last\" ],\n"
	"  \"\": 0, \"\xc3\xbc\xc3\xbc\": {\"a\": 1, \"b\": 2}\n"
	"}\n";

static void places(void **state)
{
	static const struct {
		const char *path[5];
		bool at_name;
		const char *expected;
	} cases[] = {
		{ { NULL }, false, "f:1:1: " },
		{ { "theme" }, false, "f:2:11: " },
		{ { "theme" }, true, "f:2:2: " },
		{ { "limits" }, false, "f:3:14: " },
		{ { "limits", "lock_wait_s" }, false, "f:4:20: " },
		{ { "limits", "lock_wait_s" }, true, "f:4:5: " },
		{ { "limits", "lock_wait_s", "0" }, false, "f:4:21: " },
		{ { "limits", "lock_wait_s", "1" }, false, "f:4:24: " },

		/* names as decoded, columns in characters */
		{ { "limits", "\xc3\xa9\"t\xc3\xa9" }, false, "f:5:24: " },
		{ { "limits", "\xc3\xa9\"t\xc3\xa9" }, true, "f:5:5: " },
		{ { "limits", "next" }, true, "f:5:37: " },
		{ { "limits", "next" }, false, "f:5:45: " },
		{ { "limits", "\xf0\x9f\x98\x80" }, false, "f:6:21: " },
		{ { "\xc3\xbc\xc3\xbc", "b" }, false, "f:10:30: " },
		{ { "" }, false, "f:10:7: " },

		/* arrays in arrays */
		{ { "panes", "0", "name" }, false, "f:8:24: " },
		{ { "panes", "1" }, false, "f:8:38: " },
		{ { "panes", "1", "0" }, false, "f:8:40: " },
		{ { "panes", "1", "1", "1" }, false, "f:8:52: " },
		{ { "panes", "1", "2" }, false, "f:8:60: " },
		{ { "panes", "2" }, false, "f:9:14: " },

		/* what is missing is missing in the innermost thing that is there */
		{ { "limits", "no_such" }, false, "f:3:14: " },
		{ { "limits", "no_such", "deeper" }, true, "f:3:14: " },
		{ { "limits", "next", "a" }, false, "f:5:45: " },
		{ { "panes", "3" }, false, "f:8:12: " },
		{ { "panes", "1", "0", "0" }, false, "f:8:40: " },
		{ { "theme", "x" }, false, "f:2:11: " },
	};
	struct json_text j;
	struct strbuf error = STRBUF_INIT;

	(void)state;
	assert_true(json_text_parse(&j, "f", document, strlen(document), &error));
	assert_string_equal(error.text, "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf out = STRBUF_INIT;

		json_text_place(&j, cases[i].path, cases[i].at_name, &out);
		assert_string_equal(out.text, cases[i].expected);
		strbuf_free(&out);
	}
	json_text_free(&j);
	strbuf_free(&error);
}

static void files(void **state)
{
	char directory[] = "/tmp/pgtop-json-XXXXXX", file[64], expected[128];
	struct json_text j;
	struct strbuf error = STRBUF_INIT;
	bool missing;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(file, sizeof(file), "%s/a.json", directory);
	assert_false(json_text_load(&j, file, &missing, &error));
	assert_true(missing);
	snprintf(expected, sizeof(expected), "%s: No such file or directory", file);
	assert_string_equal(error.text, expected);
	json_text_free(&j);

	/* nobody writes into it: to open it must not wait */
	strbuf_reset(&error);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_false(json_text_load(&j, file, &missing, &error));
	assert_false(missing);
	assert_non_null(strstr(error.text, "a.json: not a regular file"));
	assert_int_equal(unlink(file), 0);

	strbuf_reset(&error);
	assert_false(json_text_load(&j, directory, &missing, &error));
	assert_false(missing);
	assert_non_null(strstr(error.text, ": Is a directory"));

	strbuf_reset(&error);
	assert_false(json_text_load(&j, "/dev/zero", &missing, &error));
	assert_false(missing);
	assert_string_equal(error.text, "/dev/zero: not a regular file");

	f = fopen(file, "w");
	assert_non_null(f);
	fputs("{\"a\": [1, 2]}", f);
	fclose(f);
	strbuf_reset(&error);
	assert_true(json_text_load(&j, file, &missing, &error));
	assert_false(missing);
	assert_string_equal(j.file, file);
	assert_int_equal(json_array_size(json_object_get(j.root, "a")), 2);
	json_text_free(&j);
	assert_null(j.root);

	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(directory), 0);
	strbuf_free(&error);
}

/* A file's name is hostile too. */
static void file_name_is_cleaned(void **state)
{
	struct json_text j;
	struct strbuf out = STRBUF_INIT;
	const char *path[] = { NULL };

	(void)state;
	assert_false(json_text_parse(&j, "a\x1b", "{", 1, &out));
	assert_memory_equal(out.text, "a\\x1b:1:2: ", 11);
	strbuf_reset(&out);
	assert_true(json_text_parse(&j, "a\x1b", " []", 3, &out));
	json_text_place(&j, path, false, &out);
	assert_string_equal(out.text, "a\\x1b:1:2: ");
	json_text_free(&j);
	strbuf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syntax_errors),
		cmocka_unit_test(places),
		cmocka_unit_test(files),
		cmocka_unit_test(file_name_is_cleaned),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

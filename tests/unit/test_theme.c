/* Themes: the compiled-in ones are whole and readable, and a broken file is told where and what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/base/strbuf.h"
#include "tui/screen/theme.h"

static void every_builtin_theme_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < nbuiltin_themes; i++) {
		const struct builtin_theme *b = &builtin_themes[i];
		struct strbuf error = STRBUF_INIT;
		struct theme *t = theme_parse(b->name, b->json, b->len, &error);

		assert_string_equal(error.text, "");
		assert_non_null(t);
		assert_string_equal(t->name, b->name);
		theme_free(t);
		strbuf_free(&error);
	}
	assert_null(theme_builtin("no such theme"));
}

static void dark_light_and_mono_are_there(void **state)
{
	struct theme *dark = theme_builtin("dark"), *light = theme_builtin("light"), *mono = theme_builtin("mono");

	(void)state;
	assert_false(dark->light);
	assert_true(light->light);
	assert_int_equal(dark->style[ROLE_CRITICAL].fg, 210);
	assert_int_equal(dark->style[ROLE_CRITICAL].attributes, STYLE_BOLD);
	assert_int_equal(dark->style[ROLE_CRITICAL].fg8, 1);
	assert_int_equal(dark->style[ROLE_TEXT].fg, -1);
	assert_int_equal(dark->style[ROLE_ROOT].attributes8, STYLE_BOLD | STYLE_UNDERLINE);
	assert_int_equal(light->style[ROLE_TAB].bg, 26);
	for (int i = 0; i < ROLE_COUNT; i++) {
		assert_int_equal(mono->style[i].fg, -1);
		assert_int_equal(mono->style[i].bg, -1);
		assert_int_equal(mono->style[i].attributes, mono->style[i].mono);
	}
	theme_free(dark);
	theme_free(light);
	theme_free(mono);
}

/* The dark theme with one piece of its text replaced. */
static char *broken(const char *from, const char *to)
{
	struct strbuf out = STRBUF_INIT;
	const char *json = NULL, *place;

	for (size_t i = 0; i < nbuiltin_themes; i++)
		if (strcmp(builtin_themes[i].name, "dark") == 0)
			json = builtin_themes[i].json;
	assert_non_null(json);
	place = strstr(json, from);
	assert_non_null(place);
	strbuf_add(&out, json, (size_t)(place - json));
	strbuf_adds(&out, to);
	strbuf_adds(&out, place + strlen(from));
	return strbuf_take(&out);
}

static void a_broken_file_is_told_where(void **state)
{
	static const struct {
		const char *from, *to, *says[3];
	} cases[] = {
		{ "\"fg\": 210", "\"fg\": 9", { "my.json:11:", "role \"critical\", \"fg\"", "16 to 255" } },
		{ "\"fg\": 210", "\"fg\": \"red\"", { "my.json:11:", "role \"critical\"", "16 to 255" } },
		{ "\"fg8\": \"red\"", "\"fg8\": \"pink\"", { "my.json:11:", "\"fg8\"", "magenta" } },
		{ "\"fg8\": \"red\"", "\"fb8\": \"red\"", { "my.json:11:", "\"fb8\"", "one of fg, bg" } },
		{ "\"bold\": true", "\"bold\": 1", { "my.json:9:", "role \"tab\", \"bold\"", "true or false" } },
		{ "\"mono\": []", "\"mono\": [\"blink\"]", { "my.json:5:", "role \"text\", \"mono\"", "underline" } },
		{ "\"mono\": []", "\"mono\": \"bold\"", { "my.json:5:", "role \"text\", \"mono\"", "a list" } },
		{ "\"critical\":", "\"catastrophic\":", { "my.json:11:", "role \"catastrophic\"", "name of a role" } },
		{ "\"rule\":      {", "\"x\": {", { "my.json:26:", "role \"x\"", "name of a role" } },
		{ "\"ground\": \"dark\"", "\"ground\": \"grey\"", { "my.json:3:", "\"ground\"", "\"light\"" } },
		{ "\"name\": \"dark\"", "\"name\": 3", { "my.json:2:", "\"name\"", "string" } },
		{ "\"ground\"", "\"grounds\"", { "my.json:3:", "expected one of", "ground" } },
		{ "\"roles\": {", "\"roles\": 7, \"more\": {", { "my.json:4:", "expected", "roles" } },
		{ "248,", "248", { "my.json:6:", "", "" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct strbuf error = STRBUF_INIT;
		char *text = broken(cases[i].from, cases[i].to);

		assert_null(theme_parse("my.json", text, strlen(text), &error));
		for (int j = 0; j < 3; j++)
			if (!strstr(error.text, cases[i].says[j]))
				fail_msg("\"%s\" does not say \"%s\"", error.text, cases[i].says[j]);
		free(text);
		strbuf_free(&error);
	}
}

static void a_missing_role_is_told(void **state)
{
	struct strbuf error = STRBUF_INIT;
	char *text = broken(",\n    \"rule\":      { \"fg\": 242, \"mono\": [] }", "");

	(void)state;
	assert_null(theme_parse("my.json", text, strlen(text), &error));
	assert_non_null(strstr(error.text, "my.json:4:"));
	assert_non_null(strstr(error.text, "role \"rule\" is missing"));
	free(text);
	strbuf_reset(&error);
	assert_null(theme_parse("my.json", "[]", 2, &error));
	assert_non_null(strstr(error.text, "my.json:1:1: expected an object"));
	strbuf_reset(&error);
	assert_null(theme_load("/nowhere/my.json", &error));
	assert_non_null(strstr(error.text, "/nowhere/my.json"));
	strbuf_free(&error);
}

static void the_ground_chooses(void **state)
{
	(void)state;
	assert_string_equal(theme_default_name(NULL), "dark");
	assert_string_equal(theme_default_name("15;0"), "dark");
	assert_string_equal(theme_default_name("0;15"), "light");
	assert_string_equal(theme_default_name("0;default;15"), "light");
	assert_string_equal(theme_default_name("0;7"), "light");
	assert_string_equal(theme_default_name("12;8"), "dark");
	assert_string_equal(theme_default_name("0;default"), "dark");
	assert_string_equal(theme_default_name(""), "dark");
}

static void roles_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < ROLE_COUNT; i++) {
		assert_int_equal(role_find(role_name((enum role)i)), i);
		assert_true(strlen(role_use((enum role)i)) > 0);
	}
	assert_int_equal(role_find("nothing"), ROLE_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_builtin_theme_is_whole),
		cmocka_unit_test(dark_light_and_mono_are_there),
		cmocka_unit_test(a_broken_file_is_told_where),
		cmocka_unit_test(a_missing_role_is_told),
		cmocka_unit_test(the_ground_chooses),
		cmocka_unit_test(roles_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

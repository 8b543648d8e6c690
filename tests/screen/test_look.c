/* `t` and :theme: seen at once, from wherever the focus is; a bad one is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/night.h"
#include "tests/lib/stage.h"

static struct stage *open_screen(void)
{
	const struct stage_options o = { .height = 24, .width = 80, .theme = "dark" };

	return stage_make(&o, night_server, night_clock());
}

static void seen_at_once(void **state)
{
	static const char *const keys[] = { "t", "3 t", "Enter t", "Esc ? t", "Space t" };
	static const char *const themes[] = { "high-contrast", "light", "mono", "colour-blind", "dark" };
	struct stage *s = open_screen();

	(void)state;
	assert_null(s->theme);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		stage_keys(s, keys[i]);
		assert_string_equal(s->theme->name, themes[i]);
		stage_says(s, "note  theme ");
		stage_says(s, themes[i]);
	}
	stage_pass(s, 9);
	stage_says_not(s, "theme dark");
	stage_close(s);
}

static void say(struct stage *s, const char *line)
{
	stage_type(s, line);
	stage_keys(s, "Enter");
}

static void named(void **state)
{
	struct stage *s = open_screen();

	(void)state;
	say(s, ":theme mono");
	assert_string_equal(s->theme->name, "mono");
	say(s, ":theme pink");
	assert_string_equal(s->theme->name, "mono");
	stage_says(s, "error  no theme pink; there are colour-blind dark high-contrast light mono");
	/* An error stands until a key. */
	stage_pass(s, 60);
	stage_says(s, "error  no theme pink");
	say(s, ":theme");
	assert_string_equal(s->theme->name, "colour-blind");
	stage_close(s);
}

static void without_colours(void **state)
{
	const struct stage_options o = { .height = 24, .width = 120, .theme = "dark", .no_color = true };
	struct stage *s = stage_make(&o, night_server, night_clock());

	(void)state;
	stage_keys(s, "t");
	stage_says(s, "theme high-contrast");
	stage_says(s, "; without colours all look the same");
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(seen_at_once), cmocka_unit_test(named),
		cmocka_unit_test(without_colours) };

	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("XDG_CONFIG_HOME", "/nowhere", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

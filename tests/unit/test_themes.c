/*
 * The themes of themes/ held to the figures that were promised of them: read on every ground people have, told
 * apart by eyes that lack one kind of cone, and never by colour alone.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/colour.h"
#include "tui/screen/theme.h"

struct ground {
	const char *name;
	int rgb;
	int text;   /* what such a terminal writes in, where a theme says nothing */
};

static const struct ground dark_grounds[] = {
	{ "black", 0x000000, 0xd0d0d0 }, { "#1e1e1e", 0x1e1e1e, 0xd4d4d4 }, { "#262626", 0x262626, 0xd0d0d0 },
	{ "Solarized", 0x002b36, 0x839496 }, { "One", 0x282c34, 0xabb2bf }, { "Dracula", 0x282a36, 0xf8f8f2 },
	{ "Gruvbox", 0x282828, 0xebdbb2 }, { "aubergine", 0x300a24, 0xffffff }, { "Nord", 0x2e3440, 0xd8dee9 },
};
static const struct ground light_grounds[] = {
	{ "white", 0xffffff, 0x000000 }, { "#fafafa", 0xfafafa, 0x383a42 }, { "#eeeeee", 0xeeeeee, 0x000000 },
	{ "Solarized", 0xfdf6e3, 0x586e75 }, { "Gruvbox", 0xfbf1c7, 0x3c3836 },
};
enum {
	DARK_GROUNDS = sizeof(dark_grounds) / sizeof(*dark_grounds),
	LIGHT_GROUNDS = sizeof(light_grounds) / sizeof(*light_grounds),
};

/* What each theme promises. A figure that gets better is to be promised from then on. */
static const struct promise {
	const char *theme;
	double text;         /* the lowest contrast of a pair of colours that is read */
	double spark;        /* of sparklines and bars, which are not read: graphics need 3 */
	double difference;   /* the smallest between the roles of `told_apart`, whoever looks */
} promises[] = {
	{ "dark", 4.60, 3.31, 8.7 },
	{ "light", 4.94, 3.25, 12.0 },
	{ "colour-blind", 4.60, 3.31, 14.2 },
	{ "high-contrast", 9.07, 17.78, 5.1 },
};
enum { PROMISES = sizeof(promises) / sizeof(*promises) };

static const enum role told_apart[] = { ROLE_CRITICAL, ROLE_WARNING, ROLE_BLOCKED, ROLE_ACCENT, ROLE_OK, ROLE_TEXT };
enum { TOLD_APART = sizeof(told_apart) / sizeof(*told_apart) };

/* `done` is the accent there: the two never stand in one place, and a seventh colour that all eyes tell is not to be had. */
static bool is_one(const struct theme *t, enum role a, enum role b)
{
	return strcmp(t->name, "colour-blind") == 0 && a == ROLE_ACCENT && b == ROLE_OK;
}

static size_t grounds_of(const struct theme *t, const struct ground **grounds)
{
	*grounds = t->light ? light_grounds : dark_grounds;
	return t->light ? LIGHT_GROUNDS : DARK_GROUNDS;
}

/* The contrast of a role on a ground; 21 where both are the terminal's own. */
static double contrast_of(const struct style *s, const struct ground *g)
{
	if (s->fg < 0 && s->bg < 0)
		return 21;
	return colour_contrast(s->fg < 0 ? g->text : theme_rgb(s->fg), s->bg < 0 ? g->rgb : theme_rgb(s->bg));
}

/* The lowest on all grounds; *where is that ground. */
static double worst_contrast(const struct theme *t, enum role role, const char **where)
{
	const struct ground *grounds;
	size_t n = grounds_of(t, &grounds);
	double worst = 22;

	for (size_t i = 0; i < n; i++) {
		double contrast = contrast_of(&t->style[role], &grounds[i]);

		if (contrast < worst) {
			worst = contrast;
			*where = grounds[i].name;
		}
	}
	return worst;
}

/* To a hundredth: neither less than is promised, nor more, which would be a promise that nobody knows of. */
static void assert_figure(const char *theme, const char *what, double got, double promised, double step)
{
	if (fabs(got - promised) > step / 2 + 1e-9)
		fail_msg("%s: %s is %.2f, promised is %.2f", theme, what, got, promised);
}

static void all_text_can_be_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROMISES; i++) {
		struct theme *t = theme_builtin(promises[i].theme);
		double lowest = 22, spark;
		const char *where = "";

		assert_non_null(t);
		for (int role = 0; role < ROLE_COUNT; role++) {
			double contrast = worst_contrast(t, (enum role)role, &where);

			/* Rules are decoration. */
			if (role == ROLE_SPARK || role == ROLE_RULE)
				continue;
			if (contrast < promises[i].text - 0.005)
				fail_msg("%s: %s has a contrast of %.2f on %s", t->name, role_name((enum role)role), contrast, where);
			lowest = fmin(lowest, contrast);
		}
		spark = worst_contrast(t, ROLE_SPARK, &where);
		assert_figure(t->name, "the lowest contrast of text", lowest, promises[i].text, 0.01);
		assert_figure(t->name, "the contrast of sparklines", spark, promises[i].spark, 0.01);
		assert_true(spark >= 3);
		theme_free(t);
	}
}

static int seen_as(const struct theme *t, enum role role)
{
	return t->style[role].fg >= 0 ? theme_rgb(t->style[role].fg) : t->light ? 0x000000 : 0xd0d0d0;
}

static double smallest_difference(const struct theme *t, enum eye eye)
{
	double smallest = 1000;

	for (size_t i = 0; i < TOLD_APART; i++) {
		for (size_t k = i + 1; k < TOLD_APART; k++) {
			struct lab one = colour_seen(seen_as(t, told_apart[i]), eye);
			struct lab other = colour_seen(seen_as(t, told_apart[k]), eye);

			if (!is_one(t, told_apart[i], told_apart[k]))
				smallest = fmin(smallest, lab_difference(one, other));
		}
	}
	return smallest;
}

static void all_eyes_tell_them_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROMISES; i++) {
		struct theme *t = theme_builtin(promises[i].theme);
		double smallest = 1000;

		for (int eye = 0; eye < EYE_COUNT; eye++) {
			double difference = smallest_difference(t, (enum eye)eye);

			if (difference < promises[i].difference - 0.05)
				fail_msg("%s: to %s eyes two roles differ by %.1f only", t->name, eye_name((enum eye)eye), difference);
			smallest = fmin(smallest, difference);
		}
		assert_figure(t->name, "the smallest difference", smallest, promises[i].difference, 0.1);
		theme_free(t);
	}
}

/* mono promises nothing, for it has no colours; every other theme is promised something. */
static void every_theme_is_promised_something(void **state)
{
	(void)state;
	assert_int_equal(nbuiltin_themes, PROMISES + 1);
	for (size_t i = 0; i < nbuiltin_themes; i++) {
		size_t k = 0;

		while (k < PROMISES && strcmp(promises[k].theme, builtin_themes[i].name) != 0)
			k++;
		if (k == PROMISES)
			assert_string_equal(builtin_themes[i].name, "mono");
	}
}

/* dark, light and colour-blind leave the ground to the terminal; high-contrast has one of its own under everything. */
static void grounds_are_left_or_painted_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < nbuiltin_themes; i++) {
		struct theme *t = theme_builtin(builtin_themes[i].name);
		bool painted = strcmp(t->name, "high-contrast") == 0;

		assert_int_equal(t->style[ROLE_TEXT].bg, painted ? 16 : -1);
		for (int role = 0; role < ROLE_COUNT && painted; role++)
			assert_true(t->style[role].fg >= 0 && t->style[role].bg >= 0);
		theme_free(t);
	}
}

/* These are bold beside their colour, or reversed where that is what they are. */
static void what_matters_is_bold_too(void **state)
{
	static const enum role bold[] = { ROLE_CRITICAL, ROLE_ROOT, ROLE_TAB, ROLE_FRESH, ROLE_ALARM, ROLE_DANGER };

	(void)state;
	for (size_t i = 0; i < nbuiltin_themes; i++) {
		struct theme *t = theme_builtin(builtin_themes[i].name);

		for (size_t k = 0; k < sizeof(bold) / sizeof(*bold); k++)
			if (!(t->style[bold[k]].attributes & (STYLE_BOLD | STYLE_REVERSE)))
				fail_msg("%s: %s is not bold", t->name, role_name(bold[k]));
		theme_free(t);
	}
}

/* Without colours all themes are the same. */
static void without_colours_all_are_one(void **state)
{
	struct theme *mono = theme_builtin("mono");

	(void)state;
	for (size_t i = 0; i < nbuiltin_themes; i++) {
		struct theme *t = theme_builtin(builtin_themes[i].name);

		for (int role = 0; role < ROLE_COUNT; role++)
			if (t->style[role].mono != mono->style[role].mono)
				fail_msg("%s: %s looks different without colours", t->name, role_name((enum role)role));
		theme_free(t);
	}
	theme_free(mono);
}

/* With 8 colours: never black on the terminal's own ground, never plain blue on a dark one, and yellow not on a light one. */
static void eight_colours_can_be_read(void **state)
{
	enum { BLACK = 0, YELLOW = 3, BLUE = 4, WHITE = 7 };

	(void)state;
	for (size_t i = 0; i < nbuiltin_themes; i++) {
		struct theme *t = theme_builtin(builtin_themes[i].name);

		for (int role = 0; role < ROLE_COUNT; role++) {
			const struct style *s = &t->style[role];

			assert_false(s->fg8 == BLACK && (s->attributes8 & STYLE_BOLD));
			assert_false(s->bg8 >= 0 && s->fg8 < 0);
			if (s->bg8 >= 0 || (s->attributes8 & STYLE_REVERSE))
				continue;
			assert_int_not_equal(s->fg8, BLACK);
			assert_int_not_equal(s->fg8, WHITE);
			assert_false(!t->light && s->fg8 == BLUE);
			assert_false(t->light && s->fg8 == YELLOW);
		}
		theme_free(t);
	}
}

/* Pairs of the paper that defines how CIEDE2000 is to be computed, and of WCAG. */
static void the_measures_are_right(void **state)
{
	static const struct {
		struct lab one, other;
		double difference;
	} pairs[] = {
		{ { 50, 2.6772, -79.7751 }, { 50, 0, -82.7485 }, 2.0425 },
		{ { 50, 0, 0 }, { 50, -1, 2 }, 2.3669 },
		{ { 50, 2.49, -0.001 }, { 50, -2.49, 0.0011 }, 7.2195 },
		{ { 50, 2.5, 0 }, { 61, -5, 29 }, 22.8977 },
		{ { 22.7233, 20.0904, -46.6940 }, { 23.0331, 14.9730, -42.5619 }, 2.0373 },
		{ { 2.0776, 0.0795, -1.1350 }, { 0.9033, -0.0636, -0.5514 }, 0.9082 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		assert_true(fabs(lab_difference(pairs[i].one, pairs[i].other) - pairs[i].difference) < 0.0001);
	assert_true(fabs(colour_contrast(0, 0xffffff) - 21) < 1e-9);
	assert_true(fabs(colour_contrast(0x777777, 0xffffff) - 4.478) < 0.001);
	assert_int_equal(theme_rgb(16), 0x000000);
	assert_int_equal(theme_rgb(231), 0xffffff);
	assert_int_equal(theme_rgb(110), 0x87afd7);
	assert_int_equal(theme_rgb(232), 0x080808);
	assert_int_equal(theme_rgb(255), 0xeeeeee);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_measures_are_right),
		cmocka_unit_test(every_theme_is_promised_something),
		cmocka_unit_test(all_text_can_be_read),
		cmocka_unit_test(all_eyes_tell_them_apart),
		cmocka_unit_test(grounds_are_left_or_painted_whole),
		cmocka_unit_test(what_matters_is_bold_too),
		cmocka_unit_test(without_colours_all_are_one),
		cmocka_unit_test(eight_colours_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

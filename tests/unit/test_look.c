/* Which theme: who beats whom, what is remembered and for how long, and what a bad one costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/base/memory.h"
#include "collectors/base/private_file.h"
#include "tui/look.h"

/* A home of the test's own: a folder of themes, and a directory of state that is not there yet. */
struct home {
	char folder[32];
	char *themes, *state, *memory;
	struct strbuf note, error, said;
};

static int set_up(void **state)
{
	struct home *h = mem_zero(1, sizeof(*h));

	memcpy(h->folder, "/tmp/pgtop-look-XXXXXX", sizeof("/tmp/pgtop-look-XXXXXX"));
	if (!mkdtemp(h->folder))
		return 1;
	h->themes = mem_format("%s/pgtop-prod/themes", h->folder);
	h->state = mem_format("%s/state/pgtop-prod", h->folder);
	h->memory = mem_format("%s/look.json", h->state);
	h->note = h->error = h->said = (struct strbuf)STRBUF_INIT;
	setenv("XDG_CONFIG_HOME", h->folder, 1);
	unsetenv("COLORFGBG");
	*state = h;
	return !private_directory_make(h->themes);
}

static int remove_one(const char *path, const struct stat *is, int kind, struct FTW *at)
{
	(void)is;
	(void)kind;
	(void)at;
	return remove(path);
}

static int tear_down(void **state)
{
	struct home *h = *state;
	int failed = nftw(h->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);

	free(h->themes);
	free(h->state);
	free(h->memory);
	strbuf_free(&h->note);
	strbuf_free(&h->error);
	strbuf_free(&h->said);
	free(h);
	return failed;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* A theme of one's own: dark, with the colour of critical as written. Gives its path, a new string. */
static char *write_theme(const struct home *h, const char *name, const char *critical)
{
	char *path = mem_format("%s/%s.json", h->themes, name);
	struct strbuf text = STRBUF_INIT;
	const char *json = NULL, *place;

	for (size_t i = 0; i < nbuiltin_themes; i++)
		if (strcmp(builtin_themes[i].name, "dark") == 0)
			json = builtin_themes[i].json;
	assert_non_null(json);
	place = strstr(json, "210");
	assert_non_null(place);
	strbuf_add(&text, json, (size_t)(place - json));
	strbuf_addf(&text, "%s%s", critical, place + 3);
	write_file(path, text.text);
	strbuf_free(&text);
	return path;
}

/* A run of the program begins. */
static struct look *start(struct home *h, const char *option, const char *configured)
{
	const struct look_wishes wishes = { .option = option, .configured = configured, .state_directory = h->state };

	strbuf_reset(&h->note);
	strbuf_reset(&h->error);
	return look_new(&wishes, &h->note, &h->error);
}

/* Which theme a run begins with; nothing is wrong. */
static void assert_starts(struct home *h, const char *option, const char *configured, const char *theme)
{
	struct look *l = start(h, option, configured);

	assert_string_equal(h->error.text, "");
	assert_string_equal(h->note.text, "");
	assert_string_equal(look_theme(l)->name, theme);
	look_free(l);
}

/* Chooses in a run of its own. */
static void choose(struct home *h, const char *configured, const char *theme)
{
	struct look *l = start(h, NULL, configured);

	strbuf_reset(&h->said);
	assert_true(look_choose(l, theme, &h->said));
	look_free(l);
}

static void who_beats_whom(void **state)
{
	struct home *h = *state;

	assert_starts(h, NULL, NULL, "dark");
	setenv("COLORFGBG", "0;15", 1);
	assert_starts(h, NULL, NULL, "light");
	assert_starts(h, NULL, "mono", "mono");
	assert_starts(h, "high-contrast", "mono", "high-contrast");
	choose(h, "mono", "colour-blind");
	assert_string_equal(h->said.text, "theme colour-blind");
	assert_starts(h, NULL, "mono", "colour-blind");
	assert_starts(h, "high-contrast", "mono", "high-contrast");
	/* A run with --theme forgets nothing. */
	assert_starts(h, NULL, "mono", "colour-blind");
}

static void the_later_word_counts(void **state)
{
	struct home *h = *state;

	choose(h, NULL, "mono");
	assert_starts(h, NULL, NULL, "mono");
	/* config.json came to say something, something else, and nothing again. */
	assert_starts(h, NULL, "light", "light");
	choose(h, "light", "high-contrast");
	assert_starts(h, NULL, "light", "high-contrast");
	assert_starts(h, NULL, "mono", "mono");
	assert_starts(h, NULL, NULL, "dark");
}

static void it_is_kept_privately(void **state)
{
	struct home *h = *state;
	struct stat is;

	choose(h, NULL, "light");
	assert_int_equal(stat(h->memory, &is), 0);
	assert_int_equal(is.st_mode & 07777, 0600);
	assert_int_equal(stat(h->state, &is), 0);
	assert_int_equal(is.st_mode & 07777, 0700);
}

static void round_in_a_circle(void **state)
{
	static const char *const names[] = { "high-contrast", "light", "mono", "dark", "dark", "colour-blind", "dark", "high-contrast" };
	struct home *h = *state;
	struct strbuf list = STRBUF_INIT;
	struct look *l;

	/* What hides behind a built-in name is never meant, nor is what is no theme; a name that would be taken for a path is none. */
	free(write_theme(h, "b", "203"));
	free(write_theme(h, "a", "203"));
	free(write_theme(h, "mono", "203"));
	free(write_theme(h, ".hidden", "203"));
	free(write_theme(h, "a.json", "203"));
	look_list(&list);
	assert_string_equal(list.text, "colour-blind\ndark\nhigh-contrast\nlight\nmono\na\nb\n");
	l = start(h, NULL, NULL);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		strbuf_reset(&h->said);
		assert_true(look_next(l, &h->said));
		assert_string_equal(look_theme(l)->name, names[i]);
		if (i == 3) {
			assert_string_equal(h->said.text, "theme a");
			assert_int_equal(look_theme(l)->style[ROLE_CRITICAL].fg, 203);
			assert_starts(h, NULL, NULL, "dark");
		}
	}
	look_free(l);
	strbuf_free(&list);
}

/* The file that was asked for stays one of those to choose from, and means the same file wherever the next run is started. */
static void a_file_is_one_of_them(void **state)
{
	struct home *h = *state;
	char *path = write_theme(h, "mine", "203"), *folder = getcwd(NULL, 0);
	struct look *l;

	assert_int_equal(chdir(h->themes), 0);
	l = start(h, "./mine.json", NULL);
	assert_non_null(l);
	assert_int_equal(look_theme(l)->style[ROLE_CRITICAL].fg, 203);
	for (size_t i = 0; i < nbuiltin_themes; i++) {
		assert_true(look_next(l, &h->said));
		assert_int_not_equal(look_theme(l)->style[ROLE_CRITICAL].fg, 203);
	}
	strbuf_reset(&h->said);
	assert_true(look_next(l, &h->said));
	assert_string_equal(h->said.text, "theme mine");
	assert_true(look_choose(l, "mine.json", &h->said));
	look_free(l);
	assert_int_equal(chdir("/"), 0);
	l = start(h, NULL, NULL);
	assert_int_equal(look_theme(l)->style[ROLE_CRITICAL].fg, 203);
	strbuf_reset(&h->said);
	while (look_theme(l)->style[ROLE_CRITICAL].fg != 210)
		assert_true(look_next(l, &h->said));
	look_free(l);
	assert_int_equal(chdir(folder), 0);
	free(folder);
	free(path);
}

static void a_bad_one_of_the_command_line_is_refused(void **state)
{
	struct home *h = *state;
	char *path = write_theme(h, "mine", "9"), *expected;

	assert_null(start(h, path, NULL));
	expected = mem_format("%s:11:26: role \"critical\", \"fg\": expected a colour from 16 to 255, or null for the terminal's own", path);
	assert_string_equal(h->error.text, expected);
	free(expected);
	assert_null(start(h, "pink", NULL));
	assert_string_equal(h->error.text, "no theme pink; there are colour-blind dark high-contrast light mono mine, or give a file");
	assert_null(start(h, "/nowhere/pink.json", NULL));
	assert_string_equal(h->error.text, "/nowhere/pink.json: No such file or directory");
	assert_null(start(h, h->folder, NULL));
	free(path);
}

/* On the screen a bad one is told, the one in hand stays, and the next key goes on behind it. */
static void a_bad_one_is_passed_by(void **state)
{
	struct home *h = *state;
	struct look *l;

	free(write_theme(h, "bad", "\"red\""));
	free(write_theme(h, "good", "203"));
	l = start(h, "mono", NULL);
	assert_false(look_next(l, &h->said));
	assert_string_equal(h->said.text, "bad.json:11:26: role \"critical\", \"fg\": expected a colour from 16 to 255, or null for the terminal's own");
	assert_string_equal(look_theme(l)->name, "mono");
	assert_int_not_equal(access(h->memory, F_OK), 0);
	strbuf_reset(&h->said);
	assert_true(look_next(l, &h->said));
	assert_string_equal(h->said.text, "theme good");
	strbuf_reset(&h->said);
	assert_false(look_choose(l, "pink", &h->said));
	assert_non_null(strstr(h->said.text, "no theme pink; there are "));
	look_free(l);
}

/* One that was good when it was chosen. */
static void a_bad_remembered_one_costs_itself(void **state)
{
	struct home *h = *state;
	char *path = write_theme(h, "mine", "203");
	struct look *l;

	choose(h, "light", "mine");
	assert_int_equal(unlink(path), 0);
	l = start(h, NULL, "light");
	assert_string_equal(h->error.text, "");
	assert_string_equal(h->note.text, "the theme chosen last: no theme mine; there are colour-blind dark high-contrast light mono, or give a file");
	assert_string_equal(look_theme(l)->name, "light");
	look_free(l);
	choose(h, NULL, "mono");
	write_file(h->memory, "{ \"theme\": 7 }\n");
	l = start(h, NULL, NULL);
	assert_non_null(strstr(h->note.text, "look.json:1:12: expected \"theme\": the name of a theme"));
	assert_string_equal(look_theme(l)->name, "dark");
	look_free(l);
	write_file(h->memory, "{ \"theme\"\n");
	l = start(h, NULL, NULL);
	assert_non_null(strstr(h->note.text, "look.json:2:1: "));
	assert_string_equal(look_theme(l)->name, "dark");
	/* The next choice mends it. */
	assert_true(look_choose(l, "light", &h->said));
	look_free(l);
	assert_starts(h, NULL, NULL, "light");
	free(path);
}

static void a_bad_configured_one_costs_itself(void **state)
{
	struct home *h = *state;
	struct look *l = start(h, NULL, "pink");

	assert_non_null(strstr(h->note.text, "config.json: theme: no theme pink; there are "));
	assert_string_equal(look_theme(l)->name, "dark");
	look_free(l);
}

/* A choice that cannot be kept is a choice all the same, and said. */
static void what_cannot_be_kept_is_said(void **state)
{
	struct home *h = *state;
	const struct look_wishes nowhere = { 0 };
	struct look *l = look_new(&nowhere, &h->note, &h->error);
	char *above = mem_format("%s/state", h->folder);

	assert_true(look_choose(l, "light", &h->said));
	assert_string_equal(h->said.text, "theme light, for this run: neither XDG_STATE_HOME nor HOME is set");
	look_free(l);
	write_file(above, "in the way");
	choose(h, NULL, "light");
	assert_non_null(strstr(h->said.text, "theme light, for this run: /tmp/"));
	assert_non_null(strstr(h->said.text, ": Not a directory"));
	assert_int_equal(unlink(above), 0);
	assert_int_equal(mkdir(above, 0700), 0);
	assert_int_equal(symlink("/tmp", h->state), 0);
	choose(h, NULL, "light");
	assert_non_null(strstr(h->said.text, "/state/pgtop-prod is not a directory"));
	free(above);
}

/* With another user's rights nothing is left in that user's directory. */
static void anothers_directory_is_left_alone(void **state)
{
	struct home *h = *state;

	if (geteuid() != 0)
		skip();
	assert_true(private_directory_make(h->state));
	assert_int_equal(chown(h->state, 1, 1), 0);
	choose(h, NULL, "light");
	assert_non_null(strstr(h->said.text, "belongs to another user"));
	assert_int_not_equal(access(h->memory, F_OK), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_beats_whom), TEST(the_later_word_counts), TEST(it_is_kept_privately), TEST(round_in_a_circle),
		TEST(a_file_is_one_of_them), TEST(a_bad_one_of_the_command_line_is_refused), TEST(a_bad_one_is_passed_by),
		TEST(a_bad_remembered_one_costs_itself), TEST(a_bad_configured_one_costs_itself),
		TEST(what_cannot_be_kept_is_said), TEST(anothers_directory_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "look.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/base/json.h"
#include "collectors/base/memory.h"
#include "collectors/base/private_file.h"
#include "collectors/base/text.h"
#include "config.h"

struct look {
	struct theme *theme;
	char *at;                /* the name that was tried last: look_next() goes on behind it */
	char *file;              /* the path somebody named: one more to choose from; NULL: none */
	char *configured;
	char *state_directory;
};

/* All names to choose from, in the order in which they are offered. */
struct names {
	char **name;
	size_t n;
};

static bool ends_in_json(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

static bool is_path(const char *name)
{
	return strchr(name, '/') != NULL || ends_in_json(name);
}

static bool is_builtin(const char *name, size_t len)
{
	for (size_t i = 0; i < nbuiltin_themes; i++)
		if (strlen(builtin_themes[i].name) == len && strncmp(builtin_themes[i].name, name, len) == 0)
			return true;
	return false;
}

/* `a.json.json` is no name to offer: `a.json` is taken for a path. */
static bool names_theme(const char *file)
{
	char *name = mem_string_n(file, strlen(file) - 5);
	bool good = !is_path(name) && !is_builtin(name, strlen(name));

	free(name);
	return good;
}

static int is_own(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends_in_json(entry->d_name) && names_theme(entry->d_name);
}

static void add_name(struct names *names, char *take_name)
{
	names->name = mem_resize(names->name, names->n + 1, sizeof(*names->name));
	names->name[names->n++] = take_name;
}

/* Read anew each time: who writes a theme sees what became of it without starting anew. */
static struct names all_names(const char *file)
{
	struct names names = { 0 };
	struct dirent **entries = NULL;
	char *folder = config_path("themes");
	int n = folder ? scandir(folder, &entries, is_own, alphasort) : 0;

	for (size_t i = 0; i < nbuiltin_themes; i++)
		add_name(&names, mem_string(builtin_themes[i].name));
	for (int i = 0; i < n; i++) {
		add_name(&names, mem_string_n(entries[i]->d_name, strlen(entries[i]->d_name) - 5));
		free(entries[i]);
	}
	free(entries);
	free(folder);
	if (file)
		add_name(&names, mem_string(file));
	return names;
}

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->name[i]);
	free(names->name);
}

static void add_clean(struct strbuf *out, const char *text)
{
	text_clean(out, text, strlen(text), 0);
}

static struct theme *from_folder(const char *name, struct strbuf *error)
{
	char *below = mem_format("themes/%s.json", name);
	char *file = config_path(below);
	struct theme *theme = NULL;

	if (file && access(file, F_OK) == 0)
		theme = theme_load(file, error);
	free(file);
	free(below);
	return theme;
}

/* The theme of that name; NULL and one line in error if there is none, or it cannot be read. */
static struct theme *theme_named(const char *name, struct strbuf *error)
{
	struct theme *theme;
	struct names names;

	if (is_path(name))
		return theme_load(name, error);
	theme = theme_builtin(name);
	if (!theme)
		theme = from_folder(name, error);
	if (theme || error->len > 0)
		return theme;
	strbuf_adds(error, "no theme ");
	add_clean(error, name);
	strbuf_adds(error, "; there are");
	names = all_names(NULL);
	for (size_t i = 0; i < names.n; i++) {
		strbuf_addc(error, ' ');
		add_clean(error, names.name[i]);
	}
	names_free(&names);
	strbuf_adds(error, ", or give a file");
	return NULL;
}

/* A path means the same file wherever the next run is started. */
static char *lasting_name(const char *name)
{
	char *path = is_path(name) ? realpath(name, NULL) : NULL;

	return path ? path : mem_string(name);
}

/* Takes the theme of that name in hand. */
static bool take(struct look *l, const char *name, struct strbuf *error)
{
	struct theme *theme = theme_named(name, error);

	mem_replace(&l->at, lasting_name(name));
	if (!theme)
		return false;
	theme_free(l->theme);
	l->theme = theme;
	if (is_path(name))
		mem_replace(&l->file, mem_string(l->at));
	return true;
}

static char *memory_path(const struct look *l)
{
	return mem_format("%s/look.json", l->state_directory);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What was chosen on the screen, if config.json still says what it said then; a new string, or NULL. */
static char *remembered(const struct look *l, struct strbuf *error)
{
	struct json_text json;
	char *file, *name = NULL;
	bool missing = false;

	if (!l->state_directory)
		return NULL;
	file = memory_path(l);
	/* As with config.json: a folder that this user may not enter holds nothing for this user. */
	if (access(file, F_OK) != 0) {
		free(file);
		return NULL;
	}
	if (json_text_load(&json, file, &missing, error)) {
		const char *theme = json_string_value(json_object_get(json.root, "theme"));
		const char *configured = json_string_value(json_object_get(json.root, "configured"));

		if (!theme || !*theme) {
			const char *const path[] = { json_object_get(json.root, "theme") ? "theme" : NULL, NULL };

			json_text_place(&json, path, false, error);
			strbuf_adds(error, "expected \"theme\": the name of a theme");
		} else if (same_text(configured, l->configured)) {
			name = mem_string(theme);
		}
		json_text_free(&json);
	} else if (missing) {
		strbuf_reset(error);
	}
	free(file);
	return name;
}

/* Gives why it could not be written; NULL: it was. The text is good until the next call of anything. */
static const char *write_memory(const struct look *l)
{
	json_t *root = json_pack("{s:s, s:s?}", "theme", l->at, "configured", l->configured);
	char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL, *file = memory_path(l);
	bool written = text && private_directory_make(l->state_directory) && private_file_replace(file, text, strlen(text));
	int error = text ? errno : EILSEQ;

	json_decref(root);
	free(text);
	free(file);
	return written ? NULL : strerror(error);
}

/* A choice that is not kept is a choice all the same. */
static void remember(const struct look *l, struct strbuf *said)
{
	const char *refused = l->state_directory ? private_directory_refused(l->state_directory) : NULL;
	const char *failed;

	if (!l->state_directory) {
		strbuf_adds(said, ", for this run: neither XDG_STATE_HOME nor HOME is set");
		return;
	}
	failed = refused ? refused : write_memory(l);
	if (!failed)
		return;
	strbuf_adds(said, ", for this run: ");
	add_clean(said, l->state_directory);
	strbuf_addf(said, refused ? " %s" : ": %s", failed);
}

/* Takes one that may be bad: then `whose` and what is wrong with it go to the note. */
static bool take_if_good(struct look *l, const char *name, const char *whose, struct strbuf *note)
{
	struct strbuf error = STRBUF_INIT;
	bool good = take(l, name, &error);

	if (!good)
		strbuf_addf(note, "%s%s%s", note->len > 0 ? "; " : "", whose, error.text);
	strbuf_free(&error);
	return good;
}

static void begin(struct look *l, struct strbuf *note)
{
	struct strbuf error = STRBUF_INIT;
	char *name = remembered(l, &error);
	bool good = name && take_if_good(l, name, "the theme chosen last: ", note);

	if (error.len > 0)
		strbuf_addf(note, "the theme chosen last: %s", error.text);
	strbuf_free(&error);
	free(name);
	if (good || (l->configured && take_if_good(l, l->configured, "config.json: theme: ", note)))
		return;
	take_if_good(l, theme_default_name(getenv("COLORFGBG")), "", note);
}

struct look *look_new(const struct look_wishes *wishes, struct strbuf *note, struct strbuf *error)
{
	struct look *l = mem_zero(1, sizeof(*l));

	l->configured = mem_string_or_null(wishes->configured);
	l->state_directory = mem_string_or_null(wishes->state_directory);
	if (!wishes->option) {
		begin(l, note);
	} else if (!take(l, wishes->option, error)) {
		look_free(l);
		l = NULL;
	}
	return l;
}

void look_free(struct look *l)
{
	if (!l)
		return;
	theme_free(l->theme);
	free(l->at);
	free(l->file);
	free(l->configured);
	free(l->state_directory);
	free(l);
}

const struct theme *look_theme(const struct look *l)
{
	return l->theme;
}

/* On the one line that messages have, where the folder of themes lies would leave no room for what is wrong. */
static void say_wrong(struct strbuf *said, const char *error)
{
	char *folder = config_path("themes/");
	size_t n = folder ? strlen(folder) : 0;

	strbuf_addf(said, "%s", n > 0 && strncmp(error, folder, n) == 0 ? error + n : error);
	free(folder);
}

bool look_choose(struct look *l, const char *name, struct strbuf *said)
{
	struct strbuf error = STRBUF_INIT;
	bool good = take(l, name, &error);

	if (good) {
		strbuf_adds(said, "theme ");
		add_clean(said, l->at);
		remember(l, said);
	} else {
		say_wrong(said, error.text);
	}
	strbuf_free(&error);
	return good;
}

bool look_next(struct look *l, struct strbuf *said)
{
	struct names names = all_names(l->file);
	size_t next = 0;
	bool good;

	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.name[i], l->at) == 0)
			next = (i + 1) % names.n;
	good = look_choose(l, names.name[next], said);
	names_free(&names);
	return good;
}

void look_list(struct strbuf *out)
{
	struct names names = all_names(NULL);

	for (size_t i = 0; i < names.n; i++) {
		add_clean(out, names.name[i]);
		strbuf_addc(out, '\n');
	}
	names_free(&names);
}

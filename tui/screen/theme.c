#include "theme.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/json.h"
#include "collectors/base/memory.h"

/* 0 to 15 are repainted by users: what they look like nobody knows. */
enum { LOWEST_COLOR = 16, HIGHEST_COLOR = 255 };

static const char *const color_names[8] = {
	"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
};

static const struct {
	const char *name;
	uint8_t attribute;
} attribute_names[] = {
	{ "bold", STYLE_BOLD },
	{ "underline", STYLE_UNDERLINE },
	{ "reverse", STYLE_REVERSE },
};

enum { ATTRIBUTES = sizeof attribute_names / sizeof *attribute_names };

struct reading {
	struct json_text json;
	const char *role;
	struct strbuf *error;
};

/*
 * Says what is wrong with a role's member (or with the role itself, member NULL), and where. Gives
 * false.
 */
static bool complain(const struct reading *r, const char *member, bool at_name, const char *expected)
{
	const char *path[] = { "roles", r->role, member, NULL };

	json_text_place(&r->json, path, at_name, r->error);
	if (member)
		strbuf_addf(r->error, "role \"%s\", \"%s\": expected %s", r->role, member, expected);
	else
		strbuf_addf(r->error, "role \"%s\": expected %s", r->role, expected);
	return false;
}

static bool read_color(const struct reading *r, const char *member, const json_t *value, int16_t *color)
{
	json_int_t n = json_integer_value(value);

	*color = -1;
	if (!value || json_is_null(value))
		return true;
	if (!json_is_integer(value) || n < LOWEST_COLOR || n > HIGHEST_COLOR)
		return complain(r, member, false, "a colour from 16 to 255, or null for the terminal's own");
	*color = (int16_t)n;
	return true;
}

static bool read_color8(const struct reading *r, const char *member, const json_t *value, int8_t *color)
{
	*color = -1;
	if (!value || json_is_null(value))
		return true;
	for (int i = 0; i < 8 && json_is_string(value); i++) {
		if (strcmp(json_string_value(value), color_names[i]) == 0) {
			*color = (int8_t)i;
			return true;
		}
	}
	return complain(r, member, false,
			"black, red, green, yellow, blue, magenta, cyan, white, or null for the terminal's own");
}

static uint8_t attribute_by_name(const char *name)
{
	for (int i = 0; name && i < ATTRIBUTES; i++)
		if (strcmp(name, attribute_names[i].name) == 0)
			return attribute_names[i].attribute;
	return 0;
}

static bool read_flag(const struct reading *r, const char *member, const json_t *value, uint8_t *attributes)
{
	if (!json_is_boolean(value))
		return complain(r, member, false, "true or false");
	if (json_is_true(value))
		*attributes |= attribute_by_name(member);
	return true;
}

static bool read_attributes(const struct reading *r, const char *member, const json_t *value,
			    uint8_t *attributes)
{
	size_t i;
	json_t *name;

	*attributes = 0;
	if (!json_is_array(value))
		return complain(r, member, false, "a list of \"bold\", \"underline\", \"reverse\"");
	json_array_foreach(value, i, name) {
		uint8_t attribute = attribute_by_name(json_string_value(name));

		if (!attribute)
			return complain(r, member, false, "only \"bold\", \"underline\", \"reverse\" in the list");
		*attributes |= attribute;
	}
	return true;
}

static bool read_member(const struct reading *r, const char *name, const json_t *value, struct style *s)
{
	if (strcmp(name, "fg") == 0)
		return read_color(r, name, value, &s->fg);
	if (strcmp(name, "bg") == 0)
		return read_color(r, name, value, &s->bg);
	if (strcmp(name, "fg8") == 0)
		return read_color8(r, name, value, &s->fg8);
	if (strcmp(name, "bg8") == 0)
		return read_color8(r, name, value, &s->bg8);
	if (strcmp(name, "attributes8") == 0)
		return read_attributes(r, name, value, &s->attributes8);
	if (strcmp(name, "mono") == 0)
		return read_attributes(r, name, value, &s->mono);
	if (attribute_by_name(name))
		return read_flag(r, name, value, &s->attributes);
	return complain(r, name, true,
			"one of fg, bg, fg8, bg8, bold, underline, reverse, attributes8, mono");
}

static bool read_role(const struct reading *r, json_t *object, struct style *s)
{
	const char *name;
	json_t *value;

	*s = (struct style){ .fg = -1, .bg = -1, .fg8 = -1, .bg8 = -1 };
	if (!json_is_object(object))
		return complain(r, NULL, false, "an object with fg, bg, fg8, bg8, mono and the like");
	json_object_foreach(object, name, value)
		if (!read_member(r, name, value, s))
			return false;
	if (!json_object_get(object, "attributes8"))
		s->attributes8 = s->attributes;
	return true;
}

static bool complain_at(const struct reading *r, const char *member, bool at_name, const char *what)
{
	const char *path[] = { member, NULL };

	json_text_place(&r->json, path, at_name, r->error);
	strbuf_adds(r->error, what);
	return false;
}

static bool read_roles(struct reading *r, json_t *roles, struct theme *theme)
{
	const char *name;
	json_t *value;

	if (!json_is_object(roles))
		return complain_at(r, roles ? "roles" : NULL, false,
				   "expected \"roles\": an object with one member for each role");
	json_object_foreach(roles, name, value) {
		enum role role = role_find(name);

		r->role = name;
		if (role == ROLE_COUNT)
			return complain(r, NULL, true, "the name of a role (text, dim, heading and so on)");
		if (!read_role(r, value, &theme->style[role]))
			return false;
	}
	for (int i = 0; i < ROLE_COUNT; i++) {
		r->role = role_name((enum role)i);
		if (!json_object_get(roles, r->role)) {
			complain_at(r, "roles", false, "");
			strbuf_addf(r->error, "role \"%s\" is missing: expected every role", r->role);
			return false;
		}
	}
	return true;
}

static bool read_theme(struct reading *r, struct theme *theme)
{
	const json_t *root = r->json.root;
	const char *name = json_string_value(json_object_get(root, "name"));
	const char *ground = json_string_value(json_object_get(root, "ground"));
	const char *member;
	json_t *value;

	if (!json_is_object(root))
		return complain_at(r, NULL, false, "expected an object with name, ground and roles");
	json_object_foreach(r->json.root, member, value)
		if (strcmp(member, "name") != 0 && strcmp(member, "ground") != 0
		    && strcmp(member, "roles") != 0)
			return complain_at(r, member, true, "expected one of name, ground, roles");
	if (!name || !*name)
		return complain_at(r, json_object_get(root, "name") ? "name" : NULL, false,
				   "expected \"name\": the theme's name as a string");
	if (!ground || (strcmp(ground, "dark") != 0 && strcmp(ground, "light") != 0))
		return complain_at(r, json_object_get(root, "ground") ? "ground" : NULL, false,
				   "expected \"ground\": \"dark\" or \"light\"");
	theme->name = mem_string(name);
	theme->light = strcmp(ground, "light") == 0;
	return read_roles(r, json_object_get(root, "roles"), theme);
}

static struct theme *theme_of(struct reading *r)
{
	struct theme *theme = mem_zero(1, sizeof *theme);

	if (!read_theme(r, theme)) {
		theme_free(theme);
		theme = NULL;
	}
	json_text_free(&r->json);
	return theme;
}

struct theme *theme_parse(const char *file, const char *text, size_t len, struct strbuf *error)
{
	struct reading r = { .error = error };

	return json_text_parse(&r.json, file, text, len, error) ? theme_of(&r) : NULL;
}

struct theme *theme_load(const char *file, struct strbuf *error)
{
	struct reading r = { .error = error };
	bool missing;

	return json_text_load(&r.json, file, &missing, error) ? theme_of(&r) : NULL;
}

struct theme *theme_builtin(const char *name)
{
	struct strbuf error = STRBUF_INIT;
	struct theme *theme = NULL;

	for (size_t i = 0; i < nbuiltin_themes && !theme; i++)
		if (strcmp(builtin_themes[i].name, name) == 0)
			theme = theme_parse(name, builtin_themes[i].json, builtin_themes[i].len, &error);
	strbuf_free(&error);
	return theme;
}

int theme_rgb(int index)
{
	static const int levels[] = { 0, 95, 135, 175, 215, 255 };
	int grey = 8 + 10 * (index - 232);

	if (index >= 232)
		return grey << 16 | grey << 8 | grey;
	index -= 16;
	return levels[index / 36] << 16 | levels[index / 6 % 6] << 8 | levels[index % 6];
}

/*
 * COLORFGBG is `15;0` or `0;default;15`: the last part is the ground, as rxvt and others number it.
 */
const char *theme_default_name(const char *colorfgbg)
{
	const char *ground = colorfgbg ? strrchr(colorfgbg, ';') : NULL;
	char *end;
	long n;

	if (!ground)
		return "dark";
	n = strtol(ground + 1, &end, 10);
	if (end == ground + 1 || *end)
		return "dark";
	return n == 7 || (n >= 9 && n <= 15) ? "light" : "dark";
}

void theme_free(struct theme *t)
{
	if (!t)
		return;
	free(t->name);
	free(t);
}

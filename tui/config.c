#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/base/json.h"
#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "collectors/collector.h"
#include "options.h"

/* A file while it is read: where errors go, and what they are about. */
struct config_reading {
	struct config *config;
	const struct json_text *json;
	struct strbuf *error;
};

/* Writes `FILE:LINE:COLUMN: a.b: expected ...` for the value at a.b (b may be NULL) and gives false. */
static bool expected(const struct config_reading *r, const char *a, const char *b, const char *what)
{
	const char *const path[] = { a, b, NULL };

	json_text_place(r->json, path, false, r->error);
	strbuf_adds(r->error, a);
	if (b != NULL)
		strbuf_addf(r->error, ".%s", b);
	strbuf_addf(r->error, ": expected %s", what);
	return false;
}

/* A member that does not exist; `known` are the names that do. */
static bool unknown(const struct config_reading *r, const char *a, const char *b, const char *known)
{
	const char *const path[] = { a, b, NULL };
	const char *name = b != NULL ? b : a;

	json_text_place(r->json, path, true, r->error);
	strbuf_adds(r->error, "unknown member ");
	if (b != NULL)
		strbuf_addf(r->error, "%s.", a);
	text_clean(r->error, name, strlen(name), 0);
	strbuf_addf(r->error, ": expected one of %s", known);
	return false;
}

/* A member of the whole. */
static json_t *value_of(const struct config_reading *r, const char *name)
{
	return json_object_get(r->json->root, name);
}

static bool read_text(const struct config_reading *r, const char *name, char **out)
{
	const json_t *value = value_of(r, name);

	if (!json_is_string(value) || json_string_length(value) == 0)
		return expected(r, name, NULL, "a text");
	free(*out);
	*out = text_cleaned(json_string_value(value), 0);
	return true;
}

static bool read_theme(const struct config_reading *r, const char *name)
{
	return read_text(r, name, &r->config->theme);
}

static bool read_interval(const struct config_reading *r, const char *name)
{
	const json_t *value = value_of(r, name);
	double seconds = json_number_value(value);

	if (!json_is_number(value) || seconds < INTERVAL_LOWEST || seconds > INTERVAL_HIGHEST)
		return expected(r, name, NULL, "a number of seconds from 0.1 to 3600");
	r->config->interval_s = seconds;
	return true;
}

static bool read_pane(const struct config_reading *r, const char *name)
{
	const char *pane = json_string_value(value_of(r, name));
	struct strbuf known = STRBUF_INIT;

	if (pane != NULL && (strcmp(pane, "overview") == 0 || collector_find(pane) != NULL))
		return read_text(r, name, &r->config->pane);
	strbuf_adds(&known, "one of \"overview\"");
	for (size_t i = 0; i < ncollectors; i++)
		strbuf_addf(&known, " \"%s\"", collectors[i]->name);
	expected(r, name, NULL, known.text);
	strbuf_free(&known);
	return false;
}

static bool in_range(const json_t *value, const struct limit *l)
{
	double number = json_number_value(value);

	return json_is_number(value) && number >= l->lowest && number <= l->highest && (!l->whole || number == floor(number));
}

static bool read_limit(const struct config_reading *r, enum limit_id id, const json_t *value)
{
	const struct limit *l = &limit_table[id];
	double *into = r->config->limits.value[id];
	char *what;

	if (l->nvalues == 1 && in_range(value, l)) {
		into[0] = json_number_value(value);
		return true;
	}
	if (l->nvalues == 2 && json_is_array(value) && json_array_size(value) == 2 &&
	    in_range(json_array_get(value, 0), l) && in_range(json_array_get(value, 1), l) &&
	    json_number_value(json_array_get(value, 0)) <= json_number_value(json_array_get(value, 1))) {
		into[0] = json_number_value(json_array_get(value, 0));
		into[1] = json_number_value(json_array_get(value, 1));
		return true;
	}
	what = mem_format(l->nvalues == 1 ? "a %snumber from %.16g to %.16g" :
			  "[warning, critical], two %snumbers from %.16g to %.16g, the smaller first",
			  l->whole ? "whole " : "", l->lowest, l->highest);
	expected(r, "limits", l->name, what);
	free(what);
	return false;
}

static bool unknown_limit(const struct config_reading *r, const char *name)
{
	struct strbuf known = STRBUF_INIT;

	for (int i = 0; i < LIMIT_COUNT; i++)
		strbuf_addf(&known, "%s%s", i > 0 ? " " : "", limit_table[i].name);
	unknown(r, "limits", name, known.text);
	strbuf_free(&known);
	return false;
}

static bool read_limits(const struct config_reading *r, const char *name)
{
	json_t *object = value_of(r, name), *member;
	const char *key;

	if (!json_is_object(object))
		return expected(r, name, NULL, "an object of limits");
	json_object_foreach(object, key, member) {
		enum limit_id id = limit_find(key);

		if (id == LIMIT_COUNT)
			return unknown_limit(r, key);
		if (!read_limit(r, id, member))
			return false;
	}
	return true;
}

const struct config_member config_members[] = {
	{ "theme", "text", "a theme's name, or a file", read_theme },
	{ "interval", "number", "seconds, 0.1 to 3600", read_interval },
	{ "pane", "text", "the pane to open", read_pane },
	{ "limits", "object", "thresholds, see below: a number, or [warning, critical]", read_limits },
};
const size_t nconfig_members = sizeof(config_members) / sizeof(config_members[0]);

static void add_member_names(struct strbuf *out, const char *between)
{
	for (size_t i = 0; i < nconfig_members; i++)
		strbuf_addf(out, "%s%s", i > 0 ? between : "", config_members[i].name);
}

static bool read_member(const struct config_reading *r, const char *name)
{
	struct strbuf known = STRBUF_INIT;

	for (size_t i = 0; i < nconfig_members; i++)
		if (strcmp(config_members[i].name, name) == 0)
			return config_members[i].read(r, name);
	add_member_names(&known, " ");
	unknown(r, name, NULL, known.text);
	strbuf_free(&known);
	return false;
}

static bool read_root(const struct config_reading *r)
{
	const char *const here[] = { NULL };
	const char *name;
	json_t *value;

	if (!json_is_object(r->json->root)) {
		json_text_place(r->json, here, false, r->error);
		strbuf_adds(r->error, "expected an object with ");
		add_member_names(r->error, ", ");
		return false;
	}
	json_object_foreach(r->json->root, name, value)
		if (!read_member(r, name))
			return false;
	return true;
}

void config_init(struct config *c)
{
	*c = (struct config){ 0 };
	limits_defaults(&c->limits);
}

void config_free(struct config *c)
{
	free(c->theme);
	free(c->pane);
	*c = (struct config){ 0 };
}

static bool load(struct config *c, const char *file, bool *missing, struct strbuf *error)
{
	struct json_text json = { 0 };
	const struct config_reading r = { .config = c, .json = &json, .error = error };
	bool good;

	if (!json_text_load(&json, file, missing, error))
		return false;
	c->found = true;
	good = read_root(&r);
	json_text_free(&json);
	return good;
}

bool config_load(struct config *c, const char *file, struct strbuf *error)
{
	bool missing = false;

	return load(c, file, &missing, error);
}

bool config_load_default(struct config *c, struct strbuf *error)
{
	char *file = config_path("config.json");
	bool missing = false, good;

	if (file == NULL)
		return true;
	/* A folder that this user may not enter holds nothing for this user: sudo and su leave HOME as it was. */
	if (access(file, F_OK) != 0 && (errno == EACCES || errno == ENOTDIR)) {
		free(file);
		return true;
	}
	good = load(c, file, &missing, error);
	if (!good && missing) {
		strbuf_reset(error);
		good = true;
	}
	free(file);
	return good;
}

char *config_path(const char *name)
{
	const char *home = getenv("XDG_CONFIG_HOME");

	/* The XDG base directory specification: a relative path is to be ignored. */
	if (home != NULL && home[0] == '/')
		return mem_format("%s/pgtop-prod/%s", home, name);
	home = getenv("HOME");
	if (home == NULL || home[0] != '/')
		return NULL;
	return mem_format("%s/.config/pgtop-prod/%s", home, name);
}

/* What could not be had of a collector, why, and the line that opens it. */
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "internal.h"

char **words_split(const char *words, size_t *n)
{
	char **split = NULL;

	*n = 0;
	for (const char *p = words ? words : ""; *p;) {
		size_t len = strcspn(p, " ");

		if (len > 0) {
			split = mem_resize(split, *n + 1, sizeof(*split));
			split[(*n)++] = mem_string_n(p, len);
		}
		p += len;
		p += strspn(p, " ");
	}
	return split;
}

/* What the server calls it becomes part of a line to copy: a name and nothing else. */
static bool is_name(const char *word)
{
	return *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyz_0123456789")];
}

static char *grant_line(const char *what, const char *schema, const char *name, const char *role)
{
	struct strbuf b = STRBUF_INIT;

	if ((schema && !sql_is_exact(schema)) || (role && !sql_is_exact(role)))
		return NULL;
	strbuf_adds(&b, what);
	if (schema)
		sql_add_identifier(&b, schema);
	strbuf_addf(&b, "%s%s TO ", schema && name ? "." : "", name ? name : "");
	if (role)
		sql_add_identifier(&b, role);
	else
		strbuf_adds(&b, "CURRENT_USER");
	strbuf_addc(&b, ';');
	return strbuf_take(&b);
}

char *lacking_remedy(const char *sqlstate, const char *error, const char *remedy, const char *role, const struct extension *e)
{
	static const struct { const char *says, *grant; } denied[] = {
		{ "permission denied for function ", "GRANT EXECUTE ON FUNCTION " },
		{ "permission denied for view ", "GRANT SELECT ON " },
		{ "permission denied for table ", "GRANT SELECT ON " },
	};
	static const char schema_denied[] = "permission denied for schema ", create[] = "CREATE EXTENSION";

	if (strcmp(sqlstate, "42501") != 0)   /* what is not there cannot be granted; an extension can be loaded */
		return strncmp(sqlstate, "42", 2) == 0 ? NULL : remedy_text(remedy, role);
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		size_t len = strlen(denied[i].says);
		const char *name = error + len;
		bool extended;

		if (strncmp(error, denied[i].says, len) != 0 || strncmp(name, "pg_", 3) != 0 || !is_name(name))
			continue;
		extended = e && e->schema && strncmp(name, e->name, strlen(e->name)) == 0;
		return grant_line(denied[i].grant, extended ? e->schema : "pg_catalog", name, role);
	}
	if (strncmp(error, schema_denied, strlen(schema_denied)) == 0) {
		const char *name = error + strlen(schema_denied);

		return is_name(name) || (e && same_text(name, e->schema)) ? grant_line("GRANT USAGE ON SCHEMA ", name, NULL, role) : NULL;
	}
	return remedy && strncmp(remedy, create, strlen(create)) == 0 ? NULL : remedy_text(remedy, role);
}

bool sqlstate_is_lacking(const char *sqlstate)
{
	static const char *const lacking[] = {
		"42501",   /* insufficient_privilege */
		"42883",   /* undefined_function */
		"42P01",   /* undefined_table */
		"42703",   /* undefined_column */
		"42704",   /* undefined_object */
		"3F000",   /* invalid_schema_name */
		"0A000",   /* feature_not_supported: managed services */
		"55000",   /* object_not_in_prerequisite_state: an extension that is not loaded */
	};

	for (size_t i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++)
		if (strcmp(sqlstate, lacking[i]) == 0)
			return true;
	return false;
}

bool part_chosen(const struct collector *c, size_t part, const struct facts *f)
{
	if (!part_fits(&c->parts[part], f))
		return false;
	for (size_t i = 0; i < part; i++)
		if (strcmp(c->parts[i].name, c->parts[part].name) == 0 && part_fits(&c->parts[i], f))
			return false;
	return true;
}

bool part_is_whole(const struct collector *c, size_t part)
{
	return strcmp(c->parts[0].name, c->parts[part].name) == 0 || !c->parts[part].fills;
}

static char *extension_reason(const struct part *p, const struct facts *f)
{
	const struct extension *e = facts_extension(f, p->extension);
	int version = extension_version(e), wanted = version < p->min_extension ? p->min_extension : p->max_extension;

	if (!e && !facts_known(f))
		return mem_string("which extensions this database has could not be read yet");
	if (!e)
		return mem_format("the extension %s is not installed in this database", p->extension);
	if (strstr(p->sql, PART_SCHEMA) && (!e->schema || !sql_is_exact(e->schema)))
		return mem_format("the extension %s is in a schema whose name cannot be written in a statement", p->extension);
	if (version == 0)
		return mem_format("the extension %s has a version that cannot be read: %s", p->extension, e->version ? e->version : "?");
	return mem_format("needs the extension %s in version %d.%d%s; here it is %s", p->extension, wanted / 100, wanted % 100,
			  version < p->min_extension ? "" : " at most", e->version);
}

/* Whether nothing but its extension keeps the part from fitting. */
static bool lacks_extension(const struct part *p, const struct facts *f)
{
	struct part without = *p;

	without.extension = NULL;
	return p->extension && !part_fits(p, f) && part_fits(&without, f);
}

/* Of the parts of this name, none of which fits, the one that would with another version of its extension; NULL: none would. */
static const struct part *extension_wanted(const struct collector *c, size_t part, const struct facts *f)
{
	const struct part *wanted = NULL;

	for (size_t i = 0; i < c->nparts; i++) {
		const struct part *same = &c->parts[i];

		if (strcmp(same->name, c->parts[part].name) != 0 || !lacks_extension(same, f))
			continue;
		/* Newest first: of those that are too new for the extension here the last asks least. */
		if (!wanted || extension_version(facts_extension(f, same->extension)) < same->min_extension)
			wanted = same;
	}
	return wanted;
}

char *part_unfit_remedy(const struct collector *c, size_t part, const struct facts *f)
{
	const struct part *p = extension_wanted(c, part, f);
	const struct extension *e = p ? facts_extension(f, p->extension) : NULL;
	struct strbuf out = STRBUF_INIT;

	if (!p || !facts_known(f) || (e && (extension_version(e) == 0 || extension_version(e) >= p->min_extension)))
		return NULL;
	strbuf_adds(&out, e ? "ALTER EXTENSION " : "CREATE EXTENSION ");
	sql_add_identifier(&out, p->extension);
	strbuf_adds(&out, e ? " UPDATE;" : ";");
	return strbuf_take(&out);
}

char *part_unfit_reason(const struct collector *c, size_t part, const struct facts *f)
{
	const struct part *p = &c->parts[part], *lowest = NULL, *extended = extension_wanted(c, part, f);
	unsigned here = f->standby ? ON_STANDBY : ON_PRIMARY, on = 0;

	for (size_t i = 0; i < c->nparts; i++) {
		const struct part *same = &c->parts[i];

		if (strcmp(same->name, p->name) != 0)
			continue;
		if (i < part || part_fits(same, f))
			return NULL;   /* one fits, or the first of the name has spoken for all */
		on |= same->on ? same->on : ON_BOTH;
		if (!lowest || same->min_version < lowest->min_version)
			lowest = same;
	}
	if (!(on & here))
		return NULL;
	if (extended)
		return extension_reason(extended, f);
	if (lowest && lowest->min_version > f->version_num)
		return mem_format("needs PostgreSQL %d", lowest->min_version / 10000);
	return mem_format("not in PostgreSQL %s", f->version ? f->version : "of this version");
}

void missing_clear(struct collection *view)
{
	for (size_t i = 0; i < view->nmissing; i++) {
		free(view->missing[i].reason);
		free(view->missing[i].remedy);
	}
	free(view->missing);
	view->missing = NULL;
	view->nmissing = 0;
}

void missing_all(struct server *s, struct collector_state *c, const char *sqlstate, const char *reason, const char *remedy,
		 struct now now)
{
	const struct collector *collector = c->view.collector;
	struct strbuf own_reason = STRBUF_INIT, own_remedy = STRBUF_INIT;

	outcomes_clear(&c->denied);
	if (collector->unavailable && collector->unavailable(&s->facts, sqlstate, &own_reason, &own_remedy, &c->denied)) {
		reason = own_reason.text;
		remedy = own_remedy.len ? own_remedy.text : NULL;
	}
	collect_set_state(s, c, COLLECTION_UNAVAILABLE, reason, remedy);
	c->view.looked_us = now.wall_us;
	schedule_put_off(&c->schedule, COLLECTION_RETRY_S, now.mono_us);
	verdict_rebuild(s, now.wall_us);
	strbuf_free(&own_reason);
	strbuf_free(&own_remedy);
}

static void missing_add(struct collection *view, const struct part_state *ps, const char *reason, const char *remedy)
{
	for (size_t i = 0; i < ps->nfills; i++) {
		view->missing = mem_resize(view->missing, view->nmissing + 1, sizeof(*view->missing));
		view->missing[view->nmissing++] = (struct missing){
			.name = ps->fills[i],
			.reason = remedy ? mem_format("%s; %s", reason, remedy) : mem_string(reason),
			.remedy = mem_string_or_null(remedy),
		};
	}
}

void missing_rebuild(struct collector_state *c, const struct facts *f)
{
	const struct collector *collector = c->view.collector;

	missing_clear(&c->view);
	for (size_t i = 0; i < collector->nparts; i++) {
		const struct part_state *ps = &c->parts[i];
		char *unfit;

		if (part_chosen(collector, i, f)) {
			if (ps->reason)
				missing_add(&c->view, ps, ps->reason, ps->remedy);
			continue;
		}
		unfit = part_unfit_reason(collector, i, f);
		if (unfit) {
			char *remedy = part_unfit_remedy(collector, i, f);

			missing_add(&c->view, ps, unfit, remedy);
			free(remedy);
			free(unfit);
		}
	}
}

void missing_mark(const struct collection *view, struct table *t)
{
	for (size_t i = 0; i < view->nmissing; i++) {
		int column = table_column(t, view->missing[i].name);

		/* What a look-up could not bring is not on its way either. */
		for (size_t row = 0; column >= 0 && row < t->nrows; row++)
			if (table_cell(t, row, (size_t)column)->kind == CELL_NULL || table_cell(t, row, (size_t)column)->kind == CELL_PENDING)
				table_set_none(t, row, (size_t)column, CELL_UNKNOWN);
	}
}

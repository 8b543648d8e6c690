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

char *lacking_remedy(const char *sqlstate, const char *error, const char *remedy, const char *role)
{
	static const struct { const char *says, *grant; } denied[] = {
		{ "permission denied for function ", "GRANT EXECUTE ON FUNCTION pg_catalog." },
		{ "permission denied for view ", "GRANT SELECT ON pg_catalog." },
		{ "permission denied for table ", "GRANT SELECT ON pg_catalog." },
	};
	char *line, *filled;

	if (strcmp(sqlstate, "42501") != 0)   /* what is not there cannot be granted; an extension can be loaded */
		return strncmp(sqlstate, "42", 2) == 0 ? NULL : remedy_text(remedy, role);
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		size_t len = strlen(denied[i].says);

		/* What the server calls it is part of a line to copy: a name and nothing else. */
		if (strncmp(error, denied[i].says, len) != 0 || strncmp(error + len, "pg_", 3) != 0 ||
		    error[len + strspn(error + len, "abcdefghijklmnopqrstuvwxyz_0123456789")])
			continue;
		line = mem_format("%s%s TO %%s;", denied[i].grant, error + len);
		filled = remedy_text(line, role);
		free(line);
		return filled;
	}
	return remedy_text(remedy, role);
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

char *part_unfit_reason(const struct collector *c, size_t part, const struct facts *f)
{
	const struct part *p = &c->parts[part], *lowest = NULL;
	const char *extension = NULL;
	unsigned here = f->standby ? ON_STANDBY : ON_PRIMARY, on = 0;

	for (size_t i = 0; i < c->nparts; i++) {
		const struct part *same = &c->parts[i];

		if (strcmp(same->name, p->name) != 0)
			continue;
		if (i < part || part_fits(same, f))
			return NULL;   /* one fits, or the first of the name has spoken for all */
		on |= same->on ? same->on : ON_BOTH;
		if (same->extension && !facts_extension(f, same->extension))
			extension = same->extension;
		if (!lowest || same->min_version < lowest->min_version)
			lowest = same;
	}
	if (!(on & here))
		return NULL;
	if (extension)
		return mem_format("the extension %s is not installed in this database", extension);
	if (lowest && lowest->min_version > f->version_num)
		return mem_format("needs PostgreSQL %d", lowest->min_version / 10000);
	return mem_format("not in PostgreSQL %s", f->version ? f->version : "of this version");
}

void missing_clear(struct collection *view)
{
	for (size_t i = 0; i < view->nmissing; i++)
		free(view->missing[i].reason);
	free(view->missing);
	view->missing = NULL;
	view->nmissing = 0;
}

static void missing_add(struct collection *view, const struct part_state *ps, const char *reason, const char *remedy)
{
	for (size_t i = 0; i < ps->nfills; i++) {
		view->missing = mem_resize(view->missing, view->nmissing + 1, sizeof(*view->missing));
		view->missing[view->nmissing++] = (struct missing){
			.name = ps->fills[i],
			.reason = remedy ? mem_format("%s; %s", reason, remedy) : mem_string(reason),
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
			char *remedy = remedy_text(collector->parts[i].remedy, f->user);

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

		for (size_t row = 0; column >= 0 && row < t->nrows; row++)
			if (table_cell(t, row, (size_t)column)->kind == CELL_NULL)
				table_set_none(t, row, (size_t)column, CELL_UNKNOWN);
	}
}

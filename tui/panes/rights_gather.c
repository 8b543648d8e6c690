#include "rights_gather.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/sql.h"
#include "remedy.h"

/* The role that a superuser is offered; another where it is the superuser's own. */
static const char *const smaller_roles[] = { "monitor", "pgtop_prod" };

static struct opener *opener_of(struct rights *r, const char *line, size_t len)
{
	for (size_t i = 0; i < r->n; i++)
		if (strlen(r->openers[i].line) == len && memcmp(r->openers[i].line, line, len) == 0)
			return &r->openers[i];
	r->openers = mem_resize(r->openers, r->n + 1, sizeof(*r->openers));
	r->openers[r->n] = (struct opener){ .line = mem_string_n(line, len) };
	return &r->openers[r->n++];
}

static void opens(struct opener *o, const char *label, char *take_what)
{
	o->opened = mem_resize(o->opened, o->nopened + 1, sizeof(*o->opened));
	o->opened[o->nopened++] = (struct opened){ label, take_what };
}

/* One of the lines with all that goes on with it; what explains it is said apart. */
static size_t statement_len(const char *from)
{
	const char *rest = from, *end = from;
	struct remedy_line line;

	for (int n = 0; remedy_next(&rest, &line); n++) {
		if (n && line.kind != REMEDY_GOES_ON)
			break;
		end = line.text + line.len;
	}
	return (size_t)(end - from);
}

/* What the whole pane lacks: the first line opens it, or begins to; those behind it say themselves what for. */
static void gather_unavailable(struct rights *r, const struct collection *c)
{
	const char *rest = c->remedy ? c->remedy : "", *from = rest, *label = c->collector->tab;
	struct opener *o = NULL;
	struct remedy_line line;
	bool said = false;

	for (; remedy_next(&rest, &line); from = rest) {
		if (line.kind == REMEDY_STATEMENT || line.kind == REMEDY_SENTENCE) {
			o = opener_of(r, from, statement_len(from));
			if (!said)
				opens(o, label, mem_format("all of it: %s", c->reason));
			said = true;
		} else if (line.kind == REMEDY_EXPLAINS && o) {
			opens(o, label, mem_string_n(line.text, line.len));
		}
	}
	if (!said)
		opens(&r->closed, label, mem_format("all of it: %s", c->reason));
}

static void gather_hidden_rows(const struct scene *scene, struct rights *r, const struct collection *c)
{
	char *line = pane_hidden_remedy(scene, c);

	opens(line ? opener_of(r, line, strlen(line)) : &r->closed, c->collector->tab,
	      mem_format("%zu of %zu rows%s", c->hidden_rows, c->table ? c->table->nrows : c->hidden_rows,
			 line ? "" : "; the name of this role cannot be written in a line"));
	free(line);
}

static bool is_internal(const struct collector *c, const char *name)
{
	for (size_t i = 0; i < c->ncolumns; i++)
		if (strcmp(c->columns[i].name, name) == 0)
			return c->columns[i].flags & COLUMN_INTERNAL;
	return false;
}

/* Columns, or figures, that are missing for one reason. */
static void gather_missing(struct rights *r, const struct collection *c)
{
	struct strbuf names = STRBUF_INIT;

	for (size_t i = 0; i < c->nmissing; i++) {
		const struct missing *m = &c->missing[i], *next = i + 1 < c->nmissing ? m + 1 : NULL;
		size_t why = strlen(m->reason) - (m->remedy ? strlen(m->remedy) + strlen("; ") : 0);

		if (!is_internal(c->collector, m->name))
			strbuf_addf(&names, "%s%s", names.len ? ", " : "", m->name);
		if ((next && strcmp(next->reason, m->reason) == 0) || !names.len)
			continue;
		opens(m->remedy ? opener_of(r, m->remedy, strlen(m->remedy)) : &r->closed, c->collector->tab,
		      mem_format("%s: %.*s", names.text, (int)why, m->reason));
		strbuf_reset(&names);
	}
	strbuf_free(&names);
}

static void add_word(char **list, const char *word)
{
	char *longer = *list ? mem_format("%s, %s", *list, word) : mem_string(word);

	free(*list);
	*list = longer;
}

static void gather_panes(const struct scene *scene, struct rights *r)
{
	for (size_t i = 0; i < scene->panes->n; i++) {
		const struct collection *c = pane_collection(scene, &scene->panes->pane[i]);

		if (!c)
			continue;
		if (c->state == COLLECTION_UNAVAILABLE) {
			r->again = true;
			gather_unavailable(r, c);
			continue;
		}
		if (!c->table)
			add_word(&r->waiting, c->collector->tab);
		if (c->hidden_rows)
			gather_hidden_rows(scene, r, c);
		gather_missing(r, c);
	}
}

/* Of a check that will be judged without any line: its pane has not been asked yet, or could not be this time. */
static bool passes(const struct scene *scene, const char *id)
{
	for (size_t i = 0; i < scene->panes->n; i++) {
		const struct collection *c = pane_collection(scene, &scene->panes->pane[i]);
		const char *const *checks = c ? c->collector->checks : NULL;

		for (; checks && *checks; checks++)
			if (strcmp(*checks, id) == 0)
				return c->state == COLLECTION_WAITING || c->state == COLLECTION_SKIPPED;
	}
	return true;
}

static bool says(const struct opener *o, const char *why)
{
	for (size_t i = 0; i < o->nopened; i++)
		if (strstr(o->opened[i].what, why))
			return true;
	return o->line && strstr(why, o->line);
}

static void gather_check(struct rights *r, const struct check *check)
{
	for (size_t i = 0; i < r->n; i++) {
		if (says(&r->openers[i], check->why)) {
			add_word(&r->openers[i].checks, check->id);
			return;
		}
	}
	if (strncmp(check->why, "GRANT ", 6) == 0)
		add_word(&opener_of(r, check->why, strlen(check->why))->checks, check->id);
	else if (says(&r->closed, check->why))
		add_word(&r->closed.checks, check->id);
	else
		opens(&r->closed, "checks", mem_format("%s: %s", check->id, check->why));
}

static void gather_smaller_role(const struct facts *f, struct rights *r)
{
	const char *role = smaller_roles[f->user && strcmp(f->user, smaller_roles[0]) == 0];
	char *line = mem_format("CREATE ROLE %s LOGIN;", role);
	struct strbuf connect = STRBUF_INIT;

	opens(opener_of(r, line, strlen(line)), "", mem_format("\\password %s in psql gives it a password", role));
	free(line);
	line = mem_format("GRANT pg_monitor TO %s;", role);
	opens(opener_of(r, line, strlen(line)), "", mem_string("sees all sessions, statements, settings and statistics"));
	free(line);
	if (!f->database || !sql_is_exact(f->database))
		return;
	strbuf_adds(&connect, "GRANT CONNECT ON DATABASE ");
	sql_add_identifier(&connect, f->database);
	strbuf_addf(&connect, " TO %s;", role);
	opens(opener_of(r, connect.text, connect.len), "", mem_string("changes nothing where every role may connect"));
	strbuf_free(&connect);
}

void rights_gather(const struct scene *scene, struct rights *r)
{
	const struct outcomes *o = server_outcomes(scene->server);
	const struct facts *f = server_facts(scene->server);

	if (!server_link(scene->server).ever_connected)
		return;
	gather_panes(scene, r);
	for (size_t i = 0; i < o->nchecks; i++)
		if (o->checks[i].result == CHECK_UNKNOWN && o->checks[i].why && !passes(scene, o->checks[i].id))
			gather_check(r, &o->checks[i]);
	r->hidden = r->n;
	if (f->superuser)
		gather_smaller_role(f, r);
}

static void opener_clear(struct opener *o)
{
	for (size_t i = 0; i < o->nopened; i++)
		free(o->opened[i].what);
	free(o->opened);
	free(o->line);
	free(o->checks);
}

void rights_clear(struct rights *r)
{
	for (size_t i = 0; i < r->n; i++)
		opener_clear(&r->openers[i]);
	free(r->openers);
	opener_clear(&r->closed);
	free(r->waiting);
	memset(r, 0, sizeof(*r));
}

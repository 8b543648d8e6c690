#include "show_sql.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/limits.h"
#include "collectors/base/sql.h"
#include "collectors/server/session.h"
#include "collectors/server/statements.h"

/* `PostgreSQL 14 and later`, of server_version_num as in struct part. */
static void add_versions(struct strbuf *out, int min_version, int max_version)
{
	int first = min_version / 10000, last = max_version / 10000;

	if (first == 0 && last == 0)
		strbuf_adds(out, "every version");
	else if (last == 0)
		strbuf_addf(out, "PostgreSQL %d and later", first);
	else if (first == 0)
		strbuf_addf(out, "PostgreSQL %d and earlier", last);
	else if (first == last)
		strbuf_addf(out, "PostgreSQL %d", first);
	else
		strbuf_addf(out, "PostgreSQL %d to %d", first, last);
}

/* ` 1.9 to 1.10`, of versions as in struct part. */
static void add_extension_versions(struct strbuf *out, int min, int max)
{
	if (min != 0)
		strbuf_addf(out, " %d.%d", min / 100, min % 100);
	if (max == 0)
		strbuf_adds(out, min != 0 ? " and later" : "");
	else if (min == 0)
		strbuf_addf(out, " %d.%d and earlier", max / 100, max % 100);
	else if (max != min)
		strbuf_addf(out, " to %d.%d", max / 100, max % 100);
}

/* The statement as it is sent, with its mark, ended so that it can be pasted; SCHEMA where the name of one will stand. */
static void add_statement(struct strbuf *out, const char *sql)
{
	char *marked = sql_marked(sql), *from = marked;
	size_t n = strlen(marked);

	while (n > 0 && strchr(" \t\n;", marked[n - 1]) != NULL)
		n--;
	marked[n] = '\0';
	for (char *at; (at = strstr(from, PART_SCHEMA)) != NULL; from = at + strlen(PART_SCHEMA)) {
		strbuf_add(out, from, (size_t)(at - from));
		strbuf_adds(out, "SCHEMA");
	}
	strbuf_adds(out, from);
	strbuf_adds(out, ";\n");
	free(marked);
}

/* What the words of a statement that only the server can tell stand for. */
static void add_words(struct strbuf *out, const struct part *p, const struct limits *limits)
{
	if (p->extension != NULL && strstr(p->sql, PART_SCHEMA) != NULL)
		strbuf_addf(out, "-- SCHEMA: where the extension %s is, quoted\n", p->extension);
	if (p->unknown_only)
		strbuf_addf(out, "-- $1: the values of %s that are not known yet; every %g s at most (retry_unknown_texts_s)\n", p->join,
			    limit(limits, LIMIT_RETRY_UNKNOWN_TEXTS));
	else if (p->kind == PART_LOOKUP)
		strbuf_adds(out, "-- asked only when something is not known yet\n");
}

static void add_head(struct strbuf *out, const struct collector *c, const struct part *p)
{
	strbuf_addf(out, "\n-- %s, %s: ", c->name, p->name);
	add_versions(out, p->min_version, p->max_version);
	if (p->on == ON_PRIMARY)
		strbuf_adds(out, ", on a primary");
	else if (p->on == ON_STANDBY)
		strbuf_adds(out, ", on a standby");
	if (p->extension != NULL) {
		strbuf_addf(out, ", with the extension %s", p->extension);
		add_extension_versions(out, p->min_extension, p->max_extension);
	}
	strbuf_addc(out, '\n');
}

static void add_part(struct strbuf *out, const struct collector *c, const struct part *p, const struct limits *limits)
{
	add_head(out, c, p);
	add_words(out, p, limits);
	if (p->fills != NULL)
		strbuf_addf(out, "-- fills: %s\n", p->fills);
	strbuf_addf(out, "-- needs: %s\n", p->needs != NULL ? p->needs : "no special right");
	if (p->remedy != NULL) {
		strbuf_adds(out, "-- opened by: ");
		for (const char *at = p->remedy; *at != '\0'; at++) {
			if (at[0] == '%' && at[1] == 's') {
				strbuf_adds(out, "ROLE");
				at++;
			} else {
				strbuf_addc(out, *at);
				if (*at == '\n')
					strbuf_adds(out, "--   ");
			}
		}
		strbuf_addc(out, '\n');
	}
	add_statement(out, p->sql);
}

static void add_demand(struct strbuf *out, const struct collector *c)
{
	if (c->demand == NULL)
		return;
	for (size_t i = 0; i < c->demand->nparts; i++) {
		const struct part *p = &c->demand->parts[i];

		add_head(out, c, p);
		strbuf_addf(out, "-- for the row whose details are open%s%s, on a connection of its own\n-- $1: its %s\n",
			    c->demand->when != NULL ? ", where it has a value in " : "", c->demand->when != NULL ? c->demand->when : "",
			    c->demand->by);
		if (p->extension != NULL)
			strbuf_addf(out, "-- SCHEMA: where the extension %s is, quoted\n", p->extension);
		add_statement(out, p->sql);
	}
}

static void add_collector(struct strbuf *out, const struct collector *c, const struct limits *limits)
{
	strbuf_addf(out, "-- %s: %s\n-- asked ", c->name, c->help);
	if (c->interval_s == 0)
		strbuf_adds(out, "every interval (-s)\n");
	else
		strbuf_addf(out, "every %d s, at least the interval (-s)\n", c->interval_s);
	for (size_t i = 0; i < c->nparts; i++)
		add_part(out, c, &c->parts[i], limits);
	add_demand(out, c);
}

/* A format with words in the places of its conversions. */
static void add_format(struct strbuf *out, const char *format, const char *words)
{
	for (const char *at = format; *at != '\0'; at++) {
		size_t n = strcspn(words, " ");

		if (*at != '%') {
			strbuf_addc(out, *at);
			continue;
		}
		at += strcspn(at, "ds");
		strbuf_add(out, words, n);
		words += n + (words[n] == ' ');
	}
}

static void add_session_statement(struct strbuf *out, const struct statement *s)
{
	struct strbuf sql = STRBUF_INIT;

	strbuf_addf(out, "\n-- the session, %s: ", s->name);
	add_versions(out, s->min_version, s->max_version);
	strbuf_addf(out, "\n-- sent %s\n-- needs: %s\n", s->when, s->needs != NULL ? s->needs : "no special right");
	if (s->values != NULL)
		add_format(&sql, s->sql, s->values);
	else
		strbuf_adds(&sql, s->sql);
	add_statement(out, sql.text);
	strbuf_free(&sql);
}

static void add_session(struct strbuf *out, const struct limits *limits)
{
	char *options = session_options(limits, true);

	strbuf_adds(out, "-- Everything that pgtop-prod sends to a server. What the collectors ask is prepared once and run from then on.\n"
			 "-- Limits in milliseconds, as they are unless config.json says otherwise.\n"
			 "\n-- the session, startup: every version\n-- with the request to connect, behind the options of the user\n"
			 "-- application_name=pgtop-prod client_encoding=UTF8\n");
	strbuf_addf(out, "-- %s\n", options);
	free(options);
	for (size_t i = 0; i < nstatements; i++)
		add_session_statement(out, &statements[i]);
}

void show_sql(const struct collector *only, struct strbuf *out)
{
	struct limits limits;

	limits_defaults(&limits);
	if (only == NULL)
		add_session(out, &limits);
	for (size_t i = 0; i < ncollectors; i++) {
		if (only != NULL && only != collectors[i])
			continue;
		if (out->len > 0)
			strbuf_addc(out, '\n');
		add_collector(out, collectors[i], &limits);
	}
}

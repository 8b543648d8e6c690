#include "show_sql.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/limits.h"
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

/* The statement as it is sent, ended so that it can be pasted. */
static void add_statement(struct strbuf *out, const char *sql)
{
	size_t n = strlen(sql);

	while (n > 0 && strchr(" \t\n;", sql[n - 1]) != NULL)
		n--;
	strbuf_add(out, sql, n);
	strbuf_adds(out, ";\n");
}

static void add_part(struct strbuf *out, const struct collector *c, const struct part *p)
{
	strbuf_addf(out, "\n-- %s, %s: ", c->name, p->name);
	add_versions(out, p->min_version, p->max_version);
	if (p->on == ON_PRIMARY)
		strbuf_adds(out, ", on a primary");
	else if (p->on == ON_STANDBY)
		strbuf_adds(out, ", on a standby");
	if (p->extension != NULL)
		strbuf_addf(out, ", with the extension %s", p->extension);
	strbuf_addc(out, '\n');
	if (p->kind == PART_LOOKUP)
		strbuf_adds(out, "-- asked only for what is not known yet\n");
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

static void add_collector(struct strbuf *out, const struct collector *c)
{
	strbuf_addf(out, "-- %s: %s\n-- asked ", c->name, c->help);
	if (c->interval_s == 0)
		strbuf_adds(out, "every interval (-s)\n");
	else
		strbuf_addf(out, "every %d s, at least the interval (-s)\n", c->interval_s);
	for (size_t i = 0; i < c->nparts; i++)
		add_part(out, c, &c->parts[i]);
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

static void add_session(struct strbuf *out)
{
	struct limits limits;
	char *options;

	limits_defaults(&limits);
	options = session_options(&limits, true);
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
	if (only == NULL)
		add_session(out);
	for (size_t i = 0; i < ncollectors; i++) {
		if (only != NULL && only != collectors[i])
			continue;
		if (out->len > 0)
			strbuf_addc(out, '\n');
		add_collector(out, collectors[i]);
	}
}

/*
 * The statement of a part as this server gets it, and what becomes of parts when the server changes under them. Extensions move: what was prepared
 * with the name of a schema is prepared anew after each change, and what was looked up through it is forgotten.
 */
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "internal.h"

/* A part that lacks something is asked again after a minute, then after twice as long each time: every try is a line in the server's log. */
enum { RETRY_S = 10, RETRY_MAX_S = 60, LACKING_MAX_S = 3600, DOUBLINGS = 6 };

char *part_statement(const struct part *p, const struct facts *f)
{
	const struct extension *e = p->extension ? facts_extension(f, p->extension) : NULL;
	struct strbuf out = STRBUF_INIT;
	const char *sql = p->sql;

	for (const char *at; e && e->schema && (at = strstr(sql, PART_SCHEMA)) != NULL; sql = at + strlen(PART_SCHEMA)) {
		strbuf_add(&out, sql, (size_t)(at - sql));
		sql_add_quoted(&out, e->schema);
	}
	strbuf_adds(&out, sql);
	return strbuf_take(&out);
}

char *demand_statement(const struct demand *d, const struct facts *f)
{
	for (size_t i = 0; i < d->nparts; i++)
		if (part_fits(&d->parts[i], f))
			return part_statement(&d->parts[i], f);
	return NULL;
}

char *statement_inline(const char *sql, const char *value)
{
	struct strbuf out = STRBUF_INIT;
	bool name = false;

	for (const char *p = sql; *p; p++) {
		name ^= *p == '"';   /* a schema may be called anything */
		if (name || p[0] != '$' || p[1] != '1' || (p[2] >= '0' && p[2] <= '9')) {
			strbuf_addc(&out, *p);
			continue;
		}
		sql_add_literal(&out, value);
		p++;
	}
	return strbuf_take(&out);
}

void part_put_off(struct part_state *ps, bool seldom, int64_t mono_us)
{
	int first = seldom ? COLLECTION_RETRY_S : RETRY_S, most = seldom ? LACKING_MAX_S : RETRY_MAX_S;
	int pause = first << (ps->failures < DOUBLINGS ? ps->failures : DOUBLINGS);

	ps->failures++;
	ps->retry_us = mono_us + (pause < most ? pause : most) * SECOND_US;
}

void parts_begin_session(struct server *s)
{
	for (size_t i = 0; i < ncollectors; i++) {
		const struct collector *c = s->collectors[i].view.collector;

		for (size_t k = 0; k < c->nparts; k++) {
			struct part_state *ps = &s->collectors[i].parts[k];

			ps->retry_us = 0;
			/* Texts that are dear to ask for stay until the facts say that it is another server. */
			if (!c->parts[k].unknown_only)
				lookup_clear(&ps->lookup);
			ps->lookup.not_before_us = 0;
		}
	}
}

void parts_forget(struct server *s)
{
	for (size_t i = 0; i < ncollectors; i++)
		for (size_t k = 0; k < s->collectors[i].view.collector->nparts; k++)
			lookup_clear(&s->collectors[i].parts[k].lookup);
}

static bool same_extension(const struct extension *a, const struct extension *b)
{
	return a == b || (a && b && same_text(a->version, b->version) && same_text(a->schema, b->schema));
}

void parts_follow(struct server *s, const struct facts *before)
{
	bool moved = false;

	for (size_t i = 0; i < ncollectors; i++) {
		const struct collector *c = s->collectors[i].view.collector;

		for (size_t k = 0; k < c->nparts; k++) {
			const char *name = c->parts[k].extension;

			if (!name || same_extension(facts_extension(before, name), facts_extension(&s->facts, name)))
				continue;
			lookup_clear(&s->collectors[i].parts[k].lookup);
			s->collectors[i].fresh = true;
			moved = true;
		}
	}
	if (moved)
		s->generation++;
}

void parts_retry(struct server *s, int64_t mono_us)
{
	for (size_t i = 0; i < ncollectors; i++) {
		struct collector_state *c = &s->collectors[i];

		for (size_t k = 0; k < c->view.collector->nparts; k++) {
			if (!c->parts[k].permanent)
				continue;
			c->parts[k].retry_us = 0;
			c->parts[k].failures = 0;
		}
		if (c->view.state == COLLECTION_UNAVAILABLE || c->view.state == COLLECTION_SKIPPED)
			c->schedule.due_us = mono_us;
	}
}

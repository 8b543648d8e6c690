#include "server.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "internal.h"

static void copy_facts(struct facts *to, const struct facts *from)
{
	*to = *from;
	to->host = mem_string_or_null(from->host);
	to->port = mem_string_or_null(from->port);
	to->database = mem_string_or_null(from->database);
	to->user = mem_string_or_null(from->user);
	to->version = mem_string_or_null(from->version);
	to->system_identifier = mem_string_or_null(from->system_identifier);
	to->preloaded = mem_string_or_null(from->preloaded);
	to->extensions = mem_zero(from->nextensions + 1, sizeof(*to->extensions));
	for (size_t i = 0; i < from->nextensions; i++) {
		to->extensions[i].name = mem_string_or_null(from->extensions[i].name);
		to->extensions[i].version = mem_string_or_null(from->extensions[i].version);
		to->extensions[i].schema = mem_string_or_null(from->extensions[i].schema);
	}
}

static void copy_collection(struct collector_state *to, const struct collector_state *from)
{
	struct missing *missing = mem_zero(from->view.nmissing + 1, sizeof(*missing));

	to->view = from->view;
	to->view.reason = mem_string_or_null(from->view.reason);
	to->view.remedy = mem_string_or_null(from->view.remedy);
	to->view.summary = mem_string_or_null(from->view.summary);
	to->view.footer = mem_string_or_null(from->view.footer);
	to->view.signs = signs_copy(from->view.signs);
	to->view.table = from->view.table ? table_copy(from->view.table) : NULL;
	for (size_t i = 0; i < from->view.nmissing; i++) {
		missing[i] = from->view.missing[i];
		missing[i].reason = mem_string_or_null(from->view.missing[i].reason);
		missing[i].remedy = mem_string_or_null(from->view.missing[i].remedy);
	}
	to->view.missing = missing;
	if (from->history) {
		history_free(to->history);
		to->history = history_copy(from->history);
	}
}

/* As they were ranked and folded; not ranked again, which would add the clauses twice. */
static void copy_outcomes(struct outcomes *to, const struct outcomes *from)
{
	outcomes_add_copy(to, from);
	for (size_t i = 0; i < from->nfindings && i < to->nfindings; i++)
		to->findings[i].folded_into = from->findings[i].folded_into;
	to->quiet_since_us = from->quiet_since_us;
}

struct server *server_freeze(const struct server *s)
{
	struct server *f = server_offline(s->limits, (struct now){ 0, 0 });

	f->interval_s = s->interval_s;
	f->window = s->window;
	f->frozen = true;
	f->link.state = s->link.state;
	f->link.ever_connected = s->link.ever_connected;
	f->link.since_us = s->link.since_us;
	f->link.newest_us = s->link.newest_us;
	f->link.lost = mem_string_or_null(s->link.lost);
	facts_clear(&f->facts);
	copy_facts(&f->facts, &s->facts);
	for (size_t i = 0; i < ncollectors; i++)
		copy_collection(&f->collectors[i], &s->collectors[i]);
	outcomes_clear(&f->outcomes);
	copy_outcomes(&f->outcomes, &s->outcomes);
	demand_copy(&f->demanding, &s->demanding);
	f->version = s->version;
	return f;
}

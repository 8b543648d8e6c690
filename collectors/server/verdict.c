/* What all collectors and the link conclude together: one ranked list, in which a finding keeps the moment it was first seen. */
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "internal.h"

static bool is_answered(const struct outcomes *o, const char *id)
{
	for (size_t i = 0; i < o->nchecks; i++)
		if (strcmp(o->checks[i].id, id) == 0)
			return true;
	return false;
}

static void collector_conclude(struct outcomes *to, const struct collector_state *c)
{
	const char *why = c->view.reason ? c->view.reason : "not asked yet";
	const struct outcomes *denied = c->view.state == COLLECTION_UNAVAILABLE ? &c->denied : NULL;
	bool one_line = c->view.remedy && !strchr(c->view.remedy, '\n');
	size_t before = to->nfindings;

	if (c->view.table && c->view.state != COLLECTION_UNAVAILABLE)
		outcomes_add_copy(to, &c->outcomes);
	for (size_t i = before; i < to->nfindings; i++)
		to->findings[i].news = c->settled;
	/* What was found stands until something else is known; what was well need not be so any more. */
	if (c->view.table && (c->view.state == COLLECTION_OK || c->view.state == COLLECTION_STALE))
		return;
	if (denied)
		outcomes_add_copy(to, denied);
	for (const char *const *id = c->view.collector->checks; id && *id; id++)
		if (!denied || !is_answered(denied, *id))
			outcomes_check(to, *id, CHECK_UNKNOWN, one_line ? c->view.remedy : why);
}

static void link_conclude(struct outcomes *to, const struct link *l)
{
	struct finding *f;

	if (l->state == LINK_LIVE) {
		outcomes_check(to, "connection-lost", CHECK_OK, NULL);
		return;
	}
	if (l->state == LINK_CONNECTING) {
		outcomes_check(to, "connection-lost", CHECK_UNKNOWN, l->lost ? l->lost : "not connected yet");
		return;
	}
	f = outcomes_finding(to, "connection-lost", SEVERITY_CRITICAL);
	f->pane = "connection";
	f->news = true;
	f->stops = INT64_MAX;   /* all else on the screen is from before */
	/* A silent server is silent since its newest answer, not since that was noticed. */
	f->since_us = l->state == LINK_NO_ANSWER && l->newest_us ? l->newest_us : l->since_us;
	f->folded_into = -1;
	if (l->state == LINK_NO_ANSWER) {
		f->title = mem_string("The server does not answer");
		f->evidence = mem_string("a statement is under way and the connection stands; everything shown is from before");
	} else {
		f->title = mem_string("Connection lost");
		f->evidence = l->attempts.n ? mem_format("%s; %s: %s", l->lost ? l->lost : "", l->attempts.all[0].where,
							 l->attempts.all[0].what)
					    : mem_string(l->lost ? l->lost : "the server has gone");
	}
}

static bool was_judged(const struct outcomes *old, const char *id)
{
	for (size_t i = 0; i < old->nchecks; i++)
		if (strcmp(old->checks[i].id, id) == 0)
			return old->checks[i].result == CHECK_OK || old->checks[i].result == CHECK_FINDING;
	return false;
}

/* What is found by the first look that can find it was there before; `news` says whether this was not the first. */
static void date_finding(const struct outcomes *old, struct finding *f, int64_t wall_us)
{
	for (size_t i = 0; i < old->nfindings; i++) {
		const struct finding *o = &old->findings[i];

		if (!same_text(o->id, f->id) || !same_text(o->pane, f->pane) || !same_text(o->key, f->key))
			continue;
		f->first_seen_us = o->first_seen_us;
		f->news = o->news;
		return;
	}
	f->first_seen_us = wall_us;
	f->news = f->news && was_judged(old, f->id);
}

static bool outcomes_judged(const struct outcomes *o)
{
	for (size_t i = 0; i < o->nchecks; i++)
		if (o->checks[i].result == CHECK_OK && strcmp(o->checks[i].id, "connection-lost") != 0)
			return true;
	return false;
}

void verdict_rebuild(struct server *s, int64_t wall_us)
{
	struct outcomes merged = { 0 };

	if (!s->collectors)
		return;
	for (size_t i = 0; i < ncollectors; i++)
		collector_conclude(&merged, &s->collectors[i]);
	link_conclude(&merged, &s->link);
	for (size_t i = 0; i < merged.nfindings; i++)
		date_finding(&s->outcomes, &merged.findings[i], wall_us);
	outcomes_rank(&merged);
	/* Before anything was judged, silence says nothing. */
	if (merged.nfindings == 0 && outcomes_judged(&merged))
		merged.quiet_since_us = s->outcomes.quiet_since_us ? s->outcomes.quiet_since_us : wall_us;
	outcomes_clear(&s->outcomes);
	s->outcomes = merged;
}

/* The run of a collector: its parts one after the other, their rows into one table. */
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "internal.h"

double collect_asked_s(const struct server *s, const struct collector *c)
{
	return c->interval_s > s->interval_s ? c->interval_s : s->interval_s;
}

void collect_start(struct server *s, struct now now)
{
	s->collectors = mem_zero(ncollectors + 1, sizeof(*s->collectors));
	for (size_t i = 0; i < ncollectors; i++) {
		const struct collector *collector = collectors[i];
		struct collector_state *c = &s->collectors[i];

		c->view.collector = collector;
		c->fresh = true;
		c->samples = collector->windowed ? samples_new() : NULL;
		schedule_start(&c->schedule, collect_asked_s(s, collector), now.mono_us);
		c->view.interval_s = c->view.asked_interval_s = c->schedule.asked_s;
		c->parts = mem_zero(collector->nparts + 1, sizeof(*c->parts));
		for (size_t k = 0; k < collector->nparts; k++)
			c->parts[k].fills = words_split(collector->parts[k].fills, &c->parts[k].nfills);
		for (size_t k = 0; k < collector->ncolumns; k++)
			if (collector->columns[k].flags & COLUMN_HISTORY && !c->history)
				c->history = history_new();
	}
}

static void part_free(struct part_state *ps)
{
	for (size_t i = 0; i < ps->nfills; i++)
		free(ps->fills[i]);
	free(ps->fills);
	free(ps->reason);
	free(ps->remedy);
	lookup_clear(&ps->lookup);
	free(ps->columns);
}

void collect_free(struct server *s)
{
	collect_run_drop(s);
	for (size_t i = 0; i < ncollectors; i++) {
		struct collector_state *c = &s->collectors[i];

		for (size_t k = 0; k < c->view.collector->nparts; k++)
			part_free(&c->parts[k]);
		free(c->parts);
		missing_clear(&c->view);
		free(c->view.reason);
		free(c->view.remedy);
		free(c->view.summary);
		free(c->view.footer);
		table_free(c->view.table);
		publish_anew_drop(c);
		bases_drop(c);
		samples_free(c->samples);
		outcomes_clear(&c->outcomes);
		outcomes_clear(&c->denied);
		history_free(c->history);
		signs_free(c->view.signs);
	}
	free(s->collectors);
}

void collect_set_state(struct server *s, struct collector_state *c, enum collection_state state, const char *reason,
		       const char *remedy)
{
	char *new_reason = mem_string_or_null(reason), *new_remedy = mem_string_or_null(remedy);

	free(c->view.reason);
	free(c->view.remedy);
	c->view.version++;
	c->view.state = state;
	c->view.reason = new_reason;
	c->view.remedy = new_remedy;
	changed(s);
}

void collect_stale(struct server *s, const char *reason)
{
	for (size_t i = 0; i < ncollectors; i++)
		if (s->collectors[i].view.state == COLLECTION_OK || s->collectors[i].view.state == COLLECTION_STALE)
			collect_set_state(s, &s->collectors[i], COLLECTION_STALE, reason, NULL);
}

void collect_run_drop(struct server *s)
{
	table_free(s->run.table);
	sample_free(s->run.sample);
	outcomes_clear(&s->run.outcomes);
	s->run = (struct run){ 0 };
}

void collect_run_again(struct server *s, struct now now)
{
	running(s)->schedule.due_us = now.mono_us;
	collect_run_drop(s);
}

static bool first_part_fits(const struct server *s, const struct collector *c)
{
	for (size_t i = 0; i < c->nparts; i++)
		if (strcmp(c->parts[i].name, c->parts[0].name) == 0 && part_chosen(c, i, &s->facts))
			return true;
	return c->nparts == 0;
}

static void say_unfit(struct server *s, struct collector_state *c, struct now now)
{
	const struct collector *collector = c->view.collector;
	char *reason = part_unfit_reason(collector, 0, &s->facts);
	char *remedy = part_unfit_remedy(collector, 0, &s->facts);

	if (!facts_known(&s->facts)) {   /* what would be said of a server nobody has read anything of is a guess */
		collect_set_state(s, c, COLLECTION_SKIPPED, reason, NULL);
		verdict_rebuild(s, now.wall_us);
		free(reason);
		free(remedy);
		return;
	}
	missing_all(s, c, "", reason ? reason : s->facts.standby ? "does not apply to a standby" : "does not apply to a primary",
		    remedy, now);
	free(reason);
	free(remedy);
}

void collect_run_begin(struct server *s, size_t collector, struct now now)
{
	struct collector_state *c = &s->collectors[collector];

	schedule_began(&c->schedule, now.mono_us);
	c->memory = memories_for(s, c->view.collector);
	if (!first_part_fits(s, c->view.collector)) {
		say_unfit(s, c, now);
		return;
	}
	s->run = (struct run){
		.active = true, .collector = collector,
		.table = table_new(c->view.collector->columns, c->view.collector->ncolumns),
	};
}

/* Whether a look-up could bring anything new. Each is made once in every session, so that it is prepared while it can be. */
static bool wants_lookup(const struct server *s, const struct collector_state *c, size_t part, struct now now)
{
	return lookup_wanted(&c->view.collector->parts[part], &c->parts[part].lookup, s->run.table,
			     c->looked_up_in != s->link.number, now.mono_us);
}

/* First the parts that bring rows, then, once the rows are known, the look-ups. */
long collect_next_part(struct server *s, struct now now)
{
	const struct collector_state *c = running(s);
	const struct collector *collector = c->view.collector;

	for (; s->run.part < 2 * collector->nparts; s->run.part++) {
		size_t i = s->run.part % collector->nparts;
		enum part_kind kind = s->run.part < collector->nparts ? PART_ROWS : PART_LOOKUP;

		if (collector->parts[i].kind != kind || !part_chosen(collector, i, &s->facts))
			continue;
		if (now.mono_us < c->parts[i].retry_us && !part_is_whole(collector, i))
			continue;
		if (kind == PART_ROWS || wants_lookup(s, c, i, now))
			return (long)i;
	}
	return -1;
}

static size_t part_now(const struct server *s)
{
	return s->run.part % s->collectors[s->run.collector].view.collector->nparts;
}

static void map_columns(struct server *s, const struct part *p, const struct table *t)
{
	const struct db *db = s->link.session->db;

	s->job.join = -1;
	for (int i = 0; i < (int)(sizeof(s->job.map) / sizeof(s->job.map[0])); i++) {
		const char *name = i < db_columns(db) ? db_column_name(db, i) : NULL;

		s->job.map[i] = name ? table_column(t, name) : -1;
		if (name && p->join && strcmp(name, p->join) == 0)
			s->job.join = i;
	}
}

void collect_row(struct server *s)
{
	const struct collector *collector = running(s)->view.collector;
	const struct part *p = &collector->parts[part_now(s)];
	const struct db *db = s->link.session->db;
	struct table *t = s->run.table;
	size_t row;

	if (p->kind == PART_LOOKUP) {
		if (!s->job.answer)
			s->job.answer = lookup_answer(collector, p, &running(s)->parts[part_now(s)]);
		t = s->job.answer;
	}
	if (s->job.rows == 0)
		map_columns(s, p, t);
	row = table_add_row(t);
	for (int i = 0; i < db_columns(db) && i < (int)(sizeof(s->job.map) / sizeof(s->job.map[0])); i++) {
		size_t len = 0;
		const char *value = db_value(db, i, &len);

		if (s->job.map[i] >= 0)
			copy_value(t, row, (size_t)s->job.map[i], value, len);
	}
}

void collect_part_done(struct server *s, int64_t took_us, struct now now)
{
	struct collector_state *c = running(s);
	const struct collector *collector = c->view.collector;
	size_t part = part_now(s);
	struct part_state *ps = &c->parts[part];

	free(ps->reason);
	free(ps->remedy);
	ps->reason = ps->remedy = NULL;
	ps->permanent = false;
	ps->failures = 0;
	ps->retry_us = 0;
	if (collector->parts[part].kind == PART_LOOKUP) {
		const struct part *p = &collector->parts[part];
		struct table *answer = s->job.answer ? s->job.answer : lookup_answer(collector, p, ps);

		s->job.answer = NULL;
		lookup_take(p, ps, answer, s->run.table, (double)took_us / (double)SECOND_US, s->limits, now.mono_us);
	} else if (!s->run.table->taken_us) {
		s->run.table->taken_us = session_server_clock(s->link.session, s->job.sent_us + took_us / 2);
	}
	s->run.cost_us += took_us;
	s->run.statements++;
	s->run.part++;
}

static char *failure_reason(const struct server *s, bool timed_out)
{
	if (strcmp(s->job.sqlstate, "55P03") == 0)
		return mem_format("waited %g s for a lock in vain", limit(s->limits, LIMIT_LOCK_TIMEOUT));
	if (timed_out)
		return mem_format("took longer than its limit of %g s", s->job.timeout_ms / 1000.0);
	return message_line(s->job.error ? s->job.error : "");
}

static void whole_failed(struct server *s, size_t part, struct now now)
{
	struct collector_state *c = running(s);
	struct part_state *ps = &c->parts[part];
	bool locked = strcmp(s->job.sqlstate, "55P03") == 0;

	if (ps->permanent) {
		missing_all(s, c, s->job.sqlstate, ps->reason, ps->remedy, now);
		collect_run_drop(s);
		return;
	}
	if (!locked || c->view.state != COLLECTION_SKIPPED)   /* else who holds it is named already, and asked again */
		collect_set_state(s, c, COLLECTION_SKIPPED, ps->reason, NULL);
	schedule_timed_out(&c->schedule, now.mono_us);
	if (locked) {
		s->locker_for = (long)s->run.collector;
		s->locker_due = true;
	}
	collect_run_drop(s);
	verdict_rebuild(s, now.wall_us);
}

void collect_part_failed(struct server *s, int64_t took_us, struct now now)
{
	struct collector_state *c = running(s);
	size_t part = part_now(s);
	const struct part *p = &c->view.collector->parts[part];
	struct part_state *ps = &c->parts[part];
	bool timed_out = strcmp(s->job.sqlstate, "57014") == 0 && took_us >= s->job.timeout_ms * INT64_C(900);

	free(ps->reason);
	free(ps->remedy);
	ps->permanent = sqlstate_is_lacking(s->job.sqlstate);
	ps->reason = failure_reason(s, timed_out);
	ps->remedy = ps->permanent ? lacking_remedy(s->job.sqlstate, ps->reason, p->remedy, s->facts.user,
						       p->extension ? facts_extension(&s->facts, p->extension) : NULL) : NULL;
	/* What reads every text there is, and fails at one of them or at its time limit, fails the next time as well. */
	part_put_off(ps, ps->permanent || (p->unknown_only && strcmp(s->job.sqlstate, "55P03") != 0), now.mono_us);
	if (ps->permanent && p->extension)   /* it may have moved since the facts were read */
		s->facts_due_us = now.mono_us;
	s->run.cost_us += took_us;
	s->run.statements++;
	if (part_is_whole(c->view.collector, part)) {
		whole_failed(s, part, now);
		return;
	}
	if (p->kind == PART_LOOKUP)
		lookup_failed(&ps->lookup, now.mono_us);
	s->run.part++;
}

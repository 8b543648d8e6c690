/*
 * From the rows of a run to what is shown: look-ups, row by row, the whole, the judgement. Each is a step, or many of so many rows, that ends long
 * before a slice of work does; nothing of it is seen before the last.
 */
#include <stdlib.h>

#include "collectors/base/clock.h"
#include "collectors/base/memory.h"
#include "internal.h"

/* Rows of a step; and so many that a step which takes all of them wants a slice of its own. */
enum { PORTION = 256, MANY_ROWS = 1000, ANEW_SLICE_US = 1500 };

/* A first sample has no rates: the next comes this soon, however seldom the collector is asked. */
enum { SECOND_SAMPLE_S = 10 };

/* ---- what figures are against ---- */

void bases_drop(struct collector_state *c)
{
	sample_free(c->base);
	sample_free(c->next_base);
	c->base = c->next_base = NULL;
}

static bool is_comparable(const struct collector_state *c, const struct table *t)
{
	return !c->fresh && !(c->next_base && t->taken_us < sample_taken_us(c->next_base));
}

/*
 * What this sample's rates are against. A server process hands in its counts about once a second,
 * so between samples closer than that a rate is a wild thing: nothing, then everything at once.
 */
static const struct sample *rate_base(const struct collector_state *c, const struct table *t)
{
	if (!is_comparable(c, t))
		return NULL;
	if (c->next_base && t->taken_us - sample_taken_us(c->next_base) >= SERVER_RATE_SPAN_US)
		return c->next_base;
	return c->base;
}

/* The run's table is shown: what it was against is the base of what is shown, and it may become the next itself. */
static void bases_turn(struct collector_state *c, const struct run *run)
{
	if (!is_comparable(c, run->table))
		bases_drop(c);
	if (c->next_base && run->before == c->next_base) {
		sample_free(c->base);
		c->base = c->next_base;
		c->next_base = NULL;
	}
	if (!c->next_base)
		c->next_base = sample_share(run->sample);
	c->fresh = false;
}

/*
 * Samples of the window outlive a lost connection as long as it is the same server behind it, which has not been started since: its start tells, to
 * the microsecond. Before it has been asked in this session, nobody knows.
 */
static bool are_of_this_server(const struct server *s, const struct collector_state *c)
{
	return (s->offline || s->facts_read) && c->samples_of_us == s->facts.started_at_us;
}

static const struct sample *window_start(const struct server *s, const struct collector_state *c, const struct table *t,
					 const struct sample *before)
{
	if (!c->samples)
		return NULL;
	if (s->window == WINDOW_INTERVAL)
		return before;
	return are_of_this_server(s, c) ? samples_at(c->samples, s->window, t->taken_us) : NULL;
}

static void samples_turn(const struct server *s, struct collector_state *c, const struct run *run)
{
	if (!c->samples)
		return;
	if (!are_of_this_server(s, c))
		samples_clear(c->samples);
	c->samples_of_us = s->facts.started_at_us;
	samples_add(c->samples, sample_share(run->sample), (int)limit(s->limits, LIMIT_SAMPLE_MINUTES));
}

static struct context context_of(const struct server *s, const struct collector_state *c, const struct table *t,
				 const struct sample *before, struct now now)
{
	return (struct context){
		.facts = &s->facts, .limits = s->limits, .history = c->history, .before = before,
		.window = window_start(s, c, t, before), .chosen = s->window, .memory = c->memory, .now_us = now.mono_us,
	};
}

/* ---- what follows from a table ---- */

static void keep_history(const struct collector_state *c, const struct table *t, int64_t mono_us)
{
	size_t column = 0;

	if (!c->history)
		return;
	while (!(t->columns[column].flags & COLUMN_HISTORY))
		column++;
	for (size_t row = 0; row < t->nrows; row++) {
		char *key;

		if (!table_has(t, row, column))
			continue;
		key = table_key(t, row);
		history_add(c->history, key, table_number(t, row, column), mono_us);
		free(key);
	}
}

static size_t count_hidden(const struct table *t)
{
	int column = table_column(t, "hidden");
	size_t n = 0;

	for (size_t row = 0; column >= 0 && row < t->nrows; row++)
		n += table_bool(t, row, (size_t)column);
	return n;
}

/* With thousands of rows not to be said anew whenever something is drawn. */
static void say_of_table(struct collector_state *c, struct now now)
{
	const struct collector *collector = c->view.collector;
	struct strbuf summary = STRBUF_INIT, footer = STRBUF_INIT;

	if (collector->summary)
		collector->summary(c->view.table, &summary);
	if (collector->footer)
		collector->footer(c->view.table, now.wall_us, &footer);
	c->view.version++;
	mem_replace(&c->view.summary, summary.len ? strbuf_take(&summary) : NULL);
	mem_replace(&c->view.footer, footer.len ? strbuf_take(&footer) : NULL);
	strbuf_free(&summary);
	strbuf_free(&footer);
}

/* ---- steps ---- */

static void begin(struct server *s, struct now now)
{
	struct collector_state *c = running(s);
	struct table *t = s->run.table;
	int64_t cost = s->run.cost_us - s->run.statements * s->link.session->round_trip_us;

	t->took_us = s->run.cost_us;
	if (!t->taken_us)
		t->taken_us = session_server_clock(s->link.session, now.mono_us);
	/* The way to the server and back is no load on it. */
	schedule_worked(&c->schedule, (double)(cost > 0 ? cost : 0) / (double)SECOND_US, limit(s->limits, LIMIT_BUDGET_SHARE),
			now.mono_us);
	c->looked_up_in = s->link.number;
	missing_rebuild(c, &s->facts);
}

/* The next rows of a step that goes row by row: up to *to. Gives false when there are none left. */
static bool portion(struct run *run, size_t *from, size_t *to)
{
	*from = run->at;
	*to = run->table->nrows - run->at > PORTION ? run->at + PORTION : run->table->nrows;
	run->at = *to;
	return *from < *to;
}

static void next_step(struct run *run, enum publish_step step)
{
	run->step = step;
	run->at = 0;
}

static void step_lookups(struct server *s)
{
	struct collector_state *c = running(s);
	const struct collector *collector = c->view.collector;
	size_t from, to;

	if (!portion(&s->run, &from, &to)) {
		missing_mark(&c->view, s->run.table);
		next_step(&s->run, PUBLISH_ROWS);
		return;
	}
	for (size_t i = 0; i < collector->nparts; i++)
		if (collector->parts[i].kind == PART_LOOKUP && part_chosen(collector, i, &s->facts))
			lookup_apply(&collector->parts[i], &c->parts[i], s->run.table, from, to);
}

static void step_rows(struct server *s, const struct context *ctx)
{
	const struct collector *collector = running(s)->view.collector;
	size_t from, to;

	if (!collector->row || !portion(&s->run, &from, &to)) {
		next_step(&s->run, PUBLISH_DERIVE);
		return;
	}
	for (size_t row = from; row < to; row++)
		collector->row(ctx, s->run.table, row);
}

static void step_derive(struct server *s, const struct context *ctx)
{
	const struct collector *collector = running(s)->view.collector;

	if (collector->derive)
		collector->derive(ctx, s->run.table);
	next_step(&s->run, PUBLISH_SAMPLE);
}

/* Behind derive(), which may keep something of its own in a column that is kept. */
static void step_sample(struct server *s)
{
	size_t from, to;

	if (!s->run.at) {
		sample_free(s->run.sample);
		s->run.sample = sample_begin(s->run.table);
	}
	if (portion(&s->run, &from, &to))
		sample_take(s->run.sample, s->run.table, from, to);
	else
		next_step(&s->run, PUBLISH_JUDGE);
}

static void step_judge(struct server *s, const struct context *ctx, struct now now)
{
	struct collector_state *c = running(s);

	keep_history(c, s->run.table, now.mono_us);
	outcomes_clear(&s->run.outcomes);
	if (c->view.collector->judge)
		c->view.collector->judge(ctx, s->run.table, &s->run.outcomes);
	next_step(&s->run, PUBLISH_SHOW);
}

static bool has_rates(const struct collector *c)
{
	for (size_t i = 0; i < c->ncolumns; i++)
		if (c->columns[i].flags & COLUMN_RATE)
			return true;
	return false;
}

static void step_show(struct server *s, struct now now)
{
	struct collector_state *c = running(s);
	struct run *run = &s->run;
	bool whole = run->before || !has_rates(c->view.collector);

	if (!whole && c->schedule.due_us > now.mono_us + SECOND_SAMPLE_S * SECOND_US)
		schedule_put_off(&c->schedule, SECOND_SAMPLE_S, now.mono_us);
	/* The first table with rates tells more of what was there before than the one without them: nothing of it is new. */
	if (whole)
		signs_look(&c->view.signs, run->table, now.wall_us);
	bases_turn(c, run);
	samples_turn(s, c, run);
	outcomes_clear(&c->outcomes);
	c->outcomes = run->outcomes;
	run->outcomes = (struct outcomes){ 0 };
	publish_anew_drop(c);
	table_free(c->view.table);
	c->view.table = run->table;
	run->table = NULL;
	c->view.taken_us = now.wall_us;
	c->view.hidden_rows = count_hidden(c->view.table);
	say_of_table(c, now);
	collect_run_drop(s);
	collect_set_state(s, c, COLLECTION_OK, NULL, NULL);
	verdict_rebuild(s, now.wall_us);
	c->settled = whole;
}

bool publish_wants_a_slice(const struct server *s)
{
	return s->run.active && (s->run.step == PUBLISH_DERIVE || s->run.step >= PUBLISH_JUDGE) && s->run.table->nrows >= MANY_ROWS;
}

void publish_step(struct server *s, struct now now)
{
	struct collector_state *c = running(s);
	struct context ctx;

	if (s->run.step == PUBLISH_NOT) {
		begin(s, now);
		next_step(&s->run, PUBLISH_LOOKUPS);
		return;
	}
	if (s->run.step == PUBLISH_LOOKUPS) {
		step_lookups(s);
		return;
	}
	s->run.before = rate_base(c, s->run.table);
	ctx = context_of(s, c, s->run.table, s->run.before, now);
	switch (s->run.step) {
	case PUBLISH_NOT:
	case PUBLISH_LOOKUPS:
		break;
	case PUBLISH_ROWS:
		step_rows(s, &ctx);
		break;
	case PUBLISH_DERIVE:
		step_derive(s, &ctx);
		break;
	case PUBLISH_SAMPLE:
		step_sample(s);
		break;
	case PUBLISH_JUDGE:
		step_judge(s, &ctx, now);
		break;
	case PUBLISH_SHOW:
		step_show(s, now);
		break;
	}
}

void publish_at_once(struct server *s, size_t collector, struct table *take_table, struct now now)
{
	collect_run_drop(s);
	s->run = (struct run){ .active = true, .collector = collector, .table = take_table, .step = PUBLISH_ROWS };
	while (s->run.active)
		publish_step(s, now);
}

/* ---- another window ---- */

/*
 * On a copy, which takes the place of what is shown once it is complete: until then that is of the old window, and says so. Where nothing turns the
 * server, at once.
 */
static void anew_begin(struct collector_state *c)
{
	table_free(c->anew);
	c->anew = table_copy(c->view.table);
	c->anew_at = 0;
}

void publish_anew_drop(struct collector_state *c)
{
	table_free(c->anew);
	c->anew = NULL;
}

static void anew_end(struct server *s, struct collector_state *c, const struct context *ctx, struct now now)
{
	const struct collector *collector = c->view.collector;
	bool settled = c->settled;

	if (collector->derive)
		collector->derive(ctx, c->anew);
	table_free(c->view.table);
	c->view.table = c->anew;
	c->anew = NULL;
	/* What another window shows in another light is not new. */
	signs_free(c->view.signs);
	c->view.signs = NULL;
	signs_look(&c->view.signs, c->view.table, now.wall_us);
	say_of_table(c, now);
	outcomes_clear(&c->outcomes);
	if (collector->judge)
		collector->judge(ctx, c->view.table, &c->outcomes);
	c->settled = false;
	verdict_rebuild(s, now.wall_us);
	c->settled = settled;
	changed(s);
}

/* The next rows, and behind the last of them what needs all. */
static void anew_step(struct server *s, struct collector_state *c, struct now now)
{
	struct context ctx = context_of(s, c, c->anew, c->base, now);
	size_t nrows = c->view.collector->row ? c->anew->nrows : 0, to = nrows - c->anew_at > PORTION ? c->anew_at + PORTION : nrows;

	if (c->anew_at >= nrows) {
		anew_end(s, c, &ctx, now);
		return;
	}
	for (; c->anew_at < to; c->anew_at++)
		c->view.collector->row(&ctx, c->anew, c->anew_at);
}

static struct collector_state *anew_first(struct server *s)
{
	for (size_t i = 0; i < ncollectors; i++)
		if (s->collectors[i].anew)
			return &s->collectors[i];
	return NULL;
}

bool publish_anew(struct server *s, struct now now, int64_t started_us)
{
	struct collector_state *c = anew_first(s);

	/* Copying was a slice by itself, and what needs all rows is another. */
	for (bool begun = false; c && !(begun && c->anew_at >= c->anew->nrows); c = anew_first(s), begun = true) {
		if (begun && clock_now().mono_us - started_us > ANEW_SLICE_US)
			break;
		anew_step(s, c, now);
	}
	return c != NULL;
}

void publish_window(struct server *s, struct now now)
{
	for (size_t i = 0; i < ncollectors; i++) {
		struct collector_state *c = &s->collectors[i];

		if (!c->samples)
			continue;
		/* What is on its way has been computed in part for the other window. */
		if (s->run.active && s->run.collector == i && s->run.step > PUBLISH_ROWS)
			next_step(&s->run, PUBLISH_ROWS);
		else if (s->run.active && s->run.collector == i && s->run.step == PUBLISH_ROWS)
			s->run.at = 0;
		if (c->view.table)
			anew_begin(c);
		while (s->offline && c->anew)
			anew_step(s, c, now);
		s->anew |= c->anew != NULL;
	}
	changed(s);
}

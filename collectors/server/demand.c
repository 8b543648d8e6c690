/*
 * What is asked for the row in hand only: one statement on a second session, on the very server that is being polled, with the same limits.
 * The session lives from the first question to its answer, and a little longer where the next question is there already.
 *
 * There is never more than one. A session is not hung up on while it works, for that would leave its process behind on the server: whoever
 * turns away has his answer thrown away when it comes, and what is wanted next is asked on the same session after it. One that is not
 * answered in time is waited for as well, for as long as its socket lives; meanwhile nothing else is asked.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "internal.h"
#include "statements.h"

/* An answer is new for so long, and kept for so long after nobody looks at it any more. */
enum { NEW_S = 1, KEPT_S = 60 };

static const char session_name[] = "pgtop-prod row";

static const char no_answer[] = "the server does not answer";
static const char late[] = "no answer in time; when it comes, it is shown";

/* ---- what is looked at ---- */

static void locks_clear(struct demanding *d)
{
	for (size_t i = 0; i < sizeof(d->locks) / sizeof(d->locks[0]); i++)
		mem_replace(&d->locks[i], NULL);
}

static void forget(struct demanding *d)
{
	free(d->key);
	free(d->value);
	free(d->sql);
	locks_clear(d);
	free(d->reason);
	table_free(d->table);
	d->key = d->value = d->sql = d->reason = NULL;
	d->table = NULL;
	d->collector = NULL;
	d->state = DEMAND_NONE;
	d->wanted = d->due = false;
}

static void settle(struct server *s, enum demand_state state, struct table *take_table, char *take_reason, struct now now)
{
	struct demanding *d = &s->demanding;

	table_free(d->table);
	free(d->reason);
	d->table = take_table;
	d->reason = take_reason;
	d->state = state;
	d->due = false;
	d->since_us = now.mono_us;
	if (d->table && !d->table->taken_us)
		d->table->taken_us = now.wall_us;
	changed(s);
}

static void fail(struct server *s, const char *reason, struct now now)
{
	settle(s, DEMAND_FAILED, NULL, mem_string(reason), now);
}

/* Whether the statement on its way is for what is looked at. */
static bool sent_is_looked_at(const struct demanding *d)
{
	return d->sent.collector && d->sent.collector == d->collector && same_text(d->sent.key, d->key);
}

/* ---- the session ---- */

static void sent_clear(struct demanding *d)
{
	free(d->sent.key);
	free(d->sent.error);
	table_free(d->sent.answer);
	d->sent = (struct demand_sent){ 0 };
}

static void session_end(struct demanding *d)
{
	struct resolver *dying;   /* none: the address is one in use */

	session_free(d->session, &dying);
	d->session = NULL;
	d->overdue = false;
	sent_clear(d);
}

static void session_begin(struct server *s, struct now now)
{
	struct demanding *d = &s->demanding;

	d->session = session_start_beside(s->link.session, s->limits, s->link.without_options, session_name, now);
	d->session->raw = s->link.session->raw;
	session_set_patient(d->session, true, now);
	d->until_us = now.mono_us + seconds_us(conninfo_timeout_s(s->link.conninfo));
	d->overdue = false;
}

/* It is gone before it answered. */
static void session_gone(struct server *s, char *take_reason, struct now now)
{
	struct demanding *d = &s->demanding;
	bool asked = d->due || sent_is_looked_at(d);

	session_end(d);
	if (asked)
		settle(s, DEMAND_FAILED, NULL, take_reason, now);
	else
		free(take_reason);
}

static void session_lost(struct server *s, struct now now)
{
	char *line = message_line(db_error(s->demanding.session->db));
	char *reason = mem_format("the connection for it was lost: %s", line);

	free(line);
	session_gone(s, reason, now);
}

static bool send_question(const struct demanding *d)
{
	char *statement;
	bool ok;

	if (!d->session->pooled)
		return db_send_with(d->session->db, d->sql, d->value);
	statement = demand_pooled(d->session, d->sql, d->value);
	ok = db_send(d->session->db, statement ? statement : "SELECT NULL WHERE false");
	free(statement);
	return ok;
}

static void send_phase(struct server *s, enum demand_phase phase, struct now now)
{
	struct demanding *d = &s->demanding;
	double patience = d->session->statement_timeout_ms / 1000.0 + 1;
	bool ok;

	if (patience < limit(s->limits, LIMIT_NO_ANSWER))
		patience = limit(s->limits, LIMIT_NO_ANSWER);
	d->until_us = now.mono_us + seconds_us(patience);
	d->sent.phase = phase;
	d->sent.sent_us = now.mono_us;
	s->statements++;
	ok = phase == DEMAND_RAW ? db_send(d->session->db, RAW_SQL) :
	     phase == DEMAND_ROLLBACK ? db_send(d->session->db, POOLED_ROLLBACK) : send_question(d);
	if (!ok)
		session_lost(s, now);
}

static void ask(struct server *s, struct now now)
{
	struct demanding *d = &s->demanding;
	bool tell_raw = d->session->raw && !d->session->raw_set && !d->session->pooled;

	d->due = false;
	d->sent.collector = d->collector;
	d->sent.key = mem_string(d->key);
	d->session->raw_set |= tell_raw;
	send_phase(s, tell_raw ? DEMAND_RAW : DEMAND_ASK, now);
}

static void take_row(struct demanding *d)
{
	const struct demand *demand = d->sent.collector->demand;
	const struct db *db = d->session->db;

	if (d->sent.phase != DEMAND_ASK || d->sent.answer)
		return;
	d->sent.answer = table_new(demand->columns, demand->ncolumns);
	table_add_row(d->sent.answer);
	for (int i = 0; i < db_columns(db); i++) {
		int column = table_column(d->sent.answer, db_column_name(db, i));
		size_t len = 0;
		const char *value = db_value(db, i, &len);

		if (column >= 0)
			copy_value(d->sent.answer, 0, (size_t)column, value, len);
	}
}

/* The sentence for a statement that failed. */
static char *failure(const struct server *s, int64_t took_us)
{
	const struct demanding *d = &s->demanding;
	const struct collection *locks = server_collection_named(s, "locks");
	char *what = demand_words_locked(d->locks[0], d->locks[1], locks && locks->state == COLLECTION_OK ? locks->table : NULL);
	char *reason = demand_words_failed(d->sent.sqlstate, d->sent.error, (double)took_us / SECOND_US,
					   d->session->lock_timeout_ms / 1000.0, d->session->statement_timeout_ms / 1000.0, what);

	free(what);
	return reason;
}

/* A text that cannot be converted costs the whole answer: it is asked for again as it is. */
static bool is_unconvertible(const struct demanding *d)
{
	return !d->session->raw && (strcmp(d->sent.sqlstate, "22021") == 0 || strcmp(d->sent.sqlstate, "22P05") == 0);
}

static void sent_ended(struct server *s, struct now now)
{
	struct demanding *d = &s->demanding;
	struct table *answer = d->sent.answer;
	int64_t took_us = now.mono_us - d->sent.sent_us;

	s->cost_us += took_us;
	d->sent.answer = NULL;
	d->overdue = false;
	if (!sent_is_looked_at(d)) {
		table_free(answer);
	} else if (d->sent.error && is_unconvertible(d)) {
		table_free(answer);
		d->session->raw = d->due = true;
	} else if (d->sent.error) {
		table_free(answer);
		settle(s, DEMAND_FAILED, NULL, failure(s, took_us), now);
	} else if (answer) {
		answer->took_us = took_us;
		settle(s, DEMAND_READY, answer, NULL, now);
	} else {
		fail(s, "it is no longer there", now);
	}
	sent_clear(d);
}

static void sent_failed(struct server *s, struct now now)
{
	struct demanding *d = &s->demanding;

	if (d->sent.phase == DEMAND_RAW) {
		send_phase(s, DEMAND_ASK, now);
		return;
	}
	if (d->sent.phase == DEMAND_ASK) {
		snprintf(d->sent.sqlstate, sizeof(d->sent.sqlstate), "%s", db_sqlstate(d->session->db));
		d->sent.error = mem_string(db_error(d->session->db));
		if (d->session->pooled) {
			send_phase(s, DEMAND_ROLLBACK, now);
			return;
		}
	}
	sent_ended(s, now);
}

/* Takes what has come. False when there is nothing more to do for now. */
static bool answer_step(struct server *s, struct now now)
{
	struct demanding *d = &s->demanding;

	switch (db_next(d->session->db)) {
	case DB_WAIT:
		return false;
	case DB_ROW:
		take_row(d);
		return true;
	case DB_DONE:
		if (d->sent.phase == DEMAND_RAW)
			send_phase(s, DEMAND_ASK, now);
		else
			sent_ended(s, now);
		return true;
	case DB_FAILED:
		sent_failed(s, now);
		return true;
	case DB_LOST:
		session_lost(s, now);
		return false;
	}
	return false;
}

/* Asks what is due as soon as the session stands and is free; ends the session when nothing is. */
static void go_on(struct server *s, struct now now)
{
	struct demanding *d = &s->demanding;

	while (d->session && d->session->step == SESSION_READY) {
		if (d->sent.collector) {
			if (!answer_step(s, now))
				return;
		} else if (d->due) {
			ask(s, now);
		} else {
			session_end(d);
		}
	}
	if (d->session && d->session->step == SESSION_FAILED)
		session_gone(s, demand_words_connect(d->session), now);
}

/* From now on it only counts as one that is there: nobody waits for it any more. */
static void watch_silence(struct server *s, struct now now)
{
	struct demanding *d = &s->demanding;
	bool silent = s->link.state == LINK_NO_ANSWER, due = d->due;

	if (!d->session || d->overdue || (!silent && now.mono_us < d->until_us))
		return;
	d->overdue = true;
	if (!due && !sent_is_looked_at(d))
		return;
	fail(s, silent ? no_answer : late, now);
	d->due = due;
}

void demand_turn(struct server *s, struct now now)
{
	struct demanding *d = &s->demanding;

	if (d->session) {
		session_turn(d->session, now);
		go_on(s, now);
		watch_silence(s, now);
	}
	if (d->collector && !d->wanted && now.mono_us >= d->since_us + KEPT_S * SECOND_US) {
		forget(d);
		changed(s);
	}
}

size_t demand_poll(const struct server *s, struct pollfd *fd, int64_t *wake_us)
{
	const struct demanding *d = &s->demanding;

	if (d->session && !d->overdue && d->until_us < *wake_us)
		*wake_us = d->until_us;
	if (d->collector && !d->wanted && d->since_us + KEPT_S * SECOND_US < *wake_us)
		*wake_us = d->since_us + KEPT_S * SECOND_US;
	return d->session ? session_poll(d->session, fd, wake_us) : 0;
}

void demand_dispatch(struct server *s, struct now now)
{
	struct demanding *d = &s->demanding;

	if (d->session->step != SESSION_READY)
		session_dispatch(d->session, now);
	else if (!db_exchange(d->session->db))
		session_lost(s, now);
	go_on(s, now);
}

/* ---- the face to the outside ---- */

static const struct table *table_of(const struct server *s, const struct collector *c)
{
	for (size_t i = 0; i < ncollectors; i++)
		if (s->collectors[i].view.collector == c)
			return s->collectors[i].view.table;
	return NULL;
}

/* A cell as it is sent; a new string, NULL for none. */
static char *cell_value(const struct table *t, size_t row, const char *name)
{
	int column = table_column(t, name);

	if (column < 0 || !table_has(t, row, (size_t)column))
		return NULL;
	if (table_cell(t, row, (size_t)column)->kind == CELL_INT)
		return mem_format("%" PRId64, table_int(t, row, (size_t)column));
	return mem_string(table_text(t, row, (size_t)column));
}

static bool read_row(struct server *s)
{
	struct demanding *d = &s->demanding;
	const struct demand *demand = d->collector->demand;
	const struct table *t = table_of(s, d->collector);
	long row = t ? table_find_key(t, d->key) : -1;

	free(d->value);
	locks_clear(d);
	d->value = row >= 0 ? cell_value(t, (size_t)row, demand->by) : NULL;
	for (size_t i = 0; row >= 0 && i < sizeof(d->locks) / sizeof(d->locks[0]) && demand->locks[i]; i++)
		d->locks[i] = demand_fill(t, (size_t)row, demand->locks[i]);
	return d->value != NULL;
}

/* Why it cannot be asked now; NULL: it can. */
static const char *hindrance(struct server *s)
{
	struct demanding *d = &s->demanding;

	if (s->link.state == LINK_NO_ANSWER)
		return no_answer;
	if (s->link.state != LINK_LIVE || !s->link.session)
		return "there is no connection to the server";
	/* After a failover the one that is waited for belongs to another server. */
	if (d->overdue && d->session->db && !session_same_address(d->session, s->link.session))
		session_end(d);
	return d->overdue && d->sent.collector ? "the one asked for before has not been answered yet" : NULL;
}

void server_demand(struct server *s, const struct collector *collector, const char *key, struct now now)
{
	struct demanding *d = &s->demanding;
	bool same = d->collector == collector && same_text(d->key, key);
	const char *reason;

	if (!collector || !collector->demand || !key || !demand_is_for(collector->demand, table_of(s, collector), key))
		return;
	if (!same) {
		forget(d);
		d->collector = collector;
		d->key = mem_string(key);
		changed(s);
	}
	d->wanted = true;
	if (d->due || (same && d->state == DEMAND_READY && now.mono_us < d->since_us + NEW_S * SECOND_US))
		return;
	if (sent_is_looked_at(d)) {   /* somebody has turned away and back */
		if (d->state == DEMAND_NONE && d->overdue)
			fail(s, late, now);
		else if (d->state == DEMAND_NONE)
			settle(s, DEMAND_WAITING, NULL, NULL, now);
		return;
	}
	if (s->offline) {   /* whoever put the rows in puts the answer in */
		if (d->state == DEMAND_NONE)
			settle(s, DEMAND_WAITING, NULL, NULL, now);
		return;
	}
	mem_replace(&d->sql, demand_statement(collector->demand, &s->facts));
	reason = !read_row(s) ? "it is no longer there" : !d->sql ? "this server cannot tell" : hindrance(s);
	if (reason) {
		if (d->state != DEMAND_READY)
			fail(s, reason, now);
		return;
	}
	if (d->overdue)
		fail(s, late, now);
	else if (d->state != DEMAND_READY)   /* what is known stays until more is */
		settle(s, DEMAND_WAITING, NULL, NULL, now);
	d->due = true;
	if (!d->session)
		session_begin(s, now);
	go_on(s, now);
}

struct demand_view server_demanded(const struct server *s, const struct collector *collector, const char *key)
{
	const struct demanding *d = &s->demanding;

	if (!collector || !key || d->collector != collector || !same_text(d->key, key))
		return (struct demand_view){ .state = DEMAND_NONE };
	return (struct demand_view){ .state = d->state, .table = d->table, .reason = d->reason };
}

void server_demand_drop(struct server *s)
{
	struct demanding *d = &s->demanding;

	d->wanted = d->due = false;
	if (d->state != DEMAND_READY && d->collector) {
		forget(d);
		changed(s);
	}
}

void demand_copy(struct demanding *to, const struct demanding *from)
{
	if (!from->collector || from->state == DEMAND_WAITING)
		return;
	to->collector = from->collector;
	to->key = mem_string(from->key);
	to->state = from->state;
	to->table = from->table ? table_copy(from->table) : NULL;
	to->reason = mem_string_or_null(from->reason);
	to->wanted = true;
}

void demand_free(struct demanding *d)
{
	session_end(d);
	forget(d);
}

void server_offline_demand(struct server *s, const struct collector *c, const char *key, struct table *take_table, const char *reason,
			   struct now now)
{
	server_demand(s, c, key, now);
	settle(s, take_table ? DEMAND_READY : DEMAND_FAILED, take_table, mem_string_or_null(reason), now);
}

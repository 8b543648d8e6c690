/* What is asked next on the session, and how one statement is sent and answered. One is on its way at any time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "internal.h"
#include "statements.h"

/*
 * A slice of work ends after this much of the four milliseconds it may take, in rows and after what cannot be divided. What cannot be divided and has
 * thousands of rows begins in the first part of a slice only.
 */
enum { SLICE_US = 2500, SLICE_BEGUN_US = 250, SLICE_ROWS = 16 };

enum { FACTS_S = 60, FACTS_RETRY_S = 5, ABANDONED_S = 5 };

static int default_timeout_ms(const struct server *s)
{
	return s->link.session->statement_timeout_ms;
}

static int collector_timeout_ms(const struct server *s, const struct collector *c)
{
	return default_timeout_ms(s) * (c->interval_s > 10 ? 5 : 1);
}

bool work_outstanding(const struct server *s)
{
	return s->job.kind != JOB_NONE;
}

static void job_clear(struct server *s)
{
	free(s->job.own_sql);
	free(s->job.part_sql);
	free(s->job.value);
	free(s->job.error);
	table_free(s->job.answer);
	s->job = (struct job){ .kind = JOB_NONE };
}

void work_drop(struct server *s)
{
	job_clear(s);
	collect_run_drop(s);
	s->more = false;
}

void work_begin_session(struct server *s, struct now now)
{
	work_drop(s);
	s->link.number++;
	s->generation++;
	s->statement_timeout_ms = default_timeout_ms(s);
	s->facts_read = false;
	s->facts_due_us = s->standby_due_us = now.mono_us;
	s->identity_due = s->locker_due = true;   /* the latter only to be prepared while catalogs can be read */
	s->locker_for = -1;
	for (size_t i = 0; i < ncollectors; i++) {
		struct collector_state *c = &s->collectors[i];

		c->fresh = true;
		c->schedule.waiting = 0;
		c->schedule.due_us = now.mono_us;
	}
	parts_begin_session(s);
}

/* ---- choosing ---- */

static void job_prepared(struct server *s, enum job_kind kind, const char *name, const char *sql, unsigned *prepared_in)
{
	s->job = (struct job){
		.kind = kind, .sql = sql, .prepared_in = prepared_in, .timeout_ms = default_timeout_ms(s), .join = -1,
	};
	snprintf(s->job.name, sizeof(s->job.name), "pgtop_%s_%u", name, s->generation);
}

/*
 * Ends the session that was left behind, by pid and start, and tells by its answer whether it still was there: a server process
 * that is stopped dies of it only when it goes on.
 */
static void job_abandoned(struct server *s)
{
	s->job = (struct job){ .kind = JOB_ABANDONED, .timeout_ms = default_timeout_ms(s), .join = -1 };
	s->job.own_sql = mem_format(ABANDONED_FORMAT, s->link.abandoned.pid, (long long)s->link.abandoned.backend_start_us);
	s->job.sql = s->job.own_sql;
}

static void job_raw(struct server *s)
{
	s->link.session->raw_set = true;
	s->job = (struct job){ .kind = JOB_RAW, .timeout_ms = s->statement_timeout_ms, .join = -1 };
	s->job.own_sql = mem_string(RAW_SQL);
	s->job.sql = s->job.own_sql;
}

static void job_part(struct server *s, size_t part, struct now now)
{
	struct collector_state *c = running(s);
	const struct collector *collector = c->view.collector;
	const struct part *p = &collector->parts[part];
	char name[48];

	snprintf(name, sizeof(name), "%.24s_%zu", collector->name, part);
	job_prepared(s, JOB_PART, name, NULL, &c->parts[part].prepared_in);
	s->job.part_sql = part_statement(p, &s->facts);
	s->job.sql = s->job.part_sql;
	if (p->unknown_only)
		s->job.value = lookup_unknown(p, &c->parts[part].lookup, s->run.table, now.mono_us);
	s->job.timeout_ms = collector_timeout_ms(s, collector);
}

/* The collector that is due, those asked most often first; -1: none. */
static long due_collector(const struct server *s, int64_t mono_us)
{
	long best = -1;

	for (size_t i = 0; i < ncollectors; i++) {
		const struct schedule *schedule = &s->collectors[i].schedule;

		if (schedule->due_us <= mono_us &&
		    (best < 0 || schedule->asked_s < s->collectors[best].schedule.asked_s))
			best = (long)i;
	}
	return best;
}

static bool job_choose_own(struct server *s, struct now now)
{
	const struct session *session = s->link.session;

	if (session->raw && !session->raw_set && !session->pooled) {
		job_raw(s);
	} else if (s->link.abandoned.pid && s->link.abandoned.next_us <= now.mono_us) {
		s->link.abandoned.next_us = now.mono_us + ABANDONED_S * SECOND_US;
		job_abandoned(s);
	} else if (s->facts_due_us <= now.mono_us) {
		s->facts_due_us = now.mono_us + FACTS_S * SECOND_US;
		job_prepared(s, JOB_FACTS, "facts", facts_sql, &s->facts_prepared_in);
	} else if (s->facts.standby && s->standby_due_us <= now.mono_us) {
		s->standby_due_us = now.mono_us + seconds_us(s->interval_s);
		job_prepared(s, JOB_STANDBY, "standby", standby_sql, &s->standby_prepared_in);
	} else if (s->locker_due && s->locker_for >= 0) {
		s->locker_due = false;
		job_prepared(s, JOB_LOCKER, "locker", locker_sql, &s->locker_prepared_in);
	} else {
		return false;
	}
	return true;
}

/* What can wait until the first tables are there. */
static bool job_choose_late(struct server *s)
{
	if (s->locker_due) {
		s->locker_due = false;
		job_prepared(s, JOB_LOCKER, "locker", locker_sql, &s->locker_prepared_in);
	} else if (s->identity_due) {
		s->identity_due = false;
		job_prepared(s, JOB_IDENTITY, "identity", identity_sql, &s->identity_prepared_in);
	} else {
		return false;
	}
	return true;
}

/* Fills s->job; false when there is nothing to ask. A step of publishing a table counts as a piece of work: *published. */
static bool job_choose(struct server *s, struct now now, bool *published)
{
	long next;

	*published = false;
	if (s->run.active) {
		next = s->run.step == PUBLISH_NOT ? collect_next_part(s, now) : -1;
		if (next < 0) {
			publish_step(s, now);
			*published = true;
			return false;
		}
		job_part(s, (size_t)next, now);
		return true;
	}
	if (job_choose_own(s, now))
		return true;
	next = due_collector(s, now.mono_us);
	if (next < 0)
		return job_choose_late(s);
	if (collectors[next]->memory && s->identity_due && s->memories) {   /* whose memory it is */
		s->identity_due = false;
		job_prepared(s, JOB_IDENTITY, "identity", identity_sql, &s->identity_prepared_in);
		return true;
	}
	collect_run_begin(s, (size_t)next, now);
	*published = true;   /* in the next round */
	return false;
}

/* ---- sending ---- */

static bool send_pooled(struct server *s)
{
	const struct session *session = s->link.session;
	char *whole = s->job.value ? statement_inline(s->job.sql, s->job.value) : NULL, *marked = sql_marked(whole ? whole : s->job.sql);
	char *statement = mem_format("%s%s", session->raw ? POOLED_RAW_PREFIX : "", marked);
	char *sql = mem_format(POOLED_FORMAT, session->lock_timeout_ms, s->job.timeout_ms, statement);
	bool ok = db_send(session->db, sql);

	free(whole);
	free(marked);
	free(sql);
	free(statement);
	s->job.phase = PHASE_RUN;
	return ok;
}

static bool send_timeout(struct server *s)
{
	char sql[64];

	snprintf(sql, sizeof(sql), TIMEOUT_FORMAT, s->job.timeout_ms);
	s->job.phase = PHASE_TIMEOUT;
	return db_send(s->link.session->db, sql);
}

/* Sends what comes next of the job: its time limit, its preparation, itself. */
static void job_send(struct server *s, struct now now)
{
	struct session *session = s->link.session;
	bool ok;

	s->job.sent_us = now.mono_us;
	if (session->pooled) {
		ok = send_pooled(s);
	} else if (s->job.timeout_ms != s->statement_timeout_ms) {
		ok = send_timeout(s);
	} else if (s->job.own_sql) {
		s->job.phase = PHASE_RUN;
		ok = db_send(session->db, s->job.sql);
	} else if (s->job.prepared_in && *s->job.prepared_in != s->generation) {
		s->job.phase = PHASE_PREPARE;
		ok = db_send_prepare(session->db, s->job.name, s->job.sql);
	} else {
		s->job.phase = PHASE_RUN;
		ok = s->job.value ? db_send_prepared_with(session->db, s->job.name, s->job.value)
				  : db_send_prepared(session->db, s->job.name);
	}
	s->statements++;
	if (!ok)
		link_lost(s, db_error(session->db), now);
}

/* ---- answers ---- */

static void job_row(struct server *s)
{
	const char *value;

	switch (s->job.kind) {
	case JOB_FACTS:
		facts_row(s);
		break;
	case JOB_IDENTITY:
		identity_row(s);
		break;
	case JOB_STANDBY:
		value = db_value(s->link.session->db, 0, NULL);
		if (value && *value == 'f')
			s->facts_due_us = 0;   /* promoted: everything else is read anew as well */
		break;
	case JOB_LOCKER:
		locker_row(s);
		break;
	case JOB_PART:
		collect_row(s);
		break;
	case JOB_ABANDONED:
	case JOB_RAW:
	case JOB_NONE:
		break;
	}
	s->job.rows++;
}

/* The job ended; `ok`, or with sqlstate and error. */
static void job_end(struct server *s, bool ok, struct now now)
{
	int64_t took = now.mono_us - s->job.sent_us;

	switch (s->job.kind) {
	case JOB_FACTS:
		if (ok) {
			s->facts_read = true;
			facts_done(s, now);
		} else {
			s->facts_due_us = now.mono_us + (s->job.restart ? 0 : FACTS_RETRY_S * SECOND_US);
			if (!s->facts_read)   /* which server this is will not be known before more is asked */
				parts_forget(s);
		}
		break;
	case JOB_PART:
		if (ok)
			collect_part_done(s, took, now);
		else if (s->job.restart)
			collect_run_again(s, now);
		else
			collect_part_failed(s, took, now);
		break;
	case JOB_ABANDONED:
		if (ok && s->job.rows == 0)
			s->link.abandoned.pid = 0;
		break;
	case JOB_LOCKER:
		locker_done(s);
		break;
	case JOB_IDENTITY:
	case JOB_STANDBY:
	case JOB_RAW:
	case JOB_NONE:
		break;
	}
	s->cost_us += took;
	job_clear(s);
}

/*
 * Somebody discarded our prepared statements, another client of a pooler has one of this name, or its result changed with the
 * catalog: once more, under a new name.
 */
static bool job_prepare_anew(struct server *s)
{
	const char *sqlstate = db_sqlstate(s->link.session->db);

	if (s->job.again || s->link.session->pooled || s->job.own_sql || s->job.rows > 0)
		return false;
	if (strcmp(sqlstate, "26000") != 0 && strcmp(sqlstate, "42P05") != 0 &&
	    !(strcmp(sqlstate, "0A000") == 0 && s->job.phase == PHASE_RUN))
		return false;
	s->generation++;
	snprintf(strrchr(s->job.name, '_'), 12, "_%u", s->generation);
	s->job.again = true;
	return true;
}

/*
 * Names and statements of other databases come in any encoding: one that the server cannot convert costs the whole answer. From
 * then on this session takes texts as they are; the cleaning at the way in shows what is no UTF-8.
 */
static bool job_unconvertible(struct server *s)
{
	const char *sqlstate = db_sqlstate(s->link.session->db);

	if (s->link.session->raw || (strcmp(sqlstate, "22021") != 0 && strcmp(sqlstate, "22P05") != 0))
		return false;
	s->link.session->raw = true;
	return true;
}

static void job_failed(struct server *s, struct now now)
{
	const struct session *session = s->link.session;

	if (s->job.phase == PHASE_ROLLBACK) {
		job_end(s, false, now);
		return;
	}
	if (job_prepare_anew(s)) {
		job_send(s, now);
		return;
	}
	s->job.restart = job_unconvertible(s);
	snprintf(s->job.sqlstate, sizeof(s->job.sqlstate), "%s", db_sqlstate(session->db));
	s->job.error = mem_string(db_error(session->db));
	if (!session->pooled) {
		job_end(s, false, now);
		return;
	}
	/* The string began a transaction of its own, which is aborted and would keep the server's session occupied. */
	s->job.phase = PHASE_ROLLBACK;
	if (!db_send(session->db, POOLED_ROLLBACK))
		link_lost(s, db_error(session->db), now);
}

static void job_phase_done(struct server *s, struct now now)
{
	switch (s->job.phase) {
	case PHASE_TIMEOUT:
		s->statement_timeout_ms = s->job.timeout_ms;
		job_send(s, now);
		break;
	case PHASE_PREPARE:
		*s->job.prepared_in = s->generation;
		job_send(s, now);
		break;
	case PHASE_RUN:
		job_end(s, true, now);
		break;
	case PHASE_ROLLBACK:
		job_end(s, false, now);
		break;
	}
}

/* Takes what has come of the answer. False when there is nothing more to do for now. */
static bool job_step(struct server *s, struct now now, int64_t started_us)
{
	struct db *db = s->link.session->db;

	for (size_t rows = 1;; rows++) {
		switch (db_next(db)) {
		case DB_WAIT:
			return false;
		case DB_ROW:
			link_answered(s, now);
			job_row(s);
			if (rows % SLICE_ROWS == 0 && clock_now().mono_us - started_us > SLICE_US) {
				s->more = true;
				return false;
			}
			continue;
		case DB_DONE:
			link_answered(s, now);
			job_phase_done(s, now);
			return true;
		case DB_FAILED:
			link_answered(s, now);
			job_failed(s, now);
			return true;
		case DB_LOST:
			link_lost(s, db_error(db), now);
			return false;
		}
	}
}

void work_step(struct server *s, struct now now, int64_t started_us)
{
	bool published;

	s->more = false;
	while (s->link.session) {
		if (s->job.kind == JOB_NONE) {
			if (clock_now().mono_us - started_us > (publish_wants_a_slice(s) ? SLICE_BEGUN_US : SLICE_US)) {
				s->more = true;
				return;
			}
			if (job_choose(s, now, &published))
				job_send(s, now);
			else if (!published)
				return;
		} else if (!job_step(s, now, started_us)) {
			return;
		}
	}
}

void work_wake(const struct server *s, int64_t *wake_us)
{
	int64_t due = s->facts_due_us;

	if (s->more)
		*wake_us = 0;
	if (!s->link.session || s->job.kind != JOB_NONE)
		return;
	if (s->facts.standby && s->standby_due_us < due)
		due = s->standby_due_us;
	if (s->link.abandoned.pid && s->link.abandoned.next_us < due)
		due = s->link.abandoned.next_us;
	for (size_t i = 0; i < ncollectors; i++)
		if (s->collectors[i].schedule.due_us < due)
			due = s->collectors[i].schedule.due_us;
	if (due < *wake_us)
		*wake_us = due;
}

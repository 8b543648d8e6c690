/*
 * The link to one server: sessions come and go, what is known stays.
 *
 * A server that does not answer (NO ANSWER) is waited for on the socket that is there, as long as that lives. After a while one further
 * attempt is made beside it. If the old session answers first, the attempt is given up; if the attempt gets through, it takes over,
 * and the old session is left behind and ended on the server by pid and start. While one that was left behind may still be there, no
 * other is left behind: a server that stands still is never filled with sessions of ours. Behind a pooler nobody can tell which
 * process it was, so it can neither be ended nor looked for: it counts as still there for ABANDONED_POOLED_S of answers.
 *
 * Where there is no session, an attempt that is not answered is given up at its deadline and the next follows: whoever comes back is
 * found soon. A login that was refused is repeated rarely, for a server may lock an account after a few.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collectors/base/memory.h"
#include "internal.h"

#define FIRST_PAUSE_S 0.25

enum { ABANDONED_POOLED_S = 600, REFUSED_PAUSE_S = 60 };

static double pause_max_s(const struct server *s)
{
	double most = limit(s->limits, LIMIT_RECONNECT_MAX);

	return most > s->interval_s ? most : s->interval_s;
}

void link_set_state(struct server *s, enum link_state state, struct now now)
{
	struct link *l = &s->link;

	if (l->state == state && l->since_us)
		return;
	l->state = state;
	l->since_us = now.wall_us;
	l->since_mono_us = now.mono_us;
	verdict_rebuild(s, now.wall_us);
	changed(s);
}

static void session_end(struct link *l, struct session **session)
{
	struct resolver *dying;

	session_free(*session, &dying);
	*session = NULL;
	if (!dying)
		return;
	l->dying = mem_resize(l->dying, l->ndying + 1, sizeof(struct resolver *));
	l->dying[l->ndying++] = dying;
}

/* Also of a session that stands: its child was killed when the names were known, and is gone only a little later. */
static void reap(struct link *l)
{
	if (l->session && l->session->resolver)
		resolver_reap(l->session->resolver);
	if (l->attempt && l->attempt->resolver)
		resolver_reap(l->attempt->resolver);
	for (size_t i = 0; i < l->ndying;) {
		if (resolver_reap(l->dying[i])) {
			resolver_free(l->dying[i]);
			l->dying[i] = l->dying[--l->ndying];
		} else {
			i++;
		}
	}
}

void link_start(struct server *s, struct now now)
{
	s->link.pause_s = FIRST_PAUSE_S;
	s->link.next_try_us = now.mono_us;
	link_set_state(s, LINK_CONNECTING, now);
}

void link_free(struct link *l)
{
	session_end(l, &l->attempt);
	session_end(l, &l->session);
	/* They were killed and are gone in a moment; a few milliseconds of patience leave no zombie behind. */
	for (int i = 0; i < 20 && l->ndying > 0; i++) {
		reap(l);
		if (l->ndying > 0)
			nanosleep(&(struct timespec){ .tv_nsec = 500000 }, NULL);
	}
	for (size_t i = 0; i < l->ndying; i++)
		resolver_free(l->dying[i]);
	free(l->dying);
	conninfo_free(l->conninfo);
	attempt_list_clear(&l->attempts);
	free(l->lost);
}

static void attempt_begin(struct server *s, struct now now)
{
	struct link *l = &s->link;

	l->next_try_us = 0;
	l->attempt = session_start(l->conninfo, s->limits, l->without_options, l->asked_before, now);
	session_set_patient(l->attempt, l->session != NULL, now);
	l->asked_before = true;
	changed(s);
}

static void plan_next(struct server *s, double pause_s, struct now now)
{
	double most = pause_max_s(s);

	s->link.next_try_us = now.mono_us + seconds_us(pause_s < most ? pause_s : most);
}

/* From one attempt's start to the next: the pause, or as long as the attempt took and a moment. */
static void plan_next_from(struct server *s, double pause_s, int64_t started_us, struct now now)
{
	double taken_s = (double)(now.mono_us - started_us) / SECOND_US;
	double left_s = pause_s - taken_s;

	plan_next(s, left_s > FIRST_PAUSE_S ? left_s : FIRST_PAUSE_S, now);
}

/* A refused login: not by the common back-off, however often the session was lost meanwhile. */
static bool is_refused_login(enum link_refusal refusal)
{
	return refusal == REFUSED_CREDENTIALS || refusal == REFUSED_NEEDS_PASSWORD;
}

static void attempt_failed(struct server *s, struct now now)
{
	struct link *l = &s->link;
	struct session *a = l->attempt;
	int64_t started_us = a->started_us;
	bool without = a->retry_without_options;

	attempt_list_clear(&l->attempts);
	l->attempts = a->attempts;
	a->attempts = (struct attempt_list){ 0 };
	l->refusal = a->refusal == REFUSED_NEEDS_PASSWORD && l->never_ask ? REFUSED_CREDENTIALS : a->refusal;
	if (!l->ever_connected)
		mem_replace(&l->lost, mem_string(a->error));
	session_end(l, &l->attempt);
	if (without) {
		l->without_options = true;
		attempt_begin(s, now);
		return;
	}
	if (is_refused_login(l->refusal)) {
		if (l->ever_connected)
			l->next_try_us = now.mono_us + REFUSED_PAUSE_S * SECOND_US;
	} else if (l->session) {
		plan_next(s, pause_max_s(s), now);
	} else if (!l->refusal || l->ever_connected) {
		plan_next_from(s, l->pause_s, started_us, now);
		l->pause_s *= 2;
	}
	if (l->pause_s > pause_max_s(s))
		l->pause_s = pause_max_s(s);
	verdict_rebuild(s, now.wall_us);
	changed(s);
}

/* A frozen session is left to itself: the server's process is ended through the one that took over. */
static void leave_behind(struct link *l, struct now now)
{
	if (l->session->pooled) {
		l->abandoned.unknown_until_us = now.mono_us + ABANDONED_POOLED_S * SECOND_US;
	} else {
		l->abandoned.pid = l->session->pid;
		l->abandoned.backend_start_us = l->session->backend_start_us;
		l->abandoned.next_us = now.mono_us;
	}
	session_end(l, &l->session);
}

void link_answered(struct server *s, struct now now)
{
	struct link *l = &s->link;

	l->newest_us = now.wall_us;
	l->newest_mono_us = now.mono_us;
	if (l->state != LINK_NO_ANSWER)
		return;
	session_end(l, &l->attempt);
	l->next_try_us = 0;
	link_set_state(s, LINK_LIVE, now);
	for (size_t i = 0; i < ncollectors; i++)
		if (s->collectors[i].view.state == COLLECTION_STALE)
			s->collectors[i].schedule.due_us = now.mono_us;
}

static void attempt_ready(struct server *s, struct now now)
{
	struct link *l = &s->link;

	if (l->session)
		leave_behind(l, now);
	l->session = l->attempt;
	l->attempt = NULL;
	attempt_list_clear(&l->attempts);
	mem_replace(&l->lost, NULL);
	l->refusal = REFUSED_NOT;
	l->ever_connected = true;
	l->next_try_us = 0;
	l->pause_s = FIRST_PAUSE_S;
	l->newest_us = now.wall_us;
	l->newest_mono_us = now.mono_us;
	work_begin_session(s, now);
	facts_of_session(s);
	link_set_state(s, LINK_LIVE, now);
	changed(s);
}

static void attempt_settle(struct server *s, struct now now)
{
	if (!s->link.attempt)
		return;
	if (s->link.attempt->step == SESSION_FAILED)
		attempt_failed(s, now);
	else if (s->link.attempt->step == SESSION_READY)
		attempt_ready(s, now);
}

void link_lost(struct server *s, const char *error, struct now now)
{
	struct link *l = &s->link;

	mem_replace(&l->lost, message_line(error));
	work_drop(s);
	session_end(l, &l->session);
	collect_stale(s, "the connection to the server is lost");
	/* At once once; after that with pauses. */
	l->pause_s = FIRST_PAUSE_S;
	if (l->attempt)
		session_set_patient(l->attempt, false, now);
	else if (!l->next_try_us || !is_refused_login(l->refusal))
		l->next_try_us = now.mono_us;
	link_set_state(s, LINK_DOWN, now);
	verdict_rebuild(s, now.wall_us);
	changed(s);
}

/* After how long without an answer the statement under way counts as not answered. */
static int64_t no_answer_us(const struct server *s)
{
	double after = limit(s->limits, LIMIT_NO_ANSWER), own = s->job.timeout_ms / 1000.0 + 1;

	if (after < 2 * s->interval_s)
		after = 2 * s->interval_s;
	return seconds_us(after > own ? after : own);
}

/*
 * The newest answer is old while a statement is under way. That statement has to be under way for a while itself: after a pause of
 * our own (^Z) the newest answer is old as well.
 */
static bool is_silent(const struct server *s, struct now now, int64_t *at_us)
{
	int64_t after = no_answer_us(s), at = s->link.newest_mono_us + after;

	if (at < s->job.sent_us + after / 2)
		at = s->job.sent_us + after / 2;
	*at_us = at;
	return now.mono_us >= at;
}

static void watch_silence(struct server *s, struct now now)
{
	int64_t at;

	if (s->link.state != LINK_LIVE || !s->link.session || !work_outstanding(s) || !is_silent(s, now, &at))
		return;
	link_set_state(s, LINK_NO_ANSWER, now);
	collect_stale(s, "the server has not answered since");
	s->link.next_try_us = now.mono_us + seconds_us(pause_max_s(s));
}

/* Whether one was left behind that may still be there: then no other is. */
static bool one_is_left_behind(const struct link *l)
{
	return l->abandoned.pid || l->abandoned.unknown_until_us;
}

static bool may_try(const struct link *l, struct now now)
{
	if (l->attempt || !l->next_try_us || now.mono_us < l->next_try_us)
		return false;
	return !l->session || (l->state == LINK_NO_ANSWER && !one_is_left_behind(l));
}

void link_turn(struct server *s, struct now now)
{
	struct link *l = &s->link;

	reap(l);
	if (l->state == LINK_LIVE && now.mono_us >= l->abandoned.unknown_until_us)
		l->abandoned.unknown_until_us = 0;
	watch_silence(s, now);
	if (may_try(l, now))
		attempt_begin(s, now);
	if (l->attempt) {
		size_t known = l->attempt->attempts.n;

		session_turn(l->attempt, now);
		if (l->attempt->attempts.n != known)
			changed(s);
		attempt_settle(s, now);
	}
}

size_t link_poll(const struct server *s, struct pollfd *fds, int64_t *wake_us)
{
	const struct link *l = &s->link;
	size_t n = 0;
	int64_t at = INT64_MAX;

	if (l->session)
		n += session_poll(l->session, &fds[n], wake_us);
	if (l->attempt)
		n += session_poll(l->attempt, &fds[n], wake_us);
	if (l->next_try_us && !l->attempt && (!l->session || !one_is_left_behind(l)))
		at = l->next_try_us;
	if (at < *wake_us)
		*wake_us = at;
	if (l->state == LINK_LIVE && work_outstanding(s) && !is_silent(s, (struct now){ 0 }, &at) && at < *wake_us)
		*wake_us = at;
	return n;
}

void link_dispatch_attempt(struct server *s, struct now now)
{
	if (!s->link.attempt)
		return;
	session_dispatch(s->link.attempt, now);
	attempt_settle(s, now);
}

void link_ask_now(struct server *s, struct now now)
{
	struct link *l = &s->link;

	if (l->session || l->attempt)
		return;
	l->next_try_us = now.mono_us;
	l->pause_s = FIRST_PAUSE_S;
}

struct link_view link_view(const struct server *s)
{
	const struct link *l = &s->link;
	bool patient = l->attempt && l->attempt->patient_until_us;
	const struct attempt_list *attempts = patient ? &l->attempt->attempts : &l->attempts;
	int64_t next = patient ? l->attempt->patient_until_us : l->attempt ? 0 : l->next_try_us;
	struct link_view view = {
		.state = l->state, .refusal = l->refusal, .ever_connected = l->ever_connected,
		.since_us = l->since_us, .newest_answer_us = l->newest_us, .lost = l->lost,
		.attempts = attempts->all, .nattempts = attempts->n,
	};

	/* Since the state began, both clocks have gone the same way. */
	if (next)
		view.next_try_us = l->since_us + (next - l->since_mono_us);
	return view;
}

#include "server.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "internal.h"

static struct server *server_new(const struct limits *limits, double interval_s)
{
	struct server *s = mem_zero(1, sizeof(*s));

	s->limits = limits;
	s->interval_s = interval_s > 0 ? interval_s : INTERVAL_DEFAULT;
	s->locker_for = -1;
	return s;
}

struct server *server_open(const struct server_options *options, const struct limits *limits, struct now now)
{
	struct server *s = server_new(limits, options->interval_s);

	s->window = options->window;
	s->link.conninfo = conninfo_new(options);
	s->link.never_ask = options->never_ask_password;
	memories_begin(s, options->state_directory);
	collect_start(s, now);
	facts_defaults(s);
	link_start(s, now);
	server_turn(s, now);
	return s;
}

struct server *server_offline(const struct limits *limits, struct now now)
{
	struct server *s = server_new(limits, 0);

	s->offline = true;
	collect_start(s, now);
	s->link.ever_connected = true;
	s->link.newest_us = now.wall_us;
	link_set_state(s, LINK_LIVE, now);
	return s;
}

void server_close(struct server *s)
{
	if (!s)
		return;
	work_drop(s);
	memories_end(s);
	demand_free(&s->demanding);   /* before what it borrows of the link */
	link_free(&s->link);
	collect_free(s);
	facts_clear(&s->facts);
	facts_clear(&s->facts_new);
	outcomes_clear(&s->outcomes);
	free(s);
}

/* What the panes say of the schedule. Moments are given on the clock that people read. */
static void schedules_show(struct server *s, struct now now)
{
	for (size_t i = 0; i < ncollectors; i++) {
		struct collector_state *c = &s->collectors[i];
		int64_t next_us = now.wall_us + (c->schedule.due_us - now.mono_us);

		c->view.interval_s = schedule_interval_s(&c->schedule);
		c->view.asked_interval_s = c->schedule.asked_s;
		if (llabs(c->view.next_us - next_us) > SECOND_US / 10)
			c->view.next_us = next_us;
	}
}

void server_turn(struct server *s, struct now now)
{
	int64_t started_us = clock_now().mono_us;

	if (s->offline)
		return;
	link_turn(s, now);
	s->anew = publish_anew(s, now, started_us);
	if (s->link.session && !s->anew)
		work_step(s, now, started_us);
	demand_turn(s, now);
	memories_turn(s, now);
	schedules_show(s, now);
}

size_t server_poll(struct server *s, struct pollfd *fds, size_t max, int64_t *wake_us)
{
	size_t n;

	if (s->offline || max < SERVER_FDS)
		return 0;
	work_wake(s, wake_us);
	if (s->anew)
		*wake_us = 0;
	n = link_poll(s, fds, wake_us);
	return n + demand_poll(s, &fds[n], wake_us);
}

/* A descriptor that was polled may belong to another session by now: only what is still the same is looked at. */
static bool is_ready(int fd, const struct pollfd *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i].fd >= 0 && fds[i].fd == fd && fds[i].revents)
			return true;
	return false;
}

void server_dispatch(struct server *s, const struct pollfd *fds, size_t n, struct now now)
{
	struct pollfd fd;
	int64_t ignored = INT64_MAX, started_us = clock_now().mono_us;

	if (s->offline)
		return;
	if (s->link.attempt && session_poll(s->link.attempt, &fd, &ignored) && is_ready(fd.fd, fds, n))
		link_dispatch_attempt(s, now);
	if (s->link.session && is_ready(db_fd(s->link.session->db), fds, n) && !db_exchange(s->link.session->db))
		link_lost(s, db_error(s->link.session->db), now);
	if (s->demanding.session && session_poll(s->demanding.session, &fd, &ignored) && is_ready(fd.fd, fds, n))
		demand_dispatch(s, now);
	if (s->link.session)
		work_step(s, now, started_us);
	schedules_show(s, now);
}

uint64_t server_version_counter(const struct server *s)
{
	return s->version;
}

const struct facts *server_facts(const struct server *s)
{
	return &s->facts;
}

struct link_view server_link(const struct server *s)
{
	return link_view(s);
}

const struct collection *server_collection(const struct server *s, size_t collector)
{
	return &s->collectors[collector].view;
}

static long index_named(const char *name)
{
	for (size_t i = 0; i < ncollectors; i++)
		if (strcmp(collectors[i]->name, name) == 0)
			return (long)i;
	return -1;
}

const struct collection *server_collection_named(const struct server *s, const char *name)
{
	long i = index_named(name);

	return i >= 0 ? &s->collectors[i].view : NULL;
}

const struct outcomes *server_outcomes(const struct server *s)
{
	return &s->outcomes;
}

const struct history *server_history(const struct server *s, const char *collector)
{
	long i = index_named(collector);

	return i >= 0 ? s->collectors[i].history : NULL;
}

void server_cost(const struct server *s, uint64_t *statements, int64_t *took_us)
{
	*statements = s->statements;
	*took_us = s->cost_us;
}

int server_backend_pid(const struct server *s)
{
	return s->link.session ? s->link.session->pid : 0;
}

enum window server_window(const struct server *s)
{
	return s->window;
}

void server_set_window(struct server *s, enum window window, struct now now)
{
	if (s->frozen || s->window == window)
		return;
	s->window = window;
	publish_window(s, now);
}

void server_set_interval(struct server *s, double seconds)
{
	int64_t newest = s->link.newest_mono_us;

	s->interval_s = seconds;
	for (size_t i = 0; i < ncollectors; i++) {
		struct collector_state *c = &s->collectors[i];

		schedule_ask(&c->schedule, collect_asked_s(s, c->view.collector), newest);
	}
	changed(s);
}

void server_set_password(struct server *s, const char *password, struct now now)
{
	if (s->offline)
		return;
	conninfo_set_password(s->link.conninfo, password);
	s->link.refusal = REFUSED_NOT;
	link_ask_now(s, now);
	changed(s);
}

void server_ask_now(struct server *s, const struct collector *collector, struct now now)
{
	if (s->offline)
		return;
	for (size_t i = 0; i < ncollectors; i++) {
		struct collector_state *c = &s->collectors[i];

		if (collector && c->view.collector != collector)
			continue;
		c->schedule.due_us = now.mono_us;
		for (size_t k = 0; k < c->view.collector->nparts; k++) {
			c->parts[k].retry_us = 0;
			c->parts[k].failures = 0;
			lookup_ask_now(&c->view.collector->parts[k], &c->parts[k].lookup);
		}
	}
	s->facts_due_us = now.mono_us;
	link_ask_now(s, now);
	changed(s);
}

struct facts *server_offline_facts(struct server *s)
{
	return &s->facts;
}

void server_offline_link(struct server *s, enum link_state state, int64_t since_us, int64_t newest_answer_us)
{
	s->link.state = state;
	s->link.since_us = since_us;
	s->link.newest_us = newest_answer_us;
	if (state == LINK_NO_ANSWER)
		collect_stale(s, "the server has not answered since");
	else if (state == LINK_DOWN)
		collect_stale(s, "the connection to the server is lost");
	verdict_rebuild(s, since_us);
	changed(s);
}

void server_offline_put(struct server *s, const struct collector *c, struct table *take_table, struct now now)
{
	long i = index_named(c->name);

	if (i < 0) {
		table_free(take_table);
		return;
	}
	if (!take_table->taken_us)
		take_table->taken_us = now.wall_us;
	publish_at_once(s, (size_t)i, take_table, now);
	schedule_began(&s->collectors[i].schedule, now.mono_us);
	schedules_show(s, now);
}

void server_offline_state(struct server *s, const struct collector *c, enum collection_state state,
			  const char *reason, const char *remedy)
{
	long i = index_named(c->name);

	if (i < 0)
		return;
	collect_set_state(s, &s->collectors[i], state, reason, remedy);
	if (state == COLLECTION_UNAVAILABLE)
		s->collectors[i].view.looked_us = s->link.newest_us;
	verdict_rebuild(s, s->link.newest_us);
}

#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "collectors/base/text.h"
#include "resolve.h"

/* What the server made of our settings, who we are to it, and its clock. Functions only: no catalog is read. */
const char probe_sql[] =
	"SELECT\n"
	"    pg_catalog.pg_backend_pid(),\n"
	"    (SELECT (EXTRACT(epoch FROM backend_start) * 1000000)::pg_catalog.int8\n"
	"       FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())),\n"
	"    (EXTRACT(epoch FROM pg_catalog.current_setting('lock_timeout')::pg_catalog.interval) * 1000)::pg_catalog.int8,\n"
	"    (EXTRACT(epoch FROM pg_catalog.current_setting('statement_timeout')::pg_catalog.interval) * 1000)::pg_catalog.int8,\n"
	"    pg_catalog.pg_is_in_recovery(),\n"
	"    (EXTRACT(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8";

const char read_only_sql[] = "SET default_transaction_read_only = on";

/*
 * What PGTZ and PGDATESTYLE would have overruled, and what only newer servers know. Each is sent by itself: statements sent
 * together are one transaction, and one that is refused would take the others with it. Alone it is missed by nobody.
 */
const char time_zone_sql[] = "SET TimeZone = 'UTC'";
const char date_style_sql[] = "SET DateStyle = 'ISO'";
const char client_check_sql[] = "SET client_connection_check_interval = 1000";

static const struct setting {
	const char *sql;
	int min_version;
	bool must;   /* refused, there is no session */
} settings[] = {
	{ read_only_sql, 0, true },   /* first: left out where it is a startup option */
	{ time_zone_sql, 0, false },
	{ date_style_sql, 0, false },
	{ client_check_sql, 140000, false },
};
enum { NSETTINGS = sizeof(settings) / sizeof(settings[0]) };

char *session_options(const struct limits *limits, bool read_only)
{
	return mem_format("-c lock_timeout=%d -c statement_timeout=%d -c idle_in_transaction_session_timeout=10000"
			  " -c search_path=pg_catalog -c jit=off -c plan_cache_mode=force_generic_plan"
			  " -c datestyle=ISO -c timezone=UTC%s",
			  (int)(limit(limits, LIMIT_LOCK_TIMEOUT) * 1000 + 0.5),
			  (int)(limit(limits, LIMIT_STATEMENT_TIMEOUT) * 1000 + 0.5),
			  read_only ? " -c default_transaction_read_only=on" : "");
}

static void session_fail(struct session *s, char *take_error)
{
	s->step = SESSION_FAILED;
	free(s->error);
	s->error = take_error;
}

static int64_t timeout_us(const struct session *s)
{
	return seconds_us(conninfo_timeout_s(s->conninfo));
}

/* A new address has a new deadline. */
static void watch_address(struct session *s, struct now now)
{
	char *trying = address_words(db_host(s->db), db_hostaddr(s->db), db_port(s->db));

	if (s->trying && strcmp(s->trying, trying) == 0) {
		free(trying);
		return;
	}
	free(s->trying);
	s->trying = trying;
	s->deadline_us = now.mono_us + timeout_us(s);
	s->patient_until_us = 0;
}

static void connect_failed(struct session *s, struct now now)
{
	const char *error = db_error(s->db);
	char *sqlstate = s->sqlstate;

	message_sqlstate(error, sqlstate);
	if (s->options && strstr(error, "unsupported startup parameter")) {
		s->retry_without_options = true;
		session_fail(s, message_line(error));
		return;
	}
	if (db_bad_options(s->db)) {
		s->refusal = REFUSED_OPTIONS;
		session_fail(s, message_line(error));
		return;
	}
	message_attempts(&s->attempts, error, &s->addresses, s->trying, conninfo_get(s->conninfo, "target_session_attrs"),
			 now.wall_us);
	if (db_needs_password(s->db))
		s->refusal = REFUSED_NEEDS_PASSWORD;
	else if (message_is_refusal(sqlstate))
		s->refusal = REFUSED_CREDENTIALS;
	else if (message_is_refused_database(sqlstate))
		s->refusal = REFUSED_DATABASE;
	session_fail(s, attempt_list_line(&s->attempts));
}

/* The session came about and failed its first statements: the catalog is locked, the server goes down. */
static void setup_failed(struct session *s, struct now now)
{
	char *line = message_line(db_error(s->db)), *what = mem_format("connected, then: %s", line);

	free(line);
	snprintf(s->sqlstate, sizeof(s->sqlstate), "%s", db_sqlstate(s->db));
	attempt_list_add(&s->attempts, now.wall_us, mem_string(s->trying ? s->trying : "?"),
			 what, message_is_passing(db_sqlstate(s->db)));
	session_fail(s, attempt_list_line(&s->attempts));
}

static void probe_send(struct session *s, struct now now)
{
	s->step = SESSION_PROBING;
	s->sent_us = now.mono_us;
	s->deadline_us = now.mono_us + timeout_us(s);
	s->patient_until_us = 0;
	if (!db_send(s->db, probe_sql))
		setup_failed(s, now);
}

static void connect_step(struct session *s, struct now now)
{
	switch (db_connect_step(s->db)) {
	case DB_BAD:
		connect_failed(s, now);
		break;
	case DB_CONNECTED:
		probe_send(s, now);
		break;
	case DB_CONNECTING:
		watch_address(s, now);
		break;
	}
}

static void connect_start(struct session *s, struct now now)
{
	struct conninfo_params params = conninfo_params(s->conninfo, &s->addresses, s->options);

	if (s->name)
		conninfo_params_name(&params, s->name);
	db_close(s->db);
	free(s->trying);
	s->trying = NULL;
	s->db = db_connect(params.keywords, (const char *const *)params.values, s->quiet);
	conninfo_params_free(&params);
	s->quiet = true;
	s->step = SESSION_CONNECTING;
	if (db_status(s->db) == DB_BAD)
		connect_failed(s, now);
	else
		watch_address(s, now);
}

/* The list with every name replaced by its addresses; names that have none are told as attempts. */
static void addresses_resolved(struct session *s, struct now now)
{
	const struct address_list *hosts = conninfo_hosts(s->conninfo);

	for (size_t i = 0, asked = 0; i < hosts->n; i++) {
		const struct address *h = &hosts->all[i];
		const char *const *found, *error;
		size_t n;

		if (!h->is_name) {
			address_list_add(&s->addresses, h->host, h->hostaddr, h->port, false);
			continue;
		}
		found = resolver_addresses(s->resolver, asked, &n);
		error = resolver_error(s->resolver, asked++);
		for (size_t k = 0; k < n; k++)
			address_list_add(&s->addresses, h->host, found[k], h->port, false);
		if (n == 0)
			attempt_list_add(&s->attempts, now.wall_us, address_words(h->host, "", h->port),
					 error ? mem_format("name not found: %s", error)
					       : mem_format("the name service gave no answer within %g s",
							    conninfo_timeout_s(s->conninfo)), false);
	}
}

static void resolve_step(struct session *s, struct now now)
{
	if (!resolver_step(s->resolver, now.mono_us))
		return;
	addresses_resolved(s, now);
	if (s->addresses.n > 0)
		connect_start(s, now);
	else
		session_fail(s, attempt_list_line(&s->attempts));
}

static void resolve_start(struct session *s, struct now now)
{
	const struct address_list *hosts = conninfo_hosts(s->conninfo);
	const char **names = mem_zero(hosts->n + 1, sizeof(*names));
	size_t n = 0;

	for (size_t i = 0; i < hosts->n; i++)
		if (hosts->all[i].is_name)
			names[n++] = hosts->all[i].host;
	if (n == 0) {
		addresses_resolved(s, now);
		connect_start(s, now);
	} else {
		s->resolver = resolver_start(names, n, now.mono_us + timeout_us(s));
		if (!s->resolver)
			session_fail(s, mem_format("cannot start the process that looks names up: %s", strerror(errno)));
	}
	free(names);
}

static struct session *session_new(const struct conninfo *ci, const struct limits *limits, bool without_options, bool quiet,
				   struct now now)
{
	struct session *s = mem_zero(1, sizeof(*s));

	s->step = SESSION_RESOLVING;
	s->conninfo = ci;
	s->started_us = now.mono_us;
	s->quiet = quiet;
	s->lock_timeout_ms = (int)(limit(limits, LIMIT_LOCK_TIMEOUT) * 1000 + 0.5);
	s->statement_timeout_ms = (int)(limit(limits, LIMIT_STATEMENT_TIMEOUT) * 1000 + 0.5);
	s->setting = conninfo_judges_read_only(ci) ? 0 : 1;
	if (!without_options)
		s->options = session_options(limits, s->setting > 0);
	return s;
}

struct session *session_start(const struct conninfo *ci, const struct limits *limits, bool without_options, bool quiet,
			      struct now now)
{
	struct session *s = session_new(ci, limits, without_options, quiet, now);

	if (conninfo_error(ci)) {
		s->refusal = REFUSED_OPTIONS;
		session_fail(s, mem_string(conninfo_error(ci)));
	} else {
		resolve_start(s, now);
	}
	return s;
}

/* The address a session is at, in words. */
static char *address_in_use(const struct session *s)
{
	return address_words(db_host(s->db), db_hostaddr(s->db), db_port(s->db));
}

bool session_same_address(const struct session *a, const struct session *b)
{
	char *one = address_in_use(a), *other = address_in_use(b);
	bool same = strcmp(one, other) == 0;

	free(one);
	free(other);
	return same;
}

/* As it was given, if it is known: libpq tells a link-local address without its interface. */
static void address_add_in_use(struct address_list *to, const struct session *with)
{
	const char *host = db_host(with->db), *hostaddr = db_hostaddr(with->db), *port = db_port(with->db);

	for (size_t i = 0; i < with->addresses.n; i++) {
		const struct address *a = &with->addresses.all[i];
		size_t len = strcspn(a->hostaddr, "%");

		if (*hostaddr && strlen(hostaddr) == len && !strncmp(a->hostaddr, hostaddr, len) && !strcmp(a->host, host))
			hostaddr = a->hostaddr;
	}
	address_list_add(to, host, hostaddr, port, false);
}

struct session *session_start_beside(const struct session *with, const struct limits *limits, bool without_options,
				     const char *name, struct now now)
{
	struct session *s = session_new(with->conninfo, limits, without_options, true, now);

	s->name = name;
	address_add_in_use(&s->addresses, with);
	connect_start(s, now);
	return s;
}

void session_free(struct session *s, struct resolver **dying)
{
	*dying = NULL;
	if (!s)
		return;
	if (s->resolver) {
		resolver_kill(s->resolver);
		if (resolver_reap(s->resolver))
			resolver_free(s->resolver);
		else
			*dying = s->resolver;
	}
	db_close(s->db);
	address_list_clear(&s->addresses);
	attempt_list_clear(&s->attempts);
	free(s->trying);
	free(s->options);
	free(s->error);
	free(s);
}

static int64_t value_int(const struct db *db, int column)
{
	const char *text = db_value(db, column, NULL);

	return text ? strtoll(text, NULL, 10) : 0;
}

static void probe_row(struct session *s, struct now now)
{
	const char *standby = db_value(s->db, 4, NULL);

	s->pid = (int)value_int(s->db, 0);
	s->backend_start_us = value_int(s->db, 1);
	s->standby = standby && *standby == 't';
	s->pooled = s->pid != db_backend_pid(s->db) || value_int(s->db, 2) != s->lock_timeout_ms ||
		    value_int(s->db, 3) != s->statement_timeout_ms;
	s->round_trip_us = now.mono_us - s->sent_us;
	s->server_clock_us = value_int(s->db, 5);
	s->clock_mono_us = now.mono_us - s->round_trip_us / 2;
}

/* Sends the next setting from s->setting on, or is ready. */
static void setting_send(struct session *s, struct now now)
{
	while (s->setting < NSETTINGS && db_version_num(s->db) < settings[s->setting].min_version)
		s->setting++;
	if (s->pooled || s->setting == NSETTINGS) {
		s->step = SESSION_READY;
		return;
	}
	s->step = SESSION_SETTING;
	if (!db_send(s->db, settings[s->setting].sql))
		setup_failed(s, now);
}

/* The answers to the probe and the settings. */
static void setup_step(struct session *s, struct now now)
{
	bool probing = s->step == SESSION_PROBING;

	if (!db_exchange(s->db)) {
		setup_failed(s, now);
		return;
	}
	for (;;) {
		switch (db_next(s->db)) {
		case DB_WAIT:
			return;
		case DB_ROW:
			if (probing)
				probe_row(s, now);
			continue;
		case DB_FAILED:
			if (probing || settings[s->setting].must) {
				setup_failed(s, now);
				return;
			}
			break;   /* a setting this server does not have */
		case DB_LOST:
			setup_failed(s, now);
			return;
		case DB_DONE:
			break;
		}
		s->setting += !probing;
		setting_send(s, now);
		return;
	}
}

/* Leaves the address being tried out of the list; gives how many are left. */
static size_t leave_out(struct session *s)
{
	size_t left = 0;

	for (size_t i = 0; i < s->addresses.n; i++) {
		struct address *a = &s->addresses.all[i];
		char *words = address_words(*a->host ? a->host : db_host(s->db), a->hostaddr,
					    *a->port ? a->port : db_port(s->db));

		if (s->trying && strcmp(words, s->trying) == 0)
			a->left_out = true;
		left += !a->left_out;
		free(words);
	}
	return left;
}

static void address_silent(struct session *s, struct now now)
{
	const char *where = s->trying ? s->trying : "?";

	message_attempts(&s->attempts, db_error(s->db), &s->addresses, NULL, conninfo_get(s->conninfo, "target_session_attrs"),
			 now.wall_us);
	attempt_list_add(&s->attempts, now.wall_us, mem_string(where),
			 mem_format("no answer within %g s", conninfo_timeout_s(s->conninfo)), false);
	if (leave_out(s) > 0)
		connect_start(s, now);
	else if (s->patient && db_reached(s->db))
		s->patient_until_us = now.mono_us + SESSION_PATIENCE * timeout_us(s);
	else
		session_fail(s, attempt_list_line(&s->attempts));
}

void session_set_patient(struct session *s, bool patient, struct now now)
{
	s->patient = patient;
	if (!patient && s->patient_until_us)
		s->patient_until_us = now.mono_us;
}

void session_turn(struct session *s, struct now now)
{
	switch (s->step) {
	case SESSION_RESOLVING:
		resolve_step(s, now);
		break;
	case SESSION_CONNECTING:
	case SESSION_PROBING:
	case SESSION_SETTING:
		if (s->patient_until_us && now.mono_us >= s->patient_until_us)
			session_fail(s, attempt_list_line(&s->attempts));
		else if (!s->patient_until_us && now.mono_us >= s->deadline_us)
			address_silent(s, now);
		break;
	case SESSION_READY:
	case SESSION_FAILED:
		break;
	}
}

size_t session_poll(const struct session *s, struct pollfd *fd, int64_t *wake_us)
{
	int64_t deadline = s->patient_until_us ? s->patient_until_us : s->deadline_us;

	*fd = (struct pollfd){ .fd = -1 };
	switch (s->step) {
	case SESSION_RESOLVING:
		*fd = (struct pollfd){ .fd = resolver_fd(s->resolver), .events = POLLIN };
		deadline = resolver_deadline(s->resolver);
		break;
	case SESSION_CONNECTING:
	case SESSION_PROBING:
	case SESSION_SETTING:
		*fd = (struct pollfd){ .fd = db_fd(s->db), .events = db_events(s->db) };
		break;
	case SESSION_READY:
		*fd = (struct pollfd){ .fd = db_fd(s->db), .events = db_events(s->db) };
		return fd->fd >= 0;
	case SESSION_FAILED:
		return 0;
	}
	if (deadline < *wake_us)
		*wake_us = deadline;
	return fd->fd >= 0;
}

void session_dispatch(struct session *s, struct now now)
{
	switch (s->step) {
	case SESSION_RESOLVING:
		resolve_step(s, now);
		break;
	case SESSION_CONNECTING:
		connect_step(s, now);
		break;
	case SESSION_PROBING:
	case SESSION_SETTING:
		setup_step(s, now);
		break;
	case SESSION_READY:
	case SESSION_FAILED:
		break;
	}
}

int64_t session_server_clock(const struct session *s, int64_t mono_us)
{
	return s->server_clock_us + (mono_us - s->clock_mono_us);
}

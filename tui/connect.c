#include "connect.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/clock.h"
#include "collectors/base/memory.h"
#include "collectors/base/secret.h"
#include "collectors/base/text.h"
#include "collectors/server/conninfo.h"
#include "password.h"

void connect_wish_init(struct connect_wish *wish, const struct server_options *options)
{
	struct conninfo *ci = conninfo_new(options);
	const char *user = conninfo_get(ci, "user");
	size_t hosts = conninfo_hosts(ci)->n;

	*wish = (struct connect_wish){
		.timeout_s = conninfo_timeout_s(ci), .never_ask = options->never_ask_password,
		.user = user != NULL ? mem_string(user) : NULL,
	};
	wish->patience_s = wish->timeout_s * (double)(hosts > 0 ? hosts : 1);
	conninfo_free(ci);
}

void connect_wish_clear(struct connect_wish *wish)
{
	free(wish->user);
	wish->user = NULL;
}

void connect_step(struct server *s, int64_t until_us)
{
	struct pollfd fds[SERVER_FDS];
	struct now now = clock_now();
	int64_t wake_us = until_us, wait_us;
	size_t n;

	server_turn(s, now);
	n = server_poll(s, fds, SERVER_FDS, &wake_us);
	now = clock_now();
	wait_us = wake_us > now.mono_us ? wake_us - now.mono_us : 0;
	if (wait_us > SECOND_US)
		wait_us = SECOND_US;
	/* Rounded up: a wake a millisecond early would turn the loop for nothing. */
	if (poll(fds, n, (int)((wait_us + 999) / 1000)) < 0)
		for (size_t i = 0; i < n; i++)
			fds[i].revents = 0;
	server_dispatch(s, fds, n, clock_now());
}

char *connect_ask_password(const struct connect_wish *wish, struct strbuf *error)
{
	struct strbuf prompt = STRBUF_INIT;
	char *password;

	strbuf_adds(&prompt, "Password");
	if (wish->user != NULL) {
		strbuf_adds(&prompt, " for user ");
		text_clean(&prompt, wish->user, strlen(wish->user), 0);
	}
	strbuf_adds(&prompt, ": ");
	password = password_ask(prompt.text, error);
	strbuf_free(&prompt);
	return password;
}

static void add_attempts(const struct link_view *link, struct strbuf *error)
{
	for (size_t i = 0; i < link->nattempts; i++) {
		strbuf_addf(error, "%s%s: %s", i > 0 ? "\n" : "", link->attempts[i].where, link->attempts[i].what);
	}
	if (link->nattempts == 0)
		secret_hide(error, link->lost != NULL ? link->lost : "no connection");
}

static void add_refusal(const struct connect_wish *wish, const struct link_view *link, struct strbuf *error)
{
	if (link->lost != NULL)
		secret_hide(error, link->lost);
	else if (link->nattempts > 0)
		strbuf_adds(error, link->attempts[link->nattempts - 1].what);
	else
		strbuf_adds(error, "connection refused");
	if (wish->never_ask && strstr(error->text, "no password supplied") != NULL)
		strbuf_adds(error, "; -w forbids asking for one: put it into ~/.pgpass or PGPASSWORD");
}

/* Whether a whole round of attempts has ended without a connection. */
static bool round_failed(const struct link_view *link)
{
	return !link->ever_connected && link->next_try_us != 0;
}

static bool may_pass(const struct link_view *link)
{
	for (size_t i = 0; i < link->nattempts; i++)
		if (link->attempts[i].passing)
			return true;
	return false;
}

/* Gives the server a password of the user's. False: there is none, and error says so. */
static bool hand_password(struct server *s, const struct connect_wish *wish, struct strbuf *error)
{
	char *password = NULL;

	if (wish->never_ask)
		strbuf_adds(error, "no password supplied; -w forbids asking for one: put it into ~/.pgpass or PGPASSWORD");
	else
		password = connect_ask_password(wish, error);
	if (password == NULL)
		return false;
	server_set_password(s, password, clock_now());
	password_forget(password);
	return true;
}

/*
 * Whether the patience is over. Who insists lets the attempt under way end, but not for ever: a server that only stands still is waited for much longer
 * by the link than a report can.
 */
static bool is_over(const struct connect_wish *wish, const struct link_view *link, int64_t begun_us)
{
	double waited_s = (double)(clock_now().mono_us - begun_us) / 1e6;
	double most_s = wish->timeout_s * (double)(link->nattempts + 1);

	if (!wish->insist || round_failed(link))
		return waited_s >= wish->patience_s;
	return waited_s >= wish->patience_s + 1 && waited_s >= most_s + 1;
}

/* When to look again at the latest; once the patience is over, every tenth of a second. */
static int64_t over_us(const struct connect_wish *wish, int64_t begun_us)
{
	int64_t over = begun_us + seconds_us(wish->patience_s);
	int64_t soon = clock_now().mono_us + SECOND_US / 10;

	return over > soon ? over : soon;
}

enum connected connect_first(struct server *s, const struct connect_wish *wish, struct strbuf *error)
{
	int64_t begun_us = clock_now().mono_us;

	for (;;) {
		struct link_view link;

		connect_step(s, over_us(wish, begun_us));
		link = server_link(s);
		if (link.state == LINK_LIVE)
			return CONNECT_LIVE;
		if (link.refusal == REFUSED_OPTIONS || link.refusal == REFUSED_CREDENTIALS || link.refusal == REFUSED_DATABASE) {
			add_refusal(wish, &link, error);
			return link.refusal == REFUSED_OPTIONS ? CONNECT_BAD : CONNECT_REFUSED;
		}
		if (link.refusal == REFUSED_NEEDS_PASSWORD) {
			if (!hand_password(s, wish, error))
				return CONNECT_REFUSED;
			begun_us = clock_now().mono_us;
			continue;
		}
		if (is_over(wish, &link, begun_us) || (round_failed(&link) && !(wish->insist && may_pass(&link)))) {
			add_attempts(&link, error);
			return round_failed(&link) ? CONNECT_FAILED : CONNECT_NOT_YET;
		}
	}
}

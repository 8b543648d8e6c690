#include "application.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collectors/base/strbuf.h"
#include "collectors/server/client.h"
#include "schema.h"

enum {
	MAX_STATEMENTS = 6,
	SINCE_DAYS = 14,                       /* how far back the application looks for a user's orders */
	WAITING_IN_TROUBLE = 13,               /* ungranted locks once everything stands */
	FORGET_MS = 45000,                     /* until somebody leaves a transaction open again */
};

enum actor_flags {
	ACTOR_FORGETS = 1,   /* goes idle after the last statement and never says another word */
	ACTOR_LEAVES = 2,    /* is done after the last statement */
};

/* In a statement {order}, {user} and {amount} are made up anew each time; {since} is a day, {copy} is 1 for the first copy. */
struct actor {
	const char *application, *user;
	int copies;
	int start_ms;    /* after the others */
	int pause_ms;    /* between statements, about */
	unsigned flags;
	const char *statements[MAX_STATEMENTS];
};

static const struct actor actors[] = {
	/* The trouble, in the order in which it comes about. */
	{ "orders-api", "app", 1, 150, 20, ACTOR_FORGETS, {
		"BEGIN",
		"SELECT id, email FROM users WHERE id = 4711 FOR UPDATE",
		"UPDATE users SET last_seen_at = now() WHERE id = 4711" } },
	{ "billing-worker", "billing", 1, 0, 10, ACTOR_LEAVES, {
		"BEGIN",
		"UPDATE payments SET status = 'refunded' WHERE id IN (1201, 1202)",
		"PREPARE TRANSACTION 'xa-8812'" } },
	{ "orders-api", "app", 2, 500, 5000, 0, {
		"UPDATE users SET last_seen_at = now() WHERE id = 4711" } },
	{ "billing-worker", "billing", 2, 500, 5000, 0, {
		"UPDATE payments SET status = 'settled' WHERE id = 120{copy}" } },
	{ "migrator", "migrator", 1, 700, 90000, 0, {
		"ALTER TABLE users ADD COLUMN loyalty_points integer",
		"ALTER TABLE users DROP COLUMN loyalty_points" } },
	{ "metabase", "report", 1, 900, 4000, 0, {
		"SELECT date_trunc('day', last_seen_at) AS day, count(*) FROM users GROUP BY 1 ORDER BY 1" } },

	/* Those who get stuck behind the migration. */
	{ "login", "app", 8, 0, 40, 0, {
		"SELECT id, email, phone FROM users WHERE id = {user}",
		"UPDATE users SET last_seen_at = now() WHERE id = {user}" } },

	/*
	 * Those who go on. The first is the query that wants an index on (user_id, created_at): it takes nearly all of the
	 * server's time, paced so that it is a fifth of one processor.
	 */
	{ "orders-api", "app", 2, 0, 400, 0, {
		"SELECT id, status, amount, created_at FROM orders WHERE user_id = {user} AND created_at > '{since}'"
		" ORDER BY created_at DESC LIMIT 20" } },
	{ "orders-api", "app", 2, 0, 50, 0, {
		"INSERT INTO orders (user_id, status, amount) VALUES ({user}, 'new', {amount})",
		"SELECT status, amount FROM orders WHERE id = {order}",
		"UPDATE orders SET status = 'paid', updated_at = now() WHERE id = {order}" } },
	{ "checkout", "app", 2, 0, 50, 0, {
		"SELECT sku, quantity, price FROM order_items WHERE order_id = {order}",
		"INSERT INTO payments (order_id, status, amount) VALUES ({order}, 'new', {amount})",
		"SELECT p.status, p.amount FROM payments p WHERE p.order_id = {order}",
		"INSERT INTO order_items (order_id, sku, quantity, price) VALUES ({order}, 'sku-17', 1, {amount})" } },
	{ "metabase", "report", 1, 200, 3000, 0, {
		"SELECT sku, sum(quantity), sum(quantity * price) AS sales FROM order_items GROUP BY sku ORDER BY 3 DESC LIMIT 20",
		"SELECT date_trunc('hour', created_at) AS hour, count(*), sum(amount) FROM payments GROUP BY 1 ORDER BY 1" } },
	{ "shop-web", "app", 6, 100, 20000, 0, {
		"SELECT sku, sold FROM top_products LIMIT 10" } },
};

static const size_t nactors = sizeof actors / sizeof actors[0];

static void sleep_ms(int ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	while (nanosleep(&left, &left) != 0)
		;
}

/* A number from 0 to below n; good enough to spread rows, and every process has its own sequence. */
static unsigned chance(uint64_t *seed, unsigned n)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)((*seed >> 33) % n);
}

/* The day from which on the application asks for orders. */
static void since_add(struct strbuf *out)
{
	time_t then = time(NULL) - SINCE_DAYS * 24 * 3600;
	struct tm day;

	gmtime_r(&then, &day);
	strbuf_addf(out, "%d-%02d-%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

/* The statement as it is sent. */
static void statement_fill(struct strbuf *out, const char *pattern, int copy, uint64_t *seed)
{
	strbuf_reset(out);
	while (*pattern != '\0') {
		size_t plain = strcspn(pattern, "{");
		strbuf_add(out, pattern, plain);
		pattern += plain;
		if (*pattern == '\0')
			break;
		if (strncmp(pattern, "{order}", 7) == 0)
			strbuf_addf(out, "%u", FIRST_ORDER + chance(seed, ORDERS));
		else if (strncmp(pattern, "{user}", 6) == 0)
			strbuf_addf(out, "%u", 1 + chance(seed, USERS));
		else if (strncmp(pattern, "{amount}", 8) == 0)
			strbuf_addf(out, "%u.%02u", 5 + chance(seed, 90), chance(seed, 100));
		else if (strncmp(pattern, "{since}", 7) == 0)
			since_add(out);
		else
			strbuf_addf(out, "%d", copy);
		pattern += strcspn(pattern, "}") + 1;
	}
}

/* One connection's life: gives false when the actor has nothing more to do. */
static bool actor_session(const struct actor *a, struct client *c, int copy, uint64_t *seed)
{
	struct strbuf sql = STRBUF_INIT;
	bool again = true;
	int said = 0;

	do {
		statement_fill(&sql, a->statements[said], copy, seed);
		bool done = client_exec(c, sql.text, NULL);
		if (!done && (!client_alive(c) || a->flags != 0))
			break;
		said += done;
		if (said == MAX_STATEMENTS || a->statements[said] == NULL) {
			said = 0;
			again = !(a->flags & ACTOR_LEAVES);
			while (a->flags & ACTOR_FORGETS && client_pause(c, 3600 * 1000))
				;
		}
	} while (again && client_pause(c, a->pause_ms / 2 + (int)chance(seed, (unsigned)a->pause_ms)));
	strbuf_free(&sql);
	return again;
}

size_t application_size(void)
{
	size_t n = 0;

	for (size_t i = 0; i < nactors; i++)
		n += (size_t)actors[i].copies;
	return n;
}

void application_act(size_t i, const char *place)
{
	const struct actor *a = actors;
	uint64_t seed = i + 1;
	struct strbuf conninfo = STRBUF_INIT;

	while (i >= (size_t)a->copies) {
		i -= (size_t)a->copies;
		a++;
	}
	strbuf_addf(&conninfo, "%s dbname=shop user=%s application_name=%s", place, a->user, a->application);
	sleep_ms(a->start_ms);
	for (;;) {
		struct client *c = client_connect(conninfo.text, NULL);
		bool again = c == NULL || actor_session(a, c, (int)i + 1, &seed);
		client_close(c);
		if (!again)
			break;
		sleep_ms(a->flags & ACTOR_FORGETS && c != NULL ? FORGET_MS : 1000);
	}
	strbuf_free(&conninfo);
}

/* A server that is still starting may take us later; one that says anything else will say it again. */
static bool is_passing(const char *error)
{
	return strstr(error, "FATAL") == NULL || strstr(error, "the database system is ") != NULL;
}

/* Tries to connect until it works, cannot, or the time is up. */
static struct client *connect_patiently(const char *conninfo, int seconds, struct strbuf *error)
{
	enum { STEP_MS = 20 };

	for (int tries = seconds * 1000 / STEP_MS; tries > 0; tries--) {
		strbuf_reset(error);
		struct client *c = client_connect(conninfo, error);
		if (c != NULL || !is_passing(error->text))
			return c;
		sleep_ms(STEP_MS);
	}
	return NULL;
}

bool application_load(const char *place, int seconds)
{
	struct strbuf conninfo = STRBUF_INIT, error = STRBUF_INIT;

	strbuf_addf(&conninfo, "%s dbname=postgres user=postgres", place);
	struct client *c = connect_patiently(conninfo.text, seconds, &error);
	bool good = c != NULL && client_exec(c, "CREATE DATABASE shop", &error);
	client_close(c);

	if (good) {
		strbuf_reset(&conninfo);
		strbuf_addf(&conninfo, "%s " APPLICATION_DATABASE, place);
		c = client_connect(conninfo.text, &error);
		good = c != NULL;
		for (size_t i = 0; good && i < nschema_steps; i++)
			good = client_exec(c, schema_steps[i].sql, schema_steps[i].may_fail ? NULL : &error) ||
			       (schema_steps[i].may_fail && client_alive(c));
		client_close(c);
	}
	if (!good)
		fprintf(stderr, "%s\n", error.text);
	strbuf_free(&error);
	strbuf_free(&conninfo);
	return good;
}

void application_watch(const char *place, int seconds)
{
	enum { STEP_MS = 50 };
	struct strbuf conninfo = STRBUF_INIT;

	strbuf_addf(&conninfo, "%s " APPLICATION_DATABASE, place);
	struct client *c = client_connect(conninfo.text, NULL);
	for (int tries = seconds * 1000 / STEP_MS; c != NULL && tries > 0; tries--) {
		if (client_number(c, "SELECT count(*) FROM pg_locks WHERE NOT granted", 0) >= WAITING_IN_TROUBLE)
			break;
		sleep_ms(STEP_MS);
	}
	client_close(c);
	strbuf_free(&conninfo);
}

#include "conninfo.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libpq-fe.h>

#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "collectors/base/text.h"

struct setting {
	char *keyword, *value;
};

struct conninfo {
	struct setting *given;      /* by option or connection string; handed to libpq */
	size_t ngiven;
	PQconninfoOption *defaults; /* service file, environment, compiled in */
	struct address_list hosts;
	bool hosts_ok;
	double timeout_s;
	char *error;
};

/* Settings of ours that yield to the user's: a dead peer is noticed within half a minute. */
static const struct { const char *keyword, *value; } gentle[] = {
	{ "keepalives_idle", "15" },
	{ "keepalives_interval", "5" },
	{ "keepalives_count", "3" },
	{ "tcp_user_timeout", "20000" },
};

/* Settings that do not yield. */
static const struct { const char *keyword, *value; } firm[] = {
	{ "application_name", "pgtop-prod" },
	{ "client_encoding", "UTF8" },
};

void address_list_add(struct address_list *l, const char *host, const char *hostaddr, const char *port, bool is_name)
{
	l->all = mem_resize(l->all, l->n + 1, sizeof(*l->all));
	l->all[l->n++] = (struct address){
		.host = mem_string(host), .hostaddr = mem_string(hostaddr), .port = mem_string(port), .is_name = is_name,
	};
}

void address_list_clear(struct address_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->all[i].host);
		free(l->all[i].hostaddr);
		free(l->all[i].port);
	}
	free(l->all);
	*l = (struct address_list){ 0 };
}

static size_t list_count(const char *s)
{
	size_t n = 1;

	for (; *s; s++)
		n += *s == ',';
	return n;
}

/* The i-th member, a new string; "" behind the end. */
static char *list_member(const char *s, size_t i)
{
	for (; i > 0; i--) {
		s = strchr(s, ',');
		if (!s)
			return mem_string("");
		s++;
	}
	return mem_string_n(s, strcspn(s, ","));
}

/* No look-up, not even one that is told to expect a number: whatever stands behind getaddrinfo() stays out of this process. */
static bool is_numeric(const char *host)
{
	char *plain = mem_string_n(host, strcspn(host, "%"));   /* fe80::1%eth0 */
	struct in6_addr address;
	bool numeric = inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, plain, &address) == 1;

	free(plain);
	return numeric;
}

bool address_list_parse(struct address_list *l, const char *host, const char *hostaddr, const char *port)
{
	size_t n;

	host = host ? host : "";
	hostaddr = hostaddr ? hostaddr : "";
	port = port ? port : "";
	n = *hostaddr ? list_count(hostaddr) : list_count(host);
	if (*hostaddr && *host && list_count(host) != n)
		return false;
	if (list_count(port) != 1 && list_count(port) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char *h = list_member(host, i), *a = list_member(hostaddr, i);
		char *p = list_member(port, list_count(port) == 1 ? 0 : i);
		bool socket = *h == '/' || *h == '@' || !*h;
		bool numeric = !*a && !socket && is_numeric(h);

		address_list_add(l, h, numeric ? h : a, p, !*a && !socket && !numeric);
		free(h);
		free(a);
		free(p);
	}
	return true;
}

char *address_words(const char *host, const char *hostaddr, const char *port)
{
	struct strbuf b = STRBUF_INIT;
	char *clean;

	if (*host == '/' || *host == '@' || (!*host && !*hostaddr)) {
		strbuf_addf(&b, "socket %s", host);
	} else {
		if (*host && strcmp(host, hostaddr) != 0)
			strbuf_addf(&b, *hostaddr ? "%s " : "%s", host);
		strbuf_addf(&b, strchr(hostaddr, ':') ? "[%s]" : "%s", hostaddr);
	}
	if (*port)
		strbuf_addf(&b, ":%s", port);
	clean = text_cleaned(b.text, 0);
	strbuf_free(&b);
	return clean;
}

static struct setting *given_find(const struct conninfo *ci, const char *keyword)
{
	for (size_t i = 0; i < ci->ngiven; i++)
		if (strcmp(ci->given[i].keyword, keyword) == 0)
			return &ci->given[i];
	return NULL;
}

static void wipe(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

/* The last one said counts; an empty value says nothing, as in libpq. */
static void given_set(struct conninfo *ci, const char *keyword, const char *value)
{
	struct setting *old = given_find(ci, keyword);

	if (!value || !*value)
		return;
	if (old) {
		wipe(old->value);
		old->value = mem_string(value);
		return;
	}
	ci->given = mem_resize(ci->given, ci->ngiven + 1, sizeof(*ci->given));
	ci->given[ci->ngiven++] = (struct setting){ mem_string(keyword), mem_string(value) };
}

static bool is_connection_string(const char *s)
{
	return strncmp(s, "postgresql://", 13) == 0 || strncmp(s, "postgres://", 11) == 0 || strchr(s, '=');
}

static void conninfo_fail(struct conninfo *ci, const char *message)
{
	struct strbuf b = STRBUF_INIT;

	if (ci->error)
		return;
	text_clean(&b, message, strcspn(message, "\n"), 0);
	ci->error = strbuf_take(&b);
}

/* A database name, or a whole connection string, whose settings win over what was said before. */
static void given_set_dbname(struct conninfo *ci, const char *dbname)
{
	PQconninfoOption *parsed;
	char *error = NULL;

	if (!dbname || !is_connection_string(dbname)) {
		given_set(ci, "dbname", dbname);
		return;
	}
	parsed = PQconninfoParse(dbname, &error);
	if (!parsed)
		conninfo_fail(ci, error ? error : "the connection string cannot be read");
	for (PQconninfoOption *o = parsed; o && o->keyword; o++)
		given_set(ci, o->keyword, o->val);
	PQfreemem(error);
	PQconninfoFree(parsed);
}

/*
 * What service file and environment say. PQconndefaults() reads the service named by the environment only, so one that was
 * named in the connection string is put there for the time of the call.
 */
static PQconninfoOption *defaults_read(const struct conninfo *ci)
{
	const struct setting *service = given_find(ci, "service");
	const char *old = getenv("PGSERVICE");
	char *saved = old ? mem_string(old) : NULL;
	PQconninfoOption *defaults;

	if (service)
		setenv("PGSERVICE", service->value, 1);
	defaults = PQconndefaults();
	if (service && saved)
		setenv("PGSERVICE", saved, 1);
	else if (service)
		unsetenv("PGSERVICE");
	free(saved);
	return defaults;
}

struct conninfo *conninfo_new(const struct server_options *o)
{
	struct conninfo *ci = mem_zero(1, sizeof(*ci));
	const char *timeout;

	/* psql's order: a connection string wins over single options. */
	given_set(ci, "host", o->host);
	given_set(ci, "port", o->port);
	given_set(ci, "user", o->user);
	given_set(ci, "password", o->password);
	given_set_dbname(ci, o->conninfo);
	given_set_dbname(ci, o->dbname);
	ci->defaults = defaults_read(ci);
	ci->hosts_ok = address_list_parse(&ci->hosts, conninfo_get(ci, "host"), conninfo_get(ci, "hostaddr"),
					  conninfo_get(ci, "port"));
	timeout = conninfo_get(ci, "connect_timeout");
	ci->timeout_s = o->connect_timeout_s > 0 ? o->connect_timeout_s : timeout ? atof(timeout) : 0;
	if (!(ci->timeout_s > 0))
		ci->timeout_s = 5;
	return ci;
}

void conninfo_free(struct conninfo *ci)
{
	if (!ci)
		return;
	for (size_t i = 0; i < ci->ngiven; i++) {
		free(ci->given[i].keyword);
		wipe(ci->given[i].value);
	}
	free(ci->given);
	PQconninfoFree(ci->defaults);
	address_list_clear(&ci->hosts);
	free(ci->error);
	free(ci);
}

const char *conninfo_error(const struct conninfo *ci)
{
	return ci->error;
}

const char *conninfo_get(const struct conninfo *ci, const char *keyword)
{
	const struct setting *given = given_find(ci, keyword);

	if (given)
		return given->value;
	for (const PQconninfoOption *o = ci->defaults; o && o->keyword; o++)
		if (strcmp(o->keyword, keyword) == 0)
			return o->val && *o->val ? o->val : NULL;
	return NULL;
}

void conninfo_set_password(struct conninfo *ci, const char *password)
{
	given_set(ci, "password", password);
}

double conninfo_timeout_s(const struct conninfo *ci)
{
	return ci->timeout_s;
}

const struct address_list *conninfo_hosts(const struct conninfo *ci)
{
	return &ci->hosts;
}

bool conninfo_judges_read_only(const struct conninfo *ci)
{
	const char *attrs = conninfo_get(ci, "target_session_attrs");

	return attrs && (strcmp(attrs, "read-write") == 0 || strcmp(attrs, "read-only") == 0);
}

static void params_set(struct conninfo_params *p, const char *keyword, const char *value)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->keywords[i], keyword) == 0) {
			wipe(p->values[i]);
			p->values[i] = mem_string(value);
			return;
		}
	}
	p->keywords = mem_resize(p->keywords, p->n + 2, sizeof(*p->keywords));
	p->values = mem_resize(p->values, p->n + 2, sizeof(*p->values));
	p->keywords[p->n] = keyword;
	p->values[p->n++] = mem_string(value);
	p->keywords[p->n] = NULL;
	p->values[p->n] = NULL;
}

static void params_set_hosts(struct conninfo_params *p, const struct address_list *to)
{
	struct strbuf host = STRBUF_INIT, hostaddr = STRBUF_INIT, port = STRBUF_INIT;
	bool first = true;

	for (size_t i = 0; i < to->n; i++) {
		const struct address *a = &to->all[i];

		if (a->left_out)
			continue;
		strbuf_addf(&host, first ? "%s" : ",%s", a->host);
		strbuf_addf(&hostaddr, first ? "%s" : ",%s", a->hostaddr);
		strbuf_addf(&port, first ? "%s" : ",%s", a->port);
		first = false;
	}
	params_set(p, "host", host.text);
	params_set(p, "hostaddr", hostaddr.text);
	params_set(p, "port", port.text);
	strbuf_free(&host);
	strbuf_free(&hostaddr);
	strbuf_free(&port);
}

struct conninfo_params conninfo_params(const struct conninfo *ci, const struct address_list *to, const char *options)
{
	struct conninfo_params p = { 0 };
	const char *user_options = conninfo_get(ci, "options");

	for (size_t i = 0; i < ci->ngiven; i++)
		if (options || strcmp(ci->given[i].keyword, "options") != 0)
			params_set(&p, ci->given[i].keyword, ci->given[i].value);
	for (size_t i = 0; i < sizeof(gentle) / sizeof(gentle[0]); i++)
		if (!conninfo_get(ci, gentle[i].keyword))
			params_set(&p, gentle[i].keyword, gentle[i].value);
	for (size_t i = 0; i < sizeof(firm) / sizeof(firm[0]); i++)
		params_set(&p, firm[i].keyword, firm[i].value);
	if (options) {
		char *both = mem_format("%s%s%s", user_options ? user_options : "", user_options ? " " : "", options);

		params_set(&p, "options", both);
		free(both);
	}
	if (ci->hosts_ok)   /* else libpq finds the same mistake and says so */
		params_set_hosts(&p, to);
	return p;
}

void conninfo_params_name(struct conninfo_params *p, const char *name)
{
	params_set(p, "application_name", name);
}

void conninfo_params_free(struct conninfo_params *p)
{
	for (size_t i = 0; i < p->n; i++)
		wipe(p->values[i]);
	free(p->values);
	free(p->keywords);
	*p = (struct conninfo_params){ 0 };
}

#include "message.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/secret.h"
#include "collectors/base/strbuf.h"
#include "collectors/base/text.h"

void attempt_list_add(struct attempt_list *l, int64_t at_us, char *take_where, char *take_what, bool passing)
{
	struct attempt made = { .at_us = at_us, .passing = passing };

	/* A host can be a URI that was put in the wrong place; what is quoted from here on shows no password. */
	made.where = secret_hidden(take_where);
	made.what = secret_hidden(take_what);
	free(take_where);
	free(take_what);
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->all[i].where, made.where) == 0) {
			free(l->all[i].where);
			free(l->all[i].what);
			l->all[i] = made;
			return;
		}
	}
	l->all = mem_resize(l->all, l->n + 1, sizeof(*l->all));
	l->all[l->n++] = made;
}

char *attempt_list_line(const struct attempt_list *l)
{
	struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < l->n; i++)
		strbuf_addf(&b, "%s%s: %s", i ? "; " : "", l->all[i].where, l->all[i].what);
	if (!b.len)
		strbuf_adds(&b, "no address to connect to");
	return strbuf_take(&b);
}

void attempt_list_clear(struct attempt_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->all[i].where);
		free(l->all[i].what);
	}
	free(l->all);
	*l = (struct attempt_list){ 0 };
}

/* `SEVERITY:  28P01: `: the two blanks are the protocol's, the severity's word is the server's language. */
static const char *find_sqlstate(const char *text, const char *end)
{
	for (const char *p = text; (p = strstr(p, ":  ")) && p < end; p++) {
		size_t n = 0;

		while (n < 5 && (isdigit((unsigned char)p[3 + n]) || isupper((unsigned char)p[3 + n])))
			n++;
		if (n == 5 && p[8] == ':' && p[9] == ' ')
			return p + 3;
	}
	return NULL;
}

static const char *line_end(const char *text)
{
	return text + strcspn(text, "\n");
}

static bool first_line_sqlstate(const char *text, char sqlstate[6])
{
	const char *at = find_sqlstate(text, line_end(text));

	memset(sqlstate, 0, 6);
	if (at)
		memcpy(sqlstate, at, 5);
	return at != NULL;
}

bool message_sqlstate(const char *text, char sqlstate[6])
{
	const char *at = find_sqlstate(text, text + strlen(text));

	memset(sqlstate, 0, 6);
	if (at)
		memcpy(sqlstate, at, 5);
	return at != NULL;
}

bool message_is_refusal(const char *sqlstate)
{
	return strncmp(sqlstate, "28", 2) == 0;   /* role, password, pg_hba.conf */
}

bool message_is_refused_database(const char *sqlstate)
{
	return strcmp(sqlstate, "3D000") == 0 ||   /* no such database */
	       strcmp(sqlstate, "42501") == 0;     /* no right to connect to it */
}

bool message_is_passing(const char *sqlstate)
{
	static const char *const passing[] = { "57P03", "53300", "55P03", "57P01", "57P02" };

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (strcmp(sqlstate, passing[i]) == 0)
			return true;
	return false;
}

static char *clean_line(const char *text)
{
	struct strbuf b = STRBUF_INIT;

	text_clean(&b, text, strcspn(text, "\n"), 0);
	return strbuf_take(&b);
}

char *message_line(const char *text)
{
	const char *at = find_sqlstate(text, line_end(text));

	return clean_line(at ? at + 7 : text);
}

char *message_what(const char *text, const char *attrs)
{
	char sqlstate[6], *line = message_line(text), *what = NULL;

	if (first_line_sqlstate(text, sqlstate) || strcmp(line, strerror(ECONNREFUSED)) == 0)
		what = mem_format("refused: %s", line);
	else if (strcmp(line, strerror(ENOENT)) == 0)
		what = mem_format("no server: %s", line);
	else if (attrs && strstr(line, "server is in hot standby mode"))
		what = mem_format("is a standby; target_session_attrs=%s", attrs);
	else if (attrs && strstr(line, "session is read-only"))
		what = mem_format("is a standby or read-only; target_session_attrs=%s", attrs);
	else if (attrs && (strstr(line, "session is not read-only") || strstr(line, "server is not in hot standby")))
		what = mem_format("is a primary; target_session_attrs=%s", attrs);
	if (!what)
		return line;
	free(line);
	return what;
}

/* The name that belongs to an address, which is all that libpq tells when it was given both; or the address itself. */
static const char *name_of(const struct address_list *tried, const char *address)
{
	for (size_t i = 0; i < tried->n; i++)
		if (strcmp(tried->all[i].hostaddr, address) == 0 && *tried->all[i].host)
			return tried->all[i].host;
	return address;
}

static char *socket_where(const char *path, size_t len)
{
	char *directory = mem_string_n(path, len), *name = strstr(directory, "/.s.PGSQL."), *words;

	if (name)
		*name = '\0';
	words = address_words(directory, "", name ? name + 10 : "");
	free(directory);
	return words;
}

/* Reads `at "HOST" (ADDRESS), port PORT failed: `, the address not always there, or `on socket "PATH" failed: `. */
static char *prefix_where(const char *p, const struct address_list *tried)
{
	const char *failed = strstr(p, " failed: "), *open = strchr(p, '"'), *close = open ? strchr(open + 1, '"') : NULL;
	const char *part;
	char *host, *port, *words;

	if (!close || !failed || close > failed)
		return NULL;
	if (strncmp(p, "on socket ", 10) == 0)
		return socket_where(open + 1, (size_t)(close - open - 1));
	host = mem_string_n(open + 1, (size_t)(close - open - 1));
	part = strstr(close, ", port ");
	port = part && part < failed ? mem_string_n(part + 7, (size_t)(failed - part - 7)) : mem_string("");
	if (strncmp(close + 1, " (", 2) == 0) {
		char *address = mem_string_n(close + 3, strcspn(close + 3, ")"));

		words = address_words(host, address, port);
		free(address);
	} else {
		words = address_words(name_of(tried, host), host, port);
	}
	free(host);
	free(port);
	return words;
}

static void add_said(struct attempt_list *l, int64_t at_us, char *take_where, const char *text, const char *attrs)
{
	char sqlstate[6];

	first_line_sqlstate(text, sqlstate);
	attempt_list_add(l, at_us, take_where, message_what(text, attrs), message_is_passing(sqlstate));
}

void message_attempts(struct attempt_list *l, const char *text, const struct address_list *tried, const char *where,
		      const char *attrs, int64_t at_us)
{
	static const char prefix[] = "connection to server ", failed[] = " failed: ";
	bool named = false;

	for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		char *place = NULL;

		if (strncmp(line, prefix, sizeof(prefix) - 1) == 0)
			place = prefix_where(line + sizeof(prefix) - 1, tried);
		if (!place)
			continue;
		named = true;
		add_said(l, at_us, place, strstr(line, failed) + sizeof(failed) - 1, attrs);
	}
	if (!named && where && text && *text)
		add_said(l, at_us, mem_string(where), text, attrs);
}

#include "secret.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"

static const char stars[] = "***";

/*
 * Behind `://`: where the password begins and where its `@` stands. The last @ of the line or before the next URI counts: a
 * password in which one was not escaped is a mistake, but no less secret.
 */
static const char *uri_password(const char *at, const char **end)
{
	size_t line = strcspn(at, "\n");
	const char *next = strstr(at, "://");
	const char *colon;

	if (next && (size_t)(next - at) < line)
		line = (size_t)(next - at);
	*end = memrchr(at, '@', line);
	colon = *end ? memchr(at, ':', (size_t)(*end - at)) : NULL;
	return colon ? colon + 1 : NULL;
}

/* Behind `password`: where its value begins; NULL when this is no setting. */
static const char *setting_value(const char *at)
{
	at += strspn(at, " \t");
	if (*at != '=')
		return NULL;
	return at + 1 + strspn(at + 1, " \t");
}

/* Where a value of a connection string ends: at its quote, else at a blank or a URI's next parameter. */
static const char *value_end(const char *value)
{
	bool quoted = *value == '\'';
	const char *at = value + quoted;

	while (*at && (quoted ? *at != '\'' : !isspace((unsigned char)*at)))
		at += *at == '\\' && at[1] ? 2 : 1;
	if (quoted)
		return *at ? at + 1 : at;
	/* the quotation mark of the message around it */
	while (at > value && strchr("\",;:)", at[-1]))
		at--;
	return at;
}

/* Where messages of libpq quote a piece that may be of a password: it ends at the quotation mark before `after`. */
static const struct {
	const char *before, *after;
} pieces[] = {
	{ "invalid percent-encoded token: \"", "\"" },
	{ "forbidden value %00 in percent-encoded value: \"", "\"" },
	{ "unexpected spaces found in \"", "\", use percent-encoded" },
	{ "missing \"=\" after \"", "\" in connection info string" },
	{ "missing key/value separator \"=\" in URI query parameter: \"", "\"" },
};

static const char *piece_end(const char *at, const char **piece)
{
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t n = strlen(pieces[i].before);
		const char *end;

		if (strncmp(at, pieces[i].before, n) != 0)
			continue;
		*piece = at + n;
		end = strstr(*piece, pieces[i].after);
		return end ? end : *piece + strlen(*piece);
	}
	return NULL;
}

/* What is to be hidden behind a start: from *secret to the end given; NULL: nothing starts here. */
static const char *secret_end(const char *at, const char **secret)
{
	static const char word[] = "password", scheme[] = "://";
	const char *end = NULL;

	if (strncmp(at, scheme, sizeof(scheme) - 1) == 0) {
		*secret = uri_password(at + sizeof(scheme) - 1, &end);
		return *secret ? end : NULL;
	}
	if (strncasecmp(at, word, sizeof(word) - 1) == 0) {
		*secret = setting_value(at + sizeof(word) - 1);
		return *secret ? value_end(*secret) : NULL;
	}
	return piece_end(at, secret);
}

void secret_hide(struct strbuf *out, const char *text)
{
	while (*text) {
		const char *secret = NULL, *end = secret_end(text, &secret);

		if (!end) {
			strbuf_addc(out, *text++);
			continue;
		}
		strbuf_add(out, text, (size_t)(secret - text));
		if (end > secret)
			strbuf_adds(out, stars);
		text = end;
	}
}

char *secret_hidden(const char *text)
{
	struct strbuf out = STRBUF_INIT;

	if (!text)
		return NULL;
	secret_hide(&out, text);
	return out.text ? strbuf_take(&out) : mem_string("");
}

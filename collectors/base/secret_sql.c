/*
 * Passwords in statements. This is no parser: it knows what a token is, and takes whatever literal stands behind a name that ends in `password` for
 * one. Where it is not clear where a literal ends, or which one is meant, too much is hidden.
 */
#include "secret.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Bodies of functions in bodies of functions: deeper than this all of it is hidden. */
enum { LEVELS = 8 };

enum armed {
	DISARMED,
	NAMED,       /* behind the name */
	COMPARED,    /* ... and an operator or a bracket: behind it may stand an expression */
	ALL,         /* the name stands in a literal that is put together with others */
};

struct hider {
	struct strbuf *out;
	int level;
	enum armed armed;
	int depth;           /* brackets since it is armed */
	bool unclear;        /* a literal ended behind a backslash: nobody knows whether it did */
};

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_in_word(char c)
{
	return is_letter(c) || is_digit(c) || c == '$';
}

static bool is_quote(char c)
{
	return c == '\'' || c == '"' || c == '\\';
}

static const char *const names[] = { "password", "passwd", "passphrase" };

/* The length of the name that stands here, 0 for none. */
static size_t name_at(const char *p, const char *end)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t n = strlen(names[i]);

		if ((size_t)(end - p) >= n && strncasecmp(p, names[i], n) == 0)
			return n;
	}
	return 0;
}

static bool ends_in_name(const char *p, const char *end)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t n = strlen(names[i]);

		if ((size_t)(end - p) >= n && strncasecmp(end - n, names[i], n) == 0)
			return true;
	}
	return false;
}

static bool is_one_of(const char *const *words, const char *p, const char *end)
{
	for (; *words; words++)
		if (strlen(*words) == (size_t)(end - p) && strncasecmp(*words, p, (size_t)(end - p)) == 0)
			return true;
	return false;
}

/* ---- in literals and comments ---- */

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

static const char *skip_quotes(const char *p, const char *end)
{
	while (p < end && is_quote(*p))
		p++;
	return p;
}

/* Behind the value that begins here, in quotes (as often doubled, or behind as many backslashes, as it may be) or up to a blank. */
static const char *value_end(const char *p, const char *end)
{
	const char *body = skip_quotes(p, end), *closing;

	if (body > p) {
		closing = memmem(body, (size_t)(end - body), p, (size_t)(body - p));
		if (!closing || memchr(body, '\\', (size_t)(closing - body)))
			return end;
		return closing + (body - p);
	}
	while (p < end && !is_blank(*p))
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	return p;
}

/*
 * Behind a name: where its value begins, of `password=x`, `"password": "x"`, `PASSWORD ''x''`; NULL: none. *elsewhere: it is put in here from another
 * place, as of `PASSWORD ` and `PASSWORD %L`.
 */
static const char *value_start(const char *p, const char *end, bool *elsewhere)
{
	const char *sign = skip_blanks(skip_quotes(p, end), end), *value = skip_blanks(p, end);

	if (p < end && is_in_word(*p))
		return NULL;
	if (sign < end && (*sign == '=' || *sign == ':')) {
		value = sign + 1;
		value = skip_blanks(value < end && (*value == '>' || *value == '=') ? value + 1 : value, end);
	} else if (value > p && end - value >= 2 && strchr("eEnN", *value) && is_quote(value[1])) {
		value++;
	} else if (value < end && !is_quote(*value)) {
		*elsewhere |= *value == '%';
		return NULL;
	}
	*elsewhere |= skip_quotes(value, end) == end || *value == '%';
	return value < end ? value : NULL;
}

/* Behind `://`: where the password begins and ends; NULL: there is none. */
static const char *uri_password(const char *p, const char *end, bool ours, bool cut, const char **stop)
{
	size_t len = 0;
	const char *colon;

	while (p + len < end && !is_blank(p[len]) && p[len] != '"' && (ours || p[len] != '/'))
		len++;
	*stop = memrchr(p, '@', len);
	/* The server cuts a long text anywhere: what looks like a host may be a piece of the password. */
	if (cut && ours && p + len == end)
		*stop = end;
	colon = *stop ? memchr(p, ':', (size_t)(*stop - p)) : NULL;
	return colon ? colon + 1 : NULL;
}

/* Of postgres:// and postgresql:// what stands before the @ may be anything; other addresses may have an @ behind their host. */
static bool is_ours(const char *from, const char *sign)
{
	return (sign - from >= 8 && strncasecmp(sign - 8, "postgres", 8) == 0) || (sign - from >= 10 && strncasecmp(sign - 10, "postgresql", 10) == 0);
}

/* cut: the statement ends with it. Gives whether the password of a name in it stands elsewhere. */
static bool hide_text(struct strbuf *out, const char *p, const char *end, bool cut)
{
	const char *from = p;
	bool elsewhere = false;

	while (p < end) {
		size_t n = name_at(p, end);
		const char *value = NULL, *stop = NULL;

		/* What it is the end of matters not: sslpassword, PGPASSWORD. */
		if (n > 0) {
			value = value_start(p + n, end, &elsewhere);
			stop = value ? value_end(value, end) : NULL;
		} else if (end - p > 3 && strncmp(p, "://", 3) == 0) {
			value = uri_password(p + 3, end, is_ours(from, p), cut, &stop);
		}
		if (!value) {
			strbuf_addc(out, *p++);
			continue;
		}
		strbuf_add(out, p, (size_t)(value - p));
		strbuf_adds(out, stop > value ? "***" : "");
		p = stop;
	}
	return elsewhere;
}

/* ---- in the statement ---- */

static void hide_code(struct hider *h, const char *p, const char *end);   /* bodies are in statements */

static void take(struct hider *h, const char *p, const char *end)
{
	strbuf_add(h->out, p, (size_t)(end - p));
}

static void arm(struct hider *h, enum armed armed)
{
	if (h->armed != ALL)
		h->armed = armed;
	if (armed != COMPARED)
		h->depth = 0;
}

static const char *comment_end(const char *p, const char *end)
{
	int depth = 0;

	if (*p == '-') {
		p = memchr(p, '\n', (size_t)(end - p));
		return p ? p : end;
	}
	do {
		if (end - p >= 2 && p[0] == '/' && p[1] == '*') {
			depth++;
			p += 2;
		} else if (end - p >= 2 && p[0] == '*' && p[1] == '/') {
			depth--;
			p += 2;
		} else {
			p++;
		}
	} while (depth && p < end);
	return p;
}

static const char *take_comment(struct hider *h, const char *p, const char *end)
{
	const char *stop = comment_end(p, end);

	hide_text(h->out, p, stop, stop == end);
	return stop;
}

/* Behind an opening quote: where the closing one is. */
static const char *closing_quote(const char *p, const char *end, char quote, bool backslash)
{
	while (p < end) {
		if (backslash && *p == '\\')
			p += 2;
		else if (*p != quote)
			p++;
		else if (p + 1 < end && p[1] == quote)
			p += 2;
		else
			return p;
	}
	return end;
}

/* The length of what stands before the quote of a literal, -1: here stands none. */
static int literal_prefix(const char *p, const char *end)
{
	if (*p == '\'')
		return 0;
	if (end - p >= 2 && strchr("eEbBxXnN", *p) && p[1] == '\'')
		return 1;
	return end - p >= 3 && (*p == 'u' || *p == 'U') && p[1] == '&' && p[2] == '\'' ? 2 : -1;
}

static void hide_value(struct hider *h)
{
	strbuf_adds(h->out, "'***'");
	if (!h->depth)
		arm(h, NAMED);   /* it may go on in another literal on the next line */
}

static const char *take_literal(struct hider *h, const char *p, const char *end, int prefix)
{
	bool backslash = prefix == 1 && (*p == 'e' || *p == 'E');
	const char *body = p + prefix + 1, *stop = closing_quote(body, end, '\'', backslash), *behind = stop < end ? stop + 1 : end;

	/* Whether \' ends a literal is a setting of the session that wrote it. */
	for (const char *at = body; !backslash && at <= stop && at < end; at++)
		h->unclear |= at > body && at[-1] == '\\' && *at == '\'';
	if (h->armed) {
		hide_value(h);
		return h->unclear ? NULL : behind;
	}
	take(h, p, body);
	if (hide_text(h->out, body, stop, stop == end))
		arm(h, ALL);
	take(h, stop, behind);
	return behind;
}

/* At `$`: a parameter, a literal between tags, or nothing of the kind. */
static const char *take_dollar(struct hider *h, const char *p, const char *end)
{
	const char *tag = p + 1, *stop;
	struct hider body = { .out = h->out, .level = h->level + 1 };

	if (tag < end && is_digit(*tag)) {
		while (tag < end && is_digit(*tag))
			tag++;
		take(h, p, tag);
		if (!h->depth)
			arm(h, DISARMED);
		return tag;
	}
	while (tag < end && is_in_word(*tag) && *tag != '$')
		tag++;
	if (tag == end || *tag != '$') {
		take(h, p, p + 1);
		return p + 1;
	}
	tag++;
	stop = memmem(tag, (size_t)(end - tag), p, (size_t)(tag - p));
	if (h->armed || body.level > LEVELS) {
		hide_value(h);
	} else {
		take(h, p, tag);
		hide_code(&body, tag, stop ? stop : end);
		if (body.armed)
			arm(h, ALL);
		take(h, p, stop ? tag : p);
	}
	return stop ? stop + (tag - p) : end;
}

static const char *take_word(struct hider *h, const char *p, const char *end)
{
	static const char *const go_on[] = { "to", "in", "like", "ilike", "not", "any", "is", "array", "as", "values", NULL };
	static const char *const end_it[] = { "and", "or", "from", "where", "returning", "order", "group", "limit", "union", "then", "else", "on",
					      "valid", NULL };
	const char *stop = p;

	while (stop < end && is_in_word(*stop))
		stop++;
	/* A connection string in a body, and a number, need no quotes. */
	if (h->armed == COMPARED && (is_digit(*p) || h->level) && !is_one_of(end_it, p, stop) && !(stop < end && *stop == '(')) {
		stop = is_digit(*p) && !h->level ? stop : value_end(p, end);
		strbuf_adds(h->out, "***");
		if (!h->depth)
			arm(h, DISARMED);
		return stop;
	}
	take(h, p, stop);
	if (ends_in_name(p, stop))
		arm(h, NAMED);
	else if (h->armed == NAMED ? !is_one_of(go_on, p, stop) : is_one_of(end_it, p, stop))
		arm(h, DISARMED);
	return stop;
}

static const char *take_quoted_name(struct hider *h, const char *p, const char *end)
{
	const char *stop = closing_quote(p + 1, end, '"', false);

	take(h, p, stop < end ? stop + 1 : end);
	if (ends_in_name(p + 1, stop))
		arm(h, NAMED);
	else if (h->armed == NAMED)
		arm(h, DISARMED);
	return stop < end ? stop + 1 : end;
}

static const char *take_blanks(struct hider *h, const char *p, const char *end)
{
	const char *stop = skip_blanks(p, end);

	take(h, p, stop);
	return stop;
}

static const char *take_sign(struct hider *h, const char *p)
{
	take(h, p, p + 1);
	if (*p == ';') {
		h->armed = DISARMED;
		h->depth = 0;
	} else if (!h->armed) {
		return p + 1;
	} else if (*p == '(') {
		h->depth++;
		arm(h, COMPARED);
	} else if (*p == ')' && h->depth <= 1) {
		arm(h, DISARMED);
	} else if (*p == ')') {
		h->depth--;
	} else if (*p == ',') {
		arm(h, h->depth ? h->armed : DISARMED);
	} else {
		arm(h, COMPARED);
	}
	return p + 1;
}

static void hide_code(struct hider *h, const char *p, const char *end)
{
	while (p && p < end) {
		int prefix = literal_prefix(p, end);

		/* From where it is not clear any more what is a literal and what is not, nothing behind a name is shown. */
		if (h->unclear && h->armed)
			p = NULL;
		else if (prefix >= 0)
			p = take_literal(h, p, end, prefix);
		else if (end - p >= 2 && (strncmp(p, "--", 2) == 0 || strncmp(p, "/*", 2) == 0))
			p = take_comment(h, p, end);
		else if (*p == '$')
			p = take_dollar(h, p, end);
		else if (is_in_word(*p))
			p = take_word(h, p, end);
		else if (*p == '"')
			p = take_quoted_name(h, p, end);
		else if (is_blank(*p))
			p = take_blanks(h, p, end);
		else
			p = take_sign(h, p);
	}
	if (!p)
		strbuf_adds(h->out, "***");
}

/* Most statements have none. */
static bool may_have_any(const char *p, const char *end)
{
	for (; end - p >= 3; p++)
		if ((*p == ':' && p[1] == '/' && p[2] == '/') || ((*p | 0x20) == 'p' && (p[1] | 0x20) == 'a' && name_at(p, end)))
			return true;
	return false;
}

bool secret_hide_sql(struct strbuf *out, const char *sql, size_t n)
{
	struct hider h = { .out = out };

	if (!may_have_any(sql, sql + n))
		return false;
	hide_code(&h, sql, sql + n);
	return true;
}

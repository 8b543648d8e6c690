#include "sql.h"

#include <stdbool.h>
#include <string.h>

#include "text.h"

/* What the grammar calls reserved; sorted. As a name each needs quotes (the manual's appendix C). */
static const char reserved[] =
	"all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create current_catalog"
	" current_date current_role current_time current_timestamp current_user default deferrable desc distinct do else end except"
	" false fetch for foreign from grant group having in initially intersect into lateral leading limit localtime localtimestamp"
	" not null offset on only or order placing primary references returning select session_user some symmetric system_user table"
	" then to trailing true union unique user using variadic when where window with";

static bool is_plain(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";

	return *name && !strchr("0123456789", *name) && !name[strspn(name, letters)] && !text_has_word(reserved, name);
}

/* Between quotes, those in it and the other character doubled. */
static void add_quoted(struct strbuf *out, const char *text, char quote, char other)
{
	strbuf_addc(out, quote);
	for (const char *p = text; *p; p++) {
		if (*p == quote || *p == other)
			strbuf_addc(out, *p);
		strbuf_addc(out, *p);
	}
	strbuf_addc(out, quote);
}

void sql_add_identifier(struct strbuf *out, const char *name)
{
	if (is_plain(name))
		strbuf_adds(out, name);
	else
		add_quoted(out, name, '"', '"');
}

void sql_add_quoted(struct strbuf *out, const char *name)
{
	add_quoted(out, name, '"', '"');
}

/*
 * These are how cleaning writes what it does not let through. A name that has them by itself counts as changed, too.
 */
static bool is_changed(const char *text)
{
	return strstr(text, "\\x") || strstr(text, "\\u") || strstr(text, "<U+") || strstr(text, "\xef\xbf\xbd");
}

bool sql_is_exact(const char *name)
{
	return !is_changed(name);
}

char *sql_marked(const char *sql)
{
	size_t begin = strspn(sql, " \t\n("), word = begin + strspn(sql + begin, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	struct strbuf b = STRBUF_INIT;

	strbuf_add(&b, sql, word);
	if (strncmp(sql + word, " " SQL_MARK, strlen(" " SQL_MARK)) != 0)
		strbuf_adds(&b, " " SQL_MARK);
	strbuf_adds(&b, sql + word);
	return strbuf_take(&b);
}

void sql_add_literal(struct strbuf *out, const char *text)
{
	if (strchr(text, '\\'))
		strbuf_addc(out, 'E');
	add_quoted(out, text, '\'', '\\');
}

char *sql_literal(const char *text)
{
	struct strbuf b = STRBUF_INIT;

	if (is_changed(text))
		return NULL;
	sql_add_literal(&b, text);
	return strbuf_take(&b);
}

char *remedy_text(const char *remedy, const char *role)
{
	struct strbuf b = STRBUF_INIT;

	if (!remedy || (role && is_changed(role) && strstr(remedy, "%s")))
		return NULL;
	for (const char *p = remedy; *p; p++) {
		if (p[0] != '%' || p[1] != 's') {
			strbuf_addc(&b, *p);
			continue;
		}
		if (role)
			sql_add_identifier(&b, role);
		else
			strbuf_adds(&b, "CURRENT_USER");
		p++;
	}
	return strbuf_take(&b);
}

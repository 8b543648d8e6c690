#include "sql_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"

/* More than anybody reads on a screen, and little enough to be laid out between two keys. */
enum { LAYOUT_BYTES = 64 * 1024 };

enum { TAB_CELLS = 4, HANGING = 4, CLAUSE_CELLS = 8 };

/* Sorted. Words that shape a statement; types and functions are left as names. */
static const char *const keywords[] = {
	"ABORT", "ADD", "ALL", "ALTER", "ANALYZE", "AND", "ANY", "AS", "ASC", "BEGIN", "BETWEEN", "BY", "CALL", "CASCADE", "CASE",
	"CAST", "CHECK", "CLOSE", "CLUSTER", "COLLATE", "COLUMN", "COMMIT", "CONCURRENTLY", "CONFLICT", "CONSTRAINT", "COPY",
	"CREATE", "CROSS", "CURRENT", "CURSOR", "DATABASE", "DECLARE", "DEFAULT", "DELETE", "DESC", "DISTINCT", "DO", "DROP",
	"ELSE", "END", "EXCEPT", "EXECUTE", "EXISTS", "EXPLAIN", "EXTENSION", "FALSE", "FETCH", "FILTER", "FIRST", "FOR",
	"FOREIGN", "FROM", "FULL", "FUNCTION", "GRANT", "GROUP", "HAVING", "IF", "ILIKE", "IN", "INDEX", "INNER", "INSERT",
	"INTERSECT", "INTO", "IS", "ISNULL", "JOIN", "KEY", "LATERAL", "LEFT", "LIKE", "LIMIT", "LISTEN", "LOCK", "LOCKED",
	"MATERIALIZED", "MERGE", "MODE", "NATURAL", "NOT", "NOTHING", "NOTIFY", "NOTNULL", "NOWAIT", "NULL", "NULLS", "OF",
	"OFFSET", "ON", "ONLY", "OR", "ORDER", "OUTER", "OVER", "PARTITION", "PREPARE", "PREPARED", "PRIMARY", "PROCEDURE",
	"RECURSIVE", "REFERENCES", "REFRESH", "REINDEX", "RELEASE", "RESET", "RESTRICT", "RETURNING", "REVOKE", "RIGHT",
	"ROLLBACK", "ROW", "ROWS", "SAVEPOINT", "SCHEMA", "SELECT", "SEQUENCE", "SET", "SHARE", "SHOW", "SKIP", "SOME",
	"START", "STDIN", "STDOUT", "TABLE", "THEN", "TO", "TRANSACTION", "TRIGGER", "TRUE", "TRUNCATE", "TYPE", "UNION",
	"UNIQUE", "UPDATE", "USING", "VACUUM", "VALUES", "VIEW", "WHEN", "WHERE", "WINDOW", "WITH", "WITHIN",
};

/*
 * Before these a statement written in one line is broken, outside brackets; and the words after
 * which they mean something else.
 */
static const struct {
	const char *word, *not_after;
} clauses[] = {
	{ "SELECT", NULL }, { "FROM", "DISTINCT DELETE" }, { "WHERE", NULL }, { "GROUP", "WITHIN" }, { "HAVING", NULL },
	{ "ORDER", NULL }, { "LIMIT", NULL }, { "OFFSET", NULL }, { "UNION", NULL }, { "INTERSECT", NULL }, { "EXCEPT", NULL },
	{ "RETURNING", NULL }, { "VALUES", NULL }, { "SET", "UPDATE" }, { "WINDOW", NULL },
};

static bool token_is(const struct sql_token *t, const char *word)
{
	return strlen(word) == t->len && !strncasecmp(t->text, word, t->len);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_keyword(const char *word, size_t len)
{
	size_t low = 0, high = sizeof(keywords) / sizeof(*keywords);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strncasecmp(word, keywords[middle], len);

		if (!order && keywords[middle][len])
			order = -1;
		if (!order)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static const char *skip_quoted(const char *s, char quote, bool backslash)
{
	while (*s) {
		if (backslash && *s == '\\' && s[1])
			s += 2;
		else if (*s != quote)
			s++;
		else if (s[1] == quote)
			s += 2;
		else
			return s + 1;
	}
	return s;
}

static const char *skip_comment(const char *s)
{
	int depth = 1;

	while (*s && depth) {
		if (s[0] == '/' && s[1] == '*') {
			depth++;
			s += 2;
		} else if (s[0] == '*' && s[1] == '/') {
			depth--;
			s += 2;
		} else {
			s++;
		}
	}
	return s;
}

/* At a `$`: behind the whole dollar-quoted string or parameter; s itself if it is neither. */
static const char *skip_dollar(const char *s)
{
	const char *tag = s + 1, *end;

	if (is_digit(*tag)) {
		while (is_digit(*tag))
			tag++;
		return tag;
	}
	while (is_letter(*tag) || (tag > s + 1 && is_digit(*tag)))
		tag++;
	if (*tag != '$')
		return s;
	tag++;
	for (end = tag; (end = strchr(end, '$')); end++)
		if (!strncmp(end, s, (size_t)(tag - s)))
			return end + (tag - s);
	return s + strlen(s);
}

static const char *skip_number(const char *s)
{
	while (is_digit(*s) || is_letter(*s) || (*s == '.' && s[1] != '.') ||
	       ((*s == '+' || *s == '-') && (s[-1] == 'e' || s[-1] == 'E') && is_digit(s[1])))
		s++;
	return s;
}

static const char *skip_token(const char *s, enum sql_kind *kind)
{
	const char *start = s;

	if (*s == ' ' || *s == '\t') {
		*kind = SQL_BLANK;
		return s + strspn(s, " \t");
	}
	if (*s == '\n') {
		*kind = SQL_NEWLINE;
		return s + 1;
	}
	if (s[0] == '-' && s[1] == '-') {
		*kind = SQL_COMMENT;
		return s + strcspn(s, "\n");
	}
	if (s[0] == '/' && s[1] == '*') {
		*kind = SQL_COMMENT;
		return skip_comment(s + 2);
	}
	*kind = SQL_LITERAL;
	if (*s == '\'')
		return skip_quoted(s + 1, '\'', false);
	if (s[1] == '\'' && strchr("eEbBxXnN", *s))
		return skip_quoted(s + 2, '\'', *s == 'e' || *s == 'E');
	if (*s == '$' && (s = skip_dollar(s)) != start)
		return s;
	if (is_digit(*s) || (*s == '.' && is_digit(s[1])))
		return skip_number(s);
	if (is_letter(*s)) {
		while (is_letter(*s) || is_digit(*s) || *s == '$')
			s++;
		*kind = is_keyword(start, (size_t)(s - start)) ? SQL_KEYWORD : SQL_WORD;
		return s;
	}
	*kind = SQL_OTHER;
	return *s == '"' ? skip_quoted(s + 1, '"', false) : s + 1;
}

struct sql_token sql_next(const char **p)
{
	struct sql_token t = { SQL_END, *p, 0 };

	if (!**p)
		return t;
	*p = skip_token(*p, &t.kind);
	t.len = (size_t)(*p - t.text);
	return t;
}

/* Where the next token goes, and what is known of the line so far. */
struct layouter {
	struct sql_layout *out;
	int width;
	bool wrap, clauses;
	int x, hanging, depth;
	int tokens;                  /* on this line of the statement */
	bool blank;                  /* one is due before the next token */
	bool started;
	char before[16];             /* the last word, for what a clause must not follow */
};

static void span_add(struct layouter *l, enum role role, const char *text, int cells)
{
	struct sql_layout *out = l->out;

	if (out->nspans == out->size) {
		out->size = out->size ? out->size * 2 : 64;
		out->spans = mem_resize(out->spans, out->size, sizeof(*out->spans));
	}
	out->spans[out->nspans++] = (struct sql_span){ out->lines, l->x, cells, role, text };
	l->x += cells;
}

static void line_break(struct layouter *l, int x)
{
	l->out->lines++;
	l->x = x;
	l->blank = false;
}

static enum role token_role(enum sql_kind kind)
{
	switch (kind) {
	case SQL_KEYWORD:
		return ROLE_KEYWORD;
	case SQL_LITERAL:
		return ROLE_LITERAL;
	case SQL_COMMENT:
		return ROLE_DIM;
	default:
		return ROLE_TEXT;
	}
}

/*
 * Cells of the text up to `end` or its first line feed, but not more than most; *at is moved
 * behind them.
 */
static int take_cells(const char **at, const char *end, int most)
{
	int cells = 0;

	while (*at < end && **at != '\n') {
		const char *next = *at;
		uint32_t c = text_next(&next);
		int more = c == '\t' ? 1 : text_char_cells(c);

		if (cells + more > most)
			break;
		cells += more;
		*at = next;
	}
	return cells;
}

/*
 * A token's text, in as many lines as it takes: strings and comments may have line feeds of their
 * own.
 */
static void place_text(struct layouter *l, const struct sql_token *t)
{
	const char *at = t->text, *end = t->text + t->len;
	enum role role = token_role(t->kind);

	while (at < end) {
		const char *start = at, *whole = at;
		int room = l->wrap ? l->width - l->x : INT32_MAX;
		int cells = take_cells(&whole, end, INT32_MAX);

		if (cells > room && l->x > l->hanging && cells <= l->width - l->hanging) {
			line_break(l, l->hanging);
			continue;
		}
		cells = take_cells(&at, end, room);
		if (cells)
			span_add(l, role, start, cells);
		if (at < end && *at == '\n') {
			line_break(l, 0);
			at++;
		} else if (at < end) {
			int indent = l->hanging < l->width / 2 ? l->hanging : 0;

			/* not even one character fits: skip it rather than stay here for ever */
			if (at == start && l->x <= indent)
				text_next(&at);
			line_break(l, indent);
		}
	}
}

static bool starts_clause(const struct layouter *l, const struct sql_token *t)
{
	if (!l->clauses || !l->started || l->depth || t->kind != SQL_KEYWORD)
		return false;
	for (size_t i = 0; i < sizeof(clauses) / sizeof(*clauses); i++)
		if (token_is(t, clauses[i].word))
			return !text_has_word(clauses[i].not_after, l->before);
	return false;
}

static void remember_word(struct layouter *l, const struct sql_token *t)
{
	size_t n = t->len < sizeof(l->before) - 1 ? t->len : sizeof(l->before) - 1;

	if (t->kind != SQL_WORD && t->kind != SQL_KEYWORD && t->kind != SQL_OTHER)
		return;
	for (size_t i = 0; i < n; i++)
		l->before[i] = t->text[i] >= 'a' && t->text[i] <= 'z' ? (char)(t->text[i] - 32) : t->text[i];
	l->before[n] = '\0';
}

static void place_token(struct layouter *l, const struct sql_token *t)
{
	const char *at = t->text;
	int cells;

	if (starts_clause(l, t) && l->tokens) {
		line_break(l, 0);
		l->tokens = 0;
	}
	cells = take_cells(&at, t->text + t->len, INT32_MAX);
	if (l->blank && l->x + 1 + cells > l->width && l->wrap && l->x > l->hanging)
		line_break(l, l->hanging);
	else if (l->blank)
		l->x++;
	l->blank = false;
	if (!l->tokens)
		l->hanging = l->x + HANGING;
	else if (l->tokens == 1 && l->x <= CLAUSE_CELLS)
		l->hanging = l->x + 2;   /* behind SELECT, FROM, WHERE: a little to the right of what follows them */
	if (l->hanging > l->width / 2)
		l->hanging = l->width / 2;
	place_text(l, t);
	l->tokens++;
	l->started = true;
	if (t->len == 1 && (*t->text == '(' || *t->text == '['))
		l->depth++;
	if (t->len == 1 && (*t->text == ')' || *t->text == ']') && l->depth)
		l->depth--;
	remember_word(l, t);
}

static void place_blank(struct layouter *l, const struct sql_token *t)
{
	int cells = 0;

	if (l->clauses) {
		l->blank = l->x > 0;
		return;
	}
	for (size_t i = 0; i < t->len; i++)
		cells += t->text[i] == '\t' ? TAB_CELLS - (l->x + cells) % TAB_CELLS : 1;
	/* the author's indent and alignment stand where they leave room to read */
	if (l->tokens && (!l->wrap || l->x + cells < l->width) && cells > 1)
		l->x += cells;
	else if (l->tokens)
		l->blank = true;
	else
		l->x = cells > l->width / 2 ? l->width / 2 : cells;
}

/* Whether it is written in one line, and that one is too long. */
static bool needs_clauses(const char *sql, size_t len, int width)
{
	const char *at = sql;

	if (memchr(sql, '\n', len))
		return false;
	return take_cells(&at, sql + len, width + 1) > width;
}

void sql_layout(struct sql_layout *out, const char *sql, int width, bool wrap)
{
	struct layouter l = { .out = out, .width = width > 8 ? width : 8, .wrap = wrap };
	const char *p = sql + strspn(sql, "\n");
	size_t len = strlen(p);

	memset(out, 0, sizeof(*out));
	while (len && strchr(" \t\n", p[len - 1]))
		len--;
	l.clauses = needs_clauses(p, len, width);
	for (const char *start = p; p < start + len; ) {
		struct sql_token t = sql_next(&p);

		if (p > start + LAYOUT_BYTES) {
			out->left_out = len - (size_t)(t.text - start);
			break;
		}
		if (t.kind == SQL_NEWLINE) {
			line_break(&l, 0);
			l.tokens = 0;
			l.hanging = 0;
		} else if (t.kind == SQL_BLANK) {
			place_blank(&l, &t);
		} else {
			place_token(&l, &t);
		}
	}
	out->lines++;
}

void sql_layout_clear(struct sql_layout *layout)
{
	free(layout->spans);
	memset(layout, 0, sizeof(*layout));
}

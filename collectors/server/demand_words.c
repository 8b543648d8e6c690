/* The texts of what is asked for one row: the statement where it is no plain one, and why it was not answered, in one clean sentence. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "internal.h"
#include "statements.h"

char *demand_words_connect(const struct session *session)
{
	const struct attempt_list *l = &session->attempts;
	const char *what = l->n ? l->all[l->n - 1].what : session->error ? session->error : "?";
	const char *short_of = strcmp(session->sqlstate, "53300") == 0 ? "no connection is left for it" : "no connection for it";

	return mem_format("%s: %s", short_of, what);
}

char *demand_words_failed(const char *sqlstate, const char *error, double took_s, double lock_timeout_s, double statement_timeout_s,
			  const char *locked)
{
	if (strcmp(sqlstate, "55P03") == 0)
		return mem_format("waited %g s for a lock%s%s", lock_timeout_s, locked ? ": " : "", locked ? locked : "");
	if (strcmp(sqlstate, "57014") == 0 && took_s >= statement_timeout_s * 0.95)
		return mem_format("not done within %g s, the time limit for it", statement_timeout_s);
	if (strcmp(sqlstate, "57014") == 0)
		return mem_string("somebody on the server cancelled it");
	return message_line(error);
}

/* `ALTER TABLE`, `VACUUM FULL`, `TRUNCATE`; "" where a statement does not begin with a word. */
static char *statement_words(const char *sql)
{
	struct strbuf line = STRBUF_INIT, b = STRBUF_INIT;
	const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", *second;
	size_t len;

	text_one_line(&line, sql, 200);
	len = strspn(line.text, letters);
	strbuf_add(&b, line.text, len);
	second = line.text + len;
	second += *second == ' ';
	len = strspn(second, letters);
	if (b.len) {
		strbuf_addc(&b, ' ');
		strbuf_add(&b, second, len);
	}
	for (size_t i = 0; i < b.len; i++)
		b.text[i] = (char)toupper((unsigned char)b.text[i]);
	second = strchr(b.text, ' ');
	if (second && !text_has_word("TABLE INDEX MATERIALIZED FULL VIEW SCHEMA DATABASE SYSTEM TRIGGER", second + 1))
		strbuf_cut(&b, (size_t)(second - b.text));
	strbuf_free(&line);
	return strbuf_take(&b);
}

static const char *named_text(const struct table *t, size_t row, const char *name)
{
	int column = table_column(t, name);

	return column >= 0 ? table_text(t, row, (size_t)column) : "";
}

/* Who keeps a relation locked against a reader, `5210 (ALTER TABLE)`; NULL: the table of the locks does not tell. */
static char *find_locker(const struct table *locks, const char *relation)
{
	int pid = locks ? table_column(locks, "pid") : -1;

	/* In the order of the tree: who holds the lock comes before those who only wait for it, and keep everybody behind them waiting too. */
	for (size_t row = 0; pid >= 0 && relation && row < locks->nrows; row++) {
		const char *state = named_text(locks, row, "state");
		char *words, *who;

		if (strcmp(named_text(locks, row, "object"), relation) != 0 ||
		    strcmp(named_text(locks, row, "lock_mode"), "AccessExclusive") != 0)
			continue;
		if (!table_int(locks, row, (size_t)pid))
			return mem_format("%s (prepared transaction)", named_text(locks, row, "gid"));
		words = strncmp(state, "idle in transaction", 19) == 0 ? mem_string(state)
								       : statement_words(named_text(locks, row, "query"));
		who = mem_format(*words ? "%" PRId64 " (%s)" : "%" PRId64 "%s", table_int(locks, row, (size_t)pid), words);
		free(words);
		return who;
	}
	return NULL;
}

char *demand_words_locked(const char *one, const char *other, const struct table *locks)
{
	const char *both[] = { one, other };

	for (size_t i = 0; i < 2; i++) {
		char *who = find_locker(locks, both[i]), *words = who ? mem_format("%s is locked by %s", both[i], who) : NULL;

		free(who);
		if (words)
			return words;
	}
	if (!one)
		return NULL;
	return mem_format("%s%s%s is locked", one, other ? " or " : "", other ? other : "");
}

char *demand_fill(const struct table *t, size_t row, const char *format)
{
	struct strbuf b = STRBUF_INIT;

	while (*format) {
		const char *end = *format == '{' ? strchr(format, '}') : NULL;
		char *name = end ? mem_string_n(format + 1, (size_t)(end - format - 1)) : NULL;
		int column = name ? table_column(t, name) : -1;

		free(name);
		if (!end) {
			strbuf_addc(&b, *format++);
		} else if (column < 0 || !table_has(t, row, (size_t)column)) {
			strbuf_free(&b);
			return NULL;
		} else {
			strbuf_adds(&b, table_text(t, row, (size_t)column));
			format = end + 1;
		}
	}
	return strbuf_take(&b);
}

bool demand_is_for(const struct demand *d, const struct table *t, const char *key)
{
	long row = t && d->when ? table_find_key(t, key) : -1;
	int column = row >= 0 ? table_column(t, d->when) : -1;

	return column < 0 || table_has(t, (size_t)row, (size_t)column);
}

char *demand_pooled(const struct session *session, const char *sql, const char *value)
{
	struct strbuf b = STRBUF_INIT;
	char *filled, *whole;

	if (!sql_is_exact(value))
		return NULL;
	filled = statement_inline(sql, value);
	if (session->raw)
		strbuf_adds(&b, POOLED_RAW_PREFIX);
	strbuf_adds(&b, filled);
	free(filled);
	whole = mem_format(POOLED_FORMAT, session->lock_timeout_ms, session->statement_timeout_ms, b.text);
	strbuf_free(&b);
	return whole;
}

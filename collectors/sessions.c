#include "sessions.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/base/memory.h"
#include "collectors/base/sql.h"
#include "collectors/base/text.h"
#include "collectors/base/units.h"
#include "waiting.h"

static const char *const mode_names[] = {
	"AccessShare", "RowShare", "RowExclusive", "ShareUpdateExclusive",
	"Share", "ShareRowExclusive", "Exclusive", "AccessExclusive",
};

enum { NMODES = sizeof mode_names / sizeof *mode_names };

/* Bit b of row a: mode b + 1 waits for mode a + 1. */
static const unsigned char mode_conflicts[NMODES] = {
	[0] = 0x80,
	[1] = 0xc0,
	[2] = 0xf0,
	[3] = 0xf8,
	[4] = 0xec,
	[5] = 0xfc,
	[6] = 0xfe,
	[7] = 0xff,
};

const char *session_state_short(const char *state)
{
	static const struct { const char *state, *word; } words[] = {
		{ "idle in transaction", "idle tx" },
		{ "idle in transaction (aborted)", "aborted" },
		{ "fastpath function call", "fncall" },
		{ "disabled", "untold" },
		{ "starting", "starts" },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(state, words[i].state) == 0)
			return words[i].word;
	return state;
}

static size_t short_length(const char *mode, size_t len)
{
	return len > 4 && memcmp(mode + len - 4, "Lock", 4) == 0 ? len - 4 : len;
}

void lock_mode_add(struct strbuf *out, const char *mode, size_t len)
{
	strbuf_add(out, mode, short_length(mode, len));
}

int lock_mode_strength(const char *mode, size_t len)
{
	len = short_length(mode, len);
	for (int i = 0; i < NMODES; i++)
		if (strlen(mode_names[i]) == len && memcmp(mode_names[i], mode, len) == 0)
			return i + 1;
	return 0;
}

bool lock_modes_conflict(const char *held, size_t held_len, const char *wanted, size_t wanted_len)
{
	int a = lock_mode_strength(held, held_len), b = lock_mode_strength(wanted, wanted_len);

	return a == 0 || b == 0 || (mode_conflicts[a - 1] >> (b - 1) & 1) != 0;
}

/* The pid's slot, or the free one where it belongs. */
static size_t pid_slot(const struct pid_set *s, int64_t pid)
{
	size_t at = (size_t)((uint64_t)pid * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (s->size - 1);

	while (s->slots[at] && s->slots[at] != pid + 1)
		at = (at + 1) & (s->size - 1);
	return at;
}

static void pid_set_grow(struct pid_set *s)
{
	struct pid_set larger = { .size = s->size ? s->size * 2 : 16, .n = s->n };

	larger.slots = mem_zero(larger.size, sizeof *larger.slots);
	for (size_t i = 0; i < s->size; i++)
		if (s->slots[i])
			larger.slots[pid_slot(&larger, s->slots[i] - 1)] = s->slots[i];
	free(s->slots);
	*s = larger;
}

bool pid_set_add(struct pid_set *s, int64_t pid)
{
	size_t at;

	if (pid < 0 || pid > INT32_MAX)   /* the server has no such process */
		return false;
	if (s->n * 2 >= s->size)
		pid_set_grow(s);
	at = pid_slot(s, pid);
	if (s->slots[at])
		return false;
	s->slots[at] = pid + 1;
	s->n++;
	return true;
}

bool pid_set_has(const struct pid_set *s, int64_t pid)
{
	return s->n && pid >= 0 && pid <= INT32_MAX && s->slots[pid_slot(s, pid)];
}

void pid_set_clear(struct pid_set *s)
{
	free(s->slots);
	*s = (struct pid_set){ 0 };
}

static struct pid_place *pid_place(const struct pid_rows *r, int64_t pid)
{
	size_t at = (size_t)((uint64_t)pid * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (r->size - 1);

	while (r->slots[at].row && r->slots[at].pid != pid)
		at = (at + 1) & (r->size - 1);
	return &r->slots[at];
}

struct pid_rows pid_rows_of(const struct table *t, size_t pid_column)
{
	struct pid_rows r = { .size = 2 };

	while (r.size < 2 * t->nrows + 1)
		r.size *= 2;
	r.slots = mem_zero(r.size, sizeof *r.slots);
	for (size_t row = 0; row < t->nrows; row++) {
		int64_t pid = table_int(t, row, pid_column);

		*pid_place(&r, pid) = (struct pid_place){ pid, (long)row + 1 };
	}
	return r;
}

long pid_rows_find(const struct pid_rows *r, int64_t pid)
{
	return pid_place(r, pid)->row - 1;
}

void pid_rows_clear(struct pid_rows *r)
{
	free(r->slots);
	r->slots = NULL;
}

int64_t *session_pids(const struct table *t, size_t row, size_t column, size_t *n)
{
	size_t at = 0, len, room = 0;
	int64_t *pids = NULL;
	struct pid_set known = { 0 };
	const char *member;

	*n = 0;
	while ((member = table_list_next(t, row, column, &at, &len)) != NULL) {
		int64_t pid = strtoll(member, NULL, 10);
		if (!pid_set_add(&known, pid))
			continue;
		if (*n == room) {
			room = room ? room * 2 : 4;
			pids = mem_resize(pids, room, sizeof *pids);
		}
		pids[(*n)++] = pid;
	}
	pid_set_clear(&known);
	return pids;
}

void session_set_pids(struct table *t, size_t row, size_t column, const int64_t *pids, size_t n)
{
	struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < n; i++) {
		char digits[24], *p = digits + sizeof digits;
		int64_t rest = pids[i];

		do
			*--p = (char)('0' + rest % 10);
		while (rest /= 10);
		if (i)
			strbuf_addc(&b, LIST_SEPARATOR);
		strbuf_add(&b, p, (size_t)(digits + sizeof digits - p));
	}
	table_set_text(t, row, column, b.text, b.len);
	strbuf_free(&b);
}

char *session_terminate_sql(int64_t pid, int64_t start_us)
{
	char start[UNITS_SIZE + 16];

	if (start_us == 0)
		return NULL;
	return mem_format("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
			  " WHERE pid = %" PRId64 " AND backend_start = '%s';",
			  pid, units_rfc3339(start, start_us));
}

char *session_cancel_sql(int64_t pid, int64_t start_us, int64_t query_start_us)
{
	char start[UNITS_SIZE + 16], query[UNITS_SIZE + 16];

	if (start_us == 0)
		return NULL;
	units_rfc3339(start, start_us);
	if (query_start_us == 0)
		return mem_format("SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
				  " WHERE pid = %" PRId64 " AND backend_start = '%s';", pid, start);
	return mem_format("SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
			  " WHERE pid = %" PRId64 " AND backend_start = '%s' AND query_start = '%s';",
			  pid, start, units_rfc3339(query, query_start_us));
}

char *prepared_rollback_sql(const char *gid)
{
	char *literal = sql_literal(gid), *sql;

	if (literal == NULL)
		return NULL;
	sql = mem_format("ROLLBACK PREPARED %s;  -- or COMMIT PREPARED: who prepared it knows which", literal);
	free(literal);
	return sql;
}

/* One word: up to white space, `;`, `(` or `,`, but a quoted identifier whole. */
static const char *word_next(const char **p, size_t *len)
{
	const char *start;
	bool quoted = false;

	while (**p == ' ')
		(*p)++;
	start = *p;
	while (**p && (quoted || !strchr(" ;(,", **p))) {
		if (**p == '"')
			quoted = !quoted;
		(*p)++;
	}
	*len = (size_t)(*p - start);
	return *len ? start : NULL;
}

static bool word_is_one_of(const char *word, size_t len, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == len && strncasecmp(word, *list, len) == 0)
			return true;
	return false;
}

static void add_upper(struct strbuf *out, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		strbuf_addc(out, word[i] >= 'a' && word[i] <= 'z' ? (char)(word[i] - 'a' + 'A') : word[i]);
}

bool statement_name(struct strbuf *out, const char *query)
{
	static const char *const verbs[] = { "ALTER", "DROP", "CREATE", "TRUNCATE", "LOCK", "REINDEX", "CLUSTER",
					     "VACUUM", "REFRESH", "COMMENT", NULL };
	static const char *const kinds[] = { "TABLE", "INDEX", "VIEW", "MATERIALIZED", "SEQUENCE", "TYPE", "DOMAIN",
					     "FUNCTION", "PROCEDURE", "TRIGGER", "SCHEMA", "POLICY", "RULE", "FOREIGN",
					     "UNIQUE", "FULL", "DATABASE", "SYSTEM", "PUBLICATION", "STATISTICS",
					     "COLUMN", NULL };
	static const char *const noise[] = { "IF", "NOT", "EXISTS", "ONLY", "CONCURRENTLY", "OR", "REPLACE", NULL };
	struct strbuf line = STRBUF_INIT;
	const char *p, *word;
	size_t len;
	bool named = false;

	text_one_line(&line, query, 400);
	p = line.text;
	word = word_next(&p, &len);
	if (word == NULL || !word_is_one_of(word, len, verbs)) {
		strbuf_free(&line);
		return false;
	}
	add_upper(out, word, len);
	while (!named && (word = word_next(&p, &len)) != NULL) {
		if (word_is_one_of(word, len, noise))
			continue;
		strbuf_addc(out, ' ');
		if (word_is_one_of(word, len, kinds)) {
			add_upper(out, word, len);
		} else {
			strbuf_add(out, word, len);
			named = true;
		}
	}
	strbuf_free(&line);
	return true;
}

char *stats_grant(const struct facts *facts)
{
	char *line = remedy_text(READ_ALL_STATS_REMEDY, facts ? facts->user : NULL);

	return line ? line : mem_string(READ_ALL_STATS_NEEDS);
}

int64_t row_taken_us(const struct table *t, size_t row, size_t taken_column)
{
	return table_has(t, row, taken_column) ? table_int(t, row, taken_column) : t->taken_us;
}

void add_age(struct strbuf *out, double seconds)
{
	char buf[UNITS_SIZE];

	strbuf_adds(out, units_age(buf, seconds));
}

/* What it waits for; nothing where that goes without saying. */
static void add_wait(struct strbuf *b, const struct table *t, size_t row, const struct session_columns *at)
{
	const char *type = table_text(t, row, at->wait_event_type), *event = table_text(t, row, at->wait_event);
	bool hidden = table_bool(t, row, at->hidden), idle = strncmp(table_text(t, row, at->state), "idle", 4) == 0;
	const char *gap = b->len ? ", " : "";

	if (*table_text(t, row, at->blocked_by) && (hidden || strcmp(type, "Lock") != 0))
		strbuf_addf(b, "%swaits for a lock", gap);
	else if (*type && !hidden && !idle)
		strbuf_addf(b, "%swaits for %s%s%s", gap, type, *event ? ":" : "", event);
}

void session_does(struct table *t, size_t row, const struct session_columns *at)
{
	bool hidden = table_bool(t, row, at->hidden);
	struct strbuf b = STRBUF_INIT;

	if (!hidden)
		strbuf_adds(&b, table_text(t, row, at->state));
	add_wait(&b, t, row, at);
	if (b.len)
		table_set_text(t, row, at->does, b.text, b.len);
	else
		table_set_none(t, row, at->does, hidden ? CELL_UNKNOWN : CELL_NULL);
	strbuf_free(&b);
}

void session_times(struct table *t, size_t row, const struct session_columns *at)
{
	int64_t taken = row_taken_us(t, row, at->taken);

	if (table_bool(t, row, at->hidden)) {
		table_set_string(t, row, at->veiled, "the rest is hidden from this role");
		return;
	}
	if (table_has(t, row, at->transaction_s))
		table_set_int(t, row, at->since, taken - (int64_t)(table_number(t, row, at->transaction_s) * 1e6));
	if (table_has(t, row, at->backend_start))
		table_set_float(t, row, at->connection_s, (double)(taken - table_int(t, row, at->backend_start)) / 1e6);
	if (strncmp(table_text(t, row, at->state), "idle", 4) == 0)
		*table_cell(t, row, at->ended_s) = *table_cell(t, row, at->state_s);
}

/* A text that fills the server's room for it, but for a character that did not fit, may have been longer. */
char *session_text_size(const struct table *t, size_t row, const struct session_columns *at)
{
	size_t len = strlen(table_text(t, row, at->query));
	int64_t room = table_int(t, row, at->query_size);
	int64_t whole = table_has(t, row, at->query_bytes) ? table_int(t, row, at->query_bytes) : (int64_t)len;
	const char *how = "whole";
	char size[UNITS_SIZE];

	if (len == 0)
		return NULL;
	if (whole > atoi(QUERY_SHOWN))
		how = "of which the first " QUERY_SHOWN " characters";
	else if (room > 0 && whole + 4 >= room)
		how = "cut at track_activity_query_size";
	return mem_format("%s, %s", units_size(size, (double)whole), how);
}

/*
 * What is missing where there are no statements to see, and the lines that open it: only the steps that are, in the order in which they have to
 * be done, and none that would drop what is there.
 */
#include "slow_queries.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/sql.h"
#include "sessions.h"

#define NAME "pg_stat_statements"

/* What there is of it. */
struct there {
	bool loaded, created, old, denied;
	const struct extension *extension;
};

/*
 * The next library of a list as the server keeps it, separated by commas, in double quotes where it needs them; false at the end. A new string.
 */
static bool next_library(const char **list, char **name)
{
	struct strbuf b = STRBUF_INIT;
	const char *p = *list + strspn(*list, " \t,");
	bool quoted = *p == '"';

	if (!*p)
		return false;
	for (p += quoted; *p && (quoted || *p != ','); p++) {
		if (quoted && *p == '"') {
			if (p[1] != '"')
				break;
			p++;
		}
		strbuf_addc(&b, *p);
	}
	p += quoted && *p == '"';
	while (!quoted && b.len && strchr(" \t", b.text[b.len - 1]))
		strbuf_cut(&b, b.len - 1);
	*list = p;
	*name = strbuf_take(&b);
	return true;
}

/* The libraries of now as they stand in SQL, and as they are read; gives how many, -1 when one came in changed by cleaning. */
static int add_libraries(const char *list, struct strbuf *sql, struct strbuf *words)
{
	char *name;
	int n = 0;

	while (next_library(&list, &name)) {
		bool known = sql_is_exact(name);

		/* Already among them, and yet not loaded: it is no reason to name it twice. */
		if (known && strcmp(name, NAME) != 0) {
			sql_add_identifier(sql, name);
			strbuf_adds(sql, ", ");
			strbuf_addf(words, "%s%s", n++ ? ", " : "", name);
		}
		free(name);
		if (!known)
			return -1;
	}
	return n;
}

static void add_load(const struct facts *f, struct strbuf *remedy)
{
	struct strbuf sql = STRBUF_INIT, words = STRBUF_INIT;
	int n = f->preloaded && !f->preload_pending ? add_libraries(f->preloaded, &sql, &words) : -1;

	/* What is set, but not yet in force, is in no view that an ordinary role may read: a line would drop it. */
	if (n < 0) {
		strbuf_addf(remedy, "-- Add " NAME " to shared_preload_libraries, behind what is in it%s, and restart the server.\n",
			    !f->preloaded ? " (this role may not read that)" :
			    f->preload_pending ? " (changed since the server was started: see its files)" : "");
	} else {
		strbuf_addf(remedy, "ALTER SYSTEM SET shared_preload_libraries =\n  %s" NAME ";\n  -- ", sql.text);
		if (n)
			strbuf_addf(remedy, "keeps %s, which %s loaded now; ", words.text, n == 1 ? "is" : "are");
		strbuf_adds(remedy, "needs a restart of the server\n");
	}
	strbuf_free(&sql);
	strbuf_free(&words);
}

static void add_create(const struct facts *f, struct strbuf *remedy)
{
	strbuf_adds(remedy, "CREATE EXTENSION " NAME ";\n  -- ");
	if (f->standby)
		strbuf_adds(remedy, "on the primary, ");
	strbuf_addf(remedy, "in %s, as a superuser; no restart\n", f->database ? f->database : "this database");
}

static void add_update(const struct facts *f, struct strbuf *remedy)
{
	strbuf_addf(remedy, "ALTER EXTENSION " NAME " UPDATE;\n  -- %sin %s, as its owner or a superuser; no restart\n",
		    f->standby ? "on the primary, " : "", f->database ? f->database : "this database");
}

/* A line with the role in it; none where its name cannot be written. */
static void add_grant(const struct facts *f, const char *line, const char *why, struct strbuf *remedy)
{
	char *grant = remedy_text(line, f->user);

	if (grant)
		strbuf_addf(remedy, "%s\n  -- %s%s\n", grant, f->standby ? "on the primary; " : "", why);
	free(grant);
}

static void add_execute(const struct facts *f, const struct extension *e, struct strbuf *remedy)
{
	struct strbuf b = STRBUF_INIT;

	if (!e->schema || !sql_is_exact(e->schema) || strchr(e->schema, '%'))
		return;
	strbuf_adds(&b, "GRANT USAGE ON SCHEMA ");
	sql_add_identifier(&b, e->schema);
	strbuf_adds(&b, " TO %s;");
	add_grant(f, b.text, "if it lacks that", remedy);
	strbuf_reset(&b);
	strbuf_adds(&b, "GRANT EXECUTE ON FUNCTION ");
	sql_add_identifier(&b, e->schema);
	strbuf_adds(&b, "." NAME "(boolean) TO %s;");
	add_grant(f, b.text, "if it lacks that", remedy);
	strbuf_free(&b);
}

static void add_read_all(const struct facts *f, struct strbuf *remedy)
{
	char *why = mem_format("without it only the texts of %s are shown", f->user ? f->user : "this role");

	if (!f->read_all_stats && !f->superuser)
		add_grant(f, READ_ALL_STATS_REMEDY, why, remedy);
	free(why);
}

static void say_reason(const struct facts *f, const struct there *t, struct strbuf *reason)
{
	if (t->denied)
		strbuf_addf(reason, "%s may not call " NAME, f->user ? f->user : "this role");
	else if (!t->loaded)
		strbuf_adds(reason, NAME " is not loaded by this server");
	else if (!t->created)
		strbuf_addf(reason, NAME " is loaded, but not created in %s", f->database ? f->database : "this database");
	else
		strbuf_addf(reason, "version %s of " NAME " is too old, 1.8 is needed", t->extension->version ? t->extension->version : "?");
}

/* The statements of the lines, each on one line, without what explains them. */
static char *statements_of(const char *remedy)
{
	struct strbuf b = STRBUF_INIT;

	for (const char *line = remedy; *line;) {
		size_t len = strcspn(line, "\n"), blanks = strspn(line, " ");

		if (strncmp(line + blanks, "-- ", 3) != 0) {
			if (b.len)
				strbuf_addc(&b, blanks ? ' ' : '\n');
			strbuf_add(&b, line + blanks, len - blanks);
		}
		line += len + (line[len] == '\n');
	}
	return b.len ? strbuf_take(&b) : NULL;
}

static void conclude(const struct there *t, const char *reason, const char *remedy, struct outcomes *out)
{
	struct finding *f;
	char *statements = statements_of(remedy);

	outcomes_check(out, "slow-queries", CHECK_UNKNOWN, t->denied && statements ? statements : reason);
	if (t->denied) {
		outcomes_check(out, "statements-missing", CHECK_OK, NULL);
		free(statements);
		return;
	}
	f = outcomes_finding(out, "statements-missing", SEVERITY_WARNING);
	f->pane = slow_queries_collector.name;
	f->title = mem_format("Statements are not counted: %s", reason);
	f->evidence = mem_string(t->loaded ? "which of them take the time cannot be told; no restart is needed"
					   : "which of them take the time cannot be told; a restart is needed");
	f->fix_sql = statements;
}

bool slow_queries_unavailable(const struct facts *f, const char *sqlstate, struct strbuf *reason, struct strbuf *remedy,
			      struct outcomes *out)
{
	const struct extension *e = facts_extension(f, NAME);
	struct there t = {
		.loaded = f->statements_loaded && strcmp(sqlstate, "55000") != 0, .created = e != NULL, .extension = e,
		.old = e && extension_version(e) < 108, .denied = e && strcmp(sqlstate, "42501") == 0,
	};

	if (t.loaded && t.created && !t.old && !t.denied)
		return false;
	say_reason(f, &t, reason);
	if (!t.loaded && !t.denied)
		add_load(f, remedy);
	if (!t.created)
		add_create(f, remedy);
	else if (t.old)
		add_update(f, remedy);
	if (t.denied)
		add_execute(f, e, remedy);
	add_read_all(f, remedy);
	if (remedy->len)
		strbuf_cut(remedy, remedy->len - 1);
	conclude(&t, reason->text, remedy->text, out);
	return true;
}

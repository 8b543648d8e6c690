/* What is known of the server beside its tables. Everything is schema-qualified: in a pooled session search_path is not ours. */
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/secret.h"
#include "collectors/base/strbuf.h"
#include "collectors/base/text.h"
#include "internal.h"

/*
 * One row for each extension, the rest the same in all of them. pg_settings leaves out what the role may not read, and settings that somebody
 * made up for a library that is not loaded.
 */
const char facts_sql[] =
	"SELECT\n"
	"    pg_catalog.current_setting('server_version'),\n"
	"    pg_catalog.current_setting('server_version_num'),\n"
	"    CURRENT_USER,\n"
	"    pg_catalog.current_database(),\n"
	"    pg_catalog.pg_is_in_recovery(),\n"
	"    pg_catalog.current_setting('is_superuser') = 'on',\n"
	"    pg_catalog.pg_has_role('pg_monitor', 'USAGE'),\n"
	"    pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE'),\n"
	"    (EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8,\n"
	"    e.extname,\n"
	"    e.extversion,\n"
	"    n.nspname,\n"
	"    preload.libraries,\n"
	"    preload.statements,\n"
	"    preload.pending\n"
	"FROM (\n"
	"    SELECT\n"
	"        pg_catalog.max(s.setting) FILTER (WHERE s.name = 'shared_preload_libraries') AS libraries,\n"
	"        pg_catalog.count(*) FILTER (WHERE s.name = 'pg_stat_statements.max') > 0 AS statements,\n"
	"        COALESCE(pg_catalog.bool_or(s.pending_restart) FILTER (WHERE s.name = 'shared_preload_libraries'), false) AS pending\n"
	"    FROM pg_catalog.pg_settings AS s\n"
	"    WHERE s.name IN ('shared_preload_libraries', 'pg_stat_statements.max')\n"
	") AS preload\n"
	"LEFT JOIN pg_catalog.pg_extension AS e ON true\n"
	"LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace\n"
	"ORDER BY e.extname";

/* Reads a file on the server; managed services do not always allow it. */
const char identity_sql[] = "SELECT system_identifier FROM pg_catalog.pg_control_system()";

const char standby_sql[] = "SELECT pg_catalog.pg_is_in_recovery()";

/*
 * Who holds a catalog, after we waited for one in vain: functions only, so that it waits for nothing itself. A prepared transaction
 * has no pid, for which pg_stat_get_activity() gives everybody.
 */
const char locker_sql[] =
	"SELECT\n"
	"    l.relation::pg_catalog.int8,\n"
	"    l.pid,\n"
	"    a.query\n"
	"FROM pg_catalog.pg_lock_status() AS l\n"
	"CROSS JOIN pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS own\n"
	"LEFT JOIN LATERAL pg_catalog.pg_stat_get_activity(l.pid) AS a ON a.pid = l.pid\n"
	"WHERE l.granted\n"
	"  AND l.mode = 'AccessExclusiveLock'\n"
	"  AND l.relation::pg_catalog.int8 < 16384\n"
	"  AND l.database IN (0, own.datid)\n"
	"  AND l.pid IS DISTINCT FROM own.pid\n"
	"ORDER BY l.relation::pg_catalog.int8 <> 1259, l.pid\n"
	"LIMIT 1";

/* The catalogs that statements of ours read: their numbers never change, and their names could not be asked for. */
static const struct { int oid; const char *name; } catalogs[] = {
	{ 1213, "pg_tablespace" }, { 1247, "pg_type" }, { 1249, "pg_attribute" }, { 1255, "pg_proc" },
	{ 1259, "pg_class" }, { 1260, "pg_authid" }, { 1261, "pg_auth_members" }, { 1262, "pg_database" },
	{ 2600, "pg_aggregate" }, { 2604, "pg_attrdef" }, { 2606, "pg_constraint" }, { 2608, "pg_depend" },
	{ 2610, "pg_index" }, { 2615, "pg_namespace" }, { 2617, "pg_operator" }, { 2618, "pg_rewrite" },
	{ 2619, "pg_statistic" }, { 2964, "pg_db_role_setting" }, { 3079, "pg_extension" },
};

static char *taken(const struct db *db, int column)
{
	return text_cleaned(db_value(db, column, NULL), 0);
}

static bool taken_bool(const struct db *db, int column)
{
	const char *value = db_value(db, column, NULL);

	return value && *value == 't';
}

void facts_defaults(struct server *s)
{
	const struct conninfo *ci = s->link.conninfo;
	const struct address_list *hosts = conninfo_hosts(ci);
	const char *user = conninfo_get(ci, "user"), *dbname = conninfo_get(ci, "dbname");

	if (hosts->n > 0) {
		const struct address *first = &hosts->all[0];
		const char *host = *first->host ? first->host : first->hostaddr;

		mem_replace(&s->facts.host, *host ? text_cleaned(host, 0) : NULL);   /* NULL: libpq's own choice of a socket */
		mem_replace(&s->facts.port, text_cleaned(first->port, 0));
	}
	mem_replace(&s->facts.user, text_cleaned(user, 0));
	mem_replace(&s->facts.database, text_cleaned(dbname ? dbname : user, 0));
}

void facts_of_session(struct server *s)
{
	const struct db *db = s->link.session->db;

	mem_replace(&s->facts.host, text_cleaned(*db_host(db) ? db_host(db) : db_hostaddr(db), 0));
	mem_replace(&s->facts.port, text_cleaned(db_port(db), 0));
	mem_replace(&s->facts.database, text_cleaned(db_name(db), 0));
	if (!s->facts.user)
		mem_replace(&s->facts.user, text_cleaned(db_user(db), 0));
	mem_replace(&s->facts.version, text_cleaned(db_parameter(db, "server_version"), 0));
	if (s->facts.version)
		s->facts.version[strcspn(s->facts.version, " ")] = '\0';
	mem_replace(&s->facts.system_identifier, NULL);   /* it may be another server; asked again soon */
	s->facts.version_num = db_version_num(db);
	s->facts.standby = s->link.session->standby;
	s->facts.pooled = s->link.session->pooled;
}

void facts_row(struct server *s)
{
	const struct db *db = s->link.session->db;
	struct facts *f = &s->facts_new;
	const char *number = db_value(db, 1, NULL), *started = db_value(db, 8, NULL);

	if (s->job.rows == 0) {
		facts_clear(f);
		f->version = taken(db, 0);
		if (f->version)
			f->version[strcspn(f->version, " ")] = '\0';   /* `15.18 (Debian 15.18-0+deb12u1)` */
		f->version_num = number ? atoi(number) : 0;
		f->user = taken(db, 2);
		f->database = taken(db, 3);
		f->standby = taken_bool(db, 4);
		f->superuser = taken_bool(db, 5);
		f->pg_monitor = taken_bool(db, 6);
		f->read_all_stats = taken_bool(db, 7);
		f->started_at_us = started ? strtoll(started, NULL, 10) : 0;
		f->preloaded = taken(db, 12);
		f->statements_loaded = taken_bool(db, 13);
		f->preload_pending = taken_bool(db, 14);
	}
	if (db_value(db, 9, NULL)) {
		f->extensions = mem_resize(f->extensions, f->nextensions + 1, sizeof(*f->extensions));
		f->extensions[f->nextensions++] = (struct extension){
			.name = taken(db, 9), .version = taken(db, 10), .schema = taken(db, 11),
		};
	}
}

static bool same_extensions(const struct facts *a, const struct facts *b)
{
	if (a->nextensions != b->nextensions)
		return false;
	for (size_t i = 0; i < a->nextensions; i++)
		if (!same_text(a->extensions[i].name, b->extensions[i].name) ||
		    !same_text(a->extensions[i].version, b->extensions[i].version) ||
		    !same_text(a->extensions[i].schema, b->extensions[i].schema))
			return false;
	return true;
}

static bool same_facts(const struct facts *a, const struct facts *b)
{
	return same_text(a->version, b->version) && same_text(a->user, b->user) && same_text(a->database, b->database) &&
	       a->version_num == b->version_num && a->standby == b->standby && a->superuser == b->superuser &&
	       a->pg_monitor == b->pg_monitor && a->read_all_stats == b->read_all_stats &&
	       a->started_at_us == b->started_at_us && same_text(a->preloaded, b->preloaded) &&
	       a->statements_loaded == b->statements_loaded && a->preload_pending == b->preload_pending && same_extensions(a, b);
}

/* Another server, or the same started anew; another database or role of it. */
static bool is_another(const struct facts *a, const struct facts *b)
{
	return a->started_at_us != b->started_at_us || !same_text(a->database, b->database) || !same_text(a->user, b->user);
}

void facts_done(struct server *s, struct now now)
{
	struct facts old = s->facts;

	if (s->job.rows == 0 || same_facts(&s->facts, &s->facts_new)) {
		facts_clear(&s->facts_new);
		return;
	}
	if (old.started_at_us != s->facts_new.started_at_us && old.started_at_us)
		for (size_t i = 0; i < ncollectors; i++)
			s->collectors[i].fresh = true;
	if (is_another(&old, &s->facts_new))
		parts_forget(s);
	s->facts = s->facts_new;
	s->facts.host = old.host;
	s->facts.port = old.port;
	s->facts.system_identifier = old.system_identifier;
	s->facts.pooled = old.pooled;
	old.host = old.port = old.system_identifier = NULL;
	memset(&s->facts_new, 0, sizeof(s->facts_new));
	/* Rights or extensions that came let what failed for want of them be asked at once. */
	parts_follow(s, &old);
	parts_retry(s, now.mono_us);
	facts_clear(&old);
	changed(s);
}

void identity_row(struct server *s)
{
	mem_replace(&s->facts.system_identifier, taken(s->link.session->db, 0));
	changed(s);
}

void locker_row(struct server *s)
{
	const struct db *db = s->link.session->db;
	const char *oid = db_value(db, 0, NULL), *pid = db_value(db, 1, NULL), *query = db_value(db, 2, NULL);
	struct collector_state *c = s->locker_for >= 0 ? &s->collectors[s->locker_for] : NULL;
	const char *name = "a system catalog";
	struct strbuf b = STRBUF_INIT;

	if (!c || c->view.state != COLLECTION_SKIPPED || !oid)
		return;
	for (size_t i = 0; i < sizeof(catalogs) / sizeof(catalogs[0]); i++)
		if (catalogs[i].oid == atoi(oid))
			name = catalogs[i].name;
	strbuf_addf(&b, "%s is locked by ", name);
	if (pid)
		text_clean(&b, pid, strlen(pid), 0);
	else
		strbuf_adds(&b, "a prepared transaction");
	if (query && *query) {
		struct strbuf line = STRBUF_INIT, hidden = STRBUF_INIT;
		char *clean = text_cleaned(secret_hide_sql(&hidden, query, strlen(query)) ? hidden.text : query, TEXT_LINES);

		text_one_line(&line, clean, 200);
		strbuf_adds(&b, " (");
		text_clip_end(&b, line.text, 40, "...");
		strbuf_addc(&b, ')');
		strbuf_free(&line);
		strbuf_free(&hidden);
		free(clean);
	}
	mem_replace(&c->view.reason, strbuf_take(&b));
	strbuf_free(&b);
	changed(s);
}

/* Nobody holds it any more: the name that was found before is no longer true. */
void locker_done(struct server *s)
{
	struct collector_state *c = s->locker_for >= 0 ? &s->collectors[s->locker_for] : NULL;

	if (c && c->view.state == COLLECTION_SKIPPED && s->job.rows == 0) {
		mem_replace(&c->view.reason, mem_format("waited %g s for a lock in vain", limit(s->limits, LIMIT_LOCK_TIMEOUT)));
		changed(s);
	}
	s->locker_for = -1;
}

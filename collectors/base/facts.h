/*
 * What is known about the server and our role in it. Filled in collectors/server/, read everywhere.
 */
#ifndef PGTOP_FACTS_H
#define PGTOP_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct extension {
	char *name;
	char *version;   /* as in pg_extension, "1.10" */
	char *schema;
};

/* Texts are clean and owned by the struct; NULL where not known. */
struct facts {
	char *host;                /* what the user connects to: a name, an address or a socket directory */
	char *port;
	char *database;
	char *user;                /* current_user */
	char *version;             /* "16.4" */
	char *system_identifier;   /* NULL where it may not be read */
	int version_num;           /* 160004; 0: never connected */
	bool standby;
	bool superuser;
	bool pg_monitor;           /* member of pg_monitor */
	bool read_all_stats;       /* may see other roles' sessions: superuser or member of pg_read_all_stats */
	bool pooled;               /* behind a transaction-pooling proxy */
	int64_t started_at_us;     /* pg_postmaster_start_time(), epoch */
	char *preloaded;           /* shared_preload_libraries; NULL: the role may not read it */
	bool preload_pending;      /* ... and it has been changed since the server was started */
	bool statements_loaded;    /* pg_stat_statements is: its settings are there */
	struct extension *extensions;
	size_t nextensions;
};

void facts_clear(struct facts *f);

/* The extension, or NULL. */
const struct extension *facts_extension(const struct facts *f, const char *name);

/* Its version, 1.10 as 110; 0: none that can be read. */
int extension_version(const struct extension *e);

#endif

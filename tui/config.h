/*
 * config.json: what a person wants every time.
 *
 *     { "theme": "light", "interval": 5, "pane": "activity", "limits": { "lock_wait_s": [2, 20], "budget_share": 0.02 } }
 *
 * Strict: an unknown member, a wrong type or a value out of range is an error that says file, line, column and what would be right. A limit with one
 * value is a number; one with two is [warning, critical].
 */
#ifndef PGTOP_CONFIG_H
#define PGTOP_CONFIG_H

#include <stdbool.h>

#include "collectors/base/limits.h"
#include "collectors/base/strbuf.h"

struct config {
	char *theme;          /* a name or a file; NULL: not said */
	char *pane;           /* to open; NULL: not said */
	double interval_s;    /* 0: not said */
	struct limits limits;
	bool found;           /* there was a file */
};

struct config_reading;

/* One member of the file: what the manual says of it, and what reads it. */
struct config_member {
	const char *name, *type, *help;
	bool (*read)(const struct config_reading *r, const char *name);   /* gives false and says what is wrong with it */
};

extern const struct config_member config_members[];
extern const size_t nconfig_members;

/* Nothing said, limits at their defaults. */
void config_init(struct config *c);
void config_free(struct config *c);

/* Reads `file`. The file must be there. On failure gives false and one line in error. */
bool config_load(struct config *c, const char *file, struct strbuf *error);

/* Reads the default file if there is one. */
bool config_load_default(struct config *c, struct strbuf *error);

/*
 * A path below our folder of configuration, `$XDG_CONFIG_HOME/pgtop-prod/NAME`, else `~/.config/pgtop-prod/NAME`; a new string, NULL when
 * neither variable says where.
 */
char *config_path(const char *name);

#endif

#include "collector.h"

#include <string.h>

#include "activity.h"
#include "collectors/base/sql.h"
#include "locks.h"
#include "matviews.h"
#include "slow_queries.h"
#include "stats.h"
#include "unused_indexes.h"

const struct collector *const collectors[] = {
	&activity_collector,
	&locks_collector,
	&slow_queries_collector,
	&unused_indexes_collector,
	&matviews_collector,
	&stats_collector,
};

const size_t ncollectors = sizeof collectors / sizeof *collectors;

const struct collector *collector_find(const char *name)
{
	for (size_t i = 0; i < ncollectors; i++) {
		const struct collector *c = collectors[i];
		if (strcmp(name, c->name) == 0 || strcmp(name, c->title) == 0 || strcmp(name, c->tab) == 0)
			return c;
	}
	return NULL;
}

/* A schema whose name cleaning changed cannot be named in a statement. */
static bool extension_fits(const struct part *p, const struct facts *f)
{
	const struct extension *e = facts_extension(f, p->extension);

	return e != NULL &&
	       (p->min_extension == 0 || extension_version(e) >= p->min_extension) &&
	       (p->max_extension == 0 || extension_version(e) <= p->max_extension) &&
	       (strstr(p->sql, PART_SCHEMA) == NULL || (e->schema != NULL && sql_is_exact(e->schema)));
}

bool part_fits(const struct part *p, const struct facts *f)
{
	unsigned on = p->on ? p->on : ON_BOTH;

	return (p->min_version == 0 || f->version_num >= p->min_version) &&
	       (p->max_version == 0 || f->version_num <= p->max_version) &&
	       (on & (f->standby ? ON_STANDBY : ON_PRIMARY)) != 0 &&
	       (p->extension == NULL || extension_fits(p, f));
}

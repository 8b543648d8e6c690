#include "collector.h"

#include <string.h>

#include "activity.h"
#include "locks.h"
#include "stats.h"

const struct collector *const collectors[] = {
	&activity_collector,
	&locks_collector,
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

bool part_fits(const struct part *p, const struct facts *f)
{
	unsigned on = p->on ? p->on : ON_BOTH;

	return (p->min_version == 0 || f->version_num >= p->min_version) &&
	       (p->max_version == 0 || f->version_num <= p->max_version) &&
	       (on & (f->standby ? ON_STANDBY : ON_PRIMARY)) != 0 &&
	       (p->extension == NULL || facts_extension(f, p->extension) != NULL);
}

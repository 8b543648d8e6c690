#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"

int fixture_setup(void **state, const struct collector *collector, char *user)
{
	struct fixture *f = mem_zero(1, sizeof(*f));

	f->collector = collector;
	f->facts.user = user;
	f->facts.version_num = 160004;
	f->history = history_new();
	limits_defaults(&f->limits);
	f->ctx = (struct context){ .facts = &f->facts, .limits = &f->limits, .history = f->history };
	f->t = table_new(collector->columns, collector->ncolumns);
	f->t->taken_us = TAKEN;
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	table_free(f->t);
	history_free(f->history);
	outcomes_clear(&f->out);
	free(f);
	return 0;
}

struct fixture *fixture_again(void **state)
{
	const struct fixture *f = *state;
	const struct collector *collector = f->collector;
	char *user = f->facts.user;

	fixture_teardown(state);
	fixture_setup(state, collector, user);
	return *state;
}

const struct finding *fixture_finding(const struct fixture *f, const char *id)
{
	for (size_t i = 0; i < f->out.nfindings; i++)
		if (strcmp(f->out.findings[i].id, id) == 0)
			return &f->out.findings[i];
	return NULL;
}

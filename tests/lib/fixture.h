/*
 * What every test of a collector stands on: a server's facts, the limits, one table of the collector's and what it concludes.
 */
#ifndef PGTOP_TESTS_FIXTURE_H
#define PGTOP_TESTS_FIXTURE_H

#include "collectors/collector.h"

/* When a fixture's table was taken, epoch in microseconds: 2026-11-22T11:46:40Z. */
#define TAKEN INT64_C(1795348000000000)

struct fixture {
	const struct collector *collector;
	struct facts facts;          /* 16.4; the user is borrowed */
	struct limits limits;        /* as they are unless a file says otherwise */
	struct history *history;
	struct context ctx;
	struct table *t;             /* without rows */
	struct outcomes out;
};

/* For cmocka's set-up and tear-down. Both give 0. */
int fixture_setup(void **state, const struct collector *collector, char *user);
int fixture_teardown(void **state);

/* A new one in its place, of the same collector and user. */
struct fixture *fixture_again(void **state);

/* The first finding with this id, or NULL. */
const struct finding *fixture_finding(const struct fixture *f, const char *id);

#endif

/*
 * What the tests of unused_indexes stand on: indexes of one table as the server tells of them, and what becomes of them.
 */
#ifndef PGTOP_TESTS_INDEXES_H
#define PGTOP_TESTS_INDEXES_H

#include "collectors/unused_indexes.h"
#include "fixture.h"

#define DAY INT64_C(86400000000)
#define MB (1024 * 1024)

/*
 * Adds an index of table 1, 10 MB, counted for 43 days, 100 days old; gives its row. keys: numbers of columns, `1 2`, those it includes
 * behind the nkeys keys.
 */
size_t index_add(struct table *t, const char *name, int nkeys, const char *keys, int64_t scans);

void indexes_derive(struct fixture *f);   /* row() for each, and derive() */
void indexes_judge(struct fixture *f);    /* and judge() */

/* Its row, or -1: it is not listed. */
long index_row(const struct table *t, const char *name);

/* Fails unless it is listed with these. */
void index_is(const struct table *t, const char *name, const char *problem, const char *verdict, const char *reason);

/* An empty memory for the fixture's context, owned by the caller. */
struct memory *indexes_memory(struct fixture *f);
void indexes_memory_free(struct memory *m);

#endif

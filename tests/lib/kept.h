/*
 * A private place for memory.json, and a table to be kept in it: what the tests of remember.h stand on.
 */
#ifndef PGTOP_TEST_KEPT_H
#define PGTOP_TEST_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/base/remember.h"
#include "collectors/base/strbuf.h"

enum { KEPT_ID, KEPT_LOOKED, KEPT_COUNT, KEPT_SHARE, KEPT_FLAG, KEPT_NAME, KEPT_WRITES, KEPT_TOOK, KEPT_COLUMNS };

extern const struct column kept_columns[KEPT_COLUMNS];

struct kept {
	char top[32], directory[64], file[96];
	struct strbuf error;
};

/* For cmocka: *state is a struct kept. */
int kept_setup(void **state);
int kept_teardown(void **state);
int64_t minutes_ago(int n);
size_t kept_add(struct memory *m, int64_t id, int64_t looked, int64_t count);
struct memory *kept_of(struct memories *m, const char *server);
struct memories *open_quietly(struct kept *p);
void save_quietly(struct kept *p, struct memories *m);
void write_text(const char *path, const char *text);
char *read_text(const char *path);
void make_directory(const struct kept *p);
long kept_row(const struct memory *m, int64_t id);
int64_t kept_count(const struct memory *m, int64_t id);
bool save_beside(struct kept *p, struct memories *m, int64_t mono_us);

#endif

#include "kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/base/clock.h"
#include "collectors/base/memory.h"

const struct column kept_columns[KEPT_COLUMNS] = {
	[KEPT_ID] = { .name = "id", .type = TYPE_INT, .flags = COLUMN_KEY },
	[KEPT_LOOKED] = { .name = "looked", .type = TYPE_TIME },
	[KEPT_COUNT] = { .name = "count", .type = TYPE_INT },
	[KEPT_SHARE] = { .name = "share", .type = TYPE_FLOAT },
	[KEPT_FLAG] = { .name = "flag", .type = TYPE_BOOL },
	[KEPT_NAME] = { .name = "name", .type = TYPE_TEXT },
	[KEPT_WRITES] = { .name = "writes", .type = TYPE_INT, .unit = UNIT_COUNT },
	[KEPT_TOOK] = { .name = "took", .type = TYPE_FLOAT, .unit = UNIT_AGE },
};

int kept_setup(void **state)
{
	struct kept *p = mem_zero(1, sizeof(*p));

	p->error = (struct strbuf)STRBUF_INIT;
	snprintf(p->top, sizeof(p->top), "/tmp/pgtr.XXXXXX");
	if (!mkdtemp(p->top))
		return -1;
	snprintf(p->directory, sizeof(p->directory), "%s/a/pgtop-prod", p->top);
	snprintf(p->file, sizeof(p->file), "%s/memory.json", p->directory);
	*state = p;
	return 0;
}

int kept_teardown(void **state)
{
	struct kept *p = *state;
	static const char *const names[] = { "memory.json", "memory.json.broken", "memory.lock", "other" };
	char path[160];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", p->directory, names[i]);
		if (unlink(path) != 0 && errno == EISDIR)
			rmdir(path);
	}
	rmdir(p->directory);   /* fails where something was left beside them; the next line too */
	snprintf(path, sizeof(path), "%s/a", p->top);
	rmdir(path);
	assert_int_equal(rmdir(p->top), 0);
	strbuf_free(&p->error);
	free(p);
	return 0;
}

int64_t minutes_ago(int n)
{
	return clock_now().wall_us - n * 60 * SECOND_US;
}

size_t kept_add(struct memory *m, int64_t id, int64_t looked, int64_t count)
{
	size_t row = table_add_row(m->table);

	table_set_int(m->table, row, KEPT_ID, id);
	table_set_int(m->table, row, KEPT_LOOKED, looked);
	table_set_int(m->table, row, KEPT_COUNT, count);
	return row;
}

struct memory *kept_of(struct memories *m, const char *server)
{
	return memories_of(m, server, "things", kept_columns, KEPT_COLUMNS);
}

struct memories *open_quietly(struct kept *p)
{
	struct memories *m = memories_open(p->directory, &p->error);

	assert_string_equal(p->error.text, "");
	return m;
}

void save_quietly(struct kept *p, struct memories *m)
{
	assert_true(memories_save(m, 1, true, &p->error));
	assert_string_equal(p->error.text, "");
}

void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

char *read_text(const char *path)
{
	static char text[8192];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

void make_directory(const struct kept *p)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/a", p->top);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(mkdir(p->directory, 0700), 0);
}

long kept_row(const struct memory *m, int64_t id)
{
	for (size_t row = 0; row < m->table->nrows; row++)
		if (table_int(m->table, row, KEPT_ID) == id)
			return (long)row;
	return -1;
}

int64_t kept_count(const struct memory *m, int64_t id)
{
	long row = kept_row(m, id);

	assert_true(row >= 0);
	return table_int(m->table, (size_t)row, KEPT_COUNT);
}

/* The process that writes is gone, or there is none. */
bool save_beside(struct kept *p, struct memories *m, int64_t mono_us)
{
	siginfo_t ended;
	bool good = memories_save(m, mono_us, false, &p->error);

	if (waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT) == 0)
		good = memories_save(m, mono_us, false, &p->error);
	return good;
}

/* A change soon, a look alone a minute later. */

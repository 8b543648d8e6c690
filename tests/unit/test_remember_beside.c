/* memory.json written by a process beside the program: as within it, and nothing of it is left when it is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/base/clock.h"
#include "collectors/base/memory.h"
#include "collectors/base/remember.h"

enum { ID, LOOKED, COUNT, COLUMNS };

static const struct column columns[COLUMNS] = {
	[ID] = { .name = "id", .type = TYPE_INT, .flags = COLUMN_KEY },
	[LOOKED] = { .name = "looked", .type = TYPE_TIME },
	[COUNT] = { .name = "count", .type = TYPE_INT },
};

struct place {
	char top[32], directory[64], file[96];
	struct strbuf error;
};

static int setup(void **state)
{
	struct place *p = mem_zero(1, sizeof(*p));

	p->error = (struct strbuf)STRBUF_INIT;
	snprintf(p->top, sizeof(p->top), "/tmp/pgtr.XXXXXX");
	if (!mkdtemp(p->top))
		return -1;
	snprintf(p->directory, sizeof(p->directory), "%s/a/pgtop-prod", p->top);
	snprintf(p->file, sizeof(p->file), "%s/memory.json", p->directory);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
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

static int64_t minutes_ago(int n)
{
	return clock_now().wall_us - n * 60 * SECOND_US;
}

static size_t add(struct memory *m, int64_t id, int64_t looked, int64_t count)
{
	size_t row = table_add_row(m->table);

	table_set_int(m->table, row, ID, id);
	table_set_int(m->table, row, LOOKED, looked);
	table_set_int(m->table, row, COUNT, count);
	return row;
}

static struct memory *of(struct memories *m, const char *server)
{
	return memories_of(m, server, "things", columns, COLUMNS);
}

static struct memories *open_quietly(struct place *p)
{
	struct memories *m = memories_open(p->directory, &p->error);

	assert_string_equal(p->error.text, "");
	return m;
}

static void save_quietly(struct place *p, struct memories *m)
{
	assert_true(memories_save(m, 1, true, &p->error));
	assert_string_equal(p->error.text, "");
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void make_directory(const struct place *p)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/a", p->top);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(mkdir(p->directory, 0700), 0);
}

static long row_of(const struct memory *m, int64_t id)
{
	for (size_t row = 0; row < m->table->nrows; row++)
		if (table_int(m->table, row, ID) == id)
			return (long)row;
	return -1;
}

static int64_t count_of(const struct memory *m, int64_t id)
{
	long row = row_of(m, id);

	assert_true(row >= 0);
	return table_int(m->table, (size_t)row, COUNT);
}

/* The process that writes is gone, or there is none. */
static bool save_beside(struct place *p, struct memories *m, int64_t mono_us)
{
	siginfo_t ended;
	bool good = memories_save(m, mono_us, false, &p->error);

	if (waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT) == 0)
		good = memories_save(m, mono_us, false, &p->error);
	return good;
}

/* What a process beside does is what is done within: others' rows stay, what is wrong is told once, nothing is left when it is over. */
static void test_beside(void **state)
{
	struct place *p = *state;
	struct memories *m = open_quietly(p), *other;
	char path[128];
	int fd;

	make_directory(p);
	other = open_quietly(p);
	add(of(other, "s2"), 7, minutes_ago(5), 23);
	save_quietly(p, other);
	memories_close(other);
	add(of(m, "s1"), 1, minutes_ago(1), 10);
	assert_true(save_beside(p, m, 1));
	other = open_quietly(p);
	assert_int_equal(count_of(of(other, "s1"), 1), 10);
	assert_int_equal(count_of(of(other, "s2"), 7), 23);
	memories_close(other);

	unlink(p->file);
	snprintf(path, sizeof(path), "%s/memory.lock", p->directory);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	of(m, "s1")->changed = true;
	assert_true(save_beside(p, m, 10 * SECOND_US));
	assert_int_equal(access(p->file, F_OK), -1);
	close(fd);
	assert_true(save_beside(p, m, 20 * SECOND_US));   /* it was not forgotten */
	assert_int_equal(access(p->file, F_OK), 0);

	write_text(p->file, "{");
	of(m, "s1")->changed = true;
	assert_false(save_beside(p, m, 30 * SECOND_US));
	assert_non_null(strstr(p->error.text, "; kept as memory.json.broken"));
	strbuf_reset(&p->error);
	assert_int_equal(access(p->file, F_OK), 0);

	/* At the end: after the one that is still under way, whatever that does. */
	unlink(p->file);
	of(m, "s1")->changed = true;
	assert_true(memories_save(m, 40 * SECOND_US, false, &p->error));
	add(of(m, "s1"), 2, minutes_ago(1), 11);
	save_quietly(p, m);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	memories_close(m);
	m = open_quietly(p);
	assert_int_equal(count_of(of(m, "s1"), 2), 11);
	memories_close(m);
}

static void test_beside_unwritable(void **state)
{
	struct place *p = *state;
	struct memories *m = open_quietly(p);
	char path[64];

	snprintf(path, sizeof(path), "%s/a", p->top);
	write_text(path, "");
	add(of(m, "s1"), 1, minutes_ago(1), 5);
	assert_false(save_beside(p, m, 1));
	assert_non_null(strstr(p->error.text, "memory.json: Not a directory; what was seen is remembered for this run only"));
	strbuf_reset(&p->error);
	assert_true(save_beside(p, m, 30 * SECOND_US));   /* told once */
	assert_string_equal(p->error.text, "");
	assert_true(memories_save(m, 100 * SECOND_US, false, &p->error));
	memories_close(m);   /* waits for the one under way */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_beside, setup, teardown),
		cmocka_unit_test_setup_teardown(test_beside_unwritable, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

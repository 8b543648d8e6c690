/* memory.json: what was kept is what is read, another program's rows stay, and nothing that lies in its place does harm. */
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
#include "tests/lib/kept.h"

static void test_round_trip(void **state)
{
	struct kept *p = *state;
	struct memories *m = open_quietly(p);
	struct memory *mine = kept_of(m, "s1");
	int64_t looked = minutes_ago(1) | 1;
	struct stat st;
	size_t row = kept_add(mine, 1, looked, INT64_MIN);

	table_set_float(mine->table, row, KEPT_SHARE, 0.1);
	table_set_bool(mine->table, row, KEPT_FLAG, true);
	table_set_string(mine->table, row, KEPT_NAME, "ä \"quoted\" \\ 日本");
	kept_add(mine, 2, looked, INT64_MAX);
	save_quietly(p, m);
	memories_close(m);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(p->directory, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);

	m = open_quietly(p);
	mine = kept_of(m, "s1");
	assert_int_equal(mine->table->nrows, 2);
	assert_ptr_equal(mine, kept_of(m, "s1"));
	assert_int_equal(kept_of(m, "s2")->table->nrows, 0);
	assert_int_equal(kept_count(mine, 1), INT64_MIN);
	assert_int_equal(kept_count(mine, 2), INT64_MAX);
	row = (size_t)kept_row(mine, 1);
	assert_int_equal(table_int(mine->table, row, KEPT_LOOKED), looked);
	assert_true(table_number(mine->table, row, KEPT_SHARE) == 0.1);
	assert_true(table_bool(mine->table, row, KEPT_FLAG));
	assert_string_equal(table_text(mine->table, row, KEPT_NAME), "ä \"quoted\" \\ 日本");
	assert_false(table_has(mine->table, (size_t)kept_row(mine, 2), KEPT_NAME));
	memories_close(m);
}

/* Two programs with one file: the later look wins, row by row; servers of the other stay. */
static void test_merge(void **state)
{
	struct kept *p = *state;
	struct memories *one = open_quietly(p), *two = open_quietly(p);
	struct memory *a = kept_of(one, "s1"), *b = kept_of(two, "s1");

	kept_add(a, 1, minutes_ago(9), 10);
	kept_add(a, 2, minutes_ago(3), 11);
	kept_add(b, 1, minutes_ago(5), 20);
	kept_add(b, 2, minutes_ago(6), 21);
	kept_add(b, 3, minutes_ago(5), 22);
	kept_add(kept_of(two, "s2"), 7, minutes_ago(5), 23);
	save_quietly(p, one);
	save_quietly(p, two);
	save_quietly(p, one);
	for (int i = 0; i < 2; i++) {
		struct memory *m = i ? b : a;

		assert_int_equal(m->table->nrows, 3);
		assert_int_equal(kept_count(m, 1), 20);
		assert_int_equal(kept_count(m, 2), 11);
		assert_int_equal(kept_count(m, 3), 22);
	}
	memories_close(one);
	memories_close(two);
	one = open_quietly(p);
	assert_int_equal(kept_count(kept_of(one, "s2"), 7), 23);
	memories_close(one);
}

/* While another program writes, ours goes on and tries again. */
static void test_locked(void **state)
{
	struct kept *p = *state;
	struct memories *m = open_quietly(p);
	char path[128];
	int fd;

	make_directory(p);
	snprintf(path, sizeof(path), "%s/memory.lock", p->directory);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	kept_add(kept_of(m, "s1"), 1, minutes_ago(1), 1);
	save_quietly(p, m);
	assert_int_equal(access(p->file, F_OK), -1);
	close(fd);
	save_quietly(p, m);
	assert_int_equal(access(p->file, F_OK), 0);
	memories_close(m);
}

static void test_when(void **state)
{
	struct kept *p = *state;
	struct memories *m = open_quietly(p);
	struct memory *mine = kept_of(m, "s1");

	assert_true(save_beside(p, m, 1));
	assert_int_equal(access(p->file, F_OK), -1);   /* nothing to keep */
	kept_add(mine, 1, minutes_ago(1), 1);
	assert_true(save_beside(p, m, 1));
	assert_int_equal(access(p->file, F_OK), 0);
	unlink(p->file);
	assert_true(save_beside(p, m, 30 * SECOND_US));
	assert_int_equal(access(p->file, F_OK), -1);
	mine->changed = true;
	assert_true(save_beside(p, m, 30 * SECOND_US));
	assert_int_equal(access(p->file, F_OK), 0);
	unlink(p->file);
	assert_true(save_beside(p, m, 100 * SECOND_US));
	assert_int_equal(access(p->file, F_OK), 0);
	memories_close(m);
}

static void test_broken(void **state)
{
	static const char *const texts[] = {
		"", "{", "[]", "{\"version\": 1}", "{\"version\": 1, \"servers\": []}", "{\"version\": 1, \"servers\": {\"s1\": 7}}",
		"{\"version\": 1, \"servers\": {\"s1\": {\"things\": {}}}}", "{\"version\": 1,\n \"servers\": {\"s1\": nonsense}}",
	};
	struct kept *p = *state;
	char aside[128];

	make_directory(p);
	snprintf(aside, sizeof(aside), "%s.broken", p->file);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct memories *m;

		write_text(p->file, texts[i]);
		m = memories_open(p->directory, &p->error);
		assert_non_null(strstr(p->error.text, "memory.json:"));
		assert_non_null(strstr(p->error.text, "; kept as memory.json.broken"));
		assert_null(strchr(p->error.text, '\n'));
		assert_string_equal(read_text(aside), texts[i]);
		strbuf_reset(&p->error);
		kept_add(kept_of(m, "s1"), 1, minutes_ago(1), 5);
		save_quietly(p, m);
		memories_close(m);
		m = open_quietly(p);
		assert_int_equal(kept_count(kept_of(m, "s1"), 1), 5);
		memories_close(m);
	}
}

/* Rows and cells that are not as they should be cost themselves. */
static void test_odd_rows(void **state)
{
	struct kept *p = *state;
	struct memories *m;
	struct memory *mine;
	char *text = mem_format("{\"version\": 1, \"more\": [1], \"servers\": {\"s1\": {\"others\": [{\"a\": 1}], \"things\": [7, {},"
				" {\"id\": 1}, {\"id\": \"x\", \"looked\": \"2026-01-01T00:00:00Z\"}, {\"id\": 2, \"looked\": \"yesterday\"},"
				" {\"id\": 3, \"looked\": \"9999-01-01T00:00:00Z\"}, {\"id\": 4, \"looked\": \"2026-01-01T00:00:00.5Z\","
				" \"count\": \"many\", \"name\": \"a\\u001b[31mb\", \"unknown\": true}]}}}");

	make_directory(p);
	write_text(p->file, text);
	free(text);
	m = open_quietly(p);
	mine = kept_of(m, "s1");
	assert_int_equal(mine->table->nrows, 1);
	assert_false(table_has(mine->table, 0, KEPT_COUNT));
	assert_string_equal(table_text(mine->table, 0, KEPT_NAME), "a\\x1b[31mb");
	assert_int_equal(table_int(mine->table, 0, KEPT_LOOKED), INT64_C(1767225600500000));
	table_set_int(mine->table, 0, KEPT_LOOKED, minutes_ago(1));
	save_quietly(p, m);
	memories_close(m);
	assert_non_null(strstr(read_text(p->file), "\"more\""));
	assert_non_null(strstr(read_text(p->file), "\"others\""));
}

/* Numbers with which nothing could be reckoned cost their row. */
static void test_hostile_numbers(void **state)
{
	static const char *const odd[] = {
		"\"writes\": -1", "\"writes\": -9223372036854775808", "\"writes\": 9223372036854775807", "\"took\": -1.0", "\"took\": 1e300",
	};
	struct kept *p = *state;

	make_directory(p);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		char *text = mem_format("{\"version\": 1, \"servers\": {\"s1\": {\"things\": [{\"id\": 1, \"looked\": \"2026-01-01T00:00:00Z\", %s},"
					" {\"id\": 2, \"looked\": \"2026-01-01T00:00:00Z\", \"writes\": 4611686018427387904, \"took\": 3.5}]}}}", odd[i]);
		struct memories *m;

		write_text(p->file, text);
		free(text);
		m = open_quietly(p);
		assert_int_equal(kept_of(m, "s1")->table->nrows, 1);
		assert_int_equal(table_int(kept_of(m, "s1")->table, 0, KEPT_WRITES), INT64_C(1) << 62);
		memories_close(m);
	}
}

static void refused(struct kept *p, const char *says)
{
	struct memories *m = memories_open(p->directory, &p->error);

	assert_non_null(strstr(p->error.text, says));
	assert_null(strchr(p->error.text, '\n'));
	strbuf_reset(&p->error);
	kept_add(kept_of(m, "s1"), 1, minutes_ago(1), 5);
	assert_true(memories_save(m, 1, true, &p->error));
	assert_string_equal(p->error.text, "");
	memories_close(m);
}

/* What is not ours to write over stays, and is neither waited for nor followed. */
static void test_in_its_place(void **state)
{
	struct kept *p = *state;
	char other[128];
	struct stat st;
	int fd;

	make_directory(p);
	snprintf(other, sizeof(other), "%s/other", p->directory);
	write_text(other, "{\"version\": 1, \"servers\": {}}");
	assert_int_equal(symlink(other, p->file), 0);
	refused(p, "symbolic link");
	assert_int_equal(lstat(p->file, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink(p->file);

	assert_int_equal(mkfifo(p->file, 0600), 0);
	refused(p, "not a regular file");
	unlink(p->file);

	assert_int_equal(mkdir(p->file, 0700), 0);
	refused(p, "not a regular file");
	rmdir(p->file);

	write_text(p->file, "{\"version\": 2, \"servers\": {}}");
	refused(p, "memory.json:1:13: written by a later version");
	assert_string_equal(read_text(p->file), "{\"version\": 2, \"servers\": {}}");

	fd = open(p->file, O_RDWR);
	assert_int_equal(ftruncate(fd, 17 * 1024 * 1024), 0);
	close(fd);
	refused(p, "larger than 16 MB");
}

static void test_unwritable(void **state)
{
	struct kept *p = *state;
	struct memories *m = open_quietly(p);
	char path[64];

	snprintf(path, sizeof(path), "%s/a", p->top);
	write_text(path, "");   /* a file where the directory would be */
	kept_add(kept_of(m, "s1"), 1, minutes_ago(1), 5);
	assert_false(memories_save(m, 1, true, &p->error));
	assert_non_null(strstr(p->error.text, "memory.json: "));
	strbuf_reset(&p->error);
	assert_true(memories_save(m, 2, true, &p->error));   /* told once */
	assert_string_equal(p->error.text, "");
	memories_close(m);
	unlink(path);
}

static void test_modes_stay(void **state)
{
	struct kept *p = *state;
	struct memories *m;
	struct stat st;

	make_directory(p);
	assert_int_equal(chmod(p->directory, 0500 | 0200), 0);
	write_text(p->file, "{\"version\": 1, \"servers\": {}}");
	assert_int_equal(chmod(p->file, 0644), 0);
	m = open_quietly(p);
	kept_add(kept_of(m, "s1"), 1, minutes_ago(1), 5);
	save_quietly(p, m);
	memories_close(m);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_forgets(void **state)
{
	struct kept *p = *state;
	struct memories *m = open_quietly(p);

	kept_add(kept_of(m, "old"), 1, minutes_ago(401 * 24 * 60), 1);
	kept_add(kept_of(m, "s1"), 1, minutes_ago(300 * 24 * 60), 1);
	kept_add(kept_of(m, "s1"), 2, minutes_ago(341 * 24 * 60), 2);
	save_quietly(p, m);
	memories_close(m);
	m = open_quietly(p);
	assert_int_equal(kept_of(m, "old")->table->nrows, 0);
	assert_int_equal(kept_of(m, "s1")->table->nrows, 1);
	assert_int_equal(kept_count(kept_of(m, "s1"), 1), 1);
	memories_close(m);
}

static void test_for_this_run(void **state)
{
	struct kept *p = *state;
	struct memories *m = memories_open(NULL, &p->error);

	kept_add(kept_of(m, "s1"), 1, minutes_ago(1), 5);
	save_quietly(p, m);
	assert_int_equal(kept_count(kept_of(m, "s1"), 1), 5);
	memories_close(m);
	memories_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(test_merge, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(test_locked, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(test_when, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(test_hostile_numbers, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(test_broken, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(test_odd_rows, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(test_in_its_place, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(test_unwritable, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(test_modes_stay, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(test_forgets, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(test_for_this_run, kept_setup, kept_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

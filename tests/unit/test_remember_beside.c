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
#include "tests/lib/kept.h"

/* What a process beside does is what is done within: others' rows stay, what is wrong is told once, nothing is left when it is over. */
static void test_beside(void **state)
{
	struct kept *p = *state;
	struct memories *m = open_quietly(p), *other;
	char path[128];
	int fd;

	make_directory(p);
	other = open_quietly(p);
	kept_add(kept_of(other, "s2"), 7, minutes_ago(5), 23);
	save_quietly(p, other);
	memories_close(other);
	kept_add(kept_of(m, "s1"), 1, minutes_ago(1), 10);
	assert_true(save_beside(p, m, 1));
	other = open_quietly(p);
	assert_int_equal(kept_count(kept_of(other, "s1"), 1), 10);
	assert_int_equal(kept_count(kept_of(other, "s2"), 7), 23);
	memories_close(other);

	unlink(p->file);
	snprintf(path, sizeof(path), "%s/memory.lock", p->directory);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	kept_of(m, "s1")->changed = true;
	assert_true(save_beside(p, m, 10 * SECOND_US));
	assert_int_equal(access(p->file, F_OK), -1);
	close(fd);
	assert_true(save_beside(p, m, 20 * SECOND_US));   /* it was not forgotten */
	assert_int_equal(access(p->file, F_OK), 0);

	write_text(p->file, "{");
	kept_of(m, "s1")->changed = true;
	assert_false(save_beside(p, m, 30 * SECOND_US));
	assert_non_null(strstr(p->error.text, "; kept as memory.json.broken"));
	strbuf_reset(&p->error);
	assert_int_equal(access(p->file, F_OK), 0);

	/* At the end: after the one that is still under way, whatever that does. */
	unlink(p->file);
	kept_of(m, "s1")->changed = true;
	assert_true(memories_save(m, 40 * SECOND_US, false, &p->error));
	kept_add(kept_of(m, "s1"), 2, minutes_ago(1), 11);
	save_quietly(p, m);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	memories_close(m);
	m = open_quietly(p);
	assert_int_equal(kept_count(kept_of(m, "s1"), 2), 11);
	memories_close(m);
}

static void test_beside_unwritable(void **state)
{
	struct kept *p = *state;
	struct memories *m = open_quietly(p);
	char path[64];

	snprintf(path, sizeof(path), "%s/a", p->top);
	write_text(path, "");
	kept_add(kept_of(m, "s1"), 1, minutes_ago(1), 5);
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
		cmocka_unit_test_setup_teardown(test_beside, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(test_beside_unwritable, kept_setup, kept_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

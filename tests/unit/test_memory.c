/* Memory that is there, or a program that ends with one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/base/memory.h"

static void strings(void **state)
{
	char *s = mem_string("abc");

	(void)state;
	assert_string_equal(s, "abc");
	free(s);
	s = mem_string_n("abcdef", 3);
	assert_string_equal(s, "abc");
	free(s);
	s = mem_string_n(NULL, 0);
	assert_string_equal(s, "");
	free(s);
	s = mem_format("%d %s", 4127, "app");
	assert_string_equal(s, "4127 app");
	free(s);
}

static void blocks(void **state)
{
	char *p = mem_zero(3, 5);

	(void)state;
	for (int i = 0; i < 15; i++)
		assert_int_equal(p[i], 0);
	p = mem_resize(p, 100, 7);
	memset(p, 1, 700);
	free(p);

	/* Nothing is something too: NULL would read as no memory. */
	p = mem_alloc(0);
	assert_non_null(p);
	p = mem_resize(p, 0, 8);
	assert_non_null(p);
	free(p);
	p = mem_zero(0, 0);
	assert_non_null(p);
	free(p);
}

static void hook(void)
{
	if (write(STDERR_FILENO, "hook ", 5) < 0)
		_exit(7);
	/* The hook needs memory as well: it is not called again. */
	free(mem_resize(NULL, SIZE_MAX, 2));
}

static void exhausted(void **state)
{
	int ends[2], status;
	char said[200];
	ssize_t n, len = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		mem_on_exhausted(hook);
		free(mem_resize(NULL, SIZE_MAX / 2, 3));
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], said + len, sizeof(said) - 1 - (size_t)len)) > 0)
		len += n;
	said[len] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_string_equal(said, "hook pgtop-prod: out of memory\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings),
		cmocka_unit_test(blocks),
		cmocka_unit_test(exhausted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

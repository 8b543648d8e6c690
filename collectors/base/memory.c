#include "memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*on_exhausted)(void);

void mem_on_exhausted(void (*hook)(void))
{
	on_exhausted = hook;
}

static _Noreturn void exhausted(void)
{
	static const char line[] = "pgtop-prod: out of memory\n";
	void (*hook)(void) = on_exhausted;

	/* The hook may itself run out of memory: it is not called a second time. */
	on_exhausted = NULL;
	if (hook)
		hook();
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0) {
		/* nobody is left to be told */
	}
	/* Not exit(): what runs there may want memory. */
	_exit(1);
}

void *mem_alloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		exhausted();
	return p;
}

void *mem_zero(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		exhausted();
	return p;
}

void *mem_resize(void *old, size_t count, size_t size)
{
	void *p;

	if (size && count > SIZE_MAX / size)
		exhausted();
	p = realloc(old, count && size ? count * size : 1);
	if (!p)
		exhausted();
	return p;
}

char *mem_string_n(const char *s, size_t n)
{
	char *copy;

	if (n == SIZE_MAX)
		exhausted();
	copy = mem_alloc(n + 1);
	if (n)
		memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *mem_string(const char *s)
{
	return mem_string_n(s, strlen(s));
}

char *mem_string_or_null(const char *s)
{
	return s ? mem_string(s) : NULL;
}

void mem_replace(char **to, char *take_new)
{
	free(*to);
	*to = take_new;
}

char *mem_format(const char *format, ...)
{
	va_list args;
	char *s;
	int n;

	va_start(args, format);
	n = vasprintf(&s, format, args);
	va_end(args);
	if (n < 0)
		exhausted();
	return s;
}

/*
 * Allocation that cannot fail.
 *
 * Every allocation of the program goes through here. When the system has no memory left, the hook
 * (which gives the terminal back to the user) is called once, one line is written to stderr, and
 * the program exits with status 1: a dashboard that lost half its state would show things that
 * are not true.
 */
#ifndef PGTOP_MEMORY_H
#define PGTOP_MEMORY_H

#include <stddef.h>

/* All give memory owned by the caller, released with free(). Sizes are checked for overflow. */
void *mem_alloc(size_t size) __attribute__((malloc, warn_unused_result));
void *mem_zero(size_t count, size_t size) __attribute__((malloc, warn_unused_result));
void *mem_resize(void *old, size_t count, size_t size) __attribute__((warn_unused_result));
char *mem_string(const char *s) __attribute__((malloc, warn_unused_result));
char *mem_string_or_null(const char *s) __attribute__((malloc, warn_unused_result));   /* NULL for NULL */
char *mem_string_n(const char *s, size_t n) __attribute__((malloc, warn_unused_result));
char *mem_format(const char *format, ...)
	__attribute__((malloc, warn_unused_result, format(printf, 1, 2)));

/* Puts a new string in the place of one that is freed. */
void mem_replace(char **to, char *take_new);

/* Called before the program exits for want of memory; NULL for none. */
void mem_on_exhausted(void (*hook)(void));

#endif

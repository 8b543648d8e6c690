/*
 * A string that grows.
 *
 * Invariant: `text` is always a NUL-terminated string of `len` bytes (never NULL), so it can be
 * read at any moment. Start with STRBUF_INIT; end with strbuf_free() or take the string away with
 * strbuf_take().
 */
#ifndef PGTOP_STRBUF_H
#define PGTOP_STRBUF_H

#include <stddef.h>

extern char strbuf_empty[1];

struct strbuf {
	char *text;
	size_t len;
	size_t size;   /* allocated bytes; 0 while `text` is strbuf_empty */
};

#define STRBUF_INIT { .text = strbuf_empty, .len = 0, .size = 0 }

void strbuf_add(struct strbuf *b, const char *s, size_t n);
void strbuf_adds(struct strbuf *b, const char *s);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes it empty, keeping the memory. */
void strbuf_reset(struct strbuf *b);

/* Shortens it to n bytes; n must not exceed its length. */
void strbuf_cut(struct strbuf *b, size_t n);

/* Gives the string to the caller, who frees it; the buffer is empty again. */
char *strbuf_take(struct strbuf *b) __attribute__((warn_unused_result));

void strbuf_free(struct strbuf *b);

#endif

#include "strbuf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* What an empty buffer shows; never written to. */
char strbuf_empty[1];

/* Makes room for n more bytes and the NUL. */
static void strbuf_grow(struct strbuf *b, size_t n)
{
	size_t size = b->size ? b->size : 32;

	/* A length that no string can have: let the allocation fail, which ends the program. */
	if (n > SIZE_MAX / 2 - 1 - b->len) {
		b->text = mem_resize(b->size ? b->text : NULL, SIZE_MAX, 2);
		return;
	}
	if (b->len + n < b->size)
		return;
	while (size <= b->len + n)
		size *= 2;
	b->text = mem_resize(b->size ? b->text : NULL, size, 1);
	b->size = size;
}

void strbuf_add(struct strbuf *b, const char *s, size_t n)
{
	if (!n)
		return;
	strbuf_grow(b, n);
	memcpy(b->text + b->len, s, n);
	b->len += n;
	b->text[b->len] = '\0';
}

void strbuf_adds(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_addc(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

void strbuf_addf(struct strbuf *b, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(b->size ? b->text + b->len : NULL, b->size ? b->size - b->len : 0, format, args);
	va_end(args);
	if (n > 0 && b->len + (size_t)n >= b->size) {
		strbuf_grow(b, (size_t)n);
		vsnprintf(b->text + b->len, b->size - b->len, format, again);
	}
	va_end(again);
	if (n > 0)
		b->len += (size_t)n;
	else if (b->size)
		b->text[b->len] = '\0';
}

void strbuf_reset(struct strbuf *b)
{
	strbuf_cut(b, 0);
}

void strbuf_cut(struct strbuf *b, size_t n)
{
	if (!b->size)
		return;
	b->len = n;
	b->text[n] = '\0';
}

char *strbuf_take(struct strbuf *b)
{
	char *s = b->size ? b->text : mem_string("");

	*b = (struct strbuf)STRBUF_INIT;
	return s;
}

void strbuf_free(struct strbuf *b)
{
	if (b->size)
		free(b->text);
	*b = (struct strbuf)STRBUF_INIT;
}

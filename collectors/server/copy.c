#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/secret.h"
#include "collectors/base/strbuf.h"
#include "collectors/base/text.h"
#include "internal.h"

static void copy_int(struct table *t, size_t row, size_t column, const char *value)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(value, &end, 10);
	if (errno || end == value)
		table_set_none(t, row, column, CELL_UNKNOWN);
	else
		table_set_int(t, row, column, n);
}

/* The server writes a point, and so do we read it: of the locale the program sets LC_CTYPE only (main.c). */
static void copy_float(struct table *t, size_t row, size_t column, const char *value)
{
	char *end;
	double f = strtod(value, &end);

	if (end == value)
		table_set_none(t, row, column, CELL_UNKNOWN);
	else
		table_set_float(t, row, column, f);
}

static void copy_list(struct table *t, size_t row, size_t column, const char *value, size_t len)
{
	struct strbuf clean = STRBUF_INIT;
	const char *end = value + len;

	for (const char *p = value;; p++) {
		const char *stop = memchr(p, LIST_SEPARATOR, (size_t)(end - p));

		text_clean(&clean, p, (size_t)((stop ? stop : end) - p), 0);
		if (!stop)
			break;
		strbuf_addc(&clean, LIST_SEPARATOR);
		p = stop;
	}
	table_set_text(t, row, column, clean.text, clean.len);
	strbuf_free(&clean);
}

static void copy_text(struct table *t, size_t row, size_t column, const char *value, size_t len, unsigned flags)
{
	struct strbuf clean = STRBUF_INIT, hidden = STRBUF_INIT;

	/* All statements come in here: of what is not kept nothing can be shown. */
	if (flags & COLUMN_LINES && secret_hide_sql(&hidden, value, len)) {
		value = hidden.text;
		len = hidden.len;
	}
	text_clean(&clean, value, len, flags & COLUMN_LINES ? TEXT_LINES : 0);
	table_set_text(t, row, column, clean.text, clean.len);
	strbuf_free(&clean);
	strbuf_free(&hidden);
}

void copy_value(struct table *t, size_t row, size_t column, const char *value, size_t len)
{
	const struct column *c = &t->columns[column];

	if (!value || (c->type == TYPE_LIST && len == 0)) {
		table_set_none(t, row, column, CELL_NULL);
		return;
	}
	switch (c->type) {
	case TYPE_TEXT:
		copy_text(t, row, column, value, len, c->flags);
		break;
	case TYPE_LIST:
		copy_list(t, row, column, value, len);
		break;
	case TYPE_INT:
	case TYPE_TIME:
		copy_int(t, row, column, value);
		break;
	case TYPE_FLOAT:
		copy_float(t, row, column, value);
		break;
	case TYPE_BOOL:
		table_set_bool(t, row, column, *value == 't');
		break;
	}
}

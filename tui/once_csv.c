/* --once --format=csv: one pane, RFC 4180: a header line, CR LF, quotes where they are needed. No value is nothing, an empty text is "". */
#include "once.h"

#include <string.h>

#include "collectors/base/units.h"

static void add_quoted(struct strbuf *out, const char *text)
{
	strbuf_addc(out, '"');
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '"')
			strbuf_addc(out, '"');
		strbuf_addc(out, *at);
	}
	strbuf_addc(out, '"');
}

static void add_text(struct strbuf *out, const char *text)
{
	if (text[0] == '\0' || strpbrk(text, ",\"\r\n") != NULL || text[0] == ' ' || text[strlen(text) - 1] == ' ')
		add_quoted(out, text);
	else
		strbuf_adds(out, text);
}

static void add_list(struct strbuf *out, const struct table *t, size_t row, size_t column)
{
	struct strbuf joined = STRBUF_INIT;
	size_t at = 0, len;
	const char *member;

	while ((member = table_list_next(t, row, column, &at, &len)) != NULL) {
		if (joined.len > 0)
			strbuf_addc(&joined, ',');
		strbuf_add(&joined, member, len);
	}
	if (joined.len > 0)
		add_text(out, joined.text);
	strbuf_free(&joined);
}

static void add_cell(struct strbuf *out, const struct table *t, size_t row, size_t column)
{
	char time[UNITS_SIZE + 8];

	if (!table_has(t, row, column))
		return;
	switch (t->columns[column].type) {
	case TYPE_TEXT:
		add_text(out, table_text(t, row, column));
		return;
	case TYPE_INT:
		strbuf_addf(out, "%lld", (long long)table_int(t, row, column));
		return;
	case TYPE_FLOAT:
		strbuf_addf(out, "%.15g", table_number(t, row, column));
		return;
	case TYPE_BOOL:
		strbuf_adds(out, table_bool(t, row, column) ? "true" : "false");
		return;
	case TYPE_TIME:
		strbuf_adds(out, units_rfc3339(time, table_int(t, row, column)));
		return;
	case TYPE_LIST:
		add_list(out, t, row, column);
		return;
	}
}

void report_csv(const struct report *r, struct strbuf *out)
{
	const struct collector *c = r->panes[0];
	const struct table *t = server_collection_named(r->server, c->name)->table;
	const char *between = "";

	for (size_t i = 0; i < c->ncolumns; i++)
		if (report_has_column(&c->columns[i])) {
			strbuf_addf(out, "%s%s", between, c->columns[i].name);
			between = ",";
		}
	strbuf_adds(out, "\r\n");
	for (size_t row = 0; t != NULL && row < t->nrows; row++) {
		between = "";
		for (size_t i = 0; i < c->ncolumns; i++)
			if (report_has_column(&c->columns[i])) {
				strbuf_adds(out, between);
				add_cell(out, t, row, i);
				between = ",";
			}
		strbuf_adds(out, "\r\n");
	}
}

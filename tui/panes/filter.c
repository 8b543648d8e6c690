#include "filter.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"

struct term {
	int column;    /* -1: any */
	bool not;
	char *text;
};

struct filter {
	struct term *terms;
	size_t nterms;
	char *unknown;   /* the first name of a column that there is none of; NULL: none */
};

/* A column by its name or title, or the first that begins so: `app:` is application. */
static int find_column(const struct column *columns, size_t ncolumns, const char *name, size_t len)
{
	for (int whole = 1; whole >= 0; whole--) {
		for (size_t i = 0; i < ncolumns; i++) {
			const char *title = columns[i].title ? columns[i].title : "";

			if (columns[i].flags & COLUMN_INTERNAL)
				continue;
			if (!strncasecmp(columns[i].name, name, len) && (!whole || !columns[i].name[len]))
				return (int)i;
			if (!strncasecmp(title, name, len) && (!whole || !title[len]))
				return (int)i;
		}
	}
	return -1;
}

/*
 * Where the text of `column:text` begins behind the name: its colon; NULL when the word names none. What cannot be
 * a name, as in 10.0.3.17:50412, is text.
 */
static const char *find_colon(const char *word, size_t len)
{
	const char *colon = memchr(word, ':', len);
	size_t name = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789%~/");

	return colon && colon > word && (size_t)(colon - word) == name && !(*word >= '0' && *word <= '9') ? colon : NULL;
}

static void add_term(struct filter *f, const char *word, size_t len, const struct column *columns, size_t ncolumns)
{
	struct term t = { .column = -1 };
	const char *colon;

	if (*word == '!') {
		t.not = true;
		word++;
		len--;
	}
	colon = find_colon(word, len);
	if (colon) {
		t.column = find_column(columns, ncolumns, word, (size_t)(colon - word));
		if (t.column >= 0) {
			len -= (size_t)(colon + 1 - word);
			word = colon + 1;
		} else if (!f->unknown) {
			f->unknown = mem_string_n(word, (size_t)(colon - word));
		}
	}
	/* a word that is still being typed leaves nothing out */
	if (!len)
		return;
	t.text = mem_string_n(word, len);
	f->terms = mem_resize(f->terms, f->nterms + 1, sizeof(*f->terms));
	f->terms[f->nterms++] = t;
}

struct filter *filter_new(const char *text, const struct column *columns, size_t ncolumns)
{
	struct filter *f = mem_zero(1, sizeof(*f));

	for (;;) {
		size_t len;

		text += strspn(text, " ");
		len = strcspn(text, " ");
		if (!len)
			return f;
		add_term(f, text, len, columns, ncolumns);
		text += len;
	}
}

char *filter_unknown_column(const char *text, const struct collector *collector)
{
	struct filter *f = filter_new(text, collector ? collector->columns : NULL, collector ? collector->ncolumns : 0);
	char *unknown = f->unknown;

	f->unknown = NULL;
	filter_free(f);
	return unknown;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->nterms; i++)
		free(f->terms[i].text);
	free(f->terms);
	free(f->unknown);
	free(f);
}

void filter_hides_all(struct strbuf *out, const char *what, const char *text, const struct collector *collector, size_t hidden)
{
	char *unknown = filter_unknown_column(text, collector);

	strbuf_addf(out, "No %s matches %s", what, text);
	if (unknown)
		strbuf_addf(out, ": there is no column %s", unknown);
	strbuf_addf(out, "; the filter hides %zu.", hidden);
	free(unknown);
}

/* Whether the digits stand in the number as it is written. */
static bool number_matches(int64_t value, const char *digits)
{
	char text[UNITS_SIZE];
	size_t at = sizeof(text);
	bool negative = value < 0;

	text[--at] = '\0';
	do {
		text[--at] = (char)('0' + (negative ? -(value % 10) : value % 10));
		value /= 10;
	} while (value);
	return strstr(text + at, digits);
}

/*
 * Any column that holds text, and the numbers that are names: a pid. Figures are found by naming
 * their column.
 */
bool table_row_matches(const struct table *table, size_t row, const char *needle)
{
	const struct cell *cells = table_cell(table, row, 0);
	bool digits = *needle && !needle[strspn(needle, "0123456789")];

	for (size_t i = 0; i < table->ncolumns; i++) {
		const struct column *c = &table->columns[i];

		if (c->flags & COLUMN_INTERNAL)
			continue;
		if (cells[i].kind == CELL_TEXT) {
			if (text_find(table->text + cells[i].text.at, needle))
				return true;
		} else if (digits && cells[i].kind == CELL_INT && c->unit == UNIT_ID && number_matches(cells[i].i, needle)) {
			return true;
		}
	}
	return false;
}

static bool cell_matches(const struct table *table, size_t row, size_t column, const char *needle)
{
	struct strbuf b = STRBUF_INIT;
	bool found;

	if (table_cell(table, row, column)->kind == CELL_TEXT)
		return text_find(table_text(table, row, column), needle);
	table_format(table, row, column, false, "…", table->taken_us, &b);
	found = text_find(b.text, needle);
	strbuf_free(&b);
	return found;
}

bool filter_fits(const struct filter *f, const struct table *table, size_t row)
{
	for (size_t i = 0; i < f->nterms; i++) {
		const struct term *t = &f->terms[i];
		bool found = t->column < 0 ? table_row_matches(table, row, t->text) :
					     cell_matches(table, row, (size_t)t->column, t->text);

		if (found == t->not)
			return false;
	}
	return true;
}

bool filter_fits_finding(const struct filter *f, const struct finding *finding)
{
	for (size_t i = 0; i < f->nterms; i++) {
		const char *text = f->terms[i].text;
		bool found = text_find(finding->id, text) || text_find(finding->title, text) ||
			     (finding->evidence && text_find(finding->evidence, text)) ||
			     text_find(severity_name(finding->severity), text);

		if (found == f->terms[i].not)
			return false;
	}
	return true;
}

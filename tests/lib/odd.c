#include "odd.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "collectors/server/internal.h"

const char odd_plain[] = "{";

const char *const odd_patterns[] = {
	"注文",                                                  /* two cells each */
	"x注y文z",                                               /* ... at odd places */
	"e\u0301\u0302\u0323n\u0303",                            /* combining marks */
	"u\u0308\u0308\u0308\u0308\u0308\u0308",                 /* more than fit into a cell */
	"\u0301",                                                /* with nothing to stand on */
	"שלום עולם ",                                            /* right to left */
	"\u202Eevil\u202C \u2066x\u2069 \u200Fمرحبا\u200E",      /* and made so */
	"👩\u200D👩\u200D👧 🇩🇪 ☎\uFE0F",                          /* pictures of several characters */
	"\x1b[31m\x1b]0;title\a \r\n\t\x7f \xc2\x9b[2J",        /* controls */
	"\xff\xfe\xc3( \xed\xa0\x80 \xf8",                       /* not UTF-8 */
	"a\u200Bb\u00ADc\uFEFF\u2028",                           /* not to be seen */
	"ﷺ﷽",                                                    /* wider than they say */
	"%s%n\\x1b' \"$$;--/*",                                  /* of another kind */
};

const size_t odd_npatterns = sizeof(odd_patterns) / sizeof(*odd_patterns);

char *odd_text(const char *pattern)
{
	struct strbuf raw = STRBUF_INIT, clean = STRBUF_INIT, out = STRBUF_INIT;

	while (raw.len < ODD_CELLS * 32)
		strbuf_adds(&raw, pattern);
	text_clean(&clean, raw.text, raw.len, 0);
	text_clip_end(&out, clean.text, ODD_CELLS, "{");
	strbuf_free(&raw);
	strbuf_free(&clean);
	return strbuf_take(&out);
}

static bool becomes_odd(const struct collector *c, const struct column *column)
{
	if (column->type != TYPE_TEXT && column->type != TYPE_LIST)
		return false;
	/* figures that are written as text, and what figures are found by */
	if (column->flags & (COLUMN_RIGHT | COLUMN_PID_LIST))
		return false;
	return strcmp(c->name, "stats") != 0 || strcmp(column->name, "holder") == 0;
}

static void fill_table(const struct collector *c, struct table *t, const char *text)
{
	for (size_t i = 0; t && i < t->ncolumns; i++) {
		for (size_t row = 0; becomes_odd(c, &t->columns[i]) && row < t->nrows; row++) {
			char *own;

			if (table_cell(t, row, i)->kind != CELL_TEXT)
				continue;
			own = t->columns[i].flags & COLUMN_KEY ? mem_format("%05zu%s", row, text) : mem_string(text);
			table_set_string(t, row, i, own);
			free(own);
		}
	}
}

static void replace(char **where, const char *text)
{
	if (*where)
		mem_replace(where, mem_string(text));
}

void odd_fill(struct server *s, const char *pattern)
{
	char *text = odd_text(pattern);
	struct facts *f = &s->facts;

	for (size_t i = 0; i < ncollectors; i++) {
		struct collection *c = &s->collectors[i].view;

		fill_table(c->collector, c->table, text);
		replace(&c->summary, text);
		c->version++;
	}
	for (size_t i = 0; i < s->outcomes.nfindings; i++) {
		replace(&s->outcomes.findings[i].title, text);
		replace(&s->outcomes.findings[i].evidence, text);
		replace(&s->outcomes.findings[i].fix_sql, text);
	}
	replace(&f->host, text);
	replace(&f->database, text);
	replace(&f->user, text);
	replace(&f->version, text);
	s->version++;
	free(text);
}

/* The panes of --once --format=text: aligned columns, as wide as their texts need. */
#include "once_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "tui/panes/table_pane.h"

/* What the last column has before others give way: more than on a screen, for nobody can scroll a ticket to the rest of a statement. */
enum { REST_LEAST = 32 };

/* The table of a pane as texts, before widths are known. */
struct sheet {
	const struct table *table;
	size_t *columns;        /* shown: numbers of the table's columns, the one that takes the rest at the end */
	size_t ncolumns;
	int *widths;
	int sign_width;         /* 0: no row has one */
	int sign, depth;        /* columns, -1: none */
	size_t branch;          /* the column that is indented by depth */
	bool rest;              /* the last column is cut first */
};

static const char *sign_word(int sign)
{
	switch ((enum sign)sign) {
	case SIGN_CRITICAL:
		return "critical";
	case SIGN_WARNING:
		return "warning";
	case SIGN_NOTE:
		return "note";
	case SIGN_ROOT:
		return "root";
	case SIGN_WAITS:
		return "waits";
	case SIGN_HIDDEN:
		return "hidden";
	case SIGN_GONE:
		return "gone";
	case SIGN_NONE:
		break;
	}
	return "";
}

static bool on_paper(const struct column *c)
{
	return c->priority > 0 && (c->flags & (COLUMN_DATA | COLUMN_INTERNAL)) == 0;
}

static bool is_right(const struct column *c)
{
	return (c->flags & COLUMN_RIGHT) != 0 || c->type == TYPE_INT || c->type == TYPE_FLOAT || c->type == TYPE_TIME;
}

static const char *title_of(const struct column *c)
{
	return c->title != NULL ? c->title : c->name;
}

/* One cell on one line. */
static void cell_text(const struct report *r, const struct sheet *s, size_t row, size_t i, struct strbuf *out)
{
	const struct column *c = &s->table->columns[s->columns[i]];
	struct strbuf raw = STRBUF_INIT;

	if (s->depth >= 0 && i == s->branch)
		strbuf_addf(out, "%*s", 2 * (int)table_int(s->table, row, (size_t)s->depth), "");
	if (c->type == TYPE_TIME && table_has(s->table, row, s->columns[i])) {
		report_add_time(out, table_int(s->table, row, s->columns[i]));
		return;
	}
	table_format(s->table, row, s->columns[i], false, r->ascii ? "..." : "…", r->now.wall_us, &raw);
	if (c->flags & COLUMN_LINES)
		text_one_line(out, raw.text, 0);
	else
		strbuf_adds(out, raw.text);
	strbuf_free(&raw);
}

static void sheet_columns(struct sheet *s, const struct collector *c)
{
	long rest = -1;
	bool branched = false;

	s->columns = mem_zero(c->ncolumns + 1, sizeof(*s->columns));
	for (size_t i = 0; i < c->ncolumns; i++) {
		if (!on_paper(&c->columns[i]))
			continue;
		if ((c->columns[i].flags & COLUMN_REST) && rest < 0) {
			rest = (long)i;
			continue;
		}
		if (c->tree && !branched && (c->columns[i].flags & COLUMN_NAME)) {
			s->branch = s->ncolumns;
			branched = true;
		}
		s->columns[s->ncolumns++] = i;
	}
	if (rest >= 0)
		s->columns[s->ncolumns++] = (size_t)rest;
	s->rest = rest >= 0;
	/* in a tree the first words of a row and its place say what its sign would */
	s->sign = c->tree ? -1 : table_column(s->table, "sign");
	s->depth = c->tree ? table_column(s->table, "depth") : -1;
}

static void sheet_widths(const struct report *r, struct sheet *s)
{
	struct strbuf text = STRBUF_INIT;

	s->widths = mem_zero(s->ncolumns + 1, sizeof(*s->widths));
	for (size_t i = 0; i < s->ncolumns; i++)
		s->widths[i] = text_cells(title_of(&s->table->columns[s->columns[i]]));
	for (size_t row = 0; row < s->table->nrows; row++) {
		for (size_t i = 0; i < s->ncolumns; i++) {
			strbuf_reset(&text);
			cell_text(r, s, row, i, &text);
			if (text_cells(text.text) > s->widths[i])
				s->widths[i] = text_cells(text.text);
		}
		if (s->sign >= 0) {
			int cells = text_cells(sign_word((int)table_int(s->table, row, (size_t)s->sign)));

			s->sign_width = cells > s->sign_width ? cells : s->sign_width;
		}
	}
	strbuf_free(&text);
}

static int sheet_total(const struct sheet *s)
{
	int total = s->sign_width > 0 ? s->sign_width + 1 : 0;

	for (size_t i = 0; i < s->ncolumns; i++)
		total += i + 1 == s->ncolumns && s->rest ? REST_LEAST : s->widths[i] + 1;
	return total;
}

/* The column that gives way first: the last of those with the largest number, never one that is always there. */
static long sheet_weakest(const struct sheet *s)
{
	long weakest = -1;
	int priority = 1;

	for (size_t i = 0; i < s->ncolumns; i++) {
		const struct column *c = &s->table->columns[s->columns[i]];

		if ((c->flags & COLUMN_REST) == 0 && c->priority > 1 && c->priority >= priority) {
			weakest = (long)i;
			priority = c->priority;
		}
	}
	return weakest;
}

static void sheet_drop(struct sheet *s, size_t column)
{
	for (size_t i = column; i + 1 < s->ncolumns; i++) {
		s->columns[i] = s->columns[i + 1];
		s->widths[i] = s->widths[i + 1];
	}
	s->ncolumns--;
	if (s->branch > column)
		s->branch--;
}

/* Under COLUMNS names shrink to the width they have on the screen, then columns give way as they do there. */
static void sheet_fit(const struct report *r, struct sheet *s)
{
	long weakest;

	for (size_t i = 0; i < s->ncolumns && sheet_total(s) > r->columns; i++) {
		const struct column *c = &s->table->columns[s->columns[i]];
		int least = text_cells(title_of(c)) > c->width ? text_cells(title_of(c)) : c->width;

		if ((c->flags & COLUMN_NAME) && c->width > 0 && least < s->widths[i])
			s->widths[i] = least;
	}
	while (sheet_total(s) > r->columns && (weakest = sheet_weakest(s)) >= 0)
		sheet_drop(s, (size_t)weakest);
}

static void add_cell(const struct report *r, const struct sheet *s, size_t i, const char *text, struct strbuf *line)
{
	const struct column *c = &s->table->columns[s->columns[i]];
	struct strbuf name = STRBUF_INIT;
	bool last = i + 1 == s->ncolumns;

	if (i > 0 || s->sign_width > 0)
		strbuf_addc(line, ' ');
	if (!(last && s->rest) && text_cells(text) > s->widths[i]) {
		(c->flags & COLUMN_PID_LIST ? text_clip_list : text_clip_middle)(&name, text, s->widths[i], r->ascii ? ">" : "…");
		text = name.text;
	}
	report_add_padded(line, text, last && !is_right(c) ? 0 : s->widths[i], is_right(c));
	strbuf_free(&name);
}

static void add_rows(const struct report *r, const struct sheet *s, const size_t *order, struct strbuf *line,
		     struct strbuf *out)
{
	struct strbuf text = STRBUF_INIT;

	if (s->sign_width > 0)
		report_add_padded(line, "", s->sign_width, false);
	for (size_t i = 0; i < s->ncolumns; i++)
		add_cell(r, s, i, title_of(&s->table->columns[s->columns[i]]), line);
	report_end_line(r, line, out);
	for (size_t n = 0; n < s->table->nrows; n++) {
		size_t row = order[n];

		if (s->sign_width > 0)
			report_add_padded(line, sign_word((int)table_int(s->table, row, (size_t)s->sign)), s->sign_width, false);
		for (size_t i = 0; i < s->ncolumns; i++) {
			strbuf_reset(&text);
			cell_text(r, s, row, i, &text);
			add_cell(r, s, i, text.text, line);
		}
		report_end_line(r, line, out);
	}
	strbuf_free(&text);
}

static void add_table(const struct report *r, const struct collection *c, struct strbuf *line, struct strbuf *out)
{
	static const struct view fresh;   /* sorted as the collector says */
	struct sheet s = { .table = c->table };
	size_t *order = mem_zero(c->table->nrows + 1, sizeof(*order));

	sheet_columns(&s, c->collector);
	sheet_widths(r, &s);
	if (r->columns > 0)
		sheet_fit(r, &s);
	table_row_order(c->collector, &fresh, c->table, order);
	add_rows(r, &s, order, line, out);
	free(order);
	free(s.columns);
	free(s.widths);
}

/* Lines to copy are never cut. */
static void add_remedy(const char *text, struct strbuf *out)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		strbuf_adds(out, "  ");
		strbuf_add(out, text, n);
		strbuf_addc(out, '\n');
		text += n + (text[n] == '\n');
	}
}

/* The line that opens the rows the role may not see. */
static void add_hidden(const struct report *r, const struct collection *c, struct strbuf *out)
{
	const struct scene scene = { .server = r->server, .now = r->now };
	char *remedy = pane_hidden_remedy(&scene, c);

	if (remedy != NULL)
		add_remedy(remedy, out);
	free(remedy);
}

/* What is said of the rows; but not which key would show others. */
static void add_summary(const struct collection *c, struct strbuf *line)
{
	const char *key = c->collector->windowed ? strstr(c->summary, "; ") : NULL;

	strbuf_add(line, c->summary, key != NULL ? (size_t)(key - c->summary) : strlen(c->summary));
}

/* What an unavailable pane once had is no more to be told than on the screen. */
static bool has_rows(const struct collection *c)
{
	return c->table != NULL && c->state != COLLECTION_UNAVAILABLE;
}

static void add_pane_head(const struct report *r, const struct collection *c, struct strbuf *line)
{
	const char *reason = report_reason(c);

	for (const char *at = c->collector->name; *at != '\0'; at++)
		strbuf_addc(line, (char)toupper((unsigned char)*at));
	strbuf_addf(line, "  %s", report_state(c));
	if (reason != NULL)
		strbuf_addf(line, ": %s", reason);
	if (c->state == COLLECTION_UNAVAILABLE)
		strbuf_addf(line, " (see --show-sql=%s)", c->collector->name);
	if (!has_rows(c))
		return;
	strbuf_adds(line, ", ");
	if (c->summary != NULL)
		add_summary(c, line);
	else
		strbuf_addf(line, "%zu row%s", c->table->nrows, c->table->nrows == 1 ? "" : "s");
	if (c->hidden_rows > 0)
		strbuf_addf(line, ", %zu of them hidden from %s", c->hidden_rows,
			    server_facts(r->server)->user != NULL ? server_facts(r->server)->user : "this role");
}

static void add_footer(const struct report *r, const struct collection *c, struct strbuf *line, struct strbuf *out)
{
	if (c->footer == NULL)
		return;
	/* Anew, with times that are right wherever and whenever it is read. */
	c->collector->footer(c->table, UNITS_ANY_TIME, line);
	report_end_line(r, line, out);
}

/* The columns that are lost for one reason stand together. */
static void add_missing(const struct report *r, const struct collection *c, struct strbuf *line, struct strbuf *out)
{
	const char *reason = NULL;

	for (size_t i = 0; i < c->nmissing; i++) {
		if (!report_has_missing(c->collector, &c->missing[i]))
			continue;
		if (reason != NULL && strcmp(reason, c->missing[i].reason) != 0) {
			strbuf_addf(line, ": %s", reason);
			report_end_line(r, line, out);
			reason = NULL;
		}
		strbuf_addf(line, "%s%s", reason != NULL ? ", " : "  not available: ", c->missing[i].name);
		reason = c->missing[i].reason;
	}
	if (reason != NULL) {
		strbuf_addf(line, ": %s", reason);
		report_end_line(r, line, out);
	}
}

void report_pane(const struct report *r, const struct collection *c, struct strbuf *line, struct strbuf *out)
{
	add_pane_head(r, c, line);
	report_end_line(r, line, out);
	if (c->remedy != NULL)
		add_remedy(c->remedy, out);
	if (c->hidden_rows > 0)
		add_hidden(r, c, out);
	add_missing(r, c, line, out);
	if (!has_rows(c))
		return;
	if (c->table->nrows > 0)
		add_table(r, c, line, out);
	else if (c->collector->empty_text != NULL) {
		strbuf_adds(line, c->collector->empty_text);
		report_end_line(r, line, out);
	}
	add_footer(r, c, line, out);
}

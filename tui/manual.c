/*
 * manual TEMPLATE: prints a page of the manual. It is a template in which a line `.\" @NAME@` stands for what a table says. `make man` writes the
 * pages in man/ with it. mdoc(7): what is written here is in text lines or in the arguments of .It, and each sentence has its own line.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "collectors/base/limits.h"
#include "collectors/base/memory.h"
#include "collectors/base/strbuf.h"
#include "collectors/collector.h"
#include "commands.h"
#include "config.h"
#include "options.h"
#include "panes/help.h"
#include "panes/pane.h"
#include "screen/role.h"
#include "screen/theme.h"
#include "template.h"

/* Text of a table as mdoc text lines. */
static void add_text(struct strbuf *out, const char *text)
{
	bool start = true;

	for (const char *at = text; *at != '\0'; at++) {
		if (start && (*at == '.' || *at == '\''))
			strbuf_adds(out, "\\&");
		start = false;
		if (*at == '\\') {
			strbuf_adds(out, "\\e");
		} else if (at[0] == '.' && at[1] == ' ' && isupper((unsigned char)at[2])) {
			strbuf_adds(out, ".\n");
			at++;
			start = true;
		} else {
			strbuf_addc(out, *at);
		}
	}
}

/* One line that ends as a sentence does. */
static void add_sentence(struct strbuf *out, const char *text)
{
	size_t start = out->len, n = strlen(text);

	add_text(out, text);
	if (islower((unsigned char)text[0]) && !isupper((unsigned char)text[1]))
		out->text[start] = (char)toupper((unsigned char)out->text[start]);
	if (n > 0 && strchr(".!?:", text[n - 1]) == NULL)
		strbuf_addc(out, '.');
	strbuf_addc(out, '\n');
}

static void add_words(struct strbuf *out, const char *macro, const char *word)
{
	/* Two or three letters with a capital could be a macro's name. */
	strbuf_addf(out, " %s %s%s", macro, isupper((unsigned char)word[0]) ? "\\&" : "", word);
}

static void add_options(struct strbuf *out)
{
	const char *group = "";

	for (size_t i = 0; i < noptions; i++) {
		const struct option_row *row = &option_table[i];

		if (strcmp(group, row->group) != 0) {
			if (group[0] != '\0')
				strbuf_adds(out, ".El\n");
			strbuf_addf(out, ".Ss %s\n.Bl -tag -width Ds\n", row->group);
			group = row->group;
		}
		strbuf_adds(out, ".It");
		if (row->letter) {
			strbuf_addf(out, " Fl %s%c", row->letter == '?' ? "\\&" : "", row->letter);
			if (row->argument != NULL)
				strbuf_addf(out, " Ar %s", row->argument);
			strbuf_adds(out, " ,");
		}
		strbuf_addf(out, " Fl -%s", row->name);
		if (row->argument != NULL)
			strbuf_addf(out, row->optional ? " Ns Op = Ns Ar %s" : " Ns = Ns Ar %s", row->argument);
		strbuf_addc(out, '\n');
		add_sentence(out, row->help);
		if (row->more != NULL)
			strbuf_addf(out, "%s\n", row->more);
	}
	strbuf_adds(out, ".El\n");
}

/* The panes a command is for, unless it is for all or for none. */
static void add_places(struct strbuf *out, const struct panes *panes, const struct command *c)
{
	struct strbuf names = STRBUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < panes->n; i++) {
		if (!command_fits_pane(c, &panes->pane[i]))
			continue;
		strbuf_addf(&names, " %s", panes->pane[i].name);
		n++;
	}
	if (n > 0 && n < panes->n)
		strbuf_addf(out, "Only in:%s.\n", names.text);
	strbuf_free(&names);
}

static void add_keys(struct strbuf *out)
{
	struct panes *panes = panes_new();

	for (int g = 0; g < GROUP_COUNT; g++) {
		bool begun = false;

		for (size_t i = 0; i < ncommands; i++) {
			const struct command *c = &commands[i];

			if ((int)c->group != g)
				continue;
			if (!begun)
				strbuf_addf(out, ".Ss %c%s\n.Bl -tag -width Ds\n",
					    toupper((unsigned char)command_group_name(c->group)[0]),
					    command_group_name(c->group) + 1);
			begun = true;
			strbuf_adds(out, ".It Xo\n");
			for (const char *key = c->keys; key != NULL && *key != '\0'; ) {
				size_t n = strcspn(key, " ");

				strbuf_addf(out, ".Ic \\&%s%.*s ,\n", key[0] == '\\' ? "\\e" : "",
					    (int)(n - (key[0] == '\\')), key + (key[0] == '\\'));
				key += n;
				key += strspn(key, " ");
			}
			strbuf_addf(out, ".Ic \\&:%s\n.Xc\n", c->name);
			add_sentence(out, c->manual);
			add_places(out, panes, c);
		}
		if (begun)
			strbuf_adds(out, ".El\n");
	}
	panes_free(panes);
}

static const char *type_word(const struct column *c)
{
	static const char *const words[] = {
		[TYPE_TEXT] = "text", [TYPE_INT] = "int", [TYPE_FLOAT] = "float",
		[TYPE_BOOL] = "bool", [TYPE_TIME] = "time", [TYPE_LIST] = "list",
	};

	return words[c->type];
}

static void add_column(struct strbuf *out, const struct column *c)
{
	const char *unit = unit_name(c->unit);

	if (c->flags & COLUMN_INTERNAL)
		return;
	strbuf_adds(out, ".It");
	add_words(out, "Va", c->name);
	strbuf_addf(out, " Pq %s", type_word(c));
	if (unit != NULL)
		strbuf_addf(out, " , %s", unit);
	if (c->flags & COLUMN_KEY)
		strbuf_adds(out, " , key");
	if (c->flags & COLUMN_ESTIMATE)
		strbuf_adds(out, " , estimated");
	if (c->flags & COLUMN_SCREEN)
		strbuf_adds(out, " , not in JSON and CSV");
	strbuf_addc(out, '\n');
	if (c->help != NULL)
		add_sentence(out, c->help);
}

static void add_panes(struct strbuf *out)
{
	struct panes *panes = panes_new();

	for (size_t i = 0; i < panes->n; i++) {
		const struct pane *p = &panes->pane[i];

		strbuf_addf(out, ".Ss %d %s\n", p->number, p->name);
		add_sentence(out, p->help);
		if (p->collector == NULL)
			continue;
		strbuf_adds(out, ".Bl -tag -width Ds\n");
		for (size_t n = 0; n < p->collector->ncolumns; n++)
			add_column(out, &p->collector->columns[n]);
		strbuf_adds(out, ".El\n");
	}
	panes_free(panes);
}

static void add_checks(struct strbuf *out)
{
	strbuf_adds(out, ".Bl -bullet -compact\n");
	for (size_t i = 0; i < ncollectors; i++)
		for (const char *const *id = collectors[i]->checks; id != NULL && *id != NULL; id++)
			strbuf_addf(out, ".It\n%s\n", *id);
	strbuf_adds(out, ".It\nconnection-lost\n.El\n");
}

static void add_limits(struct strbuf *out)
{
	strbuf_adds(out, ".Bl -tag -width Ds\n");
	for (int i = 0; i < LIMIT_COUNT; i++) {
		const struct limit *l = &limit_table[i];

		strbuf_adds(out, ".It");
		add_words(out, "Va", l->name);
		strbuf_addc(out, '\n');
		add_sentence(out, l->help);
		if (l->nvalues == 2)
			strbuf_addf(out, "By default %.16g and %.16g, ", l->defaults[0], l->defaults[1]);
		else
			strbuf_addf(out, "By default %.16g, ", l->defaults[0]);
		strbuf_addf(out, "from %.16g to %.16g.\n", l->lowest, l->highest);
	}
	strbuf_adds(out, ".El\n");
}

static void add_config(struct strbuf *out)
{
	strbuf_adds(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < nconfig_members; i++) {
		strbuf_adds(out, ".It");
		add_words(out, "Va", config_members[i].name);
		strbuf_addf(out, " Pq %s\n", config_members[i].type);
		add_sentence(out, config_members[i].help);
	}
	strbuf_adds(out, ".El\n");
}

static void add_roles(struct strbuf *out)
{
	strbuf_adds(out, ".Bl -tag -width Ds\n");
	for (int i = 0; i < ROLE_COUNT; i++) {
		strbuf_adds(out, ".It");
		add_words(out, "Va", role_name((enum role)i));
		strbuf_addc(out, '\n');
		add_sentence(out, role_use((enum role)i));
	}
	strbuf_adds(out, ".El\n");
}

static void add_themes(struct strbuf *out)
{
	strbuf_adds(out, ".Bl -tag -width Ds -compact\n");
	for (size_t i = 0; i < nbuiltin_themes; i++) {
		struct theme *theme = theme_builtin(builtin_themes[i].name);

		strbuf_addf(out, ".It Cm %s\nFor a %s ground.\n", builtin_themes[i].name, theme->light ? "light" : "dark");
		theme_free(theme);
	}
	strbuf_adds(out, ".El\n");
}

enum { EXAMPLE_WIDTH = 76, EXAMPLE_INDENT = 19 };

/* Where a line of JSON is best broken before `width`: behind the last comma outside of lists; 0: nowhere. */
static size_t break_before(const char *line, size_t width)
{
	size_t found = 0;
	bool in_list = false;

	for (size_t i = 0; i < width; i++) {
		if (line[i] == '[' || line[i] == ']')
			in_list = line[i] == '[';
		else if (line[i] == ',' && !in_list)
			found = i + 1;
	}
	return found;
}

/* A line of a theme file, broken where it is wider than a page. */
static void add_example_line(struct strbuf *out, const char *line, size_t len)
{
	size_t width = EXAMPLE_WIDTH, cut;

	while (len > width && (cut = break_before(line, width)) > 0) {
		strbuf_addf(out, "%.*s\n%*s", (int)cut, line, EXAMPLE_INDENT, "");
		cut += strspn(line + cut, " ");
		line += cut;
		len -= cut;
		width = EXAMPLE_WIDTH - EXAMPLE_INDENT;
	}
	strbuf_addf(out, "%.*s\n", (int)len, line);
}

/* The default theme whole: what a person's own one begins with. */
static void add_example(struct strbuf *out)
{
	const char *name = theme_default_name(NULL);

	strbuf_adds(out, ".Bd -literal\n");
	for (size_t i = 0; i < nbuiltin_themes; i++) {
		const char *line = builtin_themes[i].json, *end = line + builtin_themes[i].len;

		for (size_t n; strcmp(builtin_themes[i].name, name) == 0 && line < end; line += n + 1) {
			const char *newline = memchr(line, '\n', (size_t)(end - line));

			n = (size_t)((newline != NULL ? newline : end) - line);
			add_example_line(out, line, n);
		}
	}
	strbuf_adds(out, ".Ed\n");
}

static void add_intervals(struct strbuf *out)
{
	strbuf_adds(out, ".Bl -tag -width unused_indexes -compact\n");
	for (size_t i = 0; i < ncollectors; i++) {
		strbuf_adds(out, ".It");
		add_words(out, "Va", collectors[i]->name);
		if (collectors[i]->interval_s > 0)
			strbuf_addf(out, "\nEvery %d s.\n", collectors[i]->interval_s);
		else
			strbuf_adds(out, "\nEvery tick.\n");
	}
	strbuf_adds(out, ".El\n");
}

/* One row of the help's legend: signs, and what they mean. */
static void add_legend_rows(struct strbuf *out, const struct help_legend *rows, size_t n)
{
	strbuf_adds(out, ".Bl -tag -width \"kB MB GB\" -compact\n");
	for (size_t i = 0; i < n; i++) {
		strbuf_addf(out, ".It Li \"%s\"\n", rows[i].keys);
		add_sentence(out, rows[i].words);
	}
	strbuf_adds(out, ".El\n");
}

static void add_signs(struct strbuf *out)
{
	add_legend_rows(out, help_signs, HELP_LEGENDS);
}

static void add_figures(struct strbuf *out)
{
	add_legend_rows(out, help_figures, HELP_LEGENDS);
}

static const struct insertion insertions[] = {
	{ "options", add_options }, { "keys", add_keys }, { "panes", add_panes }, { "checks", add_checks },
	{ "intervals", add_intervals }, { "signs", add_signs }, { "figures", add_figures },
	{ "limits", add_limits }, { "config", add_config }, { "themes", add_themes }, { "roles", add_roles },
	{ "example", add_example },
};

int main(int argc, char **argv)
{
	const struct template template = {
		.program = "manual", .mark = ".\\\" @", .insertions = insertions, .n = sizeof(insertions) / sizeof(insertions[0]),
	};

	if (argc == 2)
		return template_print(&template, argv[1]);
	fputs("manual: expected a template\n", stderr);
	return 1;
}

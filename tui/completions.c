/*
 * completions SHELL TEMPLATE: prints the completion of a shell. It is a template in which a line `# @NAME@` stands for what the table of options says. `make man`
 * writes man/completions/ with it.
 */
#include <stdio.h>
#include <string.h>

#include "collectors/base/strbuf.h"
#include "collectors/collector.h"
#include "options.h"
#include "template.h"

/* What may stand for the value of an option that has a list of them. */
static void add_choices(struct strbuf *out, const struct option_row *row)
{
	if (row->completion == COMPLETE_WORDS) {
		for (const char *at = row->argument; *at != '\0'; at++)
			strbuf_addc(out, *at == '|' ? ' ' : *at);
		return;
	}
	if (row->completion == COMPLETE_PANE)
		strbuf_adds(out, "overview ");
	for (size_t i = 0; i < ncollectors; i++)
		strbuf_addf(out, "%s%s", i > 0 ? " " : "", collectors[i]->name);
}

/* What finds the values in each shell; in zsh and fish a list needs nobody. */
static const struct {
	const char *bash, *zsh, *fish;
} workers[] = {
	[COMPLETE_NOTHING] = { "nothing", " ", "" },
	[COMPLETE_HOST] = { "hosts", "_hosts", "(__fish_print_hostnames)" },
	[COMPLETE_DATABASE] = { "database", "_pgtop_prod_databases", "(__pgtop_prod_services)" },
	[COMPLETE_FILE] = { "files", "_files", "" },
	[COMPLETE_THEME] = { "themes", "_pgtop_prod_themes", "(__pgtop_prod_themes)" },
	[COMPLETE_PANE] = { "words", NULL, NULL },
	[COMPLETE_COLLECTOR] = { "words", NULL, NULL },
	[COMPLETE_WORDS] = { "words", NULL, NULL },
};

/* Text between single quotes, with a backslash before each of these characters. */
static void add_quoted(struct strbuf *out, const char *text, const char *special, const char *quote)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			strbuf_adds(out, quote);
		else if (strchr(special, *text) != NULL)
			strbuf_addf(out, "\\%c", *text);
		else
			strbuf_addc(out, *text);
	}
}

static void add_bash_values(struct strbuf *out)
{
	for (size_t i = 0; i < noptions; i++) {
		const struct option_row *row = &option_table[i];

		if (row->argument == NULL)
			continue;
		strbuf_addc(out, '\t');
		if (row->letter)
			strbuf_addf(out, "-%c | ", row->letter);
		strbuf_addf(out, "--%s) %skind=%s", row->name, row->optional ? "[[ -n $joined ]] && " : "", workers[row->completion].bash);
		if (workers[row->completion].zsh == NULL) {
			strbuf_adds(out, " words='");
			add_choices(out, row);
			strbuf_addc(out, '\'');
		}
		strbuf_adds(out, " ;;\n");
	}
}

static void add_bash_names(struct strbuf *out)
{
	for (size_t i = 0; i < noptions; i++) {
		const struct option_row *row = &option_table[i];

		strbuf_addf(out, "\t\t\twords+='%s--%s%s'\n", i > 0 ? " " : "", row->name, row->argument != NULL && !row->optional ? "=" : "");
	}
}

static void add_zsh_value(struct strbuf *out, const struct option_row *row)
{
	strbuf_adds(out, row->optional ? "::" : ":");
	add_quoted(out, row->argument, ":", "'\\''");
	strbuf_addc(out, ':');
	if (workers[row->completion].zsh != NULL) {
		strbuf_adds(out, workers[row->completion].zsh);
		return;
	}
	strbuf_addc(out, '(');
	add_choices(out, row);
	strbuf_addc(out, ')');
}

static void add_zsh(struct strbuf *out)
{
	for (size_t i = 0; i < noptions; i++) {
		const struct option_row *row = &option_table[i];
		const char *value = row->argument == NULL ? "" : row->optional ? "=-" : "=";

		strbuf_adds(out, "\t");
		if (row->letter)
			strbuf_addf(out, "'(-%c --%s)'{'-%c%s','--%s%s'}'", row->letter, row->name, row->letter,
				    row->argument != NULL ? "+" : "", row->name, value);
		else
			strbuf_addf(out, "'%s--%s%s", row->repeatable ? "*" : "", row->name, value);
		strbuf_addc(out, '[');
		add_quoted(out, row->help, "[]:", "'\\''");
		strbuf_addc(out, ']');
		if (row->argument != NULL)
			add_zsh_value(out, row);
		strbuf_adds(out, "' \\\n");
	}
}

static void add_fish(struct strbuf *out)
{
	for (size_t i = 0; i < noptions; i++) {
		const struct option_row *row = &option_table[i];
		struct strbuf offered = STRBUF_INIT;

		if (workers[row->completion].fish != NULL)
			strbuf_adds(&offered, workers[row->completion].fish);
		else
			add_choices(&offered, row);
		strbuf_adds(out, "complete -c pgtop-prod");
		if (row->letter)
			strbuf_addf(out, " -s '%c'", row->letter);
		strbuf_addf(out, " -l %s", row->name);
		if (row->argument != NULL && !row->optional)
			strbuf_adds(out, row->completion == COMPLETE_FILE ? " -r -F" : " -x");
		if (offered.len > 0)
			strbuf_addf(out, " -a '%s'", offered.text);
		strbuf_adds(out, " -d '");
		add_quoted(out, row->help, "\\", "\\'");
		strbuf_adds(out, "'\n");
		strbuf_free(&offered);
	}
}

static const struct insertion bash[] = { { "values", add_bash_values }, { "names", add_bash_names } };
static const struct insertion zsh[] = { { "options", add_zsh } };
static const struct insertion fish[] = { { "options", add_fish } };

static const struct {
	const char *name;
	const struct insertion *insertions;
	size_t n;
} shells[] = {
	{ "bash", bash, sizeof(bash) / sizeof(*bash) }, { "zsh", zsh, sizeof(zsh) / sizeof(*zsh) }, { "fish", fish, sizeof(fish) / sizeof(*fish) },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 3 && i < sizeof(shells) / sizeof(*shells); i++) {
		const struct template template = {
			.program = "completions", .mark = "# @", .insertions = shells[i].insertions, .n = shells[i].n,
		};

		if (strcmp(shells[i].name, argv[1]) == 0)
			return template_print(&template, argv[2]);
	}
	fputs("completions: expected bash, zsh or fish, and its template\n", stderr);
	return 1;
}

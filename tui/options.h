/*
 * The command line: one table of options, from which the parser, --help and the manual are drawn.
 *
 * Parsing touches nothing outside: it opens no file and asks no environment. All texts in `struct options` point into argv.
 */
#ifndef PGTOP_OPTIONS_H
#define PGTOP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "collectors/base/strbuf.h"
#include "collectors/server/server.h"

/* What the program is asked to do. */
enum run {
	RUN_SCREEN,
	RUN_ONCE,
	RUN_SHOW_SQL,
	RUN_LIST_THEMES,
	RUN_HELP,
	RUN_VERSION,
};

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

enum { OPTIONS_PANES = 16 };

struct options {
	enum run run;
	struct server_options server;   /* interval_s and connect_timeout_s: 0 where not given */
	bool ask_password;
	enum format format;
	const char *panes[OPTIONS_PANES];   /* names that collector_find() knows, or "overview" */
	size_t npanes;
	const char *show_sql;           /* only this pane's statements; NULL: all */
	const char *config;             /* NULL: the default file */
	const char *theme;              /* NULL: not given */
	bool read_only, ascii, no_color, demo;
};

struct option_parsing;

/* What a shell offers for an option's value. */
enum completion {
	COMPLETE_NOTHING,
	COMPLETE_HOST,
	COMPLETE_DATABASE,   /* also the word that is no option: a service */
	COMPLETE_FILE,
	COMPLETE_THEME,
	COMPLETE_PANE,       /* also the overview */
	COMPLETE_COLLECTOR,
	COMPLETE_WORDS,      /* those of `argument`: a|b|c */
};

/* One option: what is said of it, and where its value goes. */
struct option_row {
	char letter;             /* 0: none */
	const char *name;        /* without the dashes */
	const char *argument;    /* NULL: takes none */
	bool optional;           /* ... its argument may be left out */
	bool repeatable;
	enum completion completion;
	const char *group;       /* heading in --help */
	const char *help;        /* one line */
	const char *more;        /* for the manual: mdoc text behind the line; NULL: none */

	/* Takes the value; word: the argument, NULL: none. Gives false and says what is wrong with it. */
	bool (*set)(struct option_parsing *p, const struct option_row *row, char *word);
	size_t into;             /* for a `set` that only stores: where in struct options */
	enum run run;            /* for one that says what the program is to do */
	bool connection;         /* says which server, and how: not beside --demo */
};

extern const struct option_row option_table[];
extern const size_t noptions;

/*
 * Reads the command line; argv may be reordered. `terminal` says whether stdout is one: if not, --once is meant. On an error
 * gives false and one line in error, which names the thing and the remedy.
 */
bool options_parse(struct options *o, int argc, char **argv, bool terminal, struct strbuf *error);

/* What --help says. */
void options_help(struct strbuf *out);

/* A number with nothing behind it, digits and a point only, within the bounds. */
bool number_parse(const char *word, double lowest, double highest, double *value);

#endif

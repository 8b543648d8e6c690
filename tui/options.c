#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/secret.h"
#include "collectors/base/text.h"
#include "collectors/collector.h"

#define CONNECTION "Connection"
#define DISPLAY "Screen"
#define REPORT "Without a screen"
#define OTHER "Other"

/*
 * The command line while it is read: what it says, and what of it excludes other things.
 */
struct option_parsing {
	struct options *o;
	const char *database;    /* -d, or the word */
	bool format, once, connection;
	struct strbuf *error;
};

bool number_parse(const char *word, double lowest, double highest, double *value)
{
	char *end;

	/* strtod() would also take blanks, signs, "inf" and "0x10". */
	if (word[0] == '\0' || word[strspn(word, "0123456789.")] != '\0')
		return false;
	*value = strtod(word, &end);
	return *end == '\0' && end != word && *value >= lowest && *value <= highest;
}

/* Numbers separated by commas, one for each host; an empty one is the default port. */
static bool port_valid(const char *word)
{
	while (*word != '\0') {
		char *end = NULL;
		size_t digits = strspn(word, "0123456789");

		if (digits > 0) {
			long port = strtol(word, &end, 10);

			if (digits > 5 || port < 1 || port > 65535)
				return false;
		}
		word += digits;
		if (*word == ',')
			word++;
		else if (*word != '\0')
			return false;
	}
	return true;
}

/* Words of the command line are text from elsewhere: they are quoted clean, and without the password that one may hold. */
static void add_word(struct strbuf *out, const char *word)
{
	char *hidden = secret_hidden(word);

	text_clean(out, hidden, strlen(hidden), 0);
	free(hidden);
}

static bool bad_value(struct strbuf *error, const char *option, const char *word, const char *expected)
{
	strbuf_addf(error, "--%s=", option);
	add_word(error, word);
	strbuf_addf(error, ": expected %s", expected);
	return false;
}

static bool bad_pane(struct strbuf *error, const char *option, const char *word, bool overview)
{
	struct strbuf expected = STRBUF_INIT;

	strbuf_adds(&expected, "one of");
	if (overview)
		strbuf_adds(&expected, " overview");
	for (size_t i = 0; i < ncollectors; i++)
		strbuf_addf(&expected, " %s", collectors[i]->name);
	bad_value(error, option, word, expected.text);
	strbuf_free(&expected);
	return false;
}

static bool set_word(struct option_parsing *p, const struct option_row *row, char *word)
{
	*(const char **)((char *)p->o + row->into) = word;
	return true;
}

static bool set_flag(struct option_parsing *p, const struct option_row *row, char *word)
{
	(void)word;
	*(bool *)((char *)p->o + row->into) = true;
	return true;
}

static bool set_seconds(struct option_parsing *p, const struct option_row *row, char *word)
{
	double *seconds = (double *)((char *)p->o + row->into);

	return number_parse(word, INTERVAL_LOWEST, INTERVAL_HIGHEST, seconds) ||
	       bad_value(p->error, row->name, word, "seconds from 0.1 to 3600");
}

static bool set_run(struct option_parsing *p, const struct option_row *row, char *word)
{
	(void)word;
	p->o->run = row->run;
	return true;
}

static bool set_port(struct option_parsing *p, const struct option_row *row, char *word)
{
	p->o->server.port = word;
	return port_valid(word) || bad_value(p->error, row->name, word, "a number from 1 to 65535");
}

static bool set_database(struct option_parsing *p, const struct option_row *row, char *word)
{
	(void)row;
	if (p->database != NULL) {
		strbuf_adds(p->error, "two databases, ");
		add_word(p->error, p->database);
		strbuf_adds(p->error, " and ");
		add_word(p->error, word);
		strbuf_adds(p->error, "; give one (the role goes behind -U)");
		return false;
	}
	p->database = word;
	p->o->server.conninfo = word;
	return true;
}

static bool set_pane(struct option_parsing *p, const struct option_row *row, char *word)
{
	struct options *o = p->o;

	if (strcmp(word, "overview") != 0 && collector_find(word) == NULL)
		return bad_pane(p->error, row->name, word, true);
	if (o->npanes == OPTIONS_PANES) {
		strbuf_adds(p->error, "too many --pane; leave it out to print all");
		return false;
	}
	o->panes[o->npanes++] = word;
	return true;
}

/* RUN_ONCE comes later: what needs no server, as --show-sql, goes before it. */
static bool set_once(struct option_parsing *p, const struct option_row *row, char *word)
{
	(void)row;
	(void)word;
	p->once = true;
	return true;
}

static bool set_format(struct option_parsing *p, const struct option_row *row, char *word)
{
	static const char *const names[] = { [FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", [FORMAT_CSV] = "csv" };

	p->format = true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i]) == 0) {
			p->o->format = (enum format)i;
			return true;
		}
	return bad_value(p->error, row->name, word, "text, json or csv");
}

static bool set_show_sql(struct option_parsing *p, const struct option_row *row, char *word)
{
	p->o->run = RUN_SHOW_SQL;
	p->o->show_sql = word;
	return word == NULL || collector_find(word) != NULL || bad_pane(p->error, row->name, word, false);
}

/*
 * Where a member lies. The comparison is never made: it has the compiler see that the member is of
 * the type that the setter stores.
 */
#define PLACE(type, member) \
	(offsetof(struct options, member) + 0 * sizeof((type *)NULL == &((struct options *)NULL)->member))
#define WORD(member) .set = set_word, .into = PLACE(const char *, member)
#define FLAG(member) .set = set_flag, .into = PLACE(bool, member)
#define SECONDS(member) .set = set_seconds, .into = PLACE(double, member)

const struct option_row option_table[] = {
	{ .letter = 'h', .name = "host", .argument = "HOST", .completion = COMPLETE_HOST, .group = CONNECTION,
	  WORD(server.host), .connection = true,
	  .help = "server's host name, address or socket directory",
	  .more = "A list separated by commas is tried in order." },
	{ .letter = 'p', .name = "port", .argument = "PORT", .group = CONNECTION,
	  .set = set_port, .connection = true,
	  .help = "server's port" },
	{ .letter = 'U', .name = "username", .argument = "NAME", .group = CONNECTION,
	  WORD(server.user), .connection = true,
	  .help = "role to connect as" },
	{ .letter = 'd', .name = "dbname", .argument = "DBNAME", .completion = COMPLETE_DATABASE, .group = CONNECTION,
	  .set = set_database, .connection = true,
	  .help = "database, connection string or URI" },
	{ .letter = 'w', .name = "no-password", .group = CONNECTION,
	  FLAG(server.never_ask_password), .connection = true,
	  .help = "never ask for a password" },
	{ .letter = 'W', .name = "password", .group = CONNECTION,
	  FLAG(ask_password), .connection = true,
	  .help = "ask for a password before connecting",
	  .more = "Without it the password is asked for when the server wants one." },
	{ .name = "connect-timeout", .argument = "SECONDS", .group = CONNECTION,
	  SECONDS(server.connect_timeout_s), .connection = true,
	  .help = "give up on an address after so long (5)",
	  .more = "From 0.1 to 3600.\nIt goes above connect_timeout of the connection string and above\n"
		  ".Ev PGCONNECT_TIMEOUT ." },
	{ .name = "demo", .group = CONNECTION,
	  FLAG(demo),
	  .help = "watch a throwaway server with an application in trouble",
	  .more = "Starts a private PostgreSQL server of this machine's own programs, reached by a socket only, and loads it with\n"
		  "an orders application that has every trouble this program knows: sessions that block each other, a query without\n"
		  "its index, indexes that nothing reads, materialized views that nobody refreshes.\n"
		  "There matview_stale_s is 30: the server is too young for a day.\n"
		  "Everything is removed when the program ends." },
	{ .letter = 's', .name = "interval", .argument = "SECONDS", .group = DISPLAY,
	  SECONDS(server.interval_s),
	  .help = "ask this often, 0.1 to 3600 (2)" },
	{ .name = "read-only", .group = DISPLAY,
	  FLAG(read_only),
	  .help = "no command that writes on the server exists" },
	{ .name = "theme", .argument = "NAME|FILE", .completion = COMPLETE_THEME, .group = DISPLAY,
	  WORD(theme),
	  .help = "colours; --list-themes names them",
	  .more = "A word with a slash or ending in .json is a file." },
	{ .name = "ascii", .group = DISPLAY,
	  FLAG(ascii),
	  .help = "draw with ASCII characters only" },
	{ .name = "no-color", .group = DISPLAY,
	  FLAG(no_color),
	  .help = "no colours, as with NO_COLOR in the environment" },
	{ .name = "pane", .argument = "NAME", .completion = COMPLETE_PANE, .repeatable = true, .group = DISPLAY,
	  .set = set_pane,
	  .help = "open this pane; with --once print only it (repeatable)" },
	{ .name = "config", .argument = "FILE", .completion = COMPLETE_FILE, .group = DISPLAY,
	  WORD(config),
	  .help = "read this instead of the default config.json" },
	{ .name = "once", .group = REPORT,
	  .set = set_once,
	  .help = "collect once, print, end; so also when stdout is no terminal",
	  .more = "Rates need two samples, which are taken one second apart." },
	{ .name = "format", .argument = "text|json|csv", .completion = COMPLETE_WORDS, .group = REPORT,
	  .set = set_format,
	  .help = "form of what --once prints (text); csv takes one --pane" },
	{ .name = "show-sql", .argument = "PANE", .optional = true, .completion = COMPLETE_COLLECTOR, .group = REPORT,
	  .set = set_show_sql,
	  .help = "print every statement sent to a server; needs no server",
	  .more = "With the versions each is for and the rights it needs." },
	{ .name = "list-themes", .group = REPORT,
	  .set = set_run, .run = RUN_LIST_THEMES,
	  .help = "print the names of the themes" },
	{ .letter = 'V', .name = "version", .group = OTHER,
	  .set = set_run, .run = RUN_VERSION,
	  .help = "print the version" },
	{ .letter = '?', .name = "help", .group = OTHER,
	  .set = set_run, .run = RUN_HELP,
	  .help = "print this" },
};
const size_t noptions = sizeof(option_table) / sizeof(option_table[0]);

enum { NOPTIONS = sizeof(option_table) / sizeof(option_table[0]) };

/* What getopt_long() calls the option: its letter, or a number above all letters. */
static int option_id(const struct option_row *row)
{
	return row->letter ? row->letter : 256 + (int)(row - option_table);
}

static const struct option_row *row_by_id(int id)
{
	for (size_t i = 0; i < noptions; i++)
		if (option_id(&option_table[i]) == id)
			return &option_table[i];
	return NULL;
}

/* getopt_long() found no option in this word: says why. */
static void explain_unknown(const char *word, int letter, struct strbuf *error)
{
	const struct option_row *row = row_by_id(letter);
	size_t length = strcspn(word, "=");
	size_t matches = 0;

	if (row != NULL) {
		strbuf_addf(error, "option --%s takes no value", row->name);
		return;
	}
	if (letter != 0) {
		char option[2] = { (char)letter, '\0' };

		strbuf_adds(error, "unknown option -");
		add_word(error, option);
		return;
	}
	for (size_t i = 0; i < noptions && length > 2; i++)
		matches += strncmp(option_table[i].name, word + 2, length - 2) == 0;
	strbuf_adds(error, matches > 1 ? "option is short for more than one: " : "unknown option ");
	add_word(error, word);
}

static bool check_exclusions(const struct option_parsing *p)
{
	const struct options *o = p->o;
	const char *wrong = NULL;

	if (o->server.never_ask_password && o->ask_password)
		wrong = "-w and -W exclude each other; give one";
	else if (o->demo && p->connection)
		wrong = "--demo brings its own server; leave out the connection options";
	else if (o->demo && p->database != NULL)
		wrong = "--demo brings its own server; leave out the database";
	else if (o->run == RUN_SCREEN && p->format)
		wrong = "--format needs --once";
	else if (o->run == RUN_SCREEN && o->npanes > 1)
		wrong = "--pane more than once needs --once";
	else if (o->run == RUN_ONCE && o->format == FORMAT_CSV &&
		 (o->npanes != 1 || collector_find(o->panes[0]) == NULL))
		wrong = "--format=csv takes exactly one --pane, and not the overview";
	if (wrong != NULL)
		strbuf_adds(p->error, wrong);
	return wrong == NULL;
}

/* The table in the form getopt_long() wants. */
static void build_getopt(struct option longs[NOPTIONS + 1], char letters[2 * NOPTIONS + 3])
{
	char *at = letters;

	*at++ = ':';   /* a missing argument is told apart */
	for (size_t i = 0; i < NOPTIONS; i++) {
		const struct option_row *row = &option_table[i];

		longs[i] = (struct option){
			.name = row->name,
			.has_arg = row->argument == NULL ? no_argument : row->optional ? optional_argument : required_argument,
			.val = option_id(row),
		};
		/* `-?` cannot be asked for: getopt_long() answers with it for what it does not know. */
		if (!row->letter || row->letter == '?')
			continue;
		*at++ = row->letter;
		if (row->argument != NULL)
			*at++ = ':';
	}
	*at = '\0';
	longs[NOPTIONS] = (struct option){ 0 };
}

static bool parse_words(struct option_parsing *p, int argc, char **argv)
{
	struct option longs[NOPTIONS + 1];
	char letters[2 * NOPTIONS + 3];

	build_getopt(longs, letters);
	optind = 0;   /* glibc: start anew; tests parse more than once */
	opterr = 0;
	for (;;) {
		int at = optind == 0 ? 1 : optind, which = -1;
		int id = getopt_long(argc, argv, letters, longs, &which);
		const struct option_row *row;

		if (id == -1)
			break;
		if (id == ':') {
			strbuf_addf(p->error, "option --%s needs a value: %s", row_by_id(optopt)->name, row_by_id(optopt)->argument);
			return false;
		}
		if (id == '?' && which < 0 && optopt != '?') {
			explain_unknown(argv[optind > at ? optind - 1 : at], optopt, p->error);
			return false;
		}
		row = row_by_id(id);
		p->connection |= row->connection;
		if (!row->set(p, row, optarg))
			return false;
		if (p->o->run == RUN_HELP || p->o->run == RUN_VERSION)
			return true;   /* whatever else was meant, this helps */
	}
	for (int i = optind; i < argc; i++)
		if (!set_database(p, NULL, argv[i]))
			return false;
	return true;
}

bool options_parse(struct options *o, int argc, char **argv, bool terminal, struct strbuf *error)
{
	struct option_parsing p = { .o = o, .error = error };

	*o = (struct options){ .run = RUN_SCREEN };
	strbuf_reset(error);
	if (parse_words(&p, argc, argv)) {
		if (o->run == RUN_SCREEN && (p.once || !terminal))
			o->run = RUN_ONCE;
		if (o->run == RUN_HELP || o->run == RUN_VERSION || check_exclusions(&p))
			return true;
	}
	strbuf_adds(error, "; try pgtop-prod --help");
	return false;
}

static void add_option_help(struct strbuf *out, const struct option_row *row)
{
	size_t start = out->len;

	if (row->letter)
		strbuf_addf(out, "  -%c, --%s", row->letter, row->name);
	else
		strbuf_addf(out, "      --%s", row->name);
	if (row->argument != NULL)
		strbuf_addf(out, row->optional ? "[=%s]" : "=%s", row->argument);
	if (out->len - start > 30)
		strbuf_addf(out, "\n%32s", "");
	else
		strbuf_addf(out, "%*s", (int)(32 - (out->len - start)), "");
	strbuf_addf(out, "%s\n", row->help);
}

void options_help(struct strbuf *out)
{
	const char *group = "";

	strbuf_adds(out, "pgtop-prod: the screen to open when a production PostgreSQL hurts.\n\n"
			 "Usage: pgtop-prod [OPTION]... [DBNAME | CONNINFO | URI]\n");
	for (size_t i = 0; i < noptions; i++) {
		if (strcmp(group, option_table[i].group) != 0)
			strbuf_addf(out, "\n%s:\n", option_table[i].group);
		group = option_table[i].group;
		add_option_help(out, &option_table[i]);
	}
	strbuf_adds(out, "\nHost, port, role, database and the rest default as in psql: PGHOST and its like, ~/.pgpass, services.\n"
			 "Keys, panes and limits: man pgtop-prod; on the screen: ?\n");
}

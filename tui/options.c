#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/text.h"
#include "collectors/collector.h"

enum {
	ID_ONCE = 256, ID_FORMAT, ID_PANE, ID_SHOW_SQL, ID_CONFIG, ID_READ_ONLY, ID_THEME, ID_LIST_THEMES, ID_ASCII,
	ID_NO_COLOR, ID_DEMO, ID_CONNECT_TIMEOUT,
};

#define CONNECTION "Connection"
#define DISPLAY "Screen"
#define REPORT "Without a screen"
#define OTHER "Other"

const struct option_row option_table[] = {
	{ .id = 'h', .name = "host", .argument = "HOST", .group = CONNECTION,
	  .help = "server's host name, address or socket directory",
	  .more = "A list separated by commas is tried in order." },
	{ .id = 'p', .name = "port", .argument = "PORT", .group = CONNECTION,
	  .help = "server's port" },
	{ .id = 'U', .name = "username", .argument = "NAME", .group = CONNECTION,
	  .help = "role to connect as" },
	{ .id = 'd', .name = "dbname", .argument = "DBNAME", .group = CONNECTION,
	  .help = "database, connection string or URI" },
	{ .id = 'w', .name = "no-password", .group = CONNECTION,
	  .help = "never ask for a password" },
	{ .id = 'W', .name = "password", .group = CONNECTION,
	  .help = "ask for a password before connecting",
	  .more = "Without it the password is asked for when the server wants one." },
	{ .id = ID_CONNECT_TIMEOUT, .name = "connect-timeout", .argument = "SECONDS", .group = CONNECTION,
	  .help = "give up on an address after so long (5)",
	  .more = "From 0.1 to 3600.\nIt goes above connect_timeout of the connection string and above\n"
		  ".Ev PGCONNECT_TIMEOUT ." },
	{ .id = ID_DEMO, .name = "demo", .group = CONNECTION,
	  .help = "watch a throwaway server with an application in trouble",
	  .more = "Starts a private PostgreSQL server of this machine's own programs, reached by a socket only, and loads it with\n"
		  "an orders application whose sessions block each other.\n"
		  "Everything is removed when the program ends." },
	{ .id = 's', .name = "interval", .argument = "SECONDS", .group = DISPLAY,
	  .help = "ask this often, 0.1 to 3600 (2)" },
	{ .id = ID_READ_ONLY, .name = "read-only", .group = DISPLAY,
	  .help = "no command that writes on the server exists" },
	{ .id = ID_THEME, .name = "theme", .argument = "NAME|FILE", .group = DISPLAY,
	  .help = "colours; --list-themes names them",
	  .more = "A word with a slash or ending in .json is a file." },
	{ .id = ID_ASCII, .name = "ascii", .group = DISPLAY,
	  .help = "draw with ASCII characters only" },
	{ .id = ID_NO_COLOR, .name = "no-color", .group = DISPLAY,
	  .help = "no colours, as with NO_COLOR in the environment" },
	{ .id = ID_PANE, .name = "pane", .argument = "NAME", .group = DISPLAY,
	  .help = "open this pane; with --once print only it (repeatable)" },
	{ .id = ID_CONFIG, .name = "config", .argument = "FILE", .group = DISPLAY,
	  .help = "read this instead of the default config.json" },
	{ .id = ID_ONCE, .name = "once", .group = REPORT,
	  .help = "collect once, print, end; so also when stdout is no terminal",
	  .more = "Rates need two samples, which are taken one second apart." },
	{ .id = ID_FORMAT, .name = "format", .argument = "text|json|csv", .group = REPORT,
	  .help = "form of what --once prints (text); csv takes one --pane" },
	{ .id = ID_SHOW_SQL, .name = "show-sql", .argument = "PANE", .optional = true, .group = REPORT,
	  .help = "print every statement sent to a server; needs no server",
	  .more = "With the versions each is for and the rights it needs." },
	{ .id = ID_LIST_THEMES, .name = "list-themes", .group = REPORT,
	  .help = "print the names of the themes" },
	{ .id = 'V', .name = "version", .group = OTHER, .help = "print the version" },
	{ .id = '?', .name = "help", .group = OTHER, .help = "print this" },
};
const size_t noptions = sizeof(option_table) / sizeof(option_table[0]);

enum { NOPTIONS = sizeof(option_table) / sizeof(option_table[0]) };

/* What was given, for what excludes each other. */
struct given {
	const char *database;    /* -d, or the word */
	bool format, once;
	const char *connection;  /* the first connection option, as written in the manual; NULL: none */
};

bool option_has_letter(const struct option_row *row)
{
	return row->id < 256;
}

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

/* Words of the command line are text from elsewhere: they are quoted clean. */
static void add_word(struct strbuf *out, const char *word)
{
	text_clean(out, word, strlen(word), 0);
}

static bool bad_value(struct strbuf *error, const char *option, const char *word, const char *expected)
{
	strbuf_addf(error, "--%s=", option);
	add_word(error, word);
	strbuf_addf(error, ": expected %s", expected);
	return false;
}

static bool pane_known(const char *name)
{
	return strcmp(name, "overview") == 0 || collector_find(name) != NULL;
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

static bool set_format(struct options *o, const char *word, struct strbuf *error)
{
	static const char *const names[] = { [FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", [FORMAT_CSV] = "csv" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i]) == 0) {
			o->format = (enum format)i;
			return true;
		}
	return bad_value(error, "format", word, "text, json or csv");
}

static bool add_pane(struct options *o, const char *word, struct strbuf *error)
{
	if (!pane_known(word))
		return bad_pane(error, "pane", word, true);
	if (o->npanes == OPTIONS_PANES) {
		strbuf_adds(error, "too many --pane; leave it out to print all");
		return false;
	}
	o->panes[o->npanes++] = word;
	return true;
}

static bool set_database(struct options *o, struct given *given, const char *word, struct strbuf *error)
{
	if (given->database != NULL) {
		strbuf_adds(error, "two databases, ");
		add_word(error, given->database);
		strbuf_adds(error, " and ");
		add_word(error, word);
		strbuf_adds(error, "; give one (the role goes behind -U)");
		return false;
	}
	given->database = word;
	o->server.conninfo = word;
	return true;
}

static bool set_seconds(const char *option, const char *word, double *value, struct strbuf *error)
{
	if (number_parse(word, INTERVAL_LOWEST, INTERVAL_HIGHEST, value))
		return true;
	return bad_value(error, option, word, "seconds from 0.1 to 3600");
}

static bool set_connection(struct options *o, struct given *given, int id, char *word, struct strbuf *error)
{
	switch (id) {
	case 'h':
		o->server.host = word;
		return true;
	case 'p':
		o->server.port = word;
		return port_valid(word) || bad_value(error, "port", word, "a number from 1 to 65535");
	case 'U':
		o->server.user = word;
		return true;
	case 'd':
		return set_database(o, given, word, error);
	case 'w':
		o->server.never_ask_password = true;
		return true;
	case 'W':
		o->ask_password = true;
		return true;
	default:
		return set_seconds("connect-timeout", word, &o->server.connect_timeout_s, error);
	}
}

static bool set_one(struct options *o, struct given *given, const struct option_row *row, char *word,
		    struct strbuf *error)
{
	if (strcmp(row->group, CONNECTION) == 0 && row->id != ID_DEMO) {
		given->connection = row->name;
		return set_connection(o, given, row->id, word, error);
	}
	switch (row->id) {
	case 's':
		return set_seconds("interval", word, &o->server.interval_s, error);
	case ID_ONCE:
		given->once = true;
		return true;
	case ID_FORMAT:
		given->format = true;
		return set_format(o, word, error);
	case ID_PANE:
		return add_pane(o, word, error);
	case ID_SHOW_SQL:
		o->run = RUN_SHOW_SQL;
		o->show_sql = word;
		return word == NULL || collector_find(word) != NULL || bad_pane(error, "show-sql", word, false);
	case ID_CONFIG:
		o->config = word;
		return true;
	case ID_READ_ONLY:
		o->read_only = true;
		return true;
	case ID_THEME:
		o->theme = word;
		return true;
	case ID_LIST_THEMES:
		o->run = RUN_LIST_THEMES;
		return true;
	case ID_ASCII:
		o->ascii = true;
		return true;
	case ID_NO_COLOR:
		o->no_color = true;
		return true;
	case ID_DEMO:
		o->demo = true;
		return true;
	case 'V':
		o->run = RUN_VERSION;
		return true;
	default:
		o->run = RUN_HELP;
		return true;
	}
}

static const struct option_row *row_by_id(int id)
{
	for (size_t i = 0; i < noptions; i++)
		if (option_table[i].id == id)
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

static bool check_exclusions(const struct options *o, const struct given *given, struct strbuf *error)
{
	const char *wrong = NULL;

	if (o->server.never_ask_password && o->ask_password)
		wrong = "-w and -W exclude each other; give one";
	else if (o->demo && given->connection != NULL)
		wrong = "--demo brings its own server; leave out the connection options";
	else if (o->demo && given->database != NULL)
		wrong = "--demo brings its own server; leave out the database";
	else if (o->run == RUN_SCREEN && given->format)
		wrong = "--format needs --once";
	else if (o->run == RUN_SCREEN && o->npanes > 1)
		wrong = "--pane more than once needs --once";
	else if (o->run == RUN_ONCE && o->format == FORMAT_CSV &&
		 (o->npanes != 1 || collector_find(o->panes[0]) == NULL))
		wrong = "--format=csv takes exactly one --pane, and not the overview";
	if (wrong != NULL)
		strbuf_adds(error, wrong);
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
			.val = row->id,
		};
		/* `-?` cannot be asked for: getopt_long() answers with it for what it does not know. */
		if (!option_has_letter(row) || row->id == '?')
			continue;
		*at++ = (char)row->id;
		if (row->argument != NULL)
			*at++ = ':';
	}
	*at = '\0';
	longs[NOPTIONS] = (struct option){ 0 };
}

static bool parse_words(struct options *o, struct given *given, int argc, char **argv, struct strbuf *error)
{
	struct option longs[NOPTIONS + 1];
	char letters[2 * NOPTIONS + 3];

	build_getopt(longs, letters);
	optind = 0;   /* glibc: start anew; tests parse more than once */
	opterr = 0;
	for (;;) {
		int at = optind == 0 ? 1 : optind, which = -1;
		int id = getopt_long(argc, argv, letters, longs, &which);

		if (id == -1)
			break;
		if (id == ':') {
			strbuf_addf(error, "option --%s needs a value: %s", row_by_id(optopt)->name, row_by_id(optopt)->argument);
			return false;
		}
		if (id == '?' && which < 0 && optopt != '?') {
			explain_unknown(argv[optind > at ? optind - 1 : at], optopt, error);
			return false;
		}
		if (!set_one(o, given, row_by_id(id), optarg, error))
			return false;
		if (o->run == RUN_HELP || o->run == RUN_VERSION)
			return true;   /* whatever else was meant, this helps */
	}
	for (int i = optind; i < argc; i++)
		if (!set_database(o, given, argv[i], error))
			return false;
	return true;
}

bool options_parse(struct options *o, int argc, char **argv, bool terminal, struct strbuf *error)
{
	struct given given = { 0 };

	*o = (struct options){ .run = RUN_SCREEN };
	strbuf_reset(error);
	if (parse_words(o, &given, argc, argv, error)) {
		if (o->run == RUN_SCREEN && (given.once || !terminal))
			o->run = RUN_ONCE;
		if (o->run == RUN_HELP || o->run == RUN_VERSION || check_exclusions(o, &given, error))
			return true;
	}
	strbuf_adds(error, "; try pgtop-prod --help");
	return false;
}

static void add_option_help(struct strbuf *out, const struct option_row *row)
{
	size_t start = out->len;

	if (option_has_letter(row))
		strbuf_addf(out, "  -%c, --%s", row->id, row->name);
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

#include "commands.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/base/memory.h"
#include "commands_run.h"
#include "commands_views.h"
#include "prompt_kinds.h"

const struct command commands[] = {
	{ .name = "down", .keys = "Down j", .group = GROUP_MOVE, .flags = COMMAND_EVERYWHERE, .run = run_down,
	  .help_keys = "↓ ↑ j k", .help = "one row",
	  .manual = "Move to the next row; in a view, scroll one line." },
	{ .name = "up", .keys = "Up k", .group = GROUP_MOVE, .flags = COMMAND_EVERYWHERE, .run = run_up,
	  .manual = "Move to the row before; in a view, scroll back one line." },
	{ .name = "page-down", .keys = "PgDn ^F", .group = GROUP_MOVE, .flags = COMMAND_EVERYWHERE, .run = run_page_down,
	  .help_keys = "^F ^B ^D ^U", .help = "page, half a page",
	  .manual = "Move a page down." },
	{ .name = "page-up", .keys = "PgUp ^B", .group = GROUP_MOVE, .flags = COMMAND_EVERYWHERE, .run = run_page_up,
	  .manual = "Move a page up." },
	{ .name = "half-down", .keys = "^D", .group = GROUP_MOVE, .flags = COMMAND_EVERYWHERE, .run = run_half_down,
	  .manual = "Move half a page down." },
	{ .name = "half-up", .keys = "^U", .group = GROUP_MOVE, .flags = COMMAND_EVERYWHERE, .run = run_half_up,
	  .manual = "Move half a page up." },
	{ .name = "first", .keys = "g Home", .group = GROUP_MOVE, .flags = COMMAND_EVERYWHERE, .run = run_first,
	  .help_keys = "g G", .help = "first, last row",
	  .manual = "Go to the first row, and stay with the worst whichever it is." },
	{ .name = "last", .keys = "G End", .group = GROUP_MOVE, .flags = COMMAND_EVERYWHERE, .run = run_last,
	  .manual = "Go to the last row." },
	{ .name = "left", .keys = "Left", .group = GROUP_MOVE, .flags = COMMAND_IN_TABLE, .run = run_left,
	  .help_keys = "← →", .help = "shift the text",
	  .manual = "Shift the text at the right back." },
	{ .name = "right", .keys = "Right", .group = GROUP_MOVE, .flags = COMMAND_IN_TABLE,
	  .run = run_right,
	  .manual = "Shift the text at the right, to read on." },
	{ .name = "fold", .keys = "Left", .group = GROUP_MOVE, .flags = COMMAND_IN_TREE | COMMAND_NEEDS_ROW,
	  .run = run_fold, .help_keys = "← →", .help = "fold, unfold", .hint = "fold", .hint_keys = "Left Right", .rank = 20,
	  .manual = "Fold rows of one kind into a line; elsewhere, go to the row above in the tree." },
	{ .name = "unfold", .keys = "Right", .group = GROUP_MOVE, .flags = COMMAND_IN_TREE | COMMAND_NEEDS_ROW,
	  .run = run_unfold,
	  .manual = "Unfold the rows that a line stands for." },

	{ .name = "search", .keys = "/", .group = GROUP_FIND, .flags = COMMAND_IN_PANE | COMMAND_OF_ROWS, .run = run_search,
	  .help_keys = "/ n N", .help = "search, next, prev.", .hint = "search", .rank = 60,
	  .manual = "Search text in the rows, as it is typed." },
	{ .name = "search-help", .keys = "/", .group = GROUP_FIND, .flags = COMMAND_IN_HELP, .run = run_search,
	  .hint = "search the help", .rank = 60,
	  .manual = "In the help: search it." },
	{ .name = "next-match", .keys = "n", .group = GROUP_FIND, .flags = COMMAND_IN_PANE, .run = run_next_match,
	  .manual = "Go to the next row that holds what is searched for." },
	{ .name = "previous-match", .keys = "N", .group = GROUP_FIND, .flags = COMMAND_IN_PANE, .run = run_previous_match,
	  .manual = "Go to the one before." },
	{ .name = "filter", .keys = "\\", .group = GROUP_FIND, .flags = COMMAND_IN_PANE | COMMAND_OF_ROWS, .run = run_filter,
	  .help_keys = "\\", .help = "filter: col:text !not", .hint = "filter", .rank = 70,
	  .manual = "Show only rows that hold every word: text, column:text, !not." },
	{ .name = "sort-left", .keys = "<", .group = GROUP_FIND, .flags = COMMAND_IN_TABLE,
	  .run = run_sort_left, .help_keys = "< > i", .help = "sort column, invert",
	  .manual = "Sort by the column on the left." },
	{ .name = "sort-right", .keys = ">", .group = GROUP_FIND, .flags = COMMAND_IN_TABLE,
	  .run = run_sort_right,
	  .manual = "Sort by the column on the right." },
	{ .name = "invert", .keys = "i", .group = GROUP_FIND, .flags = COMMAND_IN_TABLE,
	  .run = run_invert,
	  .manual = "Sort the other way." },
	{ .name = "all", .keys = "a", .group = GROUP_FIND, .flags = COMMAND_IN_ROWS | COMMAND_NEEDS_MINOR | COMMAND_OF_ROWS, .run = run_all,
	  .help_keys = "a", .help = "all rows, or what matters", .hint = "all", .hint_in = COMMAND_IN_TABLE, .rank = 40,
	  .manual = "Show all rows, or only what matters." },

	{ .name = "window", .keys = "s", .group = GROUP_FIND, .flags = COMMAND_IN_TABLE | COMMAND_NEEDS_WINDOW | COMMAND_OF_ROWS | COMMAND_ARGUMENT, .run = run_window,
	  .help_keys = "s", .help = "statistics window", .hint = "window", .rank = 20,
	  .manual = "Choose what figures are over: the interval, 1, 5 or 15 minutes, or all since the reset; :window takes interval, 1m, 5m, "
		    "15m or all." },

	{ .name = "pane", .keys = "1 2 3 4 5 6 7 8 9", .group = GROUP_GO, .flags = COMMAND_EVERYWHERE | COMMAND_ARGUMENT,
	  .run = run_pane, .help_keys = "1-9 Tab", .help = "pane, next pane",
	  .manual = "Go to the pane of this number; :pane takes its name too." },
	{ .name = "next-pane", .keys = "Tab", .group = GROUP_GO, .flags = COMMAND_EVERYWHERE, .run = run_next_pane,
	  .hint = "pane", .hint_in = COMMAND_IN_OVERVIEW, .rank = 50,
	  .manual = "Go to the next pane." },
	{ .name = "previous-pane", .keys = "S-Tab", .group = GROUP_GO, .flags = COMMAND_EVERYWHERE, .run = run_previous_pane,
	  .manual = "Go to the pane before." },
	{ .name = "command", .keys = ":", .group = GROUP_GO, .flags = COMMAND_EVERYWHERE, .run = run_prompt,
	  .help_keys = ":", .help = "any pane or command",
	  .manual = "Ask for the name of a pane or a command; Tab completes it." },
	{ .name = "evidence", .keys = "Enter", .group = GROUP_GO, .flags = COMMAND_IN_OVERVIEW | COMMAND_NEEDS_ROW,
	  .run = run_enter, .help_keys = "Enter Esc", .help = "to its proof, back", .hint = "evidence", .rank = 10,
	  .manual = "Go to the row that proves the finding in hand." },
	{ .name = "details", .keys = "Enter", .group = GROUP_GO, .flags = COMMAND_IN_ROWS | COMMAND_NEEDS_ROW,
	  .run = run_enter, .help_keys = "Enter Esc", .help = "into it, back", .hint = "details", .rank = 10,
	  .manual = "Show the row in hand in full; a line that stands for several unfolds." },
	{ .name = "back", .keys = "Esc", .group = GROUP_GO, .flags = COMMAND_IN_PANE, .run = run_back,
	  .manual = "Leave search marks, then the filter, then go back where Enter came from, then to the overview." },
	{ .name = "close", .keys = "Esc", .group = GROUP_GO, .flags = COMMAND_IN_VIEW, .run = run_back, .hint = "back", .rank = 5,
	  .manual = "In a view: close it." },
	{ .name = "owner", .keys = "o", .group = GROUP_GO,
	  .flags = COMMAND_IN_ROWS | COMMAND_IN_DETAILS | COMMAND_NEEDS_ROW | COMMAND_NEEDS_OWNER, .run = run_owner,
	  .help_keys = "o", .help = "root or owner of the row", .hint = "root", .rank = 30,
	  .manual = "Go to the session that the one in hand waits for in the end." },

	{ .name = "rights", .group = GROUP_GO, .flags = COMMAND_EVERYWHERE, .run = run_rights,
	  .manual = "Show what is hidden from this role, by pane, with the lines that open it; to a superuser, the lines that make a "
		    "smaller role." },

	{ .name = "pause", .keys = "Space", .group = GROUP_LOOK, .flags = COMMAND_EVERYWHERE | COMMAND_WHILE_RUNNING, .run = run_pause,
	  .help_keys = "Space + -", .help = "pause, interval", .hint = "pause", .hint_in = COMMAND_IN_OVERVIEW, .rank = 80,
	  .manual = "Let the picture stand still while collecting goes on." },
	{ .name = "resume", .keys = "Space", .group = GROUP_LOOK, .flags = COMMAND_EVERYWHERE | COMMAND_WHILE_PAUSED, .run = run_pause,
	  .help_keys = "Space + -", .help = "go on, interval", .hint = "go on", .hint_in = COMMAND_IN_PANE | COMMAND_IN_DETAILS, .rank = 55,
	  .manual = "While it stands still: back to now." },
	{ .name = "longer", .keys = "+", .group = GROUP_LOOK, .flags = COMMAND_EVERYWHERE, .run = run_longer,
	  .manual = "Ask the server less often." },
	{ .name = "shorter", .keys = "-", .group = GROUP_LOOK, .flags = COMMAND_EVERYWHERE, .run = run_shorter,
	  .manual = "Ask the server more often." },
	{ .name = "interval", .group = GROUP_LOOK, .flags = COMMAND_EVERYWHERE | COMMAND_ARGUMENT, .run = run_interval,
	  .manual = "Ask every so many seconds: 0.1 to 3600." },
	{ .name = "wrap", .keys = "w", .group = GROUP_LOOK, .flags = COMMAND_EVERYWHERE, .run = run_wrap,
	  .help_keys = "w v t", .help = "wrap, preview, theme",
	  .manual = "Wrap long lines of a statement, or cut them." },
	{ .name = "preview", .keys = "v", .group = GROUP_LOOK, .flags = COMMAND_IN_PANE, .run = run_preview,
	  .manual = "Show or put away the preview that large screens have." },
	{ .name = "theme", .keys = "t", .group = GROUP_LOOK, .flags = COMMAND_EVERYWHERE | COMMAND_ARGUMENT, .run = run_theme,
	  .manual = "Go to the next theme, which is remembered; :theme takes a name, or a file." },
	{ .name = "refresh", .keys = "r", .group = GROUP_LOOK, .flags = COMMAND_EVERYWHERE, .run = run_refresh,
	  .help_keys = "r ^L", .help = "ask now, redraw",
	  .manual = "Ask the server now; without a connection, try to connect now." },
	{ .name = "redraw", .keys = "^L", .group = GROUP_LOOK, .flags = COMMAND_EVERYWHERE, .run = run_redraw,
	  .manual = "Draw the whole screen anew." },
	{ .name = "copy", .keys = "y", .group = GROUP_LOOK, .flags = COMMAND_IN_PANE | COMMAND_COPIES, .run = run_copy,
	  .help_keys = "y", .help = "copy",
	  .manual = "Copy the statement that mends the row in hand, else its own, or the lines that the pane shows, through the terminal, else into a file." },
	{ .name = "copy-text", .keys = "y", .group = GROUP_LOOK, .flags = COMMAND_IN_DETAILS | COMMAND_IN_RIGHTS | COMMAND_COPIES, .run = run_copy,
	  .hint = "copy", .rank = 20,
	  .manual = "In the details of a row: copy the statement that mends it, else its own; in the view of rights: the lines it shows." },
	{ .name = "help", .keys = "?", .group = GROUP_LOOK, .run = run_help, .hint = "help", .rank = 1000,
	  .flags = COMMAND_IN_PANE | COMMAND_IN_DETAILS | COMMAND_IN_RIGHTS | COMMAND_IN_CONNECTION | COMMAND_IN_QUESTION,
	  .manual = "Show the keys of the pane in hand." },
	{ .name = "quit", .keys = "q ^C", .group = GROUP_LOOK, .flags = COMMAND_EVERYWHERE, .run = run_quit, .hint = "quit", .rank = 1001,
	  .manual = "Quit; in a view, close it." },
	{ .name = "suspend", .keys = "^Z", .group = GROUP_LOOK, .flags = COMMAND_EVERYWHERE, .run = run_suspend,
	  .manual = "Give the terminal back to the shell; fg comes back." },
};

const size_t ncommands = sizeof(commands) / sizeof(*commands);

const char *command_group_name(enum command_group group)
{
	static const char *const names[GROUP_COUNT] = {
		[GROUP_MOVE] = "move", [GROUP_FIND] = "find and sort", [GROUP_GO] = "go", [GROUP_LOOK] = "look",
		[GROUP_ACT] = "act (asks for a typed name)",
	};

	return names[group];
}

static unsigned pane_place(const struct pane *pane)
{
	return !pane->collector ? COMMAND_IN_OVERVIEW : pane->collector->tree ? COMMAND_IN_TREE : COMMAND_IN_TABLE;
}

unsigned command_place(const struct app *app)
{
	if (prompt_row(app)->of_view)
		return 0;
	return app->nlayers ? view_kind(&app->layers[app->nlayers - 1])->place : pane_place(app->pane);
}

/* Whether the pane below has what the command needs. */
static bool pane_has(const struct pane *pane, const struct command *c)
{
	if ((c->flags & COMMAND_NEEDS_MINOR) && !(pane->collector && pane->collector->minor_text))
		return false;
	if ((c->flags & COMMAND_NEEDS_WINDOW) && !(pane->collector && pane->collector->windowed))
		return false;
	return !(c->flags & COMMAND_NEEDS_OWNER) || pane->owner;
}

bool command_fits_pane(const struct command *c, const struct pane *pane)
{
	return (c->flags & pane_place(pane)) && pane_has(pane, c);
}

bool command_fits(const struct app *app, const struct command *c)
{
	if (!(c->flags & command_place(app)) || (app->read_only && (c->flags & COMMAND_WRITES)))
		return false;
	if (c->flags & (app->frozen ? COMMAND_WHILE_RUNNING : COMMAND_WHILE_PAUSED))
		return false;
	return pane_has(app->pane, c);
}

bool commands_act(const struct app *app)
{
	for (size_t i = 0; i < ncommands; i++)
		if (commands[i].flags & COMMAND_WRITES)
			return !app->read_only;
	return false;
}

const struct command *command_for_key(struct app *app, int32_t key)
{
	for (size_t i = 0; i < ncommands; i++) {
		const char *keys = commands[i].keys;
		int32_t own;

		if (!keys || !command_fits(app, &commands[i]))
			continue;
		while ((own = key_parse(&keys)) != KEY_NONE) {
			if (own != key)
				continue;
			if ((commands[i].flags & COMMAND_NEEDS_ROW) && !app->nlayers && !app_rows(app)->nrows)
				return NULL;
			return &commands[i];
		}
	}
	return NULL;
}

static void run_named(struct app *app, const struct command *c, const char *argument)
{
	if (*argument && !(c->flags & COMMAND_ARGUMENT))
		app_say(app, MESSAGE_ERROR, "%s takes no word behind it, here %s", c->name, argument);
	else if ((c->flags & COMMAND_NEEDS_ROW) && !app->nlayers && !app_rows(app)->nrows)
		app_say(app, MESSAGE_NOTE, "%s needs a row, and there is none", c->name);
	else
		c->run(app, argument);
}

static bool begins(const char *name, const char *stem)
{
	return !strncasecmp(name, stem, strlen(stem));
}

/* The i-th name of all that begin with the stem; *n counts them. */
static const char *nth_name(const struct app *app, const char *stem, size_t nth, const char **help, size_t *n)
{
	const char *found = NULL;

	*n = 0;
	for (size_t i = 0; i < app->panes->n; i++) {
		const struct pane *p = &app->panes->pane[i];
		const char *const names[] = { p->tab, p->title, p->name };

		/* one of a pane's names is enough */
		for (size_t k = 0; k < 3; k++) {
			if (!begins(names[k], stem))
				continue;
			if ((*n)++ == nth) {
				found = names[k];
				*help = p->help;
			}
			break;
		}
	}
	for (size_t i = 0; i < ncommands; i++) {
		if (!begins(commands[i].name, stem) || !command_fits(app, &commands[i]))
			continue;
		if ((*n)++ == nth) {
			found = commands[i].name;
			*help = commands[i].manual;
		}
	}
	return found;
}

const char *command_complete(const struct app *app, const char *stem, long which, const char **help)
{
	size_t n;
	long count;

	nth_name(app, stem, 0, help, &n);
	count = (long)n;
	return n ? nth_name(app, stem, (size_t)((which % count + count) % count), help, &n) : NULL;
}

/* The one name that begins so; NULL if none or several do, or it is that name already. */
static const char *only_name(const struct app *app, const char *stem)
{
	const char *help;
	size_t n;
	const char *name = nth_name(app, stem, 0, &help, &n);

	return n == 1 && strcasecmp(name, stem) != 0 ? name : NULL;
}

/* The one name that was meant, with what stood behind its beginning. */
static void execute_whole(struct app *app, const char *name, const char *argument)
{
	char *line = mem_format("%s %s", name, argument);

	command_execute(app, line);
	free(line);
}

void command_execute(struct app *app, const char *line)
{
	char *name, *argument;
	const struct pane *pane;
	const struct command *elsewhere = NULL, *found = NULL;

	line += strspn(line, " ");
	name = mem_string(line);
	for (size_t n = strlen(name); n && name[n - 1] == ' '; n--)
		name[n - 1] = '\0';
	pane = pane_named(app->panes, name);
	argument = name + strcspn(name, " ");
	if (*argument)
		*argument++ = '\0';
	argument += strspn(argument, " ");
	for (size_t i = 0; i < ncommands && !found && !pane; i++) {
		if (strcasecmp(commands[i].name, name) != 0)
			continue;
		if (command_fits(app, &commands[i]))
			found = &commands[i];
		else
			elsewhere = &commands[i];
	}
	if (pane)
		app_show_pane(app, pane);
	else if (found)
		run_named(app, found, argument);
	else if (elsewhere)
		app_say(app, MESSAGE_ERROR, "%s does nothing here", elsewhere->name);
	else if (*name && only_name(app, name))
		execute_whole(app, only_name(app, name), argument);
	else if (*name)
		app_say(app, MESSAGE_ERROR, "no pane and no command is called %s; ? lists the keys, Tab behind : the names", name);
	free(name);
}

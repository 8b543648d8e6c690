/*
 * What keys and `:` do: one table. Dispatch, hints, help and the manual are drawn from its rows;
 * nothing else knows a key.
 *
 * One key may stand in several rows as long as at most one of them fits a place: `Enter` on the
 * overview is another command than elsewhere.
 */
#ifndef PGTOP_COMMANDS_H
#define PGTOP_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app.h"

/*
 * Where a command works and what it needs. Which kind a pane is of, and what it has, its collector
 * says: no command knows a pane by name.
 */
enum command_flags {
	COMMAND_IN_OVERVIEW = 1 << 0,     /* works in the body of the overview */
	COMMAND_IN_TABLE = 1 << 1,        /* ... of a pane whose rows can be sorted */
	COMMAND_IN_TREE = 1 << 2,         /* ... of a pane whose rows are nested */
	COMMAND_IN_DETAILS = 1 << 3,      /* works in the details of a row */
	COMMAND_IN_HELP = 1 << 4,         /* works in the help */
	COMMAND_IN_CONNECTION = 1 << 5,   /* works in the view of the connection */
	COMMAND_NEEDS_ROW = 1 << 6,       /* does nothing without a row in hand; no hint of it where that one is gone */
	COMMAND_NEEDS_MINOR = 1 << 7,     /* only where some rows are minor */
	COMMAND_NEEDS_OWNER = 1 << 8,     /* only where rows have an owner */
	COMMAND_WRITES = 1 << 9,          /* changes something on the server: not there with --read-only */
	COMMAND_ARGUMENT = 1 << 10,       /* takes a word behind its name: `:interval 5` */
	COMMAND_NEEDS_WINDOW = 1 << 11,   /* only where figures are over a window that can be chosen */
	COMMAND_IN_RIGHTS = 1 << 12,      /* works in the view of what is hidden */
	COMMAND_IN_QUESTION = 1 << 13,    /* works in the refusal of an act; while a name is asked for, every key is a letter */
	COMMAND_WHILE_RUNNING = 1 << 14,  /* not there while the picture stands still */
	COMMAND_WHILE_PAUSED = 1 << 15,   /* only there while it does */
	COMMAND_OF_ROWS = 1 << 16,        /* no hint of it where there are no rows, shown or left out */
	COMMAND_COPIES = 1 << 17,         /* no hint of it where there is no text to copy */
};

#define COMMAND_IN_ROWS (COMMAND_IN_TABLE | COMMAND_IN_TREE)
#define COMMAND_IN_PANE (COMMAND_IN_OVERVIEW | COMMAND_IN_ROWS)
#define COMMAND_IN_VIEW \
	(COMMAND_IN_DETAILS | COMMAND_IN_HELP | COMMAND_IN_RIGHTS | COMMAND_IN_CONNECTION | COMMAND_IN_QUESTION)
#define COMMAND_EVERYWHERE (COMMAND_IN_PANE | COMMAND_IN_VIEW)

enum command_group { GROUP_MOVE, GROUP_FIND, GROUP_GO, GROUP_LOOK, GROUP_ACT, GROUP_COUNT };

struct command {
	const char *name;        /* for `:`, one word */
	const char *keys;        /* as key_parse() reads them, separated by blanks; NULL: by name only */
	const char *manual;      /* what it does, for the manual: one line, as of a person's act: "move to the next row" */
	const char *help_keys;   /* the keys of its line in the help, which may stand for the rows behind it too; NULL: no line of its own */
	const char *help;        /* the words of that line */
	const char *hint;        /* words in the hint line; NULL: never there */
	const char *hint_keys;   /* NULL: the first of keys */
	unsigned hint_in;        /* COMMAND_IN_: where the hint stands; 0: in all it is for */
	int rank;                /* of the hint: small ones first, large ones give way first */
	enum command_group group;
	unsigned flags;
	void (*run)(struct app *app, const char *argument);   /* argument: NULL for a key */
};

extern const struct command commands[];
extern const size_t ncommands;

/* "move", "find and sort"... */
const char *command_group_name(enum command_group group);

/* The command of a key in the place that has the focus, or NULL. */
const struct command *command_for_key(struct app *app, int32_t key);

/* Whether it exists here: place, pane and --read-only. */
bool command_fits(const struct app *app, const struct command *c);

/* Whether any command here acts on the server. */
bool commands_act(const struct app *app);

/* Whether it exists in the body of this pane. */
bool command_fits_pane(const struct command *c, const struct pane *pane);

/* The place that has the focus: one COMMAND_IN_; 0 while a name is asked for, where no key is a command. */
unsigned command_place(const struct app *app);

/*
 * Does what was typed behind `:`: a pane's name, or a command's with its argument. What is
 * neither is said.
 */
void command_execute(struct app *app, const char *line);

/*
 * The names `:` knows that begin with stem, `which` counted round: pane names first, then
 * commands. Gives NULL if there is none. *help: its one line.
 */
const char *command_complete(const struct app *app, const char *stem, long which, const char **help);

/* Draws the hints of the place in hand. */
void commands_draw_hints(struct app *app, struct canvas *canvas, int y);

/* Draws the help of the pane in hand from the line layer->scroll on. Gives how many lines it has below its title line. */
int commands_draw_help(const struct app *app, const struct layer *layer, struct canvas *canvas, struct area area);

#endif

/*
 * A stage for the screen: the program's loop on a clock and a terminal of the test's own.
 *
 * Keys are scripted by name, time passes when the test says so, and what is shown is compared
 * with files in tests/screen/expected/: the text of every line, then the role of every cell.
 * UPDATE=1 writes them anew.
 */
#ifndef PGTOP_TESTS_STAGE_H
#define PGTOP_TESTS_STAGE_H

#include "tui/app.h"

struct stage_options {
	int height, width;
	bool ascii, read_only, no_copy, no_color;
	const char *pane;
	bool first_run, throwaway;
	const char *theme;             /* as by --theme */
	const char *state_directory;   /* where a theme is remembered; NULL: nowhere */
};

struct stage {
	struct terminal terminal;      /* first: the scripted one is found through it */
	struct limits limits;
	struct server *server;
	struct look *look;
	const struct theme *theme;     /* what the terminal was told to look like; NULL: nothing yet */
	struct app *app;
	struct now now;
	int height, width;
	bool no_copy;
	struct canvas *shown;          /* what the terminal shows */
	int shows, redraws, suspends;
	const char *typed_ahead;       /* keys that wait in the terminal until it is read, named as for stage_keys(); NULL: none */
	char *copied;                  /* what was given to the terminal's clipboard */
};

/* Takes the server. Draws once. */
struct stage *stage_open(const struct stage_options *options, struct server *take_server, struct now now);

/* The same with a server that is made on the stage's own limits, so that nobody has to keep any. */
struct stage *stage_make(const struct stage_options *options, struct server *(*make)(const struct limits *, struct now),
			 struct now now);

void stage_close(struct stage *s);

/* Presses keys, named as in the command table, and draws as the loop does: after all of them. */
void stage_keys(struct stage *s, const char *keys);

/* Types a text, a character a key. */
void stage_type(struct stage *s, const char *text);

/* Lets time pass; draws when it is due. */
void stage_pass(struct stage *s, double seconds);

void stage_resize(struct stage *s, int height, int width);

/* Compares what is shown with tests/screen/expected/NAME.txt. Fails the test. */
void stage_expect(struct stage *s, const char *name);

/* A line of the screen; a new string. */
char *stage_line(const struct stage *s, int y);

/* The first note of all, on the keys of as many panes as there are; a new string. */
char *stage_first_keys(void);

/* Whether the text stands anywhere on the screen; fails the test if not as wanted. */
void stage_says(const struct stage *s, const char *text);
void stage_says_not(const struct stage *s, const char *text);

#endif

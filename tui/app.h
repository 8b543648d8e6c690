/*
 * The program's state while its screen is up, and the loop that drives it.
 *
 * A turn: let the server start what is due and expire deadlines, take every key that waits, draw
 * once if something changed, wait for the terminal, a signal or the server. Nothing in here waits
 * for the server, and nothing but app_run() asks a clock, installs a signal handler or polls:
 * tests call app_key(), app_tick() and app_draw() themselves, with a clock and a terminal of
 * their own.
 *
 * Focus is always in one place: the prompt while it is open, else the uppermost view (details,
 * help, rights, connection), else the body of the pane.
 */
#ifndef PGTOP_APP_H
#define PGTOP_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/server/server.h"
#include "look.h"
#include "tui/panes/pane.h"
#include "tui/panes/question.h"
#include "tui/screen/terminal.h"

/* Everything here is borrowed and must outlive the app. */
struct app_options {
	struct terminal *terminal;     /* open; the caller closes it after app_free() */
	struct server *server;         /* opened; connected or not. The caller closes it after app_free() */
	const struct limits *limits;
	struct look *look;
	double interval_s;
	bool read_only;
	bool first_run;                /* say once what the most important keys are */
	bool throwaway;                /* the server is the demo's: whoever looks needs no smaller role in it */
	const char *pane;              /* to open: JSON name, title or tab; NULL: the overview */
};

enum message_kind { MESSAGE_NONE, MESSAGE_DONE, MESSAGE_NOTE, MESSAGE_ERROR };

/* At the first run: the keys are to be told; they were, and a superuser is to be told more; nothing is. */
enum first_note { FIRST_NOTE_NONE, FIRST_NOTE_DUE, FIRST_NOTE_KEYS };

/* What there is to say of each stands in one row of prompt_kinds.c. */
enum prompt_kind { PROMPT_NONE, PROMPT_SEARCH, PROMPT_FILTER, PROMPT_COMMAND, PROMPT_PASSWORD, PROMPT_ANSWER, PROMPT_KINDS };

/* The modal line. prompt.h has its functions. */
struct prompt {
	enum prompt_kind kind;
	struct strbuf text;
	size_t cursor;        /* byte in text, at a character's start */
	char *stem;           /* `:`: what was typed before Tab completed it; NULL: nothing */
	long completion;      /* `:`: which of the names that begin with the stem stands there */
	char *origin;         /* search: the selected key before it began; NULL: none */
};

/* What there is to say of each stands in one row of commands_views.c. */
enum layer_kind { LAYER_DETAILS, LAYER_HELP, LAYER_RIGHTS, LAYER_CONNECTION, LAYER_QUESTION, LAYER_KINDS };

/* A view that lies over the pane. */
struct layer {
	enum layer_kind kind;
	const struct pane *pane;   /* of details: whose row */
	char *key;                 /* of details: the row; owned */
	int scroll;                /* first line shown */
	int lines;                 /* it has, as last drawn */
	int height;                /* of the lines' area, as last drawn */
	char *search;              /* owned; NULL: none */
	struct question *question; /* of a question; owned */
	bool armed;                /* of a question: it was drawn, and keys that were typed before that are gone */
};

enum { LAYERS_MAX = 8, PLACES_MAX = 16 };

/* Where Enter was pressed, for Esc. */
struct place {
	const struct pane *pane;
};

/* Where the parts of the screen lie. A part with height 0 is not there. */
struct layout {
	int height, width;
	bool too_small;
	int vitals_lines;
	bool hints;
	struct area body;          /* with its title line */
	struct area preview;       /* with its rule when it lies below */
	bool preview_right;
	int message_y, hints_y;
};

struct app {
	struct terminal *terminal;
	struct server *server;
	const struct limits *limits;
	struct look *look;
	double interval_s;
	bool read_only;

	struct panes *panes;
	const struct pane *pane;   /* the one in hand */
	struct view *views;        /* one for each of the panes */
	struct layer layers[LAYERS_MAX];
	size_t nlayers;
	struct place places[PLACES_MAX];
	size_t nplaces;

	struct prompt prompt;
	bool asked_password;       /* the password prompt was shown for this refusal */

	enum message_kind message_kind;
	char *message;             /* owned; clean */
	int64_t message_until_us;  /* monotonic; 0: until a key */
	enum first_note first_note;
	bool throwaway;            /* as in the options */

	bool preview_hidden;       /* `v` */
	bool wrap;                 /* `w` */
	struct server *frozen;     /* while paused: what was known at that moment; owned. NULL: not paused */
	struct now paused;         /* when */

	struct canvas *canvas;
	struct layout layout;      /* as last drawn */
	bool changed;              /* something but the data changed: draw */
	uint64_t drawn_version;    /* of the server's data, as last drawn */
	uint64_t seen_version;     /* as last looked at */
	int64_t seen_us;           /* monotonic, when it was first seen not to be the one drawn */
	int64_t changes_us;        /* epoch: when what was drawn changes by itself; 0: it does not */
	int64_t drawn_second;      /* wall clock, in seconds, as last drawn */
	struct now now;            /* of the key or turn in hand */
	int32_t key;               /* in hand */

	const struct collector *demanded_of;   /* whose row in `demanded_key` is asked for alone; NULL: none is */
	char *demanded_key;        /* owned */

	bool quit;
	int status;                /* exit status */
};

struct app *app_new(const struct app_options *options, struct now now);
void app_free(struct app *app);

/*
 * Runs until the user quits or the terminal is gone. Gives the exit status: 0. Signals are
 * handled only in here and are as before when it returns.
 */
int app_run(struct app *app);

/* One key. Afterwards app->quit may be set, and app_draw() shows the effect. KEY_CLOSED quits. */
void app_key(struct app *app, int32_t key, struct now now);

/* Without a key: lets the server work, expires messages, asks for a password that is missing. */
void app_tick(struct app *app, struct now now);

/*
 * Whether a draw would show something else than the last one. What a key changed is due at once;
 * answers of the server that come close together are drawn together.
 */
bool app_due(const struct app *app, struct now now);

/*
 * Lowers *wake_us (monotonic) to the moment the screen changes by itself: a message expires, a
 * clock in the header ticks.
 */
void app_wake(const struct app *app, struct now now, int64_t *wake_us);

/* Draws everything onto app->canvas and shows it. */
void app_draw(struct app *app, struct now now);

/* The terminal has another size. */
void app_resized(struct app *app);

/* Gives the terminal back to the shell until it is fetched again. */
void app_suspend(struct app *app);

/* What panes may look at now. */
struct scene app_scene(const struct app *app);

struct view *app_view(struct app *app, const struct pane *pane);

/* The rows of the pane in hand as they stand on the screen; borrowed until the next change. */
const struct row_list *app_rows(struct app *app);

/* The uppermost view, or NULL. */
struct layer *app_layer(struct app *app);

/*
 * Says something on the message line. Replaces what was there; an error is not replaced by a note
 * until a key was pressed.
 */
void app_say(struct app *app, enum message_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Forgets the message. */
void app_hush(struct app *app);

/*
 * At the first run, until a key: where everything begins, and to a superuser that a smaller role would do. What the role is may be
 * known only later: then it is told then.
 */
void app_say_first(struct app *app);

/* As time goes on: messages expire, and what waited to be told is. */
void app_message_tick(struct app *app);

/* Where everything lies on a screen of this size. */
struct layout app_layout(const struct app *app, int height, int width);

/* Goes to another pane, closing all views and forgetting the way back. */
void app_show_pane(struct app *app, const struct pane *pane);

/*
 * One step back: search marks, then filter, then where Enter came from, then the overview. Gives
 * false if there is nothing to leave.
 */
bool app_back(struct app *app);

/* Opens a view; takes the key. */
void app_open_layer(struct app *app, enum layer_kind kind, const struct pane *pane, char *take_key);

/*
 * Opens the question of an act over the pane, with the prompt for the name that agrees; one that is refused without a prompt.
 * Takes the question. What cannot be shown whole, on a screen of 80x24 or more, is not asked: that is said, and false given.
 */
bool app_ask(struct app *app, struct question *take_question);

/* Enter on what was typed below the question in hand: it closes and tells who asked, or says what was wrong. */
void app_answer(struct app *app, const char *typed);

/* Before a draw: a question that has no room any more closes; nothing was done. */
void app_question_before_draw(struct app *app);

/* After it: what was typed before the question was seen is thrown away. Until then it hears no key. */
void app_question_drawn(struct app *app);
bool app_question_is_deaf(const struct app *app);

/* Asks anew for what is asked only of the row whose details are open; nothing where there is no such. */
void app_demand_again(struct app *app);

/* Closes the uppermost view. Gives false if there was none. */
bool app_close_layer(struct app *app);

/*
 * Goes where a row leads, remembering the way back. Takes the target's key. Gives false if it
 * leads nowhere.
 */
bool app_follow(struct app *app, struct target *take_target);

/* Stops or resumes the picture; collecting goes on. */
void app_pause(struct app *app);

/* Chooses an interval, kept within INTERVAL_LOWEST and INTERVAL_HIGHEST. */
void app_set_interval(struct app *app, double seconds);

#endif

/*
 * The terminal: the only thing that knows curses. Everything else draws on a canvas and reads keys.
 *
 * The functions are a table so that screen tests can put a scripted terminal in its place.
 *
 * Invariants: the terminal is given back as it was by terminal_close(), by a crash (the restoring
 * bytes are computed at start; the signal handler only writes them,
 * resets the line discipline and re-raises), by ^Z, and when memory runs out. Nothing but SGR,
 * cursor and erase sequences from terminfo is ever sent, except through terminal_copy().
 */
#ifndef PGTOP_TERMINAL_H
#define PGTOP_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/base/strbuf.h"
#include "canvas.h"
#include "key.h"
#include "theme.h"

struct terminal {
	int fd;                  /* to poll for keys; -1: none */
	bool ascii;              /* Unicode is not usable */
	bool colored;            /* there are colours: themes differ */
	void (*size)(struct terminal *t, int *height, int *width);   /* as last known */
	int32_t (*read_key)(struct terminal *t);      /* never waits */
	void (*show)(struct terminal *t, const struct canvas *c);
	void (*set_theme)(struct terminal *t, const struct theme *theme);
	void (*redraw)(struct terminal *t);           /* the next show() repaints all */
	void (*resized)(struct terminal *t);          /* asks the system for the size anew */
	void (*suspend)(struct terminal *t);          /* ^Z: gives the terminal back, stops, comes back */
	bool (*copy)(struct terminal *t, const char *text);   /* OSC 52; false: too long or not possible */
	void (*close)(struct terminal *t);
};

enum terminal_colors { COLORS_AUTO, COLORS_NONE };

struct terminal_options {
	bool ascii;              /* --ascii */
	enum terminal_colors colors;   /* --no-color, NO_COLOR */
	const struct theme *theme;     /* borrowed for the call */
};

/*
 * Opens stdin and stdout as a full-screen terminal. On failure gives NULL and one line in error
 * (`TERM=dumb cannot ...; use --once`).
 */
struct terminal *terminal_open(const struct terminal_options *options, struct strbuf *error);

/*
 * Restores the terminal from anywhere, also a signal handler: async-signal-safe. Does nothing when
 * none is open.
 */
void terminal_restore(void);

#endif

/*
 * What this terminal can do, from terminfo: whether it serves at all, how a theme's styles come out
 * on it, and copying through it.
 */
#ifndef PGTOP_TERMINAL_STYLE_H
#define PGTOP_TERMINAL_STYLE_H

#include <stdbool.h>

#include <curses.h>

#include "collectors/base/strbuf.h"
#include "terminal.h"
#include "theme.h"

struct terminal_style {
	int colors;              /* 256, 8, or 0: none */
	bool direct;             /* colour numbers are RGB */
	bool own;                /* the terminal's own colours can be named */
	attr_t attributes[ROLE_COUNT];
	short pair[ROLE_COUNT];
};

/*
 * Whether terminfo knows the terminal and it can move its cursor; if not, one line in error. `term`
 * may be NULL.
 */
bool terminal_usable(const char *term, struct strbuf *error);

/* Starts colours, where wanted and possible. Curses must have been started. */
void terminal_style_start(struct terminal_style *s, bool colors);

/* What each role looks like from now on. */
void terminal_style_set(struct terminal_style *s, const struct theme *theme);

/* The copy function of struct terminal. */
bool terminal_copy(struct terminal *t, const char *text);

#endif

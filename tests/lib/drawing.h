/*
 * Drawings: screens that were drawn before there was a program to show them, in tests/screen/drawings/NAME.txt. The program
 * has to show each, cell by cell, at the size it is drawn for. Roles and what stands elsewhere on the same screen are kept in
 * tests/screen/expected/.
 *
 * A drawing is the screen's text from a line on. A line `@12` says that what follows stands on the screen's line 12, a line `@`
 * that it stands somewhere further down: what lies between is not compared. `▏` is the terminal's cursor, in a blank cell.
 * Where the program's own screen is better the file holds that, and the row in the test says why.
 */
#ifndef PGTOP_TESTS_DRAWING_H
#define PGTOP_TESTS_DRAWING_H

#include "tests/lib/stage.h"

struct drawing {
	const char *name;             /* of its file, without .txt */
	int line;                     /* of the screen, from 1: where its first line stands */
	struct stage_options stage;   /* the size it is drawn for, the pane it begins in */
	struct server *(*server)(const struct limits *, struct now);   /* NULL: night_server() */
	void (*happens)(struct stage *s);   /* after the first screen; NULL: nothing */
	const char *keys;             /* pressed then, as for stage_keys(); NULL: none */
	const char *typed;            /* typed then, a character a key; NULL: nothing */
	bool wider;                   /* the same at 120x40 and 200x60 is in tests/screen/expected/, under its name with that width */
};

/* Fails the test when the screen is not as drawn in one of them, after having tried all. DRAWING=NAME in the environment tries one. */
void drawings_check(const struct drawing *drawings, size_t n);

/* The same of a text that is no screen; it is cut into its lines. */
void drawing_check_text(const char *name, char *text);

/* The bad night on a stage of this size, in this pane (NULL: the overview). */
struct stage *stage_night(int height, int width, const char *pane);

#endif

/*
 * Text as people and programs really give it: too long, too wide, right to left, full of marks, controls and broken bytes. One
 * length for all of them, so that a screen filled with one can be held against a screen filled with another.
 */
#ifndef PGTOP_TESTS_ODD_H
#define PGTOP_TESTS_ODD_H

#include "collectors/server/server.h"

/* Wider than any screen. */
enum { ODD_CELLS = 320 };

/* Of nothing but `{`: what a field shows of it is known by that. */
extern const char odd_plain[];

extern const char *const odd_patterns[];   /* as they come in: not clean */
extern const size_t odd_npatterns;

/* The pattern, cleaned and repeated to ODD_CELLS cells and not one more; a new string. */
char *odd_text(const char *pattern);

/*
 * Every text that the server knows becomes that one: names, states, statements, findings, its own address. Figures stay, and sentences that are our own. A text
 * that belongs to a row's key begins with the row's number; the names of figures stay, other texts go by them.
 */
void odd_fill(struct server *s, const char *pattern);

#endif

/*
 * A screen as text: its lines, then a letter of each cell's role, then the cursor. tests/screen/expected holds such dumps; pictures are
 * drawn from them.
 */
#ifndef PGTOP_TESTS_DUMP_H
#define PGTOP_TESTS_DUMP_H

#include "tui/screen/canvas.h"

/* The whole dump of a canvas; a new string. */
char *dump_canvas(const struct canvas *c);

/* Draws a dump's text and roles on a cleared canvas of the size it was made at. False: a letter is no role's. */
bool dump_draw(struct canvas *c, const char *dump);

/* A file's text, or NULL; a new string. */
char *dump_read(const char *path);

#endif

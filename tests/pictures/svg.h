/*
 * A screen as SVG: every cell where the terminal has it, in the colours of a theme. Text is text, so it can be selected and searched. A cell
 * is 8.4 by 18 units; each run of one look says its own place and length, so that columns stand whatever the reader's monospaced font.
 */
#ifndef PGTOP_TESTS_SVG_H
#define PGTOP_TESTS_SVG_H

#include "tui/screen/canvas.h"
#include "tui/screen/theme.h"

/* A whole SVG document; a new string. `title` is for readers who do not see it. */
char *svg_canvas(const struct canvas *c, const struct theme *theme, const char *title);

#endif

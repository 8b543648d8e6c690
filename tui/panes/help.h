/*
 * The help: keys and words under headings, two groups beside each other where there is room. It is
 * handed the rows; the table of commands it does not know.
 */
#ifndef PGTOP_HELP_H
#define PGTOP_HELP_H

#include "pane.h"

struct help_row {
	int group;            /* rows of one group stand together, under its heading */
	const char *heading;
	char keys[64];        /* as written: `↓ ↑ j k` */
	const char *words;
};

/* What the signs and the marks beside figures mean; the manual says it in the same words. */
enum { HELP_LEGENDS = 3 };

struct help_legend {
	const char *keys, *words;
};

extern const struct help_legend help_signs[HELP_LEGENDS], help_figures[HELP_LEGENDS];

/* `scroll` in lines. Gives the number of lines it has. */
int help_draw(const char *subject, const struct help_row *rows, size_t nrows, const char *search, struct canvas *canvas,
	      struct area area, int scroll);

#endif

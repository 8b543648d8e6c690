/*
 * The kinds of views that lie over a pane, one row each: where their commands are found, what they show, what can be copied of it.
 */
#ifndef PGTOP_COMMANDS_VIEWS_H
#define PGTOP_COMMANDS_VIEWS_H

#include "app.h"

struct view_kind {
	unsigned place;      /* COMMAND_IN_ of its commands */
	bool asks_all;       /* it is about all panes: `r` asks for all of them */

	/* Draws it into the body from the line layer->scroll on. Gives how many lines there are below the title line. */
	int (*draw)(struct app *app, const struct scene *scene, const struct layer *layer);

	/* What `y` copies, a new string; NULL: nothing. Itself NULL where no key copies. */
	char *(*text)(const struct scene *scene, const struct layer *layer);
	const char *no_text; /* what is said then */
};

const struct view_kind *view_kind(const struct layer *layer);

/* The link as it is now, also while the picture of the rows stands still: a view, and before anything was ever known the body. */
void view_draw_connection(struct app *app, const struct scene *scene);

#endif

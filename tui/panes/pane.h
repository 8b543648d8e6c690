/*
 * A pane: rows of one kind, drawn under a title line, with a selection that follows the row's
 * key.
 *
 * Every collector gets a pane from its row (panes.c, table_pane.c); only the overview, trees
 * and the views (details, help, connection) have code of their own. A pane draws from a `struct
 * scene`, which is borrowed for one frame, and keeps between frames only its `struct view`. It
 * never acts: what Enter leads to is told as a `struct target`.
 */
#ifndef PGTOP_PANE_H
#define PGTOP_PANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/collector.h"
#include "collectors/server/server.h"
#include "tui/screen/canvas.h"

struct area {
	int y, x, height, width;
};

/* What a pane may look at while it draws. */
struct scene {
	const struct server *server;
	const struct panes *panes;   /* where a row may lead */
	const struct limits *limits;
	struct now now;          /* when paused: the moment of the pause, for what is shown */
	bool paused;
	int64_t paused_us;       /* epoch; since when */
	bool read_only;
	bool wrap;               /* `w` */
};

/*
 * How long a selected row that ended stays in its place, so that no neighbour slides under the
 * finger.
 */
#define GONE_US (10 * SECOND_US)

struct row_cache;

/*
 * What one pane remembers from frame to frame. Zero-initialised is a fresh one but for `pane`,
 * which its owner sets. Whoever changes what decides which rows there are, or their order, calls
 * view_touch().
 */
struct view {
	const struct pane *pane; /* whose */
	char *selected;          /* key of the row in hand; NULL: never moved, so the first row */
	int selected_line;       /* its line in the body, kept while others scroll around it */
	size_t top;              /* first row drawn */
	bool sorted;             /* the user chose; else as the collector says */
	int sort_column;
	bool sort_down;
	char *filter;            /* as typed; NULL: none */
	char *search;            /* NULL: none */
	bool show_all;           /* `a` */
	int shift;               /* cells the rest column is shifted left */
	char **unfolded;         /* keys of unfolded tree rows, NULL-terminated; NULL: none */
	char *gone;              /* the drawn line of a selected row that ended, kept for ten seconds; NULL: none */
	int64_t gone_us;         /* epoch, when it was missed */
	char *drawn;             /* the line of the row in hand as last drawn: what `gone` is taken from; NULL: none */
	int height;              /* lines the body has for rows, as last drawn: a page */
	uint64_t shown_columns;  /* by index, as last drawn; 0: never */
	long at;                 /* place of the row in hand in the list, as last known */
	unsigned changes;        /* see view_touch() */
	struct row_cache *cache; /* pane_rows() keeps them here; NULL: none */
};

struct row_ref {
	long row;                /* in the pane's table, or finding number; -1: a fold line or a gone row */
	char *key;               /* owned by the list; NULL: not asked for yet, see row_key() */
	int fold;                /* > 0: this line stands for so many rows like it */
	long first;              /* of a fold line: the first of them */
};

struct row_list {
	struct row_ref *rows;
	size_t nrows;
	size_t total;            /* rows of the table */
	size_t minor;            /* left out as minor */
	size_t filtered;         /* left out by the filter */
	const struct table *table;   /* whose rows they are; NULL: they are findings, and have their keys */
};

/* Where Enter, o or a finding leads. */
struct target {
	const struct pane *pane; /* NULL: nowhere */
	char *key;               /* owned by the receiver; NULL: the pane's first row */
	bool details;            /* open the row's details */
	bool connection;         /* open the view of the connection */
};

struct pane {
	int number;              /* 1..9 */
	const char *name;        /* as in the JSON */
	const char *title;
	const char *tab;
	const char *help;
	const struct collector *collector;   /* NULL: the overview */

	/* The rows as they stand on the screen now, top to bottom. */
	void (*rows)(const struct scene *scene, const struct view *view, struct row_list *out);

	/* Draws the title line and the body into the area. Adjusts view->top and selected_line. */
	void (*draw)(const struct scene *scene, struct view *view, struct canvas *canvas, struct area area);

	/* What Enter and `o` on the row with this key lead to. */
	void (*enter)(const struct scene *scene, const struct pane *pane, const char *key, struct target *out);
	void (*owner)(const struct scene *scene, const struct pane *pane, const char *key, struct target *out);   /* may be NULL */
};

/*
 * All panes, by number: the overview, then one for each collector, made from its row. A pane is
 * known by its address.
 */
struct panes {
	size_t n;
	struct pane pane[];
};

struct panes *panes_new(void);
void panes_free(struct panes *panes);

const struct pane *pane_numbered(const struct panes *panes, int number);
const struct pane *pane_named(const struct panes *panes, const char *name);   /* JSON name, title or tab */

void row_list_clear(struct row_list *list);

/* The key of a row of the list, made when it is first asked for; borrowed. */
const char *row_key(const struct row_list *list, size_t row);
void view_clear(struct view *view);

/* Says that sort, filter, folding or the like changed. */
void view_touch(struct view *view);

/* Forgets everything that was built from the data: they are another server's. */
void view_forget(struct view *view);

/*
 * The order of the rows of a collection that has a table; kept while the data and the sort column
 * stay. Borrowed until they change; *owned is to be freed by the caller (NULL: nothing is).
 */
const size_t *view_order(const struct scene *scene, const struct view *view, const struct collection *c, size_t **owned);

/*
 * The rows of view->pane as pane->rows() gives them, kept until the data or the view change, and
 * with a selected row that ended in its old place for ten seconds. Borrowed until the next call.
 * A keystroke over ten thousand rows must not build them anew.
 */
const struct row_list *pane_rows(const struct scene *scene, struct view *view);

/* What is known of the pane's collector; NULL for the overview. */
const struct collection *pane_collection(const struct scene *scene, const struct pane *pane);

/*
 * The line that opens the rows hidden from this role, to copy; a new string, NULL if nothing is
 * hidden or no line is known.
 */
char *pane_hidden_remedy(const struct scene *scene, const struct collection *collection);

/* Puts the selection on a row of the list; the line it has on the screen moves along. */
void view_select(struct view *view, const struct row_list *list, long row);

/* Puts the selection on a key that may be out of sight: folded, or not yet there. */
void view_select_key(struct view *view, const char *key);

/*
 * The index in the list of the row in hand: the selected key, else the first. -1: there are no
 * rows.
 */
long view_selected_row(const struct view *view, const struct row_list *list);

#endif

/*
 * A pane: rows of one kind, drawn under a title line, with a selection that follows the row's
 * key.
 *
 * Every collector gets a pane from its row (table_pane.c); only the overview, the tree of locks
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
	const struct limits *limits;
	struct now now;          /* when paused: the moment of the pause, for what is shown */
	bool paused;
	int64_t paused_us;       /* epoch; since when */
	bool read_only;
	bool wrap;               /* `w` */
};

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

	/* What Enter and `o` on the row in hand lead to. */
	void (*enter)(const struct scene *scene, const struct view *view, struct target *out);
	void (*owner)(const struct scene *scene, const struct view *view, struct target *out);   /* may be NULL */
};

/* All panes, by number; panes[0] is the overview. */
extern const struct pane *const panes[];
extern const size_t npanes;

const struct pane *pane_numbered(int number);
const struct pane *pane_named(const char *name);   /* JSON name, title or tab */

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

/* frame.c: what stands above every pane. Each draws one line (vitals: two) of the whole width. */
void frame_header(const struct scene *scene, struct canvas *canvas, int y);
void frame_pane_bar(const struct scene *scene, const struct pane *current, struct canvas *canvas, int y);
void frame_vitals(const struct scene *scene, struct canvas *canvas, int y, int lines);

/*
 * The title line: bold title, what is said of the rows, and at the right cost and interval or the
 * state. Shared by all panes.
 */
void frame_title(const struct scene *scene, struct canvas *canvas, int y, int x, int width, const char *title,
		 const char *says, const struct collection *collection);

/*
 * The bodies of panes that have nothing to show: waiting, unavailable (numbered lines), empty.
 * Gives true if it drew one.
 */
bool frame_nothing(const struct scene *scene, struct canvas *canvas, struct area body, const struct collection *collection,
		   const struct row_list *list, const char *filter);

/* overview.c */
extern const struct pane overview_pane;

/*
 * connection.c: the view of the link, for the body before the first connect, and for the finding
 * connection-lost.
 */
void connection_draw(const struct scene *scene, struct canvas *canvas, struct area area);

/* tree.c: rows() for collectors with `tree`: branches, folding. table_pane.c uses it. */
void tree_rows(const struct scene *scene, const struct view *view, const struct collector *collector, const struct table *table,
	       struct row_list *out);
/*
 * The branch drawn before the sign and name of a row: `│ └ `, in this canvas' characters;
 * appended to out.
 */
void tree_branch(const struct table *table, const struct row_list *list, size_t line, bool ascii, struct strbuf *out);
/*
 * Unfolds the fold line with this key, or folds the rows among which this one is. Gives false if
 * there is nothing to fold or unfold.
 */
bool tree_unfold(struct view *view, const struct row_list *list, long line);
/* Unfolds the rows among which the selected one is hidden. */
void tree_reveal(struct view *view, const struct table *table);
bool tree_fold(struct view *view, const struct table *table, const struct row_list *list, long line);
/* The line of the row above, or of the root of the row on this line. */
long tree_parent(const struct table *table, const struct row_list *list, long line);
long tree_root(const struct table *table, const struct row_list *list, long line);

/* table_pane.c, rows.c: what is the same for every collector's pane. */
void table_pane_rows(const struct scene *scene, const struct view *view, struct row_list *out);
void table_pane_draw(const struct scene *scene, struct view *view, struct canvas *canvas, struct area area);
void table_pane_enter(const struct scene *scene, const struct view *view, struct target *out);
void table_pane_owner(const struct scene *scene, const struct view *view, struct target *out);
/*
 * Whether the row holds the text that is searched for, in any column that is on the screen or in
 * the details.
 */
bool table_row_matches(const struct table *table, size_t row, const char *needle);
/*
 * The order of a table's rows as the view wants them: order[i] is the row that stands at i.
 * `order` has room for all.
 */
void table_row_order(const struct collector *collector, const struct view *view, const struct table *table, size_t *order);
/* The column by which it is sorted, or -1, and which way. */
int table_sort_column(const struct collector *collector, const struct view *view, bool *down);
/*
 * Chooses the next column on the right (+1) or left (-1) to sort by. Gives false if the pane has
 * one order only.
 */
bool table_sort_move(struct view *view, int direction);

/*
 * filter.c: what `\` takes: words that must all fit: `text`, `column:text`, `!not`. A filter that
 * was compiled is bound to its columns.
 */
struct filter;
struct filter *filter_new(const char *text, const struct column *columns, size_t ncolumns);
void filter_free(struct filter *f);
bool filter_fits(const struct filter *f, const struct table *table, size_t row);
bool filter_fits_finding(const struct filter *f, const struct finding *finding);

/* mark.c: marks a text wherever it stands in the area, letters compared without case. */
void pane_mark(struct canvas *canvas, struct area area, const char *needle);

/*
 * details.c: one row in full: facts in two columns at fixed places, then its text wrapped.
 * `scroll` in lines. Gives the number of lines it has.
 */
int details_draw(const struct scene *scene, const struct pane *pane, const char *key, struct canvas *canvas, struct area area,
		 int scroll, bool with_title);

/* What a row is called in short: its pid, the id of a finding; a new string. */
char *details_name(const struct scene *scene, const struct pane *pane, const char *key);

/*
 * The row's text with line breaks as it came (a statement), for copying; a new string, NULL if
 * the row has none.
 */
char *details_text(const struct scene *scene, const struct pane *pane, const char *key);

/*
 * help.c: lines of keys and words under headings, two columns of groups beside each other. Gives
 * the number of lines.
 */
struct help_row {
	int group;            /* rows of one group stand together, under its heading */
	const char *heading;
	char keys[64];        /* as written: `↓ ↑ j k` */
	const char *words;
};
int help_draw(const char *subject, const struct help_row *rows, size_t nrows, const char *search, struct canvas *canvas,
	      struct area area, int scroll);

#endif

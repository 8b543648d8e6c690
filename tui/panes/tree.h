/*
 * Collectors with `tree`: rows nested by their depth, leaves of one kind folded into a line. A
 * line is a place in the list of rows, a row one in the table, where each stands right below its
 * parent or its elder siblings.
 */
#ifndef PGTOP_TREE_H
#define PGTOP_TREE_H

#include "pane.h"

/* The rows as they stand on the screen, without what is folded. */
void tree_rows(const struct view *view, const struct table *table, struct row_list *out);

/*
 * The branch drawn before the sign and name of a row: `│ └ `, in this canvas' characters;
 * appended to out.
 */
void tree_branch(const struct table *table, const struct row_list *list, size_t line, bool ascii, struct strbuf *out);

/* Unfolds the fold line. Gives false if it is none. */
bool tree_unfold(struct view *view, const struct row_list *list, long line);

/* Unfolds the rows among which the selected one is hidden. */
void tree_reveal(struct view *view, const struct table *table);

/* Folds the rows among which this one is. Gives false if there is nothing to fold. */
bool tree_fold(struct view *view, const struct table *table, const struct row_list *list, long line);

/* The line of the row above. */
long tree_parent(const struct table *table, const struct row_list *list, long line);

/* The row in which the branch of this one begins. */
size_t tree_root(const struct table *table, size_t row);

#endif

#include "owner.h"

#include <string.h>

#include "tree.h"

static bool has_column(const struct collector *collector, const char *name)
{
	for (size_t i = 0; i < collector->ncolumns; i++)
		if (!strcmp(collector->columns[i].name, name))
			return true;
	return false;
}

bool owner_offered(const struct collector *collector)
{
	return collector->tree || has_column(collector, "pid");
}

/* The pane that says which session waits for which; NULL: there is none. */
static const struct pane *tree_of_sessions(const struct panes *panes)
{
	for (size_t i = 0; i < panes->n; i++) {
		const struct collector *c = panes->pane[i].collector;

		if (c && c->tree && has_column(c, "pid"))
			return &panes->pane[i];
	}
	return NULL;
}

/*
 * The row of the session that another row names in this column. -1: it names none, or one that is
 * not there.
 */
static long find_session(const struct table *tree, const struct table *from, size_t row, const char *name)
{
	int column = table_column(from, name), pid = table_column(tree, "pid");

	if (column < 0 || !table_has(from, row, (size_t)column))
		return -1;
	for (size_t i = 0; i < tree->nrows; i++)
		if (table_int(tree, i, (size_t)pid) == table_int(from, row, (size_t)column))
			return (long)i;
	return -1;
}

void owner_find(const struct scene *scene, const struct pane *pane, const char *key, struct target *out)
{
	const struct pane *to = pane->collector->tree ? pane : tree_of_sessions(scene->panes);
	const struct collection *c = pane_collection(scene, pane), *tree = to ? pane_collection(scene, to) : NULL;
	long row = c && c->table ? table_find_key(c->table, key) : -1, found;

	if (row < 0 || !tree || !tree->table)
		return;
	found = row;
	if (to != pane) {
		found = find_session(tree->table, c->table, (size_t)row, "pid");
		/* a parallel worker waits in the row of its leader */
		if (found < 0)
			found = find_session(tree->table, c->table, (size_t)row, "leader_pid");
		if (found < 0)
			return;
	} else if (tree_root(tree->table, (size_t)row) == (size_t)row) {
		return;
	}
	out->pane = to;
	out->key = table_key(tree->table, tree_root(tree->table, (size_t)found));
}

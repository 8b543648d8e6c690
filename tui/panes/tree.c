#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "filter.h"

/*
 * Leaves of one kind under one parent fold beyond two. Below that a fold line would take the line
 * it saves.
 */
enum { SHOWN_OF_KIND = 2, FOLD_AT_LEAST = 2 };

/* Leaves of one kind: same parent, same mode, same object. */
struct kind {
	long parent;
	size_t first;     /* any of them, for its mode and object */
	size_t count, seen;
	bool used, unfolded;
};

struct kinds {
	const struct table *table;
	long *parent;     /* of each row: its row, -1 for a root */
	size_t *kind;     /* of each row: slot; nslots: it never folds */
	struct kind *slots;
	size_t nslots;
	int mode, object;
};

static int row_depth(const struct table *table, int depth, size_t row)
{
	return depth < 0 ? 0 : (int)table_int(table, row, (size_t)depth);
}

static void find_parents(struct kinds *k, int depth)
{
	for (size_t i = 0; i < k->table->nrows; i++) {
		int own = row_depth(k->table, depth, i);
		long p = (long)i - 1;

		/* up the branch of the row before, which is as long as the tree is deep */
		while (p >= 0 && row_depth(k->table, depth, (size_t)p) >= own)
			p = k->parent[p];
		k->parent[i] = own > 0 ? p : -1;
	}
}

static bool same_text(const struct kinds *k, int column, size_t a, size_t b)
{
	return column < 0 || !strcmp(table_text(k->table, a, (size_t)column), table_text(k->table, b, (size_t)column));
}

static size_t hash_text(size_t hash, const char *s)
{
	while (*s)
		hash = (hash ^ (unsigned char)*s++) * 1099511628211u;
	return hash;
}

static size_t find_kind(struct kinds *k, size_t row)
{
	size_t hash = hash_text((size_t)k->parent[row] * 31 + 7, k->mode < 0 ? "" : table_text(k->table, row, (size_t)k->mode));

	hash = hash_text(hash, k->object < 0 ? "" : table_text(k->table, row, (size_t)k->object));
	for (size_t i = hash % k->nslots;; i = (i + 1) % k->nslots) {
		struct kind *s = &k->slots[i];

		if (!s->used) {
			*s = (struct kind){ .parent = k->parent[row], .first = row, .used = true };
			return i;
		}
		if (s->parent == k->parent[row] && same_text(k, k->mode, row, s->first) && same_text(k, k->object, row, s->first))
			return i;
	}
}

static void kinds_find(struct kinds *k, const struct table *table)
{
	int depth = table_column(table, "depth");
	size_t n = table->nrows;

	memset(k, 0, sizeof(*k));
	k->table = table;
	k->mode = table_column(table, "lock_mode");
	k->object = table_column(table, "object");
	k->nslots = 2 * n + 1;
	k->slots = mem_zero(k->nslots, sizeof(*k->slots));
	k->parent = mem_zero(n + 1, sizeof(*k->parent));
	k->kind = mem_zero(n + 1, sizeof(*k->kind));
	find_parents(k, depth);
	for (size_t i = 0; i < n; i++) {
		bool leaf = i + 1 == n || row_depth(table, depth, i + 1) <= row_depth(table, depth, i);

		k->kind[i] = k->nslots;
		if (leaf && k->parent[i] >= 0) {
			k->kind[i] = find_kind(k, i);
			k->slots[k->kind[i]].count++;
		}
	}
}

static void kinds_clear(struct kinds *k)
{
	free(k->slots);
	free(k->parent);
	free(k->kind);
}

static bool kind_folds(const struct kind *s)
{
	return !s->unfolded && s->count >= SHOWN_OF_KIND + FOLD_AT_LEAST;
}

/* What a fold line is known by: no row's key begins with the separator. */
static char *fold_key(const struct kinds *k, const struct kind *s)
{
	char *parent = table_key(k->table, (size_t)s->parent);
	char *key = mem_format("%c%s%c%s%c%s", LIST_SEPARATOR, parent, LIST_SEPARATOR,
			       k->mode < 0 ? "" : table_text(k->table, s->first, (size_t)k->mode), LIST_SEPARATOR,
			       k->object < 0 ? "" : table_text(k->table, s->first, (size_t)k->object));

	free(parent);
	return key;
}

static char **find_unfolded(const struct view *view, const char *key)
{
	for (char **p = view->unfolded; p && *p; p++)
		if (!strcmp(*p, key))
			return p;
	return NULL;
}

static void add_unfolded(struct view *view, const char *key)
{
	size_t n = 0;

	if (find_unfolded(view, key))
		return;
	while (view->unfolded && view->unfolded[n])
		n++;
	view->unfolded = mem_resize(view->unfolded, n + 2, sizeof(*view->unfolded));
	view->unfolded[n] = mem_string(key);
	view->unfolded[n + 1] = NULL;
	view_touch(view);
}

static void mark_unfolded(struct kinds *k, const struct view *view)
{
	if (!view->unfolded)
		return;
	for (size_t i = 0; i < k->nslots; i++) {
		char *key;

		if (!k->slots[i].used || !kind_folds(&k->slots[i]))
			continue;
		key = fold_key(k, &k->slots[i]);
		k->slots[i].unfolded = find_unfolded(view, key);
		free(key);
	}
}

/* Rows that are of no interest until all are asked for; the one in hand stays. */
static bool *find_minor(const struct view *view, const struct table *table, struct row_list *out)
{
	int minor = table_column(table, "minor");
	bool *left_out = mem_zero(table->nrows + 1, sizeof(*left_out));
	long selected = view->selected ? table_find_key(table, view->selected) : -1;

	for (size_t i = 0; minor >= 0 && !view->show_all && i < table->nrows; i++) {
		left_out[i] = table_bool(table, i, (size_t)minor) && (long)i != selected;
		out->minor += left_out[i];
	}
	return left_out;
}

static void add_row(struct row_list *out, const struct table *table, size_t row)
{
	out->table = table;
	out->rows[out->nrows++] = (struct row_ref){ .row = (long)row, .first = -1 };
}

/* With a filter the rows that fit are shown with the branch they hang on, and nothing folds. */
static void filtered_rows(const struct view *view, struct kinds *k, const bool *minor, struct row_list *out)
{
	const struct table *table = k->table;
	struct filter *filter = filter_new(view->filter, table->columns, table->ncolumns);
	bool *shown = mem_zero(table->nrows + 1, sizeof(*shown));

	for (size_t i = 0; i < table->nrows; i++) {
		if (minor[i] || !filter_fits(filter, table, i))
			continue;
		for (long p = (long)i; p >= 0 && !shown[p]; p = k->parent[p])
			shown[p] = true;
	}
	for (size_t i = 0; i < table->nrows; i++) {
		if (shown[i])
			add_row(out, table, i);
		else
			out->filtered += !minor[i];
	}
	free(shown);
	filter_free(filter);
}

void tree_rows(const struct view *view, const struct table *table, struct row_list *out)
{
	struct kinds k;
	bool *minor = find_minor(view, table, out);

	kinds_find(&k, table);
	mark_unfolded(&k, view);
	out->rows = mem_zero(table->nrows + 1, sizeof(*out->rows));
	out->total = table->nrows;
	if (view->filter)
		filtered_rows(view, &k, minor, out);
	for (size_t i = 0; i < table->nrows && !view->filter; i++) {
		struct kind *s = k.kind[i] < k.nslots ? &k.slots[k.kind[i]] : NULL;

		if (minor[i])
			continue;
		if (!s || !kind_folds(s) || s->seen++ < SHOWN_OF_KIND)
			add_row(out, table, i);
		else if (s->seen == SHOWN_OF_KIND + 1)
			out->rows[out->nrows++] = (struct row_ref){ .row = -1, .key = fold_key(&k, s), .first = (long)i,
								    .fold = (int)s->count - SHOWN_OF_KIND };
	}
	kinds_clear(&k);
	free(minor);
}

void tree_reveal(struct view *view, const struct table *table)
{
	long row = view->selected ? table_find_key(table, view->selected) : -1;
	struct kinds k;
	size_t before = 0;

	if (row < 0 || view->filter)
		return;
	kinds_find(&k, table);
	if (k.kind[row] < k.nslots) {
		for (long i = 0; i < row; i++)
			before += k.kind[i] == k.kind[row];
		if (before >= SHOWN_OF_KIND && kind_folds(&k.slots[k.kind[row]])) {
			char *key = fold_key(&k, &k.slots[k.kind[row]]);

			add_unfolded(view, key);
			free(key);
		}
	}
	kinds_clear(&k);
}

bool tree_unfold(struct view *view, const struct row_list *list, long line)
{
	if (line < 0 || !list->rows[line].fold)
		return false;
	add_unfolded(view, row_key(list, (size_t)line));
	return true;
}

bool tree_fold(struct view *view, const struct table *table, const struct row_list *list, long line)
{
	struct kinds k;
	bool folded = false;

	if (line < 0 || list->rows[line].row < 0 || view->filter)
		return false;
	kinds_find(&k, table);
	if (k.kind[list->rows[line].row] < k.nslots) {
		char *key = fold_key(&k, &k.slots[k.kind[list->rows[line].row]]);
		char **at = find_unfolded(view, key);

		if (at) {
			free(*at);
			do
				at[0] = at[1];
			while (*at++);
			view_select_key(view, key);
			folded = true;
		}
		free(key);
	}
	kinds_clear(&k);
	return folded;
}

static int line_depth(const struct table *table, const struct row_list *list, int depth, size_t line)
{
	const struct row_ref *r = &list->rows[line];

	if (r->row < 0 && r->first < 0)
		return 0;
	return row_depth(table, depth, (size_t)(r->row < 0 ? r->first : r->row));
}

long tree_parent(const struct table *table, const struct row_list *list, long line)
{
	int depth = table_column(table, "depth"), own;

	if (line < 0)
		return -1;
	own = line_depth(table, list, depth, (size_t)line);
	for (long i = line - 1; i >= 0 && own > 0; i--)
		if (line_depth(table, list, depth, (size_t)i) < own)
			return i;
	return line;
}

size_t tree_root(const struct table *table, size_t row)
{
	int depth = table_column(table, "depth");

	while (row > 0 && row_depth(table, depth, row) > 0)
		row--;
	return row;
}

void tree_branch(const struct table *table, const struct row_list *list, size_t line, bool ascii, struct strbuf *out)
{
	int depth = table_column(table, "depth");
	int own = line_depth(table, list, depth, line);
	int lowest = own;              /* of the lines looked at so far */
	unsigned long continues = 0;   /* by level: whether a sibling follows below */

	if (own > 63)
		own = 63;
	/*
	 * the first line that is not deeper than a level tells whether that level's branch goes
	 * on
	 */
	for (size_t i = line + 1; i < list->nrows && lowest > 0; i++) {
		int d = line_depth(table, list, depth, i);

		if (d <= lowest && d > 0 && d <= own)
			continues |= 1ul << d;
		if (d <= lowest)
			lowest = d - 1;
	}
	for (int level = 1; level <= own; level++) {
		bool goes_on = continues & (1ul << level);

		if (level < own)
			strbuf_adds(out, goes_on ? (ascii ? "| " : "│ ") : "  ");
		else if (ascii)
			strbuf_adds(out, goes_on ? "| " : "+ ");
		else
			strbuf_adds(out, goes_on ? "├ " : "└ ");
	}
}

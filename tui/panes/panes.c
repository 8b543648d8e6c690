#include "pane.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/base/memory.h"
#include "collectors/base/sql.h"
#include "overview.h"
#include "owner.h"
#include "table_pane.h"
#include "tree.h"

/* The rows of a view as they were last built, and what they were built from. */
struct row_cache {
	struct row_list list;
	const struct server *server;
	uint64_t version;
	unsigned changes;
	bool built;
	size_t *order;         /* of the table's rows; NULL: not sorted yet */
	uint64_t order_version;
	const struct server *order_server;
	int order_column;
	bool order_sorted, order_down;
};

static struct pane pane_of(const struct collector *c)
{
	return (struct pane){
		.number = c->number, .name = c->name, .title = c->title, .tab = c->tab, .help = c->help, .collector = c,
		.rows = table_pane_rows, .draw = table_pane_draw, .enter = table_pane_enter,
		.owner = owner_offered(c) ? owner_find : NULL,
	};
}

struct panes *panes_new(void)
{
	struct panes *panes = mem_zero(1, sizeof(*panes) + (1 + ncollectors) * sizeof(panes->pane[0]));

	panes->pane[panes->n++] = overview_pane;
	for (size_t i = 0; i < ncollectors; i++)
		panes->pane[panes->n++] = pane_of(collectors[i]);
	return panes;
}

void panes_free(struct panes *panes)
{
	free(panes);
}

const struct pane *pane_numbered(const struct panes *panes, int number)
{
	for (size_t i = 0; i < panes->n; i++)
		if (panes->pane[i].number == number)
			return &panes->pane[i];
	return NULL;
}

const struct pane *pane_named(const struct panes *panes, const char *name)
{
	for (size_t i = 0; i < panes->n; i++) {
		const struct pane *p = &panes->pane[i];

		if (!strcasecmp(p->name, name) || !strcasecmp(p->title, name) || !strcasecmp(p->tab, name))
			return p;
	}
	return NULL;
}

const struct collection *pane_collection(const struct scene *scene, const struct pane *pane)
{
	return pane->collector ? server_collection_named(scene->server, pane->collector->name) : NULL;
}

char *pane_hidden_remedy(const struct scene *scene, const struct collection *collection)
{
	if (!collection || !collection->hidden_rows)
		return NULL;
	return remedy_text(collection->collector->hidden_remedy, server_facts(scene->server)->user);
}

void row_list_clear(struct row_list *list)
{
	for (size_t i = 0; i < list->nrows; i++)
		free(list->rows[i].key);
	free(list->rows);
	memset(list, 0, sizeof(*list));
}

void view_clear(struct view *view)
{
	free(view->selected);
	free(view->filter);
	free(view->search);
	free(view->gone);
	free(view->drawn);
	for (char **key = view->unfolded; key && *key; key++)
		free(*key);
	free(view->unfolded);
	if (view->cache) {
		row_list_clear(&view->cache->list);
		free(view->cache->order);
	}
	free(view->cache);
	memset(view, 0, sizeof(*view));
}

void view_touch(struct view *view)
{
	view->changes++;
}

const char *row_key(const struct row_list *list, size_t row)
{
	struct row_ref *r = &list->rows[row];

	if (!r->key && list->table)
		r->key = table_key(list->table, (size_t)r->row);
	return r->key;
}

/*
 * Of rows of a table the number is looked for, which is much faster; only lines that are no rows
 * have their keys from the start.
 */
static long list_find(const struct row_list *list, const char *key)
{
	long row = list->table ? table_find_key(list->table, key) : -1;

	for (size_t i = 0; i < list->nrows; i++) {
		const struct row_ref *r = &list->rows[i];

		if (row >= 0 ? r->row == row : r->key && (!list->table || r->row < 0) && !strcmp(r->key, key))
			return (long)i;
	}
	return -1;
}

long view_selected_row(const struct view *view, const struct row_list *list)
{
	long row = -1;

	if (!list->nrows)
		return -1;
	if (view->selected) {
		/* nearly always where it was */
		if (view->at >= 0 && (size_t)view->at < list->nrows && !strcmp(row_key(list, (size_t)view->at), view->selected))
			return view->at;
		row = list_find(list, view->selected);
	}
	return row < 0 ? 0 : row;
}

static void forget_gone(struct view *view)
{
	free(view->gone);
	view->gone = NULL;
	view->gone_us = 0;
}

void view_select(struct view *view, const struct row_list *list, long row)
{
	long before = view_selected_row(view, list);
	char *key;

	if (!list->nrows)
		return;
	if (row < 0)
		row = 0;
	if ((size_t)row >= list->nrows)
		row = (long)list->nrows - 1;
	view->selected_line += (int)(row - before);
	if (view->selected_line < 0)
		view->selected_line = 0;
	if (view->height > 0 && view->selected_line >= view->height)
		view->selected_line = view->height - 1;
	key = mem_string(row_key(list, (size_t)row));
	if (view->gone && row != before) {
		/* the ended row leaves with the selection */
		forget_gone(view);
		view_touch(view);
	}
	free(view->selected);
	view->selected = key;
	view->at = row;
}

void view_select_key(struct view *view, const char *key)
{
	char *copy = key ? mem_string(key) : NULL;

	free(view->selected);
	view->selected = copy;
	view->at = -1;
	/* what is shown only because it was in hand goes, what hides in a fold comes */
	if (view->gone || (view->cache && view->cache->list.minor) || (view->pane->collector && view->pane->collector->tree))
		view_touch(view);
	forget_gone(view);
	free(view->drawn);
	view->drawn = NULL;
	if (!key) {
		view->selected_line = 0;
		view->top = 0;
	}
}

static void list_insert(struct row_list *list, size_t at, const char *key)
{
	list->rows = mem_resize(list->rows, list->nrows + 1, sizeof(*list->rows));
	memmove(list->rows + at + 1, list->rows + at, (list->nrows - at) * sizeof(*list->rows));
	list->rows[at] = (struct row_ref){ .row = -1, .key = mem_string(key), .first = -1 };
	list->nrows++;
}

/*
 * A selected row that is no longer there keeps its place for a while; then the one that stands
 * there is in hand.
 */
static void keep_gone(const struct scene *scene, struct view *view, struct row_list *list)
{
	const struct collection *c = pane_collection(scene, view->pane);
	size_t place = view->at < 0 ? 0 : (size_t)view->at;

	if (!view->selected || list_find(list, view->selected) >= 0) {
		forget_gone(view);
		return;
	}
	/* left out by a filter is not gone */
	if (c ? !c->table || table_find_key(c->table, view->selected) >= 0 : view->filter != NULL)
		return;
	if (!view->gone && view->drawn) {
		view->gone = mem_string(view->drawn);
		view->gone_us = scene->now.wall_us;
	}
	if (place > list->nrows)
		place = list->nrows;
	if (view->gone && scene->now.wall_us - view->gone_us < GONE_US) {
		list_insert(list, place, view->selected);
		return;
	}
	forget_gone(view);
	free(view->selected);
	view->selected = NULL;
	if (list->nrows) {
		if (place >= list->nrows)
			place = list->nrows - 1;
		view->selected = mem_string(row_key(list, place));
	}
}

const size_t *view_order(const struct scene *scene, const struct view *view, const struct collection *c, size_t **owned)
{
	struct row_cache *cache = view->cache;
	bool down = false;
	int column = table_sort_column(c->collector, view, &down);

	*owned = NULL;
	if (cache && cache->order && cache->order_version == c->version && cache->order_server == scene->server &&
	    cache->order_sorted == view->sorted && cache->order_column == column && cache->order_down == down)
		return cache->order;
	*owned = mem_alloc((c->table->nrows + 1) * sizeof(**owned));
	table_row_order(c->collector, view, c->table, *owned);
	if (!cache)
		return *owned;
	free(cache->order);
	cache->order = *owned;
	cache->order_version = c->version;
	cache->order_server = scene->server;
	cache->order_sorted = view->sorted;
	cache->order_column = column;
	cache->order_down = down;
	*owned = NULL;
	return cache->order;
}

void view_forget(struct view *view)
{
	if (!view->cache)
		return;
	free(view->cache->order);
	view->cache->order = NULL;
	view->cache->built = false;
}

/* Findings are of all collectors, rows of one: with thousands of them it matters that they are not built anew for a tick of another's. */
static uint64_t version_of(const struct scene *scene, const struct collection *c)
{
	return c ? c->version : server_version_counter(scene->server);
}

static bool cache_holds(const struct scene *scene, const struct view *view, const struct collection *c)
{
	const struct row_cache *cache = view->cache;

	return cache->built && cache->server == scene->server && cache->changes == view->changes &&
	       cache->version == version_of(scene, c) &&
	       !(view->gone && scene->now.wall_us - view->gone_us >= GONE_US);
}

const struct row_list *pane_rows(const struct scene *scene, struct view *view)
{
	const struct collection *c = pane_collection(scene, view->pane);
	struct row_cache *cache;

	if (!view->cache)
		view->cache = mem_zero(1, sizeof(*view->cache));
	cache = view->cache;
	if (cache_holds(scene, view, c))
		return &cache->list;
	if (c && c->table && c->collector->tree)
		tree_reveal(view, c->table);
	row_list_clear(&cache->list);
	view->pane->rows(scene, view, &cache->list);
	keep_gone(scene, view, &cache->list);
	cache->server = scene->server;
	cache->version = version_of(scene, c);
	cache->changes = view->changes;
	cache->built = true;
	return &cache->list;
}

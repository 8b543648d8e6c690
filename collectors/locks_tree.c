/*
 * The tree of locks from the lists of blockers.
 *
 * Rows are hung up one after the other, longest wait first, each below the first of its blockers
 * that is not below the row itself. So every row is in the tree once, and a circle (a deadlock the
 * server has not found yet) ends at the wait that closed it.
 */
#include "locks.h"

#include <stdlib.h>
#include <string.h>

#include "sessions.h"

struct node {
	size_t row;
	int64_t pid;
	double wait_s;
	double longest;     /* wait in its subtree */
	long parent;
	long root;
	long first, next;   /* below it, and beside it below the same; -1: none */
	int waiters;
	int depth;
};

bool locks_waits(const struct table *t, size_t row)
{
	return *table_text(t, row, LOCKS_BLOCKED_BY) != '\0';
}

/* The entry's object is this one; its mode is what follows. */
static bool entry_is(const char *entry, size_t len, const char *object, const char **mode, size_t *mode_len)
{
	size_t n = strlen(object);

	if (n == 0 || len <= n || memcmp(entry, object, n) != 0 || entry[n] != ' ')
		return false;
	*mode = entry + n + 1;
	*mode_len = len - n - 1;
	return true;
}

int locks_held_modes(const struct table *t, size_t row, const char *object, struct strbuf *out)
{
	struct { const char *mode; size_t len; } by_strength[9] = { 0 };
	const char *entry, *mode;
	size_t at = 0, len, mode_len;
	int strongest = 0;

	while ((entry = table_list_next(t, row, LOCKS_HELD, &at, &len)) != NULL) {
		int strength;
		if (!entry_is(entry, len, object, &mode, &mode_len))
			continue;
		strength = lock_mode_strength(mode, mode_len);
		by_strength[strength].mode = mode;
		by_strength[strength].len = mode_len;
	}
	for (int i = 1; i <= 8; i++) {
		if (by_strength[i].mode == NULL)
			continue;
		if (strongest)
			strbuf_addc(out, LIST_SEPARATOR);
		lock_mode_add(out, by_strength[i].mode, by_strength[i].len);
		strongest = i;
	}
	return strongest;
}

/* Whether the row holds what the other waits for, in a mode that keeps it waiting. */
static bool holds_against(const struct table *t, size_t row, size_t waiter)
{
	const char *wanted = table_text(t, waiter, LOCKS_WANTED), *mode = table_text(t, waiter, LOCKS_LOCK_MODE);
	const char *entry, *held;
	size_t at = 0, len, held_len;

	while ((entry = table_list_next(t, row, LOCKS_HELD, &at, &len)) != NULL)
		if (entry_is(entry, len, wanted, &held, &held_len) && lock_modes_conflict(held, held_len, mode, strlen(mode)))
			return true;
	return false;
}

/* Sessions by pid; of prepared transactions (pid 0) the oldest first. */
static int compare_by_pid(const void *a, const void *b)
{
	const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->wait_s != y->wait_s)
		return x->wait_s < y->wait_s ? 1 : -1;
	return (x->row > y->row) - (x->row < y->row);
}

static int compare_by_wait(const void *a, const void *b)
{
	const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;

	if (x->wait_s != y->wait_s)
		return x->wait_s < y->wait_s ? 1 : -1;
	return x->pid != y->pid ? (x->pid < y->pid ? -1 : 1) : (x->row > y->row) - (x->row < y->row);
}

static int compare_by_longest(const void *a, const void *b)
{
	const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;

	if (x->longest != y->longest)
		return x->longest < y->longest ? 1 : -1;
	return compare_by_wait(a, b);
}

/* The first node with this pid, or n. */
static size_t find_pid(struct node *const *by_pid, size_t n, int64_t pid)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (by_pid[middle]->pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && by_pid[low]->pid == pid ? low : n;
}

/*
 * The prepared transaction behind a 0: the oldest that holds the lock, or the only one there is.
 * NULL: it cannot be told.
 */
static struct node *find_prepared(const struct table *t, struct node *const *by_pid, size_t n, size_t waiter)
{
	size_t i;

	for (i = 0; i < n && by_pid[i]->pid == 0; i++)
		if (holds_against(t, by_pid[i]->row, waiter))
			return by_pid[i];
	return i == 1 ? by_pid[0] : NULL;
}

static bool is_below(const struct node *nodes, const struct node *node, const struct node *other)
{
	while (node != other) {
		if (node->parent < 0)
			return false;
		node = &nodes[node->parent];
	}
	return true;
}

/* The node behind a member of a waiter's list, or NULL. */
static struct node *find_blocker(const struct table *t, struct node *const *by_pid, size_t n, int64_t pid, size_t waiter)
{
	size_t found;

	if (pid == 0)
		return find_prepared(t, by_pid, n, waiter);
	found = find_pid(by_pid, n, pid);
	return found < n ? by_pid[found] : NULL;
}

/*
 * Puts those that hold the lock before those that only wait ahead in its queue, and hangs the node
 * below the first it can. A session in its own list would be below itself: it is left out.
 */
static void hang_up(struct table *t, struct node *nodes, struct node *const *by_pid, size_t n, struct node *node)
{
	size_t count, held = 0, ahead = 0;
	int64_t *pids = session_pids(t, node->row, LOCKS_BLOCKED_BY, &count);
	int64_t *queue = mem_alloc((count + 1) * sizeof *queue);
	struct node *holder = NULL, *first = NULL;

	for (size_t i = 0; i < count; i++) {
		int64_t pid = pids[i];
		struct node *blocker = pid == node->pid ? NULL : find_blocker(t, by_pid, n, pid, node->row);
		bool holds = pid == 0 || (blocker && holds_against(t, blocker->row, node->row));
		struct node **best = holds ? &holder : &first;

		if (pid == node->pid)
			continue;
		if (holds)
			pids[held++] = pid;
		else
			queue[ahead++] = pid;
		if (blocker && !*best && !is_below(nodes, blocker, node))
			*best = blocker;
	}
	if (holder || first)
		node->parent = (holder ? holder : first) - nodes;
	if (ahead > 0)
		memcpy(pids + held, queue, ahead * sizeof *pids);
	session_set_pids(t, node->row, LOCKS_BLOCKED_BY, pids, held + ahead);
	free(queue);
	free(pids);
}

struct pid_row {
	int64_t pid;
	size_t row;
};

static int compare_pid_rows(const void *a, const void *b)
{
	const struct pid_row *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static bool is_worker(const struct table *t, size_t row)
{
	int64_t leader = table_int(t, row, LOCKS_LEADER_PID);

	return leader && leader != table_int(t, row, LOCKS_PID);
}

/* A parallel worker's wait is its leader's: the leader's row takes it, and the worker's goes. */
static void fold_workers(struct table *t)
{
	static const int taken[] = { LOCKS_BLOCKED_BY, LOCKS_LOCK_MODE, LOCKS_LOCK_TYPE, LOCKS_WAIT_S, LOCKS_WANTED, LOCKS_FOCUS,
				     LOCKS_RELATION_KEY, LOCKS_RELATION, LOCKS_RELATION_DATABASE, LOCKS_RELATION_NAME,
				     LOCKS_RELATION_SHORT, LOCKS_OTHER_OBJECT };
	bool *drop = mem_zero(t->nrows + 1, sizeof *drop);
	struct pid_row *rows = mem_zero(t->nrows + 1, sizeof *rows);

	for (size_t row = 0; row < t->nrows; row++)
		rows[row] = (struct pid_row){ table_int(t, row, LOCKS_PID), row };
	qsort(rows, t->nrows, sizeof *rows, compare_pid_rows);
	for (size_t row = 0; row < t->nrows; row++) {
		struct pid_row wanted = { table_int(t, row, LOCKS_LEADER_PID), 0 }, *leader;
		if (!is_worker(t, row))
			continue;
		leader = bsearch(&wanted, rows, t->nrows, sizeof *rows, compare_pid_rows);
		if (leader == NULL)
			continue;
		if (!locks_waits(t, leader->row))
			for (size_t c = 0; c < sizeof taken / sizeof *taken; c++)
				*table_cell(t, leader->row, (size_t)taken[c]) = *table_cell(t, row, (size_t)taken[c]);
		drop[row] = true;
	}
	table_drop_rows(t, drop);
	free(rows);
	free(drop);
}

/* Puts each node on the list of those below its parent; gives the list of the roots. Lists are in the order of `sorted`. */
static long link_nodes(struct node *nodes, struct node *const *sorted, size_t n)
{
	long top = -1;

	for (size_t i = 0; i < n; i++)
		nodes[i].first = -1;
	for (size_t i = n; i-- > 0;) {
		long *list = sorted[i]->parent < 0 ? &top : &nodes[sorted[i]->parent].first;
		sorted[i]->next = *list;
		*list = sorted[i] - nodes;
	}
	return top;
}

/* Writes the nodes from `node` on, each before those below it. */
static size_t write_order(const struct node *nodes, long node, size_t *order, size_t at)
{
	for (; node >= 0; node = nodes[node].next) {
		order[at++] = (size_t)node;
		at = write_order(nodes, nodes[node].first, order, at);
	}
	return at;
}

/* Depths and roots from above, waiters and the longest wait from below: each node is looked at twice, however deep it is. */
static void count_waiters(struct node *nodes, const size_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct node *node = &nodes[order[i]];
		const struct node *parent = node->parent < 0 ? NULL : &nodes[node->parent];
		node->depth = parent ? parent->depth + 1 : 0;
		node->root = parent ? parent->root : (long)order[i];
		node->longest = node->pid ? node->wait_s : 0;
	}
	for (size_t i = n; i-- > 0;) {
		const struct node *node = &nodes[order[i]];
		struct node *parent = node->parent < 0 ? NULL : &nodes[node->parent];
		if (parent == NULL)
			continue;
		parent->waiters += node->waiters + 1;
		if (node->longest > parent->longest)
			parent->longest = node->longest;
	}
}

static void write_cells(struct table *t, const struct node *nodes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct node *root = &nodes[nodes[i].root];
		table_set_int(t, nodes[i].row, LOCKS_DEPTH, nodes[i].depth);
		table_set_int(t, nodes[i].row, LOCKS_WAITERS, nodes[i].waiters);
		if (locks_waits(t, root->row))
			table_set_none(t, nodes[i].row, LOCKS_ROOT_PID, CELL_UNKNOWN);
		else
			table_set_int(t, nodes[i].row, LOCKS_ROOT_PID, root->pid);
	}
}

/* Waiters by their wait, roots by the longest behind them, which is known once the tree stands. */
static void sort_tree(struct table *t, struct node *nodes, struct node *const *by_wait, size_t n)
{
	size_t *order = mem_zero(n + 1, sizeof *order), nroots = 0;
	struct node **roots = mem_zero(n + 1, sizeof *roots);
	long top = link_nodes(nodes, by_wait, n);

	write_order(nodes, top, order, 0);
	count_waiters(nodes, order, n);
	write_cells(t, nodes, n);
	for (long node = top; node >= 0; node = nodes[node].next)
		roots[nroots++] = &nodes[node];
	qsort(roots, nroots, sizeof *roots, compare_by_longest);
	top = -1;
	for (size_t i = nroots; i-- > 0;) {
		roots[i]->next = top;
		top = roots[i] - nodes;
	}
	write_order(nodes, top, order, 0);
	for (size_t i = 0; i < n; i++)
		order[i] = nodes[order[i]].row;
	table_reorder(t, order);
	free(roots);
	free(order);
}

/* Sessions that neither wait any more nor are waited for: the lock was granted while we asked. */
static void drop_bystanders(struct table *t)
{
	bool *drop = mem_zero(t->nrows + 1, sizeof *drop);

	for (size_t row = 0; row < t->nrows; row++)
		drop[row] = table_int(t, row, LOCKS_PID) != 0 && !locks_waits(t, row) && table_int(t, row, LOCKS_WAITERS) == 0;
	table_drop_rows(t, drop);
	free(drop);
}

void locks_tree(struct table *t)
{
	struct node *nodes, **by_pid, **by_wait;
	size_t n;

	fold_workers(t);
	n = t->nrows;
	nodes = mem_zero(n + 1, sizeof *nodes);
	by_pid = mem_zero(n + 1, sizeof *by_pid);
	by_wait = mem_zero(n + 1, sizeof *by_wait);
	for (size_t i = 0; i < n; i++) {
		int64_t pid = table_int(t, i, LOCKS_PID);
		/*
		 * A prepared transaction waits for nobody: its age stands where others have their
		 * wait.
		 */
		nodes[i] = (struct node){ .row = i, .pid = pid, .parent = -1,
					  .wait_s = table_number(t, i, pid ? LOCKS_WAIT_S : LOCKS_TRANSACTION_S) };
		by_pid[i] = by_wait[i] = &nodes[i];
	}
	qsort(by_pid, n, sizeof *by_pid, compare_by_pid);
	qsort(by_wait, n, sizeof *by_wait, compare_by_wait);
	for (size_t i = 0; i < n; i++)
		hang_up(t, nodes, by_pid, n, by_wait[i]);
	sort_tree(t, nodes, by_wait, n);
	drop_bystanders(t);
	free(nodes);
	free(by_pid);
	free(by_wait);
}

/*
 * Which indexes of one table do the same work, and which of them stay.
 *
 * Decided from the longest to the shortest, of equals the less needed first: so a partner that makes another needless is known to stay,
 * and the last index that supports a foreign key is the one that fits it best.
 */
#include "unused_indexes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The most columns an index can have, unless the server was built otherwise: such ones are not compared. */
enum { KEYS_MAX = 32 };

struct definition {
	int nkeys, natts;             /* 0: not to be compared */
	int64_t attributes[KEYS_MAX], classes[KEYS_MAX], collations[KEYS_MAX], options[KEYS_MAX];
	int64_t predicate, expressions, settings;   /* hashes; 0: none */
};

struct member {
	struct index_fate fate;
	struct definition d;
	const char *method;
	const char *foreign_keys;
	int64_t oid, guards, scans;
	bool scanned, whole, hard, decided;
};

static int read_numbers(const char **p, int64_t *to, int max)
{
	int n = 0;

	while (**p && **p != '|') {
		char *end;
		int64_t value = strtoll(*p, &end, 10);

		if (end == *p)
			return -1;
		if (n == max)
			return -1;
		to[n++] = value;
		*p = end + strspn(end, " ");
	}
	if (**p == '|')
		++*p;
	return n;
}

/* `nkeys|indkey|indclass|indcollation|indoption|predicate|expressions`, each a row of numbers; `|settings` behind it where it has any. */
static struct definition read_definition(const char *text)
{
	struct definition d = { 0 };
	int64_t nkeys = 0;
	bool fits = *text && read_numbers(&text, &nkeys, 1) == 1 && nkeys > 0 && nkeys <= KEYS_MAX;

	d.natts = fits ? read_numbers(&text, d.attributes, KEYS_MAX) : -1;
	fits = fits && d.natts >= nkeys && read_numbers(&text, d.classes, KEYS_MAX) >= nkeys &&
	       read_numbers(&text, d.collations, KEYS_MAX) >= nkeys && read_numbers(&text, d.options, KEYS_MAX) >= nkeys &&
	       read_numbers(&text, &d.predicate, 1) == 1 && read_numbers(&text, &d.expressions, 1) == 1 &&
	       read_numbers(&text, &d.settings, 1) >= 0;
	d.nkeys = fits ? (int)nkeys : 0;
	return d;
}

static bool has_attribute(const struct definition *d, int64_t attribute)
{
	for (int i = 0; i < d->natts; i++)
		if (d->attributes[i] == attribute && attribute)
			return true;
	return false;
}

/* Whether b begins with the key columns of a, compared and ordered alike. */
static bool begins_with(const struct definition *b, const struct definition *a)
{
	size_t size = (size_t)a->nkeys * sizeof(*a->attributes);

	return a->nkeys && b->nkeys >= a->nkeys && a->predicate == b->predicate &&
	       memcmp(a->attributes, b->attributes, size) == 0 && memcmp(a->classes, b->classes, size) == 0 &&
	       memcmp(a->collations, b->collations, size) == 0 && memcmp(a->options, b->options, size) == 0;
}

/* Whether all that a stores is in b: INCLUDE columns in any order, or as keys. */
static bool stores(const struct definition *b, const struct definition *a)
{
	for (int i = a->nkeys; i < a->natts; i++)
		if (!has_attribute(b, a->attributes[i]))
			return false;
	return true;
}

static bool are_twins(const struct member *a, const struct member *b)
{
	return a->whole && b->whole && a->d.nkeys == b->d.nkeys && a->d.natts == b->d.natts &&
	       a->d.expressions == b->d.expressions && a->d.settings == b->d.settings && strcmp(a->method, b->method) == 0 &&
	       begins_with(&b->d, &a->d) &&
	       stores(&a->d, &b->d) && stores(&b->d, &a->d);
}

/* Whether b, a longer btree, answers all that a answers. */
static bool covers(const struct member *b, const struct member *a)
{
	return b->whole && strcmp(a->method, "btree") == 0 && strcmp(b->method, "btree") == 0 &&
	       (b->d.nkeys > a->d.nkeys || b->d.natts > a->d.natts) && a->d.expressions == 0 &&
	       begins_with(&b->d, &a->d) && stores(&b->d, &a->d);
}

/* Of twins the one that must stay, else the one that is used, else the older. */
static bool is_better(const struct member *a, const struct member *b)
{
	if (a->hard != b->hard)
		return a->hard;
	if (a->hard && (a->guards & GUARD_CONSTRAINT) != (b->guards & GUARD_CONSTRAINT))
		return (a->guards & GUARD_CONSTRAINT) != 0;
	if (a->scans != b->scans)
		return a->scans > b->scans;
	return a->oid < b->oid;
}

static int compare_members(const void *x, const void *y)
{
	const struct member *a = *(const struct member *const *)x, *b = *(const struct member *const *)y;

	if (a->d.nkeys != b->d.nkeys)
		return b->d.nkeys - a->d.nkeys;
	if (a->d.natts != b->d.natts)
		return b->d.natts - a->d.natts;
	return is_better(b, a) ? -1 : is_better(a, b);
}

static bool supports(const struct member *m, const char *foreign_key, size_t len)
{
	for (const char *p = m->foreign_keys; *p; p += strcspn(p, ","), p += *p == ',')
		if (strcspn(p, ",") == len && memcmp(p, foreign_key, len) == 0)
			return true;
	return false;
}

/* Whether each foreign key it supports has another index left. */
static bool others_support(const struct member *m, const struct member *all, size_t n)
{
	for (const char *p = m->foreign_keys; *p; p += strcspn(p, ","), p += *p == ',') {
		bool another = false;

		for (size_t i = 0; i < n && !another; i++)
			another = &all[i] != m && !all[i].fate.drop && all[i].whole && supports(&all[i], p, strcspn(p, ","));
		if (!another)
			return false;
	}
	return true;
}

static const struct member *best_twin(const struct member *m, const struct member *all, size_t n)
{
	const struct member *best = m;

	for (size_t i = 0; i < n && m->d.nkeys; i++)
		if (&all[i] != m && are_twins(m, &all[i]) && is_better(&all[i], best))
			best = &all[i];
	return best == m ? NULL : best;
}

/* The shortest one that stays and does its work; of those the more used. */
static const struct member *cover(const struct member *m, const struct member *all, size_t n)
{
	const struct member *best = NULL;

	for (size_t i = 0; i < n && m->d.nkeys && !m->hard; i++) {
		const struct member *c = &all[i];

		if (c == m || !c->decided || c->fate.drop || !covers(c, m))
			continue;
		if (!best || c->d.nkeys < best->d.nkeys || (c->d.nkeys == best->d.nkeys && is_better(c, best)))
			best = c;
	}
	return best;
}

static void decide(struct member *m, const struct member *all, size_t n)
{
	const struct member *twin = best_twin(m, all, n), *longer = twin ? NULL : cover(m, all, n);
	const struct member *partner = twin ? twin : longer;
	bool countable = (m->guards & (STATE_UNCOUNTED | STATE_STANDBY)) == 0;

	m->decided = true;
	if (!m->whole) {
		m->fate.problem = PROBLEM_INVALID;
		return;
	}
	m->fate.problem = twin ? PROBLEM_DUPLICATE : longer ? PROBLEM_REDUNDANT : !m->scanned ? PROBLEM_UNUSED : PROBLEM_NONE;
	m->fate.partner = partner ? (long)partner->fate.row : -1;
	if (m->fate.problem == PROBLEM_NONE || m->hard || (m->fate.problem == PROBLEM_UNUSED && !countable))
		return;
	m->fate.drop = others_support(m, all, n);
	m->fate.last_supporter = !m->fate.drop;
}

static struct member read_member(const struct table *t, size_t row)
{
	struct member m = {
		.fate = { .row = row, .partner = -1 },
		.method = table_text(t, row, UNUSED_INDEXES_METHOD),
		.foreign_keys = table_text(t, row, UNUSED_INDEXES_FOREIGN_KEYS),
		.oid = table_int(t, row, UNUSED_INDEXES_OID),
		.guards = table_int(t, row, UNUSED_INDEXES_GUARDS),
		.scans = table_int(t, row, UNUSED_INDEXES_SCANS),
	};

	m.scanned = m.scans > 0;
	m.whole = (m.guards & STATE_NOT_WHOLE) == 0;
	m.hard = (m.guards & GUARD_HARD) != 0;
	m.d = read_definition(table_text(t, row, UNUSED_INDEXES_SHAPE));
	return m;
}

struct index_fate *index_fates(const struct table *t, size_t first, size_t *n)
{
	int64_t table_oid = table_int(t, first, UNUSED_INDEXES_TABLE_OID);
	size_t end = first;
	struct member *all, **order;
	struct index_fate *fates;

	while (end < t->nrows && table_int(t, end, UNUSED_INDEXES_TABLE_OID) == table_oid)
		end++;
	*n = end - first;
	all = mem_zero(*n + 1, sizeof(*all));
	order = mem_zero(*n + 1, sizeof(struct member *));
	fates = mem_zero(*n + 1, sizeof(*fates));
	for (size_t i = 0; i < *n; i++) {
		all[i] = read_member(t, first + i);
		order[i] = &all[i];
	}
	qsort(order, *n, sizeof(*order), compare_members);
	for (size_t i = 0; i < *n; i++)
		decide(order[i], all, *n);
	for (size_t i = 0; i < *n; i++)
		fates[i] = all[i].fate;
	free(order);
	free(all);
	return fates;
}

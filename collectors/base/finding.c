#include "finding.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "strbuf.h"

const char *severity_name(enum severity s)
{
	switch (s) {
	case SEVERITY_CRITICAL:
		return "critical";
	case SEVERITY_WARNING:
		return "warning";
	case SEVERITY_INFO:
		break;
	}
	return "info";
}

const char *check_result_name(enum check_result r)
{
	switch (r) {
	case CHECK_OK:
		return "ok";
	case CHECK_FINDING:
		return "finding";
	case CHECK_NOT_APPLICABLE:
		return "n/a";
	case CHECK_UNKNOWN:
	case CHECK_NONE:
		break;
	}
	return "unknown";
}

static void finding_clear(struct finding *f)
{
	free(f->title);
	free(f->evidence);
	free(f->fix_sql);
	free(f->key);
	free(f->cause_key);
	free(f->title_clause);
	free(f->evidence_clause);
}

void outcomes_clear(struct outcomes *o)
{
	for (size_t i = 0; i < o->nfindings; i++)
		finding_clear(&o->findings[i]);
	for (size_t i = 0; i < o->nchecks; i++)
		free(o->checks[i].why);
	free(o->findings);
	free(o->checks);
	*o = (struct outcomes){ 0 };
}

/*
 * The arrays keep no size of their own: they are enlarged whenever their number is a power of two.
 */
static void *grow(void *items, size_t n, size_t size)
{
	return n & (n - 1) ? items : mem_resize(items, n ? 2 * n : 1, size);
}

static struct check *check_of(struct outcomes *o, const char *id)
{
	struct check *c;

	for (size_t i = 0; i < o->nchecks; i++) {
		if (strcmp(o->checks[i].id, id) == 0)
			return &o->checks[i];
	}
	o->checks = grow(o->checks, o->nchecks, sizeof(*o->checks));
	c = &o->checks[o->nchecks++];
	*c = (struct check){ .id = id };
	return c;
}

static int badness(enum check_result r)
{
	static const int order[] = {
		[CHECK_NONE] = 0,
		[CHECK_NOT_APPLICABLE] = 1,
		[CHECK_OK] = 2,
		[CHECK_UNKNOWN] = 3,
		[CHECK_FINDING] = 4,
	};

	return order[r];
}

void outcomes_check(struct outcomes *o, const char *id, enum check_result result, const char *why)
{
	struct check *c = check_of(o, id);

	if (badness(result) < badness(c->result))
		return;
	if (result != c->result || (why && !c->why)) {
		free(c->why);
		c->why = why ? mem_string(why) : NULL;
	}
	c->result = result;
}

static struct finding *finding_add(struct outcomes *o)
{
	o->findings = grow(o->findings, o->nfindings, sizeof(*o->findings));
	return &o->findings[o->nfindings++];
}

struct finding *outcomes_finding(struct outcomes *o, const char *id, enum severity severity)
{
	struct finding *f = finding_add(o);

	*f = (struct finding){ .id = id, .severity = severity, .folded_into = -1 };
	outcomes_check(o, id, CHECK_FINDING, NULL);
	return f;
}

void outcomes_add_copy(struct outcomes *o, const struct outcomes *from)
{
	for (size_t i = 0; i < from->nfindings; i++) {
		const struct finding *g = &from->findings[i];
		struct finding *f = finding_add(o);

		*f = *g;
		f->title = mem_string_or_null(g->title);
		f->evidence = mem_string_or_null(g->evidence);
		f->fix_sql = mem_string_or_null(g->fix_sql);
		f->key = mem_string_or_null(g->key);
		f->cause_key = mem_string_or_null(g->cause_key);
		f->title_clause = mem_string_or_null(g->title_clause);
		f->evidence_clause = mem_string_or_null(g->evidence_clause);
		f->folded_into = -1;
	}
	for (size_t i = 0; i < from->nchecks; i++) {
		const struct check *c = &from->checks[i];

		outcomes_check(o, c->id, c->result, c->why);
	}
}

static int compare_strings(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static bool same_row(const char *pane, const char *key, const char *other_pane, const char *other_key)
{
	return compare_strings(pane, other_pane) == 0 && compare_strings(key, other_key) == 0;
}

/*
 * Worst first; where severity is equal the one that stops most sessions, then the oldest, those of
 * unknown age last.
 */
static int compare_findings(const struct finding *a, const struct finding *b)
{
	int c;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->stops != b->stops)
		return a->stops > b->stops ? -1 : 1;
	if (a->since_us != b->since_us) {
		if (!a->since_us || !b->since_us)
			return a->since_us ? -1 : 1;
		return a->since_us < b->since_us ? -1 : 1;
	}
	c = strcmp(a->id, b->id);
	if (c)
		return c;
	c = compare_strings(a->pane, b->pane);
	return c ? c : compare_strings(a->key, b->key);
}

struct ranked {
	struct finding finding;
	size_t old;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int c = compare_findings(&x->finding, &y->finding);

	return c ? c : x->old < y->old ? -1 : 1;
}

/* Sorts, and takes the references along; equal findings keep their order. */
static void sort_findings(struct outcomes *o)
{
	size_t n = o->nfindings;
	struct ranked *ranked = mem_zero(n, sizeof(*ranked));
	long *place = mem_zero(n, sizeof(*place));   /* of the old number: the new one */

	for (size_t i = 0; i < n; i++)
		ranked[i] = (struct ranked){ o->findings[i], i };
	qsort(ranked, n, sizeof(*ranked), compare_ranked);
	for (size_t i = 0; i < n; i++)
		place[ranked[i].old] = (long)i;
	for (size_t i = 0; i < n; i++) {
		struct finding *f = &o->findings[i];

		*f = ranked[i].finding;
		if (f->folded_into >= 0)
			f->folded_into = place[f->folded_into];
	}
	free(ranked);
	free(place);
}

/*
 * The finding whose row causes this one, or -1. Of several with that row the one that has no
 * cause itself; a finding that names its own row as its cause is not folded into itself but into
 * another about that row.
 */
static long cause_of(const struct outcomes *o, size_t i)
{
	const struct finding *f = &o->findings[i];
	long found = -1;

	if (!f->cause_pane)
		return -1;
	for (size_t j = 0; j < o->nfindings; j++) {
		const struct finding *g = &o->findings[j];

		if (j == i || !same_row(g->pane, g->key, f->cause_pane, f->cause_key))
			continue;
		if (!g->cause_pane)
			return (long)j;
		if (found < 0)
			found = (long)j;
	}
	return found;
}

/* Whether following causes from i leads back to i. */
static bool in_circle(const long *cause, size_t n, long i)
{
	long at = cause[i];

	for (size_t step = 0; step < n && at >= 0 && at != i; step++)
		at = cause[at];
	return at == i;
}

static void add_clause(char **text, const char *clause)
{
	char *old = *text;

	/* Two findings may say the same of the one that stands for them. */
	if (!clause || (old && strstr(old, clause)))
		return;
	*text = mem_format("%s%s", old ? old : "", clause);
	free(old);
}

static void fold(struct outcomes *o, size_t i, const long *cause)
{
	struct finding *f = &o->findings[i], *stands;
	long at = cause[i];

	f->folded_into = -1;
	if (at < 0)
		return;
	while (cause[at] >= 0)
		at = cause[at];
	f->folded_into = at;
	stands = &o->findings[at];
	if (f->severity > stands->severity)
		stands->severity = f->severity;
	add_clause(&stands->title, f->title_clause);
	add_clause(&stands->evidence, f->evidence_clause);
}

void outcomes_rank(struct outcomes *o)
{
	size_t n = o->nfindings;
	long *cause;
	bool *circle;

	if (!n)
		return;
	/*
	 * First by what each says itself, so that clauses come in a fixed order; again once
	 * severities are lent.
	 */
	sort_findings(o);
	cause = mem_zero(n, sizeof(*cause));
	circle = mem_zero(n, sizeof(*circle));
	for (size_t i = 0; i < n; i++)
		cause[i] = cause_of(o, i);
	for (size_t i = 0; i < n; i++)
		circle[i] = cause[i] >= 0 && in_circle(cause, n, (long)i);
	for (size_t i = 0; i < n; i++) {
		if (circle[i])
			cause[i] = -1;
	}
	for (size_t i = 0; i < n; i++)
		fold(o, i, cause);
	sort_findings(o);
	free(cause);
	free(circle);
}

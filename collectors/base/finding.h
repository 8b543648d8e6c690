/*
 * What judging a table concludes: findings, and one result for each check.
 *
 * A check ends in one of four ways; only CHECK_FINDING has findings. A finding whose cause is
 * another finding's row is folded into that one: it stays in the list (for reports), and its
 * clauses are added to the other's title and evidence. One cause is one line on the screen.
 */
#ifndef PGTOP_FINDING_H
#define PGTOP_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_CRITICAL };

enum check_result { CHECK_NONE, CHECK_OK, CHECK_FINDING, CHECK_UNKNOWN, CHECK_NOT_APPLICABLE };

struct finding {
	const char *id;          /* of reference/readiness.md: `lock-queue` */
	enum severity severity;
	int64_t stops;           /* sessions that cannot go on because of it; 0: none */
	char *title;             /* one line: what is wrong, naming pid or object and figure */
	char *evidence;          /* one line: the proof */
	char *fix_sql;           /* exact statement, or NULL */
	int64_t since_us;        /* epoch, server's clock; 0: not known */
	bool since_at_least;     /* it is at least that old */
	const char *pane;        /* where the proof is: a collector's name, or `connection` */
	char *key;               /* table_key() of the row there; NULL: the whole pane */
	const char *cause_pane;  /* the row that causes it, when that is another; NULL: none */
	char *cause_key;
	char *title_clause;      /* added to the title of the finding it is folded into: ` and holds xmin`; may be NULL */
	char *evidence_clause;   /* likewise: `; oldest xmin, 1.9M transactions back` */

	/* filled by the server's list, not by judge() */
	long folded_into;        /* index of the finding that stands for this one; -1: stands for itself */
	int64_t first_seen_us;   /* our clock */
	bool news;               /* before it was first seen, its check had told that it was not so: `fresh` for ten seconds */
};

struct check {
	const char *id;
	enum check_result result;
	char *why;               /* CHECK_UNKNOWN: what would tell: a GRANT, a setting; else NULL */
};

struct outcomes {
	struct finding *findings;
	size_t nfindings;
	struct check *checks;
	size_t nchecks;
	int64_t quiet_since_us;  /* epoch, our clock, filled by the server's list: since when nothing is found; 0: not known */
};

const char *severity_name(enum severity s);            /* "critical", "warning", "info" */
const char *check_result_name(enum check_result r);    /* "ok", "finding", "unknown", "n/a" */

void outcomes_clear(struct outcomes *o);

/*
 * Sets a check's result; `why` (copied) may be NULL. Said twice, the worse stays: finding,
 * unknown, ok, n/a.
 */
void outcomes_check(struct outcomes *o, const char *id, enum check_result result, const char *why);

/*
 * Adds a finding for check `id` and marks the check. The caller fills the rest (all strings owned
 * by it from then on). The pointer is good until the next call.
 */
struct finding *outcomes_finding(struct outcomes *o, const char *id, enum severity severity);

/*
 * Adds a copy of everything in `from`: the server keeps what each collector said and ranks it
 * anew together.
 */
void outcomes_add_copy(struct outcomes *o, const struct outcomes *from);

/*
 * Orders findings worst first (severity, sessions stopped, oldest, then id and key), and folds: sets
 * folded_into and adds the clauses. A chain is followed to its end; a circle is left unfolded. A
 * folded finding lends its severity to the one that stands for it.
 */
void outcomes_rank(struct outcomes *o);

#endif

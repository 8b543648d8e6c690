/* Findings: their order, and one cause being one finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/finding.h"
#include "collectors/base/memory.h"

/* A finding about row (pane, key), caused by row (cause_pane, cause_key). */
struct row {
	const char *id;
	enum severity severity;
	int64_t since_us;
	const char *pane, *key, *cause_pane, *cause_key;
};

static char *copy(const char *s)
{
	return s ? mem_string(s) : NULL;
}

static void add(struct outcomes *o, const struct row *r)
{
	struct finding *f = outcomes_finding(o, r->id, r->severity);

	f->title = mem_string(r->id);
	f->evidence = mem_format("of %s", r->id);
	f->since_us = r->since_us;
	f->pane = r->pane;
	f->key = copy(r->key);
	f->cause_pane = r->cause_pane;
	f->cause_key = copy(r->cause_key);
	f->title_clause = mem_format(" and %s", r->id);
	f->evidence_clause = mem_format("; %s", r->id);
}

/* Finds by id; gives the title of what it is folded into, or NULL. */
static const char *folded(const struct outcomes *o, const char *id)
{
	for (size_t i = 0; i < o->nfindings; i++) {
		if (strcmp(o->findings[i].id, id) == 0)
			return o->findings[i].folded_into < 0 ? NULL : o->findings[o->findings[i].folded_into].title;
	}
	fail_msg("no finding %s", id);
	return NULL;
}

static void ranked(struct outcomes *o, const struct row *rows, size_t n)
{
	*o = (struct outcomes){ 0 };
	for (size_t i = 0; i < n; i++)
		add(o, &rows[i]);
	outcomes_rank(o);
	assert_int_equal(o->nfindings, n);
}

#define RANKED(o, rows) ranked(o, rows, sizeof(rows) / sizeof((rows)[0]))

static void names(void **state)
{
	(void)state;
	assert_string_equal(severity_name(SEVERITY_INFO), "info");
	assert_string_equal(severity_name(SEVERITY_WARNING), "warning");
	assert_string_equal(severity_name(SEVERITY_CRITICAL), "critical");
	assert_string_equal(check_result_name(CHECK_OK), "ok");
	assert_string_equal(check_result_name(CHECK_FINDING), "finding");
	assert_string_equal(check_result_name(CHECK_UNKNOWN), "unknown");
	assert_string_equal(check_result_name(CHECK_NOT_APPLICABLE), "n/a");
}

static void worse_result_stays(void **state)
{
	static const enum check_result worse_first[] = { CHECK_FINDING, CHECK_UNKNOWN, CHECK_OK, CHECK_NOT_APPLICABLE };

	(void)state;
	for (size_t a = 0; a < 4; a++) {
		for (size_t b = 0; b < 4; b++) {
			struct outcomes o = { 0 };

			outcomes_check(&o, "x", worse_first[a], NULL);
			outcomes_check(&o, "x", worse_first[b], NULL);
			assert_int_equal(o.nchecks, 1);
			assert_int_equal(o.checks[0].result, worse_first[a < b ? a : b]);
			outcomes_clear(&o);
		}
	}
}

static void why(void **state)
{
	struct outcomes o = { 0 };

	(void)state;
	outcomes_check(&o, "x", CHECK_OK, NULL);
	outcomes_check(&o, "x", CHECK_UNKNOWN, "GRANT pg_monitor");
	outcomes_check(&o, "x", CHECK_UNKNOWN, "another");
	outcomes_check(&o, "x", CHECK_OK, NULL);
	assert_string_equal(o.checks[0].why, "GRANT pg_monitor");
	outcomes_finding(&o, "x", SEVERITY_INFO);
	assert_null(o.checks[0].why);
	assert_int_equal(o.checks[0].result, CHECK_FINDING);
	outcomes_clear(&o);
	assert_int_equal(o.nchecks, 0);
	assert_int_equal(o.nfindings, 0);
}

static void order(void **state)
{
	static const struct row rows[] = {
		{ "info", SEVERITY_INFO, 1, "a", "1", NULL, NULL },
		{ "warning-young", SEVERITY_WARNING, 90, "a", "1", NULL, NULL },
		{ "warning-unknown", SEVERITY_WARNING, 0, "a", "1", NULL, NULL },
		{ "warning-old", SEVERITY_WARNING, 10, "a", "1", NULL, NULL },
		{ "same-b", SEVERITY_CRITICAL, 50, "a", "1", NULL, NULL },
		{ "same-a", SEVERITY_CRITICAL, 50, "a", "2", NULL, NULL },
		{ "same-a", SEVERITY_CRITICAL, 50, "a", "1", NULL, NULL },
	};
	static const char *const expected[] = {
		"same-a", "same-a", "same-b", "warning-old", "warning-young", "warning-unknown", "info",
	};
	struct outcomes o;

	(void)state;
	RANKED(&o, rows);
	for (size_t i = 0; i < o.nfindings; i++) {
		assert_string_equal(o.findings[i].id, expected[i]);
		assert_int_equal(o.findings[i].folded_into, -1);
		assert_string_equal(o.findings[i].title, expected[i]);
	}
	assert_string_equal(o.findings[0].key, "1");
	assert_string_equal(o.findings[1].key, "2");
	outcomes_clear(&o);
	outcomes_rank(&o);
}

/* xmin-horizon is held by an idle transaction, which is the root of a queue: one line. */
static void chain(void **state)
{
	static const struct row rows[] = {
		{ "xmin-horizon", SEVERITY_CRITICAL, 5, "stats", "oldest_xmin", "activity", "4127\x1f" "99" },
		{ "idle-in-transaction", SEVERITY_INFO, 7, "activity", "4127\x1f" "99", "locks", "4127\x1f" },
		{ "lock-queue", SEVERITY_WARNING, 30, "locks", "4127\x1f", NULL, NULL },
		{ "connections", SEVERITY_CRITICAL, 20, "stats", "connections_used", NULL, NULL },
	};
	struct outcomes o;

	(void)state;
	RANKED(&o, rows);
	assert_string_equal(folded(&o, "xmin-horizon"), folded(&o, "idle-in-transaction"));
	assert_null(folded(&o, "lock-queue"));
	assert_null(folded(&o, "connections"));

	/*
	 * severity is lent, which orders it anew; since stays its own; clauses in the order of rank
	 */
	assert_string_equal(o.findings[2].id, "lock-queue");
	assert_int_equal(o.findings[2].severity, SEVERITY_CRITICAL);
	assert_int_equal(o.findings[2].since_us, 30);
	assert_string_equal(o.findings[2].title, "lock-queue and xmin-horizon and idle-in-transaction");
	assert_string_equal(o.findings[2].evidence, "of lock-queue; xmin-horizon; idle-in-transaction");
	assert_string_equal(o.findings[1].title, "connections");
	assert_string_equal(o.findings[3].id, "idle-in-transaction");
	assert_int_equal(o.findings[3].folded_into, 2);
	assert_string_equal(o.findings[3].title, "idle-in-transaction");

	/* Ranked again, it is said once. */
	outcomes_rank(&o);
	assert_string_equal(o.findings[2].title, "lock-queue and xmin-horizon and idle-in-transaction");
	assert_int_equal(o.findings[3].folded_into, 2);
	outcomes_clear(&o);
}

static void without_clauses(void **state)
{
	struct outcomes o = { 0 };
	struct finding *f = outcomes_finding(&o, "effect", SEVERITY_WARNING);

	(void)state;
	f->pane = "a";
	f->cause_pane = "b";
	f = outcomes_finding(&o, "cause", SEVERITY_WARNING);
	f->pane = "b";
	outcomes_rank(&o);
	assert_string_equal(o.findings[0].id, "cause");
	assert_null(o.findings[0].title);
	assert_int_equal(o.findings[1].folded_into, 0);
	outcomes_clear(&o);
}

/*
 * A queue behind a prepared transaction: both are about one row, and the one without a cause
 * stands.
 */
static void equal_rows(void **state)
{
	static const struct row rows[] = {
		{ "lock-queue", SEVERITY_CRITICAL, 9, "locks", "0\x1fxa", "locks", "0\x1fxa" },
		{ "prepared-transactions", SEVERITY_WARNING, 8, "locks", "0\x1fxa", NULL, NULL },
		{ "xmin-horizon", SEVERITY_WARNING, 7, "stats", "oldest_xmin", "locks", "0\x1fxa" },
	};
	static const struct row alone[] = {
		{ "lock-queue", SEVERITY_CRITICAL, 9, "locks", "0\x1fxa", "locks", "0\x1fxa" },
	};
	struct outcomes o;

	(void)state;
	RANKED(&o, rows);
	assert_null(folded(&o, "prepared-transactions"));
	assert_non_null(folded(&o, "lock-queue"));
	assert_string_equal(o.findings[0].id, "prepared-transactions");
	assert_int_equal(o.findings[0].severity, SEVERITY_CRITICAL);
	assert_string_equal(folded(&o, "xmin-horizon"), o.findings[0].title);
	outcomes_clear(&o);

	/* never folded into itself */
	RANKED(&o, alone);
	assert_null(folded(&o, "lock-queue"));
	assert_string_equal(o.findings[0].title, "lock-queue");
	outcomes_clear(&o);
}

static void circle(void **state)
{
	static const struct row rows[] = {
		{ "a", SEVERITY_WARNING, 1, "p", "a", "p", "b" },
		{ "b", SEVERITY_WARNING, 2, "p", "b", "p", "c" },
		{ "c", SEVERITY_WARNING, 3, "p", "c", "p", "a" },
		{ "outside", SEVERITY_CRITICAL, 4, "p", "x", "p", "b" },
	};
	struct outcomes o;

	(void)state;
	RANKED(&o, rows);
	assert_null(folded(&o, "a"));
	assert_null(folded(&o, "b"));
	assert_null(folded(&o, "c"));
	assert_string_equal(folded(&o, "outside"), "b and outside");
	outcomes_clear(&o);
}

static void cause_that_is_not_there(void **state)
{
	static const struct row rows[] = {
		{ "a", SEVERITY_WARNING, 1, "p", "a", "p", "gone" },
		{ "b", SEVERITY_WARNING, 2, "p", NULL, "q", "a" },
		{ "c", SEVERITY_WARNING, 3, "r", "a", "p", NULL },
	};
	struct outcomes o;

	(void)state;
	RANKED(&o, rows);
	assert_null(folded(&o, "a"));
	assert_null(folded(&o, "b"));
	/* the whole pane is a row of its own */
	assert_string_equal(folded(&o, "c"), "b and c");
	outcomes_clear(&o);
}

static void copy_of_two(void **state)
{
	static const struct row one = { "one", SEVERITY_WARNING, 1, "p", "a", NULL, NULL };
	static const struct row two = { "two", SEVERITY_CRITICAL, 1, "p", "b", "p", "a" };
	struct outcomes all = { 0 }, part = { 0 };

	(void)state;
	add(&part, &one);
	outcomes_check(&part, "other", CHECK_UNKNOWN, "GRANT x");
	outcomes_check(&all, "other", CHECK_OK, NULL);
	outcomes_add_copy(&all, &part);
	outcomes_clear(&part);
	assert_int_equal(part.nfindings, 0);
	assert_int_equal(part.nchecks, 0);
	add(&part, &two);
	outcomes_add_copy(&all, &part);
	assert_int_equal(part.nfindings, 1);
	assert_int_equal(all.nfindings, 2);
	assert_int_equal(all.nchecks, 3);
	outcomes_rank(&all);
	assert_string_equal(all.findings[0].title, "one and two");
	assert_string_equal(part.findings[0].title, "two");
	for (size_t i = 0; i < all.nchecks; i++) {
		if (strcmp(all.checks[i].id, "other") == 0)
			assert_string_equal(all.checks[i].why, "GRANT x");
	}
	outcomes_clear(&all);
	outcomes_clear(&part);
}

static void many(void **state)
{
	struct outcomes o = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct finding *f = outcomes_finding(&o, "many", (enum severity)(i % 3));

		f->pane = "p";
		f->key = mem_format("%03d", i);
		f->since_us = 1;
	}
	outcomes_rank(&o);
	for (size_t i = 1; i < o.nfindings; i++) {
		const struct finding *a = &o.findings[i - 1], *b = &o.findings[i];

		assert_true(a->severity > b->severity || (a->severity == b->severity && strcmp(a->key, b->key) < 0));
	}
	outcomes_clear(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(worse_result_stays),
		cmocka_unit_test(why),
		cmocka_unit_test(order),
		cmocka_unit_test(chain),
		cmocka_unit_test(without_clauses),
		cmocka_unit_test(equal_rows),
		cmocka_unit_test(circle),
		cmocka_unit_test(cause_that_is_not_there),
		cmocka_unit_test(copy_of_two),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Indexes: twins and prefixes, what must stay and why, how what is not whole is mended, order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/indexes.h"

static char user_name[] = "monitor";

static int setup(void **state)
{
	return fixture_setup(state, &unused_indexes_collector, user_name);
}

static void test_unused(void **state)
{
	struct fixture *f = *state;

	index_add(f->t, "used", 1, "1", 7);
	index_add(f->t, "never", 1, "2", 0);
	indexes_derive(f);
	assert_int_equal(f->t->nrows, 1);
	index_is(f->t, "never", "unused", "drop", "never used in 43 d");
	assert_string_equal(table_text(f->t, 0, UNUSED_INDEXES_DO), "drop");
	assert_int_equal(table_int(f->t, 0, UNUSED_INDEXES_SIGN), SIGN_WARNING);
	assert_false(table_bool(f->t, 0, UNUSED_INDEXES_YOUNG));
}

static void test_guards(void **state)
{
	static const struct { int64_t guard; const char *reason; } guards[] = {
		{ GUARD_PRIMARY | GUARD_UNIQUE | GUARD_CONSTRAINT, "primary key" },
		{ GUARD_UNIQUE, "enforces uniqueness" },
		{ GUARD_EXCLUSION | GUARD_CONSTRAINT, "exclusion constraint" },
		{ GUARD_UNIQUE | GUARD_CONSTRAINT, "backs a constraint" },
		{ GUARD_UNIQUE | GUARD_REFERENCED, "a foreign key needs it" },
		{ GUARD_REPLICA_IDENTITY | GUARD_UNIQUE, "replica identity" },
		{ GUARD_REPLICA_IDENTITY, "replica identity" },
		{ GUARD_CLUSTERED, "clustered by it" },
		{ GUARD_PARTITIONED, "partitioned index" },
		{ GUARD_PARTITION, "part of another index" },
		{ GUARD_EXPRESSION, "expression statistics" },
		{ GUARD_EXTENSION, "belongs to an extension" },
		{ GUARD_DEPENDED, "something depends on it" },
		{ STATE_UNCOUNTED, "scans are not counted" },
		{ STATE_UNCOUNTED | GUARD_CLUSTERED, "clustered by it" },
	};

	for (size_t i = 0; i < sizeof guards / sizeof *guards; i++) {
		struct fixture *f = fixture_again(state);
		size_t row = index_add(f->t, "guarded", 1, "1", 0);

		table_set_int(f->t, row, UNUSED_INDEXES_GUARDS, guards[i].guard);
		indexes_derive(f);
		index_is(f->t, "guarded", "unused", "keep", guards[i].reason);
		assert_string_equal(table_text(f->t, 0, UNUSED_INDEXES_DO), "keep");
		assert_int_equal(table_int(f->t, 0, UNUSED_INDEXES_SIGN), SIGN_NONE);
		assert_true(table_has(f->t, 0, UNUSED_INDEXES_GUARDED));
	}
}

static void test_invalid(void **state)
{
	static const struct { const char *name; int64_t guards; const char *verdict, *reason, *fix; } cases[] = {
		{ "i", STATE_INVALID, "repair",
		  "invalid, still written: REINDEX INDEX CONCURRENTLY rebuilds it, DROP INDEX CONCURRENTLY removes it",
		  "REINDEX INDEX CONCURRENTLY public.i;" },
		{ "i", STATE_INVALID | GUARD_UNIQUE, "repair",
		  "invalid, still written: REINDEX INDEX CONCURRENTLY rebuilds it after any duplicates are removed, "
		  "DROP INDEX CONCURRENTLY removes it", "REINDEX INDEX CONCURRENTLY public.i;" },
		{ "i", STATE_INVALID | STATE_NOT_READY, "repair",
		  "invalid, not written: REINDEX INDEX CONCURRENTLY rebuilds it, DROP INDEX CONCURRENTLY removes it",
		  "REINDEX INDEX CONCURRENTLY public.i;" },
		{ "i", STATE_INVALID | STATE_NOT_READY | STATE_NOT_LIVE, "repair",
		  "drop cut short, not written: DROP INDEX CONCURRENTLY finishes the drop", "DROP INDEX CONCURRENTLY public.i;" },
		{ "i_ccnew", STATE_INVALID, "repair", "leftover of REINDEX, still written: DROP INDEX CONCURRENTLY removes it",
		  "DROP INDEX CONCURRENTLY public.i_ccnew;" },
		{ "i_ccold1", STATE_INVALID | STATE_NOT_READY, "repair",
		  "leftover of REINDEX, not written: DROP INDEX CONCURRENTLY removes it", "DROP INDEX CONCURRENTLY public.i_ccold1;" },
		{ "i", STATE_INVALID | GUARD_CONSTRAINT, "repair", "invalid, still written: REINDEX INDEX CONCURRENTLY rebuilds it",
		  "REINDEX INDEX CONCURRENTLY public.i;" },
		{ "i", STATE_INVALID | GUARD_EXCLUSION | GUARD_CONSTRAINT, "repair",
		  "invalid, still written: REINDEX INDEX rebuilds it, and its table is locked meanwhile", NULL },
		{ "i", STATE_INVALID | GUARD_PARTITIONED, "repair", "a partition lacks it: create it there and ATTACH it", NULL },
		{ "i", STATE_INVALID | STATE_WORKED_ON, "keep", "being built or dropped", "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture *f = fixture_again(state);
		size_t row = index_add(f->t, cases[i].name, 1, "1", 5);
		const struct finding *finding;

		table_set_int(f->t, row, UNUSED_INDEXES_GUARDS, cases[i].guards);
		indexes_judge(f);
		index_is(f->t, cases[i].name, "invalid", cases[i].verdict, cases[i].reason);
		finding = fixture_finding(f, "invalid-index");
		if (cases[i].fix && !*cases[i].fix) {
			assert_null(finding);
		} else {
			assert_non_null(finding);
			if (cases[i].fix)
				assert_string_equal(finding->fix_sql, cases[i].fix);
			else
				assert_null(finding->fix_sql);
		}
	}
}

static void test_toast(void **state)
{
	struct fixture *f = *state;
	size_t row = index_add(f->t, "pg_toast_16384_index_ccnew", 1, "1", 0);

	table_set_string(f->t, row, UNUSED_INDEXES_SCHEMA, "pg_toast");
	table_set_string(f->t, row, UNUSED_INDEXES_OWNER, "public.orders");
	table_set_int(f->t, row, UNUSED_INDEXES_GUARDS, GUARD_UNIQUE | STATE_INVALID);
	indexes_judge(f);
	index_is(f->t, "pg_toast_16384_index_ccnew", "invalid", "repair",
		 "TOAST of public.orders: leftover of REINDEX, still written: DROP INDEX CONCURRENTLY removes it");
	assert_string_equal(fixture_finding(f, "invalid-index")->fix_sql, "DROP INDEX CONCURRENTLY pg_toast.pg_toast_16384_index_ccnew;");
}

/* Scans, builds and drops are the primary's: here is only known what the definitions say. */
static void test_standby(void **state)
{
	struct fixture *f = *state;
	const struct finding *finding;

	f->facts.standby = true;
	index_add(f->t, "never", 1, "1", 0);
	table_set_int(f->t, index_add(f->t, "guarded", 1, "2", 0), UNUSED_INDEXES_GUARDS, GUARD_CLUSTERED);
	index_add(f->t, "a1", 1, "3", 5);
	index_add(f->t, "a2", 1, "3", 0);
	table_set_int(f->t, index_add(f->t, "built", 1, "4", 0), UNUSED_INDEXES_GUARDS, STATE_INVALID | STATE_NOT_READY);
	indexes_judge(f);
	index_is(f->t, "never", "unused", "keep", "never used here in 43 d; scans of the primary are not known here");
	assert_string_equal(table_text(f->t, (size_t)index_row(f->t, "never"), UNUSED_INDEXES_GUARDED), "scans of the primary are not known here");
	index_is(f->t, "guarded", "unused", "keep", "clustered by it");
	index_is(f->t, "a2", "duplicate", "drop", "twin of a1; drop it on the primary");
	assert_false(table_has(f->t, (size_t)index_row(f->t, "a2"), UNUSED_INDEXES_GUARDED));
	index_is(f->t, "built", "invalid", "keep", "being built or left over: look on the primary");
	assert_string_equal(table_text(f->t, (size_t)index_row(f->t, "built"), UNUSED_INDEXES_DO), "keep");
	assert_null(fixture_finding(f, "unused-index"));
	assert_null(fixture_finding(f, "invalid-index"));
	finding = fixture_finding(f, "redundant-index");
	assert_string_equal(finding->evidence, "a2 10 MB (twin of a1); drop it on the primary");
	assert_null(finding->fix_sql);
	assert_null(finding->cause_key);

	/* nothing goes here, so nothing that is unused here makes room for another */
	f = fixture_again(state);
	f->facts.standby = true;
	index_add(f->t, "short", 1, "1", 900);
	index_add(f->t, "long", 2, "1 2", 0);
	indexes_derive(f);
	index_is(f->t, "short", "redundant", "drop", "prefix of long; drop it on the primary");
	index_is(f->t, "long", "unused", "keep", "never used here in 43 d; scans of the primary are not known here");
}

/* What holds for all is told once, before the first: every index of a table is decided by it. */
static void test_uncounted_table(void **state)
{
	struct fixture *f = *state;

	table_set_int(f->t, table_add_row(f->t), UNUSED_INDEXES_GUARDS, STATE_UNCOUNTED);
	index_add(f->t, "a", 1, "1", 0);
	index_add(f->t, "b", 1, "2", 0);
	indexes_derive(f);
	index_is(f->t, "a", "unused", "keep", "scans are not counted");
	index_is(f->t, "b", "unused", "keep", "scans are not counted");
}

static void test_twins(void **state)
{
	struct fixture *f = *state;

	index_add(f->t, "busy", 1, "1", 900);
	index_add(f->t, "idle", 1, "1", 3);
	indexes_derive(f);
	assert_int_equal(f->t->nrows, 1);
	index_is(f->t, "idle", "duplicate", "drop", "twin of busy");
	assert_string_equal(table_text(f->t, 0, UNUSED_INDEXES_PARTNER), "busy");

	/* the one that constrains stays, however little it is used */
	f = fixture_again(state);
	index_add(f->t, "busy", 1, "1", 900);
	table_set_int(f->t, index_add(f->t, "key", 1, "1", 3), UNUSED_INDEXES_GUARDS, GUARD_UNIQUE | GUARD_CONSTRAINT);
	indexes_derive(f);
	assert_int_equal(f->t->nrows, 1);
	index_is(f->t, "busy", "duplicate", "drop", "twin of key");

	/* of two that constrain neither goes */
	f = fixture_again(state);
	table_set_int(f->t, index_add(f->t, "unique", 1, "1", 9), UNUSED_INDEXES_GUARDS, GUARD_UNIQUE);
	table_set_int(f->t, index_add(f->t, "key", 1, "1", 3), UNUSED_INDEXES_GUARDS, GUARD_UNIQUE | GUARD_CONSTRAINT);
	indexes_derive(f);
	assert_int_equal(f->t->nrows, 1);
	index_is(f->t, "unique", "duplicate", "keep", "enforces uniqueness; twin of key");

	/* never used, both: the older one is the better, and both go */
	f = fixture_again(state);
	index_add(f->t, "older", 1, "1", 0);
	index_add(f->t, "younger", 1, "1", 0);
	indexes_derive(f);
	index_is(f->t, "younger", "duplicate", "drop", "unused; twin of older");
	index_is(f->t, "older", "unused", "drop", "never used in 43 d");
}

/* What makes two indexes alike, and what does not. */
static void test_shapes(void **state)
{
	static const struct { const char *a, *b, *method, *problem; } cases[] = {
		{ "1|1|7|0|0|0|0", "1|1|7|0|0|0|0", "btree", "duplicate" },
		{ "1|1|7|0|0|0|0", "1|1|7|0|0|0|0", "gin", "duplicate" },
		{ "1|1|7|0|0|0|0", "1|1|8|0|0|0|0", "btree", NULL },          /* operator class */
		{ "1|1|7|0|0|0|0", "1|1|7|100|0|0|0", "btree", NULL },        /* collation */
		{ "1|1|7|0|0|0|0", "1|1|7|0|3|0|0", "btree", NULL },          /* DESC */
		{ "1|1|7|0|0|0|0", "1|1|7|0|0|-55|0", "btree", NULL },        /* predicate */
		{ "1|1|7|0|0|-55|0", "1|1|7|0|0|-55|0", "btree", "duplicate" },
		{ "1|0|7|0|0|0|9", "1|0|7|0|0|0|10", "btree", NULL },         /* expression */
		{ "1|1|7|0|0|0|0", "2|1 2|7 7|0 0|0 0|0|0", "btree", "redundant" },
		{ "1|1|7|0|0|0|0", "2|2 1|7 7|0 0|0 0|0|0", "btree", NULL },
		{ "1|1|7|0|0|0|0", "2|1 2|7 7|0 0|0 0|0|0", "gist", NULL },   /* a prefix is a matter of btrees */
		{ "2|1 2|7 7|0 0|0 3|0|0", "3|1 2 3|7 7 7|0 0 0|0 0 0|0|0", "btree", NULL },
		{ "1|1|7|0|0|0|0", "1|1 2|7|0|0|0|0", "btree", "redundant" },   /* it stores more */
		{ "1|1 3|7|0|0|0|0", "2|1 2|7 7|0 0|0 0|0|0", "btree", NULL },  /* it stores what the longer one does not */
		{ "1|1 2|7|0|0|0|0", "2|1 2|7 7|0 0|0 0|0|0", "btree", "redundant" },
		{ "1|1 2 3|7|0|0|0|0", "1|1 3 2|7|0|0|0|0", "btree", "duplicate" },
		{ "1|1|7|0|0|0|0", "2|1 0|7 7|0 0|0 0|0|33", "btree", "redundant" },
		{ "1|1|7|0|0|0|0|-5", "1|1|7|0|0|0|0|-5", "brin", "duplicate" },
		{ "1|1|7|0|0|0|0|-5", "1|1|7|0|0|0|0|6", "brin", NULL },      /* pages_per_range, parameters of operator classes */
		{ "1|1|7|0|0|0|0|-5", "1|1|7|0|0|0|0", "gist", NULL },
		{ "1|1|7|0|0|0|0|x", "1|1|7|0|0|0|0|x", "gist", NULL },
		{ "", "1|1|7|0|0|0|0", "btree", NULL },
		{ "1|1|7", "1|1|7", "btree", NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture *f = fixture_again(state);
		size_t a = index_add(f->t, "a", 1, "1", 5), b = index_add(f->t, "b", 1, "1", 6);

		table_set_string(f->t, a, UNUSED_INDEXES_SHAPE, cases[i].a);
		table_set_string(f->t, b, UNUSED_INDEXES_SHAPE, cases[i].b);
		table_set_string(f->t, a, UNUSED_INDEXES_METHOD, cases[i].method);
		table_set_string(f->t, b, UNUSED_INDEXES_METHOD, cases[i].method);
		indexes_derive(f);
		if (f->t->nrows != (cases[i].problem ? 1 : 0))
			fail_msg("case %zu: %zu rows", i, f->t->nrows);
		if (cases[i].problem)
			assert_string_equal(table_text(f->t, 0, UNUSED_INDEXES_PROBLEM), cases[i].problem);
	}
}

static void test_prefixes(void **state)
{
	struct fixture *f = *state;

	index_add(f->t, "short", 1, "1", 900);
	index_add(f->t, "long", 2, "1 2", 5);
	indexes_derive(f);
	assert_int_equal(f->t->nrows, 1);
	index_is(f->t, "short", "redundant", "drop", "prefix of long");

	/* the longer one goes: nothing makes the shorter one needless */
	f = fixture_again(state);
	index_add(f->t, "short", 1, "1", 900);
	index_add(f->t, "long", 2, "1 2", 0);
	indexes_derive(f);
	assert_int_equal(f->t->nrows, 1);
	index_is(f->t, "long", "unused", "drop", "never used in 43 d");

	/* it must stay for a reason of its own: then the shorter one goes */
	f = fixture_again(state);
	index_add(f->t, "short", 1, "1", 900);
	table_set_int(f->t, index_add(f->t, "long", 2, "1 2", 0), UNUSED_INDEXES_GUARDS, GUARD_UNIQUE);
	indexes_derive(f);
	index_is(f->t, "long", "unused", "keep", "enforces uniqueness");
	index_is(f->t, "short", "redundant", "drop", "prefix of long");

	/* what is unique is no part of another */
	f = fixture_again(state);
	table_set_int(f->t, index_add(f->t, "short", 1, "1", 900), UNUSED_INDEXES_GUARDS, GUARD_UNIQUE);
	index_add(f->t, "long", 2, "1 2", 5);
	indexes_derive(f);
	assert_int_equal(f->t->nrows, 0);

	/* another table's index is nobody's partner, nor is one that is not whole */
	f = fixture_again(state);
	index_add(f->t, "here", 1, "1", 900);
	table_set_int(f->t, index_add(f->t, "there", 2, "1 2", 5), UNUSED_INDEXES_TABLE_OID, 2);
	indexes_derive(f);
	assert_int_equal(f->t->nrows, 0);
	f = fixture_again(state);
	index_add(f->t, "short", 1, "1", 900);
	table_set_int(f->t, index_add(f->t, "broken", 2, "1 2", 5), UNUSED_INDEXES_GUARDS, STATE_INVALID);
	indexes_derive(f);
	assert_int_equal(index_row(f->t, "short"), -1);
}

static void supports(struct table *t, size_t row, const char *foreign_keys)
{
	table_set_string(t, row, UNUSED_INDEXES_FOREIGN_KEYS, foreign_keys);
}

static void test_foreign_keys(void **state)
{
	struct fixture *f = *state;

	supports(f->t, index_add(f->t, "only", 1, "1", 0), "555");
	indexes_derive(f);
	index_is(f->t, "only", "unused", "keep", "supports a foreign key");

	/* it does not support one, and yet none comes nearer */
	f = fixture_again(state);
	table_set_int(f->t, index_add(f->t, "part", 1, "1", 0), UNUSED_INDEXES_GUARDS, STATE_ALONE);
	indexes_derive(f);
	index_is(f->t, "part", "unused", "drop", "never used in 43 d; alone on a foreign key's column");
	assert_false(table_has(f->t, 0, UNUSED_INDEXES_GUARDED));

	/* one of two may go, not both: the one that fits stays */
	f = fixture_again(state);
	supports(f->t, index_add(f->t, "wide", 2, "1 2", 0), "555");
	supports(f->t, index_add(f->t, "narrow", 1, "1", 0), "555");
	indexes_derive(f);
	index_is(f->t, "wide", "unused", "drop", "never used in 43 d");
	index_is(f->t, "narrow", "unused", "keep", "supports a foreign key");

	/* columns in another order: no twins, and yet one is enough; the used one is not even listed */
	f = fixture_again(state);
	supports(f->t, index_add(f->t, "ab", 2, "1 2", 0), "555");
	supports(f->t, index_add(f->t, "ba", 2, "2 1", 10), "555");
	indexes_derive(f);
	assert_int_equal(f->t->nrows, 1);
	index_is(f->t, "ab", "unused", "drop", "never used in 43 d");

	/* another foreign key needs it */
	f = fixture_again(state);
	supports(f->t, index_add(f->t, "a", 1, "1", 0), "555,556");
	supports(f->t, index_add(f->t, "b", 2, "2 1", 10), "55,555");
	indexes_derive(f);
	index_is(f->t, "a", "unused", "keep", "supports a foreign key");

	/* of three twins one stays */
	f = fixture_again(state);
	for (int i = 0; i < 3; i++) {
		char name[8];
		snprintf(name, sizeof name, "t%d", i);
		supports(f->t, index_add(f->t, name, 1, "1", 0), "555");
	}
	indexes_derive(f);
	index_is(f->t, "t0", "unused", "keep", "supports a foreign key");
	index_is(f->t, "t1", "duplicate", "drop", "unused; twin of t0");
	index_is(f->t, "t2", "duplicate", "drop", "unused; twin of t0");
}

static void test_order_and_words(void **state)
{
	static const char *const expected[] = { "broken", "big", "a", "b", "kept" };
	struct fixture *f = *state;
	struct strbuf b = STRBUF_INIT;

	table_set_int(f->t, index_add(f->t, "kept", 1, "1", 0), UNUSED_INDEXES_GUARDS, GUARD_CLUSTERED);
	index_add(f->t, "b", 1, "2", 0);
	index_add(f->t, "a", 1, "3", 0);
	table_set_int(f->t, index_add(f->t, "big", 1, "4", 0), UNUSED_INDEXES_BYTES, 20 * MB);
	table_set_int(f->t, index_add(f->t, "broken", 1, "5", 0), UNUSED_INDEXES_GUARDS, STATE_INVALID);
	indexes_derive(f);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(table_text(f->t, i, UNUSED_INDEXES_INDEX), expected[i]);
	unused_indexes_collector.summary(f->t, &b);
	assert_string_equal(b.text, "1 to mend, 3 to drop, 1 to keep, of 41");
	strbuf_reset(&b);
	setenv("TZ", "UTC", 1);
	unused_indexes_collector.footer(f->t, TAKEN, &b);
	assert_string_equal(b.text, "Counted since 10 Oct 11:46 (43d00h). Scans on standbys are not counted here.");
	strbuf_free(&b);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_unused), TEST(test_guards), TEST(test_invalid), TEST(test_toast), TEST(test_standby), TEST(test_uncounted_table), TEST(test_twins), TEST(test_shapes), TEST(test_prefixes), TEST(test_foreign_keys), TEST(test_order_and_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Columns that are looked up apart: what is known, what was asked for in vain, when it is asked again; and thousands of rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/server/internal.h"

enum { ENTRY, NUMBER, TEXT, CALLS, NCOLUMNS };

static const struct column columns[NCOLUMNS] = {
	[ENTRY] = { .name = "entry", .type = TYPE_TEXT },
	[NUMBER] = { .name = "number", .type = TYPE_INT, .flags = COLUMN_KEY },
	[TEXT] = { .name = "text", .type = TYPE_TEXT, .flags = COLUMN_CACHED },
	[CALLS] = { .name = "calls", .type = TYPE_INT, .flags = COLUMN_CACHED },
};
static const struct collector collector = { .name = "made_up", .columns = columns, .ncolumns = NCOLUMNS };
static const struct part by_number = { .name = "a", .kind = PART_LOOKUP, .fills = "text calls", .join = "number" };
static const struct part by_entry = { .name = "b", .kind = PART_LOOKUP, .fills = "text calls", .join = "entry", .unknown_only = true };

/* Of a part; given back by state_free(). */
static struct part_state state_new(const struct part *p)
{
	struct part_state ps = { 0 };

	ps.fills = words_split(p->fills, &ps.nfills);
	return ps;
}

static void state_free(struct part_state *ps)
{
	for (size_t i = 0; i < ps->nfills; i++)
		free(ps->fills[i]);
	free(ps->fills);
	lookup_clear(&ps->lookup);
	free(ps->columns);
}

/* Rows with these keys, separated by blanks; "-" is a row without one. */
static struct table *asked(const char *keys)
{
	struct table *t = table_new(columns, NCOLUMNS);
	size_t n;
	char **words = words_split(keys, &n);

	for (size_t i = 0; i < n; i++) {
		size_t row = table_add_row(t);

		if (strcmp(words[i], "-") != 0) {
			table_set_string(t, row, ENTRY, words[i]);
			table_set_int(t, row, NUMBER, atoi(words[i]));
		}
		free(words[i]);
	}
	free(words);
	return t;
}

/* An answer for these keys: each text is "of " and the key. */
static struct table *answer(const struct part *p, struct part_state *ps, const char *keys)
{
	struct table *t = lookup_answer(&collector, p, ps);
	size_t n;
	char **words = words_split(keys, &n);

	for (size_t i = 0; i < n; i++) {
		size_t row = table_add_row(t);
		char *text = mem_format("of %s", words[i]);

		if (t->columns[0].type == TYPE_INT)
			table_set_int(t, row, 0, atoi(words[i]));
		else
			table_set_string(t, row, 0, words[i]);
		table_set_string(t, row, 1, text);
		table_set_int(t, row, 2, (int64_t)i);
		free(text);
		free(words[i]);
	}
	free(words);
	return t;
}

static void assert_unknown(const struct part *p, const struct part_state *ps, const struct table *t, int64_t s, const char *expected)
{
	char *text = lookup_unknown(p, &ps->lookup, t, s * SECOND_US);

	assert_string_equal(text, expected);
	free(text);
}

static void take(const struct part *p, struct part_state *ps, const struct table *t, const char *keys, double cost_s, int64_t s)
{
	struct limits limits;

	limits_defaults(&limits);
	lookup_take(p, ps, answer(p, ps, keys), t, cost_s, &limits, s * SECOND_US);
}

static bool wanted(const struct part *p, const struct part_state *ps, const struct table *t, int64_t s)
{
	return lookup_wanted(p, &ps->lookup, t, false, s * SECOND_US);
}

/* All at once: each answer takes the place of the one before, and is old after a minute. */
static void whole_answers(void **state)
{
	struct part_state ps = state_new(&by_number);
	struct table *t = asked("5 - 6");

	(void)state;
	assert_true(wanted(&by_number, &ps, t, 1000));
	lookup_apply(&by_number, &ps, t, 0, t->nrows);
	assert_int_equal(table_cell(t, 0, TEXT)->kind, CELL_PENDING);
	assert_int_equal(table_cell(t, 1, TEXT)->kind, CELL_NULL);

	take(&by_number, &ps, t, "9 5", 0.001, 1000);
	lookup_apply(&by_number, &ps, t, 0, t->nrows);
	assert_string_equal(table_text(t, 0, TEXT), "of 5");
	assert_int_equal(table_int(t, 0, CALLS), 1);
	assert_int_equal(table_cell(t, 2, TEXT)->kind, CELL_PENDING);
	assert_false(wanted(&by_number, &ps, t, 1001));   /* 6 is not known to the server either */
	assert_true(wanted(&by_number, &ps, t, 1061));
	table_free(t);

	t = asked("7");
	assert_false(wanted(&by_number, &ps, t, 1000));   /* its share of the time: a tenth of a second */
	assert_true(wanted(&by_number, &ps, t, 1001));
	lookup_failed(&ps.lookup, 1000 * SECOND_US);
	assert_false(lookup_wanted(&by_number, &ps.lookup, t, true, 1009 * SECOND_US));
	assert_true(wanted(&by_number, &ps, t, 1011));
	take(&by_number, &ps, t, "7", 0.001, 1011);
	lookup_apply(&by_number, &ps, t, 0, t->nrows);
	assert_string_equal(table_text(t, 0, TEXT), "of 7");
	assert_int_equal(ps.lookup.known->nrows, 1);   /* those of before are gone */
	table_free(t);
	state_free(&ps);
}

/* Only what is not known: answers come together, and go with their rows. */
static void unknown_only(void **state)
{
	struct part_state ps = state_new(&by_entry);
	struct table *t = asked("a - b c");

	(void)state;
	assert_unknown(&by_entry, &ps, t, 1000, "{\"a\",\"b\",\"c\"}");
	take(&by_entry, &ps, t, "a b", 0.001, 1000);
	lookup_apply(&by_entry, &ps, t, 0, 2);
	assert_string_equal(table_text(t, 0, TEXT), "of a");
	assert_int_equal(table_cell(t, 2, TEXT)->kind, CELL_NULL);   /* not its rows yet */
	lookup_apply(&by_entry, &ps, t, 2, t->nrows);
	assert_string_equal(table_text(t, 2, TEXT), "of b");
	assert_int_equal(table_cell(t, 3, TEXT)->kind, CELL_PENDING);
	assert_unknown(&by_entry, &ps, t, 1001, "{}");
	assert_false(wanted(&by_entry, &ps, t, 1059));
	table_free(t);

	/* A new key is asked for when half a minute has passed, however often somebody wants it now. */
	t = asked("a b c d");
	assert_false(wanted(&by_entry, &ps, t, 1029));
	lookup_ask_now(&by_entry, &ps.lookup);
	assert_false(lookup_wanted(&by_entry, &ps.lookup, t, true, 1029 * SECOND_US));
	assert_true(wanted(&by_entry, &ps, t, 1030));
	assert_unknown(&by_entry, &ps, t, 1030, "{\"d\"}");
	take(&by_entry, &ps, t, "d", 0.001, 1030);
	lookup_apply(&by_entry, &ps, t, 0, t->nrows);
	assert_string_equal(table_text(t, 0, TEXT), "of a");
	assert_string_equal(table_text(t, 3, TEXT), "of d");
	/* What had no answer is asked for again after a minute, what had one never. */
	assert_unknown(&by_entry, &ps, t, 1060, "{\"c\"}");
	assert_unknown(&by_entry, &ps, t, 999999, "{\"c\"}");
	take(&by_entry, &ps, t, "c", 0.001, 1060);
	lookup_apply(&by_entry, &ps, t, 0, t->nrows);
	assert_string_equal(table_text(t, 2, TEXT), "of c");
	table_free(t);

	/* a and b are gone: their texts go with the next answer. */
	t = asked("c d e f");
	assert_unknown(&by_entry, &ps, t, 1090, "{\"e\",\"f\"}");
	take(&by_entry, &ps, t, "e", 0.001, 1090);
	assert_int_equal(ps.lookup.known->nrows, 4);
	lookup_apply(&by_entry, &ps, t, 0, t->nrows);
	assert_string_equal(table_text(t, 0, TEXT), "of c");
	assert_string_equal(table_text(t, 1, TEXT), "of d");
	assert_string_equal(table_text(t, 2, TEXT), "of e");
	assert_int_equal(table_cell(t, 3, TEXT)->kind, CELL_PENDING);
	table_free(t);
	t = asked("a b");
	assert_unknown(&by_entry, &ps, t, 1091, "{\"a\",\"b\"}");
	lookup_clear(&ps.lookup);   /* another server */
	assert_true(wanted(&by_entry, &ps, t, 1091));
	table_free(t);
	state_free(&ps);
}

/* A dear look-up waits longer; one that failed is asked for again when somebody wants it. */
static void patience(void **state)
{
	struct part_state ps = state_new(&by_entry);
	struct table *t = asked("a"), *other = asked("b");

	(void)state;
	take(&by_entry, &ps, t, "a", 0.45, 1000);
	assert_false(wanted(&by_entry, &ps, other, 1044));
	assert_true(wanted(&by_entry, &ps, other, 1045));
	lookup_failed(&ps.lookup, 1045 * SECOND_US);
	assert_false(wanted(&by_entry, &ps, other, 1046));
	lookup_ask_now(&by_entry, &ps.lookup);
	assert_true(wanted(&by_entry, &ps, other, 1046));
	/* Nothing unknown: it is sent all the same where it was not in this session, and asks for nothing. */
	assert_true(lookup_wanted(&by_entry, &ps.lookup, t, true, 1046 * SECOND_US));
	assert_unknown(&by_entry, &ps, t, 1046, "{}");
	table_free(t);
	table_free(other);
	state_free(&ps);
}

/* Keys are other people's: quotes, backslashes, braces and commas stay inside their member. */
static void hostile_keys(void **state)
{
	struct part_state ps = state_new(&by_entry);
	struct table *t = table_new(columns, NCOLUMNS);
	char *sql;

	(void)state;
	table_add_row(t);
	table_set_string(t, 0, ENTRY, "a\"b\\c,{d}'e");
	table_set_int(t, 0, NUMBER, -7);
	assert_unknown(&by_entry, &ps, t, 1, "{\"a\\\"b\\\\c,{d}'e\"}");
	assert_unknown(&by_number, &ps, t, 1, "{-7}");
	sql = statement_inline("SELECT $1::text[], $10, $1", "{\"a\\\"'\"}");
	assert_string_equal(sql, "SELECT E'{\"a\\\\\"''\"}'::text[], $10, E'{\"a\\\\\"''\"}'");
	free(sql);
	sql = statement_inline("SELECT $1 FROM \"a$1\"\"$1\".b$2", "{}");
	assert_string_equal(sql, "SELECT '{}' FROM \"a$1\"\"$1\".b$2");
	free(sql);
	sql = statement_inline("SELECT $1", "{}");
	assert_string_equal(sql, "SELECT '{}'");
	free(sql);
	table_free(t);
	state_free(&ps);
}

/* Two rows of one key: the first is what is shown, whatever comes later. */
static void twice(void **state)
{
	struct part_state ps = state_new(&by_entry);
	struct table *t = asked("a a");

	(void)state;
	take(&by_entry, &ps, t, "a a", 0.001, 1000);
	lookup_apply(&by_entry, &ps, t, 0, 2);
	assert_int_equal(table_int(t, 0, CALLS), 0);
	assert_int_equal(table_int(t, 1, CALLS), 0);
	table_free(t);
	t = asked("a x");
	take(&by_entry, &ps, t, "a x", 0.001, 1030);
	lookup_apply(&by_entry, &ps, t, 0, 2);
	assert_int_equal(table_int(t, 0, CALLS), 0);
	assert_string_equal(table_text(t, 1, TEXT), "of x");
	table_free(t);
	state_free(&ps);
}

/* Many rows, of which a half changes each time. */
static void many(void **state)
{
	struct part_state ps = state_new(&by_entry);
	struct limits limits;

	(void)state;
	limits_defaults(&limits);
	for (int round = 0; round < 3; round++) {
		struct table *t = table_new(columns, NCOLUMNS), *found = lookup_answer(&collector, &by_entry, &ps);

		for (int i = 0; i < 6000; i++) {
			char *key = mem_format("10/16384/%lld/t", (i + round * 3000) * 7919LL);
			size_t row = table_add_row(t);

			table_set_string(t, row, ENTRY, key);
			table_set_int(t, row, NUMBER, i + round * 3000);
			if (round == 0 || i >= 3000) {
				row = table_add_row(found);
				table_set_string(found, row, 0, key);
				table_set_string(found, row, 1, key);
				table_set_int(found, row, 2, i);
			}
			free(key);
		}
		lookup_take(&by_entry, &ps, found, t, 0.001, &limits, (1000 + round * 60) * SECOND_US);
		lookup_apply(&by_entry, &ps, t, 0, t->nrows);
		for (size_t row = 0; row < t->nrows; row++)
			assert_string_equal(table_text(t, row, TEXT), table_text(t, row, ENTRY));
		assert_int_equal(ps.lookup.known->nrows, 6000);
		table_free(t);
	}
	state_free(&ps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_answers), cmocka_unit_test(unknown_only), cmocka_unit_test(patience),
		cmocka_unit_test(hostile_keys), cmocka_unit_test(twice), cmocka_unit_test(many),
	};

	return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}

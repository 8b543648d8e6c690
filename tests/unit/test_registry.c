/* The list of collectors: found by name, in the order of their panes, and which statement fits which server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collectors/locks.h"
#include "collectors/server/internal.h"

static void assert_words(char *take_text, const char *expected)
{
	if (!expected)
		assert_null(take_text);
	else
		assert_string_equal(take_text ? take_text : "(null)", expected);
	free(take_text);
}

/* Outside of literals. */
static bool has_semicolon(const char *sql)
{
	bool literal = false;

	for (; *sql; sql++) {
		literal ^= *sql == '\'';
		if (*sql == ';' && !literal)
			return true;
	}
	return false;
}

static void test_registry(void **state)
{
	struct facts primary = { .version_num = 130000 }, standby = { .version_num = 180004, .standby = true };
	const struct part p = { .max_version = 139999, .on = ON_PRIMARY }, any = { 0 }, extended = { .extension = "hypopg" };

	(void)state;
	assert_ptr_equal(collector_find("locks"), &locks_collector);
	assert_null(collector_find("nothing"));
	assert_true(part_fits(&p, &primary));
	assert_false(part_fits(&p, &standby));
	assert_true(part_fits(&any, &standby));
	assert_false(part_fits(&extended, &primary));
	for (size_t i = 0; i < ncollectors; i++) {
		assert_true(i == 0 || collectors[i]->number > collectors[i - 1]->number);
		for (size_t k = 0; k < collectors[i]->ncolumns; k++) {
			assert_non_null(collectors[i]->columns[k].name);
			assert_true(collectors[i]->columns[k].help || collectors[i]->columns[k].flags & COLUMN_INTERNAL);
		}
		for (size_t k = 0; k < collectors[i]->nparts; k++)
			assert_false(has_semicolon(collectors[i]->parts[k].sql));
	}
}

/* The statement that fits the extension, or the words why none does; the schema's name in it, quoted whatever it is. */
static void test_extensions(void **state)
{
	const struct part parts[] = {
		{ .name = "rows", .extension = "pgss", .min_extension = 110, .sql = "SELECT new FROM {schema}.pgss(false), {schema}.info()" },
		{ .name = "rows", .extension = "pgss", .min_extension = 109, .max_extension = 109, .sql = "SELECT old FROM {schema}.pgss(false)" },
	};
	const struct collector c = { .name = "made_up", .parts = parts, .nparts = 2 };
	struct extension e = { .name = (char[]){ "pgss" }, .version = (char[]){ "1.9" }, .schema = (char[]){ "public" } };
	struct facts f = { .version_num = 150000 };
	char *text;

	(void)state;
	assert_words(part_unfit_reason(&c, 1, &f), NULL);   /* the first of the name speaks for all */
	assert_words(part_unfit_reason(&c, 0, &f), "which extensions this database has could not be read yet");
	assert_words(part_unfit_remedy(&c, 0, &f), NULL);
	f.started_at_us = 1;
	assert_words(part_unfit_reason(&c, 0, &f), "the extension pgss is not installed in this database");
	assert_words(part_unfit_remedy(&c, 0, &f), "CREATE EXTENSION pgss;");
	f.extensions = &e;
	f.nextensions = 1;
	assert_false(part_chosen(&c, 0, &f));
	assert_true(part_chosen(&c, 1, &f));
	assert_words(part_statement(&parts[1], &f), "SELECT old FROM \"public\".pgss(false)");
	e.version = (char[]){ "1.10" };
	assert_true(part_chosen(&c, 0, &f));
	assert_false(part_fits(&parts[1], &f));
	e.version = (char[]){ "2.0" };
	assert_true(part_chosen(&c, 0, &f));
	e.version = (char[]){ "1.8" };
	assert_words(part_unfit_reason(&c, 0, &f), "needs the extension pgss in version 1.9; here it is 1.8");
	assert_words(part_unfit_remedy(&c, 0, &f), "ALTER EXTENSION pgss UPDATE;");
	e.version = (char[]){ "later" };
	assert_words(part_unfit_reason(&c, 0, &f), "the extension pgss has a version that cannot be read: later");
	assert_words(part_unfit_remedy(&c, 0, &f), NULL);
	e.version = (char[]){ "1.10" };
	e.schema = (char[]){ "we\"; DROP TABLE ird {schema}" };
	text = part_statement(&parts[0], &f);
	assert_words(text, "SELECT new FROM \"we\"\"; DROP TABLE ird {schema}\".pgss(false), \"we\"\"; DROP TABLE ird {schema}\".info()");
	e.schema = (char[]){ "a\\x0ab" };   /* cleaned: not what the server has */
	assert_false(part_fits(&parts[0], &f));
	assert_words(part_unfit_reason(&c, 0, &f), "the extension pgss is in a schema whose name cannot be written in a statement");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_registry), cmocka_unit_test(test_extensions) };
	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}

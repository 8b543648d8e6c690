/* What a DBA can mend: the panes of statements, indexes and materialized views, as they are drawn, at every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "tests/lib/night.h"
#include "tests/lib/stage.h"

static struct limits limits;

static struct stage *open_with(struct stage_options o)
{
	struct now now = night_clock();

	limits_defaults(&limits);
	return stage_open(&o, night_server(&limits, now), now);
}

static struct stage *open_size(int height, int width, const char *pane)
{
	return open_with((struct stage_options){ .height = height, .width = width, .pane = pane });
}

static const char *const panes[] = { "slow_queries", "unused_indexes", "matviews" };

enum { PANES = sizeof(panes) / sizeof(*panes) };

static void check_lines(const struct stage *s, int y, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *line = stage_line(s, y + (int)i);

		assert_string_equal(line, lines[i]);
		free(line);
	}
}

#define CHECK_LINES(s, y, lines) check_lines(s, y, lines, sizeof(lines) / sizeof(*(lines)))

/* The three that can be mended stand below what is critical, the oldest first; a statement's share is of all time when that is what is looked at. */
static void test_findings(void **state)
{
	static const char *const drawn[] = {
		"▲ One statement takes 61.3% of all time; 812 ms and 3.1 GB for 38 rows    43d02h",
		"    SELECT o.id, o.amount FROM orders o WHERE o.user_id = $1 AND o.created_at >…",
		"▲ 3 indexes, ~767 MB together, unused in 43 d and paid for by every write 43d02h",
		"    orders_status_idx 412 MB, orders_amount_idx 268 MB, users_phone_idx 87 MB",
		"▲ Materialized view user_sales_summary is at least 9 days old             ≥9d04h",
		"    ~1.24M row changes in orders since; can be refreshed concurrently",
	};
	struct stage *s = open_size(24, 80, "slow_queries");
	char *bar = mem_format("1 overview 2 activity ■1 3 locks ■2 4 queries ▲1 5 indexes ▲1 6 matviews ▲1 +%zu", ncollectors - 5);

	(void)state;
	stage_keys(s, "s s s 1");
	CHECK_LINES(s, 16, drawn);
	stage_says(s, bar);
	free(bar);
	stage_says(s, "findings  ■3 ▲4  worst first, 1-6 of 7");
	stage_keys(s, "Down Down Down Enter");
	stage_says(s, "queries  all since the reset 43d02h ago");
	stage_keys(s, "Esc Down Enter");
	stage_says(s, "indexes  3 to drop");
	stage_keys(s, "Esc Down Enter");
	stage_says(s, "matviews  4, 2 stale");
	stage_close(s);
}

/* What mends a row is copied rather than what it is; how it begins is said, as it may never have been on the screen. */
static void test_copied(void **state)
{
	struct stage *s = open_size(24, 80, "unused_indexes");

	(void)state;
	stage_keys(s, "y");
	assert_string_equal(s->copied, "DROP INDEX CONCURRENTLY public.orders_status_idx;");
	stage_says(s, "done  Copied 49 B through the terminal: DROP INDEX CONCURRENTLY public.orders");
	stage_keys(s, "Enter y");
	assert_string_equal(s->copied, "DROP INDEX CONCURRENTLY public.orders_status_idx;");
	stage_keys(s, "6 y");
	assert_string_equal(s->copied, "REFRESH MATERIALIZED VIEW CONCURRENTLY public.user_sales_summary;");
	/* nobody can read it: it is filled, though nothing makes it unique */
	stage_keys(s, "Down y");
	assert_string_equal(s->copied, "REFRESH MATERIALIZED VIEW public.daily_orders;");
	stage_close(s);
}

static void shows(int height, int width, const char *pane, const char *keys, const char *name)
{
	struct stage *s = open_size(height, width, pane);

	stage_keys(s, keys);
	stage_expect(s, name);
	stage_close(s);
}

static void test_sizes(void **state)
{
	static const struct {
		int height, width;
		const char *keys, *name;
	} sizes[] = {
		{ 15, 60, "", "60" }, { 24, 80, "", "80" }, { 40, 120, "", "120" }, { 60, 200, "", "200" },
		{ 60, 200, "v a", "200-all" }, { 24, 80, "Enter", "details" },
	};

	(void)state;
	for (size_t p = 0; p < PANES; p++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			char *name = mem_format("%s-%s", panes[p], sizes[i].name);

			shows(sizes[i].height, sizes[i].width, panes[p], sizes[i].keys, name);
			free(name);
		}
	}
}

static void test_ascii(void **state)
{
	struct stage *s = open_with((struct stage_options){ .height = 24, .width = 80, .ascii = true, .pane = panes[0] });

	(void)state;
	for (size_t p = 0; p < PANES; p++) {
		char *name = mem_format("%s-ascii", panes[p]);

		stage_expect(s, name);
		free(name);
		stage_keys(s, "Tab");
	}
	stage_close(s);
}

/* A server without the extension: only the steps that are missing, numbered, none of which drops what is loaded. */
static void test_unavailable(void **state)
{
	struct stage *s = open_size(24, 80, "slow_queries");

	(void)state;
	night_no_statements(s->server, s->now);
	stage_pass(s, 0.1);
	stage_expect(s, "slow_queries-unavailable");
	stage_keys(s, "y");
	assert_non_null(strstr(s->copied, "CREATE EXTENSION pg_stat_statements;"));
	stage_close(s);
}

/* Nothing to name is a sentence; what a role may not see is counted. */
static void test_nothing(void **state)
{
	struct now now = night_clock();
	struct stage_options o = { .height = 24, .width = 80, .pane = "unused_indexes" };
	struct stage *s;

	(void)state;
	limits_defaults(&limits);
	s = stage_open(&o, night_healthy(&limits, now), now);
	stage_says(s, "indexes  0 to drop, 0 to keep");
	stage_says(s, "  Every index is scanned; none is a twin or prefix of another. Checked 03:12:08.");
	stage_keys(s, "6");
	stage_says(s, "matviews  0 ");
	stage_says(s, "  No materialized view in this database. Checked 03:12:08.");
	stage_close(s);
}

/* Names as long as they can be, and wide ones, leave every figure in its place. */
static void test_long_names(void **state)
{
	static const char wide[] = "注文_状態_索引_とても長い名前_idx_2026";
	static const char longest[] = "user_sales_summary_by_country_and_month_and_product_group_total";
	struct stage *s = open_size(24, 80, "unused_indexes");
	char *line;

	(void)state;
	night_rename(s->server, "orders_status_idx", wide, s->now);
	stage_pass(s, 0.1);
	line = stage_line(s, 6);
	assert_non_null(strstr(line, "412      0"));
	assert_non_null(strstr(line, " never used in 43 d"));
	assert_non_null(strstr(line, "…"));
	assert_int_equal(text_cells(line), 75);
	free(line);
	night_rename(s->server, "user_sales_summary", longest, s->now);
	stage_keys(s, "6");
	stage_pass(s, 0.1);
	line = stage_line(s, 6);
	assert_string_equal(line, "▲ user_sal…oup_total  ≥9d04h commit    ~1.24M yes     38   41.2 stale");
	free(line);
	stage_keys(s, "Enter");
	stage_says(s, "materialized view user_sales_summary_by…ountry_and_month_and_product_group_total");
	stage_resize(s, 24, 120);
	stage_says(s, longest);
	stage_close(s);
}

/* A window on which nothing can be said yet, and what is left out behind a filter. */
static void test_words(void **state)
{
	struct stage *s = open_size(24, 80, "slow_queries");

	(void)state;
	stage_says_not(s, "pgtop-prod hidden");
	stage_resize(s, 24, 120);
	stage_says(s, "; s shows the last 5 min; statements of pgtop-prod hidden, a shows all");
	stage_keys(s, "\\");
	stage_type(s, "orders");
	stage_keys(s, "Enter");
	stage_says(s, "queries  4 of 6; filter orders (\\ Esc clears); last 64 s; s shows the last 5 min");
	stage_says(s, "  Counted since 10 Oct 01:12.");
	stage_close(s);
}

/* Of every column that is on the screen the title is whole, however wide the screen is. */
static void check_titles(const struct stage *s)
{
	const struct collector *c = s->app->pane->collector;
	const struct view *view = app_view(s->app, s->app->pane);
	char *titles = stage_line(s, s->app->layout.body.y + 1);

	for (size_t i = 0; i < c->ncolumns; i++) {
		if (!(view->shown_columns >> i & 1))
			continue;
		if (!strstr(titles, c->columns[i].title ? c->columns[i].title : c->columns[i].name))
			assert_string_equal(titles, c->columns[i].title ? c->columns[i].title : c->columns[i].name);
	}
	free(titles);
}

static void test_titles(void **state)
{
	static const int sizes[][2] = { { 15, 60 }, { 24, 80 }, { 30, 100 }, { 40, 120 }, { 45, 160 }, { 60, 200 } };
	struct stage *s = open_size(24, 80, "slow_queries");

	(void)state;
	for (size_t p = 0; p < PANES; p++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			for (int preview = 0; preview < 2; preview++) {
				stage_resize(s, sizes[i][0], sizes[i][1]);
				check_titles(s);
				stage_keys(s, "v");
			}
		}
		stage_keys(s, "Tab");
	}
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings), cmocka_unit_test(test_sizes), cmocka_unit_test(test_ascii), cmocka_unit_test(test_titles),
		cmocka_unit_test(test_copied), cmocka_unit_test(test_unavailable), cmocka_unit_test(test_nothing), cmocka_unit_test(test_long_names), cmocka_unit_test(test_words),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

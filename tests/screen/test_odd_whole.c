/* Odd text where it has to be whole: in details, in reasons and lines to copy, in a very long statement, in what is typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/server/internal.h"
#include "tests/lib/night.h"
#include "tests/lib/odd_stage.h"
#include "tests/lib/rows.h"

/* That there was one fails the test. */
static int complaints;

static void add_dense(struct strbuf *out, const char *text)
{
	for (; *text; text++)
		if (*text != ' ')
			strbuf_addc(out, *text);
}

/* What the view in hand says from its first line to its last, without blanks. */
static char *read_view(struct stage *s)
{
	struct strbuf all = STRBUF_INIT;
	struct area body;
	int from = 0;

	stage_keys(s, "g");
	body = s->app->layout.body;
	for (;;) {
		const struct layer *layer = app_layer(s->app);
		int scroll = layer->scroll;

		for (int y = body.y + 1 + from - scroll; y < body.y + body.height; y++) {
			char *line = stage_line(s, y);

			add_dense(&all, line);
			free(line);
		}
		from = scroll + body.height - 1;
		stage_keys(s, "PgDn");
		if (app_layer(s->app)->scroll == scroll)
			return strbuf_take(&all);
	}
}

static size_t count(const char *all, const char *part)
{
	size_t n = 0;

	for (const char *at = strstr(all, part); at; at = strstr(at + strlen(part), part))
		n++;
	return n;
}

/* How often the details of the first row say the text, whole, in as many lines as it takes. */
static size_t count_in_details(const struct odd_scene *o, const char *pattern)
{
	struct stage *s = odd_open(o, pattern);
	struct strbuf dense = STRBUF_INIT;
	char *text = odd_text(pattern), *all;
	size_t n;

	add_dense(&dense, text);
	stage_keys(s, "Enter");
	assert_int_equal(s->app->nlayers, 1);
	complaints += odd_check_cells(s, text);
	all = read_view(s);
	n = count(all, dense.text);
	free(all);
	free(text);
	strbuf_free(&dense);
	stage_close(s);
	return n;
}

/* Of a collector that the night does not tell of there is no row to look into. */
static bool has_rows(const struct odd_scene *o)
{
	struct stage *s = odd_open(o, odd_plain);
	bool has = app_rows(s->app)->nrows > 0;

	stage_close(s);
	return has;
}

/* As often as on the largest screen, where everything has room. */
static void test_details(void **state)
{
	(void)state;
	complaints = 0;
	for (size_t i = 1; i < odd_npanes(); i++) {
		struct odd_scene o = { .server = night_server, .pane = odd_pane(i), .keys = "", .height = 60, .width = 200 };
		size_t texts;

		if (!has_rows(&o))
			continue;
		texts = count_in_details(&o, odd_plain);
		assert_true(texts > 0);
		for (size_t k = 0; k < ODD_SIZES; k++) {
			o.height = odd_sizes[k].height;
			o.width = odd_sizes[k].width;
			for (size_t p = 0; p < odd_npatterns; p++) {
				size_t n = count_in_details(&o, odd_patterns[p]);

				if (n != texts)
					fail_msg("%s at %dx%d says text %zu %zu times, not %zu", odd_pane(i), o.width, o.height, p, n, texts);
			}
		}
	}
	assert_int_equal(complaints, 0);
}

/* A reason that the title has no room for stands below it, and the lines that open the pane. */
static void test_reasons(void **state)
{
	(void)state;
	for (size_t p = 0; p < odd_npatterns; p++) {
		struct stage_options o = { .height = 24, .width = 80, .pane = "slow_queries" };
		struct stage *s = stage_make(&o, night_server, night_clock());
		struct strbuf all = STRBUF_INIT, dense = STRBUF_INIT;
		char *text = odd_text(odd_patterns[p]);

		server_offline_state(s->server, s->app->pane->collector, COLLECTION_UNAVAILABLE, text, text);
		stage_pass(s, 0.1);
		complaints += odd_check_cells(s, text);
		for (int y = s->app->layout.body.y + 1; y < s->app->layout.message_y; y++) {
			char *line = stage_line(s, y);

			add_dense(&all, line);
			free(line);
		}
		add_dense(&dense, text);
		if (count(all.text, dense.text) != 2)
			fail_msg("text %zu: reason and line to copy are not whole: %s", p, all.text);
		strbuf_free(&all);
		strbuf_free(&dense);
		free(text);
		stage_close(s);
	}
}

static size_t place_of(const char *collector)
{
	size_t i = 0;

	while (strcmp(collectors[i]->name, collector) != 0)
		i++;
	return i;
}

/* More than is ever laid out: the row shows how it begins, the details as much as anybody reads, and say that there is more. */
static void test_longest_statement(void **state)
{
	enum { LENGTH = 1 << 20 };
	struct stage_options o = { .height = 24, .width = 80, .pane = "activity" };
	struct stage *s = stage_make(&o, night_server, night_clock());
	struct collection *c = &s->server->collectors[place_of("activity")].view;
	char *sql = mem_alloc(LENGTH + 1), *line;

	(void)state;
	for (size_t i = 0; i < LENGTH; i++)
		sql[i] = "SELECT 'y', 'n' AND "[i % 20];
	sql[LENGTH] = '\0';
	table_set_string(c->table, 0, rows_column(c->table, "query"), sql);
	c->version++;
	s->server->version++;
	stage_pass(s, 0.1);
	line = stage_line(s, s->app->layout.body.y + 2);
	assert_non_null(strstr(line, "SELECT 'y', "));
	assert_string_equal(line + strlen(line) - strlen("…"), "…");
	free(line);
	stage_keys(s, "Right Right Right Enter");
	complaints = 0;
	complaints += odd_check_cells(s, "SELECT");
	stage_keys(s, "G");
	stage_says(s, "more; y copies it whole");
	stage_close(s);
	assert_int_equal(complaints, 0);
	free(sql);
}

/* The prompt's line shows where the cursor is, and where there is more of what was typed. */
static void test_prompts(void **state)
{
	static const char *const prompts[] = { "/", "\\", ":" };

	(void)state;
	complaints = 0;
	for (size_t p = 0; p < odd_npatterns; p++) {
		for (size_t i = 0; i < 3; i++) {
			struct stage *s = odd_open(&(struct odd_scene){ .server = night_server, .pane = "activity", .keys = prompts[i],
									 .height = 24, .width = 80 }, odd_patterns[p]);
			char *text = odd_text(odd_patterns[p]), *line;
			int y = s->app->layout.message_y;

			stage_type(s, text);
			complaints += odd_check_cells(s, text);
			assert_true(odd_is_cut(s->shown, canvas_at(s->shown, y, 1)));
			assert_true(s->shown->cursor_x < s->width);
			stage_keys(s, "Home");
			complaints += odd_check_cells(s, text);
			line = stage_line(s, y);
			assert_string_equal(line + strlen(line) - strlen("…"), "…");
			free(line);
			assert_int_equal(s->shown->cursor_x, 1);
			for (int n = 0; n < 90; n++) {
				stage_keys(s, "Right");
				complaints += odd_check_cells(s, text);
				assert_true(s->shown->cursor_x > 0 && s->shown->cursor_x < s->width);
			}
			stage_keys(s, "Enter");
			complaints += odd_check_cells(s, text);
			free(text);
			stage_close(s);
		}
	}
	assert_int_equal(complaints, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_details), cmocka_unit_test(test_reasons), cmocka_unit_test(test_longest_statement),
		cmocka_unit_test(test_prompts),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

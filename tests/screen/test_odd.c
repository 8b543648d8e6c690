/*
 * Odd text in every pane, at every size: no column moves, nothing is lost at an edge without a sign.
 *
 * The same screen is drawn twice: with all texts made of `{`, and with all texts odd, of the same length. Where the first has no
 * `{` the second has to be the same, cell by cell; where a field of `{` was cut, the odd one has to say so too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "collectors/server/internal.h"
#include "tests/lib/night.h"
#include "tests/lib/odd.h"
#include "tests/lib/rows.h"
#include "tests/lib/stage.h"
#include "tui/screen/utf8.h"

enum { MANY = 10000, TOLD = 12 };

static const struct {
	int height, width;
} sizes[] = { { 24, 80 }, { 40, 120 }, { 60, 200 }, { 15, 60 } };

enum { SIZES = sizeof(sizes) / sizeof(*sizes) };

/* Each of a few is told; that there was one fails the test. */
static int complaints;

static void complain(const struct stage *s, const char *pattern, int y, int x, const char *what)
{
	char *line;

	if (complaints++ >= TOLD)
		return;
	line = stage_line(s, y);
	print_error("%s, %dx%d, text %.24s: line %d, cell %d: %s\n%s\n", s->app->pane->name, s->width, s->height, pattern, y + 1,
		    x + 1, what, line);
	free(line);
}

/* Whether a character may stand on a screen: nothing that moves, turns or hides what is around it. */
static bool is_clean(uint32_t c)
{
	char bytes[5] = { 'a' };
	struct strbuf out = STRBUF_INIT;
	size_t n = 1 + utf8_encode(c, bytes + 1);
	bool same;

	if (c >= 0x20 && c < 0x7f)
		return true;
	text_clean(&out, bytes, n, 0);
	same = out.len == n && memcmp(out.text, bytes, n) == 0;
	strbuf_free(&out);
	return same;
}

/* What holds for every screen: whole characters of the width that their cells have. */
static void check_cells(const struct stage *s, const char *pattern)
{
	for (int y = 0; y < s->height; y++) {
		for (int x = 0; x < s->width; x++) {
			const struct glyph *g = canvas_at(s->shown, y, x);
			int cells;

			if (g->c == 0) {
				complain(s, pattern, y, x, "half of a wide character");
				continue;
			}
			cells = text_char_cells(g->c);
			if (!is_clean(g->c) || cells == 0)
				complain(s, pattern, y, x, "a character that is no picture of its own");
			for (int i = 0; i < CELL_MARKS && g->marks[i]; i++)
				if (!is_clean(g->marks[i]) || text_char_cells(g->marks[i]) != 0)
					complain(s, pattern, y, x, "a mark that is none");
			if (s->shown->ascii && (g->c > 0x7e || g->marks[0]))
				complain(s, pattern, y, x, "not ASCII");
			if (cells == 2 && (x + 1 == s->width || canvas_at(s->shown, y, ++x)->c != 0))
				complain(s, pattern, y, x, "a wide character without its second cell");
		}
	}
}

static bool is_mark(const struct canvas *c, const struct glyph *g)
{
	return g->c == (c->ascii ? '>' : 0x2026);
}

/* Where the whole statement is laid out its own length decides what stands where. */
static bool in_preview(const struct stage *s, int y, int x)
{
	struct area p = s->app->layout.preview;

	return p.height && y >= p.y && y < p.y + p.height && x >= p.x && x < p.x + p.width;
}

/* A field that shows `{`: where it ends, and where in it the text is cut. */
static int field_end(const struct stage *plain, int y, int x, int *mark)
{
	/* cut so short that the sign comes first, or behind the number of a key */
	*mark = x > 0 && is_mark(plain->shown, canvas_at(plain->shown, y, x - 1)) ? x - 1 : -1;
	for (; x < plain->width && !in_preview(plain, y, x); x++) {
		const struct glyph *g = canvas_at(plain->shown, y, x);

		if (is_mark(plain->shown, g))
			*mark = x;
		else if (g->c != '{')
			break;
	}
	return x;
}

static void check_field(const struct stage *plain, const struct stage *odd, const char *pattern, int y, int from, int end, int mark)
{
	bool cut = false;

	if (mark < 0) {
		complain(plain, "{", y, end - 1, "cut, and no sign of it");
		return;
	}
	for (int x = from; x < end; x++)
		cut |= is_mark(odd->shown, canvas_at(odd->shown, y, x));
	if (!cut || (mark == end - 1 && !is_mark(odd->shown, canvas_at(odd->shown, y, mark))))
		complain(odd, pattern, y, mark, "cut, and no sign of it where it belongs");
}

static bool same_glyph(const struct glyph *a, const struct glyph *b)
{
	return a->c == b->c && a->role == b->role && a->underline == b->underline && memcmp(a->marks, b->marks, sizeof(a->marks)) == 0;
}

/* Gives how many fields were cut. */
static int check_alike(const struct stage *plain, const struct stage *odd, const char *pattern)
{
	int fields = 0;

	for (int y = 0; y < plain->height; y++) {
		for (int x = 0; x < plain->width; x++) {
			const struct glyph *g = canvas_at(plain->shown, y, x);

			if (in_preview(plain, y, x))
				continue;
			if (g->c == '{') {
				int mark, end = field_end(plain, y, x, &mark);

				check_field(plain, odd, pattern, y, mark >= 0 && mark < x ? mark : x, end, mark);
				fields++;
				x = end - 1;
			} else if (!same_glyph(g, canvas_at(odd->shown, y, x)) &&
				   !(is_mark(plain->shown, g) && x + 1 < plain->width && canvas_at(plain->shown, y, x + 1)->c == '{')) {
				complain(odd, pattern, y, x, "not what stands there beside other texts");
				return fields;
			}
		}
	}
	return fields;
}

/* In one of the panes, at one size, with these keys pressed. */
struct scenery {
	struct server *(*server)(const struct limits *, struct now);
	const char *pane, *keys;
	void (*happens)(struct stage *s);   /* once filled; NULL: nothing */
	int height, width;
	bool ascii;
};

static struct stage *open_filled(const struct scenery *o, const char *pattern)
{
	struct stage_options options = { .height = o->height, .width = o->width, .ascii = o->ascii, .pane = o->pane };
	struct stage *s = stage_make(&options, o->server, night_clock());

	odd_fill(s->server, pattern);
	stage_pass(s, 0.1);
	stage_keys(s, o->keys);
	if (o->happens) {
		o->happens(s);
		odd_fill(s->server, pattern);
		stage_pass(s, 0.1);
	}
	return s;
}

/* Gives how many fields of text there are. */
static int compare(const struct scenery *o, size_t npatterns)
{
	struct stage *plain = open_filled(o, odd_plain);
	int fields = 0;

	check_cells(plain, "{");
	for (size_t i = 0; i < npatterns; i++) {
		struct stage *odd = open_filled(o, odd_patterns[i]);
		char *text = odd_text(odd_patterns[i]);

		check_cells(odd, text);
		fields = check_alike(plain, odd, text);
		free(text);
		stage_close(odd);
	}
	stage_close(plain);
	return fields;
}

static const char *const panes[] = { "overview", "activity", "locks", "slow_queries", "unused_indexes", "matviews", "stats" };

enum { PANES = sizeof(panes) / sizeof(*panes) };

/* Every pane at every size, in Unicode and ASCII. */
static void compare_all(struct scenery o, size_t npatterns)
{
	complaints = 0;
	for (size_t i = 0; i < PANES; i++) {
		int fields = 0;

		o.pane = panes[i];
		for (size_t k = 0; k < SIZES; k++) {
			o.height = sizes[k].height;
			o.width = sizes[k].width;
			o.ascii = false;
			fields += compare(&o, npatterns);
			o.ascii = true;
			fields += compare(&o, npatterns < 3 ? npatterns : 3);
		}
		if (fields < 2 * SIZES)
			fail_msg("%s shows hardly a text", panes[i]);
	}
	assert_int_equal(complaints, 0);
}

static void test_panes(void **state)
{
	(void)state;
	compare_all((struct scenery){ .server = night_server, .keys = "" }, odd_npatterns);
}

static void test_all_columns(void **state)
{
	(void)state;
	compare_all((struct scenery){ .server = night_server, .keys = "v a Down Right" }, odd_npatterns);
}

static struct server *no_rows(const struct limits *limits, struct now now)
{
	struct server *s = night_healthy(limits, now);

	for (size_t i = 0; i < ncollectors; i++)
		if (strcmp(collectors[i]->name, "stats") != 0)
			server_offline_put(s, collectors[i], rows_new(collectors[i]->name), now);
	return s;
}

/* The header is full of it, and a sentence says that there is nothing. */
static void test_no_rows(void **state)
{
	struct stage_options o = { .height = 24, .width = 80 };

	(void)state;
	compare_all((struct scenery){ .server = no_rows, .keys = "" }, 3);
	for (size_t i = 1; i + 1 < PANES; i++) {
		struct stage *s;

		o.pane = panes[i];
		s = stage_make(&o, no_rows, night_clock());
		stage_says(s, "Checked 03:12:08.");
		stage_close(s);
	}
}

static struct server *many_rows(const struct limits *limits, struct now now)
{
	struct server *s = night_server(limits, now);

	night_many(s, MANY, now);
	return s;
}

static void test_many_rows(void **state)
{
	static const char *const keys[] = { "G", "PgDn PgDn Up" };

	(void)state;
	complaints = 0;
	for (size_t i = 0; i < 2; i++)
		assert_true(compare(&(struct scenery){ .server = many_rows, .pane = "activity", .keys = keys[i], .height = 40, .width = 120 }, 2) > 30);
	assert_int_equal(complaints, 0);
}

static void end_session(struct stage *s)
{
	night_without(s->server, 2981, s->now);
}

/* The row that ended keeps its line, as it was drawn. */
static void test_gone(void **state)
{
	(void)state;
	complaints = 0;
	for (size_t k = 0; k < SIZES; k++) {
		struct scenery o = { .server = night_server, .pane = "activity", .keys = "Down", .happens = end_session,
				     .height = sizes[k].height, .width = sizes[k].width };
		struct stage *s = open_filled(&o, odd_patterns[0]);

		stage_says(s, "gone 03:12:08");
		stage_close(s);
		compare(&o, odd_npatterns);
	}
	assert_int_equal(complaints, 0);
}

/* --- whole ----------------------------------------------------------------------------------------------------- */

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
static size_t count_in_details(const struct scenery *o, const char *pattern)
{
	struct stage *s = open_filled(o, pattern);
	struct strbuf dense = STRBUF_INIT;
	char *text = odd_text(pattern), *all;
	size_t n;

	add_dense(&dense, text);
	stage_keys(s, "Enter");
	assert_int_equal(s->app->nlayers, 1);
	check_cells(s, text);
	all = read_view(s);
	n = count(all, dense.text);
	free(all);
	free(text);
	strbuf_free(&dense);
	stage_close(s);
	return n;
}

/* As often as on the largest screen, where everything has room. */
static void test_details(void **state)
{
	(void)state;
	complaints = 0;
	for (size_t i = 1; i < PANES; i++) {
		struct scenery o = { .server = night_server, .pane = panes[i], .keys = "", .height = 60, .width = 200 };
		size_t texts = count_in_details(&o, odd_plain);

		assert_true(texts > 0);
		for (size_t k = 0; k < SIZES; k++) {
			o.height = sizes[k].height;
			o.width = sizes[k].width;
			for (size_t p = 0; p < odd_npatterns; p++) {
				size_t n = count_in_details(&o, odd_patterns[p]);

				if (n != texts)
					fail_msg("%s at %dx%d says text %zu %zu times, not %zu", panes[i], o.width, o.height, p, n, texts);
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
		check_cells(s, text);
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
	check_cells(s, "SELECT");
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
			struct stage *s = open_filled(&(struct scenery){ .server = night_server, .pane = "activity", .keys = prompts[i],
									 .height = 24, .width = 80 }, odd_patterns[p]);
			char *text = odd_text(odd_patterns[p]), *line;
			int y = s->app->layout.message_y;

			stage_type(s, text);
			check_cells(s, text);
			assert_true(is_mark(s->shown, canvas_at(s->shown, y, 1)));
			assert_true(s->shown->cursor_x < s->width);
			stage_keys(s, "Home");
			check_cells(s, text);
			line = stage_line(s, y);
			assert_string_equal(line + strlen(line) - strlen("…"), "…");
			free(line);
			assert_int_equal(s->shown->cursor_x, 1);
			for (int n = 0; n < 90; n++) {
				stage_keys(s, "Right");
				check_cells(s, text);
				assert_true(s->shown->cursor_x > 0 && s->shown->cursor_x < s->width);
			}
			stage_keys(s, "Enter");
			check_cells(s, text);
			free(text);
			stage_close(s);
		}
	}
	assert_int_equal(complaints, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panes), cmocka_unit_test(test_all_columns), cmocka_unit_test(test_no_rows),
		cmocka_unit_test(test_many_rows), cmocka_unit_test(test_gone), cmocka_unit_test(test_details),
		cmocka_unit_test(test_reasons), cmocka_unit_test(test_longest_statement), cmocka_unit_test(test_prompts),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

#include "tests/lib/night.h"
#include "tests/lib/odd_stage.h"
#include "tests/lib/rows.h"

enum { MANY = 10000 };

/* That there was one fails the test. */
static int complaints;

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
	*mark = x > 0 && odd_is_cut(plain->shown, canvas_at(plain->shown, y, x - 1)) ? x - 1 : -1;
	for (; x < plain->width && !in_preview(plain, y, x); x++) {
		const struct glyph *g = canvas_at(plain->shown, y, x);

		if (odd_is_cut(plain->shown, g))
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
		complaints += odd_complain(plain, "{", y, end - 1, "cut, and no sign of it");
		return;
	}
	for (int x = from; x < end; x++)
		cut |= odd_is_cut(odd->shown, canvas_at(odd->shown, y, x));
	if (!cut || (mark == end - 1 && !odd_is_cut(odd->shown, canvas_at(odd->shown, y, mark))))
		complaints += odd_complain(odd, pattern, y, mark, "cut, and no sign of it where it belongs");
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
				   !(odd_is_cut(plain->shown, g) && x + 1 < plain->width && canvas_at(plain->shown, y, x + 1)->c == '{')) {
				complaints += odd_complain(odd, pattern, y, x, "not what stands there beside other texts");
				return fields;
			}
		}
	}
	return fields;
}

/* Gives how many fields of text there are. */
static int compare(const struct odd_scene *o, size_t npatterns)
{
	struct stage *plain = odd_open(o, odd_plain);
	int fields = 0;

	complaints += odd_check_cells(plain, "{");
	for (size_t i = 0; i < npatterns; i++) {
		struct stage *odd = odd_open(o, odd_patterns[i]);
		char *text = odd_text(odd_patterns[i]);

		complaints += odd_check_cells(odd, text);
		fields = check_alike(plain, odd, text);
		free(text);
		stage_close(odd);
	}
	stage_close(plain);
	return fields;
}

/* Every pane at every size, in Unicode and ASCII. */
static void compare_all(struct odd_scene o, size_t npatterns)
{
	complaints = 0;
	for (size_t i = 0; i < odd_npanes(); i++) {
		int fields = 0;

		o.pane = odd_pane(i);
		for (size_t k = 0; k < ODD_SIZES; k++) {
			o.height = odd_sizes[k].height;
			o.width = odd_sizes[k].width;
			o.ascii = false;
			fields += compare(&o, npatterns);
			o.ascii = true;
			fields += compare(&o, npatterns < 3 ? npatterns : 3);
		}
		if (fields < 2 * ODD_SIZES)
			fail_msg("%s shows hardly a text", odd_pane(i));
	}
	assert_int_equal(complaints, 0);
}

static void test_panes(void **state)
{
	(void)state;
	compare_all((struct odd_scene){ .server = night_server, .keys = "" }, odd_npatterns);
}

static void test_all_columns(void **state)
{
	(void)state;
	compare_all((struct odd_scene){ .server = night_server, .keys = "v a Down Right" }, odd_npatterns);
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
	compare_all((struct odd_scene){ .server = no_rows, .keys = "" }, 3);
	for (size_t i = 0; i < ncollectors; i++) {
		struct stage *s;

		/* the figures of the server are always there */
		if (strcmp(collectors[i]->name, "stats") == 0)
			continue;
		o.pane = collectors[i]->name;
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
		assert_true(compare(&(struct odd_scene){ .server = many_rows, .pane = "activity", .keys = keys[i], .height = 40, .width = 120 }, 2) > 30);
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
	for (size_t k = 0; k < ODD_SIZES; k++) {
		struct odd_scene o = { .server = night_server, .pane = "activity", .keys = "Down", .happens = end_session,
				     .height = odd_sizes[k].height, .width = odd_sizes[k].width };
		struct stage *s = odd_open(&o, odd_patterns[0]);

		stage_says(s, "gone 03:12:08");
		stage_close(s);
		compare(&o, odd_npatterns);
	}
	assert_int_equal(complaints, 0);
}

static bool has_mark(const struct stage *s, int y, struct area area)
{
	bool found = false;

	for (int x = area.x; x < area.x + area.width; x++)
		found |= odd_is_cut(s->shown, canvas_at(s->shown, y, x));
	return found;
}

/* It says where its name is cut, and where it ends before the row does. */
static void test_previews(void **state)
{
	struct odd_scene below = { .server = night_server, .pane = "activity", .keys = "", .height = 40, .width = 120 };
	struct odd_scene beside = { .server = night_server, .pane = "unused_indexes", .keys = "", .height = 60, .width = 200 };

	(void)state;
	for (size_t i = 0; i < odd_npatterns; i++) {
		struct stage *s = odd_open(&below, odd_patterns[i]);
		struct area p = s->app->layout.preview;

		assert_true(has_mark(s, p.y + p.height - 1, p));
		stage_keys(s, "5");
		assert_true(has_mark(s, p.y, p));
		stage_close(s);
		s = odd_open(&beside, odd_patterns[i]);
		p = s->app->layout.preview;
		assert_true(has_mark(s, p.y, p));
		stage_close(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panes), cmocka_unit_test(test_all_columns), cmocka_unit_test(test_no_rows),
		cmocka_unit_test(test_many_rows), cmocka_unit_test(test_gone), cmocka_unit_test(test_previews),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

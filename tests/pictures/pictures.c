/*
 * Draws the pictures of man/pictures/ from the dumps in tests/screen/expected/, one for each theme of themes/. With --check it only says
 * whether the pictures that lie there are these, and no others.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "svg.h"
#include "tests/lib/dump.h"

static const struct picture {
	const char *name, *dump;
	int height, width;
	const char *title;
} pictures[] = {
	{ "overview-sick", "overview-80", 24, 80, "the overview of a sick server" },
	{ "overview-healthy", "healthy-80", 24, 80, "the overview of a healthy server" },
	{ "locks", "locks-120", 40, 120, "who waits for whom" },
	{ "queries", "slow_queries-120", 40, 120, "statements by the time they take" },
	{ "indexes", "unused_indexes-120", 40, 120, "unused indexes and what they cost" },
	{ "matviews", "matviews-120", 40, 120, "materialized views and their age" },
};

enum { PICTURES = sizeof(pictures) / sizeof(*pictures) };

struct task {
	const char *directory;
	bool check;
	int wrong;
};

static void complain(struct task *t, const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	t->wrong++;
}

static char *draw(const struct picture *p, const struct theme *theme, const char *dump)
{
	struct canvas *c = canvas_new(p->height, p->width, false);
	char *title = mem_format("pgtop-prod: %s, theme %s", p->title, theme->name);
	char *svg;

	canvas_clear(c);
	svg = dump_draw(c, dump) ? svg_canvas(c, theme, title) : NULL;
	free(title);
	canvas_free(c);
	return svg;
}

static void compare(struct task *t, const char *path, const char *svg)
{
	char *there = dump_read(path);

	if (!there || strcmp(there, svg))
		complain(t, path, there ? "is not what the screens show now; `make pictures` draws it anew"
			 : "is missing; `make pictures` draws it");
	free(there);
}

static void save(struct task *t, const char *path, const char *svg)
{
	FILE *f = fopen(path, "w");
	bool good = f && fputs(svg, f) >= 0;

	if (f && fclose(f))
		good = false;
	if (!good)
		complain(t, path, strerror(errno));
}

static void do_picture(struct task *t, const struct picture *p, const struct theme *theme)
{
	char *from = mem_format("tests/screen/expected/%s.txt", p->dump), *dump = dump_read(from);
	char *path = mem_format("%s/%s-%s.svg", t->directory, p->name, theme->name);
	char *svg = dump ? draw(p, theme, dump) : NULL;

	if (!svg)
		complain(t, from, "is no dump of a screen");
	else if (t->check)
		compare(t, path, svg);
	else
		save(t, path, svg);
	free(svg);
	free(path);
	free(dump);
	free(from);
}

static bool is_ours(const char *file)
{
	bool found = false;

	for (size_t i = 0; i < PICTURES * nbuiltin_themes && !found; i++) {
		char *ours = mem_format("%s-%s.svg", pictures[i % PICTURES].name, builtin_themes[i / PICTURES].name);

		found = !strcmp(file, ours);
		free(ours);
	}
	return found;
}

/* A picture that nothing draws any more would be shown for ever. */
static void look_for_others(struct task *t)
{
	DIR *d = opendir(t->directory);

	if (!d) {
		complain(t, t->directory, strerror(errno));
		return;
	}
	for (const struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.' && !is_ours(e->d_name))
			complain(t, e->d_name, "is no picture that `make pictures` draws");
	closedir(d);
}

int main(int argc, char **argv)
{
	struct task t = { .directory = argc > 1 ? argv[argc - 1] : "" };

	t.check = argc == 3 && !strcmp(argv[1], "--check");
	if (argc != 2 + t.check) {
		fprintf(stderr, "usage: pictures [--check] DIRECTORY\n");
		return 2;
	}
	for (size_t i = 0; i < nbuiltin_themes; i++) {
		struct theme *theme = theme_builtin(builtin_themes[i].name);

		for (size_t p = 0; p < PICTURES; p++)
			do_picture(&t, &pictures[p], theme);
		theme_free(theme);
	}
	look_for_others(&t);
	return t.wrong ? 1 : 0;
}

/*
 * Stages filled with odd text (odd.h): one of the panes, at one size, and what has to hold for every screen, whatever is on it.
 */
#ifndef PGTOP_TESTS_ODD_STAGE_H
#define PGTOP_TESTS_ODD_STAGE_H

#include "tests/lib/odd.h"
#include "tests/lib/stage.h"

struct odd_size {
	int height, width;
};

/* The three that screens are made for, and the smallest. */
enum { ODD_SIZES = 4 };
extern const struct odd_size odd_sizes[ODD_SIZES];

/* All panes, by name; the overview first, then the collectors in their order. */
size_t odd_npanes(void);
const char *odd_pane(size_t i);

struct odd_scene {
	struct server *(*server)(const struct limits *, struct now);
	const char *pane, *keys;            /* keys: pressed once filled */
	void (*happens)(struct stage *s);   /* then, and what it brings is filled too; NULL: nothing */
	int height, width;
	bool ascii;
};

/* Closed with stage_close(). */
struct stage *odd_open(const struct odd_scene *o, const char *pattern);

/* Says what is wrong at a cell; of many such only the first few. Gives 1. */
int odd_complain(const struct stage *s, const char *text, int y, int x, const char *what);

/* Whole characters, of the width that their cells have, and none that moves or hides what is around it. Gives how many are not. */
int odd_check_cells(const struct stage *s, const char *text);

/* Whether it says that a text was cut here. */
bool odd_is_cut(const struct canvas *c, const struct glyph *g);

#endif

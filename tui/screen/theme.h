/*
 * Themes: how each role looks with 256, 16, 8 and no colours. Compiled in from themes/ and read
 * from files of the same form.
 *
 * A file is one JSON object: { "name", "ground": "dark"|"light", "roles": { ROLE: { "fg", "bg":
 * 16..255 or null, "fg8", "bg8": a colour's name or null,
 * "bold", "underline", "reverse": bool, "attributes8", "mono": [ "bold" | "underline" | "reverse"
 * ... ] } } }. Every role must be there. What a role leaves out is null or false;
 * without "attributes8" a role looks with 8 colours as with 256. "fg8" and "bg8" are black, red,
 * green, yellow, blue, magenta, cyan or white.
 */
#ifndef PGTOP_THEME_H
#define PGTOP_THEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/base/strbuf.h"
#include "role.h"

enum { STYLE_BOLD = 1, STYLE_UNDERLINE = 2, STYLE_REVERSE = 4 };

struct style {
	int16_t fg, bg;          /* 256-colour index, or -1: the terminal's own */
	int8_t fg8, bg8;         /* 0..7, or -1 */
	uint8_t attributes;      /* STYLE_ with colours */
	uint8_t attributes8;     /* STYLE_ with 8 colours */
	uint8_t mono;            /* STYLE_ without colours */
};

struct theme {
	char *name;
	bool light;
	struct style style[ROLE_COUNT];
};

/* The files of themes/, compiled in by the Makefile. */
struct builtin_theme {
	const char *name;
	const char *json;
	size_t len;
};
extern const struct builtin_theme builtin_themes[];
extern const size_t nbuiltin_themes;

/* A compiled-in theme by name (new, owned by the caller), or NULL. */
struct theme *theme_builtin(const char *name);

/*
 * Reads a theme from text. On an error gives NULL and says in `error` which line and column, which
 * role and what was expected. `file` is for the message.
 */
struct theme *theme_parse(const char *file, const char *text, size_t len, struct strbuf *error);

/* Reads a file. */
struct theme *theme_load(const char *file, struct strbuf *error);

/*
 * The name of the theme for a terminal that says of itself nothing more than COLORFGBG: dark or
 * light.
 */
const char *theme_default_name(const char *colorfgbg);

/* A colour of the 256-colour palette, 16 to 255, as 0xRRGGBB. */
int theme_rgb(int index);

void theme_free(struct theme *t);

#endif

/*
 * The kinds of prompts, one row each: what stands before the text and behind it, the keys that are no letters to it, and what is
 * done with the text.
 */
#ifndef PGTOP_PROMPT_KINDS_H
#define PGTOP_PROMPT_KINDS_H

#include "app.h"

enum { PROMPT_HINTS_MOST = 3 };

struct prompt_hint {
	const char *key, *does;   /* key NULL: none */
};

/* Functions may be NULL but for finish: then there is nothing to do. */
struct prompt_kind_row {
	const char *mark;    /* before the text; NULL: draw_mark() does it */
	const char *note;    /* at the right end of the line; NULL: add_note() says it */
	bool cut_note;       /* its beginning helps, too, where there is no room for all of it */
	bool secret;         /* never shown, bytes whatever they look like, wiped when it closes */
	bool of_view;        /* the view in hand asks it: they close together, and no key is a command meanwhile */
	struct prompt_hint hints[PROMPT_HINTS_MOST];

	int (*draw_mark)(struct app *app, struct canvas *canvas, int y);   /* gives the column behind it */
	void (*add_note)(struct app *app, struct strbuf *out);
	void (*begin)(struct app *app);      /* it opened: what stands in it */
	void (*pressed)(struct app *app);    /* any key, before it has its effect */
	void (*edited)(struct app *app);     /* what is typed works at once */
	void (*complete)(struct app *app, int step);
	void (*finish)(struct app *app);     /* Enter */
};

/* PROMPT_NONE has a row, too, with nothing in it. */
const struct prompt_kind_row *prompt_row(const struct app *app);

#endif

/*
 * The modal line: search, filter, a command, a password. While it is open every key goes to it,
 * and every key is answered on it.
 *
 * Search and filter work while they are typed; Enter keeps them, Esc drops them. A password is
 * never shown, kept only until it is handed on, and wiped then.
 */
#ifndef PGTOP_PROMPT_H
#define PGTOP_PROMPT_H

#include "app.h"

void prompt_open(struct app *app, enum prompt_kind kind);

/* Leaves it without doing anything more. */
void prompt_close(struct app *app);

/* Puts another text into the one that is open; the cursor is behind it. */
void prompt_set_text(struct app *app, const char *text);

void prompt_key(struct app *app, int32_t key);

/* Draws it on the message line, with the cursor. */
void prompt_draw(struct app *app, struct canvas *canvas, int y);

/* Draws the keys that are no letters to it, in the place of the hints: those are of no use meanwhile. */
void prompt_draw_hints(const struct app *app, struct canvas *canvas, int y);

#endif

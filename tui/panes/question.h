/*
 * The question before an act: everything a person must know to agree, and the name that agrees.
 *
 * An act fills in what it found under labels that stand in one fixed order, whatever order they are filled in in. The whole
 * question is on the screen or it is not asked; what agrees is the object's name, compared exactly. An act that is refused asks
 * nothing: it has a reason and a way out. Nothing in here does anything on a server: the answer is handed to who asked.
 *
 * Text given to the functions is clean (collectors/base/text.h) and copied.
 */
#ifndef PGTOP_QUESTION_H
#define PGTOP_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "pane.h"

/* What is said, in the order in which it stands: what is lost stands before what is won. */
enum question_label {
	QUESTION_RUNS,      /* the exact SQL */
	QUESTION_WHY,       /* the reason to do it, or for a refusal */
	QUESTION_IS,        /* what the session does now */
	QUESTION_LAST,      /* its last statement; cut to a line, all others stand whole */
	QUESTION_LOSES,
	QUESTION_GAINS,
	QUESTION_FREES,
	QUESTION_OK,        /* what was checked and is well */
	QUESTION_WARNING,   /* what is not known, or goes on meanwhile */
	QUESTION_THEN,      /* what happens next on the server */
	QUESTION_RATHER,    /* a gentler way, or the way out of a refusal */
	QUESTION_IF_CUT,    /* what a cut half-way leaves behind */
	QUESTION_UNDO,
	QUESTION_AS,        /* who does it, where, and what is written down */
	QUESTION_LABELS,
};

struct question;

/*
 * `DROP INDEX`, `public.orders_status_idx`; what has to be typed (an object's name, a pid), and `drop`, as in `Type NAME to
 * drop it:`. Owned by the caller.
 */
struct question *question_new(const char *act, const char *object, const char *name, const char *verb);
void question_free(struct question *q);

/* At the right end of the title: `on public.orders`. */
void question_aside(struct question *q, const char *format, ...) __attribute__((format(printf, 2, 3), nonnull(2)));

/* One more fact; one label may have several, in the order in which they were added. */
void question_add(struct question *q, enum question_label label, const char *format, ...)
	__attribute__((format(printf, 3, 4), nonnull(3)));

/* It is not to be asked: only title, reason and way out (NULL: there is none) are shown from now on. */
void question_refuse(struct question *q, const char *reason, const char *way_out);
bool question_is_refused(const struct question *q);

/*
 * Who is told how it ended: exactly once, with true by question_agree(), else with false by question_free(). `data` is the
 * receiver's to free. Without one nobody is told.
 */
void question_on_answer(struct question *q, void (*answered)(void *data, bool agreed), void *data);

void question_agree(struct question *q);

/*
 * Whether what was typed is the name, byte for byte. If it is not, the question says so until question_forget_wrong(). Nothing
 * is the name of an act that was refused.
 */
bool question_is_name(struct question *q, const char *typed);
void question_forget_wrong(struct question *q);

/* `DROP INDEX`; borrowed. */
const char *question_act(const struct question *q);

/* What stands before the name that is typed, on the prompt's line; a new string, "" where it has lines of its own above. */
char *question_ask(const struct question *q, int width);

/* Whether all of it is seen in an area of this size above the prompt. */
bool question_fits(const struct question *q, int height, int width);

/* Draws it; `scroll` in lines, for a refusal on a small screen. Gives the number of its lines. */
int question_draw(const struct question *q, struct canvas *canvas, struct area area, int scroll);

#endif

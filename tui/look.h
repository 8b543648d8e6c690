/*
 * Which theme: by the command line, by what was chosen on the screen, by config.json or by the terminal.
 *
 * A theme chosen on the screen is remembered in look.json of the state directory, beside what config.json said at
 * that moment, and holds for as long as config.json says the same: of the two, the later word counts. The command
 * line beats both, for its run.
 *
 * A theme is named by the name of one that is compiled in, by that of a file in the folder of themes in
 * $XDG_CONFIG_HOME/pgtop-prod (`mine` for themes/mine.json; --config moves it nowhere), or by a path: with a slash, or ending in .json. A compiled-in name always means the
 * compiled-in theme, so no file can take away what everything falls back to.
 */
#ifndef PGTOP_LOOK_H
#define PGTOP_LOOK_H

#include <stdbool.h>

#include "collectors/base/strbuf.h"
#include "tui/screen/theme.h"

struct look;

/* Who said what; NULL: nothing. Borrowed for the call. */
struct look_wishes {
	const char *option;            /* --theme */
	const char *configured;        /* config.json */
	const char *state_directory;   /* where a choice is remembered; NULL: it is not */
};

/*
 * The look to begin with. Gives NULL and one line in error if --theme names none that can be read; what is wrong with
 * another one goes to note, and the next in line is taken.
 */
struct look *look_new(const struct look_wishes *wishes, struct strbuf *note, struct strbuf *error);
void look_free(struct look *l);

/* The theme in hand; borrowed until another is chosen. */
const struct theme *look_theme(const struct look *l);

/*
 * Goes to the next theme of all there are, round in a circle, or to the one of that name, and remembers it. `said`
 * gets its name, and why it will not be remembered if so. A theme that cannot be read gives false and the reason;
 * the one in hand stays, and the next call goes on behind the bad one.
 */
bool look_next(struct look *l, struct strbuf *said);
bool look_choose(struct look *l, const char *name, struct strbuf *said);

/* Appends the names of all themes, one a line. */
void look_list(struct strbuf *out);

#endif

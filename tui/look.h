/*
 * Which theme: by the command line, config.json or the terminal.
 */
#ifndef PGTOP_LOOK_H
#define PGTOP_LOOK_H

#include "collectors/base/strbuf.h"
#include "screen/theme.h"

/*
 * The theme a person named: a file (with a slash, or ending in .json), one that is compiled in, or one of the folder of themes beside config.json. On failure
 * gives NULL and one line in error.
 */
struct theme *look_theme(const char *name, struct strbuf *error);

/* The theme of a terminal about which nobody said anything. */
struct theme *look_default(void);

/* Appends the names that look_theme() takes, one a line. */
void look_list(struct strbuf *out);

#endif

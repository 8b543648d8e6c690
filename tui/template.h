/*
 * Fills in the templates of what is generated from the tables: a line that begins with a mark, `NAME@` behind it, stands for what one of
 * them says; every other line stays as it is. For the programs that write the manual and the completions.
 */
#ifndef PGTOP_TEMPLATE_H
#define PGTOP_TEMPLATE_H

#include <stddef.h>

#include "collectors/base/strbuf.h"

struct insertion {
	const char *name;
	void (*add)(struct strbuf *out);
};

struct template {
	const char *program;   /* named in messages */
	const char *mark;      /* what such a line begins with, behind blanks */
	const struct insertion *insertions;
	size_t n;
};

/*
 * Prints the file, filled in. Gives the program's exit status; of what cannot be read or is called like nothing one line goes to standard
 * error, and then nothing is printed.
 */
int template_print(const struct template *t, const char *file);

#endif

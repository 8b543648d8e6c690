/*
 * The lines that open what is missing, as collectors and the server write them: a statement from the first column on, a
 * line that begins with a blank goes on with the one above, `  -- ` explains it, and `-- ` is a sentence where no line
 * could be written.
 */
#ifndef PGTOP_REMEDY_H
#define PGTOP_REMEDY_H

#include <stdbool.h>
#include <stddef.h>

enum remedy_kind { REMEDY_STATEMENT, REMEDY_GOES_ON, REMEDY_EXPLAINS, REMEDY_SENTENCE };

struct remedy_line {
	enum remedy_kind kind;
	const char *text;   /* without what only says which kind it is; ends behind `len` bytes */
	size_t len;
};

/* The next line of the remedy, which it moves behind it; empty ones are passed over. False at the end. */
bool remedy_next(const char **remedy, struct remedy_line *line);

#endif

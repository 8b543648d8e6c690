#include "remedy.h"

#include <string.h>

static struct remedy_line line_of(const char *text, size_t len)
{
	size_t blanks = strspn(text, " \t"), skip = blanks < len ? blanks : len;
	bool comment = strncmp(text + skip, "-- ", 3) == 0;

	skip += comment ? 3 : 0;
	return (struct remedy_line){
		.kind = comment ? (blanks ? REMEDY_EXPLAINS : REMEDY_SENTENCE) : (blanks ? REMEDY_GOES_ON : REMEDY_STATEMENT),
		.text = text + skip, .len = len - skip,
	};
}

bool remedy_next(const char **remedy, struct remedy_line *line)
{
	while (**remedy) {
		size_t len = strcspn(*remedy, "\n");

		*line = line_of(*remedy, len);
		*remedy += len + ((*remedy)[len] == '\n');
		if (line->len)
			return true;
	}
	return false;
}

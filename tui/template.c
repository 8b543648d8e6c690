#include "template.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What writes the lines in the place of this one; NULL: nothing is called so. */
static const struct insertion *find(const struct template *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t n = strlen(t->insertions[i].name);

		if (strncmp(t->insertions[i].name, name, n) == 0 && name[n] == '@')
			return &t->insertions[i];
	}
	return NULL;
}

static bool add_line(const struct template *t, struct strbuf *out, const char *line)
{
	const char *at = line + strspn(line, "\t ");
	const struct insertion *found;

	if (strncmp(at, t->mark, strlen(t->mark)) != 0) {
		strbuf_adds(out, line);
		return true;
	}
	found = find(t, at + strlen(t->mark));
	if (found)
		found->add(out);
	else
		fprintf(stderr, "%s: nothing is called so: %s", t->program, line);
	return found != NULL;
}

static bool fill(const struct template *t, struct strbuf *out, const char *file)
{
	FILE *f = fopen(file, "r");
	char *line = NULL;
	size_t size = 0;
	bool good = f != NULL, known = true;

	while (good && known && getline(&line, &size, f) > 0)
		known = add_line(t, out, line);
	good = good && !ferror(f);
	if (!good)
		fprintf(stderr, "%s: %s: %s\n", t->program, file, strerror(errno));
	if (f)
		fclose(f);
	free(line);
	return good && known;
}

int template_print(const struct template *t, const char *file)
{
	struct strbuf out = STRBUF_INIT;
	bool good = fill(t, &out, file);

	if (good && (fputs(out.text, stdout) < 0 || fflush(stdout) != 0)) {
		fprintf(stderr, "%s: standard output: %s\n", t->program, strerror(errno));
		good = false;
	}
	strbuf_free(&out);
	return good ? 0 : 1;
}

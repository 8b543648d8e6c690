#include "facts.h"

#include <stdlib.h>
#include <string.h>

void facts_clear(struct facts *f)
{
	free(f->host);
	free(f->port);
	free(f->database);
	free(f->user);
	free(f->version);
	free(f->system_identifier);
	for (size_t i = 0; i < f->nextensions; i++) {
		free(f->extensions[i].name);
		free(f->extensions[i].version);
		free(f->extensions[i].schema);
	}
	free(f->extensions);
	*f = (struct facts){ 0 };
}

const struct extension *facts_extension(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->nextensions; i++) {
		if (f->extensions[i].name && strcmp(f->extensions[i].name, name) == 0)
			return &f->extensions[i];
	}
	return NULL;
}

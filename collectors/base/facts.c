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
	free(f->preloaded);
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

int extension_version(const struct extension *e)
{
	const char *text = e && e->version ? e->version : "";
	char *end;
	long major, minor = 0;

	if (!strchr("0123456789", *text) || !*text)
		return 0;
	major = strtol(text, &end, 10);
	if (*end == '.' && end[1] >= '0' && end[1] <= '9')
		minor = strtol(end + 1, NULL, 10);
	if (major > 9999)   /* a date, as some number themselves: later than all */
		major = 9999;
	return (int)(major * 100 + (minor < 99 ? minor : 99));
}

#include "role.h"

#include <string.h>

static const struct {
	const char *name;
	const char *use;
} roles[ROLE_COUNT] = {
#define X(id, text_name, text_use) [ROLE_##id] = { .name = text_name, .use = text_use },
	ROLES(X)
#undef X
};

enum role role_find(const char *name)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (strcmp(roles[i].name, name) == 0)
			return (enum role)i;
	return ROLE_COUNT;
}

const char *role_name(enum role role)
{
	return roles[role].name;
}

const char *role_use(enum role role)
{
	return roles[role].use;
}

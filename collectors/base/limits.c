#include "limits.h"

#include <string.h>

const struct limit limit_table[LIMIT_COUNT] = {
#define X(id, limit_name, values, whole_number, warning, critical, low, high, text) \
	[LIMIT_##id] = { \
		.name = limit_name, \
		.nvalues = values, \
		.whole = whole_number, \
		.defaults = { warning, critical }, \
		.lowest = low, \
		.highest = high, \
		.help = text, \
	},
	LIMITS(X)
#undef X
};

void limits_defaults(struct limits *l)
{
	for (int i = 0; i < LIMIT_COUNT; i++)
		memcpy(l->value[i], limit_table[i].defaults, sizeof(l->value[i]));
}

enum limit_id limit_find(const char *name)
{
	for (int i = 0; i < LIMIT_COUNT; i++) {
		if (strcmp(limit_table[i].name, name) == 0)
			return (enum limit_id)i;
	}
	return LIMIT_COUNT;
}

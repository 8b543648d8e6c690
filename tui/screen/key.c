#include "key.h"

#include <stdio.h>
#include <string.h>

#include "collectors/base/text.h"
#include "utf8.h"

static const struct {
	const char *name;
	int32_t key;
	const char *label;   /* NULL: the name */
} names[] = {
	{ "Enter", KEY_PG_ENTER, NULL },
	{ "Esc", KEY_PG_ESCAPE, NULL },
	{ "Tab", KEY_PG_TAB, NULL },
	{ "S-Tab", KEY_PG_BACK_TAB, NULL },
	{ "Space", ' ', NULL },
	{ "Up", KEY_PG_UP, "↑" },
	{ "Down", KEY_PG_DOWN, "↓" },
	{ "Left", KEY_PG_LEFT, "←" },
	{ "Right", KEY_PG_RIGHT, "→" },
	{ "PgUp", KEY_PG_PAGE_UP, NULL },
	{ "PgDn", KEY_PG_PAGE_DOWN, NULL },
	{ "Home", KEY_PG_HOME, NULL },
	{ "End", KEY_PG_END, NULL },
	{ "Backspace", KEY_PG_BACKSPACE, NULL },
	{ "Delete", KEY_PG_DELETE, NULL },
};

enum { NAMES = sizeof names / sizeof *names };

static int32_t parse_word(const char *word, size_t len)
{
	char copy[16];
	const char *p = copy;
	uint32_t c;

	if (len >= sizeof copy)
		return KEY_PG_OTHER;
	memcpy(copy, word, len);
	copy[len] = '\0';
	for (int i = 0; i < NAMES; i++)
		if (strcmp(copy, names[i].name) == 0)
			return names[i].key;
	if (len == 2 && copy[0] == '^' && copy[1] >= '@' && copy[1] <= '_')
		return KEY_CTRL(copy[1]);
	c = text_next(&p);
	return *p ? KEY_PG_OTHER : (int32_t)c;
}

int32_t key_parse(const char **p)
{
	const char *start = *p + strspn(*p, " ");
	size_t len = strcspn(start, " ");

	if (len == 0) {
		*p = start;
		return KEY_NONE;
	}
	*p = start + len;
	if (**p == ' ')
		++*p;
	return parse_word(start, len);
}

const char *key_label(int32_t key, int ascii, char buf[16])
{
	for (int i = 0; i < NAMES; i++) {
		if (names[i].key == key) {
			snprintf(buf, 16, "%s", ascii || !names[i].label ? names[i].name : names[i].label);
			return buf;
		}
	}
	if (key >= KEY_PG_FIRST || key < 0)
		snprintf(buf, 16, "%s", "?");
	else if (key < 0x20)
		snprintf(buf, 16, "^%c", (int)(key + '@'));
	else if (key == 0x7f)
		snprintf(buf, 16, "%s", "^?");
	else
		buf[utf8_encode((uint32_t)key, buf)] = '\0';
	return buf;
}

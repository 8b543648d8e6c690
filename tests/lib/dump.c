#include "dump.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/strbuf.h"

static const char roles_line[] = "--- roles\n";
static const char cursor_line[] = "--- cursor ";

/* Underlined cells have the capital. */
static const char letters[ROLE_COUNT] = {
	[ROLE_TEXT] = '.', [ROLE_DIM] = 'd', [ROLE_HEADING] = 'h', [ROLE_ACCENT] = 'a', [ROLE_TAB] = 't',
	[ROLE_SELECTION] = 's', [ROLE_CRITICAL] = 'c', [ROLE_WARNING] = 'w', [ROLE_OK] = 'o', [ROLE_ROOT] = 'r',
	[ROLE_BLOCKED] = 'b', [ROLE_STALE] = 'z', [ROLE_HIDDEN] = 'q', [ROLE_FRESH] = 'f', [ROLE_ALARM] = 'x',
	[ROLE_BADGE] = 'g', [ROLE_DANGER] = 'n', [ROLE_MATCH] = 'm', [ROLE_KEYWORD] = 'k', [ROLE_LITERAL] = 'l',
	[ROLE_SPARK] = 'p', [ROLE_RULE] = '-',
};

static void add_roles(const struct canvas *c, int y, struct strbuf *b)
{
	size_t used = b->len;

	for (int x = 0; x < c->width; x++) {
		const struct glyph *g = canvas_at(c, y, x);
		char letter = letters[g->role];

		strbuf_addc(b, g->underline ? (char)toupper(letter) : letter);
		if (letter != letters[ROLE_TEXT])
			used = b->len;
	}
	strbuf_cut(b, used);
	strbuf_addc(b, '\n');
}

char *dump_canvas(const struct canvas *c)
{
	struct strbuf b = STRBUF_INIT;

	for (int y = 0; y < c->height; y++) {
		char *line = canvas_line(c, y);

		strbuf_addf(&b, "%s\n", line);
		free(line);
	}
	strbuf_adds(&b, roles_line);
	for (int y = 0; y < c->height; y++)
		add_roles(c, y, &b);
	if (c->cursor_y >= 0)
		strbuf_addf(&b, "%s%d %d\n", cursor_line, c->cursor_y, c->cursor_x);
	return strbuf_take(&b);
}

static bool set_role(struct canvas *c, int y, int x, char letter)
{
	const char *found = memchr(letters, tolower(letter), ROLE_COUNT);

	if (!found)
		return false;
	canvas_role(c, y, x, 1, (enum role)(found - letters));
	if (isupper(letter))
		canvas_underline(c, y, x, 1);
	return true;
}

bool dump_draw(struct canvas *c, const char *dump)
{
	const char *roles = strstr(dump, roles_line);

	if (!roles)
		return false;
	roles += strlen(roles_line);
	for (int y = 0; y < c->height; y++) {
		size_t text = strcspn(dump, "\n"), n = strcspn(roles, "\n");
		char *line = strndup(dump, text);

		canvas_put(c, y, 0, -1, ROLE_TEXT, line);
		free(line);
		for (size_t x = 0; x < n; x++)
			if (!set_role(c, y, (int)x, roles[x]))
				return false;
		dump += text + (dump[text] == '\n');
		roles += n + (roles[n] == '\n');
	}
	return true;
}

char *dump_read(const char *path)
{
	struct strbuf b = STRBUF_INIT;
	FILE *f = fopen(path, "r");
	char part[4096];
	size_t n;

	if (!f)
		return NULL;
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		strbuf_add(&b, part, n);
	fclose(f);
	return strbuf_take(&b);
}

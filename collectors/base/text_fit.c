/*
 * Text made to fit: clipped to cells, a statement on one line; and finding one text in another, a word in a list.
 */
#include "text.h"

#include <string.h>

#include "units.h"

/*
 * Walks s until the next character would make it more than `cells` cells wide. Gives where it
 * stopped: the end of the string when all of it fits. Marks stay with the character before them.
 */
static const char *walk_cells(const char *s, int cells, int *used)
{
	*used = 0;
	while (*s) {
		const char *next = s;
		int w = text_char_cells(text_next(&next));

		if (*used + w > cells)
			break;
		*used += w;
		s = next;
	}
	return s;
}

void text_clip_end(struct strbuf *out, const char *s, int cells, const char *mark)
{
	int used;
	const char *end = walk_cells(s, cells, &used);

	if (!*end) {
		strbuf_add(out, s, (size_t)(end - s));
		return;
	}
	if (cells < 1)
		return;
	end = walk_cells(s, cells - 1, &used);
	strbuf_add(out, s, (size_t)(end - s));
	/*
	 * In place of the half of a wide character a blank, so that the mark stands where it
	 * always does.
	 */
	if (used < cells - 1)
		strbuf_addc(out, ' ');
	strbuf_adds(out, mark);
}

void text_clip_middle(struct strbuf *out, const char *s, int cells, const char *mark)
{
	int used, rest, skip;
	const char *end = walk_cells(s, cells, &used);

	if (!*end) {
		strbuf_add(out, s, (size_t)(end - s));
		return;
	}
	if (cells < 1)
		return;
	end = walk_cells(s, (cells - 1) / 2, &used);
	strbuf_add(out, s, (size_t)(end - s));
	strbuf_adds(out, mark);

	/* The tail has what is left; it never starts with a mark torn from its character. */
	rest = cells - 1 - used;
	skip = text_cells(end) - rest;
	while (*end) {
		const char *next = end;
		int w = text_char_cells(text_next(&next));

		if (skip <= 0 && w > 0)
			break;
		skip -= w;
		end = next;
	}
	strbuf_adds(out, end);
}

void text_clip_list(struct strbuf *out, const char *s, int cells, const char *mark)
{
	int used;
	const char *end = walk_cells(s, cells, &used), *at;

	if (*end) {
		end = walk_cells(s, cells - 1, &used);
		for (at = end; at - s >= 2 && (at[-2] != ',' || at[-1] != ' '); at--)
			;
		/* where the first member leaves no room for both of ", " */
		if (at - s < 2 && end > s && (*end == ',' || (*end == ' ' && end[-1] == ',')))
			at = end;
		if (at - s >= 2) {
			strbuf_add(out, s, (size_t)(at - s));
			strbuf_adds(out, mark);
			return;
		}
	}
	text_clip_end(out, s, cells, mark);
}

/* Whether the blank at this place in s stands within a figure, or between it and its unit. */
static bool is_in_figure(const char *s, size_t at)
{
	return s[at - 1] >= '0' && s[at - 1] <= '9' && units_goes_on(s + at + 1);
}

size_t text_fitting(const char *s, size_t len, int cells)
{
	size_t end = 0, blank = 0, inner = 0;
	const char *p = s;

	while ((size_t)(p - s) < len) {
		const char *at = p;

		cells -= text_char_cells(text_next(&p));
		if (*at == ' ' && end)
			*(is_in_figure(s, end) ? &inner : &blank) = end;
		if (cells < 0)
			return blank ? blank : inner ? inner : end ? end : (size_t)(p - s);
		end = (size_t)(p - s);
	}
	return len;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static const char *skip_blanks(const char *s)
{
	while (is_blank(*s))
		s++;
	return s;
}

/*
 * The end of the comment that s starts with, s itself when it is none. Block comments nest, as in
 * PostgreSQL.
 */
static const char *skip_comment(const char *s)
{
	int depth = 0;

	if (s[0] == '-' && s[1] == '-')
		return s + strcspn(s, "\n");
	if (s[0] != '/' || s[1] != '*')
		return s;
	while (*s) {
		if (s[0] == '/' && s[1] == '*') {
			depth++;
			s += 2;
		} else if (s[0] == '*' && s[1] == '/') {
			s += 2;
			if (!--depth)
				break;
		} else {
			s++;
		}
	}
	return s;
}

void text_one_line(struct strbuf *out, const char *sql, size_t max_bytes)
{
	size_t start = out->len;
	const char *s = skip_blanks(sql), *first = s;

	for (const char *next = skip_comment(s); next != s; next = skip_comment(s))
		s = skip_blanks(next);
	/*
	 * Nothing but a comment ("-- ping"), or one that was cut off: then it is what there is to
	 * show.
	 */
	if (!*s)
		s = first;
	while (*s) {
		const char *run = s;

		if (is_blank(*s)) {
			s = skip_blanks(s);
			if (*s)
				strbuf_addc(out, ' ');
			continue;
		}
		while (*s && !is_blank(*s)) {
			/* between two characters only */
			if (max_bytes && ((unsigned char)*s & 0xc0) != 0x80 &&
			    out->len - start + (size_t)(s - run) >= max_bytes)
				break;
			s++;
		}
		strbuf_add(out, run, (size_t)(s - run));
		if (max_bytes && out->len - start >= max_bytes)
			break;
	}
	if (out->len > start && out->text[out->len - 1] == ' ')
		strbuf_cut(out, out->len - 1);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

const char *text_find(const char *haystack, const char *needle)
{
	char first = lower(*needle);

	if (!*needle)
		return haystack;
	for (; *haystack; haystack++) {
		size_t i = 1;

		if (lower(*haystack) != first)
			continue;
		while (needle[i] && lower(haystack[i]) == lower(needle[i]))
			i++;
		if (!needle[i])
			return haystack;
	}
	return NULL;
}

bool text_has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; len && p && (p = strstr(p, word)); p++)
		if ((p == list || p[-1] == ' ') && (!p[len] || p[len] == ' '))
			return true;
	return false;
}

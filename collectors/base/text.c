#include "text.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "table.h"

struct range {
	uint32_t first, last;
};

/*
 * What is drawn as nothing, or turns what is around it: Unicode's category Cf and its property
 * Default_Ignorable_Code_Point, the line and paragraph separators, and what looks different in
 * every font: private use. Noncharacters at the end of each plane are told apart by arithmetic.
 * Ordered.
 */
static const struct range invisible[] = {
	{ 0x00ad, 0x00ad },       /* soft hyphen */
	{ 0x034f, 0x034f },       /* combining grapheme joiner */
	{ 0x0600, 0x0605 },       /* Arabic number signs */
	{ 0x061c, 0x061c },       /* Arabic letter mark */
	{ 0x06dd, 0x06dd },
	{ 0x070f, 0x070f },
	{ 0x0890, 0x0891 },
	{ 0x08e2, 0x08e2 },
	{ 0x115f, 0x1160 },       /* Hangul fillers */
	{ 0x17b4, 0x17b5 },       /* Khmer inherent vowels */
	{ 0x180b, 0x180f },       /* Mongolian variation selectors, vowel separator */
	{ 0x200b, 0x200f },       /* zero-width characters, directional marks */
	{ 0x2028, 0x202e },       /* separators, bidirectional embeddings and overrides */
	{ 0x2060, 0x206f },       /* word joiner, invisible operators, isolates, deprecated */
	{ 0x3164, 0x3164 },       /* Hangul filler */
	{ 0xe000, 0xf8ff },       /* private use */
	{ 0xfdd0, 0xfdef },       /* noncharacters */
	{ 0xfe00, 0xfe0f },       /* variation selectors */
	{ 0xfeff, 0xfeff },       /* byte order mark */
	{ 0xffa0, 0xffa0 },       /* halfwidth Hangul filler */
	{ 0xfff0, 0xfffb },       /* interlinear annotation */
	{ 0x110bd, 0x110bd },     /* Kaithi number signs */
	{ 0x110cd, 0x110cd },
	{ 0x13430, 0x1343f },     /* Egyptian hieroglyph format controls */
	{ 0x1bca0, 0x1bca3 },     /* shorthand format controls */
	{ 0x1d173, 0x1d17a },     /* musical format controls */
	{ 0xe0000, 0xe0fff },     /* tags, variation selectors */
	{ 0xf0000, 0x10ffff },    /* private use planes */
};

static int compare_range(const void *key, const void *element)
{
	uint32_t c = *(const uint32_t *)key;
	const struct range *r = element;

	return c < r->first ? -1 : c > r->last;
}

static bool is_invisible(uint32_t c)
{
	if ((c & 0xfffe) == 0xfffe)
		return true;
	return bsearch(&c, invisible, sizeof(invisible) / sizeof(invisible[0]), sizeof(invisible[0]), compare_range);
}

/*
 * Reads one character of at most n bytes. Gives its length, or 0 where there is no valid UTF-8
 * (Unicode's table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF). Reads no byte
 * behind the first that does not belong to it.
 */
static size_t decode(const unsigned char *s, size_t n, uint32_t *c)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (!n)
		return 0;
	if (s[0] < 0x80) {
		*c = s[0];
		return 1;
	}
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	*c = s[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (s[i] < low || s[i] > high)
			return 0;
		*c = *c << 6 | (s[i] & 0x3fu);
		low = 0x80;
		high = 0xbf;
	}
	return len;
}

bool text_locale_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

uint32_t text_next(const char **p)
{
	uint32_t c;
	size_t len;

	if (!**p)
		return 0;
	len = decode((const unsigned char *)*p, 4, &c);
	*p += len ? len : 1;
	return len ? c : 0xfffd;
}

int text_char_cells(uint32_t c)
{
	int cells;

	if (c < 0x80 || !text_locale_is_utf8())
		return 1;
	cells = wcwidth((wchar_t)c);
	return cells < 0 ? 1 : cells;
}

int text_cells(const char *s)
{
	int cells = 0;

	while (*s) {
		if ((unsigned char)*s < 0x80) {
			s++;
			cells++;
		} else {
			cells += text_char_cells(text_next(&s));
		}
	}
	return cells;
}

/* What text_clean() knows of the characters before. */
struct cleaning {
	struct strbuf *out;
	unsigned flags;
	bool utf8;    /* the locale knows widths */
	bool base;    /* there is a character a mark can stand on */
	int marks;    /* combining marks in a row */
};

static void clean_ascii_control(struct cleaning *k, unsigned char c)
{
	if ((k->flags & TEXT_LINES) && (c == '\n' || c == '\t')) {
		strbuf_addc(k->out, (char)c);
		k->base = false;
	} else if ((k->flags & TEXT_LIST) && c == LIST_SEPARATOR) {
		strbuf_addc(k->out, (char)c);
		k->base = false;
	} else {
		strbuf_addf(k->out, "\\x%02x", c);
		k->base = false;
	}
	k->marks = 0;
}

/* A mark stands on a character that is there, never on the end of what is written in the place of one that is not. */
static void clean_char(struct cleaning *k, uint32_t c, const char *s, size_t len)
{
	int cells = k->utf8 ? wcwidth((wchar_t)c) : 1;

	if (cells == 0 && c >= 0xa0 && !is_invisible(c) && k->base && k->marks < TEXT_MARKS) {
		strbuf_add(k->out, s, len);
		k->marks++;
		return;
	}
	k->base = c >= 0xa0 && cells > 0 && !is_invisible(c);
	k->marks = 0;
	if (k->base)
		strbuf_add(k->out, s, len);
	else
		strbuf_addf(k->out, c < 0xa0 ? "\\u%04x" : "<U+%04X>", (unsigned)c);
}

void text_clean(struct strbuf *out, const char *s, size_t n, unsigned flags)
{
	struct cleaning k = { .out = out, .flags = flags, .utf8 = text_locale_is_utf8() };
	const unsigned char *u = (const unsigned char *)s;
	size_t at = 0;
	bool bad = false;   /* inside a run of bytes that are not UTF-8 */

	while (at < n) {
		size_t start = at, len;
		uint32_t c;

		while (at < n && u[at] >= 0x20 && u[at] < 0x7f)
			at++;
		if (at > start) {
			strbuf_add(out, s + start, at - start);
			k.base = true;
			k.marks = 0;
			bad = false;
			continue;
		}
		len = decode(u + at, n - at, &c);
		if (!len) {
			if (!bad)
				strbuf_adds(out, "\xef\xbf\xbd");
			k.base = bad = true;
			k.marks = 0;
			at++;
			continue;
		}
		bad = false;
		if (c == '\r' && at + 1 < n && s[at + 1] == '\n')
			at++, c = '\n';
		if (c < 0x80)
			clean_ascii_control(&k, (unsigned char)c);
		else
			clean_char(&k, c, s + at, len);
		at += len;
	}
}

char *text_cleaned(const char *s, unsigned flags)
{
	struct strbuf out = STRBUF_INIT;

	if (!s)
		return NULL;
	text_clean(&out, s, strlen(s), flags);
	return strbuf_take(&out);
}

bool text_unicode_usable(const char *term)
{
	/* Every character beyond ASCII that the screens draw by themselves. */
	const char *signs = "■▲·●○◄–×▼…├└│─→←↑↓▏▁▂▃▄▅▆▇█▌≥≤";

	if (!text_locale_is_utf8() || (term && strcmp(term, "linux") == 0))
		return false;
	while (*signs) {
		if (wcwidth((wchar_t)text_next(&signs)) != 1)
			return false;
	}
	return true;
}

/*
 * Text that comes from elsewhere, and how many terminal cells it takes.
 *
 * All text from a server, a file or the environment is hostile: text_clean() makes it safe once,
 * where it comes in. After that a string holds valid UTF-8 without control, bidirectional,
 * zero-width or other format characters (a line feed and a tab only where TEXT_LINES kept them),
 * and everything below here relies on it.
 *
 * Widths are terminal cells as wcwidth() tells them; in a locale that is not UTF-8 every
 * character is one cell.
 */
#ifndef PGTOP_TEXT_H
#define PGTOP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strbuf.h"

enum text_flags {
	TEXT_LINES = 1,   /* keep line feeds and tabs: query texts, whose author broke the lines */
	TEXT_LIST = 2,    /* keep LIST_SEPARATOR: a list as SQL gives it (table.h) */
};

/*
 * Combining marks in a row that text_clean() leaves on a character; more would climb over the
 * lines above.
 */
enum { TEXT_MARKS = 3 };

/*
 * Appends n bytes of s to out, cleaned: control characters become \x1b, \u009b and so on, format
 * characters (bidirectional, zero-width, tags, soft hyphen...) <U+202E>, each run of bytes that
 * is not UTF-8 a U+FFFD. CR LF counts as one line feed.
 */
void text_clean(struct strbuf *out, const char *s, size_t n, unsigned flags);

/* The same as a new string, owned by the caller. NULL gives NULL. */
char *text_cleaned(const char *s, unsigned flags);

/*
 * Reads the character at *p and moves *p behind it. Gives 0 at the end of the string, U+FFFD (and
 * one byte) for what is not UTF-8.
 */
uint32_t text_next(const char **p);

/* Cells of one character: 0 for a combining mark, 1, or 2. Never negative. */
int text_char_cells(uint32_t c);

/* Cells of a whole clean string. */
int text_cells(const char *s);

/*
 * Append at most `cells` cells of s. What does not fit is cut at the end (queries) or in the
 * middle (names) and `mark` (one cell: "…", or ">" in ASCII) stands for it; a wide character that
 * straddles the edge is left out whole; at the end a blank takes its
 * half, so that `mark` stands where it always does.
 */
void text_clip_end(struct strbuf *out, const char *s, int cells, const char *mark);
void text_clip_middle(struct strbuf *out, const char *s, int cells, const char *mark);

/* The same of a list joined by ", ", cut between its members: half a number would be another one. A first member that is too long itself is cut at its end. */
void text_clip_list(struct strbuf *out, const char *s, int cells, const char *mark);

/*
 * How many of the first len bytes of s fit into so many cells, ended at a blank where there is one that does not
 * stand within a figure or between it and its unit; at least one character: so a text is broken into lines.
 */
size_t text_fitting(const char *s, size_t len, int cells);

/*
 * Appends a statement as one line: leading comments skipped, runs of white space as one blank,
 * none at the ends. Stops reading once max_bytes are out (0: never): a row shows a screen's
 * width, a statement can have a megabyte.
 */
void text_one_line(struct strbuf *out, const char *sql, size_t max_bytes);

/* The first place of needle in haystack, ASCII letters compared without case; NULL for none. */
const char *text_find(const char *haystack, const char *needle);

/* Whether the word is one of a list separated by single blanks. NULL is an empty list; "" is in none. */
bool text_has_word(const char *list, const char *word);

/*
 * Whether the program may write Unicode: the locale is UTF-8, TERM is not "linux", and every sign
 * of ours is one cell wide. Call after setlocale().
 */
bool text_unicode_usable(const char *term);

/* Whether the current LC_CTYPE locale is UTF-8. */
bool text_locale_is_utf8(void);

#endif

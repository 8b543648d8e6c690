#include "terminal_keys.h"

#include <stdbool.h>
#include <string.h>

#include "collectors/base/text.h"
#include "key.h"

static const struct {
	int curses;
	int32_t key;
} function_keys[] = {
	{ KEY_UP, KEY_PG_UP },
	{ KEY_DOWN, KEY_PG_DOWN },
	{ KEY_LEFT, KEY_PG_LEFT },
	{ KEY_RIGHT, KEY_PG_RIGHT },
	{ KEY_PPAGE, KEY_PG_PAGE_UP },
	{ KEY_NPAGE, KEY_PG_PAGE_DOWN },
	{ KEY_A3, KEY_PG_PAGE_UP },
	{ KEY_C3, KEY_PG_PAGE_DOWN },
	{ KEY_HOME, KEY_PG_HOME },
	{ KEY_FIND, KEY_PG_HOME },
	{ KEY_A1, KEY_PG_HOME },
	{ KEY_END, KEY_PG_END },
	{ KEY_SELECT, KEY_PG_END },
	{ KEY_LL, KEY_PG_END },
	{ KEY_C1, KEY_PG_END },
	{ KEY_ENTER, KEY_PG_ENTER },
	{ KEY_BTAB, KEY_PG_BACK_TAB },
	{ KEY_BACKSPACE, KEY_PG_BACKSPACE },
	{ KEY_DC, KEY_PG_DELETE },
};

static int32_t function_key(int curses)
{
	for (size_t i = 0; i < sizeof function_keys / sizeof *function_keys; i++)
		if (function_keys[i].curses == curses)
			return function_keys[i].key;
	return KEY_PG_OTHER;
}

/*
 * What terminals send whose terminfo entry says otherwise: PuTTY as xterm, the other cursor mode.
 */
static const struct {
	int number;      /* of ESC [ number ~ ; 0: there is none */
	char last;
	int32_t key;
} common_sequences[] = {
	{ 0, 'A', KEY_PG_UP },
	{ 0, 'B', KEY_PG_DOWN },
	{ 0, 'C', KEY_PG_RIGHT },
	{ 0, 'D', KEY_PG_LEFT },
	{ 0, 'H', KEY_PG_HOME },
	{ 0, 'F', KEY_PG_END },
	{ 0, 'Z', KEY_PG_BACK_TAB },
	{ 0, 'M', KEY_PG_ENTER },
	{ 1, '~', KEY_PG_HOME },
	{ 3, '~', KEY_PG_DELETE },
	{ 4, '~', KEY_PG_END },
	{ 5, '~', KEY_PG_PAGE_UP },
	{ 6, '~', KEY_PG_PAGE_DOWN },
	{ 7, '~', KEY_PG_HOME },
	{ 8, '~', KEY_PG_END },
};

/* Behind ESC [ or ESC O: everything up to the byte that ends the sequence. */
static int32_t sequence(WINDOW *window)
{
	int c = wgetch(window), number = 0;
	bool plain_number = true;

	for (; c != ERR && c >= 0x20 && c < 0x40; c = wgetch(window)) {
		plain_number &= c >= '0' && c <= '9' && number < 100;
		number = plain_number ? number * 10 + c - '0' : 0;
	}
	for (size_t i = 0; plain_number && i < sizeof common_sequences / sizeof *common_sequences; i++)
		if (common_sequences[i].number == number && common_sequences[i].last == c)
			return common_sequences[i].key;
	return KEY_PG_OTHER;
}

/*
 * An escape by itself, or the start of a sequence that terminfo does not have. Its bytes come at
 * once.
 */
static int32_t escape(WINDOW *window)
{
	int c = wgetch(window);

	if (c == '[' || c == 'O')
		return sequence(window);
	if (c != ERR)
		ungetch(c);
	return KEY_PG_ESCAPE;
}

static int32_t plain(WINDOW *window, int c)
{
	switch (c) {
	case 27:
		return escape(window);
	case '\r':
	case '\n':
		return KEY_PG_ENTER;
	case '\t':
		return KEY_PG_TAB;
	case '\b':
	case 127:
		return KEY_PG_BACKSPACE;
	default:
		return c;
	}
}

/* Bytes of a character by its first one; 1 for one that begins none. */
static int char_length(int first)
{
	return first >= 0xf5 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
}

/*
 * One more byte of a character beyond ASCII. Gives the character, U+FFFD for what is none, KEY_NONE
 * for not yet.
 */
static int32_t wide(struct partial_char *partial, int byte)
{
	char text[5] = "";
	const char *p = text;
	uint32_t c;

	if (!text_locale_is_utf8())
		return KEY_PG_OTHER;
	partial->bytes[partial->len++] = (unsigned char)byte;
	if (partial->len < char_length(partial->bytes[0]))
		return KEY_NONE;
	memcpy(text, partial->bytes, (size_t)partial->len);
	partial->len = 0;
	c = text_next(&p);
	return c ? (int32_t)c : KEY_PG_OTHER;
}

int32_t terminal_key(WINDOW *window, struct partial_char *partial)
{
	for (;;) {
		int c = wgetch(window);
		int32_t key;

		if (c == ERR)
			return KEY_NONE;
		if (c == KEY_RESIZE)
			continue;
		if (c > 0xff || c < 0x80)
			partial->len = 0;   /* the rest of that character never came */
		if (c > 0xff)
			return function_key(c);
		if (c < 0x80)
			return plain(window, c);
		if (partial->len > 0 && (c & 0xc0) != 0x80)
			partial->len = 0;
		key = wide(partial, c);
		if (key != KEY_NONE)
			return key;
	}
}

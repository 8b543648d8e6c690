/*
 * Keys: what a person pressed, told apart from how the terminal sends it.
 *
 * A key is a Unicode character, or one of the values below. Control characters are themselves: ^C
 * is 3.
 */
#ifndef PGTOP_KEY_H
#define PGTOP_KEY_H

#include <stdint.h>

enum {
	KEY_NONE = -1,          /* nothing is waiting */
	KEY_CLOSED = -2,        /* the terminal is gone */
	KEY_PG_FIRST = 0x110000,
	KEY_PG_UP = KEY_PG_FIRST, KEY_PG_DOWN, KEY_PG_LEFT, KEY_PG_RIGHT,
	KEY_PG_PAGE_UP, KEY_PG_PAGE_DOWN, KEY_PG_HOME, KEY_PG_END,
	KEY_PG_ENTER, KEY_PG_ESCAPE, KEY_PG_TAB, KEY_PG_BACK_TAB,
	KEY_PG_BACKSPACE, KEY_PG_DELETE,
	KEY_PG_OTHER,           /* a function key that means nothing here */
};

#define KEY_CTRL(letter) ((letter) & 0x1f)

/*
 * Reads one key's name from *p and moves *p behind it and the blank after it: `a`, `^F`, `Enter`,
 * `Esc`, `Tab`, `S-Tab`, `Space`, `Up`, `Down`, `Left`, `Right`, `PgUp`,
 * `PgDn`, `Home`, `End`, `Backspace`, `Delete`. Gives KEY_NONE at the end of the string. For the
 * command table and for scripts.
 */
int32_t key_parse(const char **p);

/* How a key is written in hints and help: `Enter`, `^F`, `↓` (`Down` in ASCII). */
const char *key_label(int32_t key, int ascii, char buf[16]);

#endif

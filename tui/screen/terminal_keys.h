/*
 * From what curses reads to keys: function keys by name, characters from UTF-8, and sequences of
 * keys that nobody knows swallowed whole, so that the tail
 * of one is never taken for commands. Only terminal.c and this include curses.
 */
#ifndef PGTOP_TERMINAL_KEYS_H
#define PGTOP_TERMINAL_KEYS_H

#include <stdint.h>

#include <curses.h>

/* The start of a character whose other bytes are still on their way. */
struct partial_char {
	unsigned char bytes[4];
	int len;
};

/* Reads a key from a window with keypad and nodelay; KEY_NONE when there is no whole one. */
int32_t terminal_key(WINDOW *window, struct partial_char *partial);

#endif

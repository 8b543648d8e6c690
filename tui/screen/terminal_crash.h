/*
 * Giving the terminal back in an emergency: from a crash, from the out-of-memory hook, from
 * anywhere.
 *
 * Everything that is needed is computed beforehand and lies ready, so that what runs in a signal
 * handler only writes bytes and sets the line discipline. A child process of ours
 * that crashes leaves the terminal alone: it belongs to its parent.
 */
#ifndef PGTOP_TERMINAL_CRASH_H
#define PGTOP_TERMINAL_CRASH_H

#include <stddef.h>
#include <termios.h>

/*
 * From now on terminal_restore() writes these bytes (copied, at most 512) to fd and sets `saved`.
 */
void terminal_crash_arm(int fd, const struct termios *saved, const char *bytes, size_t len);
void terminal_crash_disarm(void);

/*
 * Fatal signals restore the terminal, on a stack of their own, and then end the program as they
 * would have; those that somebody else handles are left to them.
 */
void terminal_crash_catch(void);
void terminal_crash_release(void);

#endif

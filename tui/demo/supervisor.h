/*
 * The process that starts, watches and ends the demo's server and its application.
 *
 * It lives apart from the program: its own session, deaf to the terminal's signals, no descriptor of the program's but
 * the two pipes. `alive` is read only to learn that its other end is gone; `report` gets a line at once, the directory
 * all of it is in (empty: none could be made), and one message once the trouble stands or cannot: '+' and a connection string, or
 * '-' and what went wrong, up to its end of file.
 */
#ifndef PGTOP_DEMO_SUPERVISOR_H
#define PGTOP_DEMO_SUPERVISOR_H

#include "programs.h"

/* After so many seconds the second message has come, on any machine. */
enum { SUPERVISOR_SETUP_S = 110 };

/* Runs in a forked child and ends it, after everything it started and made is gone. */
void supervisor_run(int alive, int report, const struct programs *programs, const struct account *account)
	__attribute__((noreturn));

#endif

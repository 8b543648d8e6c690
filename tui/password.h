/*
 * Asking for a password on the terminal, before there is a screen.
 */
#ifndef PGTOP_PASSWORD_H
#define PGTOP_PASSWORD_H

#include "collectors/base/strbuf.h"

/*
 * Asks on /dev/tty, without echo. Gives a new string that the caller hands to password_forget(); NULL when there is no terminal to ask on
 * (one line in error) or its end came instead of an answer. A signal that ends the program (^C) does so after the terminal is as it was.
 */
char *password_ask(const char *prompt, struct strbuf *error);

/* Wipes and frees. NULL does nothing. */
void password_forget(char *take_password);

#endif

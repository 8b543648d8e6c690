/*
 * What is left of a demo, and how it goes: its directory, and a server in it that nobody watches any more.
 */
#ifndef PGTOP_DEMO_REMAINS_H
#define PGTOP_DEMO_REMAINS_H

#include <stdbool.h>

#include "programs.h"

/* Removes a directory with all that is in it, as far as that is possible. */
void dir_remove(const char *dir);

/*
 * Ends the server that works in the demo's directory, if there is one, and removes the directory; some seconds at most. Only a
 * process that belongs to the account and has its data directory there is ended. Gives whether the directory is gone.
 */
bool remains_clear(const char *dir, const struct account *account);

#endif

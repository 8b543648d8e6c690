/*
 * Where `o` leads: to the session that the one in hand waits for in the end. In a tree that is the
 * root of the row; from a pane whose rows have a `pid` it is found in the tree that has one too.
 */
#ifndef PGTOP_OWNER_H
#define PGTOP_OWNER_H

#include "pane.h"

/* Whether rows of this collector can lead anywhere. */
bool owner_offered(const struct collector *collector);

/* The `owner` of a pane whose collector offers it. */
void owner_find(const struct scene *scene, const struct pane *pane, const char *key, struct target *out);

#endif

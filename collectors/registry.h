/*
 * The collectors by name, for the rows of tables that belong to one of them (tui/panes/panes.c).
 * Code that is the same for all goes through `collectors`.
 */
#ifndef PGTOP_REGISTRY_H
#define PGTOP_REGISTRY_H

#include "collector.h"

extern const struct collector activity_collector;
extern const struct collector locks_collector;
extern const struct collector stats_collector;

#endif

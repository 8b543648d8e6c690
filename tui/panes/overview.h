/*
 * The first pane: vital figures, ten minutes of them, and what is wrong, worst first. It is the
 * only one that belongs to no collector.
 */
#ifndef PGTOP_OVERVIEW_H
#define PGTOP_OVERVIEW_H

#include "pane.h"

extern const struct pane overview_pane;

#endif

/*
 * The view of the link: what was tried, what became of it, and when it is tried again. It is also
 * the body before the first connect, and what the finding connection-lost leads to.
 */
#ifndef PGTOP_CONNECTION_H
#define PGTOP_CONNECTION_H

#include "pane.h"

void connection_draw(const struct scene *scene, struct canvas *canvas, struct area area);

#endif

/*
 * Names to addresses without waiting: the system's resolver blocks for as long as it likes, so it runs in a child process.
 *
 * One child (and one more for each further name, so that a name that hangs does not hold up the others) writes what it finds
 * to a pipe. The parent reads when there is something, kills the children at the deadline, and reaps the child without
 * waiting for it. The children touch neither the terminal nor any descriptor of ours.
 */
#ifndef PGTOP_RESOLVE_H
#define PGTOP_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct resolver;

/* Names are copied. NULL, with errno, where no child could be started. */
struct resolver *resolver_start(const char *const *names, size_t n, int64_t deadline_us);

/* To be polled for POLLIN; -1 once everything is known. */
int resolver_fd(const struct resolver *r);
int64_t resolver_deadline(const struct resolver *r);

/* Takes what has come. True when nothing more will: all is answered, or the deadline has passed. */
bool resolver_step(struct resolver *r, int64_t mono_us);

/* The addresses of the i-th name, numeric; borrowed. */
const char *const *resolver_addresses(const struct resolver *r, size_t i, size_t *n);

/* Why it has none: in the resolver's words, or NULL where there was no answer. */
const char *resolver_error(const struct resolver *r, size_t i);

/* Kills what still runs. */
void resolver_kill(struct resolver *r);

/* Reaps without waiting; true when the child is gone and the resolver may be freed. */
bool resolver_reap(struct resolver *r);
void resolver_free(struct resolver *r);

#endif

/*
 * When a collector is asked: pure arithmetic over a clock of the caller's.
 *
 * Two things make the interval longer than it should be. A collector that costs more than its share doubles it until it fits, and
 * halves it again once the half would fit as well. One that ran into a time limit (a lock, a slow catalog: each leaves a line in the
 * server's log) doubles it from failure to failure, up to half a minute or four times as long, until it works again.
 */
#ifndef PGTOP_SCHED_H
#define PGTOP_SCHED_H

#include <stdbool.h>
#include <stdint.h>

/* So many runs in a row decide: one slow run is an accident. */
enum { SCHEDULE_RUNS = 3 };

struct schedule {
	double asked_s;       /* as it should be */
	int slower;           /* doublings for cost */
	int waiting;          /* doublings for time limits */
	int over, under;      /* runs in a row above the budget; below the budget of the shorter interval */
	int64_t due_us;       /* monotonic */
};

/* The interval as it is now. */
double schedule_interval_s(const struct schedule *s);

/* Falls due at once. */
void schedule_start(struct schedule *s, double asked_s, int64_t mono_us);

/* The interval that is asked for changed; what is due sooner stays. */
void schedule_ask(struct schedule *s, double asked_s, int64_t mono_us);

/* A run began: sets when the next one is due, in step with the ones before. */
void schedule_began(struct schedule *s, int64_t mono_us);

/* A run ended well and cost so much; share: of the interval that it may cost. What was put off is due at the interval again. */
void schedule_worked(struct schedule *s, double cost_s, double share, int64_t mono_us);

/* A run ended at a time limit; the next is put off. */
void schedule_timed_out(struct schedule *s, int64_t mono_us);

/* The next run is so many seconds from now, whatever else. */
void schedule_put_off(struct schedule *s, double seconds, int64_t mono_us);

#endif

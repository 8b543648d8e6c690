#include "sched.h"

#include "collectors/base/clock.h"

enum { SLOWER_MAX = 10, WAITING_MAX = 4 };

static double doubled(double s, int times)
{
	return s * (double)(1 << times);
}

/* Half a minute at most, but never less than four times what was asked for. */
static double waiting_interval_s(const struct schedule *s)
{
	double most = s->asked_s * 4 > 30 ? s->asked_s * 4 : 30;
	double interval = doubled(s->asked_s, s->waiting);

	return interval < most ? interval : most;
}

double schedule_interval_s(const struct schedule *s)
{
	double cost = doubled(s->asked_s, s->slower), waiting = waiting_interval_s(s);

	return cost > waiting ? cost : waiting;
}

void schedule_start(struct schedule *s, double asked_s, int64_t mono_us)
{
	*s = (struct schedule){ .asked_s = asked_s, .due_us = mono_us };
}

void schedule_ask(struct schedule *s, double asked_s, int64_t mono_us)
{
	s->asked_s = asked_s;
	s->slower = s->over = s->under = 0;
	if (s->due_us > mono_us + seconds_us(schedule_interval_s(s)))
		s->due_us = mono_us + seconds_us(schedule_interval_s(s));
}

void schedule_began(struct schedule *s, int64_t mono_us)
{
	int64_t interval = seconds_us(schedule_interval_s(s));

	s->due_us += interval;
	if (s->due_us <= mono_us || s->due_us > mono_us + interval)
		s->due_us = mono_us + interval;
}

void schedule_worked(struct schedule *s, double cost_s, double share, int64_t mono_us)
{
	double budget = share * doubled(s->asked_s, s->slower);

	s->waiting = 0;
	s->over = cost_s > budget ? s->over + 1 : 0;
	/* A little below the half, so that it does not go to and fro. */
	s->under = s->slower > 0 && cost_s <= budget / 2 * 0.8 ? s->under + 1 : 0;
	if (s->over >= SCHEDULE_RUNS && s->slower < SLOWER_MAX) {
		s->slower++;
		s->over = 0;
	} else if (s->under >= SCHEDULE_RUNS) {
		s->slower--;
		s->under = 0;
	}
	if (s->due_us > mono_us + seconds_us(schedule_interval_s(s)))
		s->due_us = mono_us + seconds_us(schedule_interval_s(s));
}

void schedule_timed_out(struct schedule *s, int64_t mono_us)
{
	if (s->waiting < WAITING_MAX)
		s->waiting++;
	schedule_put_off(s, schedule_interval_s(s), mono_us);
}

void schedule_put_off(struct schedule *s, double seconds, int64_t mono_us)
{
	s->due_us = mono_us + seconds_us(seconds);
}

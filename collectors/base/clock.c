#include "clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

struct now clock_now(void)
{
	return (struct now) {
		.mono_us = read_clock(CLOCK_MONOTONIC),
		.wall_us = read_clock(CLOCK_REALTIME),
	};
}

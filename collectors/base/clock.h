/*
 * The two clocks. Only the loop asks the system; everything below it is handed a `struct now`, so
 * that tests run on a clock of their own.
 */
#ifndef PGTOP_CLOCK_H
#define PGTOP_CLOCK_H

#include <stdint.h>

#define SECOND_US INT64_C(1000000)

struct now {
	int64_t mono_us;   /* monotonic: deadlines, pauses */
	int64_t wall_us;   /* microseconds since 1970-01-01 UTC: what is shown */
};

struct now clock_now(void);

static inline int64_t seconds_us(double s)
{
	return (int64_t)(s * (double)SECOND_US);
}

#endif

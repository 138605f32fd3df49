/*
 * clock.h - what time it is.
 */
#ifndef ADDER_CORE_CLOCK_H
#define ADDER_CORE_CLOCK_H

#include <time.h>

static inline double clock_seconds(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds since the epoch. For what people read; it can jump. */
static inline double clock_wall(void)
{
    return clock_seconds(CLOCK_REALTIME);
}

/* Seconds on a clock that never jumps. For durations. */
static inline double clock_monotonic(void)
{
    return clock_seconds(CLOCK_MONOTONIC);
}

/* CPU seconds this thread has used. */
static inline double clock_thread_cpu(void)
{
    return clock_seconds(CLOCK_THREAD_CPUTIME_ID);
}

#endif

/*
 * trend.h - whether a row of measurements rises.
 */
#ifndef ADDER_CLI_TREND_H
#define ADDER_CLI_TREND_H

#include "core/base.h"

enum {
    TREND_LEAST = 5, /* measurements that a verdict takes */
};

struct trend {
    size_t skipped; /* measurements at the start that were left out, as warming up */
    double slope;   /* per step, of the rest */
    double sure; /* a slope that is no chance, for measurements with noise; at most `slope` */
};

/* The slope that half of all pairs of measurements exceed (Theil 1950, Sen 1968): caches that
 * fill once and steps up and down do not sway it. Three quarters of all pairs exceed `sure`:
 * noise goes down as often as up. `count` is TREND_LEAST at least. Fails when memory is out. */
int trend_find(const double *values, size_t count, struct trend *ret, struct adder_error *err);

#endif

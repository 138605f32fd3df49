/*
 * histogram.h - which figures histograms and historates hand out.
 */
#ifndef ADDER_METRICS_HISTOGRAM_H
#define ADDER_METRICS_HISTOGRAM_H

#include "core/base.h"

enum { HISTOGRAM_AGGREGATES = 6 };

struct histogram_options {
    uint8_t aggregates[HISTOGRAM_AGGREGATES]; /* which, in the order of the setting */
    size_t aggregate_count;
    bool percentiles[101]; /* which, 0 to 100 */
};

/*
 * Reads the settings. `aggregates` is NULL-terminated, of max, min, median, avg, sum, count;
 * NULL: max, median, avg, count. `percentiles` are `percentile_count` numbers from 0 to 1;
 * NULL: 0.95. One that occurs twice counts once. ADDER_INVALID names what is wrong.
 */
int histogram_options_set(struct histogram_options *ret, const char *const *aggregates,
                          const double *percentiles, size_t percentile_count,
                          struct adder_error *err);

#endif

/*
 * sketch.h - a distribution as a DDSketch with the Datadog Agent's parameters.
 *
 * gamma = 1 + 1/64, bias 1338; see sketch.c for where the figures come from. A value has a bin
 * by its logarithm, so quantiles are within 1/128 of the truth for magnitudes from 1e-9 to
 * 1e211; smaller ones count as 0. Not safe for several threads at once.
 */
#ifndef ADDER_METRICS_SKETCH_H
#define ADDER_METRICS_SKETCH_H

#include "core/base.h"

enum {
    SKETCH_BINS = 4096, /* beyond that many bins those of the lowest keys are joined */
};

struct sketch_bin {
    int16_t key;
    int64_t n; /* values, 1 at least */
};

struct sketch {
    struct sketch_bin *bins; /* sorted by key, one for each */
    size_t bin_count, bin_capacity;
    int64_t count;             /* of all bins; values beyond INT64_MAX are left out */
    double min, max, sum, avg; /* exact, of the values inserted; 0 when empty */
};

struct sketch *sketch_new(void);    /* empty; NULL: no memory */
void sketch_free(struct sketch *s); /* NULL is fine */

/* The bin of a value (-32767..32767; 0 for NaN), and the value that stands for a bin, which is
 * infinite for the outermost two. */
int sketch_key(double value);
double sketch_key_value(int key);

/* Inserts `value`, `n` times; nothing when it is not finite or `n` is not positive. -1: no
 * memory; the sketch is as before. */
int sketch_add(struct sketch *s, double value, int64_t n);

/* Inserts `n` values spread evenly over [lower, upper]. upper infinite: all at lower; lower
 * infinite, a bound NaN, or upper below lower: nothing. -1: no memory; the sketch is as
 * before. */
int sketch_add_range(struct sketch *s, double lower, double upper, int64_t n);

/* Adds all that is in `from`. -1: no memory; the sketch is as before. */
int sketch_merge(struct sketch *to, const struct sketch *from);

/* The value below which a share `q` (0..1) of all values lies; 0 for an empty sketch. */
double sketch_quantile(const struct sketch *s, double q);

#endif

/*
 * sketch.h - a distribution as a DDSketch with the Datadog Agent's parameters.
 *
 * gamma = 1 + 1/64, bias 1338, at most 4096 bins of at most 65535 each; see
 * docs in sketch.c for where the figures come from. Quantiles are within 1/128 of the truth.
 */
#ifndef ADDER_METRICS_SKETCH_H
#define ADDER_METRICS_SKETCH_H

#include "core/base.h"

struct sketch_bin {
    int16_t key;
    uint16_t n;
};

struct sketch {
    struct sketch_bin *bins; /* sorted by key */
    size_t bin_count, bin_capacity;
    int64_t count;
    double min, max, sum, avg; /* exact, of the values inserted */
};

struct sketch *sketch_new(void); /* empty; NULL: no memory */
void sketch_free(struct sketch *s);

/* The bin of a value, and the smallest value (in magnitude) of a bin. */
int sketch_key(double value);
double sketch_key_value(int key);

/* Inserts `value`, `n` times. -1: no memory; the sketch is as before. */
int sketch_add(struct sketch *s, double value, int64_t n);

/* Inserts `n` values spread evenly over [lower, upper]. upper infinite: all at lower; lower
 * -infinite: nothing. */
int sketch_add_range(struct sketch *s, double lower, double upper, int64_t n);

int sketch_merge(struct sketch *to, const struct sketch *from);

/* The value below which a share `q` (0..1) of all values lies; 0 for an empty sketch. */
double sketch_quantile(const struct sketch *s, double q);

#endif

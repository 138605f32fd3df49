/*
 * kind.h - the kinds of metric: what a sample changes, what the end of a run hands out.
 *
 * A kind is a table of operations on a state, which lies in the context that has it and begins
 * as zeros. See docs/compatibility.md for whose arithmetic it is.
 */
#ifndef ADDER_METRICS_KIND_H
#define ADDER_METRICS_KIND_H

#include "metrics/histogram.h"
#include "metrics/sampler.h"

enum { SUFFIX_MAX = 24 }; /* bytes of a suffix with its NUL */

struct sample {
    double value, time; /* finite; seconds since the epoch */
    bool flush_first;
};

/* The end of a run, as a kind sees it. */
struct output {
    double now;                                 /* seconds since the epoch */
    int64_t before;                             /* sketches of earlier seconds are due */
    const struct histogram_options *histograms; /* what histograms hand out */
    /* Take a result. `suffix` is appended to the name. */
    void (*series)(struct output *o, const char *suffix, enum series_type type, double value,
                   double time);
    void (*sketch)(struct output *o, int64_t second, const struct sketch *sketch);
};

struct kind {
    int number;        /* enum adder_metric_kind, or one above */
    size_t state_size; /* bytes */
    bool stateful;     /* the state outlives a context that is silent for a while */
    /* Takes a sample. -1: no memory; the sample is lost. NULL when samples come otherwise. */
    int (*add)(void *state, const struct sample *s);
    void (*flush)(void *state, struct output *o);
    void (*clear)(void *state); /* frees what the state owns; NULL: nothing */
};

/* The kind with that number, or NULL. */
const struct kind *kind_of(int number);

extern const struct kind histogram_kind, historate_kind;

#endif

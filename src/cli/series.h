/*
 * series.h - what a sampler handed out, kept until it is printed.
 */
#ifndef ADDER_CLI_SERIES_H
#define ADDER_CLI_SERIES_H

#include "metrics/sampler.h"

/* What series and sketches have in common. Strings lie in `block`, which is the item's own. */
struct kept_key {
    struct adder_str name, hostname;
    struct adder_tags tags; /* sorted; the device: tag is among them */
    void *block;
};

struct kept_series {
    struct kept_key key; /* first: they are sorted by it */
    enum series_type type;
    double value;
    double time; /* seconds since the epoch */
};

struct kept_sketch {
    struct kept_key key; /* first */
    int64_t time;        /* seconds since the epoch */
    int64_t count;
    double min, max, avg, sum, p50, p95, p99;
};

struct kept {
    struct kept_series *series;
    size_t series_count, series_capacity;
    struct kept_sketch *sketches;
    size_t sketch_count, sketch_capacity;
    bool failed; /* memory ran out, something is missing */
};

/* Where a sampler's results go to be added to `k`, which must outlive it. */
struct series_sink kept_sink(struct kept *k);

/* Sorts by name, host, tags. */
void kept_sort(struct kept *k);

void kept_clear(struct kept *k);
void kept_free(struct kept *k);

#endif

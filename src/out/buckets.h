/*
 * buckets.h - histograms with cumulative buckets, as Prometheus has them, from sketches.
 *
 * A histogram counts, for every bound that some value needed, the values up to it and above
 * the bound before. Bounds are shared by a family, so that its series can be added up bucket
 * by bucket; they only become more.
 */
#ifndef ADDER_OUT_BUCKETS_H
#define ADDER_OUT_BUCKETS_H

#include "metrics/sketch.h"
#include "out/number.h"

/* Bounds of one family. Values of further ones count for the next higher bound there is. */
enum { BOUNDS_MAX = 200 };

struct bound {
    double value;          /* "up to this"; never infinite */
    char text[NUMBER_MAX]; /* for `le`, NUL-terminated */
};

/* All zero: only +Inf. */
struct bounds {
    struct bound *items; /* ascending */
    size_t count, capacity;
};

struct cell {
    double bound;   /* may be +Inf */
    uint64_t count; /* of values in this bucket alone */
};

/* All zero: empty. */
struct histogram {
    struct cell *cells; /* ascending */
    size_t count, capacity;
    uint64_t total; /* of all counts; values beyond UINT64_MAX are left out */
    double sum;
    bool has_negative; /* the sum may fall */
    bool sum_unknown;  /* some values came as counts between bounds */
};

/* Adds what is in `from`, by the bounds 1, 2.5 and 5 times powers of ten. -1: no memory; some
 * of it may be missing. */
int histogram_add(struct histogram *h, struct bounds *bounds, const struct sketch *from);

/* Adds `n` values in (lower, upper]. -1: as above. */
int histogram_add_bucket(struct histogram *h, struct bounds *bounds, double lower, double upper,
                         uint64_t n);

size_t histogram_bytes(const struct histogram *h);
void histogram_clear(struct histogram *h); /* frees what it holds */
void bounds_clear(struct bounds *b);

#endif

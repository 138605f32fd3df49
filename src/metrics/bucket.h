/*
 * bucket.h - buckets of histograms, into a sketch per second.
 *
 * What the contexts that submit_histogram_bucket() makes have for a kind.
 */
#ifndef ADDER_METRICS_BUCKET_H
#define ADDER_METRICS_BUCKET_H

#include "metrics/kind.h"

/* Of one context; what goes beyond is dropped and counted. */
enum {
    BUCKET_SECONDS_MAX = 1000, /* that wait for a commit */
    BUCKET_BOUNDS_MAX = 1000,  /* monotonic buckets told apart by their bounds */
};

/* Whether a bucket says anything: its value is positive, its bounds are in order. A value of 0
 * is no fault, but nothing either, and does not even count for the next difference. */
enum bucket_sense { BUCKET_GOOD, BUCKET_EMPTY, BUCKET_BAD };
enum bucket_sense bucket_check(const struct adder_histogram_bucket *b);

/* Takes a bucket into a state of bucket_kind. `second` is when it came. 1 when it says nothing
 * good after all (a monotonic one that fell), 0, or -1: no memory, or one of the limits. */
int bucket_add(void *state, const struct adder_histogram_bucket *b, int64_t second);

/* Bytes that a state has allocated. */
size_t bucket_bytes(const void *state);

extern const struct kind bucket_kind;

#endif

/*
 * sampler.h - samples of one check to series: contexts, kinds, expiry.
 *
 * A sampler belongs to one check instance and holds what its metrics need between runs. It
 * behaves as the Agent's check sampler, with one difference: a context is one (name, host,
 * tagset) *and kind*, so two kinds under one name do not corrupt each other.
 * Not safe for several threads at once.
 */
#ifndef ADDER_METRICS_SAMPLER_H
#define ADDER_METRICS_SAMPLER_H

#include "metrics/batch.h"
#include "metrics/sketch.h"

enum series_type { SERIES_GAUGE, SERIES_RATE, SERIES_COUNT };

/* "gauge", "rate" or "count". */
const char *series_type_name(enum series_type type);

struct series {
    struct adder_str name; /* with suffix, e.g. "request.time.95percentile" */
    enum series_type type;
    double value;
    double time; /* seconds since the epoch */
    struct adder_str hostname;
    struct adder_tags tags;      /* sorted, no duplicates; without the device: tag */
    struct adder_str device;     /* value of the device: tag, or absent */
    enum adder_metric_kind kind; /* of the samples it was made from */
};

struct sketch_series {
    struct adder_str name, hostname;
    struct adder_tags tags; /* sorted, no duplicates */
    int64_t time;           /* seconds since the epoch, whole */
    const struct sketch *sketch;
};

/* Where a commit's results go. All their numbers are finite: what is not, a sum that no double
 * holds or a rate over no time, is rejected and counted. The structures are borrowed until the
 * function returns. */
struct series_sink {
    void (*series)(void *ctx, const struct series *s);
    void (*sketch)(void *ctx, const struct sketch_series *s); /* may be NULL */
    void *ctx;
};

/* All zero: the Agent's defaults. All is copied. */
struct sampler_options {
    const char *hostname;         /* for samples that name none; NULL: "" */
    bool empty_default_hostname;  /* leave such samples without a host */
    struct adder_tags extra_tags; /* the sender's, added to every sample */
    unsigned expiry_commits;      /* default 2: commits without a sample until a context goes */
    double stateful_expiry_s;     /* default 25 h: how much longer rate, monotonic_count and
                                     historate keep their state */
    const char *const *aggregates; /* NULL-terminated, of max, min, median, avg, sum, count;
                                      default max, median, avg, count */
    const double *percentiles;     /* 0 to 1; default 0.95 */
    size_t percentile_count;
    size_t contexts_max; /* default 1,000,000; samples of further ones are dropped */
    size_t bytes_max;    /* default 1 GiB: what contexts and sketches may take together */
};

struct sampler;

/* ADDER_INVALID for an aggregate that is none and a percentile out of range, or ADDER_NOMEM. */
int sampler_new(const struct sampler_options *options, struct sampler **ret,
                struct adder_error *err);
void sampler_free(struct sampler *s); /* NULL is fine */

/* Takes one sample. `time` in seconds since the epoch. NaN and infinite values are rejected
 * and counted, but keep their context alive. */
void sampler_metric(struct sampler *s, const struct adder_metric *m, double time);

/* Takes one bucket into the sketch of its second. One whose value is negative, or whose bounds
 * are in no order, is rejected; one of value 0 is ignored. */
void sampler_bucket(struct sampler *s, const struct adder_histogram_bucket *b, double time);

/* Ends a run: hands out series and sketches in the order in which their contexts came, expires
 * contexts. Sketches of the second `now` wait for the next commit. Allocates nothing. */
void sampler_commit(struct sampler *s, double now, const struct series_sink *to);

/* Hands out sketches whose second is not over yet (a commit keeps them back until the next
 * one), for a program that ends. */
void sampler_drain(struct sampler *s, const struct series_sink *to);

/* Figures since the start, but for `contexts`, which is now. */
struct sampler_stats {
    uint64_t samples, buckets;
    uint64_t rejected;     /* NaN or infinite, also of results; buckets that make no sense */
    uint64_t unknown_kind; /* a kind that is none */
    uint64_t over_limit;   /* a limit reached, or memory out */
    size_t contexts;       /* with the silent ones whose state is kept */
};
struct sampler_stats sampler_stats(const struct sampler *s);

/* A tag list as the sender makes it: `tags` and `extra`, sorted by bytes, duplicates removed.
 * `ret` has room for tags.count + extra.count; returns how many there are. */
size_t tags_normalise(struct adder_tags tags, struct adder_tags extra, struct adder_str *ret);

#endif

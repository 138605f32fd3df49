/*
 * prometheus.h - the output that keeps the last value of every series, to be scraped.
 *
 * Text formats: Prometheus exposition 0.0.4 and OpenMetrics 1.0. The rules for names, labels,
 * types and staleness are in docs/prometheus.md.
 */
#ifndef ADDER_OUT_PROMETHEUS_H
#define ADDER_OUT_PROMETHEUS_H

#include "core/buf.h"
#include "out/output.h"

/* All may be zero: the defaults. */
struct prometheus_options {
    size_t series_max; /* default 1,000,000; further ones are dropped and counted */
    size_t bytes_max;  /* default 1 GiB: what they may take together */
    double stale_runs; /* default 5: a series goes after so many intervals without a value, or,
                          where no value means that nothing happened, of its check */
};

int prometheus_new(const struct prometheus_options *options, struct output **ret,
                   struct adder_error *err);

enum exposition { EXPOSITION_TEXT, EXPOSITION_OPENMETRICS };

/* The format that an Accept header (may be NULL) asks for, and the Content-Type of one. */
enum exposition exposition_choose(const char *accept);
const char *exposition_content_type(enum exposition format);

/* Adds the page at `now` (seconds since the epoch) to `to`, whose failure tells. Series that
 * are stale by then go. */
void prometheus_write(struct output *o, enum exposition format, double now, struct buf *to);

/* Series that are on no page now, as others have their name and labels; for status. */
size_t prometheus_collisions(struct output *o);

#endif

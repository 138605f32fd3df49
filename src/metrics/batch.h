/*
 * batch.h - what one run of a check submitted, as records in one bounded buffer.
 *
 * A run is a transaction: while check() runs every submission becomes one record at the end of
 * the buffer (no allocation per sample or tag once the buffer has its size); at the end the
 * whole batch is committed to a sampler, or cleared. The bytes are also what a worker sends to
 * the supervisor, so reading them trusts nothing.
 *
 * One thread at a time: the GIL, under which checks submit, sees to that.
 */
#ifndef ADDER_METRICS_BATCH_H
#define ADDER_METRICS_BATCH_H

#include "core/buf.h"

enum {
    BATCH_BYTES_MAX = 64 * 1024 * 1024, /* default limit of a batch; 2 GiB is the most */
    BATCH_TAGS_MAX = 65535,             /* tags of one record; more are cut off and counted */
};

struct batch;

/* A batch whose records take at most `max` bytes (0: BATCH_BYTES_MAX). NULL: no memory. */
struct batch *batch_new(size_t max);
void batch_free(struct batch *b); /* NULL is fine */

/* Forgets all records and counts, keeps the memory. */
void batch_clear(struct batch *b);

/* The records' bytes, valid until the batch changes. */
struct adder_str batch_bytes(const struct batch *b);

/* What did not make it into the batch, since it was cleared. */
struct batch_dropped {
    uint64_t records; /* the batch was full or memory out */
    uint64_t tags;    /* beyond BATCH_TAGS_MAX of their record */
};
struct batch_dropped batch_dropped(const struct batch *b);

/* Callbacks for adder_runtime_options.sink whose `user` is a struct batch (NULL: dropped).
 * `commit` is left NULL: whoever runs the check decides. */
extern const struct adder_sink batch_sink;

enum record_type {
    RECORD_METRIC,
    RECORD_BUCKET,
    RECORD_SERVICE_CHECK,
    RECORD_EVENT,
    RECORD_EVENT_PLATFORM,
    RECORD_METADATA,
    RECORD_LOG_LINE,
    RECORD_EXTERNAL_TAGS,
    RECORD_TELEMETRY,
    RECORD_ISSUE,
    RECORD_ISSUE_RESOLVED,
};

/* One record, its strings and tags borrowed from the batch and the reader. */
struct record {
    enum record_type type;
    /* Seconds since the epoch, when it was submitted; of rates and historates exactly, of
     * others up to some milliseconds before. */
    double time;
    union {
        struct adder_metric metric;
        struct adder_histogram_bucket bucket;
        struct adder_service_check service_check;
        struct adder_event event;
        struct {
            struct adder_str raw, type;
        } event_platform;
        struct {
            struct adder_str name, value;
        } metadata;
        struct adder_str log_line;
        struct {
            struct adder_str hostname, source;
            struct adder_tags tags;
        } external_tags;
        struct {
            struct adder_str check_name, metric, type;
            double value;
        } telemetry;
        struct {
            struct adder_str check_name, json;
        } issue;
        struct adder_str issue_resolved;
    };
};

/* Reads records one after the other out of `bytes`, which must outlive it. */
struct batch_reader;
struct batch_reader *batch_reader_new(struct adder_str bytes);
void batch_reader_free(struct batch_reader *r);

/* 1 and *ret (valid until the next call), 0 at the end, -1 when the bytes make no sense. */
int batch_read(struct batch_reader *r, struct record *ret, struct adder_error *err);

#endif

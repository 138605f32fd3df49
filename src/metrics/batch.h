/*
 * batch.h - what one run of a check submitted, as records in one bounded buffer.
 *
 * A run is a transaction: every submission becomes one record at the end of a buffer (no
 * allocation per sample or tag once the buffer has its size); at the end of the run the sink's
 * `commit` makes all of it readable, or its `discard` drops it. The bytes are also what a
 * worker sends to the supervisor, so reading them trusts nothing.
 *
 * A batch has two sides. The one being written is for the sink's callbacks alone, which are
 * called with the GIL held and so one at a time, whichever thread of the check submits. The
 * committed one is for whoever runs the check: only a commit, which is part of the run, and
 * batch_clear() change it. So between runs it can be read without any lock, whatever threads
 * the check left behind; what those submit meanwhile belongs to the next commit.
 */
#ifndef ADDER_METRICS_BATCH_H
#define ADDER_METRICS_BATCH_H

#include "core/buf.h"

enum {
    BATCH_BYTES_MAX = 64 * 1024 * 1024, /* default limit of a side; 2 GiB is the most */
    BATCH_TAGS_MAX = 65535,             /* tags of one record; more are cut off and counted */
};

struct batch;

/* A batch whose records take at most `max` bytes (0: BATCH_BYTES_MAX) on each side. NULL: no
 * memory. */
struct batch *batch_new(size_t max);

/* Its check must be freed before: then nobody submits any more. NULL is fine. */
void batch_free(struct batch *b);

/* Forgets the committed records and counts, keeps the memory. Who never does gets the commits
 * of several runs one behind the other. */
void batch_clear(struct batch *b);

/* As batch_clear(), but keeps no more than `keep` bytes of memory. */
void batch_trim(struct batch *b, size_t keep);

/* The committed records' bytes, valid until batch_clear() or the next run. */
struct adder_str batch_bytes(const struct batch *b);

/* What did not make it into the committed records. */
struct batch_dropped {
    uint64_t records; /* the batch was full or memory out */
    uint64_t tags;    /* beyond BATCH_TAGS_MAX of their record */
};
struct batch_dropped batch_dropped(const struct batch *b);

/* Callbacks for adder_runtime_options.sink whose `user` is a struct batch (NULL: dropped). */
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

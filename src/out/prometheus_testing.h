/*
 * prometheus_testing.h - what tests of the Prometheus output share.
 */
#ifndef ADDER_OUT_PROMETHEUS_TESTING_H
#define ADDER_OUT_PROMETHEUS_TESTING_H

#include "core/log.h"
#include "core/str.h"
#include "core/testing.h"
#include "out/prometheus.h"

enum { PAGE_MAX = 1 << 24, SENT_TAGS_MAX = 8 };

/* What a check sends; what is not said is a gauge of the check instance "c:1", 15 s. */
struct sent {
    const char *id;
    const char *name;
    enum series_type type;
    enum adder_metric_kind kind;
    double value, time;
    const char *host, *device;
    const char *tags[SENT_TAGS_MAX];
};

static inline struct origin origin_of(const char *id)
{
    return (struct origin){str_of("c"), str_of(id != NULL ? id : "c:1"), 15};
}

static inline struct adder_tags tags_of(const char *const *from, struct adder_str *to)
{
    size_t count = 0;

    for (; count < SENT_TAGS_MAX && from[count] != NULL; count++)
        to[count] = str_of(from[count]);
    return (struct adder_tags){to, count};
}

static inline void send_series(struct output *o, const struct sent *s)
{
    struct adder_str tags[SENT_TAGS_MAX];
    struct origin from = origin_of(s->id);

    o->class->series(o, &from,
                     &(struct series){
                         .name = str_of(s->name),
                         .type = s->type,
                         .kind = s->kind,
                         .value = s->value,
                         .time = s->time,
                         .hostname = str_of(s->host),
                         .device = str_of(s->device),
                         .tags = tags_of(s->tags, tags),
                     });
}

#define SEND(o, ...) send_series(o, &(struct sent){__VA_ARGS__})

#define MONOTONIC .type = SERIES_COUNT, .kind = ADDER_MONOTONIC_COUNT
#define COUNT     .type = SERIES_COUNT, .kind = ADDER_COUNT

/* Sends a sketch of one value, which is there `n` times. */
static inline void send_sketch(struct output *o, const struct sent *s, uint16_t n)
{
    struct sketch_bin bin = {(int16_t)sketch_key(s->value), n};
    struct sketch sketch = {.bins = &bin,
                            .bin_count = 1,
                            .count = n,
                            .min = s->value,
                            .max = s->value,
                            .sum = s->value * n,
                            .avg = s->value};
    struct adder_str tags[SENT_TAGS_MAX];
    struct origin from = origin_of(s->id);

    o->class->sketch(o, &from,
                     &(struct sketch_series){
                         .name = str_of(s->name),
                         .hostname = str_of(s->host),
                         .tags = tags_of(s->tags, tags),
                         .time = (int64_t)s->time,
                         .sketch = &sketch,
                     });
}

#define SEND_SKETCH(o, n, ...) send_sketch(o, &(struct sent){__VA_ARGS__}, n)

static inline void send_commit(struct output *o, const char *id, double time)
{
    struct origin from = origin_of(id);

    o->class->commit(o, &from, time);
}

static inline struct output *new_output(struct prometheus_options options)
{
    struct adder_error err;
    struct output *o = NULL;

    assert_int_equal(prometheus_new(&options, &o, &err), 0);
    return o;
}

/* The page, until the next call. */
static inline const char *page_of(struct output *o, enum exposition format, double now)
{
    static struct buf page = {.max = PAGE_MAX};

    buf_clear(&page);
    buf_add(&page, "", 0);
    prometheus_write(o, format, now, &page);
    assert_false(page.failed);
    return page.data;
}

static inline const char *page(struct output *o, double now)
{
    return page_of(o, EXPOSITION_TEXT, now);
}

static inline int quietly(void **state)
{
    (void)state;
    log_set_level(log_level_of("off"));
    return 0;
}

#endif

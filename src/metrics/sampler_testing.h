/*
 * sampler_testing.h - what tests of samplers share: a commit as lines of text.
 */
#ifndef ADDER_METRICS_SAMPLER_TESTING_H
#define ADDER_METRICS_SAMPLER_TESTING_H

#include "core/buf.h"
#include "core/str.h"
#include "core/testing.h"
#include "metrics/sampler.h"

#define TEXT(s) ((struct adder_str){(s), sizeof(s) - 1})

enum { OUTPUT_MAX = 1 << 20 };

/* What a commit handed out, a line each. */
static struct buf output;

static inline void write_tags(struct adder_tags tags)
{
    for (size_t i = 0; i < tags.count; i++) {
        buf_add_char(&output, i == 0 ? ' ' : ',');
        buf_add(&output, tags.items[i].ptr, tags.items[i].len);
    }
}

/* "name type value@time host=HOST tag,tag device=DEVICE" */
static inline void write_series(void *ctx, const struct series *s)
{
    (void)ctx;
    buf_printf(&output, "%.*s %s %g@%g", STR_ARG(s->name), series_type_name(s->type), s->value,
               s->time);
    if (s->hostname.len > 0)
        buf_printf(&output, " host=%.*s", STR_ARG(s->hostname));
    write_tags(s->tags);
    if (s->device.ptr != NULL)
        buf_printf(&output, " device=%.*s", STR_ARG(s->device));
    buf_add_char(&output, '\n');
}

/* "name @second n=COUNT bins=COUNT" and the tags */
static inline void write_sketch(void *ctx, const struct sketch_series *s)
{
    (void)ctx;
    buf_printf(&output, "%.*s @%lld n=%lld min=%g", STR_ARG(s->name), (long long)s->time,
               (long long)s->sketch->count, s->sketch->min);
    if (s->hostname.len > 0)
        buf_printf(&output, " host=%.*s", STR_ARG(s->hostname));
    write_tags(s->tags);
    buf_add_char(&output, '\n');
}

static const struct series_sink lines = {write_series, write_sketch, NULL};

static inline const char *text(void)
{
    buf_add(&output, "", 0);
    assert_false(output.failed);
    return output.data;
}

/* Commits and returns what came, until the next call. */
static inline const char *commit(struct sampler *s, double now)
{
    buf_clear(&output);
    sampler_commit(s, now, &lines);
    return text();
}

static inline struct sampler *new_sampler(const struct sampler_options *options)
{
    struct sampler *s = NULL;
    struct adder_error err;

    assert_int_equal(sampler_new(options, &s, &err), 0);
    return s;
}

static inline struct sampler *default_sampler(void)
{
    return new_sampler(&(struct sampler_options){0});
}

static inline void sample(struct sampler *s, int kind, double value, double time)
{
    sampler_metric(s, &(struct adder_metric){.kind = kind, .name = TEXT("m"), .value = value},
                   time);
}

static inline int lines_set_up(void **state)
{
    (void)state;
    buf_init(&output, OUTPUT_MAX);
    return 0;
}

static inline int lines_tear_down(void **state)
{
    (void)state;
    buf_free(&output);
    return 0;
}

#endif

#include "metrics/histogram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "core/mem.h"
#include "metrics/kind.h"

enum {
    FIRST_CAPACITY = 8,
    KEPT_CAPACITY = 64, /* room for so many values stays from run to run */
};

/* Checks have no sample rates, so every value weighs 1. */
struct histogram {
    double *values;
    size_t count, capacity;
    double sum;
};

static double max_of(const struct histogram *h)
{
    return h->values[h->count - 1];
}

static double min_of(const struct histogram *h)
{
    return h->values[0];
}

static double median_of(const struct histogram *h)
{
    return h->values[(h->count - 1) / 2];
}

static double avg_of(const struct histogram *h)
{
    return h->sum / (double)h->count;
}

static double sum_of(const struct histogram *h)
{
    return h->sum;
}

static double count_of(const struct histogram *h)
{
    return (double)h->count;
}

static double percentile_of(const struct histogram *h, size_t percent)
{
    return h->values[percent > 0 ? (percent * h->count - 1) / 100 : 0];
}

/* The figures of sorted values; none is interpolated. The count is a rate over the Agent's
 * interval of one second. */
static const struct {
    const char *name, *suffix;
    enum series_type type;
    double (*of)(const struct histogram *h);
} aggregates[] = {
    {"max", ".max", SERIES_GAUGE, max_of},          {"min", ".min", SERIES_GAUGE, min_of},
    {"median", ".median", SERIES_GAUGE, median_of}, {"avg", ".avg", SERIES_GAUGE, avg_of},
    {"sum", ".sum", SERIES_GAUGE, sum_of},          {"count", ".count", SERIES_RATE, count_of},
};
_Static_assert(ARRAY_LEN(aggregates) == HISTOGRAM_AGGREGATES, "options have room for each");

static int add_aggregate(struct histogram_options *o, const char *name, struct adder_error *err)
{
    size_t i = 0;

    while (i < ARRAY_LEN(aggregates) && strcmp(aggregates[i].name, name) != 0)
        i++;
    if (i == ARRAY_LEN(aggregates))
        return err_set(err, ADDER_INVALID,
                       "histogram aggregate '%s' is none of max, min, median, avg, sum, count",
                       name);
    if (memchr(o->aggregates, (int)i, o->aggregate_count) == NULL)
        o->aggregates[o->aggregate_count++] = (uint8_t)i;
    return 0;
}

int histogram_options_set(struct histogram_options *ret, const char *const *names,
                          const double *percentiles, size_t percentile_count,
                          struct adder_error *err)
{
    static const char *const default_names[] = {"max", "median", "avg", "count", NULL};
    static const double default_percentile = 0.95;
    struct histogram_options o = {0};

    if (percentiles == NULL) {
        percentiles = &default_percentile;
        percentile_count = 1;
    }
    for (names = names != NULL ? names : default_names; *names != NULL; names++)
        if (add_aggregate(&o, *names, err) < 0)
            return -1;
    for (size_t i = 0; i < percentile_count; i++) {
        if (!(percentiles[i] >= 0 && percentiles[i] <= 1))
            return err_set(err, ADDER_INVALID, "histogram percentile %g is not between 0 and 1",
                           percentiles[i]);
        o.percentiles[(size_t)(percentiles[i] * 100 + 0.5)] = true;
    }
    *ret = o;
    return 0;
}

static int insert(struct histogram *h, double value)
{
    size_t capacity = h->capacity > 0 ? h->capacity * 2 : FIRST_CAPACITY;
    double *values = h->values;

    if (h->count == h->capacity) {
        values = mem_realloc(h->values, capacity * sizeof(*values));
        if (values == NULL)
            return -1;
        h->values = values;
        h->capacity = capacity;
    }
    values[h->count++] = value;
    h->sum += value;
    return 0;
}

static void clear(void *state)
{
    struct histogram *h = state;

    mem_free(h->values);
    *h = (struct histogram){0};
}

/* Ascending, NaN (a historate of 0 over 0 seconds) last. */
static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    if (x != x || y != y)
        return (x != x) - (y != y);
    return (x > y) - (x < y);
}

static void flush(void *state, struct output *o)
{
    struct histogram *h = state;
    char suffix[SUFFIX_MAX];

    if (h->count == 0)
        return;
    qsort(h->values, h->count, sizeof(*h->values), compare);
    for (size_t i = 0; i < o->histograms->aggregate_count; i++) {
        size_t a = o->histograms->aggregates[i];

        o->series(o, aggregates[a].suffix, aggregates[a].type, aggregates[a].of(h), o->now);
    }
    for (size_t p = 0; p < ARRAY_LEN(o->histograms->percentiles); p++) {
        if (!o->histograms->percentiles[p])
            continue;
        snprintf(suffix, sizeof(suffix), ".%zupercentile", p);
        o->series(o, suffix, SERIES_GAUGE, percentile_of(h, p), o->now);
    }
    h->count = 0;
    h->sum = 0;
    if (h->capacity > KEPT_CAPACITY)
        clear(h);
}

static int add(void *state, const struct sample *s)
{
    return insert(state, s->value);
}

/* A histogram of rates between one sample and the next; a time of 0 stands for no sample. */
struct historate {
    struct histogram rates; /* comes first: freed as a histogram */
    double previous, previous_time;
};

static int historate_add(void *state, const struct sample *s)
{
    struct historate *h = state;
    double previous = h->previous, previous_time = h->previous_time;

    h->previous = s->value;
    h->previous_time = s->time;
    if (previous_time == 0)
        return 0;
    return insert(&h->rates, (s->value - previous) / (s->time - previous_time));
}

/* Rates never span a flush that handed out some, so one sample a run is a rate every second
 * run: as the Agent has it. */
static void historate_flush(void *state, struct output *o)
{
    struct historate *h = state;

    if (h->rates.count == 0)
        return;
    flush(&h->rates, o);
    h->previous = h->previous_time = 0;
}

const struct kind histogram_kind = {
    .number = ADDER_HISTOGRAM,
    .state_size = sizeof(struct histogram),
    .add = add,
    .flush = flush,
    .clear = clear,
};

const struct kind historate_kind = {
    .number = ADDER_HISTORATE,
    .state_size = sizeof(struct historate),
    .stateful = true,
    .add = historate_add,
    .flush = historate_flush,
    .clear = clear,
};

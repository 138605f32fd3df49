#include "metrics/kind.h"

struct gauge {
    double value;
    bool sampled;
};

static int gauge_add(void *state, const struct sample *s)
{
    *(struct gauge *)state = (struct gauge){s->value, true};
    return 0;
}

static void gauge_flush(void *state, struct output *o)
{
    struct gauge *g = state;

    if (g->sampled)
        o->series(o, "", SERIES_GAUGE, g->value, o->now);
    g->sampled = false;
}

/* Of counts and counters. */
struct sum {
    double value;
    bool sampled;
};

static int sum_add(void *state, const struct sample *s)
{
    struct sum *sum = state;

    sum->value += s->value;
    sum->sampled = true;
    return 0;
}

static void sum_flush(struct sum *sum, enum series_type type, struct output *o)
{
    if (sum->sampled)
        o->series(o, "", type, sum->value, o->now);
    *sum = (struct sum){0};
}

static void count_flush(void *state, struct output *o)
{
    sum_flush(state, SERIES_COUNT, o);
}

/* Checks have no flush interval, which the Agent takes as one second: the sum is the rate. */
static void counter_flush(void *state, struct output *o)
{
    sum_flush(state, SERIES_RATE, o);
}

/* A time of 0 stands for no sample. */
struct rate {
    double previous, previous_time;
    double current, current_time;
};

static void rate_shift(struct rate *r)
{
    r->previous = r->current;
    r->previous_time = r->current_time;
    r->current = r->current_time = 0;
}

static int rate_add(void *state, const struct sample *s)
{
    struct rate *r = state;

    if (r->current_time != 0)
        rate_shift(r);
    r->current = s->value;
    r->current_time = s->time;
    return 0;
}

/* A falling value was reset: it begins anew, as does what follows it. Two samples of one time
 * wait for a third. */
static void rate_flush(void *state, struct output *o)
{
    struct rate *r = state;
    double time = r->current_time, seconds = r->current_time - r->previous_time, value;

    if (r->previous_time == 0 || r->current_time == 0 || seconds == 0)
        return;
    value = (r->current - r->previous) / seconds;
    rate_shift(r);
    if (!(value < 0))
        o->series(o, "", SERIES_GAUGE, value, time);
}

struct monotonic {
    double previous, current;
    double gained; /* since the last flush */
    bool has_previous;
    bool sampled;     /* since the last flush that handed out something */
    bool flush_first; /* of the latest sample: its own value may count as gained */
};

static int monotonic_add(void *state, const struct sample *s)
{
    struct monotonic *m = state;
    double gain;

    if (m->sampled) {
        m->previous = m->current;
        m->has_previous = true;
    }
    m->current = s->value;
    m->sampled = true;
    m->flush_first = s->flush_first;
    gain = m->current - m->previous;
    if ((m->has_previous || m->flush_first) && gain >= 0)
        m->gained += gain;
    else if (m->flush_first)
        m->gained = m->current; /* a reset: as the Agent, without what was gained before it */
    return 0;
}

/* A first sample alone hands out nothing and stays `sampled`, so that the next one is the
 * second. */
static void monotonic_flush(void *state, struct output *o)
{
    struct monotonic *m = state;

    if (!m->sampled || !(m->has_previous || m->flush_first))
        return;
    o->series(o, "", SERIES_COUNT, m->gained, o->now);
    *m = (struct monotonic){.previous = m->current, .has_previous = true};
}

static const struct kind gauge_kind = {
    .number = ADDER_GAUGE,
    .state_size = sizeof(struct gauge),
    .add = gauge_add,
    .flush = gauge_flush,
};

static const struct kind rate_kind = {
    .number = ADDER_RATE,
    .state_size = sizeof(struct rate),
    .stateful = true,
    .add = rate_add,
    .flush = rate_flush,
};

static const struct kind count_kind = {
    .number = ADDER_COUNT,
    .state_size = sizeof(struct sum),
    .add = sum_add,
    .flush = count_flush,
};

static const struct kind monotonic_kind = {
    .number = ADDER_MONOTONIC_COUNT,
    .state_size = sizeof(struct monotonic),
    .stateful = true,
    .add = monotonic_add,
    .flush = monotonic_flush,
};

static const struct kind counter_kind = {
    .number = ADDER_COUNTER,
    .state_size = sizeof(struct sum),
    .add = sum_add,
    .flush = counter_flush,
};

static const struct kind *const kinds[] = {
    [ADDER_GAUGE] = &gauge_kind,         [ADDER_RATE] = &rate_kind,
    [ADDER_COUNT] = &count_kind,         [ADDER_MONOTONIC_COUNT] = &monotonic_kind,
    [ADDER_COUNTER] = &counter_kind,     [ADDER_HISTOGRAM] = &histogram_kind,
    [ADDER_HISTORATE] = &historate_kind,
};

const struct kind *kind_of(int number)
{
    return number >= 0 && number < (int)ARRAY_LEN(kinds) ? kinds[number] : NULL;
}

const char *series_type_name(enum series_type type)
{
    static const char *const names[] = {
        [SERIES_GAUGE] = "gauge",
        [SERIES_RATE] = "rate",
        [SERIES_COUNT] = "count",
    };

    return names[type];
}

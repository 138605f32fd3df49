#include "metrics/bucket.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"

struct second {
    int64_t time;
    struct sketch *sketch;
};

/* What a monotonic bucket said last. */
struct last {
    double lower, upper; /* of buckets that came by submit_histogram_bucket_multi, else 0 */
    int64_t value;
};

struct bucket_state {
    struct second *seconds; /* ascending */
    size_t second_count, second_capacity;
    size_t bytes; /* of the sketches and of `lasts` */
    struct last *lasts;
    size_t last_count, last_capacity;
    size_t last_place; /* where the next bucket is likely to be: they come in order */
};

static size_t sketch_bytes(const struct sketch *k)
{
    return sizeof(*k) + k->bin_capacity * sizeof(*k->bins);
}

enum bucket_sense bucket_check(const struct adder_histogram_bucket *b)
{
    if (b->value < 0)
        return BUCKET_BAD;
    if (b->value == 0)
        return BUCKET_EMPTY;
    return b->lower <= b->upper ? BUCKET_GOOD : BUCKET_BAD;
}

/* Makes room for one more second at `place`. */
static int open_gap(struct bucket_state *s, size_t place)
{
    size_t capacity = s->second_capacity > 0 ? s->second_capacity * 2 : 1;
    struct second *seconds = s->seconds;

    if (s->second_count == BUCKET_SECONDS_MAX)
        return -1;
    if (s->second_count == s->second_capacity) {
        seconds = mem_realloc(s->seconds, capacity * sizeof(*seconds));
        if (seconds == NULL)
            return -1;
        s->seconds = seconds;
        s->second_capacity = capacity;
    }
    memmove(seconds + place + 1, seconds + place, (s->second_count - place) * sizeof(*seconds));
    s->second_count++;
    return 0;
}

/* The sketch of that second, a new one if need be; NULL: no room for it. */
static struct sketch *sketch_at(struct bucket_state *s, int64_t time)
{
    size_t place = s->second_count;
    struct sketch *sketch;

    while (place > 0 && s->seconds[place - 1].time > time)
        place--;
    if (place > 0 && s->seconds[place - 1].time == time)
        return s->seconds[place - 1].sketch;
    sketch = sketch_new();
    if (sketch == NULL || open_gap(s, place) < 0) {
        sketch_free(sketch);
        return NULL;
    }
    s->seconds[place] = (struct second){time, sketch};
    s->bytes += sketch_bytes(sketch);
    return sketch;
}

/* ---- Monotonic buckets ------------------------------------------------------------------ */

/* The bounds of a bucket are no part of its context: they are tags, as the checks' base class
 * sees to, unless the check says that its tags do not tell its buckets apart. */
static struct last last_for(const struct adder_histogram_bucket *b)
{
    return (struct last){
        .lower = b->multi ? b->lower : 0,
        .upper = b->multi ? b->upper : 0,
        .value = b->value,
    };
}

static struct last *find_last(struct bucket_state *s, const struct last *like)
{
    for (size_t i = 0; i < s->last_count; i++) {
        size_t at = (s->last_place + i) % s->last_count;

        if (s->lasts[at].lower == like->lower && s->lasts[at].upper == like->upper) {
            s->last_place = at + 1;
            return &s->lasts[at];
        }
    }
    return NULL;
}

static int add_last(struct bucket_state *s, struct last last)
{
    size_t capacity = s->last_capacity > 0 ? s->last_capacity * 2 : 1;
    struct last *lasts = s->lasts;

    if (s->last_count == BUCKET_BOUNDS_MAX)
        return -1;
    if (s->last_count == s->last_capacity) {
        lasts = mem_realloc(s->lasts, capacity * sizeof(*lasts));
        if (lasts == NULL)
            return -1;
        s->bytes += (capacity - s->last_capacity) * sizeof(*lasts);
        s->lasts = lasts;
        s->last_capacity = capacity;
    }
    s->lasts[s->last_count++] = last;
    return 0;
}

/* What a bucket adds to what it said last: 0 when it said nothing yet. -1: no room to remember
 * it. */
static int gained(struct bucket_state *s, const struct adder_histogram_bucket *b, int64_t *ret)
{
    struct last now = last_for(b);
    struct last *last;

    *ret = b->value;
    if (!b->monotonic)
        return 0;
    last = find_last(s, &now);
    if (last == NULL) {
        *ret = b->flush_first_value ? b->value : 0;
        return add_last(s, now);
    }
    *ret = b->value - last->value;
    last->value = b->value;
    return 0;
}

int bucket_add(void *state, const struct adder_histogram_bucket *b, int64_t second)
{
    struct bucket_state *s = state;
    struct sketch *sketch;
    int64_t value;
    int rc;

    if (gained(s, b, &value) < 0)
        return -1;
    if (value < 0)
        return 1;
    if (value == 0 || !isfinite(b->lower))
        return 0;
    sketch = sketch_at(s, second);
    if (sketch == NULL)
        return -1;
    s->bytes -= sketch_bytes(sketch);
    rc = sketch_add_range(sketch, b->lower, b->upper, value);
    s->bytes += sketch_bytes(sketch);
    return rc;
}

size_t bucket_bytes(const void *state)
{
    return ((const struct bucket_state *)state)->bytes;
}

static void flush(void *state, struct output *o)
{
    struct bucket_state *s = state;
    size_t due = 0;

    for (; due < s->second_count && s->seconds[due].time < o->before; due++) {
        if (s->seconds[due].sketch->count > 0)
            o->sketch(o, s->seconds[due].time, s->seconds[due].sketch);
        s->bytes -= sketch_bytes(s->seconds[due].sketch);
        sketch_free(s->seconds[due].sketch);
    }
    if (due == 0)
        return;
    s->second_count -= due;
    memmove(s->seconds, s->seconds + due, s->second_count * sizeof(*s->seconds));
}

static void clear(void *state)
{
    struct bucket_state *s = state;

    for (size_t i = 0; i < s->second_count; i++)
        sketch_free(s->seconds[i].sketch);
    mem_free(s->seconds);
    mem_free(s->lasts);
    *s = (struct bucket_state){0};
}

/* Their number is one that no metric has, so that a bucket and a gauge of one name are two
 * contexts. */
const struct kind bucket_kind = {
    .number = ADDER_HISTORATE + 1,
    .state_size = sizeof(struct bucket_state),
    .flush = flush,
    .clear = clear,
};

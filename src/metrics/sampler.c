#include "metrics/sampler.h"

#include <math.h>
#include <string.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "metrics/bucket.h"
#include "metrics/context.h"

enum {
    EXPIRY_COMMITS = 2,
    CONTEXTS_MAX = 1000 * 1000,
    BYTES_MAX = 1024 * 1024 * 1024,
};

#define STATEFUL_EXPIRY_S (25 * 3600.0)

struct sampler {
    struct contexts contexts;
    uint64_t commits;
    size_t bucket_bytes; /* that contexts of buckets have allocated */
    struct sampler_stats stats;

    char *hostname;
    struct adder_str *extra_tags; /* one block with their text */
    size_t extra_count;
    uint64_t expiry_commits;
    double stateful_expiry_s;
    struct histogram_options histograms;
    size_t contexts_max, bytes_max;

    /* Scratch space of a sample: its tags in order, and its key. As each context was a sample
     * once, it suffices for handing out any of them. */
    struct adder_str *tags;
    size_t tags_capacity;
    char *text;
    size_t text_capacity;
};

static int copy_tags(struct sampler *s, struct adder_tags from)
{
    size_t size = from.count * sizeof(*from.items);
    char *text;

    for (size_t i = 0; i < from.count; i++)
        size += from.items[i].len;
    s->extra_tags = mem_alloc(size);
    if (s->extra_tags == NULL)
        return -1;
    text = (char *)(s->extra_tags + from.count);
    for (size_t i = 0; i < from.count; i++) {
        struct adder_str tag = from.items[i];

        s->extra_tags[i] = (struct adder_str){text, tag.len};
        if (tag.len > 0)
            memcpy(text, tag.ptr, tag.len);
        text += tag.len;
    }
    s->extra_count = from.count;
    return 0;
}

DEFINE_CLEANUP(struct sampler *, sampler_free);

int sampler_new(const struct sampler_options *o, struct sampler **ret, struct adder_error *err)
{
    CLEANUP(sampler_freep) struct sampler *s = mem_zalloc(sizeof(*s));
    bool no_hostname = o->hostname == NULL || o->empty_default_hostname;

    if (s == NULL)
        return err_nomem(err);
    if (histogram_options_set(&s->histograms, o->aggregates, o->percentiles,
                              o->percentile_count, err) < 0)
        return -1;
    s->expiry_commits = o->expiry_commits > 0 ? o->expiry_commits : EXPIRY_COMMITS;
    s->stateful_expiry_s = o->stateful_expiry_s > 0 ? o->stateful_expiry_s : STATEFUL_EXPIRY_S;
    s->contexts_max = o->contexts_max > 0 ? o->contexts_max : CONTEXTS_MAX;
    s->bytes_max = o->bytes_max > 0 ? o->bytes_max : BYTES_MAX;
    s->hostname = mem_strdup(no_hostname ? "" : o->hostname);
    if (s->hostname == NULL || copy_tags(s, o->extra_tags) < 0)
        return err_nomem(err);
    *ret = TAKE(s);
    return 0;
}

void sampler_free(struct sampler *s)
{
    if (s == NULL)
        return;
    contexts_free(&s->contexts);
    mem_free(s->hostname);
    mem_free(s->extra_tags);
    mem_free(s->tags);
    mem_free(s->text);
    mem_free(s);
}

/* Grows an array of items of `size` bytes to `count` at least. */
static int make_room(void **items, size_t *capacity, size_t count, size_t size)
{
    size_t wanted = count > *capacity * 2 ? count : *capacity * 2;
    void *grown;

    if (count <= *capacity)
        return 0;
    grown = mem_realloc(*items, wanted * size);
    if (grown == NULL)
        return -1;
    *items = grown;
    *capacity = wanted;
    return 0;
}

/* Puts tags in order and a host in place: what tells the context of a sample apart. */
static int normalise(struct sampler *s, struct labels *l)
{
    struct adder_tags extra = {s->extra_tags, s->extra_count};

    if (l->hostname.len == 0)
        l->hostname = str_of(s->hostname);
    if (make_room((void **)&s->tags, &s->tags_capacity, l->tags.count + extra.count,
                  sizeof(*s->tags)) < 0)
        return -1;
    l->tags.count = tags_normalise(l->tags, extra, s->tags);
    l->tags.items = s->tags;
    return 0;
}

/* The context of a sample, marked as seen; NULL when there is no room for one more. */
static struct context *track(struct sampler *s, const struct kind *kind, struct labels l)
{
    struct adder_str key;
    struct context *c;
    uint64_t hash;

    if (normalise(s, &l) < 0)
        return NULL;
    key.len = context_key_size(&l);
    if (key.len > CONTEXT_KEY_MAX ||
        make_room((void **)&s->text, &s->text_capacity, key.len + SUFFIX_MAX, 1) < 0)
        return NULL;
    context_key_write(s->text, kind, &l);
    key.ptr = s->text;
    hash = context_hash(key);
    c = contexts_find(&s->contexts, key, hash);
    if (c == NULL && s->contexts.count < s->contexts_max &&
        s->contexts.bytes + s->bucket_bytes < s->bytes_max)
        c = contexts_add(&s->contexts, kind, key, hash);
    if (c == NULL)
        return NULL;
    c->seen = s->commits;
    c->deadline = 0;
    return c;
}

void sampler_metric(struct sampler *s, const struct adder_metric *m, double time)
{
    const struct kind *kind = kind_of(m->kind);
    struct context *c;

    s->stats.samples++;
    if (kind == NULL) {
        s->stats.unknown_kind++;
        return;
    }
    c = track(s, kind, (struct labels){m->name, m->hostname, m->tags});
    if (c == NULL)
        s->stats.over_limit++;
    else if (!isfinite(m->value) || !isfinite(time))
        s->stats.rejected++;
    else if (kind->add(context_state(c),
                       &(struct sample){m->value, time, m->flush_first_value}) < 0)
        s->stats.over_limit++;
}

/* The whole second that a time lies in, within what an integer holds. */
static int64_t second_of(double time)
{
    const double most = 1e15;

    return (int64_t)fmin(fmax(time, -most), most);
}

void sampler_bucket(struct sampler *s, const struct adder_histogram_bucket *b, double time)
{
    enum bucket_sense sense = bucket_check(b);
    struct context *c;
    size_t before;
    int rc = -1;

    s->stats.buckets++;
    if (sense != BUCKET_GOOD || !isfinite(time)) {
        s->stats.rejected += sense != BUCKET_EMPTY;
        return;
    }
    c = track(s, &bucket_kind, (struct labels){b->name, b->hostname, b->tags});
    if (c != NULL && s->contexts.bytes + s->bucket_bytes < s->bytes_max) {
        before = bucket_bytes(context_state(c));
        rc = bucket_add(context_state(c), b, second_of(time));
        s->bucket_bytes += bucket_bytes(context_state(c)) - before;
    }
    s->stats.over_limit += rc < 0;
    s->stats.rejected += rc > 0;
}

/* Handing out what one context has to say. */
struct handout {
    struct output output; /* comes first: kinds know only this */
    struct sampler *sampler;
    const struct context *context;
    const struct series_sink *to;
    struct labels labels;
    struct adder_str device;
    bool opened; /* labels and device are there */
};

/* Takes the tags that name a device out; the last one counts. */
static void split_device(struct handout *h, struct adder_str *tags)
{
    static const char prefix[] = "device:";
    size_t skip = sizeof(prefix) - 1, kept = 0;

    h->device = (struct adder_str){NULL, 0};
    for (size_t i = 0; i < h->labels.tags.count; i++) {
        if (str_starts(tags[i], prefix))
            h->device = (struct adder_str){tags[i].ptr + skip, tags[i].len - skip};
        else
            tags[kept++] = tags[i];
    }
    h->labels.tags.count = kept;
}

static void give_series(struct output *o, const char *suffix, enum series_type type,
                        double value, double time)
{
    struct handout *h = (struct handout *)o;
    struct series series = {.type = type, .value = value, .time = time};
    size_t suffix_len = strlen(suffix);
    char *name = h->sampler->text;

    if (!isfinite(value)) {
        h->sampler->stats.rejected++;
        return;
    }
    if (!h->opened) {
        context_labels(h->context, h->sampler->tags, &h->labels);
        split_device(h, h->sampler->tags);
        if (h->labels.name.len > 0)
            memcpy(name, h->labels.name.ptr, h->labels.name.len);
        h->opened = true;
    }
    memcpy(name + h->labels.name.len, suffix, suffix_len);
    series.name = (struct adder_str){name, h->labels.name.len + suffix_len};
    series.hostname = h->labels.hostname;
    series.tags = h->labels.tags;
    series.device = h->device;
    series.kind = (enum adder_metric_kind)h->context->kind->number;
    h->to->series(h->to->ctx, &series);
}

static void give_sketch(struct output *o, int64_t second, const struct sketch *sketch)
{
    struct handout *h = (struct handout *)o;
    struct sketch_series series = {.time = second, .sketch = sketch};

    if (h->to->sketch == NULL)
        return;
    if (!isfinite(sketch->sum)) { /* the other figures are sums of less, or single values */
        h->sampler->stats.rejected++;
        return;
    }
    context_labels(h->context, h->sampler->tags, &h->labels);
    series.name = h->labels.name;
    series.hostname = h->labels.hostname;
    series.tags = h->labels.tags;
    h->to->sketch(h->to->ctx, &series);
}

static void hand_out(struct sampler *s, struct context *c, struct handout *h)
{
    bool is_bucket = c->kind == &bucket_kind;
    size_t before = is_bucket ? bucket_bytes(context_state(c)) : 0;

    h->context = c;
    h->opened = false;
    c->kind->flush(context_state(c), &h->output);
    if (is_bucket)
        s->bucket_bytes -= before - bucket_bytes(context_state(c));
}

static struct handout handout_of(struct sampler *s, double now, const struct series_sink *to)
{
    return (struct handout){
        .output = {.now = now,
                   .before = second_of(now),
                   .histograms = &s->histograms,
                   .series = give_series,
                   .sketch = give_sketch},
        .sampler = s,
        .to = to,
    };
}

/* Whether a context goes with this commit. The state of some kinds stays longer, so that a
 * counter that was away for a day still has its difference. */
static bool expires(const struct sampler *s, struct context *c, double now)
{
    if (s->commits - c->seen < s->expiry_commits)
        return false;
    if (!c->kind->stateful)
        return true;
    if (c->deadline == 0) {
        c->deadline = now + s->stateful_expiry_s;
        return false;
    }
    return c->deadline < now;
}

static void drop(struct sampler *s, size_t i)
{
    struct context *c = s->contexts.entries[i].context;

    if (c->kind == &bucket_kind)
        s->bucket_bytes -= bucket_bytes(context_state(c));
    contexts_drop(&s->contexts, i);
}

void sampler_commit(struct sampler *s, double now, const struct series_sink *to)
{
    struct handout h = handout_of(s, now, to);
    const int64_t due = h.output.before;

    for (size_t i = 0; i < s->contexts.count; i++) {
        struct context *c = s->contexts.entries[i].context;
        bool last = expires(s, c, now);

        /* What is of the future, because the clock was set back, goes with its context. */
        h.output.before = last ? INT64_MAX : due;
        hand_out(s, c, &h);
        if (last)
            drop(s, i);
    }
    contexts_compact(&s->contexts);
    s->commits++;
}

void sampler_drain(struct sampler *s, const struct series_sink *to)
{
    struct handout h = handout_of(s, 0, to);

    h.output.before = INT64_MAX;
    for (size_t i = 0; i < s->contexts.count; i++)
        if (s->contexts.entries[i].context->kind == &bucket_kind)
            hand_out(s, s->contexts.entries[i].context, &h);
}

struct sampler_stats sampler_stats(const struct sampler *s)
{
    struct sampler_stats stats = s->stats;

    stats.contexts = s->contexts.count;
    return stats;
}

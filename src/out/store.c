#include "out/store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "out/family.h"
#include "out/owner.h"

enum {
    SERIES_MAX = 1000 * 1000,
    BYTES_MAX = 1024 * 1024 * 1024,
    STALE_RUNS = 5,
    TOTAL_KEPT_S = 25 * 3600, /* as long as samplers know what a count was */
};

static const struct {
    bool with_check; /* no value means that nothing happened: shown while the check lives */
    bool is_total;   /* goes on where it was, even after it was not shown for a while */
} kinds[] = {
    [ENTRY_GAUGE] = {false, false},
    [ENTRY_POLLED] = {false, true},
    [ENTRY_EVENTS] = {true, true},
    [ENTRY_HISTOGRAM] = {true, true},
};

int store_init(struct store *s, const struct prometheus_options *o, struct adder_error *err)
{
    *s = (struct store){
        .series_max = o->series_max > 0 ? o->series_max : SERIES_MAX,
        .bytes_max = o->bytes_max > 0 ? o->bytes_max : BYTES_MAX,
        .stale_runs = o->stale_runs > 0 ? o->stale_runs : STALE_RUNS,
        .arranged = true,
    };
    labels_init(&s->labels);
    buf_init(&s->name, LABELS_TEXT_MAX);
    buf_init(&s->key, SIZE_MAX / 4);
    if (getrandom(&s->seed, sizeof(s->seed), 0) != sizeof(s->seed))
        return err_set(err, ADDER_SYSTEM, "no random numbers");
    return 0;
}

size_t store_bytes(const struct store *s)
{
    return s->bytes + index_bytes(&s->by_hash) + index_bytes(&s->by_labels) +
           index_bytes(&s->by_name);
}

static struct entry *refuse(struct store *s, const char *problem, size_t limit)
{
    snprintf(s->problem, sizeof(s->problem), "%s %zu", problem, limit);
    return NULL;
}

static struct entry *no_memory(struct store *s)
{
    snprintf(s->problem, sizeof(s->problem), "out of memory");
    return NULL;
}

/* ---- Finding and adding entries -------------------------------------------------------- */

static uint64_t labels_hash(const struct family *f, struct adder_str labels)
{
    return XXH3_64bits_withSeed(labels.ptr, labels.len, f->hash);
}

static struct adder_str labels_of(const struct entry *e)
{
    return (struct adder_str){e->labels, e->labels_len};
}

/* The entry that is on the page with the name and labels of `e`, or NULL. */
static struct entry *find_namesake(const struct store *s, const struct entry *e)
{
    uint64_t hash = labels_hash(e->family, labels_of(e));
    struct entry *other;
    size_t at = 0;

    while ((other = index_next(&s->by_labels, hash, &at)) != NULL)
        if (!other->hidden && other->family == e->family &&
            str_eq(labels_of(other), labels_of(e)))
            break;
    return other;
}

bool store_is_shown(const struct entry *e, double now)
{
    double seen = kinds[e->kind].with_check ? e->owner->seen : e->seen;

    return !e->hidden && !e->owner->gone && now - seen <= e->owner->life_s;
}

static void tell_collision(struct entry *e, const struct entry *other)
{
    if (e->family->told)
        return;
    e->family->told = true;
    LOG_WARN("prometheus: %s and %s both send %.*s{%.*s}; what the second sends is left out",
             other->owner->id, e->owner->id, STR_ARG(family_name(e->family)),
             STR_ARG(labels_of(e)));
}

/* A hidden entry takes the place of the one that hides it, when that is no more to be seen. */
static void settle(struct store *s, struct entry *e, double now)
{
    struct entry *other = find_namesake(s, e);

    if (other != NULL && store_is_shown(other, now)) {
        tell_collision(e, other);
        return;
    }
    if (other != NULL)
        other->hidden = true;
    else
        s->hidden--;
    e->hidden = false;
}

/* The name and labels of a subject as the page has them, in `s->name` and *labels. */
static int render(struct store *s, const struct subject *subject, struct adder_str *labels)
{
    bool counts = subject->kind == ENTRY_POLLED || subject->kind == ENTRY_EVENTS;

    buf_clear(&s->name);
    metric_name(&s->name, subject->name, counts);
    labels_begin(&s->labels);
    for (size_t i = 0; i < OWN_LABELS_MAX; i++)
        labels_own(&s->labels, subject->own[i]);
    labels_tags(&s->labels, subject->tags);
    *labels = labels_text(&s->labels);
    if (!s->name.failed && labels->ptr != NULL)
        return 0;
    if (s->name.too_big || s->labels.text.too_big)
        refuse(s, "a name, or the labels of a series, of more bytes than", LABELS_TEXT_MAX);
    else
        no_memory(s);
    return -1;
}

static void entry_free(struct entry *e)
{
    if (e == NULL)
        return;
    if (e->kind == ENTRY_HISTOGRAM && e->histogram != NULL) {
        histogram_clear(e->histogram);
        mem_free(e->histogram);
    }
    mem_free(e);
}

static size_t size_of(const struct entry *e)
{
    size_t histogram = e->kind == ENTRY_HISTOGRAM ? histogram_bytes(e->histogram) : 0;

    return sizeof(*e) + e->labels_len + histogram;
}

static struct entry *entry_new(enum entry_kind kind, struct adder_str labels)
{
    struct entry *e = mem_alloc(sizeof(*e) + labels.len);

    if (e == NULL)
        return NULL;
    *e = (struct entry){.kind = (uint8_t)kind, .labels_len = (uint32_t)labels.len};
    memcpy(e->labels, labels.ptr, labels.len);
    if (kind != ENTRY_HISTOGRAM)
        return e;
    e->histogram = mem_zalloc(sizeof(*e->histogram));
    if (e->histogram != NULL)
        return e;
    entry_free(e);
    return NULL;
}

/* An entry that is found from now on. Nothing fails any more. */
static void enter(struct store *s, struct entry *e, double time)
{
    index_add(&s->by_hash, e->hash[0], e);
    family_add(s, e->family, e);
    e->owner->entries++;
    s->entries++;
    s->bytes += size_of(e);
    e->hidden = true;
    s->hidden++;
    settle(s, e, time);
    index_add(&s->by_labels, labels_hash(e->family, labels_of(e)), e);
}

static struct entry *add(struct store *s, struct owner *owner, const struct subject *subject,
                         const uint64_t hash[2])
{
    struct adder_str labels, help = subject->help;
    struct family *family;
    struct entry *e;

    if (s->entries >= s->series_max)
        return refuse(s, "there are more series than", s->series_max);
    if (render(s, subject, &labels) < 0)
        return NULL;
    if (store_bytes(s) + sizeof(*e) + labels.len > s->bytes_max)
        return refuse(s, "series take more bytes than", s->bytes_max);
    if (help.ptr == NULL)
        help = subject->name;
    family = family_of(s, (struct adder_str){s->name.data, s->name.len}, help,
                       subject->kind == ENTRY_HISTOGRAM);
    if (family == NULL || index_room(&s->by_hash) < 0 || index_room(&s->by_labels) < 0)
        return no_memory(s);
    e = entry_new(subject->kind, labels);
    if (e == NULL)
        return no_memory(s);
    e->owner = owner;
    e->family = family;
    memcpy(e->hash, hash, sizeof(e->hash));
    return e;
}

struct entry *store_entry(struct store *s, struct owner *owner, const struct subject *subject,
                          double time)
{
    struct entry *e;
    uint64_t hash[2];
    size_t at = 0;

    if (subject_hash(s, owner, subject, hash) < 0)
        return no_memory(s);
    while ((e = index_next(&s->by_hash, hash[0], &at)) != NULL)
        if (e->hash[1] == hash[1])
            break;
    if (e == NULL) {
        e = add(s, owner, subject, hash);
        if (e == NULL)
            return NULL;
        enter(s, e, time);
    } else if (e->hidden) {
        settle(s, e, time);
    }
    e->seen = time;
    owner->seen = fmax(owner->seen, time);
    return e;
}

/* ---- Values ---------------------------------------------------------------------------- */

void store_set(struct entry *e, double value)
{
    e->value = value;
}

/* What a total may not become, NaN or infinite, is left out. */
void store_count(struct store *s, struct entry *e, double gained)
{
    double value = e->value + gained;

    if (!isfinite(value))
        return;
    e->value = value;
    if (gained < 0 && !e->fell) {
        family_fell(s, e->family);
        e->fell = true;
    }
}

int store_sketch(struct store *s, struct entry *e, const struct sketch *sketch,
                 const double bounds[2])
{
    struct bounds *b = &e->family->bounds;
    size_t before = histogram_bytes(e->histogram) + b->capacity * sizeof(*b->items);
    uint64_t n = 0;
    int rc;

    for (size_t i = 0; i < sketch->bin_count; i++)
        n += sketch->bins[i].n;
    rc = bounds != NULL ? histogram_add_bucket(e->histogram, b, bounds[0], bounds[1], n)
                        : histogram_add(e->histogram, b, sketch);
    s->bytes += histogram_bytes(e->histogram) + b->capacity * sizeof(*b->items) - before;
    return rc;
}

/* ---- What goes ------------------------------------------------------------------------- */

static bool is_over(const struct entry *e, double now)
{
    double kept = e->owner->life_s;

    if (kinds[e->kind].is_total)
        kept = fmax(kept, TOTAL_KEPT_S);
    return e->owner->gone || !(now - e->seen <= kept);
}

/* Takes it out of everything but its family's list. */
static void drop(struct store *s, struct entry *e)
{
    index_remove(&s->by_hash, e->hash[0], e);
    index_remove(&s->by_labels, labels_hash(e->family, labels_of(e)), e);
    family_forget(s, e->family, e);
    e->owner->entries--;
    s->entries--;
    s->hidden -= e->hidden;
    s->bytes -= size_of(e);
    entry_free(e);
}

/* What was seen in the future, because the clock was set back, was seen now. */
static void sweep_family(struct store *s, struct family *f, double now)
{
    struct entry **at = &f->first;

    f->last = NULL;
    while (*at != NULL) {
        struct entry *e = *at;

        e->seen = fmin(e->seen, now);
        if (is_over(e, now)) {
            *at = e->next;
            drop(s, e);
            continue;
        }
        f->last = e;
        at = &e->next;
    }
}

void store_sweep(struct store *s, double now)
{
    for (struct owner *o = s->owners; o != NULL; o = o->next)
        o->seen = fmin(o->seen, now);
    for (size_t i = 0; i < s->family_count; i++)
        sweep_family(s, s->families[i], now);
    family_drop(s, false);
    owners_drop_gone(s);
    s->swept = now;
}

void store_clear(struct store *s)
{
    for (struct owner *o = s->owners; o != NULL; o = o->next)
        o->gone = true;
    store_sweep(s, 0);
    index_free(&s->by_hash);
    index_free(&s->by_labels);
    index_free(&s->by_name);
    index_free(&s->owners_by_id);
    mem_free(s->families);
    labels_free(&s->labels);
    buf_free(&s->name);
    buf_free(&s->key);
}

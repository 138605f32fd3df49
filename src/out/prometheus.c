#include "out/prometheus.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "out/exposition.h"
#include "out/family.h"
#include "out/owner.h"

enum {
    SWEEP_S = 60, /* at least so often what is stale goes, also when nobody reads the page */
    STATUS_UNKNOWN = 3,
};

#define SERVICE_CHECKS "service_check_status"
#define EVENTS         "check_events"

struct prometheus {
    struct output output; /* comes first: others know only this */
    struct store store;
    uint64_t dropped;       /* by the latest sweep */
    struct adder_str *tags; /* of a bucket, without its bounds */
    size_t tags_capacity;
};

static struct prometheus *of(struct output *o)
{
    return (struct prometheus *)o;
}

static void refused(struct prometheus *p, const char *problem)
{
    struct output_stats *stats = &p->output.stats;

    stats->dropped++;
    if (strcmp(stats->last_error, problem) == 0)
        return;
    snprintf(stats->last_error, sizeof(stats->last_error), "%s", problem);
    LOG_WARN("prometheus: series are left out: %s", problem);
}

/* The entry for what comes from a check; NULL, and counted, when there can be none. */
static struct entry *entry_for(struct prometheus *p, const struct origin *from,
                               const struct subject *subject, double time)
{
    struct owner *owner = owner_of(&p->store, from);
    struct entry *e = NULL;

    if (owner == NULL)
        refused(p, "out of memory");
    else if ((e = store_entry(&p->store, owner, subject, time)) == NULL)
        refused(p, p->store.problem);
    return e;
}

/* ---- What comes in --------------------------------------------------------------------- */

/* Counts are totals; everything else, also what is a rate by its name only, is what it is. */
static enum entry_kind kind_of_series(const struct series *s)
{
    if (s->type == SERIES_COUNT)
        return s->kind == ADDER_MONOTONIC_COUNT ? ENTRY_POLLED : ENTRY_EVENTS;
    return s->type == SERIES_RATE && s->kind == ADDER_COUNTER ? ENTRY_EVENTS : ENTRY_GAUGE;
}

static void take_series(struct output *o, const struct origin *from, const struct series *s)
{
    const struct subject subject = {
        .kind = kind_of_series(s),
        .variant = (int)s->kind << 8 | (int)s->type,
        .name = s->name,
        .own = {{str_of("host"), s->hostname}, {str_of("device"), s->device}},
        .tags = s->tags,
    };
    struct entry *e = entry_for(of(o), from, &subject, s->time);

    o->stats.series++;
    if (e == NULL)
        return;
    if (subject.kind == ENTRY_GAUGE)
        store_set(e, s->value);
    else
        store_count(&of(o)->store, e, s->value);
}

/* Whether a tag says where a bucket ends, as the checks' base class has it. */
static bool is_bound(struct adder_str tag, double bounds[2])
{
    static const char *const prefixes[2] = {"lower_bound:", "upper_bound:"};

    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        size_t len = strlen(prefixes[i]);

        if (str_starts(tag, prefixes[i]))
            return number_read((struct adder_str){tag.ptr + len, tag.len - len}, &bounds[i]);
    }
    return false;
}

/* Takes the tags with the bounds out of `tags`, which is then our copy. 1: there were both; 0:
 * `tags` stays as it is; -1: no memory. */
static int split_bounds(struct prometheus *p, struct adder_tags *tags, double bounds[2])
{
    size_t kept = 0, capacity = tags->count * 2;

    if (tags->count > p->tags_capacity) {
        struct adder_str *copy = mem_realloc(p->tags, capacity * sizeof(*copy));

        if (copy == NULL)
            return -1;
        p->tags = copy;
        p->tags_capacity = capacity;
    }
    bounds[0] = bounds[1] = NAN;
    for (size_t i = 0; i < tags->count; i++)
        if (!is_bound(tags->items[i], bounds))
            p->tags[kept++] = tags->items[i];
    if (isnan(bounds[0]) || isnan(bounds[1]) || bounds[0] > bounds[1])
        return 0;
    *tags = (struct adder_tags){p->tags, kept};
    return 1;
}

static void take_sketch(struct output *o, const struct origin *from,
                        const struct sketch_series *s)
{
    struct prometheus *p = of(o);
    struct subject subject = {
        .kind = ENTRY_HISTOGRAM,
        .name = s->name,
        .own = {{str_of("host"), s->hostname}},
        .tags = s->tags,
    };
    struct entry *e = NULL;
    double bounds[2];
    int split = split_bounds(p, &subject.tags, bounds);

    o->stats.sketches++;
    if (split < 0)
        refused(p, "out of memory");
    else
        e = entry_for(p, from, &subject, (double)s->time);
    if (e != NULL && store_sketch(&p->store, e, s->sketch, split > 0 ? bounds : NULL) < 0)
        refused(p, "out of memory");
}

static void take_service_check(struct output *o, const struct origin *from,
                               const struct adder_service_check *s, double time)
{
    const struct subject subject = {
        .kind = ENTRY_GAUGE,
        .variant = -1,
        .name = str_of(SERVICE_CHECKS),
        .help = str_of("Service checks: 0 ok, 1 warning, 2 critical, 3 unknown."),
        .own = {{str_of("host"), s->hostname}, {str_of("check"), s->name}},
        .tags = s->tags,
    };
    struct entry *e = entry_for(of(o), from, &subject, time);

    o->stats.service_checks++;
    if (e != NULL)
        store_set(e,
                  s->status >= 0 && s->status <= STATUS_UNKNOWN ? s->status : STATUS_UNKNOWN);
}

/* Only that there was one: texts are for other outputs. */
static void take_event(struct output *o, const struct origin *from, const struct adder_event *e,
                       double time)
{
    const struct subject subject = {
        .kind = ENTRY_EVENTS,
        .variant = -2,
        .name = str_of(EVENTS),
        .help = str_of("Events that a check has sent."),
        .own = {{str_of("host"), e->host},
                {str_of("check"), from->check},
                {str_of("alert_type"), e->alert_type}},
    };
    struct entry *entry = entry_for(of(o), from, &subject, time);

    o->stats.events++;
    if (entry != NULL)
        store_count(&of(o)->store, entry, 1);
}

/* ---- What goes out --------------------------------------------------------------------- */

/* When nothing was refused since the sweep before, all is well again. */
static void sweep(struct prometheus *p, double now)
{
    store_sweep(&p->store, now);
    if (p->output.stats.dropped == p->dropped)
        p->output.stats.last_error[0] = '\0';
    p->dropped = p->output.stats.dropped;
}

static void commit(struct output *o, const struct origin *from, double time)
{
    struct prometheus *p = of(o);
    struct owner *owner = owner_find(&p->store, from->id);

    if (owner != NULL)
        owner->seen = time;
    if (fabs(time - p->store.swept) >= SWEEP_S)
        sweep(p, time);
}

static void forget(struct output *o, const struct origin *from)
{
    struct store *s = &of(o)->store;
    struct owner *owner = owner_find(s, from->id);

    if (owner != NULL)
        owner_forget(s, owner);
}

void prometheus_write(struct output *o, enum exposition format, double now, struct buf *to)
{
    struct prometheus *p = of(o);

    sweep(p, now);
    family_arrange(&p->store);
    exposition_write(&p->store, format, now, to);
}

size_t prometheus_collisions(struct output *o)
{
    struct store *s = &of(o)->store;
    size_t count = s->hidden;

    family_arrange(s);
    for (size_t i = 0; i < s->family_count; i++)
        if (s->families[i]->shadowed)
            count += s->families[i]->entries;
    return count;
}

static void free_output(struct output *o)
{
    struct prometheus *p = of(o);

    store_clear(&p->store);
    mem_free(p->tags);
    mem_free(p);
}

static const struct output_class class = {
    .name = "prometheus",
    .series = take_series,
    .sketch = take_sketch,
    .service_check = take_service_check,
    .event = take_event,
    .commit = commit,
    .forget = forget,
    .free = free_output,
};

int prometheus_new(const struct prometheus_options *options, struct output **ret,
                   struct adder_error *err)
{
    AUTOFREE struct prometheus *p = mem_zalloc(sizeof(*p));

    if (p == NULL)
        return err_nomem(err);
    if (store_init(&p->store, options, err) < 0)
        return -1;
    p->output.class = &class;
    *ret = &TAKE(p)->output;
    return 0;
}

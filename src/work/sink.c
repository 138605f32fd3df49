/* Where checks submit to: the batch of the run, up to the samples it may have. */
#include "work/worker_impl.h"

/* Whether one more sample may be submitted. The GIL makes this thread the only writer. */
static bool count(struct duty *d)
{
    uint64_t samples = atomic_load_explicit(&d->samples, memory_order_relaxed);
    _Atomic uint64_t *counter = &d->samples;
    bool fits = d->budget.samples == 0 || samples < d->budget.samples;

    if (!fits) {
        counter = &d->refused;
        samples = atomic_load_explicit(counter, memory_order_relaxed);
    }
    atomic_store_explicit(counter, samples + 1, memory_order_relaxed);
    return fits;
}

static void on_metric(void *ctx, void *user, struct adder_str id, const struct adder_metric *m)
{
    struct duty *d = user;

    if (d != NULL && count(d))
        batch_sink.metric(ctx, d->batch, id, m);
}

static void on_bucket(void *ctx, void *user, struct adder_str id,
                      const struct adder_histogram_bucket *b)
{
    struct duty *d = user;

    if (d != NULL && count(d))
        batch_sink.histogram_bucket(ctx, d->batch, id, b);
}

static struct batch *batch_of(void *user)
{
    struct duty *d = user;

    return d != NULL ? d->batch : NULL;
}

static void on_service_check(void *ctx, void *user, struct adder_str id,
                             const struct adder_service_check *s)
{
    batch_sink.service_check(ctx, batch_of(user), id, s);
}

static void on_event(void *ctx, void *user, struct adder_str id, const struct adder_event *e)
{
    batch_sink.event(ctx, batch_of(user), id, e);
}

static void on_event_platform(void *ctx, void *user, struct adder_str id, struct adder_str raw,
                              struct adder_str type)
{
    batch_sink.event_platform(ctx, batch_of(user), id, raw, type);
}

static void on_metadata(void *ctx, void *user, struct adder_str id, struct adder_str name,
                        struct adder_str value)
{
    batch_sink.metadata(ctx, batch_of(user), id, name, value);
}

static void on_log_line(void *ctx, void *user, struct adder_str id, struct adder_str line)
{
    batch_sink.log_line(ctx, batch_of(user), id, line);
}

static void on_external_tags(void *ctx, void *user, struct adder_str hostname,
                             struct adder_str source, struct adder_tags tags)
{
    batch_sink.external_tags(ctx, batch_of(user), hostname, source, tags);
}

static void on_telemetry(void *ctx, void *user, struct adder_str check_name,
                         struct adder_str metric, double value, struct adder_str type)
{
    batch_sink.telemetry(ctx, batch_of(user), check_name, metric, value, type);
}

static void on_issue(void *ctx, void *user, struct adder_str check_name, struct adder_str json)
{
    batch_sink.issue(ctx, batch_of(user), check_name, json);
}

static void on_issue_resolved(void *ctx, void *user, struct adder_str id)
{
    batch_sink.issue_resolved(ctx, batch_of(user), id);
}

static void on_commit(void *ctx, void *user, struct adder_str id)
{
    batch_sink.commit(ctx, batch_of(user), id);
}

static void on_discard(void *ctx, void *user, struct adder_str id)
{
    batch_sink.discard(ctx, batch_of(user), id);
}

const struct adder_sink worker_sink = {
    .metric = on_metric,
    .histogram_bucket = on_bucket,
    .service_check = on_service_check,
    .event = on_event,
    .event_platform = on_event_platform,
    .metadata = on_metadata,
    .log_line = on_log_line,
    .external_tags = on_external_tags,
    .telemetry = on_telemetry,
    .issue = on_issue,
    .issue_resolved = on_issue_resolved,
    .commit = on_commit,
    .discard = on_discard,
};

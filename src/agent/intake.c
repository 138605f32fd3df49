/* What runs submit, to series, to the outputs. */
#include "agent/agent_impl.h"

#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "out/json_line.h"

enum {
    EXTRA_TAGS_MAX = 256,        /* of the agent and the instance, added to every sample */
    TAIL_LINE_MAX = 1024 * 1024, /* bytes; a longer line is not shown to those who tail */
};

/* ---- The sampler of a task -------------------------------------------------------------- */

/* The agent's tags, then "service:NAME". */
static size_t extra_tags(const struct agent *a, const char *service,
                         struct adder_str ret[EXTRA_TAGS_MAX])
{
    size_t count = 0;

    for (char **tag = a->options.config->tags; tag != NULL && *tag != NULL; tag++)
        if (count < EXTRA_TAGS_MAX - 1)
            ret[count++] = str_of(*tag);
    if (service != NULL)
        ret[count++] = str_of(service);
    return count;
}

int intake_sampler(struct agent *a, const struct instance *conf, size_t contexts_max,
                   struct sampler **ret, struct adder_error *err)
{
    const struct config *c = a->options.config;
    AUTOFREE char *service = NULL;
    struct adder_str tags[EXTRA_TAGS_MAX];
    struct sampler_options options = {
        .hostname = a->hostname,
        .empty_default_hostname = conf != NULL && conf->empty_default_hostname,
        .aggregates = (const char *const *)c->aggregates,
        .percentiles = c->percentiles,
        .percentile_count = c->percentile_count,
        .contexts_max = contexts_max,
    };

    if (conf != NULL && conf->service != NULL) {
        service = mem_printf("service:%s", conf->service);
        if (service == NULL)
            return err_nomem(err);
    }
    options.extra_tags = (struct adder_tags){tags, extra_tags(a, service, tags)};
    return sampler_new(&options, ret, err);
}

/* ---- Series to outputs ------------------------------------------------------------------ */

struct delivery {
    struct agent *agent;
    struct origin from;
};

/* Hands the line to whoever watches. */
static void tail(struct agent *a, const struct origin *from, const struct series *s)
{
    CLEANUP(buf_free) struct buf line;

    buf_init(&line, TAIL_LINE_MAX);
    if (a->server == NULL || !server_has_tails(a->server))
        return;
    json_line_series(&line, from, s);
    if (!line.failed)
        server_tail(a->server, from->id, s->name, (struct adder_str){line.data, line.len});
}

static void deliver_series(void *ctx, const struct series *s)
{
    struct delivery *d = ctx;

    for (size_t i = 0; i < d->agent->output_count; i++) {
        struct output *o = d->agent->outputs[i];

        if (o->class->series != NULL)
            o->class->series(o, &d->from, s);
    }
    tail(d->agent, &d->from, s);
}

static void deliver_sketch(void *ctx, const struct sketch_series *s)
{
    struct delivery *d = ctx;

    for (size_t i = 0; i < d->agent->output_count; i++) {
        struct output *o = d->agent->outputs[i];

        if (o->class->sketch != NULL)
            o->class->sketch(o, &d->from, s);
    }
}

static void deliver_service_check(const struct delivery *d, const struct adder_service_check *s,
                                  double time)
{
    for (size_t i = 0; i < d->agent->output_count; i++) {
        struct output *o = d->agent->outputs[i];

        if (o->class->service_check != NULL)
            o->class->service_check(o, &d->from, s, time);
    }
}

static void deliver_event(const struct delivery *d, const struct adder_event *e, double time)
{
    for (size_t i = 0; i < d->agent->output_count; i++) {
        struct output *o = d->agent->outputs[i];

        if (o->class->event != NULL)
            o->class->event(o, &d->from, e, time);
    }
}

static void deliver_commit(const struct delivery *d, double time)
{
    for (size_t i = 0; i < d->agent->output_count; i++) {
        struct output *o = d->agent->outputs[i];

        if (o->class->commit != NULL)
            o->class->commit(o, &d->from, time);
    }
}

/* ---- Runs ------------------------------------------------------------------------------- */

static struct delivery delivery_of(struct agent *a, const struct task *t)
{
    return (struct delivery){
        .agent = a,
        .from = {.check = str_of(t->conf.check),
                 .id = str_of(t->conf.id),
                 .interval_s = t->conf.interval_s},
    };
}

static void take(const struct delivery *d, struct task *t, const struct record *r)
{
    switch (r->type) {
    case RECORD_METRIC:
        sampler_metric(t->sampler, &r->metric, r->time);
        break;
    case RECORD_BUCKET:
        sampler_bucket(t->sampler, &r->bucket, r->time);
        break;
    case RECORD_SERVICE_CHECK:
        t->stats.service_checks++;
        deliver_service_check(d, &r->service_check, r->time);
        break;
    case RECORD_EVENT:
        t->stats.events++;
        deliver_event(d, &r->event, r->time);
        break;
    default: /* metadata and the like have no output yet */
        break;
    }
}

/* Whether all of the batch can be read: it is taken whole or not at all. */
static int check_batch(struct adder_str batch, struct adder_error *err)
{
    struct batch_reader *reader = batch_reader_new(batch);
    struct record record;
    int rc;

    if (reader == NULL)
        return err_nomem(err);
    while ((rc = batch_read(reader, &record, err)) > 0)
        continue;
    batch_reader_free(reader);
    return rc;
}

static int take_batch(const struct delivery *d, struct task *t, struct adder_str batch,
                      struct adder_error *err)
{
    struct batch_reader *reader;
    struct record record;
    uint64_t before = t->stats.samples;

    if (check_batch(batch, err) < 0)
        return -1;
    reader = batch_reader_new(batch);
    if (reader == NULL)
        return err_nomem(err);
    while (batch_read(reader, &record, err) > 0) {
        t->stats.samples += record.type == RECORD_METRIC || record.type == RECORD_BUCKET;
        take(d, t, &record);
    }
    t->stats.last_samples = t->stats.samples - before;
    batch_reader_free(reader);
    return 0;
}

static void keep_warnings(struct task *t, const struct message *m)
{
    char **texts = m->done.warning_count > 0
                       ? mem_zalloc((m->done.warning_count + 1) * sizeof(char *))
                       : NULL;

    for (uint32_t i = 0; texts != NULL && i < m->done.warning_count; i++)
        texts[i] = mem_strndup(m->done.warnings[i].ptr, m->done.warnings[i].len);
    for (size_t i = 0; t->warnings != NULL && t->warnings[i] != NULL; i++)
        mem_free(t->warnings[i]);
    mem_free(t->warnings);
    t->warnings = texts;
}

/* Says so when the check has more contexts than it may have: once, until it has fewer. */
static void judge_contexts(const struct agent *a, struct task *t)
{
    size_t contexts = sampler_stats(t->sampler).contexts;
    bool full = t->limits.contexts > 0 && contexts >= t->limits.contexts;

    if (full && !t->full)
        dispatch_find_fault(a->dispatch, t, OFFENCE_CONTEXTS, (double)contexts,
                            (double)t->limits.contexts);
    t->full = full;
}

void intake_run(struct agent *a, struct task *t, const struct message *m)
{
    struct delivery d = delivery_of(a, t);
    struct series_sink to = {deliver_series, deliver_sketch, &d};
    double now = clock_wall();
    struct adder_error err;

    keep_warnings(t, m);
    if (!m->done.committed)
        return;
    if (take_batch(&d, t, m->done.batch, &err) < 0) {
        LOG_ERROR("%s: what run %llu submitted is dropped: %s", t->conf.id,
                  (unsigned long long)m->done.run, err.message);
        return;
    }
    judge_contexts(a, t);
    sampler_commit(t->sampler, now, &to);
    deliver_commit(&d, now);
}

/* A service check says it, for those who alert on them. */
void intake_verdict(struct agent *a, const struct task *t, const struct verdict *v)
{
    struct delivery d = delivery_of(a, t);
    AUTOFREE char *check = mem_printf("check:%s", t->conf.check);
    AUTOFREE char *id = mem_printf("check_id:%s", t->conf.id);
    AUTOFREE char *reason = mem_printf("reason:%s", offence_name(v->offence));
    struct adder_str tags[] = {str_of(check), str_of(id), str_of(reason)};
    struct adder_service_check s = {
        .name = str_of("adder.check.verdict"),
        .status = 2,
        .tags = {tags, ARRAY_LEN(tags)},
        .hostname = str_of(a->hostname),
        .message = str_of(v->text),
    };

    if (check != NULL && id != NULL && reason != NULL)
        deliver_service_check(&d, &s, v->time);
}

void intake_self(struct agent *a, double now)
{
    struct delivery d = {
        .agent = a,
        .from = {str_of("adder"), str_of("adder"), SELFMETRICS_EVERY_S},
    };
    struct series_sink to = {deliver_series, deliver_sketch, &d};

    sampler_commit(a->self, now, &to);
    deliver_commit(&d, now);
}

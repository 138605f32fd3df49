#include "cli/print.h"
#include "core/str.h"

/* Lists of an instance's object that hold records of its batch. */
static const struct {
    const char *key;
    enum record_type type;
    enum record_type other; /* goes there as well; else the same */
} lists[] = {
    {"histogram_buckets", RECORD_BUCKET, RECORD_BUCKET},
    {"service_checks", RECORD_SERVICE_CHECK, RECORD_SERVICE_CHECK},
    {"events", RECORD_EVENT, RECORD_EVENT},
    {"metadata", RECORD_METADATA, RECORD_METADATA},
    {"external_tags", RECORD_EXTERNAL_TAGS, RECORD_EXTERNAL_TAGS},
    {"logs", RECORD_LOG_LINE, RECORD_LOG_LINE},
    {"event_platform", RECORD_EVENT_PLATFORM, RECORD_EVENT_PLATFORM},
    {"telemetry", RECORD_TELEMETRY, RECORD_TELEMETRY},
    {"issues", RECORD_ISSUE, RECORD_ISSUE_RESOLVED},
};

static json_t *list_of(struct json_build *b, const struct result *r, enum record_type type,
                       enum record_type other)
{
    json_t *list = json_array();
    struct batch_reader *reader;
    struct adder_error err;
    struct record record;

    if (r->batch == NULL)
        return list;
    reader = batch_reader_new(batch_bytes(r->batch));
    b->failed |= reader == NULL;
    while (reader != NULL && batch_read(reader, &record, &err) > 0)
        if (record.type == type || record.type == other)
            json_push(b, list, json_record(b, &record));
    batch_reader_free(reader);
    return list;
}

/* Whole seconds as integers: that is what they mostly are. */
static json_t *timestamp(double t)
{
    return t == (double)(json_int_t)t ? json_integer((json_int_t)t) : json_real(t);
}

static json_t *series_list(struct json_build *b, const struct kept *k)
{
    json_t *list = json_array();

    for (size_t i = 0; i < k->series_count; i++) {
        const struct kept_series *s = &k->series[i];
        json_t *o = json_object();

        json_put(b, o, "name", json_text(s->key.name));
        json_put(b, o, "type", json_string(series_type_name(s->type)));
        json_put_number(b, o, "value", s->value);
        json_put(b, o, "tags", json_tags(s->key.tags));
        json_put(b, o, "hostname", json_text(s->key.hostname));
        json_put(b, o, "timestamp", timestamp(s->time));
        json_push(b, list, o);
    }
    return list;
}

static json_t *sketch_list(struct json_build *b, const struct kept *k)
{
    json_t *list = json_array();

    for (size_t i = 0; i < k->sketch_count; i++) {
        const struct kept_sketch *s = &k->sketches[i];
        json_t *o = json_object();

        json_put(b, o, "name", json_text(s->key.name));
        json_put(b, o, "tags", json_tags(s->key.tags));
        json_put(b, o, "hostname", json_text(s->key.hostname));
        json_put(b, o, "timestamp", json_integer(s->time));
        json_put(b, o, "count", json_integer(s->count));
        json_put_number(b, o, "min", s->min);
        json_put_number(b, o, "max", s->max);
        json_put_number(b, o, "avg", s->avg);
        json_put_number(b, o, "sum", s->sum);
        json_put_number(b, o, "p50", s->p50);
        json_put_number(b, o, "p95", s->p95);
        json_put_number(b, o, "p99", s->p99);
        json_push(b, list, o);
    }
    return list;
}

static json_t *integer(uint64_t n)
{
    return json_integer((json_int_t)n);
}

json_t *json_memory(struct json_build *b, const struct adder_memory *m)
{
    json_t *account = json_object(), *border = json_object(), *python = json_object();

    json_put(b, border, "allocations", integer(m->border.allocations));
    json_put(b, border, "allocated_bytes", integer(m->border.allocated_bytes));
    json_put(b, border, "frees", integer(m->border.frees));
    json_put(b, border, "freed_bytes", integer(m->border.freed_bytes));
    json_put(b, border, "inuse_bytes", integer(m->border.inuse_bytes));
    json_put(b, border, "untracked_frees", integer(m->border.untracked_frees));
    json_put(b, python, "inuse_bytes", json_integer(m->python.inuse_bytes));
    json_put(b, python, "total_bytes", integer(m->python.total_bytes));
    json_put(b, account, "border", border);
    json_put(b, account, "python", python);
    return account;
}

static json_t *numbers(struct json_build *b, const double *values, unsigned count)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < count; i++)
        json_push(b, list, json_real(values[i]));
    return list;
}

static json_t *stats(struct json_build *b, const struct result *r)
{
    json_t *o = json_object(), *dropped = json_object();

    json_put(b, o, "runs", json_integer(r->runs));
    json_put(b, o, "errors", json_integer(r->errors));
    json_put(b, o, "run_seconds", numbers(b, r->run_seconds, r->runs));
    json_put(b, o, "cpu_seconds", numbers(b, r->cpu_seconds, r->runs));
    json_put(b, o, "memory", json_memory(b, &r->memory));
    json_put(b, o, "samples", integer(r->sampler.samples));
    json_put(b, o, "buckets", integer(r->sampler.buckets));
    json_put(b, dropped, "records", integer(r->dropped.records));
    json_put(b, dropped, "tags", integer(r->dropped.tags));
    json_put(b, dropped, "not_finite", integer(r->sampler.rejected));
    json_put(b, dropped, "unknown_type", integer(r->sampler.unknown_kind));
    json_put(b, dropped, "over_limit", integer(r->sampler.over_limit));
    json_put(b, o, "dropped", dropped);
    return o;
}

json_t *json_error(struct json_build *b, const struct adder_error *e)
{
    json_t *o = json_object();

    json_put(b, o, "message", json_text(str_of(e->message)));
    json_put(b, o, "traceback", json_text(str_of(e->traceback)));
    return o;
}

json_t *json_problem(struct json_build *b, const struct config_problem *p)
{
    json_t *o = json_object();

    json_put(b, o, "path", json_text(str_of(p->path)));
    json_put(b, o, "line", p->line > 0 ? json_integer(p->line) : json_null());
    json_put(b, o, "column", p->line > 0 ? json_integer(p->column) : json_null());
    json_put(b, o, "warning", json_boolean(p->warning));
    json_put(b, o, "message", json_text(str_of(p->message)));
    return o;
}

static json_t *warnings(struct json_build *b, const struct texts *texts)
{
    json_t *list = json_array();

    for (size_t i = 0; i < texts->count; i++)
        json_push(b, list, json_text(str_of(texts->items[i])));
    return list;
}

json_t *json_result(struct json_build *b, const struct result *r, bool samples)
{
    const struct instance *i = r->instance;
    json_t *o = json_object();

    json_put(b, o, "check", json_text(str_of(r->check)));
    json_put(b, o, "id", json_text(str_of(i != NULL ? i->id : NULL)));
    json_put(b, o, "version", json_text(str_of(r->version)));
    json_put(b, o, "source", json_text(str_of(i != NULL ? i->source : NULL)));
    json_put(b, o, "error", r->failed ? json_error(b, &r->error) : json_null());
    json_put(b, o, "warnings", warnings(b, &r->warnings));
    json_put(b, o, "metrics", series_list(b, &r->kept));
    json_put(b, o, "sketches", sketch_list(b, &r->kept));
    if (samples)
        json_put(b, o, "samples", list_of(b, r, RECORD_METRIC, RECORD_METRIC));
    for (size_t n = 0; n < ARRAY_LEN(lists); n++)
        json_put(b, o, lists[n].key, list_of(b, r, lists[n].type, lists[n].other));
    json_put(b, o, "diagnoses",
             r->diagnoses != NULL ? json_embed(str_of(r->diagnoses)) : json_array());
    json_put(b, o, "stats", stats(b, r));
    return o;
}

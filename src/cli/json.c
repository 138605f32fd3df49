#include "cli/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/text.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

enum {
    TEXT_MAX = 1 << 30,
    REAL_MAX = 64, /* bytes of a number */
};

void json_put(struct json_build *b, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) < 0)
        b->failed = true;
}

void json_push(struct json_build *b, json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) < 0)
        b->failed = true;
}

json_t *json_text(struct adder_str s)
{
    CLEANUP(buf_free) struct buf clean = {.max = TEXT_MAX};

    if (s.ptr == NULL)
        return json_null();
    if (str_utf8_prefix(s) == s.len)
        return json_stringn_nocheck(s.ptr, s.len);
    text_replace(&clean, s);
    return clean.failed ? NULL : json_stringn_nocheck(clean.data, clean.len);
}

void json_put_number(struct json_build *b, json_t *object, const char *key, double value)
{
    char name[64];

    if (isfinite(value)) {
        json_put(b, object, key, json_real(value));
        return;
    }
    snprintf(name, sizeof(name), "%s_text", key);
    json_put(b, object, key, json_null());
    json_put(b, object, name,
             json_string(isnan(value) ? "NaN"
                         : value > 0  ? "Infinity"
                                      : "-Infinity"));
}

json_t *json_tags(struct adder_tags tags)
{
    struct json_build b = {false};
    json_t *list = json_array();

    for (size_t i = 0; i < tags.count; i++)
        json_push(&b, list, json_text(tags.items[i]));
    if (b.failed) {
        json_decref(list);
        return NULL;
    }
    return list;
}

json_t *json_embed(struct adder_str text)
{
    json_t *value = json_loadb(text.len > 0 ? text.ptr : "", text.len,
                               JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    return value != NULL ? value : json_text(text);
}

const char *metric_kind_name(int kind)
{
    static const char *const names[] = {
        [ADDER_GAUGE] = "gauge",         [ADDER_RATE] = "rate",
        [ADDER_COUNT] = "count",         [ADDER_MONOTONIC_COUNT] = "monotonic_count",
        [ADDER_COUNTER] = "counter",     [ADDER_HISTOGRAM] = "histogram",
        [ADDER_HISTORATE] = "historate",
    };

    return kind >= 0 && (size_t)kind < ARRAY_LEN(names) ? names[kind] : NULL;
}

/* ---- Records --------------------------------------------------------------------------- */

static void put_metric(struct json_build *b, json_t *o, const struct record *r)
{
    const struct adder_metric *m = &r->metric;
    const char *kind = metric_kind_name(m->kind);

    json_put(b, o, "name", json_text(m->name));
    json_put(b, o, "type", kind != NULL ? json_string(kind) : json_integer(m->kind));
    json_put_number(b, o, "value", m->value);
    json_put(b, o, "tags", json_tags(m->tags));
    json_put(b, o, "hostname", json_text(m->hostname));
    json_put(b, o, "flush_first_value", json_boolean(m->flush_first_value));
}

static void put_bucket(struct json_build *b, json_t *o, const struct record *r)
{
    const struct adder_histogram_bucket *h = &r->bucket;

    json_put(b, o, "name", json_text(h->name));
    json_put(b, o, "value", json_integer(h->value));
    json_put_number(b, o, "lower_bound", h->lower);
    json_put_number(b, o, "upper_bound", h->upper);
    json_put(b, o, "monotonic", json_boolean(h->monotonic));
    json_put(b, o, "tags", json_tags(h->tags));
    json_put(b, o, "hostname", json_text(h->hostname));
    json_put(b, o, "flush_first_value", json_boolean(h->flush_first_value));
}

static void put_service_check(struct json_build *b, json_t *o, const struct record *r)
{
    json_put(b, o, "name", json_text(r->service_check.name));
    json_put(b, o, "status", json_integer(r->service_check.status));
    json_put(b, o, "tags", json_tags(r->service_check.tags));
    json_put(b, o, "hostname", json_text(r->service_check.hostname));
    json_put(b, o, "message", json_text(r->service_check.message));
}

/* The keys are those of the dict that checks give to event(); absent ones are left out. */
static void put_event(struct json_build *b, json_t *o, const struct record *r)
{
    const struct adder_event *e = &r->event;
    const struct {
        const char *key;
        struct adder_str text;
    } texts[] = {
        {"msg_title", e->title},
        {"msg_text", e->text},
        {"priority", e->priority},
        {"host", e->host},
        {"alert_type", e->alert_type},
        {"aggregation_key", e->aggregation_key},
        {"source_type_name", e->source_type_name},
        {"event_type", e->event_type},
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i].text.ptr != NULL)
            json_put(b, o, texts[i].key, json_text(texts[i].text));
    json_put(b, o, "timestamp", json_integer(e->timestamp));
    json_put(b, o, "tags", json_tags(e->tags));
}

static void put_event_platform(struct json_build *b, json_t *o, const struct record *r)
{
    json_put(b, o, "type", json_text(r->event_platform.type));
    json_put(b, o, "event", json_embed(r->event_platform.raw));
}

static void put_metadata(struct json_build *b, json_t *o, const struct record *r)
{
    json_put(b, o, "name", json_text(r->metadata.name));
    json_put(b, o, "value", json_text(r->metadata.value));
}

static void put_external_tags(struct json_build *b, json_t *o, const struct record *r)
{
    json_put(b, o, "hostname", json_text(r->external_tags.hostname));
    json_put(b, o, "source", json_text(r->external_tags.source));
    json_put(b, o, "tags", json_tags(r->external_tags.tags));
}

static void put_telemetry(struct json_build *b, json_t *o, const struct record *r)
{
    json_put(b, o, "check", json_text(r->telemetry.check_name));
    json_put(b, o, "name", json_text(r->telemetry.metric));
    json_put(b, o, "type", json_text(r->telemetry.type));
    json_put_number(b, o, "value", r->telemetry.value);
}

static void put_issue(struct json_build *b, json_t *o, const struct record *r)
{
    json_put(b, o, "check", json_text(r->issue.check_name));
    json_put(b, o, "issue", json_embed(r->issue.json));
}

static void put_issue_resolved(struct json_build *b, json_t *o, const struct record *r)
{
    json_put(b, o, "resolved", json_text(r->issue_resolved));
}

json_t *json_record(struct json_build *b, const struct record *r)
{
    static void (*const putters[])(struct json_build *, json_t *, const struct record *) = {
        [RECORD_METRIC] = put_metric,
        [RECORD_BUCKET] = put_bucket,
        [RECORD_SERVICE_CHECK] = put_service_check,
        [RECORD_EVENT] = put_event,
        [RECORD_EVENT_PLATFORM] = put_event_platform,
        [RECORD_METADATA] = put_metadata,
        [RECORD_EXTERNAL_TAGS] = put_external_tags,
        [RECORD_TELEMETRY] = put_telemetry,
        [RECORD_ISSUE] = put_issue,
        [RECORD_ISSUE_RESOLVED] = put_issue_resolved,
    };
    json_t *o;

    if (r->type == RECORD_LOG_LINE)
        return json_embed(r->log_line);
    o = json_object();
    putters[r->type](b, o, r);
    return o;
}

/* ---- Printing -------------------------------------------------------------------------- */

static void dump(json_t *value, unsigned depth, FILE *to);

/* Reals in the shortest form that reads back the same, which jansson does not have; with a
 * fraction or an exponent, so that they stay reals. */
static void dump_real(double value, FILE *to)
{
    CLEANUP(buf_free) struct buf text;

    buf_init(&text, REAL_MAX);
    text_number(&text, value);
    if (text.len > 0)
        fprintf(to, "%s%s", text.data, strpbrk(text.data, ".e") == NULL ? ".0" : "");
}

static void dump_line(unsigned depth, FILE *to)
{
    fprintf(to, "\n%*s", (int)depth * 2, "");
}

/* Lists of plain values, such as tags, stay on their line. */
static bool is_flat(const json_t *list)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i,
                       item) if (json_is_object(item) || json_is_array(item)) return false;
    return true;
}

static void dump_list(const json_t *list, unsigned depth, FILE *to)
{
    bool flat = is_flat(list);
    json_t *item;
    size_t i;

    fputc('[', to);
    json_array_foreach(list, i, item)
    {
        if (i > 0)
            fputs(flat ? ", " : ",", to);
        if (!flat)
            dump_line(depth + 1, to);
        dump(item, depth + 1, to);
    }
    if (!flat)
        dump_line(depth, to);
    fputc(']', to);
}

static void dump_string(const char *text, size_t len, FILE *to)
{
    json_t *s = json_stringn_nocheck(text, len);

    json_dumpf(s, to, JSON_ENCODE_ANY); /* fails like any write: the stream remembers */
    json_decref(s);
}

static void dump_object(json_t *object, unsigned depth, FILE *to)
{
    bool first = true;

    fputc('{', to);
    for (void *at = json_object_iter(object); at != NULL;
         at = json_object_iter_next(object, at)) {
        if (!first)
            fputc(',', to);
        first = false;
        dump_line(depth + 1, to);
        dump_string(json_object_iter_key(at), json_object_iter_key_len(at), to);
        fputs(": ", to);
        dump(json_object_iter_value(at), depth + 1, to);
    }
    if (!first)
        dump_line(depth, to);
    fputc('}', to);
}

/* As deep as values are nested, which jansson's reader limits to 2048. */
static void dump(json_t *value, unsigned depth, FILE *to)
{
    if (json_is_object(value))
        dump_object(value, depth, to);
    else if (json_is_array(value))
        dump_list(value, depth, to);
    else if (json_is_real(value))
        dump_real(json_real_value(value), to);
    else
        json_dumpf(value, to, JSON_ENCODE_ANY);
}

int json_print(struct json_build *b, json_t *document, struct out *o, struct adder_error *err)
{
    bool failed = b->failed || document == NULL;

    if (!failed) {
        dump(document, 0, o->file);
        fputc('\n', o->file);
    }
    json_decref(document);
    return failed ? err_nomem(err) : 0;
}

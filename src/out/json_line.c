#include "out/json_line.h"

#include <math.h>

#include "core/str.h"
#include "out/number.h"
#include "out/utf8.h"

/* RFC 8259, section 7. */
static const char *const escapes[128] = {
    "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004",      "\\u0005",       "\\u0006",
    "\\u0007", "\\b",     "\\t",     "\\n",     "\\u000b",      "\\f",           "\\r",
    "\\u000e", "\\u000f", "\\u0010", "\\u0011", "\\u0012",      "\\u0013",       "\\u0014",
    "\\u0015", "\\u0016", "\\u0017", "\\u0018", "\\u0019",      "\\u001a",       "\\u001b",
    "\\u001c", "\\u001d", "\\u001e", "\\u001f", ['"'] = "\\\"", ['\\'] = "\\\\",
};

static const char *const kind_names[] = {
    [ADDER_GAUGE] = "gauge",         [ADDER_RATE] = "rate",
    [ADDER_COUNT] = "count",         [ADDER_MONOTONIC_COUNT] = "monotonic_count",
    [ADDER_COUNTER] = "counter",     [ADDER_HISTOGRAM] = "histogram",
    [ADDER_HISTORATE] = "historate",
};

static void put_string(struct buf *to, struct adder_str s)
{
    buf_add_char(to, '"');
    utf8_add(to, s, escapes);
    buf_add_char(to, '"');
}

/* Keys follow one another: `record`, which comes first, has none before it. */
static void put_key(struct buf *to, const char *key)
{
    buf_add_str(to, ",\"");
    buf_add_str(to, key);
    buf_add_str(to, "\":");
}

static void put_text(struct buf *to, const char *key, struct adder_str s)
{
    put_key(to, key);
    put_string(to, s);
}

static void put_integer(struct buf *to, const char *key, int64_t n)
{
    put_key(to, key);
    buf_printf(to, "%lld", (long long)n);
}

static void put_number(struct buf *to, const char *key, double v)
{
    char text[NUMBER_MAX];

    put_key(to, key);
    if (isfinite(v)) {
        buf_add(to, text, number_write(text, v));
        return;
    }
    buf_add_str(to, "null");
    buf_printf(to, ",\"%s_text\":\"%s\"", key,
               isnan(v) ? "NaN"
               : v > 0  ? "Infinity"
                        : "-Infinity");
}

static void put_tags(struct buf *to, struct adder_tags tags)
{
    put_key(to, "tags");
    buf_add_char(to, '[');
    for (size_t i = 0; i < tags.count; i++) {
        if (i > 0)
            buf_add_char(to, ',');
        put_string(to, tags.items[i]);
    }
    buf_add_char(to, ']');
}

static void begin(struct buf *to, const char *record, double time, const struct origin *from)
{
    buf_add_str(to, "{\"record\":\"");
    buf_add_str(to, record);
    buf_add_char(to, '"');
    put_number(to, "timestamp", time);
    put_text(to, "check", from->check);
    put_text(to, "id", from->id);
    put_number(to, "interval", from->interval_s);
}

void json_line_series(struct buf *to, const struct origin *from, const struct series *s)
{
    bool known = (size_t)s->kind < ARRAY_LEN(kind_names);

    begin(to, "series", s->time, from);
    put_text(to, "name", s->name);
    put_text(to, "type", str_of(series_type_name(s->type)));
    put_text(to, "kind", str_of(known ? kind_names[s->kind] : ""));
    put_number(to, "value", s->value);
    put_text(to, "hostname", s->hostname);
    if (s->device.ptr != NULL)
        put_text(to, "device", s->device);
    put_tags(to, s->tags);
    buf_add_char(to, '}');
}

static void put_bins(struct buf *to, const struct sketch *s)
{
    put_key(to, "bins");
    buf_add_char(to, '[');
    for (size_t i = 0; i < s->bin_count; i++)
        buf_printf(to, "%s[%d,%lld]", i > 0 ? "," : "", s->bins[i].key,
                   (long long)s->bins[i].n);
    buf_add_char(to, ']');
}

void json_line_sketch(struct buf *to, const struct origin *from, const struct sketch_series *s)
{
    begin(to, "sketch", (double)s->time, from);
    put_text(to, "name", s->name);
    put_integer(to, "count", s->sketch->count);
    put_number(to, "min", s->sketch->min);
    put_number(to, "max", s->sketch->max);
    put_number(to, "sum", s->sketch->sum);
    put_number(to, "avg", s->sketch->avg);
    put_bins(to, s->sketch);
    put_text(to, "hostname", s->hostname);
    put_tags(to, s->tags);
    buf_add_char(to, '}');
}

void json_line_service_check(struct buf *to, const struct origin *from,
                             const struct adder_service_check *s, double time)
{
    begin(to, "service_check", time, from);
    put_text(to, "name", s->name);
    put_integer(to, "status", s->status);
    put_text(to, "message", s->message);
    put_text(to, "hostname", s->hostname);
    put_tags(to, s->tags);
    buf_add_char(to, '}');
}

/* The keys are those of the dict that checks give to event(); absent ones are left out. */
void json_line_event(struct buf *to, const struct origin *from, const struct adder_event *e,
                     double time)
{
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

    begin(to, "event", e->timestamp != 0 ? (double)e->timestamp : time, from);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i].text.ptr != NULL)
            put_text(to, texts[i].key, texts[i].text);
    put_tags(to, e->tags);
    buf_add_char(to, '}');
}

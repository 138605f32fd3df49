#include "cli/sections.h"

#include <stdio.h>
#include <string.h>

#include "cli/table.h"
#include "cli/text.h"
#include "core/err.h"
#include "core/str.h"

static const struct table_column sample_columns[] = {
    {"NAME", false, false}, {"TYPE", false, false}, {"VALUE", true, false},
    {"HOST", false, false}, {"TAGS", false, true},
};
static const struct table_column bucket_columns[] = {
    {"NAME", false, false}, {"COUNT", true, false}, {"FROM", true, false},
    {"TO", true, false},    {"HOST", false, false}, {"TAGS", false, true},
};
static const struct table_column sketch_columns[] = {
    {"NAME", false, false}, {"COUNT", true, false}, {"MIN", true, false},  {"AVG", true, false},
    {"P50", true, false},   {"P95", true, false},   {"P99", true, false},  {"MAX", true, false},
    {"SUM", true, false},   {"HOST", false, false}, {"TAGS", false, true},
};
static const struct table_column service_check_columns[] = {
    {"NAME", false, false}, {"STATUS", false, false}, {"HOST", false, false},
    {"TAGS", false, true},  {"MESSAGE", false, true},
};
static const struct table_column event_columns[] = {
    {"TIME", false, false}, {"ALERT", false, false}, {"PRIORITY", false, false},
    {"TYPE", false, false}, {"KEY", false, false},   {"SOURCE", false, false},
    {"HOST", false, false}, {"TITLE", false, true},  {"TEXT", false, true},
    {"TAGS", false, true},
};
static const struct table_column pair_columns[] = {
    {"NAME", false, false},
    {"VALUE", false, true},
};
static const struct table_column external_columns[] = {
    {"HOST", false, false},
    {"SOURCE", false, false},
    {"TAGS", false, true},
};
static const struct table_column line_columns[] = {{"LINE", false, true}};
static const struct table_column platform_columns[] = {
    {"TYPE", false, false},
    {"EVENT", false, true},
};
static const struct table_column telemetry_columns[] = {
    {"NAME", false, false},
    {"TYPE", false, false},
    {"VALUE", true, false},
};
static const struct table_column issue_columns[] = {
    {"CHECK", false, false},
    {"ISSUE", false, true},
};

/* ---- Cells ----------------------------------------------------------------------------- */

static void add(struct table *t, struct adder_str text)
{
    table_add(t, INK_PLAIN, text);
}

static void add_number(struct table *t, double value)
{
    text_number(table_cell(t), value);
    table_next(t, INK_PLAIN);
}

/* ---- Rows from records ----------------------------------------------------------------- */

static void sample_row(struct table *t, const struct record *r)
{
    const char *kind = metric_kind_name(r->metric.kind);

    add(t, r->metric.name);
    if (kind != NULL)
        buf_add_str(table_cell(t), kind);
    else
        buf_printf(table_cell(t), "unknown (%d)", r->metric.kind);
    table_next(t, INK_DIM);
    add_number(t, r->metric.value);
    add(t, r->metric.hostname);
    table_add_tags(t, r->metric.tags);
}

static void bucket_row(struct table *t, const struct record *r)
{
    add(t, r->bucket.name);
    buf_printf(table_cell(t), "%lld", (long long)r->bucket.value);
    table_next(t, INK_PLAIN);
    add_number(t, r->bucket.lower);
    add_number(t, r->bucket.upper);
    add(t, r->bucket.hostname);
    table_add_tags(t, r->bucket.tags);
}

static void service_check_row(struct table *t, const struct record *r)
{
    static const struct {
        const char *name;
        enum ink ink;
    } statuses[] = {
        {"OK", INK_GOOD}, {"WARNING", INK_WARN}, {"CRITICAL", INK_BAD}, {"UNKNOWN", INK_WARN}};
    int status = r->service_check.status;

    add(t, r->service_check.name);
    if (status >= 0 && (size_t)status < ARRAY_LEN(statuses)) {
        buf_add_str(table_cell(t), statuses[status].name);
        table_next(t, statuses[status].ink);
    } else {
        buf_printf(table_cell(t), "%d", status);
        table_next(t, INK_WARN);
    }
    add(t, r->service_check.hostname);
    table_add_tags(t, r->service_check.tags);
    add(t, r->service_check.message);
}

/* An event without a time of its own happened when it was submitted. Checks can give any
 * number: those that are no time to a person are shown as they are. */
static void add_event_time(struct table *t, const struct record *r)
{
    int64_t given = r->event.timestamp;

    if (given >= 0 && given < TEXT_TIME_END)
        text_time(table_cell(t), given > 0 ? (double)given : r->time);
    else
        buf_printf(table_cell(t), "%lld", (long long)given);
    table_next(t, INK_PLAIN);
}

static void event_row(struct table *t, const struct record *r)
{
    add_event_time(t, r);
    add(t, r->event.alert_type);
    add(t, r->event.priority);
    add(t, r->event.event_type);
    add(t, r->event.aggregation_key);
    add(t, r->event.source_type_name);
    add(t, r->event.host);
    add(t, r->event.title);
    add(t, r->event.text);
    table_add_tags(t, r->event.tags);
}

static void metadata_row(struct table *t, const struct record *r)
{
    add(t, r->metadata.name);
    add(t, r->metadata.value);
}

static void external_row(struct table *t, const struct record *r)
{
    add(t, r->external_tags.hostname);
    add(t, r->external_tags.source);
    table_add_tags(t, r->external_tags.tags);
}

static void log_row(struct table *t, const struct record *r)
{
    add(t, r->log_line);
}

static void platform_row(struct table *t, const struct record *r)
{
    add(t, r->event_platform.type);
    add(t, r->event_platform.raw);
}

static void telemetry_row(struct table *t, const struct record *r)
{
    add(t, r->telemetry.metric);
    add(t, r->telemetry.type);
    add_number(t, r->telemetry.value);
}

static void issue_row(struct table *t, const struct record *r)
{
    add(t, r->issue.check_name);
    add(t, r->issue.json);
}

static void issue_resolved_row(struct table *t, const struct record *r)
{
    add(t, (struct adder_str){NULL, 0});
    add(t, r->issue_resolved);
}

struct section {
    enum record_type type;
    const char *title;
    const struct table_column *columns;
    size_t column_count;
    void (*row)(struct table *t, const struct record *r);
};

#define SECTION(type, title, columns, row)             \
    {                                                  \
        type, title, columns, ARRAY_LEN(columns), row, \
    }

static const struct section samples =
    SECTION(RECORD_METRIC, "Samples", sample_columns, sample_row);

static const struct section sections[] = {
    SECTION(RECORD_BUCKET, "Histogram buckets", bucket_columns, bucket_row),
    SECTION(RECORD_SERVICE_CHECK, "Service checks", service_check_columns, service_check_row),
    SECTION(RECORD_EVENT, "Events", event_columns, event_row),
    SECTION(RECORD_METADATA, "Metadata", pair_columns, metadata_row),
    SECTION(RECORD_EXTERNAL_TAGS, "External tags", external_columns, external_row),
    SECTION(RECORD_LOG_LINE, "Logs", line_columns, log_row),
    SECTION(RECORD_EVENT_PLATFORM, "Event platform", platform_columns, platform_row),
    SECTION(RECORD_TELEMETRY, "Telemetry", telemetry_columns, telemetry_row),
    SECTION(RECORD_ISSUE, "Issues", issue_columns, issue_row),
    SECTION(RECORD_ISSUE_RESOLVED, "Issues resolved", issue_columns, issue_resolved_row),
};

/* ---- Sections -------------------------------------------------------------------------- */

/* Prints a table under its title, if it has rows. `note` goes behind the title; may be NULL. */
static int print_titled(struct out *o, const char *title, const char *note,
                        const struct table *t, struct adder_error *err)
{
    if (table_rows(t) == 0)
        return 0;
    out_print(o, INK_TITLE, "\n%s", title);
    out_print(o, INK_DIM, "%s%s\n", note != NULL ? "  " : "", note != NULL ? note : "");
    return table_print(t, o, 2, err);
}

static int print_section(struct out *o, const struct section *s, const struct result *r,
                         struct adder_error *err)
{
    CLEANUP(table_freep) struct table *t = table_new(s->columns, s->column_count);
    struct batch_reader *reader = batch_reader_new(batch_bytes(r->batch));
    struct record record;
    int rc = 0;

    if (t == NULL || reader == NULL) {
        batch_reader_free(reader);
        return err_nomem(err);
    }
    while ((rc = batch_read(reader, &record, err)) > 0)
        if (record.type == s->type)
            s->row(t, &record);
    batch_reader_free(reader);
    return rc < 0 ? -1 : print_titled(o, s->title, NULL, t, err);
}

/* The host of a series, "" when it is this one: no news to whoever sits in front of it. */
static struct adder_str other_host(const struct people_options *options, struct adder_str host)
{
    return str_is(host, options->hostname) ? (struct adder_str){"", 0} : host;
}

static int print_series(struct out *o, const struct people_options *options,
                        const struct kept *k, struct adder_error *err)
{
    CLEANUP(table_freep)
    struct table *t = table_new(sample_columns, ARRAY_LEN(sample_columns));
    CLEANUP(buf_free) struct buf when = {.max = 64};

    if (t == NULL)
        return err_nomem(err);
    for (size_t i = 0; i < k->series_count; i++) {
        const struct kept_series *s = &k->series[i];

        add(t, s->key.name);
        table_add(t, INK_DIM, str_of(series_type_name(s->type)));
        add_number(t, s->value);
        add(t, other_host(options, s->key.hostname));
        table_add_tags(t, s->key.tags);
    }
    if (k->series_count > 0) /* a commit gives all of its series one time */
        text_time(&when, k->series[0].time);
    return print_titled(o, "Series", when.data, t, err);
}

static int print_sketches(struct out *o, const struct people_options *options,
                          const struct kept *k, struct adder_error *err)
{
    CLEANUP(table_freep)
    struct table *t = table_new(sketch_columns, ARRAY_LEN(sketch_columns));

    if (t == NULL)
        return err_nomem(err);
    for (size_t i = 0; i < k->sketch_count; i++) {
        const struct kept_sketch *s = &k->sketches[i];

        add(t, s->key.name);
        add_number(t, (double)s->count);
        add_number(t, s->min);
        add_number(t, s->avg);
        add_number(t, s->p50);
        add_number(t, s->p95);
        add_number(t, s->p99);
        add_number(t, s->max);
        add_number(t, s->sum);
        add(t, other_host(options, s->key.hostname));
        table_add_tags(t, s->key.tags);
    }
    return print_titled(o, "Sketches", NULL, t, err);
}

/* ---- Diagnoses ------------------------------------------------------------------------- */

static const struct table_column diagnosis_columns[] = {
    {"RESULT", false, false},     {"NAME", false, false}, {"DIAGNOSIS", false, true},
    {"REMEDIATION", false, true}, {"ERROR", false, true},
};

static void diagnosis_row(struct table *t, json_t *d)
{
    static const struct {
        const char *name;
        enum ink ink;
    } results[] = {
        {"success", INK_GOOD}, {"fail", INK_BAD}, {"warning", INK_WARN}, {"error", INK_BAD}};
    static const char *const keys[] = {"name", "diagnosis", "remediation", "rawerror"};
    json_int_t result = json_integer_value(json_object_get(d, "result"));

    if (result < 0 || (size_t)result >= ARRAY_LEN(results))
        result = 3;
    buf_add_str(table_cell(t), results[result].name);
    table_next(t, results[result].ink);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        add(t, str_of(json_string_value(json_object_get(d, keys[i]))));
}

static int print_diagnoses(struct out *o, const struct result *r, struct adder_error *err)
{
    CLEANUP(table_freep)
    struct table *t = table_new(diagnosis_columns, ARRAY_LEN(diagnosis_columns));
    json_t *list, *one;
    size_t i;

    if (t == NULL)
        return err_nomem(err);
    list = json_loads(r->diagnoses != NULL ? r->diagnoses : "[]", 0, NULL);
    json_array_foreach(list, i, one) diagnosis_row(t, one);
    json_decref(list);
    return print_titled(o, "Diagnoses", NULL, t, err);
}

int sections_print(struct out *o, const struct people_options *options, const struct result *r,
                   struct adder_error *err)
{
    if (options->samples && print_section(o, &samples, r, err) < 0)
        return -1;
    if (print_series(o, options, &r->kept, err) < 0 ||
        print_sketches(o, options, &r->kept, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        if (print_section(o, &sections[i], r, err) < 0)
            return -1;
    return print_diagnoses(o, r, err);
}

#include "metrics/record.h"

/* Where a member of the union lies, seen from record_body(). */
#define AT(member) (offsetof(struct record, member) - offsetof(struct record, metric))

static const struct field metric_fields[] = {
    {FIELD_INT, AT(metric.kind)},
    {FIELD_NUMBER64, AT(metric.value)},
    {FIELD_STRING, AT(metric.name)},
    {FIELD_STRING, AT(metric.hostname)},
    {FIELD_TAGS, AT(metric.tags)},
    {FIELD_BOOL, AT(metric.flush_first_value)},
    {FIELD_END, 0},
};

static const struct field bucket_fields[] = {
    {FIELD_STRING, AT(bucket.name)},    {FIELD_NUMBER64, AT(bucket.value)},
    {FIELD_NUMBER64, AT(bucket.lower)}, {FIELD_NUMBER64, AT(bucket.upper)},
    {FIELD_BOOL, AT(bucket.monotonic)}, {FIELD_STRING, AT(bucket.hostname)},
    {FIELD_TAGS, AT(bucket.tags)},      {FIELD_BOOL, AT(bucket.flush_first_value)},
    {FIELD_BOOL, AT(bucket.multi)},     {FIELD_END, 0},
};

static const struct field service_check_fields[] = {
    {FIELD_STRING, AT(service_check.name)},    {FIELD_INT, AT(service_check.status)},
    {FIELD_TAGS, AT(service_check.tags)},      {FIELD_STRING, AT(service_check.hostname)},
    {FIELD_STRING, AT(service_check.message)}, {FIELD_END, 0},
};

static const struct field event_fields[] = {
    {FIELD_STRING, AT(event.title)},
    {FIELD_STRING, AT(event.text)},
    {FIELD_NUMBER64, AT(event.timestamp)},
    {FIELD_STRING, AT(event.priority)},
    {FIELD_STRING, AT(event.host)},
    {FIELD_STRING, AT(event.alert_type)},
    {FIELD_STRING, AT(event.aggregation_key)},
    {FIELD_STRING, AT(event.source_type_name)},
    {FIELD_STRING, AT(event.event_type)},
    {FIELD_TAGS, AT(event.tags)},
    {FIELD_END, 0},
};

static const struct field event_platform_fields[] = {
    {FIELD_STRING, AT(event_platform.raw)},
    {FIELD_STRING, AT(event_platform.type)},
    {FIELD_END, 0},
};

static const struct field metadata_fields[] = {
    {FIELD_STRING, AT(metadata.name)},
    {FIELD_STRING, AT(metadata.value)},
    {FIELD_END, 0},
};

static const struct field log_line_fields[] = {
    {FIELD_STRING, AT(log_line)},
    {FIELD_END, 0},
};

static const struct field external_tags_fields[] = {
    {FIELD_STRING, AT(external_tags.hostname)},
    {FIELD_STRING, AT(external_tags.source)},
    {FIELD_TAGS, AT(external_tags.tags)},
    {FIELD_END, 0},
};

static const struct field telemetry_fields[] = {
    {FIELD_STRING, AT(telemetry.check_name)},
    {FIELD_STRING, AT(telemetry.metric)},
    {FIELD_NUMBER64, AT(telemetry.value)},
    {FIELD_STRING, AT(telemetry.type)},
    {FIELD_END, 0},
};

static const struct field issue_fields[] = {
    {FIELD_STRING, AT(issue.check_name)},
    {FIELD_STRING, AT(issue.json)},
    {FIELD_END, 0},
};

static const struct field issue_resolved_fields[] = {
    {FIELD_STRING, AT(issue_resolved)},
    {FIELD_END, 0},
};

const struct field *const record_fields[RECORD_TYPES] = {
    [RECORD_METRIC] = metric_fields,
    [RECORD_BUCKET] = bucket_fields,
    [RECORD_SERVICE_CHECK] = service_check_fields,
    [RECORD_EVENT] = event_fields,
    [RECORD_EVENT_PLATFORM] = event_platform_fields,
    [RECORD_METADATA] = metadata_fields,
    [RECORD_LOG_LINE] = log_line_fields,
    [RECORD_EXTERNAL_TAGS] = external_tags_fields,
    [RECORD_TELEMETRY] = telemetry_fields,
    [RECORD_ISSUE] = issue_fields,
    [RECORD_ISSUE_RESOLVED] = issue_resolved_fields,
};

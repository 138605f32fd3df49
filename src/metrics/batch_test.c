#include "metrics/batch.h"

#include <math.h>

#include "core/mem.h"
#include "core/str.h"
#include "core/testing.h"
#include "metrics/record.h"

#define TEXT(s) ((struct adder_str){(s), sizeof(s) - 1})

static const struct adder_str no_id = {"", 0};

static void commit(struct batch *b)
{
    batch_sink.commit(NULL, b, no_id);
}

static void assert_text(struct adder_str s, const char *expected, size_t len)
{
    assert_non_null(s.ptr);
    assert_int_equal(s.len, len);
    assert_memory_equal(s.ptr, expected, len);
}

static void assert_str(struct adder_str s, const char *expected)
{
    assert_text(s, expected, strlen(expected));
}

static void assert_absent(struct adder_str s)
{
    assert_null(s.ptr);
    assert_int_equal(s.len, 0);
}

/* Two tags, one with bytes that no text has. */
static struct adder_tags two_tags(void)
{
    static const struct adder_str items[] = {{"a:\0\xff", 4}, {"", 0}};

    return (struct adder_tags){items, 2};
}

static void assert_two_tags(struct adder_tags t)
{
    assert_int_equal(t.count, 2);
    assert_text(t.items[0], "a:\0\xff", 4);
    assert_str(t.items[1], "");
}

static void commit_all(struct batch *b)
{
    const struct adder_metric metric = {ADDER_RATE, TEXT("m"), -0.5,
                                        two_tags(), TEXT("h"), true};
    const struct adder_histogram_bucket bucket = {TEXT("b"), INT64_MIN,  -1.5,  INFINITY, true,
                                                  TEXT("h"), two_tags(), false, true};
    const struct adder_service_check check = {TEXT("s"), -7, two_tags(), TEXT(""), TEXT("why")};
    const struct adder_event event = {.title = TEXT("t"), .timestamp = 1 - INT64_MAX};

    batch_sink.metric(NULL, b, no_id, &metric);
    batch_sink.histogram_bucket(NULL, b, no_id, &bucket);
    batch_sink.service_check(NULL, b, no_id, &check);
    batch_sink.event(NULL, b, no_id, &event);
    batch_sink.event_platform(NULL, b, no_id, (struct adder_str){"\0x", 2}, TEXT("dbm"));
    batch_sink.metadata(NULL, b, no_id, TEXT("version"), TEXT("1"));
    batch_sink.log_line(NULL, b, no_id, TEXT("{}"));
    batch_sink.external_tags(NULL, b, TEXT("vm"), TEXT("vsphere"), two_tags());
    batch_sink.telemetry(NULL, b, TEXT("disk"), TEXT("calls"), 3, TEXT("count"));
    batch_sink.issue(NULL, b, TEXT("disk"), TEXT("{\"a\":1}"));
    batch_sink.issue_resolved(NULL, b, TEXT("id"));
    commit(b);
}

static void check_metric(const struct record *r)
{
    assert_int_equal(r->metric.kind, ADDER_RATE);
    assert_str(r->metric.name, "m");
    assert_true(r->metric.value == -0.5);
    assert_two_tags(r->metric.tags);
    assert_str(r->metric.hostname, "h");
    assert_true(r->metric.flush_first_value);
}

static void check_bucket(const struct record *r)
{
    assert_str(r->bucket.name, "b");
    assert_true(r->bucket.value == INT64_MIN);
    assert_true(r->bucket.lower == -1.5);
    assert_true(isinf(r->bucket.upper));
    assert_true(r->bucket.monotonic);
    assert_str(r->bucket.hostname, "h");
    assert_two_tags(r->bucket.tags);
    assert_false(r->bucket.flush_first_value);
    assert_true(r->bucket.multi);
}

static void check_service_check(const struct record *r)
{
    assert_str(r->service_check.name, "s");
    assert_int_equal(r->service_check.status, -7);
    assert_two_tags(r->service_check.tags);
    assert_str(r->service_check.hostname, "");
    assert_str(r->service_check.message, "why");
}

static void check_event(const struct record *r)
{
    assert_str(r->event.title, "t");
    assert_true(r->event.timestamp == 1 - INT64_MAX);
    assert_absent(r->event.text);
    assert_absent(r->event.priority);
    assert_absent(r->event.host);
    assert_absent(r->event.alert_type);
    assert_absent(r->event.aggregation_key);
    assert_absent(r->event.source_type_name);
    assert_absent(r->event.event_type);
    assert_null(r->event.tags.items);
    assert_int_equal(r->event.tags.count, 0);
}

static void check_event_platform(const struct record *r)
{
    assert_text(r->event_platform.raw, "\0x", 2);
    assert_str(r->event_platform.type, "dbm");
}

static void check_metadata(const struct record *r)
{
    assert_str(r->metadata.name, "version");
    assert_str(r->metadata.value, "1");
}

static void check_log_line(const struct record *r)
{
    assert_str(r->log_line, "{}");
}

static void check_external_tags(const struct record *r)
{
    assert_str(r->external_tags.hostname, "vm");
    assert_str(r->external_tags.source, "vsphere");
    assert_two_tags(r->external_tags.tags);
}

static void check_telemetry(const struct record *r)
{
    assert_str(r->telemetry.check_name, "disk");
    assert_str(r->telemetry.metric, "calls");
    assert_true(r->telemetry.value == 3);
    assert_str(r->telemetry.type, "count");
}

static void check_issue(const struct record *r)
{
    assert_str(r->issue.check_name, "disk");
    assert_str(r->issue.json, "{\"a\":1}");
}

static void check_issue_resolved(const struct record *r)
{
    assert_str(r->issue_resolved, "id");
}

static void every_submission_comes_back_as_it_was(void **state)
{
    void (*const checks[])(const struct record *) = {
        check_metric,         check_bucket,   check_service_check,  check_event,
        check_event_platform, check_metadata, check_log_line,       check_external_tags,
        check_telemetry,      check_issue,    check_issue_resolved,
    };
    struct batch *b = batch_new(0);
    struct batch_reader *reader;
    struct adder_error err;
    struct record r;

    (void)state;
    commit_all(b);
    reader = batch_reader_new(batch_bytes(b));
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        assert_int_equal(batch_read(reader, &r, &err), 1);
        assert_int_equal(r.type, i);
        assert_true(r.time > 1e9 && r.time < RECORD_TIME_MAX);
        checks[i](&r);
    }
    assert_int_equal(batch_read(reader, &r, &err), 0);
    assert_int_equal(batch_dropped(b).records, 0);
    batch_reader_free(reader);
    batch_free(b);
}

static void empty_tags_are_not_absent_tags(void **state)
{
    static const struct adder_str none[1];
    const struct adder_event e = {.tags = {none, 0}};
    struct batch *b = batch_new(0);
    struct batch_reader *reader;
    struct adder_error err;
    struct record r;

    (void)state;
    batch_sink.event(NULL, b, no_id, &e);
    commit(b);
    reader = batch_reader_new(batch_bytes(b));
    assert_int_equal(batch_read(reader, &r, &err), 1);
    assert_non_null(r.event.tags.items);
    assert_int_equal(r.event.tags.count, 0);
    batch_reader_free(reader);
    batch_free(b);
}

static void what_does_not_fit_is_counted_and_the_rest_goes_on(void **state)
{
    static char large[200];
    struct batch *b = batch_new(150);
    size_t one;

    (void)state;
    batch_sink.log_line(NULL, b, no_id, TEXT("first"));
    commit(b);
    one = batch_bytes(b).len;
    batch_clear(b);
    batch_sink.log_line(NULL, b, no_id, TEXT("first"));
    batch_sink.log_line(NULL, b, no_id, (struct adder_str){large, sizeof(large)});
    batch_sink.log_line(NULL, b, no_id, (struct adder_str){large, SIZE_MAX});
    batch_sink.log_line(NULL, b, no_id, TEXT("after"));
    commit(b);
    assert_int_equal(batch_dropped(b).records, 2);
    assert_int_equal(batch_bytes(b).len, 2 * one);
    batch_sink.log_line(NULL, NULL, no_id, TEXT("nobody's"));
    batch_free(b);
}

static void tags_beyond_the_limit_are_cut_off_and_counted(void **state)
{
    size_t count = BATCH_TAGS_MAX + 3;
    struct adder_str *tags = mem_zalloc(count * sizeof(*tags));
    struct batch *b = batch_new(0);
    struct batch_reader *reader;
    struct adder_error err;
    struct record r;

    (void)state;
    batch_sink.external_tags(NULL, b, TEXT("h"), TEXT("s"), (struct adder_tags){tags, count});
    commit(b);
    assert_int_equal(batch_dropped(b).tags, 3);
    assert_int_equal(batch_dropped(b).records, 0);
    reader = batch_reader_new(batch_bytes(b));
    assert_int_equal(batch_read(reader, &r, &err), 1);
    assert_int_equal(r.external_tags.tags.count, BATCH_TAGS_MAX);
    batch_reader_free(reader);
    batch_free(b);
    mem_free(tags);
}

/* Reads all of `bytes` from a block of its own size, so that a read past it is noticed. */
static int read_all(struct adder_str bytes, struct adder_error *err)
{
    AUTOFREE char *copy = mem_strndup(bytes.ptr, bytes.len);
    struct batch_reader *reader;
    struct record r;
    int rc;

    reader = batch_reader_new((struct adder_str){copy, bytes.len});
    while ((rc = batch_read(reader, &r, err)) > 0)
        continue;
    if (rc < 0)
        assert_int_equal(batch_read(reader, &r, err), -1);
    batch_reader_free(reader);
    return rc;
}

static void a_cut_batch_is_refused(void **state)
{
    struct batch *b = batch_new(0);
    struct adder_error err;
    struct adder_str bytes;
    size_t whole = 0;

    (void)state;
    commit_all(b);
    bytes = batch_bytes(b);
    for (size_t len = 0; len <= bytes.len; len++)
        whole += read_all((struct adder_str){bytes.ptr, len}, &err) == 0;
    assert_int_equal(whole, RECORD_TYPES + 1); /* nothing at all, and between the records */
    batch_free(b);
}

static void bytes_that_make_no_sense_are_refused(void **state)
{
    static const struct {
        size_t offset;
        const char bytes[8];
        size_t len;
        const char *message;
    } cases[] = {
        {0, "\x02", 1, "record at byte 0: version 2 is not ours"},
        {1, "\x0b", 1, "record at byte 0: type 11 is unknown"},
        {4, "\x0f\0\0\0", 4, "record at byte 0: a size of 15 bytes is wrong"},
        {4, "\xff\xff\xff\xff", 4, "record at byte 0: a size of 4294967295 bytes is wrong"},
        {4, "\x10\0\0\0", 4, "record at byte 0: it ends too early"},
        {8, "\0\0\0\0\0\0\xf0\x7f", 8, "record at byte 0: a time of inf is wrong"},
        {16, "\xfe\xff\xff\xff", 4, "record at byte 0: a string goes past its end"},
        {25, "\0\0\0\0", 4, "record at byte 0: 12 bytes are left over"},
        {25, "\x04\0\0\0", 4, "record at byte 0: 4 tags are too many"},
        {25, "\x03\0\0\0", 4, "record at byte 0: it ends too early"},
        {29, "\x09\0\0\0", 4, "record at byte 0: a string goes past its end"},
    };
    struct batch *b = batch_new(0);
    struct adder_error err;
    char bytes[64];
    size_t len;

    (void)state;
    batch_sink.external_tags(NULL, b, TEXT(""), TEXT("x"), two_tags());
    commit(b);
    len = batch_bytes(b).len;
    assert_true(len < sizeof(bytes));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        memcpy(bytes, batch_bytes(b).ptr, len);
        memcpy(bytes + cases[i].offset, cases[i].bytes, cases[i].len);
        assert_int_equal(read_all((struct adder_str){bytes, len}, &err), -1);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(err.code, ADDER_INVALID);
    }
    batch_free(b);
}

static int fills_and_reads_a_batch(void)
{
    struct batch *b = batch_new(0);
    struct batch_reader *reader = NULL;
    struct adder_error err;
    struct record r;
    int rc = -1;

    if (b != NULL) {
        commit_all(b);
        reader = batch_reader_new(batch_bytes(b));
    }
    if (reader != NULL && batch_dropped(b).records == 0)
        while ((rc = batch_read(reader, &r, &err)) > 0)
            continue;
    batch_reader_free(reader);
    batch_free(b);
    return rc;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(fills_and_reads_a_batch);
}

static void does_not_allocate_once_it_has_its_size(void **state)
{
    struct batch *b = batch_new(0);
    struct adder_str bytes;

    (void)state;
    commit_all(b);
    bytes = batch_bytes(b);
    batch_clear(b);
    commit_all(b); /* each side has its size now */
    batch_clear(b);
    mem_fail_at(0);
    commit_all(b);
    assert_false(mem_failed());
    mem_fail_at(-1);
    assert_int_equal(batch_bytes(b).len, bytes.len);
    assert_ptr_equal(batch_bytes(b).ptr, bytes.ptr);
    batch_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_submission_comes_back_as_it_was),
        cmocka_unit_test(empty_tags_are_not_absent_tags),
        cmocka_unit_test(what_does_not_fit_is_counted_and_the_rest_goes_on),
        cmocka_unit_test(tags_beyond_the_limit_are_cut_off_and_counted),
        cmocka_unit_test(a_cut_batch_is_refused),
        cmocka_unit_test(bytes_that_make_no_sense_are_refused),
        cmocka_unit_test(survives_every_allocation_failing),
        cmocka_unit_test(does_not_allocate_once_it_has_its_size),
    };

    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}

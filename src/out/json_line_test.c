#include "out/json_line.h"

#include <jansson.h>
#include <math.h>

#include "core/str.h"
#include "core/testing.h"

#define TEXT(s)            \
    {                      \
        (s), sizeof(s) - 1 \
    }

static const struct origin from = {TEXT("disk"), TEXT("disk:1a"), 15};
static const struct adder_str tags[] = {TEXT("a:b"), TEXT("c\xff\"\\")};

#define HEAD(record, time)                                                                     \
    "{\"record\":\"" record "\",\"timestamp\":" time ",\"check\":\"disk\",\"id\":\"disk:1a\"," \
    "\"interval\":15,"

/* The line is also what a JSON reader takes. */
static void assert_line(struct buf *b, const char *wanted)
{
    json_t *value = json_loadb(b->data, b->len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);

    assert_string_equal(b->data, wanted);
    assert_true(json_is_object(value));
    json_decref(value);
    buf_clear(b);
}

static void a_series_is_an_object(void **state)
{
    struct series s = {
        .name = TEXT("system.disk.in_use"),
        .type = SERIES_RATE,
        .kind = ADDER_HISTOGRAM,
        .value = 0.1,
        .time = 1700000000.25,
        .hostname = TEXT("h"),
        .tags = {tags, 2},
    };
    struct buf b;

    (void)state;
    buf_init(&b, 10000);
    json_line_series(&b, &from, &s);
    assert_line(
        &b, HEAD("series", "1700000000.25") "\"name\":\"system.disk.in_use\","
                                            "\"type\":\"rate\",\"kind\":\"histogram\","
                                            "\"value\":0.1,\"hostname\":\"h\","
                                            "\"tags\":[\"a:b\",\"c\xef\xbf\xbd\\\"\\\\\"]}");
    s = (struct series){.name = TEXT("\0\x1f\x7f\n"), .device = TEXT(""), .value = NAN};
    json_line_series(&b, &from, &s);
    assert_line(
        &b,
        HEAD("series",
             "0") "\"name\":\"\\u0000\\u001f\x7f\\n\","
                  "\"type\":\"gauge\",\"kind\":\"gauge\",\"value\":null,\"value_text\":\"NaN\","
                  "\"hostname\":\"\",\"device\":\"\",\"tags\":[]}");
    s = (struct series){.name = TEXT("x"), .value = -INFINITY, .kind = 99};
    json_line_series(&b, &from, &s);
    assert_line(
        &b, HEAD("series", "0") "\"name\":\"x\",\"type\":\"gauge\",\"kind\":\"\","
                                "\"value\":null,\"value_text\":\"-Infinity\",\"hostname\":\"\","
                                "\"tags\":[]}");
    buf_free(&b);
}

static void a_sketch_is_an_object(void **state)
{
    struct sketch *sketch = sketch_new();
    struct sketch_series s = {
        .name = TEXT("t"), .hostname = TEXT("h"), .time = 5, .sketch = sketch};
    struct buf b;

    (void)state;
    buf_init(&b, 10000);
    sketch_add(sketch, 1, 2);
    sketch_add(sketch, 10, 1);
    json_line_sketch(&b, &from, &s);
    assert_line(
        &b, HEAD("sketch",
                 "5") "\"name\":\"t\",\"count\":3,\"min\":1,\"max\":10,"
                      "\"sum\":12,\"avg\":4,\"bins\":[[1338,2],[1487,1]],\"hostname\":\"h\","
                      "\"tags\":[]}");
    sketch_free(sketch);
    buf_free(&b);
}

static void a_service_check_is_an_object(void **state)
{
    const struct adder_service_check s = {
        .name = TEXT("up"), .status = 2, .message = TEXT("a\tb"), .tags = {tags, 1}};
    struct buf b;

    (void)state;
    buf_init(&b, 10000);
    json_line_service_check(&b, &from, &s, 7);
    assert_line(&b, HEAD("service_check",
                         "7") "\"name\":\"up\",\"status\":2,"
                              "\"message\":\"a\\tb\",\"hostname\":\"\",\"tags\":[\"a:b\"]}");
    buf_free(&b);
}

static void an_event_is_an_object(void **state)
{
    struct adder_event e = {.title = TEXT("t"), .text = TEXT(""), .alert_type = TEXT("error")};
    struct buf b;

    (void)state;
    buf_init(&b, 10000);
    json_line_event(&b, &from, &e, 7.5);
    assert_line(&b, HEAD("event", "7.5") "\"msg_title\":\"t\",\"msg_text\":\"\","
                                         "\"alert_type\":\"error\",\"tags\":[]}");
    e = (struct adder_event){.timestamp = 3,
                             .priority = TEXT("low"),
                             .host = TEXT("h"),
                             .aggregation_key = TEXT("k"),
                             .source_type_name = TEXT("s"),
                             .event_type = TEXT("e"),
                             .tags = {tags, 1}};
    json_line_event(&b, &from, &e, 7.5);
    assert_line(&b, HEAD("event", "3") "\"priority\":\"low\",\"host\":\"h\","
                                       "\"aggregation_key\":\"k\",\"source_type_name\":\"s\","
                                       "\"event_type\":\"e\",\"tags\":[\"a:b\"]}");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_series_is_an_object),
        cmocka_unit_test(a_sketch_is_an_object),
        cmocka_unit_test(a_service_check_is_an_object),
        cmocka_unit_test(an_event_is_an_object),
    };

    return cmocka_run_group_tests_name("json_line", tests, NULL, NULL);
}

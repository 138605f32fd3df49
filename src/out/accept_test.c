#include "core/testing.h"
#include "out/prometheus.h"

/* As Prometheus 2.42 and 3.16 send them. */
#define PROMETHEUS_2                                     \
    "application/openmetrics-text;version=1.0.0,"        \
    "application/openmetrics-text;version=0.0.1;q=0.75," \
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
#define PROMETHEUS_3                                                         \
    "application/vnd.google.protobuf;"                                       \
    "proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,"      \
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," \
    "application/openmetrics-text;version=0.0.1;q=0.5,"                      \
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"                   \
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"

static const struct {
    const char *accept;
    bool openmetrics;
} headers[] = {
    {NULL, false},
    {"", false},
    {"*/*", false},
    {"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", false},
    {PROMETHEUS_2, true},
    {PROMETHEUS_3, true},
    {"application/openmetrics-text", true},
    {"application/openmetrics-text; version=1.0.0; charset=utf-8", true},
    {"APPLICATION/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=\"0.5\"", true},
    {"application/openmetrics-text;version=0.0.1", false},
    {"application/openmetrics-text;version=2.0.0", false},
    {"application/openmetrics-text;q=0", false},
    {"application/openmetrics-text;q=bad", false},
    {"application/openmetrics-text;q=0.5,text/plain;q=0.5", true},
    {"application/openmetrics-text;q=0.4,text/plain;q=0.5", false},
    {"application/openmetrics-text;q=0.4,*/*;q=0.5", false},
    {"text/plain,application/openmetrics-text", true},
    {"application/openmetrics-text-x", false},
    {"application/*", false},
    {"text/plain;a=\",application/openmetrics-text,\";q=0.1", false},
    {"text/plain;a=\"\\\",application/openmetrics-text", false},
    {",;,;;=,application/openmetrics-text;;=;q", false},
    {",;,;;=,application/openmetrics-text;;=;", true},
    {"\"", false},
    {"\"\\", false},
};

static void openmetrics_is_for_those_who_ask_for_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        enum exposition wanted =
            headers[i].openmetrics ? EXPOSITION_OPENMETRICS : EXPOSITION_TEXT;

        if (exposition_choose(headers[i].accept) != wanted)
            fail_msg("%s", headers[i].accept);
    }
}

static void each_format_has_its_type(void **state)
{
    (void)state;
    assert_string_equal(exposition_content_type(EXPOSITION_TEXT),
                        "text/plain; version=0.0.4; charset=utf-8");
    assert_string_equal(exposition_content_type(EXPOSITION_OPENMETRICS),
                        "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openmetrics_is_for_those_who_ask_for_it),
        cmocka_unit_test(each_format_has_its_type),
    };

    return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}

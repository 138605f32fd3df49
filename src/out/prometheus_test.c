#include "out/prometheus_testing.h"

#include <math.h>

/* What each kind of series comes to, on both pages. */
static const struct {
    struct sent sent[4]; /* up to the first without a name */
    const char *text, *openmetrics;
} pages[] = {
    {{{.name = NULL}}, "", "# EOF\n"},
    {{{.name = "system.cpu.user", .value = 12.5, .host = "h", .tags = {"env:prod"}}},
     "# HELP system_cpu_user system.cpu.user\n"
     "# TYPE system_cpu_user gauge\n"
     "system_cpu_user{env=\"prod\",host=\"h\"} 12.5\n",
     "# HELP system_cpu_user system.cpu.user\n"
     "# TYPE system_cpu_user gauge\n"
     "system_cpu_user{env=\"prod\",host=\"h\"} 12.5\n"
     "# EOF\n"},
    /* Two names in order, the series of one in the order they came; no labels. */
    {{{.name = "b", .value = 1, .device = "z"},
      {.name = "a", .value = 2},
      {.name = "b", .value = 3, .device = "y"},
      {.name = "b", .value = 4, .device = "z"}},
     "# HELP a a\n# TYPE a gauge\na 2\n"
     "# HELP b b\n# TYPE b gauge\nb{device=\"z\"} 4\nb{device=\"y\"} 3\n",
     "# HELP a a\n# TYPE a gauge\na 2\n"
     "# HELP b b\n# TYPE b gauge\nb{device=\"z\"} 4\nb{device=\"y\"} 3\n# EOF\n"},
    {{{.name = "r", .value = 0.5, .kind = ADDER_RATE}},
     "# HELP r r\n# TYPE r gauge\nr 0.5\n",
     "# HELP r r\n# TYPE r gauge\nr 0.5\n# EOF\n"},
    /* Counts are totals. */
    {{{.name = "net.bytes", .value = 10, MONOTONIC},
      {.name = "net.bytes", .value = 0, MONOTONIC},
      {.name = "net.bytes", .value = 5, MONOTONIC}},
     "# HELP net_bytes_total net.bytes\n# TYPE net_bytes_total counter\nnet_bytes_total 15\n",
     "# HELP net_bytes net.bytes\n# TYPE net_bytes counter\nnet_bytes_total 15\n# EOF\n"},
    {{{.name = "c", .value = 1, COUNT}, {.name = "c", .value = 2, COUNT}},
     "# HELP c_total c\n# TYPE c_total counter\nc_total 3\n",
     "# HELP c c\n# TYPE c counter\nc_total 3\n# EOF\n"},
    {{{.name = "hits", .value = 3, .type = SERIES_RATE, .kind = ADDER_COUNTER},
      {.name = "hits", .value = 4, .type = SERIES_RATE, .kind = ADDER_COUNTER}},
     "# HELP hits_total hits\n# TYPE hits_total counter\nhits_total 7\n",
     "# HELP hits hits\n# TYPE hits counter\nhits_total 7\n# EOF\n"},
    /* A count that went down is a gauge. */
    {{{.name = "c", .value = 5, COUNT}, {.name = "c", .value = -2, COUNT}},
     "# HELP c_total c\n# TYPE c_total gauge\nc_total 3\n",
     "# HELP c_total c\n# TYPE c_total gauge\nc_total 3\n# EOF\n"},
    {{{.name = "c", .value = 5, COUNT}, {.name = "c", .value = INFINITY, COUNT}},
     "# HELP c_total c\n# TYPE c_total counter\nc_total 5\n",
     "# HELP c c\n# TYPE c counter\nc_total 5\n# EOF\n"},
    /* Aggregates of a histogram are gauges, its count as well. */
    {{{.name = "t.avg", .value = 2, .kind = ADDER_HISTOGRAM},
      {.name = "t.count", .value = 6, .type = SERIES_RATE, .kind = ADDER_HISTOGRAM}},
     "# HELP t_avg t.avg\n# TYPE t_avg gauge\nt_avg 2\n"
     "# HELP t_count t.count\n# TYPE t_count gauge\nt_count 6\n",
     "# HELP t_avg t.avg\n# TYPE t_avg gauge\nt_avg 2\n"
     "# HELP t_count t.count\n# TYPE t_count gauge\nt_count 6\n# EOF\n"},
    {{{.name = "a", .value = NAN}, {.name = "b", .value = -INFINITY}},
     "# HELP a a\n# TYPE a gauge\na NaN\n# HELP b b\n# TYPE b gauge\nb -Inf\n",
     "# HELP a a\n# TYPE a gauge\na NaN\n# HELP b b\n# TYPE b gauge\nb -Inf\n# EOF\n"},
    {{{.name = "a\"b\\\n", .value = 1}},
     "# HELP a_b__ a\"b\\\\\\n\n# TYPE a_b__ gauge\na_b__ 1\n",
     "# HELP a_b__ a\\\"b\\\\\\n\n# TYPE a_b__ gauge\na_b__ 1\n# EOF\n"},
    /* A gauge and a counter with the same name on the page. */
    {{{.name = "x.total", .value = 1, .host = "a"},
      {.name = "x", .value = 2, .host = "b", MONOTONIC}},
     "# HELP x_total x.total\n# TYPE x_total untyped\n"
     "x_total{host=\"a\"} 1\nx_total{host=\"b\"} 2\n",
     "# HELP x_total x.total\n# TYPE x_total unknown\n"
     "x_total{host=\"a\"} 1\nx_total{host=\"b\"} 2\n# EOF\n"},
    /* OpenMetrics would have two families of the name x. */
    {{{.name = "x", .value = 1}, {.name = "x", .value = 2, MONOTONIC}},
     "# HELP x x\n# TYPE x gauge\nx 1\n# HELP x_total x\n# TYPE x_total counter\nx_total 2\n",
     "# HELP x x\n# TYPE x gauge\nx 1\n# HELP x_total x\n# TYPE x_total unknown\nx_total 2\n"
     "# EOF\n"},
    {{{.name = "x.created", .value = 1}, {.name = "x", .value = 2, MONOTONIC}},
     "# HELP x_created x.created\n# TYPE x_created gauge\nx_created 1\n"
     "# HELP x_total x\n# TYPE x_total counter\nx_total 2\n",
     "# HELP x_created x.created\n# TYPE x_created gauge\nx_created 1\n"
     "# HELP x_total x\n# TYPE x_total unknown\nx_total 2\n# EOF\n"},
};

static void series_become_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        struct output *o = new_output((struct prometheus_options){0});

        for (size_t k = 0; k < 4 && pages[i].sent[k].name != NULL; k++)
            send_series(o, &pages[i].sent[k]);
        assert_string_equal(page(o, 1), pages[i].text);
        assert_string_equal(page_of(o, EXPOSITION_OPENMETRICS, 1), pages[i].openmetrics);
        assert_string_equal(page(o, 2), pages[i].text);
        o->class->free(o);
    }
}

static void sketches_become_histograms(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});

    (void)state;
    SEND_SKETCH(o, 2, .name = "req.time", .value = 0.3, .host = "a");
    SEND_SKETCH(o, 1, .name = "req.time", .value = 2, .host = "a");
    SEND_SKETCH(o, 4, .name = "req.time", .value = 0.02, .host = "b");
    assert_string_equal(page(o, 1), "# HELP req_time req.time\n"
                                    "# TYPE req_time histogram\n"
                                    "req_time_bucket{host=\"a\",le=\"0.01\"} 0\n"
                                    "req_time_bucket{host=\"a\",le=\"0.025\"} 0\n"
                                    "req_time_bucket{host=\"a\",le=\"0.25\"} 0\n"
                                    "req_time_bucket{host=\"a\",le=\"0.5\"} 2\n"
                                    "req_time_bucket{host=\"a\",le=\"1.0\"} 2\n"
                                    "req_time_bucket{host=\"a\",le=\"2.5\"} 3\n"
                                    "req_time_bucket{host=\"a\",le=\"+Inf\"} 3\n"
                                    "req_time_sum{host=\"a\"} 2.6\n"
                                    "req_time_count{host=\"a\"} 3\n"
                                    "req_time_bucket{host=\"b\",le=\"0.01\"} 0\n"
                                    "req_time_bucket{host=\"b\",le=\"0.025\"} 4\n"
                                    "req_time_bucket{host=\"b\",le=\"0.25\"} 4\n"
                                    "req_time_bucket{host=\"b\",le=\"0.5\"} 4\n"
                                    "req_time_bucket{host=\"b\",le=\"1.0\"} 4\n"
                                    "req_time_bucket{host=\"b\",le=\"2.5\"} 4\n"
                                    "req_time_bucket{host=\"b\",le=\"+Inf\"} 4\n"
                                    "req_time_sum{host=\"b\"} 0.08\n"
                                    "req_time_count{host=\"b\"} 4\n");
    o->class->free(o);
}

static void negative_values_leave_a_histogram_without_sum(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});

    (void)state;
    SEND_SKETCH(o, 1, .name = "t", .value = -1);
    assert_string_equal(page(o, 1), "# HELP t t\n"
                                    "# TYPE t histogram\n"
                                    "t_bucket{le=\"-2.5\"} 0\n"
                                    "t_bucket{le=\"-1.0\"} 1\n"
                                    "t_bucket{le=\"+Inf\"} 1\n");
    o->class->free(o);
}

/* As the checks' base class sends the buckets of a histogram it has scraped. */
static void buckets_with_their_bounds_are_one_histogram(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});

    (void)state;
    SEND_SKETCH(o, 3, .name = "t", .value = 0.1,
                .tags = {"a:b", "lower_bound:0", "upper_bound:0.3"});
    SEND_SKETCH(o, 2, .name = "t", .value = 0.4,
                .tags = {"a:b", "lower_bound:0.3", "upper_bound:0.7"});
    SEND_SKETCH(o, 1, .name = "t", .value = 0.7,
                .tags = {"a:b", "lower_bound:0.7", "upper_bound:inf"});
    SEND_SKETCH(o, 1, .name = "t", .value = 0.4,
                .tags = {"a:b", "lower_bound:0.3", "upper_bound:0.7"});
    assert_string_equal(page(o, 1), "# HELP t t\n"
                                    "# TYPE t histogram\n"
                                    "t_bucket{a=\"b\",le=\"0.3\"} 3\n"
                                    "t_bucket{a=\"b\",le=\"0.7\"} 6\n"
                                    "t_bucket{a=\"b\",le=\"+Inf\"} 7\n");
    o->class->free(o);
}

static void bounds_that_make_no_sense_are_labels(void **state)
{
    static const char *const tags[][2] = {
        {"lower_bound:1", NULL},
        {"lower_bound:1", "upper_bound:x"},
        {"lower_bound:2", "upper_bound:1"},
        {"lower_bound:nan", "upper_bound:1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
        struct output *o = new_output((struct prometheus_options){0});

        SEND_SKETCH(o, 1, .name = "t", .value = 1, .tags = {tags[i][0], tags[i][1]});
        assert_non_null(strstr(page(o, 1), "t_bucket{lower_bound=\""));
        o->class->free(o);
    }
}

static void service_checks_are_one_gauge(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});
    struct adder_str tag = str_of("check:db");
    struct origin from = origin_of(NULL);
    struct adder_service_check s = {
        .name = str_of("redis.can_connect"),
        .status = 2,
        .hostname = str_of("h"),
        .tags = {&tag, 1},
    };

    (void)state;
    o->class->service_check(o, &from, &s, 1);
    s.name = str_of("other");
    s.status = 77;
    o->class->service_check(o, &from, &s, 1);
    assert_string_equal(
        page(o, 1),
        "# HELP service_check_status Service checks: 0 ok, 1 warning, 2 critical, 3 unknown.\n"
        "# TYPE service_check_status gauge\n"
        "service_check_status{check=\"redis.can_connect\",exported_check=\"db\",host=\"h\"} 2\n"
        "service_check_status{check=\"other\",exported_check=\"db\",host=\"h\"} 3\n");
    assert_int_equal(o->stats.service_checks, 2);
    o->class->free(o);
}

static void events_are_counted(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});
    struct origin from = origin_of(NULL);
    struct adder_event e = {.title = str_of("boom"), .alert_type = str_of("error")};

    (void)state;
    o->class->event(o, &from, &e, 1);
    o->class->event(o, &from, &e, 2);
    e.alert_type = str_of(NULL);
    o->class->event(o, &from, &e, 2);
    assert_string_equal(page(o, 2), "# HELP check_events_total Events that a check has sent.\n"
                                    "# TYPE check_events_total counter\n"
                                    "check_events_total{alert_type=\"error\",check=\"c\"} 2\n"
                                    "check_events_total{check=\"c\"} 1\n");
    assert_int_equal(o->stats.events, 3);
    o->class->free(o);
}

static void what_was_taken_in_is_counted(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});

    (void)state;
    SEND(o, .name = "a", .value = 1);
    SEND(o, .name = "a", .value = 2);
    SEND_SKETCH(o, 1, .name = "b", .value = 1);
    assert_int_equal(o->stats.series, 2);
    assert_int_equal(o->stats.sketches, 1);
    assert_int_equal(o->stats.dropped, 0);
    assert_string_equal(o->stats.last_error, "");
    assert_string_equal(o->class->name, "prometheus");
    o->class->free(o);
}

static void a_page_that_is_too_big_says_so(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});
    struct buf small;

    (void)state;
    SEND(o, .name = "a", .value = 1);
    buf_init(&small, 10);
    prometheus_write(o, EXPOSITION_TEXT, 1, &small);
    assert_true(small.failed);
    buf_free(&small);
    o->class->free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(series_become_samples),
        cmocka_unit_test(sketches_become_histograms),
        cmocka_unit_test(negative_values_leave_a_histogram_without_sum),
        cmocka_unit_test(buckets_with_their_bounds_are_one_histogram),
        cmocka_unit_test(bounds_that_make_no_sense_are_labels),
        cmocka_unit_test(service_checks_are_one_gauge),
        cmocka_unit_test(events_are_counted),
        cmocka_unit_test(what_was_taken_in_is_counted),
        cmocka_unit_test(a_page_that_is_too_big_says_so),
    };

    return cmocka_run_group_tests_name("prometheus", tests, quietly, NULL);
}

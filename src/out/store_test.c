#include "out/prometheus_testing.h"

#include <stdio.h>

/* ---- Collisions ------------------------------------------------------------------------ */

static void the_second_of_two_namesakes_is_left_out(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});

    (void)state;
    SEND(o, .id = "c:1", .name = "a.b", .value = 1, .tags = {"x:y"});
    SEND(o, .id = "c:2", .name = "a.b", .value = 2, .tags = {"x:y"});
    SEND(o, .id = "c:1", .name = "a_b", .value = 3, .tags = {"x:y"});
    SEND(o, .id = "c:1", .name = "a_b", .value = 4, .tags = {"x:z"});
    assert_string_equal(page(o, 1), "# HELP a_b a.b\n# TYPE a_b gauge\n"
                                    "a_b{x=\"y\"} 1\na_b{x=\"z\"} 4\n");
    assert_int_equal(prometheus_collisions(o), 2);
    assert_int_equal(o->stats.dropped, 0);
    /* The same under another kind. */
    SEND(o, .id = "c:1", .name = "a.b", .value = 5, .kind = ADDER_RATE, .tags = {"x:y"});
    assert_int_equal(prometheus_collisions(o), 3);
    o->class->free(o);
}

static void a_namesake_takes_the_place_of_one_that_is_stale(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});

    (void)state;
    SEND(o, .id = "c:1", .name = "a", .value = 1, .time = 100);
    SEND(o, .id = "c:2", .name = "a", .value = 2, .time = 100);
    SEND(o, .id = "c:2", .name = "a", .value = 2, .time = 175);
    assert_string_equal(page(o, 175), "# HELP a a\n# TYPE a gauge\na 1\n");
    SEND(o, .id = "c:2", .name = "a", .value = 3, .time = 190);
    assert_string_equal(page(o, 190), "# HELP a a\n# TYPE a gauge\na 3\n");
    assert_int_equal(prometheus_collisions(o), 0);
    SEND(o, .id = "c:1", .name = "a", .value = 4, .time = 190);
    assert_string_equal(page(o, 190), "# HELP a a\n# TYPE a gauge\na 3\n");
    assert_int_equal(prometheus_collisions(o), 1);
    o->class->free(o);
}

/* Totals are kept while they are not shown: the one that was hidden hides it in turn. */
static void a_total_that_comes_back_is_second(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});

    (void)state;
    SEND(o, .id = "c:1", .name = "a", .value = 1, .time = 100, MONOTONIC);
    SEND(o, .id = "c:2", .name = "a", .value = 2, .time = 100, MONOTONIC);
    SEND(o, .id = "c:2", .name = "a", .value = 2, .time = 200, MONOTONIC);
    assert_non_null(strstr(page(o, 200), "\na_total 4\n"));
    SEND(o, .id = "c:1", .name = "a", .value = 5, .time = 200, MONOTONIC);
    assert_non_null(strstr(page(o, 200), "\na_total 4\n"));
    assert_int_equal(prometheus_collisions(o), 1);
    o->class->free(o);
}

/* Whatever has the names that a histogram's samples have gives way. */
static void a_histogram_keeps_its_names(void **state)
{
    static const char *const names[] = {"t", "t.bucket", "t.count", "t.sum", "t.created"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct output *o = new_output((struct prometheus_options){0});

        SEND(o, .name = names[i], .value = 77);
        assert_non_null(strstr(page(o, 1), " 77\n"));
        SEND_SKETCH(o, 1, .name = "t", .value = 1);
        assert_null(strstr(page(o, 1), " 77\n"));
        assert_non_null(strstr(page(o, 1), "# TYPE t histogram\n"));
        assert_int_equal(prometheus_collisions(o), 1);
        o->class->free(o);
    }
}

static void of_two_histograms_the_shorter_name_counts(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});

    (void)state;
    SEND_SKETCH(o, 1, .name = "t.count", .value = 1);
    SEND_SKETCH(o, 1, .name = "t", .value = 1);
    assert_non_null(strstr(page(o, 1), "# TYPE t histogram\n"));
    assert_null(strstr(page(o, 1), "# TYPE t_count"));
    assert_int_equal(prometheus_collisions(o), 1);
    o->class->free(o);
}

/* What a scraped histogram comes to, with its count and sum beside it. */
static void counts_beside_a_histogram_are_no_counters_to_openmetrics(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});
    const char *text;

    (void)state;
    SEND_SKETCH(o, 1, .name = "t", .value = 1);
    SEND(o, .name = "t.count", .value = 1, MONOTONIC);
    SEND(o, .name = "t.sum", .value = 1, MONOTONIC);
    text = page(o, 1);
    assert_non_null(strstr(text, "# TYPE t_count_total counter\nt_count_total 1\n"));
    assert_non_null(strstr(text, "# TYPE t_sum_total counter\nt_sum_total 1\n"));
    text = page_of(o, EXPOSITION_OPENMETRICS, 1);
    assert_non_null(strstr(text, "# TYPE t_count_total unknown\nt_count_total 1\n"));
    assert_non_null(strstr(text, "# TYPE t_sum_total unknown\nt_sum_total 1\n"));
    assert_int_equal(prometheus_collisions(o), 0);
    o->class->free(o);
}

/* ---- What goes and what stays ---------------------------------------------------------- */

static void values_go_after_some_intervals_without_one(void **state)
{
    struct output *o = new_output((struct prometheus_options){.stale_runs = 2});

    (void)state;
    SEND(o, .name = "a", .value = 1, .time = 100);
    SEND(o, .name = "b", .value = 1, .time = 110);
    send_commit(o, NULL, 110);
    assert_non_null(strstr(page(o, 130), "\na 1\n"));
    assert_string_equal(page(o, 131), "# HELP b b\n# TYPE b gauge\nb 1\n");
    assert_string_equal(page(o, 141), "");
    SEND(o, .name = "a", .value = 2, .time = 150);
    assert_string_equal(page(o, 150), "# HELP a a\n# TYPE a gauge\na 2\n");
    o->class->free(o);
}

/* What is read with each run goes as a value does, but its total is not forgotten. */
static void totals_of_what_is_polled_come_back_as_they_were(void **state)
{
    struct output *o = new_output((struct prometheus_options){.stale_runs = 2});

    (void)state;
    SEND(o, .name = "a", .value = 10, .time = 100, MONOTONIC);
    send_commit(o, NULL, 131);
    assert_string_equal(page(o, 131), "");
    SEND(o, .name = "a", .value = 1, .time = 80000, MONOTONIC);
    assert_non_null(strstr(page(o, 80000), "\na_total 11\n"));
    assert_string_equal(page(o, 80000 + 25 * 3600 + 1), "");
    SEND(o, .name = "a", .value = 1, .time = 180000, MONOTONIC);
    assert_non_null(strstr(page(o, 180000), "\na_total 1\n"));
    o->class->free(o);
}

/* That nothing was counted means that nothing happened, as long as the check runs. */
static void totals_of_events_stay_with_their_check(void **state)
{
    struct output *o = new_output((struct prometheus_options){.stale_runs = 2});

    (void)state;
    SEND(o, .name = "a", .value = 10, .time = 100, COUNT);
    SEND_SKETCH(o, 1, .name = "h", .value = 10, .time = 100);
    for (double now = 115; now < 1000; now += 15) {
        send_commit(o, NULL, now);
        assert_non_null(strstr(page(o, now), "\na_total 10\n"));
        assert_non_null(strstr(page(o, now), "\nh_count 1\n"));
    }
    assert_string_equal(page(o, 1100), "");
    send_commit(o, NULL, 1200);
    assert_non_null(strstr(page(o, 1200), "\na_total 10\n"));
    send_commit(o, NULL, 25 * 3600 + 101);
    assert_string_equal(page(o, 25 * 3600 + 101), "");
    o->class->free(o);
}

static void a_forgotten_check_has_no_series(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});
    struct origin gone = origin_of("c:1"), unknown = origin_of("c:9");

    (void)state;
    SEND(o, .id = "c:1", .name = "a", .value = 1, MONOTONIC);
    SEND(o, .id = "c:2", .name = "b", .value = 2);
    o->class->forget(o, &gone);
    o->class->forget(o, &unknown);
    assert_string_equal(page(o, 1), "# HELP b b\n# TYPE b gauge\nb 2\n");
    /* It may come back, and begins anew, even before the old series are gone. */
    SEND(o, .id = "c:1", .name = "a", .value = 3, .time = 1, MONOTONIC);
    o->class->forget(o, &gone);
    SEND(o, .id = "c:1", .name = "a", .value = 4, .time = 1, MONOTONIC);
    assert_non_null(strstr(page(o, 1), "\na_total 4\n"));
    assert_int_equal(prometheus_collisions(o), 0);
    o->class->free(o);
}

/* Nobody may ever look at the page. */
static void commits_also_drop_what_is_stale(void **state)
{
    struct output *o = new_output((struct prometheus_options){.series_max = 2});
    double now = 1000;

    (void)state;
    send_commit(o, NULL, now);
    for (int i = 0; i < 20; i++, now += 100) {
        char name[16];

        snprintf(name, sizeof(name), "m%d", i);
        SEND(o, .name = name, .value = 1, .time = now);
        send_commit(o, NULL, now);
    }
    assert_int_equal(o->stats.dropped, 0);
    o->class->free(o);
}

static void a_clock_that_was_set_back_does_no_harm(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});

    (void)state;
    SEND(o, .name = "a", .value = 1, .time = 1e6);
    send_commit(o, NULL, 1e6);
    assert_string_equal(page(o, 100), "# HELP a a\n# TYPE a gauge\na 1\n");
    assert_non_null(strstr(page(o, 170), "\na 1\n"));
    assert_string_equal(page(o, 180), "");
    SEND(o, .name = "a", .value = 2, .time = 181);
    assert_non_null(strstr(page(o, 181), "\na 2\n"));
    o->class->free(o);
}

/* ---- Limits ---------------------------------------------------------------------------- */

static void series_over_the_limit_are_dropped_and_counted(void **state)
{
    struct output *o = new_output((struct prometheus_options){.series_max = 2});

    (void)state;
    SEND(o, .name = "a", .value = 1);
    SEND(o, .name = "b", .value = 1);
    SEND(o, .name = "c", .value = 1);
    SEND(o, .name = "a", .value = 2);
    assert_int_equal(o->stats.dropped, 1);
    assert_int_equal(o->stats.series, 4);
    assert_string_equal(o->stats.last_error, "there are more series than 2");
    assert_string_equal(page(o, 1),
                        "# HELP a a\n# TYPE a gauge\na 2\n# HELP b b\n# TYPE b gauge\nb 1\n");
    /* When nothing has been dropped for a while, nothing is wrong any more. */
    page(o, 2);
    assert_string_equal(o->stats.last_error, "");
    assert_int_equal(o->stats.dropped, 1);
    o->class->free(o);
}

static void bytes_over_the_limit_are_dropped_and_counted(void **state)
{
    struct output *o = new_output((struct prometheus_options){.bytes_max = 64 * 1024});
    size_t sent = 0;

    (void)state;
    for (; o->stats.dropped == 0 && sent < 1000; sent++) {
        char tag[16];

        snprintf(tag, sizeof(tag), "n:%zu", sent);
        SEND(o, .name = "a", .value = 1, .tags = {tag});
    }
    assert_in_range(sent, 100, 500);
    assert_string_equal(o->stats.last_error, "series take more bytes than 65536");
    o->class->free(o);
}

static void labels_over_the_limit_are_dropped_and_counted(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});
    AUTOFREE char *tag = mem_zalloc(100 * 1000);

    (void)state;
    memset(tag, 'x', 100 * 1000 - 1);
    SEND(o, .name = tag, .value = 1);
    SEND(o, .name = "a", .value = 1, .tags = {tag});
    SEND(o, .name = "a", .value = 1, .host = tag);
    assert_int_equal(o->stats.dropped, 3);
    assert_string_equal(o->stats.last_error,
                        "a name, or the labels of a series, of more bytes than 65536");
    assert_string_equal(page(o, 1), "");
    o->class->free(o);
}

/* ---- Memory ---------------------------------------------------------------------------- */

static void send_all(struct output *o, double time)
{
    struct origin from = origin_of(NULL);
    struct adder_service_check check = {.name = str_of("s"), .status = 1};
    struct adder_event event = {.title = str_of("e")};

    SEND(o, .name = "a", .value = 1, .time = time, .tags = {"x:y", "le:z", "w"});
    SEND(o, .name = "a", .value = 1, .time = time, .tags = {"x:z"});
    SEND(o, .id = "c:2", .name = "a", .value = 1, .time = time, .tags = {"x:z"});
    SEND(o, .name = "b", .value = 1, .time = time, MONOTONIC);
    SEND_SKETCH(o, 1, .name = "h", .value = 10, .time = time);
    SEND_SKETCH(o, 1, .name = "i", .value = 10, .time = time,
                .tags = {"a", "lower_bound:5", "upper_bound:20"});
    o->class->service_check(o, &from, &check, time);
    o->class->event(o, &from, &event, time);
    send_commit(o, NULL, time);
    send_commit(o, "c:2", time);
}

static void a_known_series_takes_its_value_without_memory(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});

    (void)state;
    send_all(o, 1);
    for (int i = 0; i < 3; i++) {
        mem_fail_at(0);
        SEND(o, .name = "a", .value = 5, .time = 2, .tags = {"x:y", "le:z", "w"});
        SEND(o, .id = "c:2", .name = "a", .value = 5, .time = 2, .tags = {"x:z"});
        SEND(o, .name = "b", .value = 5, .time = 2, MONOTONIC);
        send_commit(o, NULL, 2);
        assert_false(mem_failed());
        mem_fail_at(-1);
    }
    assert_non_null(strstr(page(o, 2), "\nb_total 16\n"));
    o->class->free(o);
}

static int takes_all(void)
{
    struct output *o = NULL;
    struct adder_error err;
    struct buf to;
    bool failed;

    if (prometheus_new(&(struct prometheus_options){0}, &o, &err) < 0)
        return -1;
    buf_init(&to, PAGE_MAX);
    send_all(o, 1);
    send_all(o, 100);
    prometheus_write(o, EXPOSITION_OPENMETRICS, 100, &to);
    prometheus_write(o, EXPOSITION_TEXT, 1000, &to);
    failed = to.failed || o->stats.dropped > 0;
    buf_free(&to);
    o->class->free(o);
    return failed ? -1 : 0;
}

static void without_memory_values_are_dropped_and_counted(void **state)
{
    (void)state;
    each_alloc_fails(takes_all);
}

static void series_that_come_and_go_leave_nothing_behind(void **state)
{
    struct output *o = new_output((struct prometheus_options){0});
    long live = 0;

    (void)state;
    for (int round = 0; round < 20; round++) {
        double now = round * 1e6;

        for (int i = 0; i < 200; i++) {
            char name[32];

            snprintf(name, sizeof(name), "m%d.%d", round, i % 20);
            SEND(o, .name = name, .value = 1, .time = now, .host = name + i % 7);
            SEND_SKETCH(o, 1, .name = "h", .value = i, .time = now, .host = name + i % 7);
        }
        page(o, now + 100 * 3600);
        if (round == 0)
            live = mem_live();
        assert_int_equal(mem_live(), live);
    }
    o->class->free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_of_two_namesakes_is_left_out),
        cmocka_unit_test(a_namesake_takes_the_place_of_one_that_is_stale),
        cmocka_unit_test(a_total_that_comes_back_is_second),
        cmocka_unit_test(a_histogram_keeps_its_names),
        cmocka_unit_test(of_two_histograms_the_shorter_name_counts),
        cmocka_unit_test(counts_beside_a_histogram_are_no_counters_to_openmetrics),
        cmocka_unit_test(values_go_after_some_intervals_without_one),
        cmocka_unit_test(totals_of_what_is_polled_come_back_as_they_were),
        cmocka_unit_test(totals_of_events_stay_with_their_check),
        cmocka_unit_test(a_forgotten_check_has_no_series),
        cmocka_unit_test(commits_also_drop_what_is_stale),
        cmocka_unit_test(a_clock_that_was_set_back_does_no_harm),
        cmocka_unit_test(series_over_the_limit_are_dropped_and_counted),
        cmocka_unit_test(bytes_over_the_limit_are_dropped_and_counted),
        cmocka_unit_test(labels_over_the_limit_are_dropped_and_counted),
        cmocka_unit_test(a_known_series_takes_its_value_without_memory),
        cmocka_unit_test(without_memory_values_are_dropped_and_counted),
        cmocka_unit_test(series_that_come_and_go_leave_nothing_behind),
    };

    return cmocka_run_group_tests_name("store", tests, quietly, NULL);
}

#include "metrics/sampler.h"

#include <math.h>
#include <stdio.h>

#include "metrics/sampler_testing.h"

static void note_kind(void *ctx, const struct series *s)
{
    *(int *)ctx = s->kind;
}

static void tagged(struct sampler *s, double value, const char *host, size_t count,
                   const struct adder_str *tags)
{
    sampler_metric(
        s,
        &(struct adder_metric){
            .name = TEXT("m"), .value = value, .hostname = str_of(host), .tags = {tags, count}},
        10);
}

static void order_and_repetition_of_tags_make_no_context(void **state)
{
    const struct adder_str a[] = {TEXT("b"), TEXT("a"), TEXT("B"), TEXT("b")};
    const struct adder_str b[] = {TEXT("a"), TEXT("B"), TEXT("b")};
    struct sampler *s = default_sampler();

    (void)state;
    tagged(s, 1, "", ARRAY_LEN(a), a);
    tagged(s, 2, "", ARRAY_LEN(b), b);
    assert_int_equal(sampler_stats(s).contexts, 1);
    assert_string_equal(commit(s, 10), "m gauge 2@10 B,a,b\n");
    sampler_free(s);
}

static void name_host_tags_and_kind_make_a_context(void **state)
{
    const struct adder_str ab[] = {TEXT("ab")}, a_b[] = {TEXT("a"), TEXT("b")},
                           empty[] = {{"", 0}};
    struct sampler *s = default_sampler();

    (void)state;
    tagged(s, 1, "", 0, NULL);
    tagged(s, 2, "h", 0, NULL);
    tagged(s, 3, "", 1, ab);
    tagged(s, 4, "", 2, a_b);
    tagged(s, 5, "", 1, empty);
    sampler_metric(s, &(struct adder_metric){.name = TEXT("mh"), .value = 6}, 10);
    sampler_metric(
        s, &(struct adder_metric){.kind = ADDER_COUNT, .name = TEXT("m"), .value = 7}, 10);
    assert_int_equal(sampler_stats(s).contexts, 7);
    assert_string_equal(commit(s, 10), "m gauge 1@10\nm gauge 2@10 host=h\nm gauge 3@10 ab\n"
                                       "m gauge 4@10 a,b\nm gauge 5@10 \nmh gauge 6@10\n"
                                       "m count 7@10\n");
    sampler_free(s);
}

static void the_hostname_and_tags_of_the_sender_are_added(void **state)
{
    char name[] = "here", tag[] = "x:1";
    const struct adder_str extra[] = {{tag, 3}, TEXT("a")}, tags[] = {TEXT("z"), TEXT("a")};
    struct sampler_options options = {.hostname = name, .extra_tags = {extra, 2}};
    struct sampler *s = new_sampler(&options);

    (void)state;
    memset(name, '?', 4);
    memset(tag, '?', 3);
    tagged(s, 1, "", 2, tags);
    tagged(s, 2, "there", 0, NULL);
    assert_string_equal(commit(s, 10),
                        "m gauge 1@10 host=here a,x:1,z\nm gauge 2@10 host=there a,x:1\n");
    sampler_free(s);
}

static void no_default_hostname_leaves_samples_without_one(void **state)
{
    struct sampler_options options = {.hostname = "here", .empty_default_hostname = true};
    struct sampler *s = new_sampler(&options);

    (void)state;
    tagged(s, 1, "", 0, NULL);
    assert_string_equal(commit(s, 10), "m gauge 1@10\n");
    sampler_free(s);
}

static void the_last_device_tag_is_the_device(void **state)
{
    const struct adder_str two[] = {TEXT("device:sdb"), TEXT("a"), TEXT("device:sda"),
                                    TEXT("x")};
    const struct adder_str none[] = {TEXT("device"), TEXT("device:")};
    struct sampler *s = default_sampler();

    (void)state;
    tagged(s, 1, "", 4, two);
    tagged(s, 2, "", 2, none);
    assert_string_equal(commit(s, 10),
                        "m gauge 1@10 a,x device=sdb\nm gauge 2@10 device device=\n");
    sampler_free(s);
}

static void values_that_are_no_numbers_only_keep_their_context(void **state)
{
    struct sampler *s = default_sampler();

    (void)state;
    sample(s, ADDER_GAUGE, NAN, 10);
    sample(s, ADDER_GAUGE, INFINITY, 10);
    sample(s, ADDER_GAUGE, -INFINITY, 10);
    sample(s, ADDER_GAUGE, 1, NAN);
    sample(s, 7, 1, 10);
    sample(s, -1, 1, 10);
    assert_string_equal(commit(s, 10), "");
    assert_int_equal(sampler_stats(s).samples, 6);
    assert_int_equal(sampler_stats(s).rejected, 4);
    assert_int_equal(sampler_stats(s).unknown_kind, 2);
    for (int i = 0; i < 5; i++) {
        sample(s, ADDER_GAUGE, NAN, 10);
        commit(s, 10);
        assert_int_equal(sampler_stats(s).contexts, 1);
    }
    sampler_free(s);
}

static void results_that_are_no_numbers_are_rejected(void **state)
{
    const struct adder_histogram_bucket b = {
        .name = TEXT("b"), .value = 10, .lower = 1e308, .upper = 1e308};
    struct sampler *s = default_sampler();

    (void)state;
    for (int i = 0; i < 2; i++) {
        sample(s, ADDER_HISTOGRAM, 1e308, 10);
        sample(s, ADDER_COUNT, 1e308, 10);
        sample(s, ADDER_RATE, i == 0 ? -1e308 : 1e308, 10 + i);
    }
    sampler_bucket(s, &b, 5);
    assert_string_equal(commit(s, 20), "m.max gauge 1e+308@20\nm.median gauge 1e+308@20\n"
                                       "m.count rate 2@20\nm.95percentile gauge 1e+308@20\n");
    assert_int_equal(sampler_stats(s).rejected, 4);
    sampler_free(s);
}

static void contexts_beyond_the_limit_are_counted(void **state)
{
    struct sampler *s = new_sampler(&(struct sampler_options){.contexts_max = 2});
    const struct adder_str tags[] = {TEXT("a"), TEXT("b"), TEXT("c")};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        tagged(s, (double)i, "", 1, &tags[i]);
    tagged(s, 5, "", 1, &tags[0]);
    assert_int_equal(sampler_stats(s).over_limit, 1);
    assert_int_equal(sampler_stats(s).contexts, 2);
    assert_string_equal(commit(s, 10), "m gauge 5@10 a\nm gauge 1@10 b\n");
    sampler_free(s);
}

static void bytes_beyond_the_limit_are_counted(void **state)
{
    struct sampler *s = new_sampler(&(struct sampler_options){.bytes_max = 1});
    static char large[5 * 1024 * 1024];
    const struct adder_str tag = {large, sizeof(large)};

    (void)state;
    sample(s, ADDER_GAUGE, 1, 10);
    sample(s, ADDER_COUNT, 1, 10);
    assert_int_equal(sampler_stats(s).over_limit, 1);
    sampler_free(s);
    s = default_sampler();
    tagged(s, 1, "", 1, &tag);
    assert_int_equal(sampler_stats(s).over_limit, 1);
    assert_int_equal(sampler_stats(s).contexts, 0);
    sampler_free(s);
}

static void many_contexts_are_found_again(void **state)
{
    enum { N = 20000 };
    struct sampler *s = default_sampler();
    char name[32];

    (void)state;
    for (int round = 0; round < 4; round++) {
        /* Every other one falls silent after the first round and goes after the third. */
        for (int i = 0; i < N; i += round == 0 ? 1 : 2) {
            struct adder_metric m = {.kind = ADDER_GAUGE, .value = i, .name = {name, 0}};

            m.name.len = (size_t)snprintf(name, sizeof(name), "metric.%d", i);
            sampler_metric(s, &m, 10);
        }
        commit(s, 10);
        assert_int_equal(sampler_stats(s).contexts, round < 2 ? N : N / 2);
    }
    assert_int_equal(sampler_stats(s).over_limit, 0);
    sampler_free(s);
}

static void settings_that_are_wrong_are_refused(void **state)
{
    const char *const names[] = {"max", "mode", NULL};
    const double percentile = 95;
    struct sampler *s = NULL;
    struct adder_error err;

    (void)state;
    assert_int_equal(sampler_new(&(struct sampler_options){.aggregates = names}, &s, &err), -1);
    assert_int_equal(err.code, ADDER_INVALID);
    assert_string_equal(
        err.message, "histogram aggregate 'mode' is none of max, min, median, avg, sum, count");
    assert_int_equal(sampler_new(&(struct sampler_options){.percentiles = &percentile,
                                                           .percentile_count = 1},
                                 &s, &err),
                     -1);
    assert_int_equal(err.code, ADDER_INVALID);
    assert_string_equal(err.message, "histogram percentile 95 is not between 0 and 1");
    assert_null(s);
}

static void known_contexts_are_sampled_and_handed_out_without_allocation(void **state)
{
    const struct adder_str tags[] = {TEXT("b"), TEXT("device:sda"), TEXT("a")};
    struct sampler *s = default_sampler();

    (void)state;
    for (int round = 0; round < 3; round++) {
        if (round > 0)
            mem_fail_at(0);
        for (int kind = ADDER_GAUGE; kind <= ADDER_HISTORATE; kind++) {
            struct adder_metric m = {kind, TEXT("m"), 1, {tags, 3}, TEXT("h"), true};

            sampler_metric(s, &m, 10 + 2 * round);
            sampler_metric(s, &m, 11 + 2 * round);
        }
        sampler_commit(s, 12, &(struct series_sink){note_kind, NULL, &(int){0}});
        assert_false(mem_failed());
        mem_fail_at(-1);
    }
    assert_int_equal(sampler_stats(s).over_limit, 0);
    sampler_free(s);
}

static int uses_a_sampler(void)
{
    const struct adder_str extra = TEXT("x");
    struct sampler *s;
    struct adder_error err;
    bool complete;

    if (sampler_new(&(struct sampler_options){.hostname = "h", .extra_tags = {&extra, 1}}, &s,
                    &err) < 0)
        return -1;
    for (int i = 0; i < 40; i++) {
        char name[] = {'m', (char)('0' + i)};
        struct adder_metric m = {.kind = i % 7, .name = {name, 2}, .value = i};
        struct adder_histogram_bucket b = {{name, 2}, 100, 1, 1e6, false, {"", 0}, {0}, 0, 0};

        sampler_metric(s, &m, 1);
        sampler_bucket(s, &b, i % 3);
    }
    for (int i = 0; i < 4; i++)
        sampler_commit(s, 2 + i, &(struct series_sink){note_kind, NULL, &(int){0}});
    complete = sampler_stats(s).over_limit == 0;
    sampler_free(s);
    return complete ? 0 : -1;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(uses_a_sampler);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_repetition_of_tags_make_no_context),
        cmocka_unit_test(name_host_tags_and_kind_make_a_context),
        cmocka_unit_test(the_hostname_and_tags_of_the_sender_are_added),
        cmocka_unit_test(no_default_hostname_leaves_samples_without_one),
        cmocka_unit_test(the_last_device_tag_is_the_device),
        cmocka_unit_test(values_that_are_no_numbers_only_keep_their_context),
        cmocka_unit_test(results_that_are_no_numbers_are_rejected),
        cmocka_unit_test(contexts_beyond_the_limit_are_counted),
        cmocka_unit_test(bytes_beyond_the_limit_are_counted),
        cmocka_unit_test(many_contexts_are_found_again),
        cmocka_unit_test(settings_that_are_wrong_are_refused),
        cmocka_unit_test(known_contexts_are_sampled_and_handed_out_without_allocation),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("sampler", tests, lines_set_up, lines_tear_down);
}

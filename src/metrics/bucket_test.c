#include "metrics/bucket.h"

#include <math.h>

#include "metrics/sampler_testing.h"

/* A bucket of the context "b", from 10 to 20. */
static struct adder_histogram_bucket bucket_of(int64_t value)
{
    return (struct adder_histogram_bucket){
        .name = TEXT("b"), .value = value, .lower = 10, .upper = 20};
}

static void buckets_are_spread_over_a_sketch(void **state)
{
    const struct adder_str tags[] = {TEXT("x"), TEXT("device:sda"), TEXT("x")};
    struct adder_histogram_bucket b = bucket_of(4);
    struct sampler *s = new_sampler(&(struct sampler_options){.hostname = "h"});

    (void)state;
    b.tags = (struct adder_tags){tags, 3};
    sampler_bucket(s, &b, 100.7);
    assert_string_equal(commit(s, 105), "b @100 n=4 min=10.0757 host=h device:sda,x\n");
    assert_string_equal(commit(s, 106), "");
    sampler_free(s);
}

static void an_open_end_counts_at_its_lower_bound(void **state)
{
    struct adder_histogram_bucket b = bucket_of(4);
    struct sampler *s = default_sampler();

    (void)state;
    b.lower = 9000;
    b.upper = INFINITY;
    sampler_bucket(s, &b, 100);
    assert_string_equal(commit(s, 105), "b @100 n=4 min=9000\n");
    b.lower = -INFINITY;
    b.upper = 9000;
    sampler_bucket(s, &b, 110);
    assert_string_equal(commit(s, 115), "");
    assert_int_equal(sampler_stats(s).rejected, 0);
    sampler_free(s);
}

static void the_second_of_a_commit_waits_for_the_next(void **state)
{
    struct adder_histogram_bucket b = bucket_of(1);
    struct sampler *s = default_sampler();

    (void)state;
    sampler_bucket(s, &b, 101.2);
    sampler_bucket(s, &b, 100.1);
    sampler_bucket(s, &b, 102.0);
    sampler_bucket(s, &b, 101.9);
    assert_string_equal(commit(s, 102.9), "b @100 n=1 min=10.0757\nb @101 n=2 min=10.0757\n");
    assert_string_equal(commit(s, 103), "b @102 n=1 min=10.0757\n");
    sampler_free(s);
}

static void draining_hands_out_all_seconds(void **state)
{
    struct adder_histogram_bucket b = bucket_of(1);
    struct sampler *s = default_sampler();

    (void)state;
    sampler_bucket(s, &b, 100);
    sample(s, ADDER_GAUGE, 1, 100);
    buf_clear(&output);
    sampler_drain(s, &lines);
    assert_string_equal(text(), "b @100 n=1 min=10.0757\n");
    assert_string_equal(commit(s, 100), "m gauge 1@100\n");
    sampler_free(s);
}

static void a_monotonic_bucket_yields_its_differences(void **state)
{
    /* Values of one commit each, and the number of values in its sketch. */
    static const struct {
        bool flush_first;
        int64_t values[6];
        const char *expected[6];
        unsigned rejected;
    } cases[] = {
        {false, {4, 7, 7, 5, 8}, {"", "n=3", "", "", "n=3"}, 1},
        {true, {4, 7, 7, 5, 8}, {"n=4", "n=3", "", "", "n=3"}, 1},
        {false, {4, 0, 6}, {"", "", "n=2"}, 0},
        {false, {4, -1, 6}, {"", "", "n=2"}, 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sampler *s = default_sampler();

        for (size_t j = 0; j < 6 && cases[i].expected[j] != NULL; j++) {
            struct adder_histogram_bucket b = bucket_of(cases[i].values[j]);
            const char *out;

            b.monotonic = true;
            b.flush_first_value = cases[i].flush_first;
            sampler_bucket(s, &b, 100 + (double)j);
            out = commit(s, 101 + (double)j);
            if (cases[i].expected[j][0] == '\0')
                assert_string_equal(out, "");
            else
                assert_non_null(strstr(out, cases[i].expected[j]));
        }
        assert_int_equal(sampler_stats(s).rejected, cases[i].rejected);
        sampler_free(s);
    }
}

static void buckets_of_a_multi_context_are_told_apart_by_their_bounds(void **state)
{
    /* Two rounds of three buckets; what the second adds to the first. */
    static const struct {
        double lower, upper;
        int64_t first, second;
    } buckets[] = {{0, 1, 5, 8}, {1, 2, 40, 41}, {2, INFINITY, 7, 7}};
    struct sampler *s = default_sampler();

    (void)state;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < ARRAY_LEN(buckets); i++) {
            struct adder_histogram_bucket b =
                bucket_of(round == 0 ? buckets[i].first : buckets[i].second);

            b.lower = buckets[i].lower;
            b.upper = buckets[i].upper;
            b.monotonic = b.multi = true;
            sampler_bucket(s, &b, 100 + round);
        }
    assert_int_equal(sampler_stats(s).contexts, 1);
    assert_non_null(strstr(commit(s, 102), "@101 n=4 "));
    assert_int_equal(sampler_stats(s).rejected, 0);
    sampler_free(s);
}

static void buckets_beyond_the_limit_of_bounds_are_dropped(void **state)
{
    struct sampler *s = default_sampler();

    (void)state;
    for (int i = 0; i < BUCKET_BOUNDS_MAX + 2; i++) {
        struct adder_histogram_bucket b = bucket_of(1);

        b.lower = i;
        b.upper = i + 1;
        b.monotonic = b.multi = true;
        sampler_bucket(s, &b, 100);
    }
    assert_int_equal(sampler_stats(s).over_limit, 2);
    sampler_free(s);
}

static void the_last_value_goes_with_its_context(void **state)
{
    struct adder_histogram_bucket b = bucket_of(4);
    struct sampler *s = default_sampler();

    (void)state;
    b.monotonic = true;
    sampler_bucket(s, &b, 100);
    for (int i = 0; i < 3; i++)
        commit(s, 101 + i);
    assert_int_equal(sampler_stats(s).contexts, 0);
    b.value = 9;
    sampler_bucket(s, &b, 110);
    assert_string_equal(commit(s, 111), "");
    b.value = 10;
    sampler_bucket(s, &b, 120);
    assert_string_equal(commit(s, 121), "b @120 n=1 min=10.0757\n");
    sampler_free(s);
}

static void buckets_that_make_no_sense_make_no_context(void **state)
{
    static const struct {
        int64_t value;
        double lower, upper, time;
        unsigned rejected;
    } cases[] = {
        {-1, 10, 20, 100, 1}, {0, 10, 20, 100, 0},  {1, 20, 10, 100, 1},
        {1, NAN, 1, 100, 1},  {1, 1, NAN, 100, 1},  {1, 10, 20, NAN, 1},
        {0, 20, 10, 100, 0},  {-1, 20, 10, 100, 1}, {1, 1, 2, INFINITY, 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct adder_histogram_bucket b = bucket_of(cases[i].value);
        struct sampler *s = default_sampler();

        b.lower = cases[i].lower;
        b.upper = cases[i].upper;
        sampler_bucket(s, &b, cases[i].time);
        assert_int_equal(sampler_stats(s).rejected, cases[i].rejected);
        assert_int_equal(sampler_stats(s).buckets, 1);
        assert_int_equal(sampler_stats(s).contexts, 0);
        sampler_free(s);
    }
}

static void a_bucket_and_a_gauge_of_one_name_are_two_contexts(void **state)
{
    struct adder_histogram_bucket b = bucket_of(1);
    struct sampler *s = default_sampler();

    (void)state;
    b.name = TEXT("m");
    sampler_bucket(s, &b, 100);
    sample(s, ADDER_GAUGE, 1, 100);
    assert_string_equal(commit(s, 101), "m @100 n=1 min=10.0757\nm gauge 1@101\n");
    sampler_free(s);
}

static void seconds_beyond_the_limit_are_counted(void **state)
{
    struct adder_histogram_bucket b = bucket_of(1);
    struct sampler *s = default_sampler();

    (void)state;
    for (int i = 0; i < BUCKET_SECONDS_MAX + 2; i++)
        sampler_bucket(s, &b, 5000 - i);
    assert_int_equal(sampler_stats(s).over_limit, 2);
    commit(s, 6000);
    sampler_bucket(s, &b, 6001);
    assert_int_equal(sampler_stats(s).over_limit, 2);
    sampler_free(s);
}

static void sketches_count_for_the_limit_of_bytes(void **state)
{
    struct adder_histogram_bucket b = bucket_of(INT64_MAX);
    struct sampler *s = new_sampler(&(struct sampler_options){.bytes_max = 10000});

    (void)state;
    b.lower = 1;
    b.upper = 1e12; /* some 1800 bins */
    for (int round = 0; round < 3; round++) {
        sampler_bucket(s, &b, 100);
        sampler_bucket(s, &b, 100);
        assert_int_equal(sampler_stats(s).over_limit, round + 1);
        commit(s, 200);
    }
    sampler_free(s);
}

static void a_time_of_the_future_is_handed_out_with_its_context(void **state)
{
    struct adder_histogram_bucket b = bucket_of(1);
    struct sampler *s = default_sampler();

    (void)state;
    sampler_bucket(s, &b, 1e300);
    assert_string_equal(commit(s, 100), "");
    assert_string_equal(commit(s, 101), "");
    assert_string_equal(commit(s, 102), "b @1000000000000000 n=1 min=10.0757\n");
    assert_int_equal(sampler_stats(s).contexts, 0);
    sampler_free(s);
}

static void sketches_that_nobody_wants_are_dropped(void **state)
{
    struct adder_histogram_bucket b = bucket_of(1);
    struct sampler *s = default_sampler();

    (void)state;
    sampler_bucket(s, &b, 100);
    sampler_commit(s, 101, &(struct series_sink){write_series, NULL, NULL});
    assert_string_equal(commit(s, 102), "");
    sampler_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_are_spread_over_a_sketch),
        cmocka_unit_test(an_open_end_counts_at_its_lower_bound),
        cmocka_unit_test(the_second_of_a_commit_waits_for_the_next),
        cmocka_unit_test(draining_hands_out_all_seconds),
        cmocka_unit_test(a_monotonic_bucket_yields_its_differences),
        cmocka_unit_test(buckets_of_a_multi_context_are_told_apart_by_their_bounds),
        cmocka_unit_test(buckets_beyond_the_limit_of_bounds_are_dropped),
        cmocka_unit_test(the_last_value_goes_with_its_context),
        cmocka_unit_test(buckets_that_make_no_sense_make_no_context),
        cmocka_unit_test(a_bucket_and_a_gauge_of_one_name_are_two_contexts),
        cmocka_unit_test(seconds_beyond_the_limit_are_counted),
        cmocka_unit_test(sketches_count_for_the_limit_of_bytes),
        cmocka_unit_test(a_time_of_the_future_is_handed_out_with_its_context),
        cmocka_unit_test(sketches_that_nobody_wants_are_dropped),
    };

    return cmocka_run_group_tests_name("bucket", tests, lines_set_up, lines_tear_down);
}

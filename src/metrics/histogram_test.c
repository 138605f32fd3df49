#include "metrics/histogram.h"

#include "metrics/sampler_testing.h"

static const double few[] = {1, 10, 4, 5, 2, 2};
/* 1, 2, 3 and 10 with the weights 1, 2, 5 and 2. */
static const double weighed[] = {10, 3, 2, 3, 1, 3, 3, 10, 2, 3};

static const struct {
    const char *aggregates[8];
    double percentiles[4];
    size_t percentile_count;
    const double *values;
    size_t count;
    const char *expected;
} cases[] = {
    {{"max", "median", "avg", "count"},
     {0.95},
     1,
     few,
     ARRAY_LEN(few),
     "m.max gauge 10@9\nm.median gauge 2@9\nm.avg gauge 4@9\nm.count rate 6@9\n"
     "m.95percentile gauge 10@9\n"},
    {{"count", "sum", "max", "min", "median", "avg"},
     {0.2, 0.8, 0.95},
     3,
     weighed,
     ARRAY_LEN(weighed),
     "m.count rate 10@9\nm.sum gauge 40@9\nm.max gauge 10@9\nm.min gauge 1@9\n"
     "m.median gauge 3@9\nm.avg gauge 4@9\nm.20percentile gauge 2@9\n"
     "m.80percentile gauge 3@9\nm.95percentile gauge 10@9\n"},
    {{NULL},
     {1, 0, 0.999, 0.5},
     4,
     few,
     ARRAY_LEN(few),
     "m.0percentile gauge 1@9\nm.50percentile gauge 2@9\nm.100percentile gauge 10@9\n"},
    {{"max", "max"}, {0}, 0, few, 1, "m.max gauge 1@9\n"},
    {{NULL}, {0}, 0, few, 1, ""},
    {{"median"}, {0.99}, 1, few, 2, "m.median gauge 1@9\nm.99percentile gauge 10@9\n"},
};

static void settings_say_what_is_handed_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sampler *s = new_sampler(&(struct sampler_options){
            .aggregates = cases[i].aggregates,
            .percentiles = cases[i].percentiles,
            .percentile_count = cases[i].percentile_count,
        });

        for (size_t j = 0; j < cases[i].count; j++)
            sample(s, ADDER_HISTOGRAM, cases[i].values[j], 5);
        assert_string_equal(commit(s, 9), cases[i].expected);
        sampler_free(s);
    }
}

static void many_values_have_their_ranks(void **state)
{
    enum { N = 10007 };
    const double percentiles[] = {0.25, 0.99};
    struct sampler *s = new_sampler(
        &(struct sampler_options){.percentiles = percentiles, .percentile_count = 2});

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < N; i++)
            sample(s, ADDER_HISTOGRAM, (i * 31) % N, 5);
        assert_string_equal(commit(s, 9),
                            "m.max gauge 10006@9\nm.median gauge 5003@9\nm.avg gauge 5003@9\n"
                            "m.count rate 10007@9\nm.25percentile gauge 2501@9\n"
                            "m.99percentile gauge 9906@9\n");
    }
    sampler_free(s);
}

static void rates_that_are_no_numbers_come_last(void **state)
{
    const char *const names[] = {"min", "median", NULL};
    struct sampler *s = new_sampler(&(struct sampler_options){
        .aggregates = names, .percentiles = &(double){1}, .percentile_count = 1});

    (void)state;
    sample(s, ADDER_HISTORATE, 1, 1);
    sample(s, ADDER_HISTORATE, 1, 1); /* 0 / 0 */
    sample(s, ADDER_HISTORATE, 2, 2);
    sample(s, ADDER_HISTORATE, 2, 3);
    assert_string_equal(commit(s, 9), "m.min gauge 0@9\nm.median gauge 1@9\n");
    assert_int_equal(sampler_stats(s).rejected, 1); /* the percentile */
    sampler_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_say_what_is_handed_out),
        cmocka_unit_test(many_values_have_their_ranks),
        cmocka_unit_test(rates_that_are_no_numbers_come_last),
    };

    return cmocka_run_group_tests_name("histogram", tests, lines_set_up, lines_tear_down);
}

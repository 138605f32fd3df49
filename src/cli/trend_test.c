#include "core/testing.h"

#include "cli/trend.h"

static double slope(const double *values, size_t count)
{
    struct adder_error err;
    struct trend t;

    assert_int_equal(trend_find(values, count, &t, &err), 0);
    return t.slope;
}

static void a_straight_line_has_its_own_slope(void **state)
{
    const double values[] = {0, 10, 20, 30, 40, 50, 60};

    (void)state;
    assert_float_equal(slope(values, ARRAY_LEN(values)), 10, 1e-9);
}

static void warming_up_is_left_out(void **state)
{
    const double values[] = {0, 90000, 100000, 100000, 100000, 100000, 100000, 100000};
    struct adder_error err;
    struct trend t;

    (void)state;
    assert_int_equal(trend_find(values, ARRAY_LEN(values), &t, &err), 0);
    assert_int_equal(t.skipped, 2);
    assert_float_equal(t.slope, 0, 1e-9);
}

static void a_single_step_and_a_sawtooth_are_steady(void **state)
{
    const double step[] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 900, 900};
    const double saw[] = {1, 2, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1};

    (void)state;
    assert_float_equal(slope(step, ARRAY_LEN(step)), 0, 1e-9);
    assert_float_equal(slope(saw, ARRAY_LEN(saw)), 0, 1e-9);
}

static void growth_shows_through_noise(void **state)
{
    const double values[] = {0, 0, 105, 195, 310, 390, 505, 600, 690, 810, 900, 1005};

    (void)state;
    assert_float_equal(slope(values, ARRAY_LEN(values)), 100, 5);
}

static void noise_that_happens_to_rise_is_no_sure_slope(void **state)
{
    const double noise[] = {0,  0,  44, 24, 45, 33, 48, 24, 34,
                            38, 26, 48, 49, 48, 50, 45, 57, 42};
    const double growth[] = {0, 0, 105, 195, 310, 390, 505, 600, 690, 810, 900, 1005};
    struct adder_error err;
    struct trend t;

    (void)state;
    assert_int_equal(trend_find(noise, ARRAY_LEN(noise), &t, &err), 0);
    assert_true(t.slope > 0.9);
    assert_true(t.sure < 0.1);
    assert_int_equal(trend_find(growth, ARRAY_LEN(growth), &t, &err), 0);
    assert_true(t.sure > 95 && t.sure <= t.slope);
}

static void the_fewest_and_very_many_values_work(void **state)
{
    static double many[100000];
    const double few[TREND_LEAST] = {1, 1, 2, 3, 4};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = 3.0 * (double)i;
    assert_float_equal(slope(few, ARRAY_LEN(few)), 1, 1e-9);
    assert_float_equal(slope(many, ARRAY_LEN(many)), 3, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_straight_line_has_its_own_slope),
        cmocka_unit_test(warming_up_is_left_out),
        cmocka_unit_test(a_single_step_and_a_sawtooth_are_steady),
        cmocka_unit_test(growth_shows_through_noise),
        cmocka_unit_test(noise_that_happens_to_rise_is_no_sure_slope),
        cmocka_unit_test(the_fewest_and_very_many_values_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "metrics/sketch.h"

#include <math.h>
#include <stdio.h>

#include "core/testing.h"

static void assert_near(double value, double expected)
{
    if (fabs(value - expected) > 1e-4 * fmax(1, fabs(expected)))
        fail_msg("%.10g is not %.10g", value, expected);
}

static void values_have_the_agents_keys(void **state)
{
    static const struct {
        double value;
        int key;
    } cases[] = {
        {0, 0},         {0.5, 1293},      {1, 1338},         {2, 1383},           {3.5, 1419},
        {10, 1487},     {20, 1531},       {100, 1635},       {1000, 1784},        {9000, 1925},
        {-5, -1442},    {5, 1442},        {1e-9, 1},         {9.9e-10, 0},        {-1e-12, 0},
        {1e300, 32767}, {-1e300, -32767}, {INFINITY, 32767}, {-INFINITY, -32767}, {NAN, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(sketch_key(cases[i].value), cases[i].key);
}

static void keys_stand_for_values(void **state)
{
    (void)state;
    assert_true(sketch_key_value(0) == 0);
    assert_true(sketch_key_value(1338) == 1);
    assert_near(sketch_key_value(1487), 10.0757);
    assert_near(sketch_key_value(1524), 17.8817);
    assert_near(sketch_key_value(-1487), -10.0757);
    assert_true(sketch_key_value(32767) == INFINITY);
    assert_true(sketch_key_value(-32767) == -INFINITY);
    for (int key = -3000; key <= 3000; key++)
        assert_int_equal(sketch_key(sketch_key_value(key)), key);
}

/* Writes the bins as "key:n key:n". */
static const char *bins_of(const struct sketch *s)
{
    static char text[4096];
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < s->bin_count && at < sizeof(text) - 32; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%d:%lld", i > 0 ? " " : "",
                               s->bins[i].key, (long long)s->bins[i].n);
    return text;
}

static int64_t in_bins(const struct sketch *s)
{
    int64_t n = 0;

    for (size_t i = 0; i < s->bin_count; i++) {
        assert_true(i == 0 || s->bins[i - 1].key < s->bins[i].key);
        n += s->bins[i].n;
    }
    return n;
}

static void figures_are_exact(void **state)
{
    struct sketch *s = sketch_new();

    (void)state;
    assert_int_equal(sketch_add(s, 3.5, 1), 0);
    assert_int_equal(sketch_add(s, 1, 1), 0);
    assert_int_equal(sketch_add(s, 2, 1), 0);
    assert_string_equal(bins_of(s), "1338:1 1383:1 1419:1");
    assert_int_equal(s->count, 3);
    assert_true(s->min == 1 && s->max == 3.5 && s->sum == 6.5);
    assert_near(s->avg, 2.1667);
    assert_int_equal(sketch_add(s, -5, 2), 0);
    assert_string_equal(bins_of(s), "-1442:2 1338:1 1383:1 1419:1");
    assert_true(s->min == -5 && s->max == 3.5 && s->sum == -3.5);
    assert_near(s->avg, -0.7);
    sketch_free(s);
}

static void values_that_are_none_are_not_inserted(void **state)
{
    struct sketch *s = sketch_new();

    (void)state;
    sketch_add(s, NAN, 1);
    sketch_add(s, INFINITY, 1);
    sketch_add(s, 1, 0);
    sketch_add(s, 1, -1);
    sketch_add_range(s, -INFINITY, 1, 1);
    sketch_add_range(s, INFINITY, INFINITY, 1);
    sketch_add_range(s, NAN, 1, 1);
    sketch_add_range(s, 1, NAN, 1);
    sketch_add_range(s, 2, 1, 1);
    sketch_add_range(s, 1, 2, 0);
    assert_int_equal(s->count, 0);
    assert_int_equal(s->bin_count, 0);
    sketch_free(s);
}

static void ranges_are_spread_as_the_agent_does(void **state)
{
    static const struct {
        double lower, upper;
        int64_t n;
        const char *bins;
        double sum;
    } cases[] = {
        {10, 20, 4, "1487:1 1502:1 1514:1 1524:1", 55.9847},
        {10, 20, 2, "1487:1 1513:1", 25.1536},
        {0, 10, 2, "0:1 1442:1", 5.01204},
        {-10, 10, 4, "-1487:1 -1442:1 -1067:1 1442:1", -10.0910},
        {9000, INFINITY, 4, "1925:4", 36000},
        {7, 7, 3, "1464:3", 21.16},
        {1, 1.01, 5, "1338:5", 5},
        {-1e300, 1e300, 7, "-32767:3 -32766:4", -3e300},
        {1e210, 1.7e308, 2, "32526:2", 2.00e210},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sketch *s = sketch_new();

        assert_int_equal(sketch_add_range(s, cases[i].lower, cases[i].upper, cases[i].n), 0);
        assert_string_equal(bins_of(s), cases[i].bins);
        assert_int_equal(s->count, cases[i].n);
        if (fabs(s->sum - cases[i].sum) > fabs(cases[i].sum) * 0.01)
            fail_msg("case %zu: sum %.10g is not %.10g", i, s->sum, cases[i].sum);
        sketch_free(s);
    }
}

static int64_t bin_at(const struct sketch *s, int key)
{
    for (size_t i = 0; i < s->bin_count; i++)
        if (s->bins[i].key == key)
            return s->bins[i].n;
    return 0;
}

static void a_dense_range_carries_its_fractions(void **state)
{
    /* A few bins of 999,999 values over 1000 to 100,000, and the first and last. */
    static const struct sketch_bin expected[] = {
        {1784, 158},  {1785, 162},  {1786, 164},   {1832, 335},  {1900, 960},
        {1999, 4456}, {2050, 9825}, {2079, 15403}, {2080, 8942},
    };
    struct sketch *s = sketch_new();

    (void)state;
    assert_int_equal(sketch_add_range(s, 1e3, 1e5, 999999), 0);
    assert_int_equal(in_bins(s), 999999);
    assert_int_equal(s->bin_count, 2080 - 1784 + 1);
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        assert_int_equal(bin_at(s, expected[i].key), expected[i].n);
    sketch_free(s);
}

static void quantiles_of_very_many_values_are_as_near_as_of_few(void **state)
{
    static const double qs[] = {0, 0.01, 0.25, 0.5, 0.95, 0.99, 1};
    struct sketch *s = sketch_new();

    (void)state;
    assert_int_equal(sketch_add_range(s, 1, 2, INT64_C(1000000000000)), 0);
    assert_int_equal(in_bins(s), s->count);
    for (size_t i = 0; i < ARRAY_LEN(qs); i++) {
        double truth = 1 + qs[i], guess = sketch_quantile(s, qs[i]);

        /* The Agent's spreading puts values at the lower end of their bin: another 1/128. */
        if (fabs(guess - truth) > truth / 64)
            fail_msg("%.17g is not near %.17g", guess, truth);
    }
    sketch_free(s);
}

static void no_more_are_counted_than_a_count_holds(void **state)
{
    struct sketch *s = sketch_new(), *other = sketch_new();

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(sketch_add_range(s, 1, 1000, INT64_MAX / 2 + 1), 0);
    assert_true(s->count == INT64_MAX);
    assert_true(in_bins(s) == s->count);
    assert_true(s->min == 1 && s->max > 900);
    assert_int_equal(sketch_add(s, 5000, 1), 0);
    assert_true(s->max < 5000);
    sketch_add(other, 2, INT64_MAX - 5);
    sketch_add(other, 3, 1);
    assert_int_equal(sketch_merge(other, s), 0);
    assert_true(other->count == INT64_MAX && in_bins(other) == INT64_MAX);
    sketch_free(other);
    sketch_free(s);
}

static void the_lowest_bins_are_joined_when_there_are_too_many(void **state)
{
    struct sketch *s = sketch_new();
    int first = 0;

    (void)state;
    for (int key = -2100; key < SKETCH_BINS - 2100 + 3; key++)
        assert_int_equal(sketch_add(s, sketch_key_value(key), 1), 0);
    assert_int_equal(s->bin_count, SKETCH_BINS);
    assert_int_equal(in_bins(s), SKETCH_BINS + 3);
    first = s->bins[0].key;
    assert_int_equal(first, -2097);
    assert_int_equal(s->bins[0].n, 4);
    assert_int_equal(s->bins[1].n, 1);
    sketch_free(s);
}

static void merging_is_as_inserting_both(void **state)
{
    struct sketch *a = sketch_new(), *b = sketch_new(), *both = sketch_new();

    (void)state;
    for (int i = 1; i <= 1000; i++) {
        double value = i % 3 == 0 ? -i : i * 0.37;

        sketch_add(i % 2 == 0 ? a : b, value, i);
        sketch_add(both, value, i);
    }
    assert_int_equal(sketch_merge(a, b), 0);
    assert_int_equal(a->bin_count, both->bin_count);
    for (size_t i = 0; i < a->bin_count; i++) {
        assert_int_equal(a->bins[i].key, both->bins[i].key);
        assert_int_equal(a->bins[i].n, both->bins[i].n);
    }
    assert_int_equal(a->count, both->count);
    assert_true(a->min == both->min && a->max == both->max);
    assert_near(a->sum, both->sum);
    assert_near(a->avg, both->avg);
    sketch_free(b);
    b = sketch_new();
    assert_int_equal(sketch_merge(a, b), 0); /* nothing */
    assert_int_equal(sketch_merge(b, a), 0); /* into nothing */
    assert_true(b->min == a->min && b->max == a->max && b->avg == a->avg);
    assert_int_equal(b->count, a->count);
    sketch_free(a);
    sketch_free(b);
    sketch_free(both);
}

static void quantiles_are_within_one_in_128(void **state)
{
    enum { N = 5000 };
    struct sketch *s = sketch_new();

    (void)state;
    assert_true(sketch_quantile(s, 0.5) == 0);
    for (int i = 0; i < N; i++)
        sketch_add(s, exp((i - N / 2) * 0.004), 1);
    for (int i = 0; i < N; i += 7) {
        double truth = exp((i - N / 2) * 0.004);
        double guess = sketch_quantile(s, (double)i / (N - 1));

        if (fabs(guess - truth) > truth / 128)
            fail_msg("%.17g is not near %.17g", guess, truth);
    }
    assert_true(sketch_quantile(s, -1) == s->min);
    assert_true(sketch_quantile(s, 2) <= s->max);
    sketch_free(s);
}

static int fills_sketches(void)
{
    struct sketch *a = sketch_new(), *b = sketch_new();
    int rc = -1;

    if (a != NULL && b != NULL && sketch_add(a, 1, 1) == 0 &&
        sketch_add_range(b, 1, 2, 100) == 0 && sketch_merge(a, b) == 0)
        rc = 0;
    if (a != NULL)
        assert_int_equal(in_bins(a), a->count);
    sketch_free(a);
    sketch_free(b);
    return rc;
}

static void survives_every_allocation_failing(void **state)
{
    (void)state;
    each_alloc_fails(fills_sketches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_the_agents_keys),
        cmocka_unit_test(keys_stand_for_values),
        cmocka_unit_test(figures_are_exact),
        cmocka_unit_test(values_that_are_none_are_not_inserted),
        cmocka_unit_test(ranges_are_spread_as_the_agent_does),
        cmocka_unit_test(a_dense_range_carries_its_fractions),
        cmocka_unit_test(quantiles_of_very_many_values_are_as_near_as_of_few),
        cmocka_unit_test(no_more_are_counted_than_a_count_holds),
        cmocka_unit_test(the_lowest_bins_are_joined_when_there_are_too_many),
        cmocka_unit_test(merging_is_as_inserting_both),
        cmocka_unit_test(quantiles_are_within_one_in_128),
        cmocka_unit_test(survives_every_allocation_failing),
    };

    return cmocka_run_group_tests_name("sketch", tests, NULL, NULL);
}

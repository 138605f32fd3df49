#include "out/buckets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/testing.h"

/* "BOUND:COUNT" of every cell, then the bounds of the family. */
static const char *written(const struct histogram *h, const struct bounds *b)
{
    static char text[4096];
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < h->count; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%g:%llu ", h->cells[i].bound,
                                (unsigned long long)h->cells[i].count);
    len += (size_t)snprintf(text + len, sizeof(text) - len, "|");
    for (size_t i = 0; i < b->count; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, " %s", b->items[i].text);
    assert_true(len < sizeof(text));
    return text;
}

static const struct {
    double values[4]; /* up to the first that is NaN */
    const char *text;
} sketches[] = {
    {{1, 2, 3.5, NAN}, "1:1 2.5:1 5:1 | 0.5 1.0 2.5 5.0"},
    {{0.003, 0.0051, 0.3, NAN}, "0.005:1 0.01:1 0.5:1 | 0.0025 0.005 0.01 0.25 0.5"},
    {{0, 0, NAN}, "0:2 | 0.0"},
    {{1e-12, 0.5e-9, NAN}, "0:2 | 0.0"},
    {{1.2e-9, NAN}, "2.5e-09:1 | 1e-09 2.5e-09"},
    {{1e-9, NAN}, "1e-09:1 | 1e-09"},
    {{-3, -1, 1, NAN}, "-2.5:1 -1:1 1:1 | -5.0 -2.5 -1.0 0.5 1.0"},
    {{4e22, 5e22, 6e22, 1e300}, "5e+22:2 inf:2 | 2.5e+22 5e+22"},
    {{-4e22, -6e22, -1e300, NAN}, "-5e+22:2 -2.5e+22:1 | -5e+22 -2.5e+22"},
    {{1e6, 1.1e6, NAN}, "1e+06:1 2.5e+06:1 | 500000.0 1e+06 2.5e+06"},
};

static void values_count_up_to_the_next_round_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sketches); i++) {
        struct sketch *s = sketch_new();
        struct histogram h = {0};
        struct bounds b = {0};

        for (size_t k = 0; k < 4 && !isnan(sketches[i].values[k]); k++)
            assert_int_equal(sketch_add(s, sketches[i].values[k], 1), 0);
        assert_int_equal(histogram_add(&h, &b, s), 0);
        assert_string_equal(written(&h, &b), sketches[i].text);
        assert_true(h.sum == s->sum);
        assert_int_equal(h.has_negative, s->min < 0);
        histogram_clear(&h);
        bounds_clear(&b);
        sketch_free(s);
    }
}

/* The table of keys is what sketch_key() says, for each bound and its opposite. */
static void a_bound_holds_its_own_value_and_none_much_above(void **state)
{
    (void)state;
    for (int decade = -9; decade <= 22; decade++) {
        for (int step = 0; step < 3; step++) {
            char text[32];
            double bound;

            snprintf(text, sizeof(text), "%se%d", ((const char *[]){"1", "2.5", "5"})[step],
                     decade);
            bound = strtod(text, NULL);
            for (int sign = -1; sign <= 1; sign += 2) {
                struct sketch *s = sketch_new();
                struct histogram h = {0};
                struct bounds b = {0};

                sketch_add(s, sign * bound, 3);
                histogram_add(&h, &b, s);
                assert_int_equal(h.count, 1);
                assert_true(h.cells[0].bound == sign * bound);
                sketch_add(s, sign * bound * (1 + sign * 0.02), 1);
                histogram_add(&h, &b, s);
                if (sign * bound != 5e22)
                    assert_true(h.cells[1].bound > sign * bound);
                histogram_clear(&h);
                bounds_clear(&b);
                sketch_free(s);
            }
        }
    }
}

static void several_sketches_add_up(void **state)
{
    struct sketch *s = sketch_new();
    struct histogram h = {0};
    struct bounds b = {0};

    (void)state;
    sketch_add(s, 3, 70000);
    sketch_add(s, 3.2, 5);
    histogram_add(&h, &b, s);
    histogram_add(&h, &b, s);
    assert_string_equal(written(&h, &b), "5:140010 | 2.5 5.0");
    assert_true(h.sum == 2 * s->sum);
    histogram_clear(&h);
    bounds_clear(&b);
    sketch_free(s);
}

static void buckets_keep_the_bounds_they_have(void **state)
{
    struct histogram h = {0};
    struct bounds b = {0};

    (void)state;
    histogram_add_bucket(&h, &b, 0, 0.005, 2);
    histogram_add_bucket(&h, &b, 0.3, 0.7, 1);
    histogram_add_bucket(&h, &b, 0.7, INFINITY, 4);
    histogram_add_bucket(&h, &b, -INFINITY, 0.005, 1);
    assert_string_equal(written(&h, &b), "0.005:3 0.7:1 inf:4 | 0.005 0.3 0.7");
    assert_true(h.sum_unknown);
    histogram_clear(&h);
    bounds_clear(&b);
}

/* A value up to a bound that there is no room for is also one up to the next. */
static void beyond_the_limit_values_count_for_the_next_bound(void **state)
{
    struct histogram h = {0};
    struct bounds b = {0};

    (void)state;
    for (int i = 1; i <= BOUNDS_MAX; i++)
        histogram_add_bucket(&h, &b, 0, i, 1);
    assert_int_equal(b.count, BOUNDS_MAX);
    histogram_add_bucket(&h, &b, 0, 1.5, 1);
    histogram_add_bucket(&h, &b, 0, 1e9, 1);
    assert_int_equal(b.count, BOUNDS_MAX);
    assert_int_equal(h.cells[1].count, 2);
    assert_true(isinf(h.cells[BOUNDS_MAX].bound));
    assert_int_equal(h.cells[BOUNDS_MAX].count, 1);
    histogram_clear(&h);
    bounds_clear(&b);
}

/* Else buckets would be less than those before them. */
static void counts_do_not_begin_at_0_again(void **state)
{
    struct histogram h = {0};
    struct bounds b = {0};

    (void)state;
    for (int i = 0; i < 5; i++)
        histogram_add_bucket(&h, &b, 0, 1 + i % 2, INT64_MAX);
    assert_string_equal(written(&h, &b),
                        "1:9223372036854775808 2:9223372036854775807 | 1.0 2.0");
    assert_true(h.total == UINT64_MAX);
    histogram_clear(&h);
    bounds_clear(&b);
}

static int adds(void)
{
    struct sketch *s = sketch_new();
    struct histogram h = {0};
    struct bounds b = {0};
    int rc = s != NULL ? 0 : -1;

    for (double v = 1e-3; v < 1e6 && rc == 0; v *= 3)
        rc = sketch_add(s, v, 1);
    if (rc == 0)
        rc = histogram_add(&h, &b, s);
    sketch_free(s);
    histogram_clear(&h);
    bounds_clear(&b);
    return rc;
}

static void without_memory_nothing_leaks(void **state)
{
    (void)state;
    each_alloc_fails(adds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_count_up_to_the_next_round_number),
        cmocka_unit_test(a_bound_holds_its_own_value_and_none_much_above),
        cmocka_unit_test(several_sketches_add_up),
        cmocka_unit_test(buckets_keep_the_bounds_they_have),
        cmocka_unit_test(beyond_the_limit_values_count_for_the_next_bound),
        cmocka_unit_test(counts_do_not_begin_at_0_again),
        cmocka_unit_test(without_memory_nothing_leaks),
    };

    return cmocka_run_group_tests_name("buckets", tests, NULL, NULL);
}

#include "core/testing.h"

#include "cli/series.h"
#include "core/str.h"

static void check_str(struct adder_str s, const char *expected)
{
    assert_int_equal(s.len, strlen(expected));
    assert_memory_equal(s.ptr, expected, s.len);
}

static struct series one(const char *name, const struct adder_str *tags, size_t count)
{
    return (struct series){.name = str_of(name), .value = 1, .tags = {tags, count}};
}

static void the_device_goes_back_to_its_place_among_the_tags(void **state)
{
    const struct adder_str tags[] = {{"a:b", 3}, {"x:y", 3}};
    struct kept k = {0};
    struct series_sink to = kept_sink(&k);
    struct series s = one("m", tags, 2);

    (void)state;
    s.device = str_of("sda");
    to.series(to.ctx, &s);
    s.tags.count = 1;
    to.series(to.ctx, &s);
    s.tags.count = 0;
    to.series(to.ctx, &s);
    assert_int_equal(k.series[0].key.tags.count, 3);
    check_str(k.series[0].key.tags.items[1], "device:sda");
    check_str(k.series[0].key.tags.items[2], "x:y");
    check_str(k.series[1].key.tags.items[1], "device:sda");
    assert_int_equal(k.series[2].key.tags.count, 1);
    kept_free(&k);
}

static void series_are_sorted_by_name_host_and_tags(void **state)
{
    const struct adder_str a = {"a", 1}, b = {"b", 1};
    struct kept k = {0};
    struct series_sink to = kept_sink(&k);
    struct series s[] = {one("m", &b, 1), one("z", &a, 1), one("m", &a, 1), one("m", NULL, 0),
                         one("m", &a, 1)};

    (void)state;
    s[4].hostname = str_of("other");
    for (size_t i = 0; i < ARRAY_LEN(s); i++) {
        s[i].value = (double)i;
        to.series(to.ctx, &s[i]);
    }
    kept_sort(&k);
    assert_float_equal(k.series[0].value, 3, 0);
    assert_float_equal(k.series[1].value, 2, 0);
    assert_float_equal(k.series[2].value, 0, 0);
    assert_float_equal(k.series[3].value, 4, 0);
    assert_float_equal(k.series[4].value, 1, 0);
    kept_free(&k);
}

static int keep_many(void)
{
    const struct adder_str tag = {"a:b", 3};
    struct sketch *sketch = sketch_new();
    struct kept k = {0};
    struct series_sink to = kept_sink(&k);
    struct series s = one("name", &tag, 1);
    struct sketch_series t = {.name = {"s", 1}, .sketch = sketch};
    int rc;

    if (sketch == NULL)
        return -1;
    for (int i = 0; i < 100; i++) {
        to.series(to.ctx, &s);
        to.sketch(to.ctx, &t);
    }
    rc = k.failed ? -1 : 0;
    kept_free(&k);
    sketch_free(sketch);
    return rc;
}

static void keeping_survives_any_failed_allocation(void **state)
{
    (void)state;
    each_alloc_fails(keep_many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_device_goes_back_to_its_place_among_the_tags),
        cmocka_unit_test(series_are_sorted_by_name_host_and_tags),
        cmocka_unit_test(keeping_survives_any_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

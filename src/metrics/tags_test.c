#include <stdio.h>
#include <stdlib.h>

#include "core/str.h"
#include "core/testing.h"
#include "metrics/sampler.h"

#define TEXT(s) ((struct adder_str){(s), sizeof(s) - 1})

static void tags_are_sorted_by_bytes_without_duplicates(void **state)
{
    const struct adder_str tags[] = {TEXT("b"), TEXT("a:1"), TEXT(""), TEXT("B"), TEXT("b")};
    const struct adder_str extra[] = {TEXT("a"), TEXT("\xff"), TEXT("b"), {"a\0", 2}};
    const struct adder_str expected[] = {TEXT(""),    TEXT("B"), TEXT("a"),   {"a\0", 2},
                                         TEXT("a:1"), TEXT("b"), TEXT("\xff")};
    struct adder_str ret[ARRAY_LEN(tags) + ARRAY_LEN(extra)];

    (void)state;
    assert_int_equal(tags_normalise((struct adder_tags){tags, ARRAY_LEN(tags)},
                                    (struct adder_tags){extra, ARRAY_LEN(extra)}, ret),
                     ARRAY_LEN(expected));
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        assert_true(str_eq(ret[i], expected[i]));
}

static void no_tags_are_no_tags(void **state)
{
    (void)state;
    assert_int_equal(tags_normalise((struct adder_tags){0}, (struct adder_tags){0}, NULL), 0);
}

static void many_tags_are_sorted(void **state)
{
    enum { N = 65535, DIFFERENT = 40000, LEN = 8 };
    char *text = mem_alloc((size_t)N * LEN);
    struct adder_str *tags = mem_alloc(N * sizeof(*tags)), *ret = mem_alloc(N * sizeof(*ret));

    (void)state;
    for (unsigned i = 0; i < N; i++) {
        char *at = text + (size_t)i * LEN;

        tags[i] =
            (struct adder_str){at, (size_t)snprintf(at, LEN, "%u", (i * 7919u) % DIFFERENT)};
    }
    assert_int_equal(tags_normalise((struct adder_tags){tags, N}, (struct adder_tags){0}, ret),
                     DIFFERENT);
    for (int i = 1; i < DIFFERENT; i++)
        assert_true(str_cmp(ret[i - 1], ret[i]) < 0);
    mem_free(ret);
    mem_free(tags);
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_are_sorted_by_bytes_without_duplicates),
        cmocka_unit_test(no_tags_are_no_tags),
        cmocka_unit_test(many_tags_are_sorted),
    };

    return cmocka_run_group_tests_name("tags", tests, NULL, NULL);
}

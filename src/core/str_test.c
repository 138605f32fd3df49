#include "core/str.h"

#include "core/testing.h"

static const struct adder_str absent = {NULL, 0};

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void texts_are_ordered_by_their_bytes(void **state)
{
    /* Each is below all that follow. */
    static const struct adder_str ordered[] = {
        {"", 0},    {"\0", 1}, {"A", 1}, {"a", 1},
        {"a\0", 2}, {"aa", 2}, {"b", 1}, {"\xc3\xa9", 2},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ordered); i++)
        for (size_t k = 0; k < ARRAY_LEN(ordered); k++) {
            assert_int_equal(sign(str_cmp(ordered[i], ordered[k])), (i > k) - (i < k));
            assert_int_equal(str_eq(ordered[i], ordered[k]), i == k);
        }
    assert_int_equal(str_cmp(absent, ordered[0]), 0);
    assert_true(str_eq(absent, ordered[0]));
}

static void slices_compare_with_strings(void **state)
{
    (void)state;
    assert_true(str_is((struct adder_str){"abc", 2}, "ab"));
    assert_false(str_is((struct adder_str){"abc", 2}, "abc"));
    assert_true(str_is(absent, ""));
    assert_true(str_starts(str_of("abc"), "ab"));
    assert_true(str_starts(str_of("abc"), ""));
    assert_true(str_starts(absent, ""));
    assert_false(str_starts((struct adder_str){"abc", 1}, "ab"));
    assert_null(str_of(NULL).ptr);
}

static void white_space_at_the_ends_is_trimmed(void **state)
{
    (void)state;
    assert_true(str_is(str_trim(str_of(" \t\r\n a b \n")), "a b"));
    assert_true(str_is(str_trim(str_of("a")), "a"));
    assert_int_equal(str_trim(str_of(" \n ")).len, 0);
    assert_int_equal(str_trim(absent).len, 0);
    assert_true(str_is(str_trim(str_of("\va")), "\va"));
}

static void the_valid_prefix_of_utf8_is_found(void **state)
{
    static const struct {
        const char *text;
        size_t valid;
    } cases[] = {
        {"", 0},
        {"abc", 3},
        {"\xc2\x80\xdf\xbf", 4},
        {"\xe0\xa0\x80\xef\xbf\xbf", 6},
        {"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8},
        {"\xed\x9f\xbf\xee\x80\x80", 6},
        {"a\x80", 1},             /* a continuation alone */
        {"a\xc0\x80", 1},         /* overlong */
        {"a\xc1\xbf", 1},         /* overlong */
        {"a\xe0\x9f\xbf", 1},     /* overlong */
        {"a\xf0\x8f\xbf\xbf", 1}, /* overlong */
        {"a\xed\xa0\x80", 1},     /* a surrogate */
        {"a\xf4\x90\x80\x80", 1}, /* beyond U+10FFFF */
        {"a\xf5\x80\x80\x80", 1},
        {"a\xff", 1},
        {"a\xc3", 1}, /* cut short */
        {"a\xe2\x82", 1},
        {"a\xf0\x9f\x98", 1},
        {"a\xe2\x28\xa1", 1},
        {"a\xe2\x82\x28", 1},
        {"\xc3\xa9\xc3(", 2},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(str_utf8_prefix(str_of(cases[i].text)), cases[i].valid);
    assert_int_equal(str_utf8_prefix((struct adder_str){"a\0b", 3}), 3);
    assert_int_equal(str_utf8_prefix((struct adder_str){"\xc3\xa9", 1}), 0);
    assert_int_equal(str_utf8_prefix(absent), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_ordered_by_their_bytes),
        cmocka_unit_test(slices_compare_with_strings),
        cmocka_unit_test(white_space_at_the_ends_is_trimmed),
        cmocka_unit_test(the_valid_prefix_of_utf8_is_found),
    };

    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}

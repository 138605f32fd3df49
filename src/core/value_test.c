#include "core/value.h"

#include <math.h>

#include "core/str.h"
#include "core/testing.h"
#include "core/yaml.h"

static struct value *parse(const char *yaml)
{
    struct adder_error err;
    struct value *v;

    assert_int_equal(yaml_parse(str_of(yaml), YAML_LENIENT, &v, &err), 0);
    return v;
}

static void finds_values_of_string_keys_only(void **state)
{
    CLEANUP(value_freep) struct value *v = parse("{1: one, '1': text, b: !!binary YQ==}");

    (void)state;
    assert_true(str_is(value_string(value_get(v, "1")), "text"));
    assert_null(value_get(v, "one"));
    assert_null(value_get(NULL, "1"));
    assert_null(value_get(value_get(v, "1"), "1"));
    assert_null(value_string(value_get(v, "b")).ptr);
    assert_null(value_string(NULL).ptr);
}

static void taking_a_value_leaves_the_others(void **state)
{
    CLEANUP(value_freep) struct value *v = parse("{a: 1, b: [2], c: 3}");
    CLEANUP(value_freep) struct value *rest = parse("{a: 1, c: 3}");
    CLEANUP(value_freep) struct value *taken = value_take(v, "b");

    (void)state;
    assert_int_equal(taken->list.items[0]->integer, 2);
    assert_true(value_equal(v, rest));
    assert_null(value_take(v, "b"));
    assert_null(value_take(taken, "b"));
}

static void equal_means_type_and_contents(void **state)
{
    /* Each of these equals itself and nothing else in the list. */
    static const char *const documents[] = {
        "",
        "true",
        "false",
        "0",
        "1",
        "18446744073709551616",
        "18446744073709551617",
        "1.0",
        "1.5",
        ".nan",
        "'1'",
        "''",
        "!!binary MQ==",
        "2020-01-01",
        "2020-01-02",
        "2020-01-01 00:00:00",
        "2020-01-01 00:00:00Z",
        "2020-01-01 00:00:00.1",
        "2020-01-01 00:00:00+1",
        "[]",
        "[1]",
        "[1, 2]",
        "[2, 1]",
        "{}",
        "{a: 1}",
        "{a: 2}",
        "{b: 1}",
        "{a: 1, b: 2}",
        "{a: 1, b: [{c: 2}]}",
        "!!set {}",
        "!!set {a}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        CLEANUP(value_freep) struct value *a = parse(documents[i]);

        for (size_t k = 0; k < ARRAY_LEN(documents); k++) {
            CLEANUP(value_freep) struct value *b = parse(documents[k]);

            if (value_equal(a, b) != (i == k))
                fail_msg("%s and %s", documents[i], documents[k]);
        }
    }
}

static void order_of_keys_does_not_matter(void **state)
{
    CLEANUP(value_freep) struct value *a = parse("{a: 1, b: 2, c: 3}");
    CLEANUP(value_freep) struct value *b = parse("{c: 3, a: 1, b: 2}");

    (void)state;
    assert_true(value_equal(a, b));
    assert_false(value_equal(a, NULL));
    assert_true(value_equal(NULL, NULL));
}

static void every_type_has_a_name(void **state)
{
    (void)state;
    for (int type = VALUE_NULL; type <= VALUE_SET; type++)
        assert_true(strlen(value_type_name((enum value_type)type)) > 2);
    assert_string_equal(value_type_name(VALUE_MAP), "mapping");
    assert_string_equal(value_type_name(VALUE_BIGINT), "integer");
}

static void texts_are_copied_with_a_zero_behind(void **state)
{
    CLEANUP(value_freep) struct value *v =
        value_new_text(VALUE_BYTES, (struct adder_str){"a\0bc", 3});
    CLEANUP(value_freep) struct value *empty =
        value_new_text(VALUE_STRING, (struct adder_str){NULL, 0});

    (void)state;
    assert_int_equal(v->text.len, 3);
    assert_memory_equal(v->text.ptr, "a\0b", 4);
    assert_string_equal(empty->text.ptr, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_values_of_string_keys_only),
        cmocka_unit_test(taking_a_value_leaves_the_others),
        cmocka_unit_test(equal_means_type_and_contents),
        cmocka_unit_test(order_of_keys_does_not_matter),
        cmocka_unit_test(every_type_has_a_name),
        cmocka_unit_test(texts_are_copied_with_a_zero_behind),
    };

    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}

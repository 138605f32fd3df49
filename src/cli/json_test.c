#include "core/testing.h"

#include <math.h>
#include <stdlib.h>

#include "cli/json.h"
#include "core/str.h"

/* The document as it is printed. */
static const char *printed(struct json_build *b, json_t *document)
{
    struct out o = {0};
    struct adder_error err;
    static char text[4096];

    o.file = fmemopen(text, sizeof(text), "w");
    assert_non_null(o.file);
    assert_int_equal(json_print(b, document, &o, &err), 0);
    fclose(o.file);
    return text;
}

static void check_value(json_t *value, const char *expected)
{
    struct json_build b = {false};
    const char *text = printed(&b, value);

    assert_string_equal(text, expected);
}

static void reals_are_short_and_stay_reals(void **state)
{
    (void)state;
    check_value(json_real(0.1), "0.1\n");
    check_value(json_real(3), "3.0\n");
    check_value(json_real(1e300), "1e+300\n");
    check_value(json_integer(3), "3\n");
}

static void plain_lists_stay_on_a_line_and_objects_do_not(void **state)
{
    (void)state;
    check_value(json_loads("[1,\"a\",null]", 0, NULL), "[1, \"a\", null]\n");
    check_value(json_array(), "[]\n");
    check_value(json_object(), "{}\n");
    check_value(json_loads("[{\"a\":[1]},{}]", 0, NULL),
                "[\n  {\n    \"a\": [1]\n  },\n  {}\n]\n");
}

static void text_may_hold_anything(void **state)
{
    (void)state;
    check_value(json_text((struct adder_str){"a\0b", 3}), "\"a\\u0000b\"\n");
    check_value(json_text(str_of("a\xff")), "\"a\xef\xbf\xbd\"\n");
    check_value(json_text(str_of("q\"\n\x1b")), "\"q\\\"\\n\\u001B\"\n");
    check_value(json_text((struct adder_str){NULL, 0}), "null\n");
}

static void numbers_that_json_lacks_are_null_and_named(void **state)
{
    struct json_build b = {false};
    json_t *o = json_object();
    const char *text;

    (void)state;
    json_put_number(&b, o, "a", (double)NAN);
    json_put_number(&b, o, "b", -INFINITY);
    json_put_number(&b, o, "c", 0.5);
    text = printed(&b, o);
    assert_string_equal(text, "{\n  \"a\": null,\n  \"a_text\": \"NaN\",\n  \"b\": null,\n"
                              "  \"b_text\": \"-Infinity\",\n  \"c\": 0.5\n}\n");
}

static void json_inside_is_embedded_and_other_text_kept(void **state)
{
    (void)state;
    check_value(json_embed(str_of("[1, 2]")), "[1, 2]\n");
    check_value(json_embed(str_of("[1, 2")), "\"[1, 2\"\n");
    check_value(json_embed(str_of("")), "\"\"\n");
}

static void samples_of_no_known_type_show_its_number(void **state)
{
    struct json_build b = {false};
    struct record r = {.type = RECORD_METRIC, .metric = {.kind = 42, .name = {"m", 1}}};
    json_t *o = json_record(&b, &r);

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(o, "type")), 42);
    assert_null(metric_kind_name(-1));
    assert_string_equal(metric_kind_name(ADDER_HISTORATE), "historate");
    json_decref(o);
}

static void a_value_that_could_not_be_built_fails_the_document(void **state)
{
    struct json_build b = {false};
    struct adder_error err;
    struct out o = {.file = stderr};
    json_t *document = json_object();

    (void)state;
    json_put(&b, document, "a", NULL);
    assert_int_equal(json_print(&b, document, &o, &err), -1);
    assert_int_equal(err.code, ADDER_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reals_are_short_and_stay_reals),
        cmocka_unit_test(plain_lists_stay_on_a_line_and_objects_do_not),
        cmocka_unit_test(text_may_hold_anything),
        cmocka_unit_test(numbers_that_json_lacks_are_null_and_named),
        cmocka_unit_test(json_inside_is_embedded_and_other_text_kept),
        cmocka_unit_test(samples_of_no_known_type_show_its_number),
        cmocka_unit_test(a_value_that_could_not_be_built_fails_the_document),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "obfuscate/json.h"

#include <string.h>

#include "core/str.h"
#include "core/testing.h"

/* Copies a text token by token; "!" stands where it is no JSON. */
static void copy(struct adder_str text, struct buf *out)
{
    struct json_reader r;
    struct json_token t;

    json_init(&r, text);
    while ((t = json_next(&r)).kind != JSON_END && t.kind != JSON_BAD)
        json_copy(out, &t);
    if (t.kind == JSON_BAD)
        buf_add_char(out, '!');
    assert_int_equal(json_next(&r).kind, t.kind);
}

static void assert_copy(const char *text, const char *expected)
{
    CLEANUP(buf_free) struct buf out;

    buf_init(&out, 10000);
    copy(str_of(text), &out);
    assert_string_equal(out.data, expected);
}

static void reads_what_is_json(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {" { \"a\" : [ 1 , -2.50e+3 , true ] , \"b\" : { } , \"a\" : null } ",
         "{\"a\":[1,-2.50e+3,true],\"b\":{},\"a\":null}"},
        {"[]", "[]"},
        {"\t\"x\\\"y\\u00e4\"\n", "\"x\\\"y\\u00e4\""},
        {"0", "0"},
        {"-0.0", "-0.0"},
        {"123456789012345678901234567890", "123456789012345678901234567890"},
        {"false", "false"},
        {"[[[]],{\"\":[{}]}]", "[[[]],{\"\":[{}]}]"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_copy(cases[i].text, cases[i].expected);
}

static void stops_where_it_is_no_json(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", "!"},
        {" ", "!"},
        {"{", "{!"},
        {"{\"a\"", "{!"},
        {"{\"a\":", "{\"a\":!"},
        {"{\"a\":1", "{\"a\":1!"},
        {"[1,]", "[1!"},
        {"{\"a\":1,}", "{\"a\":1!"},
        {"[1 2]", "[1!"},
        {"[1}", "[1!"},
        {"{\"a\":1]", "{\"a\":1!"},
        {"1 2", "1!"},
        {"{1:2}", "{!"},
        {"{a:2}", "{!"},
        {"'a'", "!"},
        {"\"a", "!"},
        {"\"a\nb\"", "!"},
        {"\"a\\\"", "!"},
        {"01", "!"},
        {"-", "!"},
        {"1.", "!"},
        {".5", "!"},
        {"1e", "!"},
        {"1e+", "!"},
        {"+1", "!"},
        {"NaN", "!"},
        {"tru", "!"},
        {"[,1]", "[!"},
        {"{,}", "{!"},
        {"]", "!"},
        {"{\"a\" 1}", "{!"},
        {"truefalse", "true!"},
        {"[]]", "[]!"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_copy(cases[i].text, cases[i].expected);
}

static void depth_has_a_limit(void **state)
{
    char text[2 * JSON_DEPTH_MAX + 2];
    CLEANUP(buf_free) struct buf out;

    (void)state;
    buf_init(&out, sizeof(text) + 1);
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    copy((struct adder_str){text, sizeof(text) - 2}, &out);
    assert_int_equal(out.data[out.len - 1], ']');
    buf_clear(&out);
    memset(text, '[', sizeof(text));
    copy((struct adder_str){text, sizeof(text)}, &out);
    assert_int_equal(out.len, JSON_DEPTH_MAX + 1);
    assert_int_equal(out.data[out.len - 1], '!');
}

static void decodes_strings(void **state)
{
    static const struct {
        const char *token, *text;
    } cases[] = {
        {"\"\"", ""},
        {"\"a\\n\\t\\\"\\\\\\/\\b\\f\\r\"", "a\n\t\"\\/\b\f\r"},
        {"\"\\u0041\\u00e4\\u20ac\"", "A\xc3\xa4\xe2\x82\xac"},
        {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"},
        {"\"\\ud83d\"", "\xef\xbf\xbd"},
        {"\"\\ude00x\"", "\xef\xbf\xbdx"},
        {"\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
                               "A"},
        {"\"\\uzzzz\"", "\xef\xbf\xbd"},
        {"\"\\q\"", "?"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(buf_free) struct buf out;

        buf_init(&out, 100);
        json_decode_string(str_of(cases[i].token), &out);
        buf_add(&out, "", 0);
        assert_string_equal(out.data, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_json),
        cmocka_unit_test(stops_where_it_is_no_json),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(decodes_strings),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}

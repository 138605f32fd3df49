#include "core/text.h"

#include "core/str.h"
#include "core/testing.h"

static void check_text(struct buf *b, const char *expected)
{
    assert_false(b->failed);
    assert_string_equal(b->data != NULL ? b->data : "", expected);
    buf_free(b);
}

static void text_cannot_control_the_terminal(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        bool lines;
        const char *escaped;
    } cases[] = {
        {"plain", 5, false, "plain"},
        {"gr\xc3\xb6\xc3\x9f", 6, false, "gr\xc3\xb6\xc3\x9f"},
        {"\x1b[31mred", 8, false, "\\x1b[31mred"},
        {"a\nb\tc\rd", 7, false, "a\\nb\\tc\\rd"},
        {"a\nb\tc\rd", 7, true, "a\nb\tc\\rd"},
        {"nul\0x", 5, false, "nul\\x00x"},
        {"\x7f", 1, false, "\\x7f"},
        {"\xc2\x9b", 2, false, "\\u009b"},
        {"\xe2\x80\xae", 3, false, "\\u202e"},
        {"\xe2\x81\xa6", 3, false, "\\u2066"},
        {"\xff\xfe", 2, false, "\\xff\\xfe"},
        {"\xc3", 1, false, "\\xc3"},
        {"\xed\xa0\x80", 3, false, "\\xed\\xa0\\x80"},
        {"\xf0\x9f\x90\x8d", 4, false, "\xf0\x9f\x90\x8d"},
        {"", 0, false, ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b;

        buf_init(&b, 1000);
        text_escape(&b, (struct adder_str){cases[i].text, cases[i].len}, cases[i].lines);
        check_text(&b, cases[i].escaped);
    }
}

static void bytes_that_are_no_utf8_are_replaced_one_by_one(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    text_replace(&b, str_of("a\xff\xc3z\xc3\xb6"));
    check_text(&b, "a\xef\xbf\xbd\xef\xbf\xbdz\xc3\xb6");
}

static void json_strings_escape_what_json_cannot_hold(void **state)
{
    static const char given[] = "a\"\\/\b\f\n\r\t\0\x01\x7f\xc3\xa4\xff<";
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    text_json(&b, (struct adder_str){given, sizeof(given) - 1});
    check_text(&b, "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u0001\x7f\xc3\xa4\xef\xbf\xbd<\"");
    text_json(&b, str_of(""));
    check_text(&b, "\"\"");
}

static void characters_are_decoded_one_at_a_time(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        uint32_t c;
    } cases[] = {
        {"az", 1, 'a'},
        {"\xc3\xb6z", 2, 0xf6},
        {"\xe2\x80\xae", 3, 0x202e},
        {"\xf0\x9f\x90\x8d", 4, 0x1f40d},
        {"\xc3", 0, 0},
        {"\xff", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint32_t c = 0;

        assert_int_equal(text_decode(str_of(cases[i].text), &c), cases[i].len);
        assert_int_equal(c, cases[i].c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_cannot_control_the_terminal),
        cmocka_unit_test(bytes_that_are_no_utf8_are_replaced_one_by_one),
        cmocka_unit_test(json_strings_escape_what_json_cannot_hold),
        cmocka_unit_test(characters_are_decoded_one_at_a_time),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}

#include "core/testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/text.h"
#include "core/str.h"

static void check_text(struct buf *b, const char *expected)
{
    assert_false(b->failed);
    assert_string_equal(b->data != NULL ? b->data : "", expected);
    buf_free(b);
}

static void width_counts_columns(void **state)
{
    (void)state;
    assert_int_equal(text_width(str_of("abc")), 3);
    assert_int_equal(text_width(str_of("gr\xc3\xb6")), 3);
    assert_int_equal(text_width(str_of("\xe6\xbc\xa2\xe5\xad\x97")), 4); /* two wide ones */
    assert_int_equal(text_width(str_of("e\xcc\x81")), 1);                /* combining accent */
    assert_int_equal(text_width(str_of("")), 0);
}

static void lines_break_between_words_and_never_inside_a_character(void **state)
{
    (void)state;
    assert_int_equal(text_wrap(str_of("one two three"), 8), 7);
    assert_int_equal(text_wrap(str_of("one two three"), 7), 7);
    assert_int_equal(text_wrap(str_of("one two three"), 6), 3);
    assert_int_equal(text_wrap(str_of("onetwothree"), 4), 4);
    assert_int_equal(text_wrap(str_of("short"), 80), 5);
    assert_int_equal(text_fit(str_of("\xe6\xbc\xa2\xe5\xad\x97"), 3), 3);
    assert_int_equal(text_fit(str_of("\xe6\xbc\xa2\xe5\xad\x97"), 1), 3); /* one at least */
}

static void numbers_are_as_short_as_they_can_be(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {-5, "-5"},
        {1000000, "1000000"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e300, "1e+300"},
        {1e15, "1e+15"},
        {5e-324, "4.94065645841247e-324"},
        {123456789.123, "123456789.123"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b;

        buf_init(&b, 100);
        text_number(&b, cases[i].value);
        assert_float_equal(strtod(b.data, NULL), cases[i].value, 0);
        check_text(&b, cases[i].text);
    }
}

static void numbers_that_are_none_have_names(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    text_number(&b, INFINITY);
    buf_add_char(&b, ' ');
    text_number(&b, -INFINITY);
    buf_add_char(&b, ' ');
    text_number(&b, (double)NAN);
    check_text(&b, "inf -inf nan");
}

static void sizes_and_durations_choose_their_unit(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    text_bytes(&b, 0);
    buf_add_str(&b, ", ");
    text_bytes(&b, 1023);
    buf_add_str(&b, ", ");
    text_bytes(&b, 3482);
    buf_add_str(&b, ", ");
    text_bytes(&b, -5242880);
    check_text(&b, "0 B, 1023 B, 3.4 KiB, -5.0 MiB");
    text_duration(&b, 0.00041);
    buf_add_str(&b, ", ");
    text_duration(&b, 0.012);
    buf_add_str(&b, ", ");
    text_duration(&b, 1.25);
    buf_add_str(&b, ", ");
    text_duration(&b, 184);
    check_text(&b, "0.4 ms, 12 ms, 1.25 s, 3 min 4 s");
}

static void times_are_local_and_impossible_ones_are_numbers(void **state)
{
    struct buf b;

    (void)state;
    setenv("TZ", "XYZ-5:30", 1);
    tzset();
    buf_init(&b, 1000);
    text_time(&b, 1700000000.9);
    check_text(&b, "2023-11-15T03:43:20+05:30");
    text_time(&b, 1e300);
    buf_add_char(&b, ' ');
    text_time(&b, -1);
    check_text(&b, "1e+300 -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(width_counts_columns),
        cmocka_unit_test(lines_break_between_words_and_never_inside_a_character),
        cmocka_unit_test(numbers_are_as_short_as_they_can_be),
        cmocka_unit_test(numbers_that_are_none_have_names),
        cmocka_unit_test(sizes_and_durations_choose_their_unit),
        cmocka_unit_test(times_are_local_and_impossible_ones_are_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

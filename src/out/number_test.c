#include "out/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/str.h"
#include "core/testing.h"

typedef size_t writer(char *to, double v);

static const char *written(writer *write, double v)
{
    static char text[NUMBER_MAX + 1];
    size_t len;

    memset(text, '?', sizeof(text));
    len = write(text, v);
    assert_true(len <= NUMBER_MAX);
    text[len] = '\0';
    return text;
}

static const struct {
    double v;
    const char *value, *bound;
} numbers[] = {
    {0, "0", "0.0"},
    {-0.0, "0", "0.0"},
    {1, "1", "1.0"},
    {-1, "-1", "-1.0"},
    {100, "100", "100.0"},
    {0.1, "0.1", "0.1"},
    {0.3, "0.3", "0.3"},
    {0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333", "0.3333333333333333"},
    {2.0 / 3, "0.6666666666666666", "0.6666666666666666"},
    {-2.5, "-2.5", "-2.5"},
    {0.0025, "0.0025", "0.0025"},
    {0.0001, "0.0001", "0.0001"},
    {0.00001, "0.00001", "1e-05"},
    {0.000025, "0.000025", "2.5e-05"},
    {0.000001, "1e-06", "1e-06"},
    {100000, "100000", "100000.0"},
    {250000, "250000", "250000.0"},
    {1e6, "1000000", "1e+06"},
    {2.5e6, "2500000", "2.5e+06"},
    {1e10, "10000000000", "1e+10"},
    {123456.75, "123456.75", "123456.75"},
    {1234567.25, "1234567.25", "1.23456725e+06"},
    {9007199254740991.0, "9007199254740991", "9.007199254740991e+15"},
    {9007199254740992.0, "9.007199254740992e+15", "9.007199254740992e+15"},
    {4503599627370495.5, "4503599627370495.5", "4.5035996273704955e+15"},
    {0.99999999999999989, "0.9999999999999999", "0.9999999999999999"},
    {1.0000000000000002, "1.0000000000000002", "1.0000000000000002"},
    {5e-324, "5e-324", "5e-324"},
    {1.7976931348623157e308, "1.7976931348623157e+308", "1.7976931348623157e+308"},
    {-1.7976931348623157e308, "-1.7976931348623157e+308", "-1.7976931348623157e+308"},
    {1e300, "1e+300", "1e+300"},
    {NAN, "NaN", "NaN"},
    {INFINITY, "+Inf", "+Inf"},
    {-INFINITY, "-Inf", "-Inf"},
};

static void numbers_have_their_shortest_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        assert_string_equal(written(number_write, numbers[i].v), numbers[i].value);
        assert_string_equal(written(number_write_bound, numbers[i].v), numbers[i].bound);
    }
}

/* Digits from the first that is not zero to the last that is not. */
static size_t digit_count(const char *text)
{
    size_t count = 0, zeros = 0;

    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text < '0' || *text > '9')
            continue;
        if (*text == '0') {
            zeros += count > 0;
            continue;
        }
        count += zeros + 1;
        zeros = 0;
    }
    return count;
}

static void numbers_read_back_and_have_no_digit_too_many(void **state)
{
    uint64_t bits = 88172645463325252;

    (void)state;
    for (int i = 0; i < 200 * 1000; i++) {
        char reference[40];
        const char *text;
        double v;

        bits ^= bits << 13; /* xorshift */
        bits ^= bits >> 7;
        bits ^= bits << 17;
        if (i % 2 == 0)
            memcpy(&v, &bits, sizeof(v));
        else
            v = ldexp((double)(bits >> 11), -(int)(bits % 72));
        if (!isfinite(v))
            continue;
        text = written(number_write, v);
        assert_true(strtod(text, NULL) == v);
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(reference, sizeof(reference), "%.*g", digits, v);
            if (strtod(reference, NULL) == v)
                break;
        }
        assert_int_equal(digit_count(text), digit_count(reference));
        assert_true(strtod(written(number_write_bound, v), NULL) == v);
    }
}

static void counts_are_written_whole(void **state)
{
    char text[NUMBER_MAX];

    (void)state;
    assert_int_equal(number_write_count(text, 0), 1);
    assert_memory_equal(text, "0", 1);
    assert_int_equal(number_write_count(text, UINT64_MAX), 20);
    assert_memory_equal(text, "18446744073709551615", 20);
}

static void a_text_is_a_number_as_a_whole_or_not_at_all(void **state)
{
    static const struct {
        const char *text;
        bool good;
        double v;
    } texts[] = {
        {"0.005", true, 0.005}, {"+Inf", true, INFINITY}, {"inf", true, INFINITY},
        {"-1e3", true, -1000},  {"", false, 0},           {"1x", false, 0},
        {"nan", false, 0},      {"x", false, 0},          {"1 ", false, 0},
    };
    double v;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_int_equal(number_read(str_of(texts[i].text), &v), texts[i].good);
        if (texts[i].good)
            assert_true(v == texts[i].v);
    }
    assert_false(number_read((struct adder_str){"1\0", 2}, &v));
    assert_false(number_read((struct adder_str){NULL, 0}, &v));
}

/* A library may have called setlocale(); a comma would end a value. */
static void the_decimal_point_is_a_point_in_every_locale(void **state)
{
    static const double values[] = {0.5, 1e-7 / 3, 1.5e300};
    double v;

    (void)state;
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL)
        skip();
    assert_true(number_read(str_of("0.5"), &v));
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        assert_null(strchr(written(number_write, values[i]), ','));
        assert_null(strchr(written(number_write_bound, values[i]), ','));
    }
    setlocale(LC_NUMERIC, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_their_shortest_form),
        cmocka_unit_test(numbers_read_back_and_have_no_digit_too_many),
        cmocka_unit_test(counts_are_written_whole),
        cmocka_unit_test(a_text_is_a_number_as_a_whole_or_not_at_all),
        cmocka_unit_test(the_decimal_point_is_a_point_in_every_locale),
    };

    return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}

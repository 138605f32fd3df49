#include "out/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTEGERS_END 9007199254740992.0 /* 2 to the power of 53 */
#define FIXED_MIN    1e-5               /* smaller ones are written with an exponent */

enum { TEXT_MAX = 64 }; /* bytes of a text that number_read() looks at */

typedef unsigned __int128 wide;

static size_t put_text(char *to, const char *text)
{
    size_t len = strlen(text);

    memcpy(to, text, len);
    return len;
}

size_t number_write_count(char *to, uint64_t n)
{
    char digits[20];
    size_t len = 0;

    do
        digits[sizeof(digits) - ++len] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    memcpy(to, digits + sizeof(digits) - len, len);
    return len;
}

/*
 * FIXED_MIN to INTEGERS_END, with a fraction: as many digits as are needed to come closer to
 * `v` than to any other double (Steele and White, "How to print floating-point numbers
 * accurately", 1990, the fixed-point algorithm). Exact, as 2 * ulp fits an integer: the
 * smallest number has 69 bits after the point.
 */
static size_t write_fixed(char *to, double v)
{
    int exponent;
    uint64_t mantissa = (uint64_t)ldexp(frexp(v, &exponent), 53);
    unsigned shift = (unsigned)(53 - exponent), digit;
    wide one = (wide)2 << shift, margin = 1; /* `margin` is half a unit in the last place */
    wide rest = (wide)mantissa << 1;
    size_t len = number_write_count(to, (uint64_t)(rest >> (shift + 1)));

    to[len++] = '.';
    rest &= one - 1;
    for (;;) {
        rest *= 10;
        margin *= 10;
        digit = (unsigned)(rest >> (shift + 1));
        rest &= one - 1;
        if (rest < margin || rest > one - margin)
            break;
        to[len++] = (char)('0' + digit);
    }
    to[len++] = (char)('0' + digit + (rest > one / 2));
    return len;
}

/* The decimal point is '.', whatever the locale has. */
static size_t put_printed(char *to, const char *text)
{
    size_t len = 0;

    for (; *text != '\0'; text++) {
        if (strchr("+-0123456789e", *text) != NULL)
            to[len++] = *text;
        else if (len > 0 && to[len - 1] != '.') /* a point may have several bytes */
            to[len++] = '.';
    }
    return len;
}

/* Digits after the first that suffice for reading `v` back, and its decimal exponent. */
static int digits_needed(double v, int *exponent)
{
    char text[40];

    for (int digits = 0;; digits++) {
        snprintf(text, sizeof(text), "%.*e", digits, v);
        if (digits < 16 && strtod(text, NULL) != v)
            continue;
        *exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
        return digits;
    }
}

static size_t write_exponent(char *to, double v)
{
    char text[40];
    int exponent, digits = digits_needed(v, &exponent);

    snprintf(text, sizeof(text), "%.*e", digits, v);
    return put_printed(to, text);
}

/* NaN and infinities; 0: it is none of them. */
static size_t write_special(char *to, double v)
{
    if (isnan(v))
        return put_text(to, "NaN");
    if (isinf(v))
        return put_text(to, v > 0 ? "+Inf" : "-Inf");
    return 0;
}

size_t number_write(char *to, double v)
{
    double magnitude = fabs(v);
    size_t len = write_special(to, v);

    if (len > 0)
        return len;
    if (v < 0)
        to[len++] = '-';
    if (magnitude < INTEGERS_END && magnitude == floor(magnitude))
        return len + number_write_count(to + len, (uint64_t)magnitude);
    if (magnitude >= FIXED_MIN && magnitude < INTEGERS_END)
        return len + write_fixed(to + len, magnitude);
    return len + write_exponent(to + len, magnitude);
}

/* What Go's 'g' gives, which the specification asks for, with ".0" after what would look like
 * an integer. */
size_t number_write_bound(char *to, double v)
{
    size_t len = write_special(to, v);
    char text[40];
    int exponent, digits;

    if (len > 0)
        return len;
    digits = digits_needed(v, &exponent);
    if (v != 0 && (exponent < -4 || exponent >= 6))
        return write_exponent(to, v);
    digits = digits - exponent > 1 ? digits - exponent : 1;
    snprintf(text, sizeof(text), "%.*f", digits, v == 0 ? 0.0 : v);
    return put_printed(to, text);
}

bool number_read(struct adder_str text, double *ret)
{
    char copy[TEXT_MAX], *end, *point;
    double v;

    if (text.len == 0 || text.len >= sizeof(copy))
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    point = strchr(copy, '.');
    if (point != NULL)
        *point = localeconv()->decimal_point[0];
    v = strtod(copy, &end);
    if (end != copy + text.len || isnan(v))
        return false;
    *ret = v;
    return true;
}

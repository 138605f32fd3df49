#include "core/yaml_emit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

/* ---- Order of keys --------------------------------------------------------------------- */

/* Where a key that is neither number nor string stands; go-yaml compares Go's kinds. */
static int rank_of(const struct value *v)
{
    static const int ranks[] = {
        [VALUE_BOOL] = 1,  [VALUE_INT] = 2,     [VALUE_BIGINT] = 11, [VALUE_FLOAT] = 14,
        [VALUE_NULL] = 20, [VALUE_STRING] = 24, [VALUE_BYTES] = 25,  [VALUE_DATE] = 26,
        [VALUE_TIME] = 27, [VALUE_LIST] = 28,   [VALUE_MAP] = 29,    [VALUE_SET] = 30,
    };

    return ranks[v->type];
}

static bool number_of(const struct value *v, double *ret)
{
    switch (v->type) {
    case VALUE_BOOL:
        *ret = v->boolean;
        return true;
    case VALUE_INT:
        *ret = (double)v->integer;
        return true;
    case VALUE_BIGINT:
        *ret = strtod(v->text.ptr, NULL);
        return true;
    case VALUE_FLOAT:
        *ret = v->real;
        return true;
    default:
        return false;
    }
}

/* A text as code points, stepped through. */
struct runes {
    const unsigned char *at, *end;
};

/* The code point at the front and its length; the text is UTF-8. 0 at the end. */
static unsigned rune(const struct runes *r, int *len)
{
    const unsigned char *p = r->at;

    *len = p == r->end ? 0 : p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    switch (*len) {
    case 0:
        return 0;
    case 1:
        return p[0];
    case 2:
        return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    case 3:
        return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    default:
        return (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
               (p[3] & 0x3fu);
    }
}

static bool is_digit(unsigned c)
{
    return c >= '0' && c <= '9';
}

/* Letters of ASCII are exact. Beyond it everything is one but the signs of Latin-1, the blocks
 * of punctuation and symbols, and emoji. */
static bool is_letter(unsigned c)
{
    static const struct {
        unsigned first, last;
    } others[] = {
        {0x80, 0xa9},     {0xab, 0xb4},     {0xb6, 0xb9},       {0xbb, 0xbf},
        {0xd7, 0xd7},     {0xf7, 0xf7},     {0x300, 0x36f},     {0x2000, 0x206f},
        {0x20a0, 0x2101}, {0x2190, 0x2bff}, {0x3000, 0x3004},   {0x3007, 0x3030},
        {0xd800, 0xf8ff}, {0xfe00, 0xff20}, {0x1f000, 0x1faff},
    };

    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (c >= others[i].first && c <= others[i].last)
            return false;
    return true;
}

/* Whether the digits before `at` hold one that is not 0: what follows then is no leading zero.
 */
static bool follows_number(const unsigned char *start, const unsigned char *at)
{
    while (at > start && is_digit(at[-1]))
        if (*--at != '0')
            return true;
    return false;
}

/* Adds a run of digits to `n`, wrapping around as Go's integers do. Returns its length. */
static size_t read_digits(const struct runes *r, uint64_t *n)
{
    const unsigned char *p = r->at;

    for (; p < r->end && is_digit(*p); p++)
        *n = *n * 10 + (*p - '0');
    return (size_t)(p - r->at);
}

/* Orders two texts at the first character in which they differ. */
static int order_at(const unsigned char *start, const struct runes *a, const struct runes *b)
{
    int len;
    unsigned left = rune(a, &len), right = rune(b, &len);
    bool left_letter = is_letter(left), right_letter = is_letter(right);
    uint64_t left_number = 0, right_number = 0;
    size_t left_len, right_len;

    if (left_letter != right_letter)
        return right_letter ? -1 : 1;
    if (!left_letter && (left == '0' || right == '0') && follows_number(start, a->at))
        left_number = right_number = 1;
    left_len = left_letter ? 0 : read_digits(a, &left_number);
    right_len = right_letter ? 0 : read_digits(b, &right_number);
    if (left_number != right_number)
        return (int64_t)left_number < (int64_t)right_number ? -1 : 1;
    if (left_len != right_len)
        return left_len < right_len ? -1 : 1;
    return left < right ? -1 : 1;
}

static int string_order(struct adder_str left, struct adder_str right)
{
    const unsigned char *start = (const unsigned char *)left.ptr;
    struct runes a = {start, start + left.len};
    struct runes b = {(const unsigned char *)right.ptr,
                      (const unsigned char *)right.ptr + right.len};

    while (a.at < a.end && b.at < b.end) {
        int a_len, b_len;

        if (rune(&a, &a_len) != rune(&b, &b_len))
            return order_at(start, &a, &b);
        a.at += a_len;
        b.at += b_len;
    }
    return (a.at < a.end) - (b.at < b.end);
}

int yaml_key_order(const struct value *a, const struct value *b)
{
    int rank = rank_of(a) - rank_of(b);
    double left, right;

    if (number_of(a, &left) && number_of(b, &right) && left != right)
        return left < right ? -1 : 1;
    if (rank != 0)
        return rank;
    if (a->type == VALUE_INT)
        return (a->integer > b->integer) - (a->integer < b->integer);
    if (a->type != VALUE_STRING)
        return 0;
    return string_order(a->text, b->text);
}

/* ---- Texts ----------------------------------------------------------------------------- */

/* Writes "d.ddde+xx" with as few digits as read back as the same number. */
static void shortest(double x, char text[YAML_FLOAT_TEXT])
{
    for (int precision = 0; precision < 17; precision++) {
        snprintf(text, YAML_FLOAT_TEXT, "%.*e", precision, x);
        if (strtod(text, NULL) == x)
            return;
    }
}

/* Splits "d.ddde+xx" into digits and exponent, whatever the locale's decimal point is. */
static int split(const char *text, char *digits)
{
    const char *e = strchr(text, 'e');

    for (; text < e; text++)
        if (is_digit((unsigned char)*text))
            *digits++ = *text;
    *digits = '\0';
    return (int)strtol(e + 1, NULL, 10);
}

/* Adds `len` digits, zeros after the last. */
static void add_digits(char **to, const char *digits, int len)
{
    for (int i = 0; i < len; i++)
        *(*to)++ = *digits != '\0' ? *digits++ : '0';
}

/* Digits with a point after the first `whole` of them, none when no fraction is left. */
static void format_point(const char *digits, int whole, char *to)
{
    int len = (int)strlen(digits);

    if (whole <= 0) {
        add_digits(&to, "0", 1);
        *to++ = '.';
        add_digits(&to, "", -whole);
        whole = 0;
    } else {
        add_digits(&to, digits, whole);
        if (whole < len)
            *to++ = '.';
    }
    if (whole < len)
        add_digits(&to, digits + whole, len - whole);
    *to = '\0';
}

void yaml_format_float(double x, char ret[YAML_FLOAT_TEXT])
{
    char text[YAML_FLOAT_TEXT], digits[24];
    int exponent, sign = signbit(x) && !isnan(x);

    if (!isfinite(x)) {
        snprintf(ret, YAML_FLOAT_TEXT, "%s", isnan(x) ? ".nan" : x > 0 ? ".inf" : "-.inf");
        return;
    }
    shortest(fabs(x), text);
    exponent = split(text, digits);
    ret[0] = '-';
    if (exponent >= -4 && exponent < 6)
        format_point(digits, exponent + 1, ret + sign);
    else
        snprintf(ret + sign, (size_t)(YAML_FLOAT_TEXT - sign), "%.1s%s%se%+03d", digits,
                 digits[1] != '\0' ? "." : "", digits + 1, exponent);
}

void yaml_format_time(const struct value *v, char ret[YAML_TIME_TEXT])
{
    const struct value_time *t = &v->time;
    char fraction[8] = "", zone[16] = "";
    unsigned minutes = (unsigned)abs(t->zone_s) / 60;

    if (v->type == VALUE_DATE) {
        snprintf(ret, YAML_TIME_TEXT, "%04d-%02d-%02d", t->year, t->month, t->day);
        return;
    }
    if (t->microsecond != 0) {
        snprintf(fraction, sizeof(fraction), ".%06u", (unsigned)t->microsecond % 1000000);
        for (size_t last = 6; last > 0 && fraction[last] == '0'; last--)
            fraction[last] = '\0';
    }
    if (t->has_zone && t->zone_s == 0)
        snprintf(zone, sizeof(zone), "Z");
    else if (t->has_zone)
        snprintf(zone, sizeof(zone), "%c%02u:%02u", t->zone_s < 0 ? '-' : '+',
                 minutes / 60 % 100, minutes % 60);
    snprintf(ret, YAML_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d%s%s", t->year, t->month,
             t->day, t->hour, t->minute, t->second, fraction, zone);
}

/* Writes the four letters of up to three bytes. */
static void encode_group(const unsigned char *from, size_t len, char to[4])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = (unsigned)from[0] << 16;

    if (len > 1)
        bits |= (unsigned)from[1] << 8;
    if (len > 2)
        bits |= from[2];
    to[0] = letters[bits >> 18];
    to[1] = letters[bits >> 12 & 63];
    to[2] = len > 1 ? letters[bits >> 6 & 63] : '=';
    to[3] = len > 2 ? letters[bits & 63] : '=';
}

char *yaml_encode_base64(struct adder_str bytes)
{
    const size_t line = 70;
    size_t letters = (bytes.len + 2) / 3 * 4, len = 0;
    bool lines = letters >= line;
    char *text = mem_alloc(letters + letters / line + 2);

    if (text == NULL)
        return NULL;
    for (size_t i = 0, column = 0; i < bytes.len; i += 3) {
        char group[4];

        encode_group((const unsigned char *)bytes.ptr + i, bytes.len - i, group);
        for (size_t k = 0; k < sizeof(group); k++) {
            text[len++] = group[k];
            if (lines && ++column % line == 0)
                text[len++] = '\n';
        }
    }
    if (lines && text[len - 1] != '\n')
        text[len++] = '\n';
    text[len] = '\0';
    return text;
}

bool yaml_is_base60(struct adder_str text)
{
    const char *digits = "0123456789", *s = text.ptr, *end = text.ptr + text.len;
    int parts = 0;

    s += *s == '+' || *s == '-';
    if (!is_digit((unsigned char)*s))
        return false;
    for (s += strspn(s, "0123456789_"); *s == ':'; parts++) {
        size_t len = strspn(s + 1, digits);

        if (len == 0 || len > 2 || (len == 2 && s[1] > '5'))
            return false;
        s += 1 + len;
    }
    if (*s == '.')
        s += 1 + strspn(s + 1, "0123456789_");
    return parts > 0 && s == end;
}

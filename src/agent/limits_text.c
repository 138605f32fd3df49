/* Durations and sizes as people write and read them. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agent/limits.h"
#include "core/err.h"
#include "core/str.h"

/* ---- Parsing --------------------------------------------------------------------------- */

struct unit {
    const char *name; /* in any case */
    double factor;
};

#define KI 1024.0

static const struct unit durations[] = {
    {"us", 1e-6},    {"ms", 1e-3},    {"s", 1},       {"sec", 1},
    {"second", 1},   {"seconds", 1},  {"m", 60},      {"min", 60},
    {"minute", 60},  {"minutes", 60}, {"h", 3600},    {"hour", 3600},
    {"hours", 3600}, {"d", 86400},    {"day", 86400}, {"days", 86400},
};

static const struct unit sizes[] = {
    {"b", 1},
    {"byte", 1},
    {"bytes", 1},
    {"k", KI},
    {"ki", KI},
    {"kib", KI},
    {"kb", 1e3},
    {"m", KI *KI},
    {"mi", KI *KI},
    {"mib", KI *KI},
    {"mb", 1e6},
    {"g", KI *KI *KI},
    {"gi", KI *KI *KI},
    {"gib", KI *KI *KI},
    {"gb", 1e9},
    {"t", KI *KI *KI *KI},
    {"ti", KI *KI *KI *KI},
    {"tib", KI *KI *KI *KI},
    {"tb", 1e12},
};

/* What a text may be. */
struct measure {
    const struct unit *units;
    size_t unit_count;
    bool sums; /* "1h 30m" */
    double most;
    const char *needs;     /* "a duration such as 500ms, 5s or 2m" */
    const char *most_text; /* "366 days" */
};

static const struct measure duration = {
    .units = durations,
    .unit_count = ARRAY_LEN(durations),
    .sums = true,
    .most = LIMITS_DURATION_MAX_S,
    .needs = "a duration such as 500ms, 5s or 2m",
    .most_text = "366 days",
};

static const struct measure size = {
    .units = sizes,
    .unit_count = ARRAY_LEN(sizes),
    .most = (double)LIMITS_SIZE_MAX,
    .needs = "a size such as 64k, 200MiB or a number of bytes",
    .most_text = "1 EiB",
};

static bool is_digit(struct adder_str text)
{
    return text.len > 0 && isdigit((unsigned char)text.ptr[0]);
}

static void skip(struct adder_str *text, size_t count)
{
    text->ptr += count;
    text->len -= count;
}

/* Takes digits, perhaps with a point among them. strtod() would obey the locale, and take
 * hexadecimal numbers, infinities and signs. */
static bool take_number(struct adder_str *text, double *ret)
{
    double scale = 1;

    *ret = 0;
    if (!is_digit(*text))
        return false;
    for (; is_digit(*text); skip(text, 1))
        *ret = *ret * 10 + (text->ptr[0] - '0');
    if (text->len == 0 || text->ptr[0] != '.')
        return true;
    skip(text, 1);
    if (!is_digit(*text))
        return false;
    for (; is_digit(*text); skip(text, 1))
        if (scale < 1e15) {
            scale *= 10;
            *ret = *ret * 10 + (text->ptr[0] - '0');
        }
    *ret /= scale;
    return true;
}

static bool take_unit(struct adder_str *text, const struct measure *m, double *factor)
{
    size_t len = 0;

    while (len < text->len && isalpha((unsigned char)text->ptr[len]))
        len++;
    for (size_t i = 0; i < m->unit_count; i++) {
        if (strlen(m->units[i].name) != len || strncasecmp(m->units[i].name, text->ptr, len))
            continue;
        *factor = m->units[i].factor;
        skip(text, len);
        return true;
    }
    return false;
}

static bool parse_text(struct adder_str text, const struct measure *m, double *ret)
{
    double sum = 0, number, factor;
    bool single = true;

    text = str_trim(text);
    do {
        if (!take_number(&text, &number))
            return false;
        if (text.len == 0 && single) {
            *ret = number;
            return true;
        }
        text = str_trim(text);
        if (!take_unit(&text, m, &factor))
            return false;
        sum += number * factor;
        text = str_trim(text);
        single = false;
    } while (text.len > 0 && m->sums);
    *ret = sum;
    return text.len == 0;
}

static int wrong_text(const struct measure *m, struct adder_str text, struct adder_error *err)
{
    return err_set(err, ADDER_INVALID, "%s is needed (found: '%.*s')", m->needs,
                   text.len < 40 ? (int)text.len : 40, text.ptr);
}

static int parse(const struct value *v, const struct measure *m, double *ret,
                 struct adder_error *err)
{
    double number = -1;

    if (v->type == VALUE_STRING) {
        if (!parse_text(v->text, m, &number))
            return wrong_text(m, v->text, err);
    } else if (v->type == VALUE_INT) {
        number = (double)v->integer;
    } else if (v->type == VALUE_FLOAT) {
        number = v->real;
    } else if (v->type == VALUE_BIGINT) {
        number = v->text.ptr[0] == '-' ? -1 : INFINITY;
    } else {
        return err_set(err, ADDER_INVALID, "%s is needed (found: %s)", m->needs,
                       value_type_name(v->type));
    }
    if (number > m->most)
        return err_set(err, ADDER_INVALID, "more than %s", m->most_text);
    if (!(number >= 0))
        return err_set(err, ADDER_INVALID, "%s is needed (found: %s)", m->needs,
                       number < 0 ? "a negative number" : "not a number");
    *ret = number;
    return 0;
}

int limits_parse_duration(const struct value *v, double *ret, struct adder_error *err)
{
    return parse(v, &duration, ret, err);
}

int limits_parse_size(const struct value *v, uint64_t *ret, struct adder_error *err)
{
    double bytes;

    if (parse(v, &size, &bytes, err) < 0)
        return -1;
    *ret = (uint64_t)bytes;
    return 0;
}

/* ---- Printing -------------------------------------------------------------------------- */

/* Three digits, more before the point, no zeros at the end behind it. */
static void print_number(double x, const char *unit, char ret[LIMITS_TEXT])
{
    int digits = x < 9.995 ? 2 : x < 99.95 ? 1 : 0;
    int len = snprintf(ret, LIMITS_TEXT - 8, "%.*f", digits, x);

    while (digits > 0 && (ret[len - 1] == '0' || ret[len - 1] == '.'))
        if (ret[--len] == '.')
            break;
    snprintf(ret + len, (size_t)(LIMITS_TEXT - len), " %s", unit);
}

/* The nearest to `x` that can be printed. */
static double in_range(double x, double most)
{
    if (!(x > 0))
        return 0;
    return x < most ? x : most;
}

/* Two units, such as "1 h 30 min", the second left out when there is none of it. */
static void print_pair(double s, char ret[LIMITS_TEXT])
{
    static const struct {
        double large, small;
        const char *large_name, *small_name;
    } pairs[] = {
        {86400, 3600, "d", "h"},
        {3600, 60, "h", "min"},
        {60, 1, "min", "s"},
    };
    size_t i = s >= 2 * 86400 - 1800 ? 0 : s >= 2 * 3600 - 30 ? 1 : 2;
    long all = lround(s / pairs[i].small), per = lround(pairs[i].large / pairs[i].small);
    int len = snprintf(ret, LIMITS_TEXT, "%ld %s", all / per, pairs[i].large_name);

    if (all % per != 0)
        snprintf(ret + len, (size_t)(LIMITS_TEXT - len), " %ld %s", all % per,
                 pairs[i].small_name);
}

void limits_print_duration(double seconds, char ret[LIMITS_TEXT])
{
    double s = in_range(seconds, 100 * LIMITS_DURATION_MAX_S);

    if (s > 0 && s < 0.9995)
        print_number(s * 1000, "ms", ret);
    else if (s < 119.5)
        print_number(s, "s", ret);
    else
        print_pair(s, ret);
}

void limits_print_size(double bytes, char ret[LIMITS_TEXT])
{
    static const char *const names[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double x = in_range(round(bytes), (double)LIMITS_SIZE_MAX);
    size_t i = 0;

    for (; i + 1 < ARRAY_LEN(names) && x >= 1023.5; i++)
        x /= KI;
    print_number(x, bytes == 1 ? "byte" : names[i], ret);
}

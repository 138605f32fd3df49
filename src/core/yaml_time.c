#include "core/err.h"
#include "core/str.h"
#include "core/yaml_scalar.h"

/* Reads a number of `min` to `max` digits at *s and steps over it. */
static bool take_number(const char **s, int min, int max, int *ret)
{
    int digits = 0;

    *ret = 0;
    for (; digits < max && **s >= '0' && **s <= '9'; digits++, (*s)++)
        *ret = *ret * 10 + (**s - '0');
    return digits >= min;
}

static bool take_char(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(const char **s)
{
    while (is_blank(**s))
        (*s)++;
}

/* What separates date and time: a T, or white space. */
static bool take_separator(const char **s)
{
    if (take_char(s, 'T') || take_char(s, 't'))
        return true;
    if (!is_blank(**s))
        return false;
    skip_blanks(s);
    return true;
}

/* Digits after a point, of which six count. */
static void take_fraction(const char **s, int *ret)
{
    int weight = 100 * 1000;

    *ret = 0;
    if (!take_char(s, '.'))
        return;
    for (; **s >= '0' && **s <= '9'; (*s)++, weight /= 10)
        *ret += (**s - '0') * weight;
}

/* "Z", "+h", "+hh", "+hh:mm" after any blanks, or nothing. */
static bool take_zone(const char **s, struct value_time *t)
{
    int sign, hours, minutes = 0;

    if (**s == '\0')
        return true;
    skip_blanks(s);
    t->has_zone = true;
    if (take_char(s, 'Z'))
        return true;
    sign = **s == '-' ? -1 : 1;
    if (!take_char(s, '-') && !take_char(s, '+'))
        return false;
    if (!take_number(s, 1, 2, &hours) || (take_char(s, ':') && !take_number(s, 2, 2, &minutes)))
        return false;
    t->zone_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool take_time_of_day(const char **s, struct value_time *t)
{
    if (!take_separator(s) || !take_number(s, 1, 2, &t->hour) || !take_char(s, ':') ||
        !take_number(s, 2, 2, &t->minute) || !take_char(s, ':') ||
        !take_number(s, 2, 2, &t->second))
        return false;
    take_fraction(s, &t->microsecond);
    return take_zone(s, t);
}

enum value_type yaml_match_time(struct adder_str text, bool strict, struct value_time *ret)
{
    const char *s = text.ptr, *end = text.ptr + text.len;
    struct value_time t = {0};

    if (!take_number(&s, 4, 4, &t.year) || !take_char(&s, '-') ||
        !take_number(&s, 1, 2, &t.month) || !take_char(&s, '-') ||
        !take_number(&s, 1, 2, &t.day))
        return VALUE_NULL;
    *ret = t;
    if (s == end)
        return strict && text.len != strlen("2020-01-31") ? VALUE_NULL : VALUE_DATE;
    if (!take_time_of_day(&s, &t) || s != end)
        return VALUE_NULL;
    *ret = t;
    return VALUE_TIME;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 && leap ? 29 : days[month - 1];
}

/* The ranges of Python's datetime; a zone is less than a day away. */
static bool in_range(const struct value_time *t)
{
    const int day = 24 * 60 * 60;

    return t->year >= 1 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
           t->day <= days_in_month(t->year, t->month) && t->hour <= 23 && t->minute <= 59 &&
           t->second <= 59 && t->zone_s > -day && t->zone_s < day;
}

int yaml_make_time(struct adder_str text, struct value **ret, struct adder_error *err)
{
    struct value_time t;
    enum value_type type = yaml_match_time(text, false, &t);

    if (type == VALUE_NULL || !in_range(&t))
        return yaml_not_a(err, "date or time", text);
    *ret = value_new(type);
    if (*ret == NULL)
        return err_nomem(err);
    (*ret)->time = t;
    return 0;
}

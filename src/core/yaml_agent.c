#include <math.h>
#include <strings.h>

#include "core/str.h"
#include "core/yaml_scalar.h"

/*
 * How go-yaml v2 (2.4.0, resolve.go) types an unquoted text. It reads numbers with Go's
 * strconv, whose grammar is not that of YAML 1.1, and times with the layouts of Go's
 * time.Parse.
 */

enum { NUMBER_MAX = 512 }; /* bytes; a longer text of digits is a string to us */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- Words ----------------------------------------------------------------------------- */

static const struct {
    const char *word;
    enum yaml_tag tag;
    struct value value;
} words[] = {
#define BOOLEAN(w, b)                        \
    {                                        \
        w, TAG_BOOL,                         \
        {                                    \
            .type = VALUE_BOOL, .boolean = b \
        }                                    \
    }
#define REAL(w, r)                         \
    {                                      \
        w, TAG_FLOAT,                      \
        {                                  \
            .type = VALUE_FLOAT, .real = r \
        }                                  \
    }
#define NOTHING(w)             \
    {                          \
        w, TAG_NULL,           \
        {                      \
            .type = VALUE_NULL \
        }                      \
    }
    BOOLEAN("y", true),
    BOOLEAN("Y", true),
    BOOLEAN("yes", true),
    BOOLEAN("Yes", true),
    BOOLEAN("YES", true),
    BOOLEAN("true", true),
    BOOLEAN("True", true),
    BOOLEAN("TRUE", true),
    BOOLEAN("on", true),
    BOOLEAN("On", true),
    BOOLEAN("ON", true),
    BOOLEAN("n", false),
    BOOLEAN("N", false),
    BOOLEAN("no", false),
    BOOLEAN("No", false),
    BOOLEAN("NO", false),
    BOOLEAN("false", false),
    BOOLEAN("False", false),
    BOOLEAN("FALSE", false),
    BOOLEAN("off", false),
    BOOLEAN("Off", false),
    BOOLEAN("OFF", false),
    NOTHING(""),
    NOTHING("~"),
    NOTHING("null"),
    NOTHING("Null"),
    NOTHING("NULL"),
    REAL(".nan", NAN),
    REAL(".NaN", NAN),
    REAL(".NAN", NAN),
    REAL(".inf", INFINITY),
    REAL(".Inf", INFINITY),
    REAL(".INF", INFINITY),
    REAL("+.inf", INFINITY),
    REAL("+.Inf", INFINITY),
    REAL("+.INF", INFINITY),
    REAL("-.inf", -INFINITY),
    REAL("-.Inf", -INFINITY),
    REAL("-.INF", -INFINITY),
    {"<<", TAG_MERGE, {.type = VALUE_STRING}},
#undef BOOLEAN
#undef REAL
#undef NOTHING
};

/* ---- Times ----------------------------------------------------------------------------- */

/* Reads one or two digits, at most `max`. */
static bool take_field(const char **s, int max, int *ret)
{
    if (!is_digit(**s))
        return false;
    *ret = *(*s)++ - '0';
    if (is_digit(**s))
        *ret = *ret * 10 + (*(*s)++ - '0');
    return *ret <= max;
}

static bool take_char(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

static int days_in_month(int year, int month)
{
    static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_date(const char **s)
{
    int year = 0, month, day;

    for (int i = 0; i < 4; i++, (*s)++) {
        if (!is_digit(**s))
            return false;
        year = year * 10 + (**s - '0');
    }
    return take_char(s, '-') && take_field(s, 12, &month) && month > 0 && take_char(s, '-') &&
           take_field(s, 31, &day) && day > 0 && day <= days_in_month(year, month);
}

static bool take_clock(const char **s)
{
    int ignored;

    if (!take_field(s, 23, &ignored) || !take_char(s, ':') || !take_field(s, 59, &ignored) ||
        !take_char(s, ':') || !take_field(s, 59, &ignored))
        return false;
    if ((**s == '.' || **s == ',') && is_digit((*s)[1]))
        *s += 1 + strspn(*s + 1, "0123456789");
    return true;
}

/* "Z" or "+hh:mm", where Go lets 24 hours and 60 minutes pass. */
static bool take_zone(const char **s)
{
    const char *z = *s;
    int hours, minutes;

    if (take_char(s, 'Z'))
        return true;
    if ((z[0] != '+' && z[0] != '-') || strspn(z + 1, "0123456789") != 2 || z[3] != ':' ||
        !is_digit(z[4]) || !is_digit(z[5]))
        return false;
    hours = (z[1] - '0') * 10 + z[2] - '0';
    minutes = (z[4] - '0') * 10 + z[5] - '0';
    *s += strlen("+hh:mm");
    return hours <= 24 && minutes <= 60;
}

static bool is_time(struct adder_str text)
{
    const char *s = text.ptr, *end = text.ptr + text.len;

    if (!take_date(&s))
        return false;
    if (s == end)
        return true;
    if (*s == ' ') {
        s += strspn(s, " ");
        return take_clock(&s) && s == end;
    }
    if (!take_char(&s, 'T') && !take_char(&s, 't'))
        return false;
    return take_clock(&s) && take_zone(&s) && s == end;
}

/* ---- Numbers --------------------------------------------------------------------------- */

static unsigned digit_of(char c)
{
    if (is_digit(c))
        return (unsigned)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a' + 10) : 99;
}

/* Digits up to the end of `s` that make at most 64 bits. */
static bool read_digits(const char *s, unsigned base, uint64_t *ret)
{
    uint64_t n = 0;

    if (*s == '\0')
        return false;
    for (; *s != '\0'; s++) {
        unsigned digit = digit_of(*s);

        if (digit >= base || __builtin_mul_overflow(n, base, &n) ||
            __builtin_add_overflow(n, digit, &n))
            return false;
    }
    *ret = n;
    return true;
}

static bool read_unsigned(const char *s, uint64_t *ret)
{
    static const struct {
        char letter;
        unsigned base;
    } prefixes[] = {{'b', 2}, {'o', 8}, {'x', 16}};

    if (s[0] != '0' || s[1] == '\0')
        return read_digits(s, 10, ret);
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if ((s[1] | 0x20) == prefixes[i].letter)
            return read_digits(s + 2, prefixes[i].base, ret);
    return read_digits(s + 1, 8, ret);
}

/* As Go's ParseInt(s, 0, 64), and for what is too large and has no sign ParseUint(). */
static bool read_int(const char *s, struct value *ret)
{
    bool sign = *s == '+' || *s == '-', minus = *s == '-';
    uint64_t n;

    s += sign;
    if (s[0] == '0' && s[1] == 'b' && !sign && (s[2] == '-' || s[2] == '+')) {
        minus = s[2] == '-'; /* go-yaml reads what follows 0b once more, as a number */
        if (!read_digits(s + 3, 2, &n))
            return false;
    } else if (!read_unsigned(s, &n)) {
        return false;
    }
    if (n > (uint64_t)INT64_MAX + minus) {
        *ret = (struct value){.type = VALUE_BIGINT, .integer = (int64_t)n};
        return !sign && !minus;
    }
    *ret = (struct value){.type = VALUE_INT, .integer = (int64_t)(minus ? 0 - n : n)};
    return true;
}

/* [-+]? ( .digits | digits [.digits?] ) [exponent], within the range of a double. */
static bool read_float(const char *text, struct value *ret)
{
    const char *s = text + (*text == '+' || *text == '-');
    size_t whole = strspn(s, "0123456789"), fraction = 0;
    double value;

    s += whole;
    if (*s == '.') {
        fraction = strspn(s + 1, "0123456789");
        s += 1 + fraction;
    }
    if (whole == 0 && fraction == 0)
        return false;
    if (*s == 'e' || *s == 'E') {
        s += 1 + (s[1] == '+' || s[1] == '-');
        if (!is_digit(*s))
            return false;
        s += strspn(s, "0123456789");
    }
    if (*s != '\0')
        return false;
    value = yaml_strtod(text);
    *ret = (struct value){.type = VALUE_FLOAT, .real = value};
    return isfinite(value);
}

/* Copies a number without its underscores. In a text that begins with a point Go's float
 * grammar is the judge of them: between digits only. */
static bool strip_underscores(struct adder_str text, char plain[NUMBER_MAX])
{
    size_t len = 0;

    if (text.len >= NUMBER_MAX || memchr(text.ptr, '\0', text.len) != NULL)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '_')
            plain[len++] = text.ptr[i];
        else if (text.ptr[0] == '.' &&
                 (!is_digit(text.ptr[i - 1]) || !is_digit(text.ptr[i + 1])))
            return false;
    }
    plain[len] = '\0';
    return true;
}

static enum yaml_tag resolve_number(struct adder_str text, struct value *ret)
{
    char plain[NUMBER_MAX];

    if (!strip_underscores(text, plain))
        return TAG_STR;
    if (text.ptr[0] != '.' && read_int(plain, ret))
        return TAG_INT;
    return read_float(plain, ret) ? TAG_FLOAT : TAG_STR;
}

enum yaml_tag yaml_agent_resolve(struct adder_str text, struct value *ret)
{
    enum yaml_tag tag = TAG_STR;

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!str_is(text, words[i].word))
            continue;
        *ret = words[i].value;
        return words[i].tag;
    }
    if (is_digit(text.ptr[0]) || strchr("+-.", text.ptr[0]) != NULL)
        tag = is_time(text) ? TAG_TIMESTAMP : resolve_number(text, ret);
    if (tag == TAG_STR || tag == TAG_TIMESTAMP)
        *ret = (struct value){.type = VALUE_STRING};
    return tag;
}

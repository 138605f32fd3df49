#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml_scalar.h"

/* ---- Integers of any size -------------------------------------------------------------- */

enum { LIMB = 1000 * 1000 * 1000, LIMBS_MAX = YAML_INT_DIGITS_MAX / 9 + 2 };

/* A number without sign, nine decimal digits a limb, the lowest first. */
struct big {
    uint32_t limbs[LIMBS_MAX];
    size_t count;
    bool overflow; /* it has more digits than the limit allows */
};

/* n = n * factor + add, both up to LIMB. */
static void big_step(struct big *n, uint32_t factor, uint32_t add)
{
    uint64_t carry = add;

    for (size_t i = 0; i < n->count; i++) {
        carry += (uint64_t)n->limbs[i] * factor;
        n->limbs[i] = (uint32_t)(carry % LIMB);
        carry /= LIMB;
    }
    if (carry == 0)
        return;
    if (n->count == LIMBS_MAX)
        n->overflow = true;
    else
        n->limbs[n->count++] = (uint32_t)carry;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* Appends the digits from `s` to `end`. False when there are none or others. */
static bool big_read(struct big *n, const char *s, const char *end, unsigned base)
{
    uint32_t factor = 1, chunk = 0;

    if (s == end)
        return false;
    for (; s < end && !n->overflow; s++) {
        unsigned digit = (unsigned)digit_of(*s);

        if (digit >= base)
            return false;
        factor *= base;
        chunk = chunk * base + digit;
        if (factor > LIMB / base) {
            big_step(n, factor, chunk);
            factor = 1;
            chunk = 0;
        }
    }
    if (factor > 1)
        big_step(n, factor, chunk);
    return true;
}

/* Reads "190:20:30", digits to the base 60. */
static bool big_read_sixtieths(struct big *n, const char *s)
{
    const char *end = strchrnul(s, ':');

    if (!big_read(n, s, end, 10))
        return false;
    while (*end == ':' && !n->overflow) {
        struct big part = {.count = 0};

        s = end + 1;
        end = strchrnul(s, ':');
        if (!big_read(&part, s, end, 10) || part.count > 1)
            return false;
        big_step(n, 60, part.count > 0 ? part.limbs[0] : 0);
    }
    return true;
}

static bool big_read_any(struct big *n, const char *s)
{
    const char *end = s + strlen(s);

    if (s[0] == '0' && s[1] == 'b')
        return big_read(n, s + 2, end, 2);
    if (s[0] == '0' && s[1] == 'x')
        return big_read(n, s + 2, end, 16);
    if (s[0] == '0' && (s[1] == 'o' || s[1] == 'O'))
        return big_read(n, s + 2, end, 8);
    if (s[0] == '0')
        return big_read(n, s, end, 8);
    if (strchr(s, ':') != NULL)
        return big_read_sixtieths(n, s);
    return big_read(n, s, end, 10);
}

/* The value when it fits 64 bits with its sign. */
static bool big_fits(const struct big *n, bool minus, int64_t *ret)
{
    __int128 value = 0;

    if (n->count > 3)
        return false;
    for (size_t i = n->count; i > 0; i--)
        value = value * LIMB + n->limbs[i - 1];
    if (minus)
        value = -value;
    if (value < INT64_MIN || value > INT64_MAX)
        return false;
    *ret = (int64_t)value;
    return true;
}

static int give_big(const struct big *n, bool minus, struct value **ret,
                    struct adder_error *err)
{
    char text[LIMBS_MAX * 9 + 2];
    int len;

    len = snprintf(text, sizeof(text), "%s%" PRIu32, minus ? "-" : "", n->limbs[n->count - 1]);
    for (size_t i = n->count - 1; i > 0; i--)
        len += snprintf(text + len, sizeof(text) - (size_t)len, "%09" PRIu32, n->limbs[i - 1]);
    if (len - minus > YAML_INT_DIGITS_MAX)
        return err_set(err, ADDER_LIMIT, "a number of more than %d digits",
                       YAML_INT_DIGITS_MAX);
    *ret = value_new_text(VALUE_BIGINT, (struct adder_str){text, (size_t)len});
    return *ret != NULL ? 0 : err_nomem(err);
}

/* A copy without underscores and white space around, NULL when memory is out. */
static char *plain_copy(struct adder_str text)
{
    char *copy = mem_alloc(text.len + 1);
    size_t len = 0;

    if (copy == NULL)
        return NULL;
    text = str_trim(text);
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '_' && text.ptr[i] != '\0')
            copy[len++] = text.ptr[i];
    copy[len] = '\0';
    return copy;
}

/* Steps over one sign. True when it was a minus. */
static bool take_sign(const char **s)
{
    bool minus = **s == '-';

    if (minus || **s == '+')
        (*s)++;
    return minus;
}

int yaml_make_int(struct adder_str text, struct value **ret, struct adder_error *err)
{
    AUTOFREE char *copy = plain_copy(text);
    const char *s = copy;
    struct big n = {.count = 0};
    int64_t small;
    bool minus;

    if (copy == NULL)
        return err_nomem(err);
    minus = take_sign(&s);
    if (!big_read_any(&n, s))
        return yaml_not_a(err, "integer", text);
    if (n.overflow)
        return err_set(err, ADDER_LIMIT, "a number of more than %d digits",
                       YAML_INT_DIGITS_MAX);
    if (!big_fits(&n, minus, &small))
        return give_big(&n, minus, ret, err);
    *ret = value_new(VALUE_INT);
    if (*ret == NULL)
        return err_nomem(err);
    (*ret)->integer = small;
    return 0;
}

/* ---- Floats ---------------------------------------------------------------------------- */

static locale_t c_locale;

static void open_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

double yaml_strtod(const char *text)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, open_c_locale);
    return c_locale != (locale_t)0 ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
}

static const char *skip_digits(const char *s)
{
    return s + strspn(s, "0123456789");
}

/* Whether Python's float() takes the text: no hexadecimal, no "nan(...)". */
static bool is_python_float(const char *s)
{
    const char *digits, *fraction;

    take_sign(&s);
    if (strcasecmp(s, "inf") == 0 || strcasecmp(s, "infinity") == 0 ||
        strcasecmp(s, "nan") == 0)
        return true;
    digits = s;
    s = skip_digits(s);
    fraction = s;
    if (*s == '.')
        s = skip_digits(s + 1);
    if (s - digits - (*fraction == '.') == 0)
        return false;
    if (*s != 'e' && *s != 'E')
        return *s == '\0';
    s++;
    take_sign(&s);
    return *s != '\0' && *skip_digits(s) == '\0';
}

/* Reads "190:20:30.15", in whose text it cuts each part off, from the last to the first. */
static bool read_sixtieths(char *s, double *ret)
{
    double sum = 0, unit = 1;

    for (;; unit *= 60) {
        char *colon = strrchr(s, ':');
        const char *part = colon != NULL ? colon + 1 : s;

        if (!is_python_float(part) || isinf(unit))
            return false;
        sum += yaml_strtod(part) * unit;
        if (colon == NULL)
            break;
        *colon = '\0';
    }
    *ret = sum;
    return true;
}

static bool read_float(char *s, double *ret)
{
    if (strcasecmp(s, ".inf") == 0)
        *ret = INFINITY;
    else if (strcasecmp(s, ".nan") == 0)
        *ret = NAN;
    else if (strchr(s, ':') != NULL)
        return read_sixtieths(s, ret);
    else if (is_python_float(s))
        *ret = yaml_strtod(s);
    else
        return false;
    return true;
}

int yaml_make_float(struct adder_str text, struct value **ret, struct adder_error *err)
{
    AUTOFREE char *copy = plain_copy(text);
    const char *s = copy;
    double value;
    bool minus;

    if (copy == NULL)
        return err_nomem(err);
    minus = take_sign(&s);
    if (!read_float(copy + (s - copy), &value))
        return yaml_not_a(err, "number", text);
    *ret = value_new(VALUE_FLOAT);
    if (*ret == NULL)
        return err_nomem(err);
    (*ret)->real = minus ? -value : value;
    return 0;
}

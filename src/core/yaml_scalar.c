#include "core/yaml_scalar.h"

#include <strings.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

#define DIGITS  "0123456789"
#define DIGITS_ DIGITS "_"

/* ---- Which type an unquoted text has (PyYAML's resolver.py) ---------------------------- */

static const char *skip(const char *s, const char *set)
{
    return s + strspn(s, set);
}

static const char *skip_sign(const char *s)
{
    return *s == '+' || *s == '-' ? s + 1 : s;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* After ":00" to ":59", where the leading zero may be missing; `s` itself when there is none.
 */
static const char *skip_sixtieth(const char *s)
{
    if (s[0] != ':' || !is_digit(s[1]))
        return s;
    return s[1] <= '5' && is_digit(s[2]) ? s + 3 : s + 2;
}

static const char *skip_sixtieths(const char *s)
{
    const char *next = skip_sixtieth(s);

    while (next != s) {
        s = next;
        next = skip_sixtieth(s);
    }
    return s;
}

static bool is_one_of(struct adder_str text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (str_is(text, *words))
            return true;
    return false;
}

static bool is_null(struct adder_str text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};

    return is_one_of(text, words);
}

static bool is_bool(struct adder_str text)
{
    static const char *const words[] = {"yes",  "Yes",  "YES",   "no",    "No",    "NO", "true",
                                        "True", "TRUE", "false", "False", "FALSE", "on", "On",
                                        "ON",   "off",  "Off",   "OFF",   NULL};

    return is_one_of(text, words);
}

static bool is_int(struct adder_str text)
{
    const char *end = text.ptr + text.len, *s = skip_sign(text.ptr);

    if (s[0] == '0' && s[1] == 'b')
        return s + 2 < end && skip(s + 2, "01_") == end;
    if (s[0] == '0' && s[1] == 'x')
        return s + 2 < end && skip(s + 2, DIGITS_ "abcdefABCDEF") == end;
    if (s[0] == '0')
        return skip(s + 1, "01234567_") == end;
    if (!is_digit(s[0]))
        return false;
    return skip_sixtieths(skip(s, DIGITS_)) == end;
}

/* After an exponent, which needs its sign; `s` itself when there is none. */
static const char *skip_exponent(const char *s)
{
    if ((s[0] != 'e' && s[0] != 'E') || (s[1] != '+' && s[1] != '-') || !is_digit(s[2]))
        return s;
    return skip(s + 2, DIGITS);
}

static bool is_float(struct adder_str text)
{
    static const char *const infinities[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};
    const char *end = text.ptr + text.len, *s = skip_sign(text.ptr), *t;

    if (is_one_of(text, nans) ||
        is_one_of((struct adder_str){s, (size_t)(end - s)}, infinities))
        return true;
    if (s == text.ptr && s[0] == '.')
        return is_digit(s[1]) && skip_exponent(skip(s + 1, DIGITS_)) == end;
    if (!is_digit(s[0]))
        return false;
    t = skip(s, DIGITS_);
    if (*t == '.')
        return skip_exponent(skip(t + 1, DIGITS_)) == end;
    t = skip_sixtieths(t);
    return *t == '.' && skip(t + 1, DIGITS_) == end;
}

static bool is_time(struct adder_str text)
{
    struct value_time ignored;

    return yaml_match_time(text, true, &ignored) != VALUE_NULL;
}

enum yaml_tag yaml_resolve(struct adder_str text)
{
    static const struct {
        bool (*matches)(struct adder_str text);
        enum yaml_tag tag;
    } resolvers[] = {
        {is_null, TAG_NULL},   {is_bool, TAG_BOOL},      {is_int, TAG_INT},
        {is_float, TAG_FLOAT}, {is_time, TAG_TIMESTAMP},
    };

    for (size_t i = 0; i < ARRAY_LEN(resolvers); i++)
        if (resolvers[i].matches(text))
            return resolvers[i].tag;
    if (str_is(text, "<<"))
        return TAG_MERGE;
    return str_is(text, "=") ? TAG_VALUE : TAG_STR;
}

/* ---- Values of texts (PyYAML's constructor.py) ----------------------------------------- */

int yaml_not_a(struct adder_error *err, const char *what, struct adder_str text)
{
    int len = text.len < 80 ? (int)text.len : 80;

    return err_set(err, ADDER_INVALID, "'%.*s' is no %s", len, text.ptr, what);
}

static int give(struct value *v, struct value **ret, struct adder_error *err)
{
    if (v == NULL)
        return err_nomem(err);
    *ret = v;
    return 0;
}

static int make_null(struct adder_str text, struct value **ret, struct adder_error *err)
{
    (void)text;
    return give(value_new(VALUE_NULL), ret, err);
}

static int make_string(struct adder_str text, struct value **ret, struct adder_error *err)
{
    return give(value_new_text(VALUE_STRING, text), ret, err);
}

static bool equals_ignoring_case(struct adder_str text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

static int make_bool(struct adder_str text, struct value **ret, struct adder_error *err)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"yes", true},    {"no", false}, {"true", true},
                 {"false", false}, {"on", true},  {"off", false}};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!equals_ignoring_case(text, words[i].word))
            continue;
        if (give(value_new(VALUE_BOOL), ret, err) < 0)
            return -1;
        (*ret)->boolean = words[i].value;
        return 0;
    }
    return yaml_not_a(err, "boolean", text);
}

/* The six bits a letter of base64 stands for, or -1. */
static int sextet(char c)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(letters, c) : NULL;

    return at != NULL ? (int)(at - letters) : -1;
}

/* Decodes base64 as Python's base64.decodebytes() does: what is no letter is skipped, padding
 * that completes a group of four ends it. Returns the length, or -1 for a group cut short. */
static ssize_t decode_base64(struct adder_str text, char *to)
{
    unsigned in_group = 0, pads = 0, bits = 0;
    char *start = to;

    for (size_t i = 0; i < text.len; i++) {
        int six = sextet(text.ptr[i]);

        if (text.ptr[i] == '=' && in_group >= 2 && in_group + ++pads >= 4)
            return to - start;
        if (six < 0)
            continue;
        pads = 0;
        bits = bits << 6 | (unsigned)six;
        if (in_group > 0)
            *to++ = (char)(bits >> (6 - 2 * in_group));
        in_group = (in_group + 1) % 4;
    }
    return in_group == 0 ? to - start : -1;
}

static int make_bytes(struct adder_str text, struct value **ret, struct adder_error *err)
{
    AUTOFREE char *bytes = mem_alloc(text.len);
    ssize_t len;

    if (bytes == NULL)
        return err_nomem(err);
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80)
            return yaml_not_a(err, "base64", text);
    len = decode_base64(text, bytes);
    if (len < 0)
        return yaml_not_a(err, "complete base64", text);
    return give(value_new_text(VALUE_BYTES, (struct adder_str){bytes, (size_t)len}), ret, err);
}

int yaml_scalar(enum yaml_tag tag, struct adder_str text, struct value **ret,
                struct adder_error *err)
{
    static int (*const makers[])(struct adder_str, struct value **, struct adder_error *) = {
        [TAG_NULL] = make_null,           [TAG_BOOL] = make_bool,  [TAG_INT] = yaml_make_int,
        [TAG_FLOAT] = yaml_make_float,    [TAG_STR] = make_string, [TAG_BINARY] = make_bytes,
        [TAG_TIMESTAMP] = yaml_make_time,
    };

    return makers[tag](text, ret, err);
}

#include "obfuscate/json.h"

#include <stdlib.h>
#include <string.h>

#include "core/str.h"

/* What may come next. */
enum json_state {
    WANT_VALUE,
    WANT_VALUE_OR_END, /* after [ */
    WANT_KEY,
    WANT_KEY_OR_END, /* after { */
    WANT_COMMA,      /* or the end of what is open; after a value */
    BROKEN,
};

void json_init(struct json_reader *r, struct adder_str text)
{
    *r = (struct json_reader){.text = text.ptr, .len = text.len, .state = WANT_VALUE};
}

/* ---- Reading ---------------------------------------------------------------------------- */

static void skip_space(struct json_reader *r)
{
    while (r->at < r->len && strchr(" \t\r\n", r->text[r->at]) != NULL &&
           r->text[r->at] != '\0')
        r->at++;
}

static char current(const struct json_reader *r)
{
    return r->at < r->len ? r->text[r->at] : '\0';
}

/* Length of the string at `at`, 0 when there is no whole one. */
static size_t string_length(const struct json_reader *r)
{
    for (size_t i = r->at + 1; i < r->len; i++) {
        if (r->text[i] == '"')
            return i + 1 - r->at;
        if (r->text[i] == '\\')
            i++;
        else if ((unsigned char)r->text[i] < 0x20)
            return 0;
    }
    return 0;
}

static size_t digits(const struct json_reader *r, size_t at)
{
    size_t n = 0;

    while (at + n < r->len && r->text[at + n] >= '0' && r->text[at + n] <= '9')
        n++;
    return n;
}

static char char_at(const struct json_reader *r, size_t at)
{
    return at < r->len ? r->text[at] : '\0';
}

/* Length of the number at `at`, 0 when there is none. */
static size_t number_length(const struct json_reader *r)
{
    size_t at = r->at + (current(r) == '-'), n = digits(r, at);

    if (n == 0 || (n > 1 && char_at(r, at) == '0'))
        return 0;
    at += n;
    if (char_at(r, at) == '.') {
        n = digits(r, at + 1);
        if (n == 0)
            return 0;
        at += 1 + n;
    }
    if ((char_at(r, at) | 0x20) == 'e') {
        at += 1 + (char_at(r, at + 1) == '+' || char_at(r, at + 1) == '-');
        n = digits(r, at);
        if (n == 0)
            return 0;
        at += n;
    }
    return at - r->at;
}

static struct json_token take(struct json_reader *r, enum json_kind kind, size_t len)
{
    struct json_token t = {.kind = kind, .text = {r->text + r->at, len}};

    r->at += len;
    return t;
}

static struct json_token bad(struct json_reader *r)
{
    r->state = BROKEN;
    return (struct json_token){.kind = JSON_BAD};
}

static struct json_token open_container(struct json_reader *r, bool object)
{
    if (r->depth == JSON_DEPTH_MAX)
        return bad(r);
    r->in_object[r->depth++] = object;
    r->state = object ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
    return take(r, object ? JSON_OBJECT : JSON_ARRAY, 1);
}

static struct json_token close_container(struct json_reader *r)
{
    bool object = r->in_object[r->depth - 1];

    if (current(r) != (object ? '}' : ']'))
        return bad(r);
    r->depth--;
    r->state = WANT_COMMA;
    return take(r, object ? JSON_OBJECT_END : JSON_ARRAY_END, 1);
}

static struct json_token read_scalar(struct json_reader *r)
{
    static const struct {
        const char *word;
        enum json_kind kind;
    } words[] = {{"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL}};
    struct adder_str rest = {r->text + r->at, r->len - r->at};
    bool string = current(r) == '"';
    size_t len = string ? string_length(r) : number_length(r);

    r->state = WANT_COMMA;
    if (len > 0)
        return take(r, string ? JSON_STRING : JSON_NUMBER, len);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_starts(rest, words[i].word))
            return take(r, words[i].kind, strlen(words[i].word));
    return bad(r);
}

static struct json_token read_value(struct json_reader *r)
{
    if (current(r) == '{' || current(r) == '[')
        return open_container(r, current(r) == '{');
    if (current(r) == ']' && r->state == WANT_VALUE_OR_END)
        return close_container(r);
    return read_scalar(r);
}

static struct json_token read_key(struct json_reader *r)
{
    struct json_token key;
    size_t len;

    if (current(r) == '}' && r->state == WANT_KEY_OR_END)
        return close_container(r);
    len = current(r) == '"' ? string_length(r) : 0;
    if (len == 0)
        return bad(r);
    key = take(r, JSON_KEY, len);
    skip_space(r);
    if (current(r) != ':')
        return bad(r);
    r->at++;
    r->state = WANT_VALUE;
    return key;
}

struct json_token json_next(struct json_reader *r)
{
    struct json_token t;
    bool comma = false;

    skip_space(r);
    if (r->state == WANT_COMMA) {
        if (r->depth == 0)
            return r->at == r->len ? (struct json_token){.kind = JSON_END} : bad(r);
        if (current(r) != ',')
            return close_container(r);
        comma = true;
        r->at++;
        skip_space(r);
        r->state = r->in_object[r->depth - 1] ? WANT_KEY : WANT_VALUE;
    }
    if (r->state == BROKEN || r->at == r->len)
        return bad(r);
    t = r->state == WANT_KEY || r->state == WANT_KEY_OR_END ? read_key(r) : read_value(r);
    t.comma = comma;
    return t;
}

/* ---- Copying ---------------------------------------------------------------------------- */

void json_copy(struct buf *out, const struct json_token *t)
{
    if (t->comma)
        buf_add_char(out, ',');
    buf_add(out, t->text.ptr, t->text.len);
    if (t->kind == JSON_KEY)
        buf_add_char(out, ':');
}

void json_copy_hidden(struct buf *out, const struct json_token *t)
{
    if (t->comma)
        buf_add_char(out, ',');
    buf_add_str(out, "\"?\"");
}

/* ---- Strings ---------------------------------------------------------------------------- */

/* The letter of each escape, and what it means. */
static const char short_escapes[] = "b\bf\fn\nr\rt\t\"\"\\\\//";

/* The four hexadecimal digits at `at`, or -1. */
static long hex4(struct adder_str s, size_t at)
{
    char text[5] = "";
    char *end;
    long value;

    if (at + 4 > s.len || strspn(memcpy(text, s.ptr + at, 4), "0123456789abcdefABCDEF") != 4)
        return -1;
    value = strtol(text, &end, 16);
    return value;
}

static void add_utf8(struct buf *out, unsigned long c)
{
    if (c < 0x80)
        buf_printf(out, "%c", (int)c);
    else if (c < 0x800)
        buf_printf(out, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
    else if (c < 0x10000)
        buf_printf(out, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3f)),
                   (int)(0x80 | (c & 0x3f)));
    else
        buf_printf(out, "%c%c%c%c", (int)(0xf0 | c >> 18), (int)(0x80 | (c >> 12 & 0x3f)),
                   (int)(0x80 | (c >> 6 & 0x3f)), (int)(0x80 | (c & 0x3f)));
}

/* Adds the character of the \u at `at`. Returns how many bytes of the token it took. */
static size_t add_unicode(struct buf *out, struct adder_str s, size_t at)
{
    long high = hex4(s, at + 2), low;

    if (high < 0xd800 || high > 0xdfff) {
        add_utf8(out, high < 0 ? 0xfffd : (unsigned long)high);
        return 6;
    }
    low = at + 8 <= s.len && memcmp(s.ptr + at + 6, "\\u", 2) == 0 ? hex4(s, at + 8) : -1;
    if (high > 0xdbff || low < 0xdc00 || low > 0xdfff) {
        add_utf8(out, 0xfffd);
        return 6;
    }
    add_utf8(out,
             0x10000 + ((unsigned long)(high - 0xd800) << 10) + (unsigned long)(low - 0xdc00));
    return 12;
}

void json_decode_string(struct adder_str token, struct buf *out)
{
    struct adder_str s = {token.ptr + 1, token.len - 2};

    for (size_t i = 0; i < s.len;) {
        const char *letter = short_escapes;

        if (s.ptr[i] != '\\') {
            buf_add_char(out, s.ptr[i++]);
        } else if (i + 1 < s.len && s.ptr[i + 1] == 'u') {
            i += add_unicode(out, s, i);
        } else {
            while (*letter != '\0' && i + 1 < s.len && *letter != s.ptr[i + 1])
                letter += 2;
            buf_add_char(out, *letter != '\0' ? letter[1] : '?');
            i += 2;
        }
    }
}

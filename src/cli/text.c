#include "cli/text.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <wchar.h>

#include "core/str.h"

/* ---- UTF-8 ----------------------------------------------------------------------------- */

/* The first character of `s`, which is not empty, and its bytes; 0 bytes: not UTF-8. */
static size_t decode(struct adder_str s, uint32_t *ret)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t c = len == 1 ? p[0] : p[0] & (0xffU >> (len + 1));

    if (len > s.len || str_utf8_prefix((struct adder_str){s.ptr, len}) != len)
        return 0;
    for (size_t i = 1; i < len; i++)
        c = c << 6 | (p[i] & 0x3f);
    *ret = c;
    return len;
}

static struct adder_str rest(struct adder_str s, size_t len)
{
    return (struct adder_str){s.ptr + len, s.len - len};
}

/* Characters that a terminal obeys rather than shows: C0, DEL, C1, line and paragraph
 * separators, and the bidirectional controls (Unicode TR 36, 3.3). */
static bool controls(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x61c ||
           c == 0xfeff;
}

static void escape_character(struct buf *b, uint32_t c)
{
    switch (c) {
    case '\n':
        buf_add_str(b, "\\n");
        return;
    case '\r':
        buf_add_str(b, "\\r");
        return;
    case '\t':
        buf_add_str(b, "\\t");
        return;
    default:
        buf_printf(b, c < 0x80 ? "\\x%02x" : "\\u%04x", c);
    }
}

void text_escape(struct buf *b, struct adder_str s, bool lines)
{
    while (s.len > 0) {
        uint32_t c;
        size_t len = decode(s, &c);

        if (len == 0) {
            buf_printf(b, "\\x%02x", (unsigned char)s.ptr[0]);
            len = 1;
        } else if (controls(c) && !(lines && (c == '\n' || c == '\t'))) {
            escape_character(b, c);
        } else {
            buf_add(b, s.ptr, len);
        }
        s = rest(s, len);
    }
}

void text_replace(struct buf *b, struct adder_str s)
{
    while (s.len > 0) {
        size_t good = str_utf8_prefix(s);

        buf_add(b, s.ptr, good);
        s = rest(s, good);
        if (s.len > 0) {
            buf_add_str(b, "\xef\xbf\xbd");
            s = rest(s, 1);
        }
    }
}

/* Columns of one character. wcwidth() goes by the thread's locale, which need not be UTF-8, so
 * one that is gets used for the call. */
static size_t character_width(uint32_t c)
{
    static locale_t utf8;
    locale_t before;
    int width;

    if (c < 0x7f)
        return 1;
    if (utf8 == (locale_t)0)
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (utf8 == (locale_t)0)
        return 1;
    before = uselocale(utf8);
    width = wcwidth((wchar_t)c);
    uselocale(before);
    return width < 0 ? 1 : (size_t)width;
}

/* The first character's bytes (1 for a byte that is none) and columns. */
static size_t measure(struct adder_str s, size_t *columns)
{
    uint32_t c = 0;
    size_t len = decode(s, &c);

    *columns = len > 0 ? character_width(c) : 1;
    return len > 0 ? len : 1;
}

size_t text_width(struct adder_str s)
{
    size_t width = 0, columns;

    while (s.len > 0) {
        s = rest(s, measure(s, &columns));
        width += columns;
    }
    return width;
}

size_t text_fit(struct adder_str s, size_t columns)
{
    size_t used = 0, at = 0, step;

    while (at < s.len) {
        size_t len = measure(rest(s, at), &step);

        if (at > 0 && used + step > columns)
            break;
        used += step;
        at += len;
    }
    return at;
}

size_t text_wrap(struct adder_str s, size_t columns)
{
    size_t fit = text_fit(s, columns), space = fit;

    if (fit == s.len)
        return fit;
    while (space > 0 && s.ptr[space] != ' ')
        space--;
    return space > 0 ? space : fit;
}

/* ---- Numbers and times ----------------------------------------------------------------- */

void text_number(struct buf *b, double value)
{
    char text[40];

    if (value == floor(value) && fabs(value) < 1e15) {
        buf_printf(b, "%.0f", value == 0 ? 0.0 : value);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_add_str(b, text);
}

void text_bytes(struct buf *b, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;

    while (fabs(bytes) >= 1024 && unit + 1 < ARRAY_LEN(units)) {
        bytes /= 1024;
        unit++;
    }
    buf_printf(b, "%.*f %s", unit > 0 ? 1 : 0, bytes, units[unit]);
}

void text_duration(struct buf *b, double seconds)
{
    if (seconds < 0.01)
        buf_printf(b, "%.1f ms", seconds * 1e3);
    else if (seconds < 1)
        buf_printf(b, "%.0f ms", seconds * 1e3);
    else if (seconds < 60)
        buf_printf(b, "%.2f s", seconds);
    else
        buf_printf(b, "%.0f min %.0f s", floor(seconds / 60), floor(fmod(seconds, 60)));
}

void text_time(struct buf *b, double seconds)
{
    struct tm local;
    char text[40];
    time_t t;

    /* Years of four digits; a check can put any number into an event. */
    if (!(seconds >= 0 && seconds < 253402300800.0)) {
        text_number(b, seconds);
        return;
    }
    t = (time_t)seconds;
    localtime_r(&t, &local);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S%z", &local);
    buf_add(b, text, strlen(text) - 2); /* "+0100" as ISO 8601 extended wants it */
    buf_printf(b, ":%s", text + strlen(text) - 2);
}

#include "cli/text.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <wchar.h>

#include "core/str.h"

/* ---- Columns --------------------------------------------------------------------------- */

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
    size_t len = text_decode(s, &c);

    *columns = len > 0 ? character_width(c) : 1;
    return len > 0 ? len : 1;
}

size_t text_width(struct adder_str s)
{
    size_t width = 0, columns;

    while (s.len > 0) {
        s = str_rest(s, measure(s, &columns));
        width += columns;
    }
    return width;
}

size_t text_fit(struct adder_str s, size_t columns)
{
    size_t used = 0, at = 0, step;

    while (at < s.len) {
        size_t len = measure(str_rest(s, at), &step);

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
    if (!(seconds >= 0 && seconds < TEXT_TIME_END)) {
        text_number(b, seconds);
        return;
    }
    t = (time_t)seconds;
    localtime_r(&t, &local);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S%z", &local);
    buf_add(b, text, strlen(text) - 2); /* "+0100" as ISO 8601 extended wants it */
    buf_printf(b, ":%s", text + strlen(text) - 2);
}

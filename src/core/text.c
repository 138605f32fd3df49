#include "core/text.h"

#include "core/str.h"

size_t text_decode(struct adder_str s, uint32_t *ret)
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
        size_t len = text_decode(s, &c);

        if (len == 0) {
            buf_printf(b, "\\x%02x", (unsigned char)s.ptr[0]);
            len = 1;
        } else if (controls(c) && !(lines && (c == '\n' || c == '\t'))) {
            escape_character(b, c);
        } else {
            buf_add(b, s.ptr, len);
        }
        s = str_rest(s, len);
    }
}

void text_replace(struct buf *b, struct adder_str s)
{
    while (s.len > 0) {
        size_t good = str_utf8_prefix(s);

        buf_add(b, s.ptr, good);
        s = str_rest(s, good);
        if (s.len > 0) {
            buf_add_str(b, "\xef\xbf\xbd");
            s = str_rest(s, 1);
        }
    }
}

/* Adds text known to be UTF-8 as the inside of a JSON string. */
static void add_json(struct buf *b, struct adder_str s)
{
    static const char special[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        const char *at = c != '\0' ? strchr(special, c) : NULL;

        if (at != NULL)
            buf_printf(b, "\\%c", letters[at - special]);
        else if (c < 0x20)
            buf_printf(b, "\\u%04x", c);
        else
            buf_add_char(b, s.ptr[i]);
    }
}

void text_json(struct buf *b, struct adder_str s)
{
    buf_add_char(b, '"');
    while (s.len > 0) {
        size_t good = str_utf8_prefix(s);

        add_json(b, (struct adder_str){s.ptr, good});
        s = str_rest(s, good);
        if (s.len > 0) {
            buf_add_str(b, "\xef\xbf\xbd");
            s = str_rest(s, 1);
        }
    }
    buf_add_char(b, '"');
}

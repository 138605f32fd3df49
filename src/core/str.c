#include "core/str.h"

int str_cmp(struct adder_str a, struct adder_str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;

    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct adder_str str_trim(struct adder_str s)
{
    while (s.len > 0 && is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* First bytes of a character: which ones, how many follow, and the range of the second byte
 * (RFC 3629, section 4). */
static const struct {
    unsigned char first, last;
    unsigned char follow;
    unsigned char second_min, second_max;
} utf8_forms[] = {
    {0x00, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

/* Bytes of the character at `p`, of which `len` bytes are there; 0 when it is not valid. */
static size_t utf8_char(const unsigned char *p, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(utf8_forms); i++) {
        size_t follow = utf8_forms[i].follow;

        if (p[0] < utf8_forms[i].first || p[0] > utf8_forms[i].last)
            continue;
        if (follow == 0)
            return 1;
        if (len <= follow || p[1] < utf8_forms[i].second_min || p[1] > utf8_forms[i].second_max)
            return 0;
        for (size_t k = 2; k <= follow; k++)
            if ((p[k] & 0xc0) != 0x80)
                return 0;
        return follow + 1;
    }
    return 0;
}

size_t str_utf8_prefix(struct adder_str s)
{
    size_t at = 0;

    while (at < s.len) {
        size_t len = utf8_char((const unsigned char *)s.ptr + at, s.len - at);

        if (len == 0)
            break;
        at += len;
    }
    return at;
}

#include "out/utf8.h"

#include "core/str.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Bytes at the start of valid UTF-8 that are written as they are. */
static size_t plain(struct adder_str s, const char *const escapes[128])
{
    size_t len = 0;

    while (len < s.len) {
        unsigned char c = (unsigned char)s.ptr[len];

        if (c < 128 && escapes[c] != NULL)
            break;
        len++;
    }
    return len;
}

static void add_valid(struct buf *to, struct adder_str s, const char *const escapes[128])
{
    while (s.len > 0) {
        size_t len = plain(s, escapes);

        buf_add(to, s.ptr, len);
        if (len == s.len)
            return;
        buf_add_str(to, escapes[(unsigned char)s.ptr[len]]);
        s = (struct adder_str){s.ptr + len + 1, s.len - len - 1};
    }
}

void utf8_add(struct buf *to, struct adder_str s, const char *const escapes[128])
{
    while (s.len > 0 && !to->failed) {
        size_t valid = str_utf8_prefix(s);

        add_valid(to, (struct adder_str){s.ptr, valid}, escapes);
        if (valid == s.len)
            return;
        buf_add_str(to, REPLACEMENT);
        s = (struct adder_str){s.ptr + valid + 1, s.len - valid - 1};
    }
}

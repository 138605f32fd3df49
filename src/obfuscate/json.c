#include "obfuscate/json.h"

#include "core/str.h"

/* Adds text known to be UTF-8. */
static void add_escaped(struct buf *out, struct adder_str s)
{
    static const char letters[] = "\bb\ff\nn\rr\tt\"\"\\\\";

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        const char *letter = NULL;

        for (const char *at = letters; *at != '\0' && letter == NULL; at += 2)
            if ((unsigned char)*at == c)
                letter = at + 1;
        if (letter != NULL)
            buf_printf(out, "\\%c", *letter);
        else if (c < 0x20)
            buf_printf(out, "\\u%04x", c);
        else
            buf_add_char(out, s.ptr[i]);
    }
}

void json_add_string(struct buf *out, struct adder_str s)
{
    buf_add_char(out, '"');
    while (s.len > 0) {
        size_t good = str_utf8_prefix(s);

        add_escaped(out, (struct adder_str){s.ptr, good});
        s.ptr += good;
        s.len -= good;
        if (s.len == 0)
            break;
        buf_add_str(out, "\xef\xbf\xbd");
        s.ptr++;
        s.len--;
    }
    buf_add_char(out, '"');
}

#include "core/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "core/mem.h"

enum { BUF_FIRST = 256 }; /* bytes of the first allocation */

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
    mem_free(b->data);
    buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = b->too_big = false;
    if (b->data != NULL)
        b->data[0] = '\0';
}

static char *fail(struct buf *b, bool too_big)
{
    b->failed = true;
    b->too_big = too_big;
    return NULL;
}

char *buf_reserve(struct buf *b, size_t len)
{
    size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;
    char *data;

    if (b->failed)
        return NULL;
    if (len > b->max || b->len > b->max - len)
        return fail(b, true);
    if (b->len + len < b->cap)
        return b->data + b->len;
    while (cap <= b->len + len)
        cap *= 2;
    data = mem_realloc(b->data, cap);
    if (data == NULL)
        return fail(b, false);
    b->data = data;
    b->cap = cap;
    return data + b->len;
}

void buf_add(struct buf *b, const void *src, size_t len)
{
    char *to = buf_reserve(b, len);

    if (to == NULL)
        return;
    if (len > 0)
        memcpy(to, src, len);
    to[len] = '\0';
    b->len += len;
}

void buf_add_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_add_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    char *to;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0 || (to = buf_reserve(b, (size_t)len)) == NULL)
        return;
    va_start(args, fmt);
    vsnprintf(to, (size_t)len + 1, fmt, args);
    va_end(args);
    b->len += (size_t)len;
}

int buf_check(const struct buf *b, struct adder_error *err)
{
    if (!b->failed)
        return 0;
    if (b->too_big)
        return err_set(err, ADDER_LIMIT, "more than %zu bytes", b->max);
    return err_nomem(err);
}

char *buf_detach(struct buf *b)
{
    char *data;

    buf_add(b, "", 0);
    if (b->failed)
        return NULL;
    data = TAKE(b->data);
    buf_init(b, b->max);
    return data;
}

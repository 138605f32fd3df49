/*
 * buf.h - a growing buffer with a limit and a sticky failure.
 *
 * An encoder is straight-line code: it adds and adds, and asks once at its end whether all of
 * it worked. After a failure every add does nothing.
 */
#ifndef ADDER_CORE_BUF_H
#define ADDER_CORE_BUF_H

#include "core/base.h"

struct buf {
    char *data;      /* NUL-terminated once anything was added; NULL before */
    size_t len, cap; /* bytes */
    size_t max;      /* bytes `len` may reach */
    bool failed;     /* sticky */
    bool too_big;    /* why it failed: the limit, else memory */
};

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);  /* leaves it empty and usable */
void buf_clear(struct buf *b); /* forgets contents and failure, keeps the memory */

void buf_add(struct buf *b, const void *src, size_t len);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Makes room for `len` more bytes and returns where they go, NULL on failure. The caller
 * writes them and adds what it wrote to b->len. */
char *buf_reserve(struct buf *b, size_t len);

/* 0 when everything added is there, else ADDER_LIMIT or ADDER_NOMEM. */
int buf_check(const struct buf *b, struct adder_error *err);

/* Gives up the bytes: the caller's, for mem_free(). "" rather than NULL when empty; NULL when
 * it failed. The buffer is empty afterwards. */
char *buf_detach(struct buf *b);

#endif

/*
 * str.h - slices: text by pointer and length, borrowed from whoever owns the bytes.
 */
#ifndef ADDER_CORE_STR_H
#define ADDER_CORE_STR_H

#include <string.h>

#include "core/base.h"

/* A slice of a NUL-terminated string; absent for NULL. */
static inline struct adder_str str_of(const char *s)
{
    return (struct adder_str){s, s != NULL ? strlen(s) : 0};
}

static inline bool str_eq(struct adder_str a, struct adder_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_is(struct adder_str a, const char *s)
{
    return str_eq(a, str_of(s));
}

static inline bool str_starts(struct adder_str a, const char *prefix)
{
    size_t len = strlen(prefix);

    return a.len >= len && (len == 0 || memcmp(a.ptr, prefix, len) == 0);
}

/* `s` without its first `len` bytes. */
static inline struct adder_str str_rest(struct adder_str s, size_t len)
{
    return (struct adder_str){s.ptr + len, s.len - len};
}

/* Order by bytes, the shorter first when one begins the other. */
int str_cmp(struct adder_str a, struct adder_str b);

/* Without white space (space, tab, CR, LF) at both ends. */
struct adder_str str_trim(struct adder_str s);

/* Length of the longest prefix that is valid UTF-8 (RFC 3629: no surrogates, no overlong
 * forms). Equal to s.len when all of it is. */
size_t str_utf8_prefix(struct adder_str s);

/* For printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s) (int)(s).len, (s).ptr

#endif

#include "core/mem.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_long live;
static atomic_long fail_in = -1; /* allocations left before the one that fails; -1: none */
static atomic_bool failed;

/* True when this very allocation is the one a test wants to fail. */
static bool must_fail(void)
{
    if (atomic_load_explicit(&fail_in, memory_order_relaxed) < 0)
        return false;
    if (atomic_fetch_sub(&fail_in, 1) != 0)
        return false;
    atomic_store(&failed, true);
    return true;
}

void *mem_alloc(size_t size)
{
    void *p = must_fail() ? NULL : malloc(size > 0 ? size : 1);

    if (p != NULL)
        atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    return p;
}

void *mem_zalloc(size_t size)
{
    void *p = mem_alloc(size);

    if (p != NULL)
        memset(p, 0, size);
    return p;
}

void *mem_realloc(void *p, size_t size)
{
    if (p == NULL)
        return mem_alloc(size);
    return must_fail() ? NULL : realloc(p, size > 0 ? size : 1);
}

void mem_free(void *p)
{
    if (p != NULL)
        atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    free(p);
}

char *mem_strndup(const char *s, size_t len)
{
    char *copy = mem_alloc(len + 1);

    if (copy == NULL)
        return NULL;
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *mem_strdup(const char *s)
{
    return s != NULL ? mem_strndup(s, strlen(s)) : NULL;
}

char *mem_printf(const char *fmt, ...)
{
    va_list args;
    char *text;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0 || (text = mem_alloc((size_t)len + 1)) == NULL)
        return NULL;
    va_start(args, fmt);
    vsnprintf(text, (size_t)len + 1, fmt, args);
    va_end(args);
    return text;
}

long mem_live(void)
{
    return atomic_load(&live);
}

void mem_fail_at(long n)
{
    atomic_store(&failed, false);
    atomic_store(&fail_in, n);
}

bool mem_failed(void)
{
    return atomic_load(&failed);
}

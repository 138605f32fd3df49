/*
 * mem.h - allocation with a live count, and failure on demand for tests.
 *
 * All of our own code allocates here; functions return NULL when memory is out. Any thread.
 */
#ifndef ADDER_CORE_MEM_H
#define ADDER_CORE_MEM_H

#include "core/base.h"

void *mem_alloc(size_t size);
void *mem_zalloc(size_t size);                /* zero-filled */
void *mem_realloc(void *p, size_t size);      /* on failure `p` stays as it was */
void mem_free(void *p);                       /* NULL is fine */
char *mem_strdup(const char *s);              /* NULL for NULL */
char *mem_strndup(const char *s, size_t len); /* adds a NUL */
char *mem_printf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* For `CLEANUP(mem_freep) char *text = NULL;`. */
static inline void mem_freep(void *p)
{
    mem_free(*(void **)p);
}
#define AUTOFREE CLEANUP(mem_freep)

/* Blocks allocated and not yet freed. */
long mem_live(void);

/* Makes the allocation after the next `n` fail, once; -1: none. Tests only. */
void mem_fail_at(long n);

/* Whether the allocation that mem_fail_at() named was reached. */
bool mem_failed(void);

#endif

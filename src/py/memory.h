/*
 * memory.h - the memory account: what crosses the border between C and Python, and what
 * Python allocates, per process and per check.
 *
 * Border: every string and buffer that is copied to be handed across is allocated with
 * border_alloc() and released with border_free(); pointer and size are kept in a table, so a
 * pointer that was never handed out only raises `untracked_frees`. A release is counted before
 * the memory can be reused. Strings lent for a call without a copy cost nothing and count as
 * nothing.
 *
 * Attribution is by thread: between account_enter() and account_leave() what the thread
 * allocates belongs to that account, and is credited back to it wherever it is released. An
 * account lives until its check is gone and its last block is released.
 */
#ifndef ADDER_PY_MEMORY_H
#define ADDER_PY_MEMORY_H

#include "py/python.h"

/* Before Python starts. `track` false: nothing is counted, nothing is slowed down. Only the
 * first call in a process can turn Python's allocators over to us. No GIL. */
int memory_start(bool track, struct adder_error *err);

/* No GIL needed. NULL when memory is out; border_free(NULL) is fine. */
void *border_alloc(size_t size);
void border_free(void *p);
static inline void border_freep(void *p)
{
    border_free(*(void **)p);
}

struct account;
struct account *account_new(void);       /* NULL: no memory */
void account_release(struct account *a); /* the check is gone */

/* Attributes this thread's allocations to `a`; returns what they went to before, for
 * account_leave(). */
struct account *account_enter(struct account *a);
void account_leave(struct account *before);

void memory_process(struct adder_memory *ret);
void memory_account(const struct account *a, struct adder_memory *ret);

#endif

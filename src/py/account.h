/*
 * account.h - the numbers of one account; for memory.c and allocators.c alone.
 *
 * Nearly every block is released by the thread that is inside the account it came from, so
 * those pay no locked instruction: their numbers have one writer, the thread inside. Whoever
 * releases from outside adds to numbers of its own kind.
 */
#ifndef ADDER_PY_ACCOUNT_H
#define ADDER_PY_ACCOUNT_H

#include <stdatomic.h>

#include "core/mem.h"

/* What came in and went out, each only ever growing, so a reader sees no torn difference. */
struct flow {
    atomic_ullong blocks_in, bytes_in;
    atomic_ullong blocks_out, bytes_out;
};

enum account_side { SIDE_BORDER, SIDE_PYTHON, SIDES };

struct account {
    struct flow inside[SIDES];  /* written by the thread inside, or with the GIL held */
    struct flow outside[SIDES]; /* releases by anyone else */
    long long blocks;           /* taken less released inside since account_enter() */
    atomic_llong refs;          /* live blocks, and ACCOUNT_HELD until account_release() */
};

/* So many that releases from outside, which may run ahead of `blocks`, never make it zero. */
#define ACCOUNT_HELD (1LL << 62)

/* Initial-exec, because Python's allocators read it for every object. */
extern _Thread_local struct account *account_here __attribute__((tls_model("initial-exec")));

/* For a counter with one writer at a time. */
static inline void flow_bump(atomic_ullong *n, unsigned long long by)
{
    atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + by,
                          memory_order_relaxed);
}

static inline void flow_add(atomic_ullong *n, unsigned long long by)
{
    atomic_fetch_add_explicit(n, by, memory_order_relaxed);
}

/* A block of `size` bytes was taken by this thread. The account it belongs to, or NULL. */
static inline struct account *account_take(enum account_side side, size_t size)
{
    struct account *a = account_here;

    if (a == NULL)
        return NULL;
    flow_bump(&a->inside[side].blocks_in, 1);
    flow_bump(&a->inside[side].bytes_in, size);
    a->blocks++;
    return a;
}

/* A block of account `a`, or of none when it is NULL, is about to be released. */
static inline void account_give(struct account *a, enum account_side side, size_t size)
{
    if (a == NULL)
        return;
    if (a == account_here) {
        flow_bump(&a->inside[side].blocks_out, 1);
        flow_bump(&a->inside[side].bytes_out, size);
        a->blocks--;
        return;
    }
    flow_add(&a->outside[side].blocks_out, 1);
    flow_add(&a->outside[side].bytes_out, size);
    if (atomic_fetch_sub_explicit(&a->refs, 1, memory_order_acq_rel) == 1)
        mem_free(a);
}

/* A block of account `a` changed its size where it is, or moved. */
static inline void account_resize(struct account *a, enum account_side side, size_t from,
                                  size_t to)
{
    struct flow *f;

    if (a == NULL)
        return;
    f = a == account_here ? &a->inside[side] : &a->outside[side];
    flow_add(&f->bytes_out, from);
    flow_add(&f->bytes_in, to);
}

#endif

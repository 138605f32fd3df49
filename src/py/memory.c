#include "py/memory.h"

#include <pthread.h>
#include <sched.h>

#include "core/err.h"
#include "core/log.h"
#include "py/account.h"
#include "py/allocators.h"
#include "py/runtime.h"

enum {
    SHARDS = 32,         /* powers of two, both */
    FIRST_CAPACITY = 64, /* entries */
    SPINS = 100,         /* before a thread that wants a shard lets others run */
};

struct entry {
    uintptr_t address; /* 0: empty */
    size_t size;
    struct account *owner;
};

/*
 * A part of the table, chosen by address: open addressing, linear probing, at most three
 * quarters full. Held so briefly that a spin lock is right. The counters are plain numbers
 * because they are under the same lock.
 */
struct shard {
    _Alignas(64) atomic_bool locked;
    size_t capacity, count;
    struct entry *entries;
    struct adder_memory_border total; /* `inuse_bytes` aside */
};

static struct shard shards[SHARDS];
static atomic_bool tracking;
static bool decided; /* by the first memory_start(), which runs alone */

_Thread_local struct account *account_here;

/* ---- The table of border memory -------------------------------------------------------- */

static void shard_lock(struct shard *s)
{
    while (atomic_exchange_explicit(&s->locked, true, memory_order_acquire))
        for (int i = 0; atomic_load_explicit(&s->locked, memory_order_relaxed); i++)
            if (i > SPINS)
                sched_yield();
}

static void shard_unlock(struct shard *s)
{
    atomic_store_explicit(&s->locked, false, memory_order_release);
}

/* Addresses are multiples of 16; multiplying by the golden ratio spreads them (Knuth, The Art
 * of Computer Programming 3, section 6.4). */
static uint64_t hash_of(uintptr_t address)
{
    return ((uint64_t)address >> 4) * 0x9e3779b97f4a7c15u;
}

static struct shard *shard_of(uintptr_t address)
{
    return &shards[hash_of(address) >> 59];
}
_Static_assert(SHARDS == 1 << 5, "the top five bits of the hash choose");

/* Where `address` is, or the empty place where it would go. */
static size_t find(const struct shard *s, uintptr_t address)
{
    size_t i = (hash_of(address) >> 16) & (s->capacity - 1);

    while (s->entries[i].address != 0 && s->entries[i].address != address)
        i = (i + 1) & (s->capacity - 1);
    return i;
}

static int grow(struct shard *s)
{
    struct shard larger = {.capacity = s->capacity > 0 ? s->capacity * 2 : FIRST_CAPACITY};

    larger.entries = mem_zalloc(larger.capacity * sizeof(struct entry));
    if (larger.entries == NULL)
        return -1;
    for (size_t i = 0; i < s->capacity; i++)
        if (s->entries[i].address != 0)
            larger.entries[find(&larger, s->entries[i].address)] = s->entries[i];
    mem_free(s->entries);
    s->entries = larger.entries;
    s->capacity = larger.capacity;
    return 0;
}

static int add_entry(struct shard *s, const struct entry *e)
{
    if ((s->count + 1) * 4 > s->capacity * 3 && grow(s) < 0)
        return -1;
    s->entries[find(s, e->address)] = *e;
    s->count++;
    s->total.allocations++;
    s->total.allocated_bytes += e->size;
    return 0;
}

/* Empties place `hole`, moving up what could no longer be found past it. */
static void close_hole(struct shard *s, size_t hole)
{
    size_t mask = s->capacity - 1;

    for (size_t i = (hole + 1) & mask; s->entries[i].address != 0; i = (i + 1) & mask) {
        size_t home = (hash_of(s->entries[i].address) >> 16) & mask;

        if (((i - home) & mask) >= ((i - hole) & mask)) {
            s->entries[hole] = s->entries[i];
            hole = i;
        }
    }
    s->entries[hole].address = 0;
}

/* Takes the entry of `address` out; false, and counted as such, when there is none. */
static bool remove_entry(struct shard *s, uintptr_t address, struct entry *ret)
{
    size_t i = s->capacity > 0 ? find(s, address) : 0;

    if (s->capacity == 0 || s->entries[i].address == 0) {
        s->total.untracked_frees++;
        return false;
    }
    *ret = s->entries[i];
    close_hole(s, i);
    s->count--;
    s->total.frees++;
    s->total.freed_bytes += ret->size;
    return true;
}

/* ---- Border memory --------------------------------------------------------------------- */

void *border_alloc(size_t size)
{
    void *p = mem_alloc(size);
    struct entry e = {(uintptr_t)p, size, account_here};
    struct shard *s;
    int rc;

    if (p == NULL || !atomic_load_explicit(&tracking, memory_order_relaxed))
        return p;
    s = shard_of(e.address);
    shard_lock(s);
    rc = add_entry(s, &e);
    shard_unlock(s);
    if (rc < 0) {
        mem_free(p);
        return NULL;
    }
    account_take(SIDE_BORDER, size);
    return p;
}

void border_free(void *p)
{
    struct shard *s = shard_of((uintptr_t)p);
    struct entry e;
    bool known;

    if (p == NULL || !atomic_load_explicit(&tracking, memory_order_relaxed)) {
        mem_free(p);
        return;
    }
    shard_lock(s);
    known = remove_entry(s, (uintptr_t)p, &e);
    shard_unlock(s);
    if (!known) {
        py_log(ADDER_LOG_TRACE, "memory %p was released that was never handed out", p);
        return;
    }
    account_give(e.owner, SIDE_BORDER, e.size);
    mem_free(p);
}

/* ---- Accounts -------------------------------------------------------------------------- */

struct account *account_new(void)
{
    struct account *a = mem_zalloc(sizeof(*a));

    if (a != NULL)
        atomic_init(&a->refs, ACCOUNT_HELD);
    return a;
}

/* Drops references; with the last one the account goes. */
static void drop(struct account *a, long long refs)
{
    if (atomic_fetch_sub_explicit(&a->refs, refs, memory_order_acq_rel) == refs)
        mem_free(a);
}

void account_release(struct account *a)
{
    if (a != NULL)
        drop(a, ACCOUNT_HELD);
}

struct account *account_enter(struct account *a)
{
    struct account *before = account_here;

    account_here = a;
    return before;
}

void account_leave(struct account *before)
{
    struct account *a = account_here;

    account_here = before;
    if (a == NULL || a == before)
        return;
    drop(a, -a->blocks);
    a->blocks = 0;
}

/* ---- Reports --------------------------------------------------------------------------- */

int memory_start(bool track, struct adder_error *err)
{
    (void)err;
    if (decided)
        return 0;
    decided = true;
    atomic_store(&tracking, track);
    if (track)
        allocators_hook();
    return 0;
}

void memory_process(struct adder_memory *ret)
{
    struct adder_memory_border *sum = &ret->border;

    *ret = (struct adder_memory){.border = {0}};
    if (!atomic_load(&tracking))
        return;
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *s = &shards[i];

        shard_lock(s);
        sum->allocations += s->total.allocations;
        sum->allocated_bytes += s->total.allocated_bytes;
        sum->frees += s->total.frees;
        sum->freed_bytes += s->total.freed_bytes;
        sum->untracked_frees += s->total.untracked_frees;
        shard_unlock(s);
    }
    sum->inuse_bytes = sum->allocated_bytes - sum->freed_bytes;
    allocators_report(&ret->python);
}

static uint64_t read_both(const atomic_ullong *inside, const atomic_ullong *outside)
{
    return atomic_load_explicit(inside, memory_order_relaxed) +
           atomic_load_explicit(outside, memory_order_relaxed);
}

void memory_account(const struct account *a, struct adder_memory *ret)
{
    const struct flow *in = a->inside, *out = a->outside;
    struct adder_memory_border *border = &ret->border;
    uint64_t python_out = read_both(&in[SIDE_PYTHON].bytes_out, &out[SIDE_PYTHON].bytes_out);
    uint64_t python_in = read_both(&in[SIDE_PYTHON].bytes_in, &out[SIDE_PYTHON].bytes_in);

    border->frees = read_both(&in[SIDE_BORDER].blocks_out, &out[SIDE_BORDER].blocks_out);
    border->freed_bytes = read_both(&in[SIDE_BORDER].bytes_out, &out[SIDE_BORDER].bytes_out);
    border->allocations = read_both(&in[SIDE_BORDER].blocks_in, &out[SIDE_BORDER].blocks_in);
    border->allocated_bytes = read_both(&in[SIDE_BORDER].bytes_in, &out[SIDE_BORDER].bytes_in);
    border->inuse_bytes = border->allocated_bytes - border->freed_bytes;
    border->untracked_frees = 0;
    ret->python.total_bytes = python_in;
    ret->python.inuse_bytes = (int64_t)(python_in - python_out);
}

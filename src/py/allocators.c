#include "py/allocators.h"

#include <malloc.h>

#include "py/account.h"

struct header {
    size_t size; /* as Python asked */
    struct account *owner;
};
_Static_assert(sizeof(struct header) == 16, "keeps the alignment of what follows");

static PyMemAllocatorEx next_raw, next_mem, next_obj;

/* Objects are allocated with the GIL held, so one writer; RAW blocks are not. */
static struct flow objects, raw;

/* pymalloc hands large blocks on to RAW; inside such a call RAW must not count them again. */
static _Thread_local bool forwarding __attribute__((tls_model("initial-exec")));

static void *begin_block(struct header *h, size_t size)
{
    if (h == NULL)
        return NULL;
    h->size = size;
    h->owner = account_take(SIDE_PYTHON, size);
    flow_bump(&objects.bytes_in, size);
    return h + 1;
}

static void *block_malloc(void *next, size_t size)
{
    const PyMemAllocatorEx *to = next;
    struct header *h;

    if (size > PY_SSIZE_T_MAX - sizeof(*h))
        return NULL;
    forwarding = true;
    h = to->malloc(to->ctx, size + sizeof(*h));
    forwarding = false;
    return begin_block(h, size);
}

static void *block_calloc(void *next, size_t count, size_t each)
{
    const PyMemAllocatorEx *to = next;
    struct header *h;
    size_t size;

    if (__builtin_mul_overflow(count, each, &size) || size > PY_SSIZE_T_MAX - sizeof(*h))
        return NULL;
    forwarding = true;
    h = to->calloc(to->ctx, 1, size + sizeof(*h));
    forwarding = false;
    return begin_block(h, size);
}

/* The block stays with the account it came from. */
static void *block_realloc(void *next, void *p, size_t size)
{
    const PyMemAllocatorEx *to = next;
    struct header *h = p;
    size_t before;

    if (p == NULL)
        return block_malloc(next, size);
    if (size > PY_SSIZE_T_MAX - sizeof(*h))
        return NULL;
    before = h[-1].size;
    forwarding = true;
    h = to->realloc(to->ctx, h - 1, size + sizeof(*h));
    forwarding = false;
    if (h == NULL)
        return NULL;
    h->size = size;
    account_resize(h->owner, SIDE_PYTHON, before, size);
    flow_bump(&objects.bytes_out, before);
    flow_bump(&objects.bytes_in, size);
    return h + 1;
}

static void block_free(void *next, void *p)
{
    const PyMemAllocatorEx *to = next;
    struct header *h = p;

    if (p == NULL)
        return;
    h--;
    flow_bump(&objects.bytes_out, h->size);
    account_give(h->owner, SIDE_PYTHON, h->size);
    forwarding = true;
    to->free(to->ctx, h);
    forwarding = false;
}

static void *count_raw(void *p)
{
    if (p != NULL && !forwarding)
        flow_add(&raw.bytes_in, malloc_usable_size(p));
    return p;
}

static void *raw_malloc(void *next, size_t size)
{
    const PyMemAllocatorEx *to = next;

    return count_raw(to->malloc(to->ctx, size));
}

static void *raw_calloc(void *next, size_t count, size_t each)
{
    const PyMemAllocatorEx *to = next;

    return count_raw(to->calloc(to->ctx, count, each));
}

/* When it fails the old block is still there, and still counted. */
static void *raw_realloc(void *next, void *p, size_t size)
{
    const PyMemAllocatorEx *to = next;
    size_t before = p != NULL ? malloc_usable_size(p) : 0;
    void *moved = to->realloc(to->ctx, p, size);

    if (moved != NULL && !forwarding)
        flow_add(&raw.bytes_out, before);
    return count_raw(moved);
}

static void raw_free(void *next, void *p)
{
    const PyMemAllocatorEx *to = next;

    if (p != NULL && !forwarding)
        flow_add(&raw.bytes_out, malloc_usable_size(p));
    to->free(to->ctx, p);
}

static void hook_blocks(PyMemAllocatorDomain domain, PyMemAllocatorEx *next)
{
    PyMemAllocatorEx ours = {next, block_malloc, block_calloc, block_realloc, block_free};

    PyMem_GetAllocator(domain, next);
    PyMem_SetAllocator(domain, &ours);
}

void allocators_hook(void)
{
    hook_blocks(PYMEM_DOMAIN_MEM, &next_mem);
    hook_blocks(PYMEM_DOMAIN_OBJ, &next_obj);
    /* A debug build of Python moves RAW pointers away from what malloc() returned, so their
     * sizes cannot be asked for. */
#ifndef Py_DEBUG
    PyMemAllocatorEx ours = {&next_raw, raw_malloc, raw_calloc, raw_realloc, raw_free};

    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &next_raw);
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &ours);
#endif
}

void allocators_report(struct adder_memory_python *ret)
{
    uint64_t out = atomic_load(&objects.bytes_out) + atomic_load(&raw.bytes_out);
    uint64_t in = atomic_load(&objects.bytes_in) + atomic_load(&raw.bytes_in);

    *ret = (struct adder_memory_python){.inuse_bytes = (int64_t)(in - out), .total_bytes = in};
}

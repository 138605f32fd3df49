/*
 * context.h - the contexts of a sampler: (name, host, tags, kind), found by hash.
 *
 * A context is one block of memory: the state of its kind, then its key, which holds its
 * strings. The table keeps them in the order they came; a million costs as much each as ten.
 */
#ifndef ADDER_METRICS_CONTEXT_H
#define ADDER_METRICS_CONTEXT_H

#include "core/base.h"
#include "metrics/kind.h"

enum { CONTEXT_KEY_MAX = 4 * 1024 * 1024 }; /* bytes of name, host and tags, with lengths */

/* What tells contexts apart. The tags are sorted and without duplicates. */
struct labels {
    struct adder_str name, hostname;
    struct adder_tags tags;
};

struct context {
    const struct kind *kind;
    double deadline;  /* when the state of a silent context goes; 0: it is not silent */
    uint64_t seen;    /* how many commits there were before its latest sample */
    uint32_t key_len; /* bytes */
    /* The state of the kind and, `kind->state_size` bytes later, the key. */
    _Alignas(8) char data[];
};

struct context_entry {
    uint64_t hash;
    struct context *context; /* NULL: to be dropped by contexts_compact() */
};

struct contexts {
    struct context_entry *entries; /* in the order of arrival */
    size_t count, capacity;
    uint32_t *slots; /* 0: free, else 1 + place in `entries` */
    size_t slot_count;
    size_t bytes; /* of all contexts, without the table */
};

/* Bytes of the key of such a context; SIZE_MAX when there are more than fit any address. */
size_t context_key_size(const struct labels *l);

/* Writes the key, context_key_size() bytes. */
void context_key_write(char *to, const struct kind *kind, const struct labels *l);

/* The labels of a context, borrowed from it; `tags` has room for all its tags. */
void context_labels(const struct context *c, struct adder_str *tags, struct labels *ret);

uint64_t context_hash(struct adder_str key);

static inline void *context_state(struct context *c)
{
    return c->data;
}

/* The context with that key, whose hash is `hash`, or NULL. */
struct context *contexts_find(const struct contexts *t, struct adder_str key, uint64_t hash);

/* Adds a context that is not there, its state zero. NULL: no memory. */
struct context *contexts_add(struct contexts *t, const struct kind *kind, struct adder_str key,
                             uint64_t hash);

/* Frees the context at a place of `entries` and sets that to NULL. */
void contexts_drop(struct contexts *t, size_t place);

/* Closes the gaps that contexts_drop() left. Until then nothing may be found or added. */
void contexts_compact(struct contexts *t);

/* Frees all; the table is empty afterwards. */
void contexts_free(struct contexts *t);

#endif

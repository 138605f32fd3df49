/*
 * index.h - a hash table of pointers by a hash that the caller makes.
 *
 * Several items may have one hash: the caller looks which of them it means.
 */
#ifndef ADDER_OUT_INDEX_H
#define ADDER_OUT_INDEX_H

#include "core/base.h"

struct index_slot {
    uint64_t hash;
    void *item; /* NULL: free */
};

/* All zero: empty. */
struct index {
    struct index_slot *slots;
    size_t slot_count, count;
};

/* Makes room for one more item, so that the next index_add() cannot fail. -1: no memory. */
int index_room(struct index *x);
void index_add(struct index *x, uint64_t hash, void *item);

/* Steps through the items with that hash: start with *at = 0, ends with NULL. The index must
 * not change meanwhile. */
void *index_next(const struct index *x, uint64_t hash, size_t *at);

/* Takes out an item that is there. */
void index_remove(struct index *x, uint64_t hash, const void *item);

size_t index_bytes(const struct index *x);

/* The items are the caller's. The index is empty afterwards. */
void index_free(struct index *x);

#endif

#include "out/index.h"

#include "core/mem.h"

enum { FIRST_SLOTS = 32 }; /* always a power of two */

static void place(struct index *x, struct index_slot s)
{
    size_t i = s.hash & (x->slot_count - 1);

    while (x->slots[i].item != NULL)
        i = (i + 1) & (x->slot_count - 1);
    x->slots[i] = s;
}

int index_room(struct index *x)
{
    struct index grown = {.slot_count = x->slot_count > 0 ? x->slot_count * 2 : FIRST_SLOTS,
                          .count = x->count};

    if ((x->count + 1) * 8 <= x->slot_count * 7)
        return 0;
    grown.slots = mem_zalloc(grown.slot_count * sizeof(*grown.slots));
    if (grown.slots == NULL)
        return -1;
    for (size_t i = 0; i < x->slot_count; i++)
        if (x->slots[i].item != NULL)
            place(&grown, x->slots[i]);
    mem_free(x->slots);
    *x = grown;
    return 0;
}

void index_add(struct index *x, uint64_t hash, void *item)
{
    place(x, (struct index_slot){hash, item});
    x->count++;
}

void *index_next(const struct index *x, uint64_t hash, size_t *at)
{
    while (x->slot_count > 0) {
        const struct index_slot *s = &x->slots[(hash + *at) & (x->slot_count - 1)];

        if (s->item == NULL)
            break;
        ++*at;
        if (s->hash == hash)
            return s->item;
    }
    return NULL;
}

/* Whether an item that belongs at `home` may stay at `i` when slot `gap` becomes free: the gap
 * is not between the two, going round. */
static bool may_stay(size_t home, size_t gap, size_t i)
{
    return gap <= i ? home > gap && home <= i : home > gap || home <= i;
}

/* What follows moves up, so that no search ends at the gap. */
void index_remove(struct index *x, uint64_t hash, const void *item)
{
    size_t mask = x->slot_count - 1, gap = hash & mask;

    while (x->slots[gap].item != item)
        gap = (gap + 1) & mask;
    for (size_t i = (gap + 1) & mask; x->slots[i].item != NULL; i = (i + 1) & mask) {
        if (may_stay(x->slots[i].hash & mask, gap, i))
            continue;
        x->slots[gap] = x->slots[i];
        gap = i;
    }
    x->slots[gap].item = NULL;
    x->count--;
}

size_t index_bytes(const struct index *x)
{
    return x->slot_count * sizeof(*x->slots);
}

void index_free(struct index *x)
{
    mem_free(x->slots);
    *x = (struct index){0};
}

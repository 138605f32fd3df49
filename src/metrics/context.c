#include "metrics/context.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/mem.h"
#include "core/str.h"

enum { FIRST_CAPACITY = 16, FIRST_SLOTS = 32 }; /* slots are always a power of two */

/*
 * A key is this head, the length of each tag in 32 bits, and then name, host and tags without
 * anything between them. Two are the same context when all their bytes are.
 */
struct key_head {
    uint32_t kind, name_len, host_len, tag_count;
};

size_t context_key_size(const struct labels *l)
{
    size_t size = sizeof(struct key_head);
    bool too_many = __builtin_add_overflow(size, l->name.len, &size) ||
                    __builtin_add_overflow(size, l->hostname.len, &size);

    for (size_t i = 0; i < l->tags.count && !too_many; i++)
        too_many = __builtin_add_overflow(size, l->tags.items[i].len, &size) ||
                   __builtin_add_overflow(size, sizeof(uint32_t), &size);
    return too_many ? SIZE_MAX : size;
}

static char *put_text(char *to, struct adder_str s)
{
    if (s.len > 0)
        memcpy(to, s.ptr, s.len);
    return to + s.len;
}

void context_key_write(char *to, const struct kind *kind, const struct labels *l)
{
    struct key_head head = {
        .kind = (uint32_t)kind->number,
        .name_len = (uint32_t)l->name.len,
        .host_len = (uint32_t)l->hostname.len,
        .tag_count = (uint32_t)l->tags.count,
    };
    char *text = to + sizeof(head) + l->tags.count * sizeof(uint32_t);

    memcpy(to, &head, sizeof(head));
    to += sizeof(head);
    text = put_text(put_text(text, l->name), l->hostname);
    for (size_t i = 0; i < l->tags.count; i++) {
        uint32_t len = (uint32_t)l->tags.items[i].len;

        memcpy(to, &len, sizeof(len));
        to += sizeof(len);
        text = put_text(text, l->tags.items[i]);
    }
}

static struct adder_str key_of(const struct context *c)
{
    return (struct adder_str){c->data + c->kind->state_size, c->key_len};
}

void context_labels(const struct context *c, struct adder_str *tags, struct labels *ret)
{
    const char *key = key_of(c).ptr, *lengths = key + sizeof(struct key_head), *text;
    struct key_head head;

    memcpy(&head, key, sizeof(head));
    text = lengths + head.tag_count * sizeof(uint32_t);
    ret->name = (struct adder_str){text, head.name_len};
    text += head.name_len;
    ret->hostname = (struct adder_str){text, head.host_len};
    text += head.host_len;
    for (uint32_t i = 0; i < head.tag_count; i++) {
        uint32_t len;

        memcpy(&len, lengths + i * sizeof(len), sizeof(len));
        tags[i] = (struct adder_str){text, len};
        text += len;
    }
    ret->tags = (struct adder_tags){tags, head.tag_count};
}

uint64_t context_hash(struct adder_str key)
{
    return XXH3_64bits(key.ptr, key.len);
}

/* The slot of the context with that key, or the free one where the search ended. */
static uint32_t *find(const struct contexts *t, struct adder_str key, uint64_t hash)
{
    size_t i = hash & (t->slot_count - 1);

    for (; t->slots[i] != 0; i = (i + 1) & (t->slot_count - 1)) {
        const struct context_entry *e = &t->entries[t->slots[i] - 1];

        if (e->hash == hash && str_eq(key, key_of(e->context)))
            break;
    }
    return &t->slots[i];
}

struct context *contexts_find(const struct contexts *t, struct adder_str key, uint64_t hash)
{
    uint32_t slot = t->slot_count > 0 ? *find(t, key, hash) : 0;

    return slot > 0 ? t->entries[slot - 1].context : NULL;
}

/* Enters all entries into the slots, which are free. */
static void fill_slots(struct contexts *t)
{
    for (size_t place = 0; place < t->count; place++) {
        size_t i = t->entries[place].hash & (t->slot_count - 1);

        while (t->slots[i] != 0)
            i = (i + 1) & (t->slot_count - 1);
        t->slots[i] = (uint32_t)(place + 1);
    }
}

static int more_slots(struct contexts *t)
{
    size_t slot_count = t->slot_count > 0 ? t->slot_count * 2 : FIRST_SLOTS;
    uint32_t *slots;

    if ((t->count + 1) * 4 <= t->slot_count * 3)
        return 0;
    slots = mem_zalloc(slot_count * sizeof(*slots));
    if (slots == NULL)
        return -1;
    mem_free(t->slots);
    t->slots = slots;
    t->slot_count = slot_count;
    fill_slots(t);
    return 0;
}

static int more_entries(struct contexts *t)
{
    size_t capacity = t->capacity > 0 ? t->capacity * 2 : FIRST_CAPACITY;
    struct context_entry *entries;

    if (t->count < t->capacity)
        return 0;
    entries = mem_realloc(t->entries, capacity * sizeof(*entries));
    if (entries == NULL)
        return -1;
    t->entries = entries;
    t->capacity = capacity;
    return 0;
}

static size_t size_of(const struct context *c)
{
    return sizeof(*c) + c->kind->state_size + c->key_len;
}

struct context *contexts_add(struct contexts *t, const struct kind *kind, struct adder_str key,
                             uint64_t hash)
{
    struct context *c;

    if (t->count == UINT32_MAX - 1 || more_entries(t) < 0 || more_slots(t) < 0)
        return NULL;
    c = mem_alloc(sizeof(*c) + kind->state_size + key.len);
    if (c == NULL)
        return NULL;
    *c = (struct context){.kind = kind, .key_len = (uint32_t)key.len};
    memset(c->data, 0, kind->state_size);
    memcpy(c->data + kind->state_size, key.ptr, key.len);
    *find(t, key, hash) = (uint32_t)(t->count + 1);
    t->entries[t->count++] = (struct context_entry){hash, c};
    t->bytes += size_of(c);
    return c;
}

static void context_free(struct context *c)
{
    if (c == NULL)
        return;
    if (c->kind->clear != NULL)
        c->kind->clear(context_state(c));
    mem_free(c);
}

void contexts_drop(struct contexts *t, size_t place)
{
    t->bytes -= size_of(t->entries[place].context);
    context_free(t->entries[place].context);
    t->entries[place].context = NULL;
}

void contexts_compact(struct contexts *t)
{
    size_t kept = 0;

    for (size_t place = 0; place < t->count; place++)
        if (t->entries[place].context != NULL)
            t->entries[kept++] = t->entries[place];
    if (kept == t->count)
        return;
    t->count = kept;
    memset(t->slots, 0, t->slot_count * sizeof(*t->slots));
    fill_slots(t);
}

void contexts_free(struct contexts *t)
{
    for (size_t place = 0; place < t->count; place++)
        context_free(t->entries[place].context);
    mem_free(t->entries);
    mem_free(t->slots);
    *t = (struct contexts){0};
}

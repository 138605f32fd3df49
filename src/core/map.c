#include "core/map.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/mem.h"
#include "core/str.h"

enum { FIRST_CAPACITY = 16 }; /* always a power of two */

struct entry {
    uint64_t hash;
    size_t len;
    void *value;
    char key[];
};

/* Open addressing, linear probing. A removed entry leaves a tombstone, so that removal during
 * map_next() moves nothing. */
struct map {
    struct entry **slots;
    size_t capacity, used; /* used: entries and tombstones */
    size_t count;
};

static struct entry tombstone;

struct map *map_new(void)
{
    struct map *m = mem_zalloc(sizeof(*m));

    if (m == NULL)
        return NULL;
    m->capacity = FIRST_CAPACITY;
    m->slots = mem_zalloc(m->capacity * sizeof(struct entry *));
    if (m->slots == NULL) {
        mem_free(m);
        return NULL;
    }
    return m;
}

static bool is_live(const struct entry *e)
{
    return e != NULL && e != &tombstone;
}

void map_free(struct map *m, void (*free_value)(void *))
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->capacity; i++) {
        if (!is_live(m->slots[i]))
            continue;
        if (free_value != NULL)
            free_value(m->slots[i]->value);
        mem_free(m->slots[i]);
    }
    mem_free(m->slots);
    mem_free(m);
}

size_t map_count(const struct map *m)
{
    return m->count;
}

/* The slot that holds `key`, or the empty one where the search ended. */
static struct entry **find(const struct map *m, struct adder_str key, uint64_t hash)
{
    size_t i = hash & (m->capacity - 1);

    for (;; i = (i + 1) & (m->capacity - 1)) {
        struct entry *e = m->slots[i];

        if (e == NULL)
            return &m->slots[i];
        if (e != &tombstone && e->hash == hash &&
            str_eq(key, (struct adder_str){e->key, e->len}))
            return &m->slots[i];
    }
}

void *map_get(const struct map *m, struct adder_str key)
{
    struct entry *e = *find(m, key, XXH3_64bits(key.ptr, key.len));

    return e != NULL ? e->value : NULL;
}

/* Gives the table room for one more entry, dropping tombstones. */
static int make_room(struct map *m)
{
    struct map grown = *m;

    if (m->used * 4 < m->capacity * 3)
        return 0;
    if (m->count * 2 >= m->capacity)
        grown.capacity *= 2;
    grown.used = m->count;
    grown.slots = mem_zalloc(grown.capacity * sizeof(struct entry *));
    if (grown.slots == NULL)
        return -1;
    for (size_t i = 0; i < m->capacity; i++) {
        struct entry *e = m->slots[i];

        if (is_live(e))
            *find(&grown, (struct adder_str){e->key, e->len}, e->hash) = e;
    }
    mem_free(m->slots);
    *m = grown;
    return 0;
}

int map_set(struct map *m, struct adder_str key, void *value, void **old)
{
    uint64_t hash = XXH3_64bits(key.ptr, key.len);
    struct entry **slot = find(m, key, hash);
    struct entry *e = *slot;

    if (old != NULL)
        *old = e != NULL ? e->value : NULL;
    if (e != NULL) {
        e->value = value;
        return 0;
    }
    if (make_room(m) < 0 || (e = mem_alloc(sizeof(*e) + key.len + 1)) == NULL)
        return -1;
    *e = (struct entry){.hash = hash, .len = key.len, .value = value};
    if (key.len > 0)
        memcpy(e->key, key.ptr, key.len);
    e->key[key.len] = '\0';
    *find(m, key, hash) = e;
    m->used++;
    m->count++;
    return 0;
}

void *map_remove(struct map *m, struct adder_str key)
{
    struct entry **slot = find(m, key, XXH3_64bits(key.ptr, key.len));
    struct entry *e = *slot;
    void *value;

    if (e == NULL)
        return NULL;
    value = e->value;
    *slot = &tombstone;
    m->count--;
    mem_free(e);
    return value;
}

bool map_next(const struct map *m, size_t *at, struct adder_str *key, void **value)
{
    while (*at < m->capacity) {
        struct entry *e = m->slots[(*at)++];

        if (!is_live(e))
            continue;
        *key = (struct adder_str){e->key, e->len};
        *value = e->value;
        return true;
    }
    return false;
}

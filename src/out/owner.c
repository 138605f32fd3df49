#include "out/owner.h"

#include <math.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/mem.h"
#include "core/str.h"

enum { INTERVAL_S = 15 }; /* when a check does not say */

static uint64_t id_hash(const struct store *s, struct adder_str id)
{
    return XXH3_64bits_withSeed(id.ptr, id.len, s->seed);
}

static bool has_id(const struct owner *o, struct adder_str id)
{
    return str_eq((struct adder_str){o->id, o->id_len}, id);
}

struct owner *owner_find(struct store *s, struct adder_str id)
{
    struct owner *o;
    size_t at = 0;

    if (s->current != NULL && has_id(s->current, id))
        return s->current;
    while ((o = index_next(&s->owners_by_id, id_hash(s, id), &at)) != NULL)
        if (has_id(o, id))
            break;
    return o;
}

static struct owner *add_owner(struct store *s, struct adder_str id)
{
    struct owner *o = mem_alloc(sizeof(*o) + id.len + 1);

    if (o == NULL || index_room(&s->owners_by_id) < 0) {
        mem_free(o);
        return NULL;
    }
    *o = (struct owner){
        .next = s->owners, .number = ++s->owner_number, .seen = -INFINITY, .id_len = id.len};
    if (id.len > 0)
        memcpy(o->id, id.ptr, id.len);
    o->id[id.len] = '\0';
    index_add(&s->owners_by_id, id_hash(s, id), o);
    s->owners = o;
    return o;
}

struct owner *owner_of(struct store *s, const struct origin *from)
{
    struct owner *o = owner_find(s, from->id);

    if (o == NULL)
        o = add_owner(s, from->id);
    if (o == NULL)
        return NULL;
    o->life_s = s->stale_runs * (from->interval_s > 0 ? from->interval_s : INTERVAL_S);
    s->current = o;
    return o;
}

void owner_forget(struct store *s, struct owner *o)
{
    struct adder_str id = {o->id, o->id_len};

    index_remove(&s->owners_by_id, id_hash(s, id), o);
    o->gone = true;
    s->current = NULL;
}

void owners_drop_gone(struct store *s)
{
    struct owner **at = &s->owners;

    while (*at != NULL) {
        struct owner *o = *at;

        if (!o->gone || o->entries > 0) {
            at = &o->next;
            continue;
        }
        *at = o->next;
        mem_free(o);
    }
}

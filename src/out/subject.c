#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "out/store.h"

/*
 * What an entry is known by: this head, the length of each tag in 32 bits, and then name, own
 * labels and tags without anything between them. Only the 128-bit hash of it is kept: with a
 * million entries the odds that two have the same are below 1e-26.
 */
struct key_head {
    uint64_t owner;
    uint32_t kind, variant, tag_count;
    uint32_t name_len, own_len[OWN_LABELS_MAX];
};

static size_t key_size(const struct subject *subject)
{
    size_t size = sizeof(struct key_head) + subject->name.len;

    for (size_t i = 0; i < OWN_LABELS_MAX; i++)
        size += subject->own[i].value.len;
    for (size_t i = 0; i < subject->tags.count; i++)
        size += subject->tags.items[i].len + sizeof(uint32_t);
    return size;
}

static char *put_text(char *to, struct adder_str s)
{
    if (s.len > 0)
        memcpy(to, s.ptr, s.len);
    return to + s.len;
}

static void key_write(char *to, const struct owner *owner, const struct subject *subject)
{
    struct key_head head = {
        .owner = owner->number,
        .kind = subject->kind,
        .variant = (uint32_t)subject->variant,
        .tag_count = (uint32_t)subject->tags.count,
        .name_len = (uint32_t)subject->name.len,
    };
    char *text = to + sizeof(head) + subject->tags.count * sizeof(uint32_t);

    for (size_t i = 0; i < OWN_LABELS_MAX; i++)
        head.own_len[i] = (uint32_t)subject->own[i].value.len;
    memcpy(to, &head, sizeof(head));
    to += sizeof(head);
    text = put_text(text, subject->name);
    for (size_t i = 0; i < OWN_LABELS_MAX; i++)
        text = put_text(text, subject->own[i].value);
    for (size_t i = 0; i < subject->tags.count; i++) {
        uint32_t len = (uint32_t)subject->tags.items[i].len;

        memcpy(to, &len, sizeof(len));
        to += sizeof(len);
        text = put_text(text, subject->tags.items[i]);
    }
}

int subject_hash(struct store *s, const struct owner *owner, const struct subject *subject,
                 uint64_t ret[2])
{
    size_t size = key_size(subject);
    XXH128_hash_t hash;

    buf_clear(&s->key);
    if (buf_reserve(&s->key, size) == NULL)
        return -1;
    key_write(s->key.data, owner, subject);
    hash = XXH3_128bits_withSeed(s->key.data, size, s->seed);
    ret[0] = hash.low64;
    ret[1] = hash.high64;
    return 0;
}

#include "collect/check_id.h"

#include <inttypes.h>

#include "core/buf.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/str.h"

enum { DIGEST_TEXT_MAX = 256 * 1024 * 1024 }; /* bytes a digest is computed over */

static void add(struct buf *b, struct adder_str s)
{
    buf_add(b, s.ptr, s.len);
}

int config_digest(const struct digest_input *in, uint64_t *ret, struct adder_error *err)
{
    CLEANUP(buf_free) struct buf text;
    uint64_t hash[2];

    buf_init(&text, DIGEST_TEXT_MAX);
    add(&text, in->name);
    for (size_t i = 0; i < in->instance_count; i++)
        add(&text, in->instances[i]);
    add(&text, in->init_config);
    for (size_t i = 0; i < in->ad_identifier_count; i++)
        add(&text, in->ad_identifiers[i]);
    add(&text, in->logs);
    buf_add_str(&text, in->ignore_autodiscovery_tags ? "true" : "false");
    if (buf_check(&text, err) < 0)
        return -1;
    hash_murmur3(text.data, text.len, hash);
    *ret = hash[0];
    return 0;
}

char *check_id(const char *check, const char *name, uint64_t digest, struct adder_str instance,
               struct adder_str init_config)
{
    unsigned char bytes[8];
    uint64_t hash;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(digest >> (56 - 8 * i));
    hash = hash_fnv1(HASH_FNV1_START, bytes, sizeof(bytes));
    hash = hash_fnv1(hash, instance.ptr, instance.len);
    hash = hash_fnv1(hash, init_config.ptr, init_config.len);
    if (name == NULL || name[0] == '\0')
        return mem_printf("%s:%" PRIx64, check, hash);
    return mem_printf("%s:%s:%" PRIx64, check, name, hash);
}

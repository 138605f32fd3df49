#include "core/hash.h"

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

/* `len` bytes, up to eight, the lowest first. */
static uint64_t load(const unsigned char *p, size_t len)
{
    uint64_t x = 0;

    for (size_t i = len; i > 0; i--)
        x = x << 8 | p[i - 1];
    return x;
}

static uint64_t scramble_low(uint64_t k)
{
    return rotate(k * UINT64_C(0x87c37b91114253d5), 31) * UINT64_C(0x4cf5ad432745937f);
}

static uint64_t scramble_high(uint64_t k)
{
    return rotate(k * UINT64_C(0x4cf5ad432745937f), 33) * UINT64_C(0x87c37b91114253d5);
}

static uint64_t avalanche(uint64_t h)
{
    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}

void hash_murmur3(const void *data, size_t len, uint64_t ret[2])
{
    const unsigned char *p = data;
    uint64_t low = 0, high = 0;
    size_t rest = len % 16;

    for (const unsigned char *end = p + (len - rest); p < end; p += 16) {
        low ^= scramble_low(load(p, 8));
        low = (rotate(low, 27) + high) * 5 + 0x52dce729;
        high ^= scramble_high(load(p + 8, 8));
        high = (rotate(high, 31) + low) * 5 + 0x38495ab5;
    }
    if (rest > 8)
        high ^= scramble_high(load(p + 8, rest - 8));
    if (rest > 0)
        low ^= scramble_low(load(p, rest < 8 ? rest : 8));
    low ^= len;
    high ^= len;
    low += high;
    high += low;
    low = avalanche(low);
    high = avalanche(high);
    ret[0] = low + high;
    ret[1] = high + ret[0];
}

uint64_t hash_fnv1(uint64_t hash, const void *data, size_t len)
{
    const unsigned char *p = data;

    for (size_t i = 0; i < len; i++)
        hash = hash * UINT64_C(0x100000001b3) ^ p[i];
    return hash;
}

/*
 * hash.h - the two hashes that check ids are made of. Neither resists an adversary.
 */
#ifndef ADDER_CORE_HASH_H
#define ADDER_CORE_HASH_H

#include "core/base.h"

/* MurmurHash3, the 128-bit variant for 64-bit machines, seed 0 (Austin Appleby, public domain:
 * MurmurHash3_x64_128). Both halves in `ret`. */
void hash_murmur3(const void *data, size_t len, uint64_t ret[2]);

/* FNV-1, 64 bits: multiply, then xor (FNV-1a does it the other way round). Continues
 * from `hash`, which begins as HASH_FNV1_START. */
#define HASH_FNV1_START UINT64_C(0xcbf29ce484222325)
uint64_t hash_fnv1(uint64_t hash, const void *data, size_t len);

#endif

/*
 * cache.h - the persistent cache of checks: small texts by key, each a file.
 *
 * The files are where the Agent has them, so that a check finds what it kept: a key is cut at
 * its first ':'; from both parts every character outside [A-Za-z0-9_-] is dropped; `a:b` is
 * the file b in folder a, a key without ':' a file at the top. Keys that differ only in
 * dropped characters therefore share a file, there as here.
 */
#ifndef ADDER_HOST_CACHE_H
#define ADDER_HOST_CACHE_H

#include "core/base.h"

enum { CACHE_VALUE_MAX = 16 * 1024 * 1024 }; /* bytes of one value */

struct cache;

/* `folder` need not exist; it is made, for us alone, when first written to. */
int cache_new(const char *folder, struct cache **ret, struct adder_error *err);
void cache_free(struct cache *c);
DEFINE_CLEANUP(struct cache *, cache_free);

const char *cache_folder(const struct cache *c);

/* Any thread. A file is replaced in one step. */
int cache_write(struct cache *c, struct adder_str key, struct adder_str value,
                struct adder_error *err);

/* *ret is the caller's for mem_free(); "" when there is no such file. Any thread. */
int cache_read(struct cache *c, struct adder_str key, char **ret, size_t *ret_len,
               struct adder_error *err);

#endif

/*
 * map.h - a hash map from byte strings to pointers.
 *
 * Keys are copied. Values are the caller's. Not safe for several threads at once.
 */
#ifndef ADDER_CORE_MAP_H
#define ADDER_CORE_MAP_H

#include "core/base.h"

struct map;

struct map *map_new(void); /* NULL when memory is out */
/* Frees the map; `free_value` (may be NULL) is called for every value. NULL is fine. */
void map_free(struct map *m, void (*free_value)(void *));

size_t map_count(const struct map *m);

/* The value of `key`, or NULL. */
void *map_get(const struct map *m, struct adder_str key);

/* Sets `key`. Returns 0, or -1 when memory is out. The former value, or NULL, in *old when
 * `old` is not NULL. `value` must not be NULL. */
int map_set(struct map *m, struct adder_str key, void *value, void **old);

/* Removes `key`; returns its value, or NULL when it was not there. */
void *map_remove(struct map *m, struct adder_str key);

/* Steps through the entries in no order: start with *at = 0, ends with false. The map must not
 * change meanwhile, except that the entry just returned may be removed. */
bool map_next(const struct map *m, size_t *at, struct adder_str *key, void **value);

#endif

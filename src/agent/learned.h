/*
 * learned.h - which modules checks import, kept in the run folder for the next nursery to warm
 * up with: a worker forked from it need not import them again.
 */
#ifndef ADDER_AGENT_LEARNED_H
#define ADDER_AGENT_LEARNED_H

#include "core/base.h"

enum {
    LEARNED_MODULES_MAX = 20000,
    LEARNED_BYTES_MAX = 4 * 1024 * 1024, /* of the file */
};

struct learned;

/* Reads the list of the last time, if there is one that can be read. */
int learned_new(const char *folder, struct learned **ret, struct adder_error *err);
void learned_free(struct learned *l); /* NULL is fine */

const char *learned_path(const struct learned *l);

/* Adds names, one a line. Those beyond the limits are left out. */
void learned_add(struct learned *l, struct adder_str names);

/* Writes the list when it has grown. A folder that cannot be written to only makes workers
 * slower: that is logged once. */
void learned_save(struct learned *l);

#endif

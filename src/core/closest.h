/*
 * closest.h - the known name that a mistyped one most likely means.
 */
#ifndef ADDER_CORE_CLOSEST_H
#define ADDER_CORE_CLOSEST_H

#include "core/base.h"

enum { CLOSEST_MAX = 64 }; /* bytes; longer names are never suggested */

struct closest {
    const char *word; /* borrowed */
    size_t len;
    char best[CLOSEST_MAX + 1]; /* "" when nothing offered so far is close */
    unsigned distance;          /* of `best`; before there is one, the first that is too far */
};

/* Starts a search for what `word` may mean. */
struct closest closest_to(const char *word, size_t len);

/* Considers `name`, which is copied. The first of several as close is kept. */
void closest_offer(struct closest *c, const char *name);

#endif

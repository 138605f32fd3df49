/*
 * list.h - a growing list of strings it owns.
 */
#ifndef ADDER_HOST_LIST_H
#define ADDER_HOST_LIST_H

#include "core/base.h"

/* Zero-initialise. */
struct list {
    char **items; /* NULL-terminated; NULL while nothing was added */
    size_t count, cap;
};

/* Copies `len` bytes of `text` to the end. ADDER_NOMEM. */
int list_add(struct list *l, const char *text, size_t len, struct adder_error *err);

/* Adds the non-empty pieces of `text` between any of the characters in `separators`. */
int list_split(struct list *l, const char *text, const char *separators,
               struct adder_error *err);

/* Sorts by bytes and drops repetitions. */
void list_sort_unique(struct list *l);

void list_free(struct list *l); /* leaves it empty and usable */

#endif

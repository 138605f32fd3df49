/*
 * owner.h - the check instances that the entries of a store come from.
 */
#ifndef ADDER_OUT_OWNER_H
#define ADDER_OUT_OWNER_H

#include "out/store.h"

/* The owner that stands for a check instance, or NULL. */
struct owner *owner_find(struct store *s, struct adder_str id);

/* The same, which is made if need be. NULL: no memory. */
struct owner *owner_of(struct store *s, const struct origin *from);

/* It is not found any more, its entries are shown no more; all go with the next sweep. */
void owner_forget(struct store *s, struct owner *o);

/* Frees those that were forgotten and have no entries left. */
void owners_drop_gone(struct store *s);

#endif

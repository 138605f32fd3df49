/*
 * users.h - whose submissions these are: from a check's id, or the thread, to the pointer that
 * the embedding program gave with the check.
 */
#ifndef ADDER_PY_USERS_H
#define ADDER_PY_USERS_H

#include "py/python.h"

struct user {
    struct adder_str id;  /* "" during a constructor */
    void *const *user;    /* where that pointer is: it goes while threads are inside */
    struct user *outer;   /* the one this thread was in before */
    struct user *same_id; /* live checks can share an id */
};

/* Makes `u` findable by its id until users_remove(), unless the id is "". Any thread. */
int users_add(struct user *u, struct adder_error *err);
void users_remove(struct user *u); /* one that was not added: nothing happens */

/* Between the two, what this thread submits is `u`'s. Nest. */
void user_enter(struct user *u);
void user_leave(void);
bool user_is_here(const struct user *u); /* on this thread, at any depth */

#endif

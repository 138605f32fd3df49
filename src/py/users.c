#include "py/users.h"

#include <pthread.h>

#include "core/err.h"
#include "core/map.h"
#include "core/str.h"
#include "py/runtime.h"

static struct map *live; /* id -> struct user, the first of those that share it */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local struct user *here __attribute__((tls_model("initial-exec")));

static int add(struct user *u)
{
    void *first;

    if (live == NULL && (live = map_new()) == NULL)
        return -1;
    if (map_set(live, u->id, u, &first) < 0)
        return -1;
    u->same_id = first;
    return 0;
}

int users_add(struct user *u, struct adder_error *err)
{
    int rc = 0;

    if (u->id.len == 0)
        return 0;
    pthread_mutex_lock(&lock);
    rc = add(u);
    pthread_mutex_unlock(&lock);
    return rc == 0 ? 0 : err_nomem(err);
}

/* Takes `u` out of those with its id. Replacing a key that is there takes no memory. */
static void take_out(struct user *u)
{
    struct user *at = live != NULL ? map_get(live, u->id) : NULL;

    if (at == u && u->same_id != NULL)
        map_set(live, u->id, u->same_id, NULL);
    else if (at == u)
        map_remove(live, u->id);
    while (at != NULL && at != u) {
        if (at->same_id == u)
            at->same_id = u->same_id;
        at = at->same_id;
    }
    if (live != NULL && map_count(live) == 0) {
        map_free(live, NULL);
        live = NULL;
    }
}

void users_remove(struct user *u)
{
    pthread_mutex_lock(&lock);
    take_out(u);
    pthread_mutex_unlock(&lock);
}

void user_enter(struct user *u)
{
    u->outer = here;
    here = u;
}

void user_leave(void)
{
    here = here->outer;
}

bool user_is_here(const struct user *u)
{
    for (const struct user *at = here; at != NULL; at = at->outer)
        if (at == u)
            return true;
    return false;
}

void *py_user(struct adder_str check_id)
{
    const struct user *found = NULL;
    void *user;

    if (here != NULL && str_eq(here->id, check_id))
        return *here->user;
    pthread_mutex_lock(&lock);
    if (live != NULL)
        found = map_get(live, check_id);
    user = found != NULL ? *found->user : NULL;
    pthread_mutex_unlock(&lock);
    return user;
}

void *py_user_here(void)
{
    return here != NULL ? *here->user : NULL;
}

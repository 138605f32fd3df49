/*
 * nursery.h - the process that holds a warm Python and forks workers from it.
 *
 * Exec'd fresh, one thread, never runs a configured check itself. It warms: imports the base,
 * runs a throwaway check once, imports what the configured checks imported last time, freezes
 * the garbage collector. Then it waits for SPAWN.
 *
 * A worker is forked twice, so that its parent is the supervisor (a child subreaper): the
 * supervisor alone reaps, and a nursery that dies takes no worker with it.
 */
#ifndef ADDER_WORK_NURSERY_H
#define ADDER_WORK_NURSERY_H

#include "core/base.h"

struct nursery_options {
    struct adder_runtime *rt;   /* freshly started */
    int socket;                 /* to the supervisor */
    const char *const *modules; /* NULL-terminated: to import while warming; NULL: none */
};

/*
 * Serves until the supervisor closes the socket: 0 then. Returns a second time in each worker
 * with *worker filled and 1, in a process whose only thread is the caller: go on with
 * worker_run(). -1 on errors.
 */
struct worker_start {
    int socket;       /* to the supervisor */
    unsigned threads; /* that run checks */
};
int nursery_run(const struct nursery_options *options, struct worker_start *worker,
                struct adder_error *err);

#endif

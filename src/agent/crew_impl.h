/*
 * crew_impl.h - what the files of the crew share. Only for crew.c and crew_nursery.c.
 */
#ifndef ADDER_AGENT_CREW_IMPL_H
#define ADDER_AGENT_CREW_IMPL_H

#include "agent/crew.h"
#include "agent/peer.h"

enum worker_state {
    WORKER_WANTED,   /* the nursery has not been asked yet */
    WORKER_STARTING, /* it has */
    WORKER_UP,
    WORKER_STOPPING,
};

struct worker {
    struct crew *crew;
    struct worker *next;
    struct peer *peer; /* NULL: none yet */
    enum worker_state state;
    void *owner;
    int64_t pid; /* 0: not known */
    double since, stop_by;
    bool closed; /* its socket */
    bool reaped;
    struct worker_end end;
    struct buf report; /* what it printed from the first line of a crash on */
};

struct crew {
    struct crew_options options;
    struct worker *workers;
    struct peer *nursery; /* NULL: none */
    pid_t nursery_pid;
    bool warm, stopping;
    double nursery_at; /* when the next may be started */
    char python[32];
    uv_signal_t child;
    uv_timer_t timer;
    unsigned handles;
};

/* What a worker says. */
extern const struct peer_events worker_events;

/* ---- crew_nursery.c --------------------------------------------------------------------- */

int nursery_start(struct crew *c, struct adder_error *err);

/* It has been reaped: the timer starts the next one. */
void nursery_died(struct crew *c, int status);

/* Asks it for the workers that are wanted. */
void nursery_ask(struct crew *c);

#endif

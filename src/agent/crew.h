/*
 * crew.h - the processes with Python in them: one nursery and the workers it forks.
 *
 * Starts, reaps and kills them. The nursery is replaced when it dies; nobody else notices.
 * Every worker is a child of this process, which is a subreaper: whatever a dead worker leaves
 * behind becomes our child, and is killed. Loop's thread only.
 */
#ifndef ADDER_AGENT_CREW_H
#define ADDER_AGENT_CREW_H

#include <uv.h>

#include "work/message.h"

enum {
    CREW_NURSERY_PAUSE_MS = 1000, /* between a nursery that died and the next */
    CREW_STOP_MS = 3000,          /* for a worker to end after it was told to */
    CREW_REPORT_MAX = 16 * 1024,  /* bytes of a crash report; the rest is cut off */
    CREW_REAP_MS = 100,           /* for the loop to see what a killed worker leaves behind */
};

struct crew;
struct worker;

/* How a worker ended. */
struct worker_end {
    int code;           /* of exit(), when `signal` is 0 */
    int signal;         /* that ended it */
    bool asked;         /* it was told to stop, or killed by us */
    char why[256];      /* what was wrong with what it sent, "" when nothing */
    const char *report; /* Python's stacks, which a fatal signal leaves behind; NULL: none */
};

struct crew_events {
    /* The worker can be sent messages. */
    void (*up)(void *ctx, struct worker *w);
    void (*message)(void *ctx, struct worker *w, const struct message *m);
    /* The last event of a worker, which is freed then. */
    void (*died)(void *ctx, struct worker *w, const struct worker_end *end);
    /* The very first nursery has ended with this exit code: Python cannot be had, and what to
     * do is in the log. */
    void (*hopeless)(void *ctx, int code);
};

struct crew_options {
    uv_loop_t *loop;
    const char *const *nursery; /* argv of the nursery, NULL-terminated; copied by reference:
                                   must outlive the crew */
    unsigned threads;           /* of a worker */
    const struct crew_events *events;
    void *ctx;
};

int crew_new(const struct crew_options *options, struct crew **ret, struct adder_error *err);

/* Kills all and waits for them to be gone. No events. NULL is fine. */
void crew_free(struct crew *c);

/* Starts no more nurseries and workers. */
void crew_stop(struct crew *c);

/* A new worker, which is up as soon as the nursery has made it. `owner` is the caller's. */
int crew_add(struct crew *c, void *owner, struct worker **ret, struct adder_error *err);

/* The Python of the nursery, "3.11.2"; "" before it is ready. */
const char *crew_python(const struct crew *c);

/* All workers that have not died: start with NULL. */
struct worker *crew_next(const struct crew *c, const struct worker *after);

void *worker_owner(const struct worker *w);
int64_t worker_pid(const struct worker *w); /* 0 before it is up */
double
worker_since(const struct worker *w); /* when it was asked for, seconds since the epoch */
uint64_t worker_rss(const struct worker *w); /* bytes in memory, 0 when it cannot be told */
bool worker_is_up(const struct worker *w);   /* and not about to end */

/* A failure to send kills the worker: `died` will tell. */
void worker_send(struct worker *w, const struct message *m);

/* Tells it to end after the runs under way; kills it when that takes long. */
void worker_stop(struct worker *w);

/* Kills it, its process group and whatever it leaves behind. */
void worker_kill(struct worker *w);

#endif

/*
 * worker_impl.h - what the files of a worker share. Only for worker.c, duties.c, runner.c,
 * interrupter.c, watch.c, crash.c.
 *
 * Threads: the control thread, which calls worker_run() and never takes the GIL; runners; the
 * interrupter. Order of locks: the GIL, then `lock` of the worker; whoever holds the latter
 * never waits for the former.
 */
#ifndef ADDER_WORK_WORKER_IMPL_H
#define ADDER_WORK_WORKER_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "metrics/batch.h"
#include "work/outbox.h"
#include "work/worker.h"

enum { WORKER_NAME_MAX = 16 }; /* of a thread, with the NUL */

/* The run of a check that is under way. */
struct run {
    uint64_t number; /* 0: none; from here on the worker's lock guards it */
    clockid_t cpu_clock;
    double cpu_before;      /* seconds of that clock */
    int64_t account_before; /* bytes */

    /* Of the watch alone, zero at the beginning. */
    bool over; /* OVER was sent */
    int64_t account_seen;
    double cpu_seen;
    int64_t grown[BUDGET_PARTS]; /* share in what the process has grown by */
};

enum job_type { JOB_LOAD, JOB_RUN, JOB_DIAGNOSE, JOB_CANCEL, JOB_FREE };

struct duty;

struct job {
    struct job *next;
    enum job_type type;
    struct duty *duty;
    uint64_t run;
};

/* A check, from LOAD to DROP. */
struct duty {
    struct duty *next;
    struct worker *worker;
    uint64_t key;
    struct budget budget;
    char *name, *id, *source, *init_config, *instance;
    struct adder_check *check; /* NULL: not loaded */
    struct batch *batch;
    uint64_t runs; /* of the runner that has it */

    /* Written with the GIL held, by whatever thread submits. */
    _Atomic uint64_t samples, refused;

    /* Guarded by the worker's lock. */
    bool leaving;   /* DROP has come */
    bool busy;      /* a runner has it */
    unsigned users; /* others that use it: it must not be freed */
    unsigned long passed_over;
    struct run run;
};

/* Bytes that one run may submit: as the budget says, but no more than fits a message. */
static inline size_t duty_batch_max(const struct duty *d)
{
    uint64_t max = d->budget.batch_bytes;

    return max > 0 && max < BATCH_BYTES_MAX ? (size_t)max : BATCH_BYTES_MAX;
}

struct worker {
    struct adder_runtime *rt;
    pid_t pid;
    int socket, wake; /* the latter is an eventfd */
    struct outbox *out;
    struct message_reader *reader; /* of the control thread */

    pthread_mutex_t lock; /* of all below, and of duties as they say */
    pthread_cond_t work;
    struct duty *duties;
    struct job *jobs, **last_job;
    unsigned long takes;
    unsigned active; /* jobs under way */
    bool stopping;
    size_t modules; /* imported so far */

    struct interrupts *interrupts;
};

/* ---- duties.c: what is to be done ------------------------------------------------------- */

/* Take in what the supervisor wants. 0, or -1 when memory is out. Control thread. */
int duties_load(struct worker *w, const struct message *m);
int duties_add(struct worker *w, enum job_type type, const struct message *m);
int duties_drop(struct worker *w, uint64_t key);
struct duty *duties_find(struct worker *w, uint64_t key); /* the lock must be held */

/* The next job, waiting for one; the caller's to give back. */
struct job *duties_take(struct worker *w);
void duties_done(struct worker *w, struct job *job);

/* Starts no more jobs. */
void duties_stop(struct worker *w);
bool duties_ended(struct worker *w); /* and none is under way */

/* ---- runner.c --------------------------------------------------------------------------- */

int runner_start(struct worker *w, struct adder_error *err);

/* Says something to the supervisor; ends the process when memory does not even do for that. */
void worker_say(struct worker *w, const struct message *m);

/* ---- interrupter.c ---------------------------------------------------------------------- */

int interrupter_start(struct worker *w, struct adder_error *err);
int interrupter_add(struct worker *w, const struct message *m); /* -1: memory is out */

/* ---- watch.c: budgets; control thread --------------------------------------------------- */

/* Before a run that comes while there is nothing to watch. */
void watch_begin(void);
/* Every WORKER_WATCH_MS; whether there is anything left to watch. */
bool watch_look(struct worker *w);

/* Says, unless it was said, that the run under way has passed a budget. The lock must be held.
 */
void watch_over(struct duty *d, enum budget_part part, double value, double limit);

/* ---- crash.c ---------------------------------------------------------------------------- */

/* Takes over fatal signals from Python's faulthandler, which has its turn afterwards. */
void crash_install(struct worker *w);

/* What this thread does, if it dies of it: between the two it works on the check `key`, run
 * number `run` or 0. Each thread that uses them calls crash_thread() first. */
int crash_thread(struct adder_error *err);
void crash_enter(uint64_t key, uint64_t run);
void crash_leave(void);

#endif

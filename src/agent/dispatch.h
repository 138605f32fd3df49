/*
 * dispatch.h - which task runs when, and in which worker.
 *
 * Hands due tasks to workers, watches their deadlines, and decides what follows when a worker
 * ends: the task at fault gets a verdict and goes on alone, in quarantine; the others are
 * loaded into another worker, and those whose run was cut short run again at once. Loop's
 * thread only.
 */
#ifndef ADDER_AGENT_DISPATCH_H
#define ADDER_AGENT_DISPATCH_H

#include <uv.h>

#include "agent/crew.h"
#include "agent/task.h"

enum {
    DISPATCH_RESPONSE_S = 10, /* for a worker with nothing to do to begin a run */
};

struct dispatch_events {
    /* A run has ended in its worker; what it submitted is complete. */
    void (*done)(void *ctx, struct task *t, const struct message *m);
    /* The check was loaded, or could not be (t->load_error). */
    void (*loaded)(void *ctx, struct task *t, const struct message *m);
    /* The task was found at fault. */
    void (*verdict)(void *ctx, struct task *t, const struct verdict *v);
    /* Python cannot be had: see crew.h. */
    void (*hopeless)(void *ctx, int code);
    /* DIAGNOSES has come. */
    void (*diagnoses)(void *ctx, struct task *t, const struct message *m);
};

struct dispatch_options {
    uv_loop_t *loop;
    const char *const *nursery; /* argv, see crew.h */
    unsigned workers;           /* that are shared; 0: chosen by load */
    unsigned threads;           /* of a worker that run checks */
    uint64_t worker_bytes;      /* a shared worker that is larger is replaced between runs; 0:
                                   none is */
    double first_run_within_s;
    const struct dispatch_events *events;
    void *ctx;
};

struct dispatch;

int dispatch_new(const struct dispatch_options *options, struct dispatch **ret,
                 struct adder_error *err);
void dispatch_free(struct dispatch *d); /* tasks are the caller's; NULL is fine */

/* Takes the task into the schedule; it is loaded into a worker at once. */
int dispatch_add(struct dispatch *d, struct task *t, struct adder_error *err);

/* Takes it out; a run under way is cancelled, and what it submits is not taken. */
void dispatch_remove(struct dispatch *d, struct task *t);

/* Notes that the task was found at fault, though its worker lives. */
void dispatch_find_fault(struct dispatch *d, struct task *t, enum offence offence, double value,
                         double limit);

/* Runs it as soon as may be, whatever the schedule says. False when it runs already. */
bool dispatch_run(struct dispatch *d, struct task *t);

bool dispatch_diagnose(struct dispatch *d, struct task *t); /* false: not loaded */

/* To be called now and then: replaces workers that have grown, and spreads tasks over workers
 * by what they have cost. */
void dispatch_tend(struct dispatch *d);

/* Starts no more runs, and ends the workers when they have done what is under way. */
void dispatch_stop(struct dispatch *d);
bool dispatch_stopped(const struct dispatch *d); /* all workers have ended */

/* All tasks, in the order in which they came: start with NULL. */
struct task *dispatch_next(const struct dispatch *d, const struct task *after);
struct task *dispatch_find(const struct dispatch *d, struct adder_str id);

const struct crew *dispatch_crew(const struct dispatch *d);

/* Runs started since the beginning, and when the loop last looked at the schedule (monotonic):
 * the agent's own progress. */
struct dispatch_progress {
    uint64_t runs;
    double looked;
};
struct dispatch_progress dispatch_progress(const struct dispatch *d);

/* "running", "waiting", "quarantined", "failed to load". */
const char *task_state_name(const struct task *t);

#endif

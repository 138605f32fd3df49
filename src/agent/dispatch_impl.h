/*
 * dispatch_impl.h - what the files of the dispatcher share. Only for dispatch*.c and team.c.
 */
#ifndef ADDER_AGENT_DISPATCH_IMPL_H
#define ADDER_AGENT_DISPATCH_IMPL_H

#include "agent/dispatch.h"

/* The tasks that share a worker. It is the worker's owner, and lives as long. */
struct team {
    struct team *next;
    struct worker *worker;
    struct task *alone; /* NULL: a shared worker */
    bool retired;       /* gets no more tasks: its worker is about to end */
    size_t tasks;
    uint64_t crashed; /* the key that a CRASH named, 0: none */
    int crash_signal;
};

struct dispatch {
    struct dispatch_options options;
    struct crew *crew;
    struct schedule *schedule;
    struct task **tasks;
    size_t count, cap;
    struct team *teams;
    uv_timer_t timer;
    bool stopping;
    struct dispatch_progress progress;
};

/* ---- team.c: which worker a task is in -------------------------------------------------- */

/* Gives the task a worker, new or not. A failure is logged; the task's next turn tries again.
 */
void team_join(struct dispatch *d, struct task *t);

/* Takes the task out of its worker, which ends when it had only this one. */
void team_leave(struct dispatch *d, struct task *t);

/* Ends shared workers that have grown too large; their tasks move on when they have ended. */
void team_recycle(struct dispatch *d);

/* Moves a task, at most, from a worker that is busy to one that is not. */
void team_balance(struct dispatch *d);

struct team *team_of(const struct task *t); /* NULL: in none */
void team_free(struct dispatch *d, struct team *team);

/* ---- dispatch_run.c: runs, from due to done --------------------------------------------- */

void run_begin(struct dispatch *d, struct task *t, double due);
void run_send(struct dispatch *d, struct task *t); /* it is loaded */
void run_started(struct task *t, const struct message *m);
void run_done(struct dispatch *d, struct task *t, const struct message *m);
void run_interrupted(struct task *t, const struct message *m);
void run_over(struct dispatch *d, struct task *t, const struct message *m);

/* Interrupts or ends what has passed its deadline; returns when to look again. */
double run_deadlines(struct dispatch *d, double now);

/* ---- blame.c: whose fault it is that nobody gets the GIL -------------------------------- */

/* Notes how much CPU time each run of the worker has used. */
void blame_mark(struct dispatch *d, const struct worker *w);

/* The run that has used most of the time since, if it is most of the time; else `t`. */
struct task *blame(struct dispatch *d, struct task *t);

/* ---- dispatch_end.c: what follows when a worker ends ------------------------------------ */

/* Keeps the verdict and tells of it; takes over v->report. */
void task_verdict(struct dispatch *d, struct task *t, struct verdict *v);

void team_ended(struct dispatch *d, struct team *team, const struct worker_end *end);

/* ---- dispatch.c ------------------------------------------------------------------------- */

void dispatch_load(struct dispatch *d, struct task *t);

/* To be called when something may have become due earlier. */
void dispatch_rouse(struct dispatch *d);

#endif

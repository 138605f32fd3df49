/*
 * worker.h - the process that runs checks, in some threads that share one Python.
 *
 * The calling thread never takes the GIL: it reads the supervisor's messages, and watches the
 * budgets of the runs under way, so that a check which holds the GIL for good cannot keep the
 * worker from noticing that its supervisor has gone. Runner threads take checks from a queue;
 * one more thread raises interrupts, for it may have to wait for the GIL.
 *
 * When the supervisor closes the socket, or dies, the worker kills its whole process tree.
 */
#ifndef ADDER_WORK_WORKER_H
#define ADDER_WORK_WORKER_H

#include <signal.h>
#include <stdnoreturn.h>

#include "work/nursery.h"

/* How often budgets are looked at, milliseconds. */
enum { WORKER_WATCH_MS = 50 };

/* What a worker is sent when its parent dies (PR_SET_PDEATHSIG). Not SIGKILL, which would leave
 * no time to kill what is below it. */
#define WORKER_PARENT_DIED (SIGRTMAX - 1)

/* For adder_runtime_options of the runtime that nurseries and workers have. */
extern const struct adder_sink worker_sink;

/* Serves to the end of the process. */
noreturn void worker_run(struct adder_runtime *rt, const struct worker_start *start);

#endif

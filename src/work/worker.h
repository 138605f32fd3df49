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

#include <stdnoreturn.h>

#include "work/nursery.h"

/* How often budgets are looked at, milliseconds. */
enum { WORKER_WATCH_MS = 50 };

/* Serves to the end of the process. */
noreturn void worker_run(struct adder_runtime *rt, const struct worker_start *start);

#endif

/*
 * processes.h - the processes below this one, at any depth.
 *
 * All are async-signal-safe, so that they work whatever state this process is in. For one
 * thread at a time, but for processes_end().
 */
#ifndef ADDER_WORK_PROCESSES_H
#define ADDER_WORK_PROCESSES_H

#include <stdnoreturn.h>
#include <sys/types.h>

#include "core/base.h"

enum { PROCESSES_MAX = 16384 }; /* that are looked at in one pass */

/* Our descendants that have not ended. */
long processes_below(void);

/* Ends our own children that have died and that nobody has waited for since the last call but
 * one: orphans that this process adopted, and children that a check forgot. */
void processes_reap_forgotten(void);

/* Kills all below us and ends this process. */
noreturn void processes_end(int code);

#endif

/*
 * orphans.h - processes that a dead worker has left behind.
 *
 * A subreaper inherits the children of processes that die below it. Those it does not know are
 * orphans of a check: they are killed, and so, step by step, is all that they had started.
 */
#ifndef ADDER_AGENT_ORPHANS_H
#define ADDER_AGENT_ORPHANS_H

#include <sys/types.h>

#include "core/base.h"

/* Kills our children that `is_ours` does not claim. They are yet to be reaped. */
void orphans_kill(bool (*is_ours)(void *ctx, pid_t pid), void *ctx);

/* Kills all our children and whatever they leave, and reaps them; gives up after a second. */
void orphans_kill_all(void);

#endif

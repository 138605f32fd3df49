/*
 * warm.h - getting a Python ready for workers to be forked from it.
 */
#ifndef ADDER_WORK_WARM_H
#define ADDER_WORK_WARM_H

#include "core/buf.h"

enum {
    WARM_MODULES_MAX = 20000,
    WARM_TRIAL_S = 60, /* for all modules to be tried in; else none is imported */
    WARM_TRIALS = 8,   /* after so many modules that do harm none is imported at all */
};

/*
 * Runs a throwaway check, so that all is loaded that the base loads with its first; imports the
 * modules; leaves the garbage collector with nothing of this to look at. `imported` gets the
 * names of the modules, one a line.
 *
 * Modules are tried in a child first. One that cannot be imported there, starts a thread (a
 * process with threads cannot be forked), crashes or takes too long is left out.
 */
int warm_up(struct adder_runtime *rt, const char *const *modules, struct buf *imported,
            struct adder_error *err);

#endif

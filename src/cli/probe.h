/*
 * probe.h - runs one instance of a check some times, and what came out of that.
 */
#ifndef ADDER_CLI_PROBE_H
#define ADDER_CLI_PROBE_H

#include "cli/paths.h"
#include "cli/series.h"
#include "cli/session.h"
#include "collect/discover.h"
#include "metrics/batch.h"

struct result {
    const struct instance *instance; /* borrowed; NULL when there was none to run */
    const char *check;               /* borrowed: the name asked for */
    bool unconfigured;               /* ran without any configuration */
    const char *version;             /* borrowed from `handle`; NULL when not loaded */
    struct adder_check *handle;      /* NULL when not loaded */
    bool failed;                     /* then `error` is that of the last run that failed */
    bool interrupted;                /* a signal came before all runs were over */
    struct adder_error error;
    /* Of the last run that is over. */
    struct batch *batch; /* what it submitted */
    struct kept kept;    /* what that became */
    struct texts warnings;
    char *diagnoses; /* JSON text; NULL: none */
    struct batch_dropped dropped;
    /* Of all runs. */
    unsigned runs, errors;
    double *run_seconds, *cpu_seconds; /* `runs` of them */
    struct adder_memory memory;
    struct sampler_stats sampler;
};

struct probe_options {
    unsigned times;
    double pause_s; /* between runs */
    /* After each run, may be NULL: for who watches the account. */
    void (*after_run)(void *ctx, const struct result *r);
    void *ctx;
};

/*
 * Loads the check for one instance and runs it. Errors of the check are in the result, and
 * the call is a success; -1 is for our own, out of memory mostly. result_free() is due
 * whatever the outcome; `ret` is zero before, but for `check`, `instance` and `unconfigured`.
 */
int probe_run(struct session *s, const struct probe_options *options, struct result *ret,
              struct adder_error *err);
void result_free(struct result *r); /* leaves it empty */

/* For adder_runtime_options.sink: batch_sink, whose commit also forgets the run before and
 * comes back for it (see watch.h). So the results of a run stay until the next one is over. */
struct adder_sink probe_sink(void);

#endif

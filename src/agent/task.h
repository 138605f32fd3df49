/*
 * task.h - one configured instance of a check, for as long as it is configured.
 *
 * What must outlive a worker is here: the sampler with the state of its metrics, its place in
 * the schedule, statistics, verdicts. Plain data for the modules of the supervisor.
 */
#ifndef ADDER_AGENT_TASK_H
#define ADDER_AGENT_TASK_H

#include "agent/limits.h"
#include "agent/quarantine.h"
#include "agent/schedule.h"
#include "collect/discover.h"
#include "metrics/sampler.h"

struct worker;

enum task_load {
    TASK_UNLOADED, /* in no worker, or not told to it yet */
    TASK_LOADING,
    TASK_LOADED,
    TASK_BROKEN, /* it could not be loaded: `load_error` says why */
};

struct task_stats {
    uint64_t runs, errors, late, skipped, verdicts;
    uint64_t samples, last_samples, events, service_checks, dropped;
    uint64_t lost; /* runs that were under way when their worker ended */
    double last_s, total_s, max_s, cpu_s, last_cpu_s; /* of runs */
    double lateness_s, max_lateness_s;                /* of starts */
    double last_run, last_good_run;                   /* seconds since the epoch; 0: never */
    struct adder_memory memory;
};

struct task {
    struct turn turn; /* first: the schedule hands out its address */
    uint64_t key;
    size_t index;         /* among all tasks, which the dispatcher keeps */
    struct instance conf; /* its own copy */
    struct limits limits;
    struct sampler *sampler;
    struct quarantine quarantine;
    struct task_stats stats;
    char *version, *error, *traceback, *load_error; /* texts, NULL: none */
    uint64_t ticket; /* of a diagnosis that is awaited, 0: none */
    char **warnings; /* of the last run, NULL-terminated; NULL: none */

    /* Where it is. */
    struct worker *worker; /* NULL: in none */
    enum task_load load;
    bool wanted; /* to run as soon as it is loaded */
    double wanted_since;

    /* The run under way. */
    bool running; /* RUN was sent */
    bool started, interrupted, killed;
    bool heard;           /* the interrupt was raised, so the GIL can be had */
    uint64_t run;         /* its number */
    double due;           /* when it should have begun; monotonic, as the next */
    double began;         /* when it was sent, then when it began */
    double kill_at;       /* once interrupted */
    int64_t thread;       /* that runs it, kernel's id */
    double cpu_mark;      /* CPU seconds of that thread when a neighbour was interrupted */
    bool full;            /* its sampler takes no more contexts: that was told */
    enum offence offence; /* that its run is ended for */
    double offence_value, offence_limit;
};

/* Takes over what `conf` points to, also on failure. */
int task_new(uint64_t key, struct instance *conf, struct task **ret, struct adder_error *err);
void task_free(struct task *t); /* NULL is fine */

/* Replaces one of the texts; "" counts as none. */
void task_text(char **text, struct adder_str value);

#endif

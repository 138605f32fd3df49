/*
 * quarantine.h - what becomes of a check that broke its worker.
 *
 * It runs on alone, in a worker of its own, after a pause that doubles with each offence, and
 * is released after some good runs in a row. Pure: the caller keeps the clock.
 */
#ifndef ADDER_AGENT_QUARANTINE_H
#define ADDER_AGENT_QUARANTINE_H

#include "core/base.h"

enum {
    QUARANTINE_GOOD_RUNS = 10,     /* default: good runs in a row until a check is released */
    QUARANTINE_PAUSE_MAX_S = 3600, /* longest pause */
    VERDICTS_KEPT = 8,             /* of one check, the latest */
};

/* Why a worker was killed or died. */
enum offence {
    OFFENCE_NONE,
    OFFENCE_TIMEOUT,
    OFFENCE_CPU,
    OFFENCE_MEMORY,
    OFFENCE_FILES,
    OFFENCE_PROCESSES,
    OFFENCE_THREADS,
    OFFENCE_SAMPLES,  /* more than a run may submit; the worker lives */
    OFFENCE_CONTEXTS, /* more than a check may have; the worker lives */
    OFFENCE_SIGNAL,   /* died of a signal that was not ours */
    OFFENCE_EXIT,     /* ended itself */
    OFFENCE_PROTOCOL, /* sent what makes no sense, or closed its socket */
    OFFENCES,
};

/* "timeout", "memory", ...: value of the tag reason: of adder.check.verdict. */
const char *offence_name(enum offence o);

struct verdict {
    enum offence offence;
    double time;    /* seconds since the epoch */
    bool lives;     /* to be set before verdict_words(): its worker was not killed for it */
    char text[160]; /* "killed: memory 212 MiB > 200 MiB" */
    char *report;   /* the crash's Python stack, NULL: none; owned */
};

/* Fills `offence` and `text`, in plain words. `value` and `limit` in the offence's unit:
 * seconds, bytes or a count; of OFFENCE_SIGNAL and OFFENCE_EXIT, `value` is the signal or the
 * exit code. "killed: ran 12.3 s, timeout 10 s", or "interrupted: ..." when the worker lives.
 */
void verdict_words(struct verdict *v, enum offence o, double value, double limit);

/* Zero-initialise. */
struct quarantine {
    bool active;
    unsigned offences;                      /* since it was last released */
    unsigned good_runs;                     /* in a row */
    struct verdict verdicts[VERDICTS_KEPT]; /* the latest first */
    unsigned verdict_count;
    uint64_t total[OFFENCES];
};

/* Keeps the verdict, which alone puts nobody into quarantine: a run that was interrupted in
 * time, or submitted too much, has harmed nobody. Takes over `v->report`. */
void quarantine_note(struct quarantine *q, struct verdict *v);

/* The check broke its worker. Returns the pause, seconds, until it may run again: the interval,
 * doubled with each further offence, up to the maximum (but never below the interval). */
double quarantine_offend(struct quarantine *q, double interval_s);

/* Counts a good run. True when it releases the check; `needed` 0: the default. */
bool quarantine_good_run(struct quarantine *q, unsigned needed);

/* Frees the verdicts' reports and zeroes the rest. */
void quarantine_clear(struct quarantine *q);

#endif

/*
 * limits.h - our own settings of an instance: the mapping `adder:` in an instance or in
 * init_config, over the defaults of adder.yaml. Taken out before the check sees its YAML.
 */
#ifndef ADDER_AGENT_LIMITS_H
#define ADDER_AGENT_LIMITS_H

#include "core/buf.h"
#include "core/value.h"

/* 0 stands for "no limit" once limits_complete() has run; before, for "not said". */
struct limits {
    double timeout_s;      /* wall time of a run; default 4 intervals, at least 60 s */
    double grace_s;        /* from the exception to the kill; default 5 s */
    double cpu_s;          /* default none */
    uint64_t memory_bytes; /* growth of the worker while it runs; default 512 MiB */
    uint64_t files;        /* default 1024 */
    uint64_t processes;    /* default 64 */
    uint64_t threads;      /* default 256 */
    uint64_t samples;      /* of one run; default 1,000,000 */
    uint64_t batch_bytes;  /* of one run; default 64 MiB */
    uint64_t contexts;     /* default 1,000,000 */
    unsigned good_runs;    /* until quarantine ends; default 10 */
    bool isolated;         /* always in a worker of its own */
};

/* One row of the table that reading, adder.yaml(5), the example file and configcheck share. */
struct limit_key {
    const char *name; /* "memory" */
    enum limit_type { LIMIT_DURATION, LIMIT_SIZE, LIMIT_COUNT, LIMIT_BOOL } type;
    size_t offset; /* in struct limits */
    const char
        *fallback;    /* as people write it: "512MiB", "none", "4 intervals, at least 60s" */
    const char *help; /* one sentence */
};
const struct limit_key *limits_keys(size_t *count);

/* Reads the mapping: unknown keys and wrong values are errors that name the key, line and
 * column. Durations: a number is seconds, or "500ms", "5s", "2m", "1h". Sizes: a number is
 * bytes, or "200MiB", "1GB", "64k". "none" or 0 lifts a limit. `ret` keeps what is not said. */
int limits_read(const struct value *mapping, struct limits *ret, struct adder_error *err);

/* Fills what was not said: from `defaults` (may be NULL), then the built-in defaults. */
void limits_complete(struct limits *l, const struct limits *defaults, double interval_s);

/* "5s", "500 ms", "212 MiB": how people read them. `ret` has 32 bytes. */
void limits_print_duration(double seconds, char ret[32]);
void limits_print_size(double bytes, char ret[32]);

#endif

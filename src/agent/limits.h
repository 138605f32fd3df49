/*
 * limits.h - our own settings of an instance: the mapping `adder:` in an instance or in
 * init_config, over the defaults of adder.yaml. Taken out before the check sees its YAML.
 */
#ifndef ADDER_AGENT_LIMITS_H
#define ADDER_AGENT_LIMITS_H

#include "core/buf.h"
#include "core/value.h"

#define LIMITS_DURATION_MAX_S (366 * 86400.0)
#define LIMITS_SIZE_MAX       (UINT64_C(1) << 60)
#define LIMITS_BATCH_MAX      (UINT64_C(64) * 1024 * 1024) /* what a worker's frame can hold */

/* Zero-initialise. 0 stands for "no limit"; `said` tells it from what was not said, which
 * limits_complete() fills in. */
struct limits {
    uint32_t said;         /* bit i: row i of limits_keys() was */
    double timeout_s;      /* wall time of a run; default 4 intervals, at least 60 s */
    double grace_s;        /* from the exception to the kill; default 5 s; never 0 */
    double cpu_s;          /* default none */
    uint64_t memory_bytes; /* growth of the worker while it runs; default 512 MiB */
    uint64_t files;        /* default 1024 */
    uint64_t processes;    /* default 64 */
    uint64_t threads;      /* default 256 */
    uint64_t samples;      /* of one run; default 1,000,000 */
    uint64_t batch_bytes;  /* of one run; default and most LIMITS_BATCH_MAX; never 0 */
    uint64_t contexts;     /* default 1,000,000 */
    uint64_t good_runs;    /* until quarantine ends; default 10; never 0 */
    bool isolated;         /* always in a worker of its own */
};

/* One row of the table that reading, adder.yaml(5), the example file and configcheck share. */
struct limit_key {
    const char *name; /* "memory" */
    enum limit_type { LIMIT_DURATION, LIMIT_SIZE, LIMIT_COUNT, LIMIT_BOOL } type;
    size_t offset; /* in struct limits */
    const char
        *fallback;      /* as people write it: "512MiB", "none", "4 intervals, at least 60s" */
    double least, most; /* least > 0: it cannot be lifted */
    const char *help;   /* one sentence */
};
const struct limit_key *limits_keys(size_t *count);

/*
 * Reads the mapping (a null says nothing): unknown keys and wrong values are ADDER_INVALID,
 * their messages begin with "line:column: " and the key. "none" or 0 lifts a limit. `ret` keeps
 * what is not said, so first init_config's mapping is read into it, then the instance's.
 */
int limits_read(const struct value *mapping, struct limits *ret, struct adder_error *err);

/* Whether a mapping can be read: the hook `own` of those who read conf.d (collect/discover.h).
 * `ctx` is not used. */
int limits_judge(void *ctx, const struct value *mapping, struct adder_error *err);

/* Fills what was not said: from `defaults` (may be NULL), then the built-in defaults. */
void limits_complete(struct limits *l, const struct limits *defaults, double interval_s);

/* ---- Durations and sizes as people write them ------------------------------------------- */

/* A number is seconds, or "500ms", "5s", "2m", "1h 30min", "1.5d". Errors say what is wrong,
 * not where. */
int limits_parse_duration(const struct value *v, double *ret, struct adder_error *err);

/* A number is bytes, or "200MiB", "1GB", "64k". k, M, G, T are powers of 1024 like KiB, MiB,
 * GiB, TiB; kB, MB, GB, TB are powers of 1000. */
int limits_parse_size(const struct value *v, uint64_t *ret, struct adder_error *err);

/* "5 s", "500 ms", "1 h 30 min", "212 MiB": how people read them, in three digits or so. What
 * is printed can be parsed. */
enum { LIMITS_TEXT = 32 }; /* bytes that hold any */
void limits_print_duration(double seconds, char ret[LIMITS_TEXT]);
void limits_print_size(double bytes, char ret[LIMITS_TEXT]);

#endif

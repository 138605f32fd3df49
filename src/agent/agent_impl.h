/*
 * agent_impl.h - what the files of the supervisor share. Only for agent*.c, intake.c, status.c,
 * configure.c and selfmetrics.c.
 */
#ifndef ADDER_AGENT_AGENT_IMPL_H
#define ADDER_AGENT_AGENT_IMPL_H

#include <jansson.h>
#include <uv.h>

#include "agent/agent.h"
#include "agent/confwatch.h"
#include "agent/dispatch.h"
#include "agent/learned.h"
#include "agent/secret.h"
#include "host/host.h"
#include "out/output.h"
#include "server/server.h"

enum { OUTPUTS_MAX = 8 };

struct agent {
    struct agent_options options;
    uv_loop_t loop;
    uv_signal_t term, interrupt, hangup;
    uv_timer_t second; /* once a second: self-metrics, memory, the end of a drain */
    struct host *host;
    char hostname[256];
    struct confwatch *confwatch;
    struct learned *learned;
    const char **nursery; /* its command line */
    struct dispatch *dispatch;
    struct configs *configs; /* the last that were read, for their problems */
    struct secrets *secrets;
    uint64_t keys; /* given out */
    struct output *outputs[OUTPUTS_MAX], *prometheus;
    size_t output_count;
    struct server *server;
    double started_monotonic;       /* seconds of the monotonic clock */
    double drain_by;                /* monotonic; 0: not stopping */
    double watchdog_s, watchdog_at; /* how often the service manager is told; 0: never */
    double self_at;                 /* when metrics about itself are due; monotonic */
    struct sampler *self;           /* of adder.* */
    struct adder_error failure;     /* why it cannot go on */
};

/* ---- configure.c: conf.d and the tasks it makes ----------------------------------------- */

/* Reads conf.d and makes the tasks fit: those that are new start, those that are gone end,
 * those that are as before are left alone. An unreadable conf.d leaves all as it is. */
int agent_configure(struct agent *a, struct adder_error *err);

/* Takes a task out and frees it. */
void agent_drop(struct agent *a, struct task *t);

/* ---- intake.c: what runs submit, to series, to the outputs ------------------------------ */

/* A sampler with the agent's tags; `conf` NULL: the agent's own. */
int intake_sampler(struct agent *a, const struct instance *conf, size_t contexts_max,
                   struct sampler **ret, struct adder_error *err);
void intake_run(struct agent *a, struct task *t, const struct message *m);
void intake_verdict(struct agent *a, const struct task *t, const struct verdict *v);

/* Commits what the agent's own sampler has. */
void intake_self(struct agent *a, double now);

/* ---- selfmetrics.c ---------------------------------------------------------------------- */

enum { SELFMETRICS_EVERY_S = 15 };

/* Submits and commits the metrics about the agent itself. `now` in seconds since the epoch. */
void selfmetrics_send(struct agent *a, double now);

/* ---- status.c --------------------------------------------------------------------------- */

/* A string; NULL when memory is out. Bytes that are not UTF-8 become U+FFFD. null when absent.
 */
json_t *status_text(struct adder_str text);

json_t *status_json(struct agent *a);
json_t *status_checks(struct agent *a);
json_t *status_memory(struct agent *a);

#endif

/*
 * agent.h - the supervisor of `adder run`: configuration, tasks, outputs and the loop.
 *
 * It never loads Python. One thread.
 */
#ifndef ADDER_AGENT_AGENT_H
#define ADDER_AGENT_AGENT_H

#include "agent/config.h"

struct agent_options {
    const struct config *config; /* must outlive the agent, as the others */
    const char *const *nursery;  /* argv of the nursery, NULL-terminated */
    const char *const *fallback; /* names of checks to run when conf.d does not exist and nobody
                                    asked for it; NULL-terminated */
    bool confd_chosen;           /* somebody asked for this conf.d: it must exist */
};

struct agent;

int agent_new(const struct agent_options *options, struct agent **ret, struct adder_error *err);
void agent_free(struct agent *a); /* NULL is fine */

/* Runs until SIGTERM or SIGINT; ends within AGENT_DRAIN_S of that. 0, or -1 when it cannot go
 * on. */
enum { AGENT_DRAIN_S = 5 };
int agent_run(struct agent *a, struct adder_error *err);

/* Where it listens: "http://127.0.0.1:23337"; "" when it does not. */
const char *agent_address(const struct agent *a);

#endif

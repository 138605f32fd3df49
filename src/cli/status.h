/*
 * status.h - the agent's status document for people.
 */
#ifndef ADDER_CLI_STATUS_H
#define ADDER_CLI_STATUS_H

#include <jansson.h>

#include "cli/out.h"

/* Prints what /api/v1/status says. ADDER_NOMEM. */
int status_print(struct out *o, const json_t *status, struct adder_error *err);

/* What `adder top` sorts by. */
enum top_key { TOP_CPU, TOP_MEMORY, TOP_SERIES, TOP_TIME };

/* Prints the checks, those that take most first, `most` of them. */
int status_print_top(struct out *o, const json_t *status, enum top_key key, size_t most,
                     struct adder_error *err);
enum { TOP_LINES = 3 }; /* it prints besides */

#endif

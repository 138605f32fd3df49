/*
 * guard.h - who may ask what. Pure: headers in, an answer out.
 */
#ifndef ADDER_SERVER_GUARD_H
#define ADDER_SERVER_GUARD_H

#include "core/base.h"

/* Whether a Host header names this machine's loopback: "localhost", "127.x.y.z" or "[::1]",
 * with any port or none. A page of another site that had its name rebound to 127.0.0.1 sends
 * its own name. */
bool guard_host_is_loopback(const char *host);

/* Whether an Origin header is the origin that a Host header belongs to. */
bool guard_origin_is_host(const char *origin, const char *host);

/* Whether an Authorization header is "Bearer TOKEN". */
bool guard_bearer_fits(const char *authorization, const char *token);

/* Whether two secrets are the same, in a time that depends on the length of `given` only. An
 * empty `token` fits nothing. */
bool guard_token_fits(const char *given, const char *token);

#endif

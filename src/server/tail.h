/*
 * tail.h - clients of /api/v1/tail: server-sent events (WHATWG HTML, 9.2), a line of JSON each.
 *
 * Lines wait in a bounded buffer per client. A client that does not keep up loses lines and is
 * told how many: "event: lost" with {"lines": N}.
 */
#ifndef ADDER_SERVER_TAIL_H
#define ADDER_SERVER_TAIL_H

#include <microhttpd.h>

#include "core/base.h"

struct tails;
struct tail;

struct tails_options {
    size_t bytes;       /* waiting for one client */
    double heartbeat_s; /* after this long without a line a comment is sent */
    double (*now)(void *ctx);
    void *ctx;
};

struct tails *tails_new(const struct tails_options *options); /* NULL: no memory */
void tails_free(struct tails *t); /* after the daemon has been stopped; NULL is fine */

/* A response that goes on until its client leaves, without headers; *ret is the tail it
 * belongs to, and becomes NULL when the response goes before the tail has been left.
 * ADDER_LIMIT when there are as many as may be. `filter` is copied. */
struct MHD_Response *tails_add(struct tails *t, struct MHD_Connection *c,
                               struct adder_str filter, struct tail **ret,
                               struct adder_error *err);

/* The connection is about to end; the response may stay a little longer. NULL is fine. */
void tail_leave(struct tail *tail);

void tails_line(struct tails *t, struct adder_str id, struct adder_str name,
                struct adder_str json);
void tails_sweep(struct tails *t); /* sends what heartbeats are due */
void tails_end(struct tails *t);   /* ends all of them; the daemon must run before it stops */

unsigned tails_count(const struct tails *t);
uint64_t tails_lines(const struct tails *t); /* put into buffers */
uint64_t tails_lost(const struct tails *t);  /* dropped for lack of room */

#endif

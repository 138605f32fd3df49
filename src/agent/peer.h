/*
 * peer.h - the other end of a private socket: the nursery or a worker, and what it prints.
 *
 * Loop's thread only. Events come from the loop, never from inside a call of these functions.
 */
#ifndef ADDER_AGENT_PEER_H
#define ADDER_AGENT_PEER_H

#include <uv.h>

#include "work/message.h"

enum {
    PEER_QUEUE_MAX = 64 * 1024 * 1024, /* bytes that wait to be read by the peer */
    PEER_LINE_MAX = 16 * 1024,         /* bytes of a printed line; the rest is cut off */
    PEER_LAST_WORDS_MAX = 1024 * 1024, /* bytes read of what a dead peer has printed */
    PEER_LINES_BURST = 2000,           /* printed lines let through at once, and in a second; */
    PEER_LINES_RATE = 200,             /* others are dropped and counted */
};

struct peer;

struct peer_events {
    void (*message)(void *ctx, const struct message *m);
    /* What the peer printed, without the newline. */
    void (*line)(void *ctx, struct adder_str line);
    /* The socket has closed or broken (`why` then says how, else NULL). The last event but for
     * lines. */
    void (*gone)(void *ctx, const struct adder_error *why);
};

/* Our end, or theirs, of what connects us to a process: a stream socket, a pipe from its
 * standard output and error. */
struct peer_ends {
    int socket, log;
};

/* All four descriptors are close-on-exec. */
int peer_ends_new(struct peer_ends *ours, struct peer_ends *theirs, struct adder_error *err);
void peer_ends_close(struct peer_ends *e);

/* Takes over the descriptors, also on failure. */
int peer_new(uv_loop_t *loop, struct peer_ends ours, const struct peer_events *events,
             void *ctx, struct peer **ret, struct adder_error *err);

/* Ends it: no event comes any more. The memory goes when the loop has let go of it. NULL is
 * fine. */
void peer_close(struct peer *p);

/* Reads what it has printed and nobody has read yet, when it is dead. */
void peer_finish_log(struct peer *p);

/* Sends a message, in order. ADDER_LIMIT when too much waits. */
int peer_send(struct peer *p, const struct message *m, struct adder_error *err);

/* The socket, for descriptors sent beside the stream. */
int peer_socket(const struct peer *p);

#endif

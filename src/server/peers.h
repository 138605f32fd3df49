/*
 * peers.h - who is connected, and for how long they may take. libmicrohttpd's own timeout
 * begins anew with every byte, which a client can send one by one.
 */
#ifndef ADDER_SERVER_PEERS_H
#define ADDER_SERVER_PEERS_H

#include <microhttpd.h>

#include "core/base.h"

struct peers;

/* What is awaited of a connection. */
enum peer_state {
    PEER_ASKS,   /* a request of it; from its opening */
    PEER_READS,  /* that it takes in a response */
    PEER_STAYS,  /* nothing: somebody else sees to its end */
    PEER_STATES, /* how many there are */
};

struct peers_options {
    unsigned max;                  /* connections */
    unsigned seconds[PEER_STATES]; /* 0: no limit */
    double (*now)(void *ctx);      /* seconds on a clock that never jumps */
    void *ctx;
};

struct peers *peers_new(const struct peers_options *options); /* NULL: no memory */
void peers_free(struct peers *p); /* after the daemon has been stopped; NULL is fine */

/* An MHD_NotifyConnectionCallback; `cls` are the peers. Of a full house, the one that has been
 * expected to ask for longest is closed. */
void peers_notify(void *cls, struct MHD_Connection *c, void **socket_context,
                  enum MHD_ConnectionNotificationCode what);

void peers_expect(struct peers *p, struct MHD_Connection *c, enum peer_state state);

/* Whether the other side has closed its end. libmicrohttpd does not see that of a suspended
 * connection, nor when it came together with the last bytes. */
bool peer_has_left(struct MHD_Connection *c);

/* Closes those whose time is over, and those that have left instead of asking. */
void peers_sweep(struct peers *p);

unsigned peers_count(const struct peers *p);

#endif

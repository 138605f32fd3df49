/*
 * listen.h - where the server listens: TCP on a numeric address, or a unix socket.
 */
#ifndef ADDER_SERVER_LISTEN_H
#define ADDER_SERVER_LISTEN_H

#include <sys/socket.h>
#include <sys/stat.h>

#include "core/base.h"

enum { LISTEN_TEXT_MAX = 256 }; /* bytes of an address as people write it */

/* Numeric addresses and "localhost" only: an agent must not wait for a resolver to start. */
struct listen_address {
    struct sockaddr_storage sa; /* AF_INET, AF_INET6 or AF_UNIX */
    socklen_t len;
    bool local; /* only this machine can reach it */
};

/* "127.0.0.1:8126", "[::1]:0", "localhost:80" or "unix:/path". ADDER_INVALID says what is wrong
 * and what to write instead. */
int listen_parse(const char *text, struct listen_address *ret, struct adder_error *err);

struct listener {
    int fd;
    char *address; /* "http://127.0.0.1:8126", with the port that was chosen, or "unix:/path" */
    struct stat socket; /* of the unix socket; st_ino is 0 otherwise */
};

/* Binds and listens. A unix socket has mode 0600 from its first moment; one that nobody
 * listens to any more is replaced. ADDER_SYSTEM says why it cannot be had and what to do. */
int listen_open(const struct listen_address *at, struct listener *ret, struct adder_error *err);

/* Removes the unix socket, unless it has become another's, and frees. The descriptor is the
 * caller's to close. */
void listen_done(struct listener *l);

#endif

/*
 * http.h - from a request's head to the handler of its path.
 */
#ifndef ADDER_SERVER_HTTP_H
#define ADDER_SERVER_HTTP_H

#include "server/answer.h"
#include "server/peers.h"
#include "server/reply.h"
#include "server/server.h"
#include "server/tail.h"

/* Who can reach the address. */
enum access {
    ACCESS_LOOPBACK, /* everyone on this machine, and pages in their browsers */
    ACCESS_OWNER,    /* by the mode of a unix socket */
    ACCESS_NETWORK,
};

struct http {
    struct server_source source;
    enum access access;
    const char *token; /* "": none */
    struct peers *peers;
    struct tails *tails;
    struct answers *answers;
    struct replies replies;
    uint64_t requests, refused;
};

struct route;

struct request {
    struct http *http;
    struct MHD_Connection *connection;
    const struct route *route;
    struct adder_str id;   /* what the path has for the route's '*' */
    bool head;             /* HEAD: nobody reads the body of the response */
    bool body;             /* of the request: there is one */
    struct tail *tail;     /* when it became one */
    struct answer *answer; /* when one is awaited */
};

enum method { METHOD_GET = 1, METHOD_HEAD = 2, METHOD_POST = 4, METHOD_OPTIONS = 8 };

struct route {
    const char *path; /* one '*' stands for at least one byte of any kind */
    enum method method;
    enum MHD_Result (*serve)(struct request *r);
};

/* The route of a path, NULL: none; *id is set when it has a '*'. */
const struct route *route_find(const char *path, struct adder_str *id);

/* What libmicrohttpd calls; `cls` is the struct http. */
enum MHD_Result http_request(void *cls, struct MHD_Connection *c, const char *path,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_len, void **state);
void http_completed(void *cls, struct MHD_Connection *c, void **state,
                    enum MHD_RequestTerminationCode how);

#endif

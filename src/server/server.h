/*
 * server.h - HTTP: a read-only view of the agent, and a few requests that need the token.
 *
 * libmicrohttpd, polled by the agent's loop: handlers run in the loop's thread, so the source's
 * functions need no locks and must not block.
 */
#ifndef ADDER_SERVER_SERVER_H
#define ADDER_SERVER_SERVER_H

#include <jansson.h>
#include <uv.h>

#include "core/buf.h"

enum {
    SERVER_CONNECTIONS_MAX = 256,
    SERVER_REQUEST_MAX = 64 * 1024,      /* bytes of head and body together */
    SERVER_TIMEOUT_S = 30,               /* of an idle connection */
    SERVER_TAILS_MAX = 32,               /* clients of /api/v1/tail */
    SERVER_TAIL_BYTES_MAX = 1024 * 1024, /* waiting for one of them; more is dropped, counted */
};

/* What is served. `ctx` goes to each. The json functions return a new reference, NULL when
 * memory is out. */
struct server_source {
    void *ctx;
    /* The page of metrics for this Accept header (may be NULL); its Content-Type. */
    const char *(*metrics)(void *ctx, const char *accept, struct buf *to);
    json_t *(*status)(void *ctx);
    json_t *(*checks)(void *ctx);
    json_t *(*memory)(void *ctx);
    bool (*live)(void *ctx, struct buf *why);  /* the agent's own progress */
    bool (*ready)(void *ctx, struct buf *why); /* all checks have been started */
    /* Runs a check at once. ADDER_NOT_FOUND when there is none with this id. */
    int (*run)(void *ctx, struct adder_str id, struct adder_error *err);
    int (*diagnose)(void *ctx, struct adder_str id, struct adder_error *err);
};

struct server_options {
    uv_loop_t *loop;
    const char *listen; /* "127.0.0.1:8126", "[::1]:0" or "unix:/path" */
    const char *token;  /* needed for POST, and for everything when not bound to loopback or a
                           unix socket */
    struct server_source source;
};

struct server;

/* ADDER_SYSTEM when the address cannot be had; says which and what to do. */
int server_new(const struct server_options *options, struct server **ret,
               struct adder_error *err);
void server_free(struct server *s); /* NULL is fine */

/* Where it listens, with the port that was chosen: "http://127.0.0.1:8126". */
const char *server_address(const struct server *s);

/* Hands one line of JSON (no newline) about check `id`, metric `name` to clients of
 * /api/v1/tail whose filter fits. Cheap when there are none. */
void server_tail(struct server *s, struct adder_str id, struct adder_str name,
                 struct adder_str json);
bool server_has_tails(const struct server *s);

#endif

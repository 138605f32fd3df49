/*
 * server.h - HTTP: a read-only view of the agent, and a few requests that need the token.
 *
 * libmicrohttpd, polled by the agent's loop: handlers run in the loop's thread, so the source's
 * functions need no locks and must not block. They may call server_tail() and server_answer(),
 * not server_free().
 *
 * Who may ask: bound to loopback or to a unix socket (mode 0600), everyone may GET; a Host or
 * Origin header that names another machine is refused, against DNS rebinding. Bound elsewhere,
 * everything needs the token: "Authorization: Bearer TOKEN", or for GET also the password of
 * basic authentication, which is what browsers can ask people for. POST needs the bearer token
 * everywhere.
 */
#ifndef ADDER_SERVER_SERVER_H
#define ADDER_SERVER_SERVER_H

#include <jansson.h>
#include <uv.h>

#include "core/buf.h"

enum {
    SERVER_CONNECTIONS_MAX = 256, /* when full, the one that has waited longest for a request
                                     to come is closed */
    SERVER_HEAD_MAX = 32 * 1024,  /* bytes of request line and headers: 431 */
    SERVER_BODY_MAX = 64 * 1024,  /* bytes of a request's body, which nobody reads: 413 */
    SERVER_REQUEST_S = 30,        /* for a whole request to come in, from the connection's
                                     opening or its last response */
    SERVER_RESPONSE_S = 300,      /* for a response to go out; not of a tail */
    SERVER_ANSWER_S = 60,         /* for server_answer() to be called: 504 */
    SERVER_ANSWERS_MAX = 32,      /* awaited at once: 503 */
    SERVER_TAILS_MAX = 32,        /* clients of /api/v1/tail: 503 */
    SERVER_TAIL_BYTES_MAX = 1024 * 1024, /* waiting for one of them; more is dropped, counted */
    SERVER_HEARTBEAT_S = 15,             /* a tail is sent a comment as often */
    SERVER_FILTER_MAX = 256,             /* bytes of a tail's filter: 400 */
};
#define SERVER_REPLY_MAX   ((size_t)512 * 1024 * 1024) /* bytes of one response: 500 */
#define SERVER_REPLIES_MAX ((size_t)768 * 1024 * 1024) /* on their way out together: 503 */

/* What is served. `ctx` goes to each. The json functions return a new reference, NULL when
 * memory is out. Those that are NULL are not found. */
struct server_source {
    void *ctx;
    /* The page of metrics for this Accept header (may be NULL); its Content-Type. */
    const char *(*metrics)(void *ctx, const char *accept, struct buf *to);
    json_t *(*status)(void *ctx);
    json_t *(*checks)(void *ctx);
    json_t *(*memory)(void *ctx);
    bool (*live)(void *ctx, struct buf *why);  /* the agent's own progress */
    bool (*ready)(void *ctx, struct buf *why); /* all checks have been started */
    /* Runs a check at once; does not wait for it. ADDER_NOT_FOUND when there is none with this
     * id (404); ADDER_STATE and ADDER_LIMIT when it cannot be now (409). */
    int (*run)(void *ctx, struct adder_str id, struct adder_error *err);
    /* Begins to diagnose a check. What comes of it goes to server_answer() with this ticket,
     * now or later. Errors as of run(); then nothing is awaited. */
    int (*diagnose)(void *ctx, struct adder_str id, uint64_t ticket, struct adder_error *err);
};

/* 0: the default. Smaller ones are for tests. */
struct server_limits {
    unsigned connections, request_s, response_s, answer_s, heartbeat_s;
    size_t tail_bytes, replies_bytes;
};

struct server_options {
    uv_loop_t *loop;
    const char *listen; /* "127.0.0.1:8126", "[::1]:0" or "unix:/path" */
    const char *token;  /* NULL or "": none, then POST is refused */
    struct server_source source;
    struct server_limits limits;
};

struct server;

/* Strings are copied. ADDER_INVALID when the address makes no sense or needs a token;
 * ADDER_SYSTEM when it cannot be had: says which and what to do. */
int server_new(const struct server_options *options, struct server **ret,
               struct adder_error *err);

/* Closes all connections and removes a unix socket. Memory is given back when the loop has run
 * once more. NULL is fine. */
void server_free(struct server *s);

/* Where it listens, with the port that was chosen: "http://127.0.0.1:8126" or "unix:/path". */
const char *server_address(const struct server *s);

/* Hands one line of JSON (no newline) about check `id`, metric `name` to clients of
 * /api/v1/tail whose filter fits either. The page and `adder tail` show its keys "timestamp",
 * "id", "name", "type", "value", "tags", "hostname". Cheap when there are none. */
void server_tail(struct server *s, struct adder_str id, struct adder_str name,
                 struct adder_str json);
bool server_has_tails(const struct server *s);

/* What became of a ticket: `json` (whose reference is taken over), or an error when it is NULL.
 * A ticket that is no longer awaited is fine. */
void server_answer(struct server *s, uint64_t ticket, json_t *json,
                   const struct adder_error *err);

struct server_stats {
    uint64_t requests, refused;     /* refused: bad token, host, origin */
    uint64_t tail_lines, tail_lost; /* handed to a client's buffer; dropped for lack of room */
    unsigned connections, tails;    /* now */
};
void server_stats(const struct server *s, struct server_stats *ret);

#endif

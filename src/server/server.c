#include "server/server.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "server/http.h"
#include "server/listen.h"

enum {
    SWEEP_MS = 1000,            /* how often deadlines are looked at while somebody is there */
    POOL = 2 * SERVER_HEAD_MAX, /* bytes libmicrohttpd has for a connection: the head, and as
                                   it parses that, twice */
    RESERVE = 16, /* connections beyond the maximum while others are on their way out, so that
                     libmicrohttpd, which takes in up to ten at a time, need not pause */
    PARTS = 2,    /* handles of the loop: poll and timer */
};

struct server {
    struct server_options options;
    char *token; /* "": none */
    struct listener listener;
    struct http http;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t timer;
    double swept_at;
    unsigned open_parts; /* initialised and not yet closed */
};

/* ---- On the loop ----------------------------------------------------------------------- */

/* Seconds on the loop's clock, which never jumps. */
static double loop_now(void *ctx)
{
    const struct server *s = ctx;

    return (double)uv_now(s->options.loop) / 1000.0;
}

static void on_timer(uv_timer_t *timer);

/* Asks for the next turn: when libmicrohttpd wants it, or to look at deadlines. An idle server
 * asks for none. */
static void arm(struct server *s)
{
    MHD_UNSIGNED_LONG_LONG ms = SWEEP_MS, wanted;
    bool needed = peers_count(s->http.peers) > 0;

    if (MHD_get_timeout(s->daemon, &wanted) == MHD_YES) {
        needed = true;
        if (wanted < ms)
            ms = wanted;
    }
    if (needed)
        uv_timer_start(&s->timer, on_timer, ms, 0);
    else
        uv_timer_stop(&s->timer);
}

static void take_turn(struct server *s)
{
    double now = loop_now(s);

    if (now - s->swept_at >= SWEEP_MS / 1000.0) {
        s->swept_at = now;
        peers_sweep(s->http.peers);
        tails_sweep(s->http.tails);
        answers_sweep(s->http.answers);
    }
    MHD_run(s->daemon);
    arm(s);
}

static void on_timer(uv_timer_t *timer)
{
    take_turn(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    take_turn(poll->data);
}

static int watch(struct server *s, struct adder_error *err)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    int rc;

    s->timer.data = s->poll.data = s;
    rc = uv_timer_init(s->options.loop, &s->timer);
    if (rc == 0)
        s->open_parts++;
    if (rc == 0 && (rc = uv_poll_init(s->options.loop, &s->poll, info->epoll_fd)) == 0)
        s->open_parts++;
    if (rc == 0)
        rc = uv_poll_start(&s->poll, UV_READABLE, on_poll);
    if (rc < 0)
        return err_set(err, ADDER_SYSTEM, "cannot watch connections: %s", uv_strerror(rc));
    return 0;
}

/* ---- Starting -------------------------------------------------------------------------- */

static unsigned or_default(unsigned given, unsigned fallback)
{
    return given > 0 ? given : fallback;
}

static int make_parts(struct server *s, struct adder_error *err)
{
    const struct server_limits *limits = &s->options.limits;
    struct peers_options peers = {
        .max = or_default(limits->connections, SERVER_CONNECTIONS_MAX),
        .seconds = {[PEER_ASKS] = or_default(limits->request_s, SERVER_REQUEST_S),
                    [PEER_READS] = or_default(limits->response_s, SERVER_RESPONSE_S)},
        .now = loop_now,
        .ctx = s,
    };
    struct tails_options tails = {
        .bytes = limits->tail_bytes > 0 ? limits->tail_bytes : SERVER_TAIL_BYTES_MAX,
        .heartbeat_s = or_default(limits->heartbeat_s, SERVER_HEARTBEAT_S),
        .now = loop_now,
        .ctx = s,
    };
    struct answers_options answers = {
        .timeout_s = or_default(limits->answer_s, SERVER_ANSWER_S),
        .now = loop_now,
        .ctx = s,
    };

    s->http.replies.max =
        limits->replies_bytes > 0 ? limits->replies_bytes : SERVER_REPLIES_MAX;
    s->http.peers = peers_new(&peers);
    s->http.tails = tails_new(&tails);
    s->http.answers = answers_new(&answers);
    if (s->http.peers == NULL || s->http.tails == NULL || s->http.answers == NULL)
        return err_nomem(err);
    return 0;
}

static void log_line(void *cls, const char *fmt, va_list args) PRINTF_LIKE(2, 0);

static void log_line(void *cls, const char *fmt, va_list args)
{
    char text[256];

    (void)cls;
    vsnprintf(text, sizeof(text), fmt, args);
    text[strcspn(text, "\n")] = '\0';
    LOG_DEBUG("http: %s", text);
}

/* A NUL would end the path for us, but not for whoever sent it. */
static size_t unescape(void *cls, struct MHD_Connection *c, char *text)
{
    size_t len = MHD_http_unescape(text);
    char *nul;

    (void)cls, (void)c;
    while ((nul = memchr(text, '\0', len)) != NULL)
        *nul = '\1';
    return len;
}

static int start_daemon(struct server *s, struct adder_error *err)
{
    const struct server_limits *limits = &s->options.limits;

    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        http_request, &s->http, MHD_OPTION_EXTERNAL_LOGGER, log_line, NULL,
        MHD_OPTION_LISTEN_SOCKET, s->listener.fd, MHD_OPTION_CONNECTION_LIMIT,
        or_default(limits->connections, SERVER_CONNECTIONS_MAX) + RESERVE,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL, MHD_OPTION_CONNECTION_TIMEOUT,
        or_default(limits->request_s, SERVER_REQUEST_S), MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, http_completed, &s->http, MHD_OPTION_NOTIFY_CONNECTION,
        peers_notify, s->http.peers, MHD_OPTION_END);
    if (s->daemon == NULL)
        return err_set(err, ADDER_SYSTEM, "cannot start libmicrohttpd %s", MHD_get_version());
    return 0;
}

static int start(struct server *s, struct adder_error *err)
{
    struct listen_address at;

    s->token = mem_strdup(s->options.token != NULL ? s->options.token : "");
    if (s->token == NULL)
        return err_nomem(err);
    if (listen_parse(s->options.listen, &at, err) < 0)
        return -1;
    if (!at.local && s->token[0] == '\0')
        return err_set(err, ADDER_INVALID,
                       "listening on %s, which other machines can reach, needs a token: set "
                       "api_token, or listen on 127.0.0.1",
                       s->options.listen);
    s->http.source = s->options.source;
    s->http.token = s->token;
    s->http.access = at.sa.ss_family == AF_UNIX ? ACCESS_OWNER
                     : at.local                 ? ACCESS_LOOPBACK
                                                : ACCESS_NETWORK;
    if (make_parts(s, err) < 0 || listen_open(&at, &s->listener, err) < 0)
        return -1;
    return start_daemon(s, err) < 0 ? -1 : watch(s, err);
}

int server_new(const struct server_options *options, struct server **ret,
               struct adder_error *err)
{
    struct server *s = mem_zalloc(sizeof(*s));

    if (s == NULL)
        return err_nomem(err);
    s->options = *options;
    s->listener.fd = -1;
    if (start(s, err) < 0) {
        server_free(s);
        return -1;
    }
    *ret = s;
    return 0;
}

/* ---- Ending ---------------------------------------------------------------------------- */

static void free_parts(struct server *s)
{
    peers_free(s->http.peers);
    tails_free(s->http.tails);
    answers_free(s->http.answers);
    mem_free(s->token);
    mem_free(s);
}

static void on_closed(uv_handle_t *handle)
{
    struct server *s = handle->data;

    if (--s->open_parts == 0)
        free_parts(s);
}

/* A suspended connection must not be there when the daemon stops. */
static void stop_daemon(struct server *s)
{
    if (s->daemon == NULL) {
        if (s->listener.fd >= 0)
            close(s->listener.fd);
        return;
    }
    s->http.source = (struct server_source){0}; /* which need not be there any more */
    tails_end(s->http.tails);
    answers_end(s->http.answers);
    MHD_run(s->daemon);
    MHD_stop_daemon(TAKE(s->daemon));
}

void server_free(struct server *s)
{
    unsigned parts;

    if (s == NULL)
        return;
    parts = s->open_parts;
    if (parts == PARTS)
        uv_poll_stop(&s->poll); /* before the daemon closes its descriptor */
    stop_daemon(s);
    listen_done(&s->listener);
    if (parts > 0)
        uv_close((uv_handle_t *)&s->timer, on_closed);
    if (parts == PARTS)
        uv_close((uv_handle_t *)&s->poll, on_closed);
    if (parts == 0)
        free_parts(s);
}

/* ---- The rest of the interface --------------------------------------------------------- */

const char *server_address(const struct server *s)
{
    return s->listener.address;
}

void server_tail(struct server *s, struct adder_str id, struct adder_str name,
                 struct adder_str json)
{
    tails_line(s->http.tails, id, name, json);
}

bool server_has_tails(const struct server *s)
{
    return tails_count(s->http.tails) > 0;
}

void server_answer(struct server *s, uint64_t ticket, json_t *json,
                   const struct adder_error *err)
{
    answers_give(s->http.answers, ticket, json, err);
}

void server_stats(const struct server *s, struct server_stats *ret)
{
    *ret = (struct server_stats){
        .requests = s->http.requests,
        .refused = s->http.refused,
        .tail_lines = tails_lines(s->http.tails),
        .tail_lost = tails_lost(s->http.tails),
        .connections = peers_count(s->http.peers),
        .tails = tails_count(s->http.tails),
    };
}

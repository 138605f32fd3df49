#include "core/err.h"
#include "core/str.h"
#include "server/http.h"
#include "server/page.h"

#define TEXT_PLAIN "text/plain; charset=utf-8"

static enum MHD_Result not_found(const struct request *r)
{
    return reply_line(r->connection, &(struct reply){.status = MHD_HTTP_NOT_FOUND},
                      "this agent does not serve that");
}

static enum MHD_Result serve_page(struct request *r)
{
    static const struct reply reply = {
        .status = MHD_HTTP_OK,
        .type = "text/html; charset=utf-8",
        .headers = {{"Content-Security-Policy", page_policy}},
    };

    return reply_static(r->connection, &reply,
                        (struct adder_str){(const char *)page_html, page_html_len});
}

static enum MHD_Result serve_metrics(struct request *r)
{
    const struct server_source *source = &r->http->source;
    CLEANUP(buf_free) struct buf text;
    struct reply reply = {.status = MHD_HTTP_OK, .headers = {{"Vary", "Accept"}}};

    if (source->metrics == NULL)
        return not_found(r);
    buf_init(&text, SERVER_REPLY_MAX);
    reply.type = source->metrics(
        source->ctx, MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Accept"),
        &text);
    return reply_body(r->connection, &reply, &text, &r->http->replies);
}

/* ---- Health ---------------------------------------------------------------------------- */

static enum MHD_Result serve_health(const struct request *r,
                                    bool (*is_well)(void *ctx, struct buf *why))
{
    CLEANUP(buf_free) struct buf why;
    bool well;

    if (is_well == NULL)
        return not_found(r);
    buf_init(&why, SERVER_HEAD_MAX);
    well = is_well(r->http->source.ctx, &why);
    return reply_line(
        r->connection,
        &(struct reply){.status = well ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE}, "%s",
        why.len > 0 ? why.data : (well ? "ok" : "not ok"));
}

static enum MHD_Result serve_live(struct request *r)
{
    return serve_health(r, r->http->source.live);
}

static enum MHD_Result serve_ready(struct request *r)
{
    return serve_health(r, r->http->source.ready);
}

/* ---- JSON ------------------------------------------------------------------------------ */

static enum MHD_Result serve_json(struct request *r, json_t *(*make)(void *ctx))
{
    if (make == NULL)
        return not_found(r);
    return reply_json(r->connection, &(struct reply){.status = MHD_HTTP_OK},
                      make(r->http->source.ctx), &r->http->replies);
}

static enum MHD_Result serve_status(struct request *r)
{
    return serve_json(r, r->http->source.status);
}

static enum MHD_Result serve_checks(struct request *r)
{
    return serve_json(r, r->http->source.checks);
}

static enum MHD_Result serve_memory(struct request *r)
{
    return serve_json(r, r->http->source.memory);
}

/* ---- Tail ------------------------------------------------------------------------------ */

static enum MHD_Result serve_tail(struct request *r)
{
    const char *filter =
        MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, "filter");
    struct reply reply = {.status = MHD_HTTP_OK, .type = "text/event-stream"};
    struct MHD_Response *response;
    struct adder_error err;

    if (filter != NULL && strlen(filter) > SERVER_FILTER_MAX) {
        reply.status = MHD_HTTP_BAD_REQUEST;
        return reply_line(r->connection, &reply, "the filter has more than %d bytes",
                          SERVER_FILTER_MAX);
    }
    if (r->head)
        return reply_static(r->connection, &reply, str_of(""));
    response = tails_add(r->http->tails, r->connection, str_of(filter != NULL ? filter : ""),
                         &r->tail, &err);
    if (response == NULL) {
        reply.status = MHD_HTTP_SERVICE_UNAVAILABLE;
        return reply_line(r->connection, &reply, "%s", err.message);
    }
    peers_expect(r->http->peers, r->connection, PEER_STAYS);
    return reply_response(r->connection, &reply, response);
}

/* ---- Requests to do something ---------------------------------------------------------- */

static enum MHD_Result reply_error(const struct request *r, const struct adder_error *err)
{
    static const unsigned statuses[] = {
        [ADDER_INVALID] = MHD_HTTP_BAD_REQUEST,
        [ADDER_NOT_FOUND] = MHD_HTTP_NOT_FOUND,
        [ADDER_STATE] = MHD_HTTP_CONFLICT,
        [ADDER_LIMIT] = MHD_HTTP_CONFLICT,
    };
    struct reply reply = {.status = MHD_HTTP_INTERNAL_SERVER_ERROR};

    if (err->code < ARRAY_LEN(statuses) && statuses[err->code] != 0)
        reply.status = statuses[err->code];
    return reply_line(r->connection, &reply, "%s", err->message);
}

static enum MHD_Result serve_run(struct request *r)
{
    const struct server_source *source = &r->http->source;
    struct adder_error err;

    if (source->run == NULL)
        return not_found(r);
    if (source->run(source->ctx, r->id, &err) < 0)
        return reply_error(r, &err);
    return reply_json(r->connection, &(struct reply){.status = MHD_HTTP_ACCEPTED},
                      json_pack("{s:s%}", "id", r->id.ptr, r->id.len), &r->http->replies);
}

static enum MHD_Result reply_answer(struct request *r)
{
    struct reply reply = {.status = MHD_HTTP_OK};
    struct adder_error err;
    json_t *json = NULL;

    switch (answer_take(r->answer, &json, &err)) {
    case 0:
        peers_expect(r->http->peers, r->connection, PEER_STAYS);
        answer_suspend(r->answer, r->connection);
        return MHD_YES;
    case 1:
        peers_expect(r->http->peers, r->connection, PEER_READS);
        return reply_json(r->connection, &reply, json, &r->http->replies);
    default:
        peers_expect(r->http->peers, r->connection, PEER_READS);
        if (err.code != ADDER_LIMIT)
            return reply_error(r, &err);
        reply.status = MHD_HTTP_GATEWAY_TIMEOUT;
        return reply_line(r->connection, &reply, "%s", err.message);
    }
}

static enum MHD_Result serve_diagnose(struct request *r)
{
    const struct server_source *source = &r->http->source;
    struct reply busy = {.status = MHD_HTTP_SERVICE_UNAVAILABLE};
    struct adder_error err;

    if (r->answer != NULL)
        return reply_answer(r);
    if (source->diagnose == NULL)
        return not_found(r);
    if (answers_await(r->http->answers, &r->answer, &err) < 0)
        return reply_line(r->connection, &busy, "%s", err.message);
    if (source->diagnose(source->ctx, r->id, answer_ticket(r->answer), &err) < 0)
        return reply_error(r, &err);
    return reply_answer(r);
}

/* ---- All of them ----------------------------------------------------------------------- */

static const struct route routes[] = {
    {"/", METHOD_GET, serve_page},
    {"/metrics", METHOD_GET, serve_metrics},
    {"/health/live", METHOD_GET, serve_live},
    {"/health/ready", METHOD_GET, serve_ready},
    {"/api/v1/status", METHOD_GET, serve_status},
    {"/api/v1/checks", METHOD_GET, serve_checks},
    {"/api/v1/memory", METHOD_GET, serve_memory},
    {"/api/v1/tail", METHOD_GET, serve_tail},
    {"/api/v1/checks/*/run", METHOD_POST, serve_run},
    {"/api/v1/checks/*/diagnose", METHOD_POST, serve_diagnose},
};

/* What the path has between `before` and the text after the '*'; absent when it does not fit.
 */
static struct adder_str between(struct adder_str path, struct adder_str before,
                                const char *after)
{
    size_t ends = before.len + strlen(after);

    if (path.len <= ends || memcmp(path.ptr, before.ptr, before.len) != 0 ||
        strcmp(path.ptr + path.len - strlen(after), after) != 0)
        return (struct adder_str){0};
    return (struct adder_str){path.ptr + before.len, path.len - ends};
}

const struct route *route_find(const char *path, struct adder_str *id)
{
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        const char *star = strchr(routes[i].path, '*');
        struct adder_str before = {routes[i].path,
                                   star != NULL ? (size_t)(star - routes[i].path) : 0};

        if (star == NULL && strcmp(path, routes[i].path) == 0)
            return &routes[i];
        if (star == NULL)
            continue;
        *id = between(str_of(path), before, star + 1);
        if (id->ptr != NULL)
            return &routes[i];
    }
    return NULL;
}

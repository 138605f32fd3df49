#include "server/http.h"

#include <stdlib.h>

#include "core/mem.h"
#include "core/str.h"
#include "server/guard.h"

static const char *header(const struct request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

static bool is(const char *method, const char *name)
{
    return strcmp(method, name) == 0;
}

/* ---- Who asks -------------------------------------------------------------------------- */

static bool has_bearer(const struct request *r)
{
    const char *given = header(r, "Authorization");

    return given != NULL && guard_bearer_fits(given, r->http->token);
}

/* For browsers, which know no other way to ask people for a secret. */
static bool has_password(const struct request *r)
{
    char *password = NULL;
    char *user = MHD_basic_auth_get_username_password(r->connection, &password);
    bool fits = password != NULL && guard_token_fits(password, r->http->token);

    MHD_free(user);
    MHD_free(password);
    return fits;
}

/* Whether a page of another site sent it: one whose name was rebound to loopback names itself
 * in Host, others name themselves in Origin where they send one. */
static bool is_of_another_site(const struct request *r)
{
    const char *host = header(r, "Host"), *origin = header(r, "Origin");

    if (r->http->access != ACCESS_LOOPBACK)
        return false;
    if (host != NULL && !guard_host_is_loopback(host))
        return true;
    return origin != NULL && (host == NULL || !guard_origin_is_host(origin, host));
}

static enum MHD_Result ask_for_token(const struct request *r, bool post)
{
    struct reply reply = {.status = MHD_HTTP_UNAUTHORIZED,
                          .headers = {{"WWW-Authenticate", "Bearer realm=\"adder\""},
                                      {"WWW-Authenticate", "Basic realm=\"adder\""}}};

    /* A browser sends a password by itself, on behalf of any page: it must not do anything. */
    if (post)
        reply.headers[1].name = NULL;
    return reply_line(r->connection, &reply,
                      "this needs the agent's token: Authorization: Bearer TOKEN");
}

/* Whether the request was refused, with *ret to be returned. */
static bool refuse(const struct request *r, bool post, enum MHD_Result *ret)
{
    const struct reply forbidden = {.status = MHD_HTTP_FORBIDDEN};

    if (has_bearer(r))
        return false;
    if (is_of_another_site(r))
        *ret = reply_line(r->connection, &forbidden,
                          "the Host or Origin header names another machine; ask for "
                          "localhost, 127.0.0.1 or [::1]");
    else if (post && r->http->token[0] == '\0')
        *ret = reply_line(r->connection, &forbidden,
                          "this needs a token, and the agent has none: set api_token");
    else if (post || (r->http->access == ACCESS_NETWORK && !has_password(r)))
        *ret = ask_for_token(r, post);
    else
        return false;
    r->http->refused++;
    return true;
}

/* ---- What is asked --------------------------------------------------------------------- */

static const char *allowed(const struct route *route)
{
    return route != NULL && route->method == METHOD_POST ? "POST, OPTIONS"
                                                         : "GET, HEAD, OPTIONS";
}

static enum MHD_Result serve(struct request *r, const char *path, const char *method)
{
    struct reply reply = {.headers = {{"Allow", allowed(r->route)}}};
    bool reads = is(method, "GET") || r->head;

    if (r->route == NULL && strcmp(path, "*") != 0) {
        reply = (struct reply){.status = MHD_HTTP_NOT_FOUND};
        return reply_line(r->connection, &reply, "there is no such page");
    }
    if (is(method, "OPTIONS")) {
        reply.status = MHD_HTTP_NO_CONTENT;
        return reply_static(r->connection, &reply, str_of(""));
    }
    if (r->route == NULL || !(r->route->method == METHOD_POST ? is(method, "POST") : reads)) {
        reply.status = MHD_HTTP_METHOD_NOT_ALLOWED;
        return reply_line(r->connection, &reply, "this page knows %s", allowed(r->route));
    }
    return r->route->serve(r);
}

/* Whether the request is larger than we read, or of unknown size, with *ret to be returned. */
static bool is_too_large(struct request *r, enum MHD_Result *ret)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    const char *length = header(r, "Content-Length");
    struct reply reply = {.status = MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE};

    if (info->header_size > SERVER_HEAD_MAX) {
        *ret = reply_line(r->connection, &reply, "the head has more than %d bytes",
                          SERVER_HEAD_MAX);
        return true;
    }
    r->body = length != NULL && strtoull(length, NULL, 10) > 0;
    if (header(r, "Transfer-Encoding") != NULL) {
        reply.status = MHD_HTTP_LENGTH_REQUIRED;
        *ret = reply_line(r->connection, &reply, "send a body with its Content-Length");
    } else if (r->body && strtoull(length, NULL, 10) > SERVER_BODY_MAX) {
        reply.status = MHD_HTTP_CONTENT_TOO_LARGE;
        *ret = reply_line(r->connection, &reply, "the body has more than %d bytes",
                          SERVER_BODY_MAX);
    } else {
        return false;
    }
    return true;
}

static enum MHD_Result begin(struct http *http, struct MHD_Connection *c, const char *method,
                             void **state)
{
    struct request *r = mem_zalloc(sizeof(*r));
    enum MHD_Result result = MHD_YES;

    if (r == NULL)
        return MHD_NO;
    *r = (struct request){.http = http, .connection = c, .head = is(method, "HEAD")};
    *state = r;
    http->requests++;
    /* A reply before the body closes the connection after it; without a body there is time. */
    if (!is_too_large(r, &result) && r->body)
        refuse(r, is(method, "POST"), &result);
    return result;
}

enum MHD_Result http_request(void *cls, struct MHD_Connection *c, const char *path,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_len, void **state)
{
    struct request *r = *state;
    enum MHD_Result result;

    (void)version, (void)upload;
    if (r == NULL)
        return begin(cls, c, method, state);
    if (*upload_len > 0) {
        *upload_len = 0;
        return MHD_YES;
    }
    if (r->answer != NULL)
        return r->route->serve(r);
    peers_expect(r->http->peers, c, PEER_READS);
    if (refuse(r, is(method, "POST"), &result))
        return result;
    r->route = route_find(path, &r->id);
    return serve(r, path, method);
}

void http_completed(void *cls, struct MHD_Connection *c, void **state,
                    enum MHD_RequestTerminationCode how)
{
    struct http *http = cls;
    struct request *r = TAKE(*state);

    (void)how;
    if (r == NULL)
        return;
    tail_leave(r->tail);
    if (r->answer != NULL)
        answer_drop(r->answer);
    mem_free(r);
    peers_expect(http->peers, c, PEER_ASKS);
}

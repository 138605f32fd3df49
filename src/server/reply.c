#include "server/reply.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/mem.h"
#include "core/str.h"
#include "server/server.h"

enum { TEXT_MAX = 1024 }; /* bytes of a line of text */

/* The page brings a policy of its own. */
static const struct {
    const char *name, *value;
} common[] = {
    {"Cache-Control", "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
};

static bool replaces(const struct reply *reply, const char *name)
{
    for (size_t i = 0; i < REPLY_HEADERS_MAX && reply->headers[i].name != NULL; i++)
        if (strcmp(reply->headers[i].name, name) == 0)
            return true;
    return false;
}

static bool add_headers(struct MHD_Response *response, const struct reply *reply)
{
    bool all = true;

    if (reply->type != NULL)
        all &= MHD_add_response_header(response, "Content-Type", reply->type) == MHD_YES;
    for (size_t i = 0; i < ARRAY_LEN(common); i++)
        if (!replaces(reply, common[i].name))
            all &=
                MHD_add_response_header(response, common[i].name, common[i].value) == MHD_YES;
    for (size_t i = 0; i < REPLY_HEADERS_MAX && reply->headers[i].name != NULL; i++)
        all &= MHD_add_response_header(response, reply->headers[i].name,
                                       reply->headers[i].value) == MHD_YES;
    return all;
}

enum MHD_Result reply_response(struct MHD_Connection *c, const struct reply *reply,
                               struct MHD_Response *response)
{
    enum MHD_Result sent = MHD_NO; /* closes the connection: what remains without memory */

    if (response == NULL)
        return MHD_NO;
    if (add_headers(response, reply))
        sent = MHD_queue_response(c, reply->status, response);
    MHD_destroy_response(response);
    return sent;
}

enum MHD_Result reply_static(struct MHD_Connection *c, const struct reply *reply,
                             struct adder_str body)
{
    return reply_response(
        c, reply,
        MHD_create_response_from_buffer(body.len, (void *)body.ptr, MHD_RESPMEM_PERSISTENT));
}

enum MHD_Result reply_line(struct MHD_Connection *c, const struct reply *reply, const char *fmt,
                           ...)
{
    struct reply line = *reply;
    char text[TEXT_MAX];
    va_list args;
    size_t len;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text) - 1, fmt, args);
    va_end(args);
    len = strlen(text);
    for (size_t i = 0; i < len; i++) /* messages of others may have several */
        if ((unsigned char)text[i] < ' ')
            text[i] = ' ';
    text[len++] = '\n';
    line.type = "text/plain; charset=utf-8";
    return reply_response(c, &line,
                          MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_COPY));
}

/* ---- Bodies that are counted ----------------------------------------------------------- */

struct body {
    struct buf text;
    struct replies *replies;
};

static void free_body(void *cls)
{
    struct body *b = cls;

    b->replies->bytes -= b->text.cap;
    buf_free(&b->text);
    mem_free(b);
}

static struct body *new_body(struct buf *text, struct replies *replies)
{
    struct body *b = mem_alloc(sizeof(*b));

    if (b == NULL)
        return NULL;
    *b = (struct body){.text = *text, .replies = replies};
    buf_init(text, text->max);
    replies->bytes += b->text.cap;
    return b;
}

enum MHD_Result reply_body(struct MHD_Connection *c, const struct reply *reply,
                           struct buf *body, struct replies *replies)
{
    struct MHD_Response *response;
    struct adder_error err;
    struct body *b;

    if (buf_check(body, &err) < 0)
        return reply_line(c, &(struct reply){.status = MHD_HTTP_INTERNAL_SERVER_ERROR}, "%s",
                          err.message);
    if (replies->bytes > replies->max - (body->cap < replies->max ? body->cap : replies->max))
        return reply_line(c, &(struct reply){.status = MHD_HTTP_SERVICE_UNAVAILABLE},
                          "too many large responses are on their way; ask again later");
    b = new_body(body, replies);
    if (b == NULL)
        return MHD_NO;
    response = MHD_create_response_from_buffer_with_free_callback_cls(b->text.len, b->text.data,
                                                                      free_body, b);
    if (response == NULL)
        free_body(b);
    return reply_response(c, reply, response);
}

static int add_json(const char *text, size_t len, void *to)
{
    struct buf *b = to;

    buf_add(b, text, len);
    return b->failed ? -1 : 0;
}

enum MHD_Result reply_json(struct MHD_Connection *c, const struct reply *reply, json_t *json,
                           struct replies *replies)
{
    CLEANUP(buf_free) struct buf text;
    struct reply typed = *reply;

    buf_init(&text, SERVER_REPLY_MAX);
    if (json == NULL ||
        json_dump_callback(json, add_json, &text, JSON_COMPACT | JSON_ENCODE_ANY) < 0)
        text.failed = true;
    json_decref(json);
    buf_add_char(&text, '\n');
    typed.type = "application/json";
    return reply_body(c, &typed, &text, replies);
}

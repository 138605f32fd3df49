/*
 * reply.h - responses, with the headers that all of ours carry.
 */
#ifndef ADDER_SERVER_REPLY_H
#define ADDER_SERVER_REPLY_H

#include <jansson.h>
#include <microhttpd.h>

#include "core/buf.h"

/* Bodies that are on their way. */
struct replies {
    size_t bytes, max;
};

enum { REPLY_HEADERS_MAX = 4 };

struct reply {
    unsigned status;
    const char *type; /* Content-Type */
    struct {
        const char *name, *value;
    } headers[REPLY_HEADERS_MAX]; /* beside those that all carry; name NULL: none */
};

/* Sends a body that lives as long as the program. */
enum MHD_Result reply_static(struct MHD_Connection *c, const struct reply *reply,
                             struct adder_str body);

/* Sends a body, which is taken over. One that failed, or that would be too many bytes together,
 * becomes 500 or 503. */
enum MHD_Result reply_body(struct MHD_Connection *c, const struct reply *reply,
                           struct buf *body, struct replies *replies);

/* Sends one line of text; the newline is added. */
enum MHD_Result reply_line(struct MHD_Connection *c, const struct reply *reply, const char *fmt,
                           ...) PRINTF_LIKE(3, 4);

/* Sends JSON, whose reference is taken over; NULL: memory was out. */
enum MHD_Result reply_json(struct MHD_Connection *c, const struct reply *reply, json_t *json,
                           struct replies *replies);

/* Sends a response of the caller's, whose reference is taken over. */
enum MHD_Result reply_response(struct MHD_Connection *c, const struct reply *reply,
                               struct MHD_Response *response);

#endif

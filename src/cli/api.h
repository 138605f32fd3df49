/*
 * api.h - asking a running agent over HTTP.
 */
#ifndef ADDER_CLI_API_H
#define ADDER_CLI_API_H

#include <jansson.h>

#include "cli/option.h"
#include "core/buf.h"

enum {
    API_TIMEOUT_S = 10,                /* for an answer */
    API_ANSWER_MAX = 64 * 1024 * 1024, /* bytes of an answer */
    API_LINE_MAX = 1024 * 1024,        /* bytes of a line of events */
};

/* Where the agent is and how to be let in. */
struct api_options {
    const char *config, *address, *token;
};

/* The options that fill it. */
enum { API_OPTIONS = 3 };
extern const struct option api_options[API_OPTIONS];

struct api;

/* Finds out where the agent listens: from the options, else adder.yaml and the environment. */
int api_new(const struct api_options *options, struct api **ret, struct adder_error *err);
void api_free(struct api *a); /* NULL is fine */
DEFINE_CLEANUP(struct api *, api_free);

/* The JSON that `method` on `path` answers with, the caller's. An agent that is not there, and
 * one that refuses, are errors that say what to do; ADDER_STATE is one that cannot do it now.
 */
int api_ask(struct api *a, const char *method, const char *path, json_t **ret,
            struct adder_error *err);

/* Calls `fn` with the data of each server-sent event, until `fn` returns false. That the agent
 * ends before is an error. */
int api_follow(struct api *a, const char *path, bool (*fn)(void *ctx, struct adder_str data),
               void *ctx, struct adder_error *err);

/* Appends text for a query string, with %XX where it is needed (RFC 3986, section 2.1). */
void api_escape(struct buf *b, const char *text);

#endif

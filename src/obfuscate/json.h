/*
 * json.h - JSON (RFC 8259) as a stream of tokens, and its strings.
 *
 * A stream rather than a tree: what is written back keeps its order, its repeated keys and
 * every digit of its numbers, and text that is cut off can be read as far as it goes.
 */
#ifndef ADDER_OBFUSCATE_JSON_H
#define ADDER_OBFUSCATE_JSON_H

#include "core/buf.h"

enum { JSON_DEPTH_MAX = 1000 }; /* nested arrays and objects; deeper is no JSON to us */

enum json_kind {
    JSON_END, /* the value is complete and nothing but white space follows */
    JSON_BAD, /* no JSON here; again and again */
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_KEY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
};

struct json_token {
    enum json_kind kind;
    struct adder_str text; /* as it stands there, quotes and all */
    bool comma;            /* a comma stands before it */
};

struct json_reader {
    const char *text;
    size_t len, at;
    size_t depth;
    bool in_object[JSON_DEPTH_MAX]; /* the kinds of what is open */
    int state;                      /* enum json_state of json.c */
};

/* Borrows the text. The text must be UTF-8 only where strings are decoded. */
void json_init(struct json_reader *r, struct adder_str text);
struct json_token json_next(struct json_reader *r);

/* Adds a token to a copy of the text, without white space. */
void json_copy(struct buf *out, const struct json_token *t);

/* The same with the string "?" in its place. */
void json_copy_hidden(struct buf *out, const struct json_token *t);

/* Adds what a JSON_STRING or JSON_KEY means. Half a surrogate pair becomes U+FFFD. */
void json_decode_string(struct adder_str token, struct buf *out);

#endif

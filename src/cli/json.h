/*
 * json.h - building JSON with jansson out of what checks give, which can be anything.
 *
 * Every function returns a new reference, or NULL when memory is out; passing that NULL on to
 * json_put() or json_push() makes their target remember it, so a document is built in straight
 * lines and checked once at its end.
 */
#ifndef ADDER_CLI_JSON_H
#define ADDER_CLI_JSON_H

#include <jansson.h>

#include "cli/out.h"
#include "metrics/batch.h"

/* Whether some value could not be built. */
struct json_build {
    bool failed;
};

void json_put(struct json_build *b, json_t *object, const char *key, json_t *value);
void json_push(struct json_build *b, json_t *list, json_t *value);

/* A string; bytes that are not UTF-8 are replaced by U+FFFD, NUL stays. null when absent. */
json_t *json_text(struct adder_str s);

/* Puts a number under `key`. JSON has no NaN and no infinity: null then, and the word ("NaN",
 * "Infinity", "-Infinity") under "<key>_text". */
void json_put_number(struct json_build *b, json_t *object, const char *key, double value);

json_t *json_tags(struct adder_tags tags);

/* `text` parsed when it is JSON, else the text as a string. */
json_t *json_embed(struct adder_str text);

/* A record of a batch as an object with the keys people know from Python. */
json_t *json_record(struct json_build *b, const struct record *r);

/* The name of an enum adder_metric_kind, NULL for a number that is none. */
const char *metric_kind_name(int kind);

/* Prints a document, which is freed, and a line feed. */
int json_print(struct json_build *b, json_t *document, struct out *o, struct adder_error *err);

#endif

/*
 * json.h - JSON as a stream of tokens, and its strings.
 */
#ifndef ADDER_OBFUSCATE_JSON_H
#define ADDER_OBFUSCATE_JSON_H

#include "core/buf.h"

/* Adds a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD. */
void json_add_string(struct buf *out, struct adder_str s);

#endif

/*
 * json_line.h - what checks send, as one JSON object on one line each.
 *
 * The fields are in docs/json-lines.md; they are those of `adder check --json`. Each function
 * adds the object, without a line feed. Bytes that are not UTF-8 become U+FFFD. JSON has no NaN
 * and no infinity: such a number is null, and its word stands under the same key with "_text".
 */
#ifndef ADDER_OUT_JSON_LINE_H
#define ADDER_OUT_JSON_LINE_H

#include "core/buf.h"
#include "out/output.h"

void json_line_series(struct buf *to, const struct origin *from, const struct series *s);
void json_line_sketch(struct buf *to, const struct origin *from, const struct sketch_series *s);
void json_line_service_check(struct buf *to, const struct origin *from,
                             const struct adder_service_check *s, double time);
void json_line_event(struct buf *to, const struct origin *from, const struct adder_event *e,
                     double time);

#endif

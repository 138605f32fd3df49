/*
 * json_lines.h - the output that writes one JSON object a line, to a file or standard output.
 */
#ifndef ADDER_OUT_JSON_LINES_H
#define ADDER_OUT_JSON_LINES_H

#include "out/output.h"

struct json_lines_options {
    const char *path;      /* "-" is standard output */
    uint64_t rotate_bytes; /* default 100 MiB: the file is renamed to PATH.1 and begun anew */
    unsigned rotate_keep;  /* default 3 old files */
};

int json_lines_new(const struct json_lines_options *options, struct output **ret,
                   struct adder_error *err);

#endif

/*
 * json_lines.h - the output that writes one JSON object a line, to a file or standard output.
 *
 * The fields are in docs/json-lines.md. Lines wait in memory until the commit of a run. A file
 * holds whole lines only; what it cannot take, because the disk is full or the folder is not
 * there, waits as long as there is room, and is tried again with each commit. A pipe that
 * nobody reads is not waited for.
 */
#ifndef ADDER_OUT_JSON_LINES_H
#define ADDER_OUT_JSON_LINES_H

#include "out/output.h"

/* Bytes that wait for a destination; further lines are dropped and counted. */
enum { JSON_LINES_WAITING_MAX = 16 * 1024 * 1024 };

struct json_lines_options {
    const char *path;      /* "-" is standard output */
    uint64_t rotate_bytes; /* default 100 MiB: the file is renamed to PATH.1 and begun anew */
    unsigned rotate_keep;  /* default 3 old files, at most 1000 */
};

/* Succeeds also when the file cannot be opened: that is a state, and in the statistics.
 * ADDER_INVALID when there is no path, or it is too long. */
int json_lines_new(const struct json_lines_options *options, struct output **ret,
                   struct adder_error *err);

#endif

/*
 * lines.h - a stream of printed bytes cut into lines, with limits on their size and rate.
 */
#ifndef ADDER_AGENT_LINES_H
#define ADDER_AGENT_LINES_H

#include "core/base.h"

struct lines_options {
    size_t line_max;    /* bytes; the rest of a longer line is cut off */
    double burst, rate; /* lines let through at once, and each second */
    void (*line)(void *ctx, struct adder_str line);
    void (*dropped)(void *ctx, uint64_t count); /* lines, since the last call */
    void *ctx;
};

struct lines;

struct lines *lines_new(const struct lines_options *options); /* NULL: no memory */
void lines_free(struct lines *l);                             /* NULL is fine */

/* Takes the next bytes; `now` in seconds of a monotonic clock. */
void lines_add(struct lines *l, struct adder_str bytes, double now);

/* Hands out what is left without a newline, and the count of what was dropped. */
void lines_end(struct lines *l);

#endif

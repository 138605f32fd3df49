/*
 * exposition.h - a page of metrics from what a store holds.
 */
#ifndef ADDER_OUT_EXPOSITION_H
#define ADDER_OUT_EXPOSITION_H

#include "out/store.h"

/* Adds the page at `now`. The families must be arranged. */
void exposition_write(const struct store *s, enum exposition format, double now,
                      struct buf *to);

#endif

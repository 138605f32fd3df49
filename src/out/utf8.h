/*
 * utf8.h - any bytes as UTF-8.
 */
#ifndef ADDER_OUT_UTF8_H
#define ADDER_OUT_UTF8_H

#include "core/buf.h"

/* Adds `s`, with U+FFFD for each byte that is not UTF-8, and for each character `c` < 128 what
 * escapes[c] is when that is not NULL. */
void utf8_add(struct buf *to, struct adder_str s, const char *const escapes[128]);

#endif

/*
 * pattern.h - RE2 patterns, as settings of the Agent hold them, as POSIX expressions.
 */
#ifndef ADDER_HOST_PATTERN_H
#define ADDER_HOST_PATTERN_H

#include <regex.h>

#include "core/base.h"

enum { PATTERN_MAX = 4096 }; /* bytes of a pattern */

/* Compiles a pattern for matching anywhere in a text. *ret is the caller's for regfree().
 * ADDER_INVALID when it is no pattern, or says what POSIX cannot. */
int pattern_compile(const char *pattern, regex_t *ret, struct adder_error *err);

#endif

/*
 * number.h - numbers as the outputs write them, whatever the locale of the process.
 */
#ifndef ADDER_OUT_NUMBER_H
#define ADDER_OUT_NUMBER_H

#include "core/base.h"

enum { NUMBER_MAX = 32 }; /* bytes that any number takes at most */

/* Each writes up to NUMBER_MAX bytes, without a NUL, and returns how many. */

/* The shortest decimal that reads back as the same double: "5", "0.1", "1e+300"; "NaN", "+Inf"
 * and "-Inf". */
size_t number_write(char *to, double v);

/* As `le` has them in both formats: with a fraction or an exponent, and powers of ten as
 * OpenMetrics 1.0 spells them: "1.0", "0.0025", "1e+06", "+Inf". */
size_t number_write_bound(char *to, double v);

size_t number_write_count(char *to, uint64_t n);

/* The number that a text is as a whole, written as in C; false: it is none, or NaN. */
bool number_read(struct adder_str text, double *ret);

#endif

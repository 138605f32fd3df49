/*
 * text.h - values as people read them: width of text, numbers, sizes, times.
 */
#ifndef ADDER_CLI_TEXT_H
#define ADDER_CLI_TEXT_H

#include "core/text.h"

/* Columns that UTF-8 text without control characters takes on a terminal. */
size_t text_width(struct adder_str s);

/* Bytes at the start of `s` that fit `columns`; one character at least, if there is any. */
size_t text_fit(struct adder_str s, size_t columns);

/* Bytes of `s` for one line: those that fit, or less so that it ends before a space. */
size_t text_wrap(struct adder_str s, size_t columns);

/* Appends the shortest decimal form that reads back as the same double: "0.1", "1000000",
 * "1e+300", "nan", "-inf". */
void text_number(struct buf *b, double value);

/* "812 B", "3.4 KiB", "1.2 MiB"; negative sizes have a minus sign. */
void text_bytes(struct buf *b, double bytes);

/* "0.4 ms", "12 ms", "1.25 s", "3 min 4 s". */
void text_duration(struct buf *b, double seconds);

/* The year 10000, seconds since the epoch. */
#define TEXT_TIME_END 253402300800

/* Seconds since the epoch as local time, "2025-01-31T13:37:00+01:00". Fractions are dropped.
 * What is before the epoch or at TEXT_TIME_END and after is written as a number. */
void text_time(struct buf *b, double seconds);

#endif

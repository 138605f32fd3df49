/*
 * err.h - filling struct adder_error.
 *
 * The lowest function states the cause; each caller adds what it was doing and to what; only
 * commands print. No allocation, so reporting "out of memory" cannot fail.
 */
#ifndef ADDER_CORE_ERR_H
#define ADDER_CORE_ERR_H

#include "core/base.h"

/* Fills *err, without traceback. Always returns -1, so callers write `return err_set(...)`.
 * Text that does not fit is cut at a character and ends in "...". */
int err_set(struct adder_error *err, enum adder_code code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* As err_set() with ADDER_SYSTEM and ": " strerror(errnum) at the end. */
int err_errno(struct adder_error *err, int errnum, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* ADDER_NOMEM with its usual words. */
int err_nomem(struct adder_error *err);

/* Puts "context: " before the message already in *err; code and traceback stay. Returns -1. */
int err_wrap(struct adder_error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Sets the traceback, keeping its end when it is too long. */
void err_traceback(struct adder_error *err, const char *text, size_t len);

#endif

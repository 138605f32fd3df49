/*
 * watch.h - a thread that looks after a command that runs checks: ends it on Ctrl-C whatever
 * Python is doing, has what is there by then presented, and shows on a terminal what it is at.
 *
 * Results belong to the thread that called watch_start(), but while it is away in Python, maybe
 * for good, they may be presented by the watching thread.
 */
#ifndef ADDER_CLI_WATCH_H
#define ADDER_CLI_WATCH_H

#include "core/base.h"

/*
 * From now on SIGINT, SIGTERM and SIGHUP end the program at once with 128 + signal: `stop`
 * (may be NULL) is called on the watching thread, then all child processes are killed, then
 * results are presented. Call once.
 */
int watch_start(void (*stop)(void *ctx), void *ctx, struct adder_error *err);

/* What presents results then, NULL for none as before the first call. It must not enter Python.
 * Left out when the thread that owns the results does not go away within a second. */
void watch_present(void (*present)(void *ctx), void *ctx);

/* Between the two the calling thread, which owns the results, does not touch them. Neither of
 * them returns once the program is ending. watch_back() may be called again by who is back. */
void watch_away(void);
void watch_back(void);

/* `stop` is not called any more: its `ctx` is about to go. */
void watch_forget(void);

/* Ends this process if it is not the one that called watch_start(): a child that a check forked
 * comes back from the check like its parent does, but the results are not its to report. */
void watch_end_child(const char *check);

/* What is going on, "cpu, run 3 of 10". Shown on standard error, if that is a terminal, once
 * it has lasted a moment. */
void watch_progress(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Nothing is going on; the line is wiped. Call before printing. */
void watch_quiet(void);

#endif

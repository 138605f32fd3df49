/*
 * command.h - runs other programs to their end and collects what they print.
 *
 * Each runs in a process group of its own with none of our descriptors open. Any thread;
 * several at once.
 */
#ifndef ADDER_HOST_COMMAND_H
#define ADDER_HOST_COMMAND_H

#include "core/buf.h"

enum { COMMAND_OUTPUT_MAX = 64 * 1024 * 1024 }; /* bytes of each stream; more is an error */

/* The commands under way, so that they can be killed together. */
struct commands;

int commands_new(struct commands **ret, struct adder_error *err);
/* Kills what runs, and waits for command_run() to have returned. NULL is fine. */
void commands_free(struct commands *c);
DEFINE_CLEANUP(struct commands *, commands_free);

/* Kills what runs at this moment, with its process groups. */
void commands_kill(struct commands *c);

/* Whether any runs at this moment. */
bool commands_running(struct commands *c);

struct command_request {
    const char *const *argv; /* NULL-terminated, at least argv[0] */
    const char *const *env;  /* NULL-terminated "KEY=VALUE" */
    const char *path;        /* folders to look argv[0] up in, ':' between; NULL: none */
    int timeout_ms;          /* after which it is killed; 0: never */
    struct adder_str input;  /* what it finds on its standard input */
};

/*
 * Runs a command. Its output is added to `out` and `errout`, whose limits are the limits on it.
 * *code is its exit code, -1 when a signal ended it. Errors: "internal error starting
 * subprocess: ..." (what checks see from the Agent), ADDER_LIMIT when it prints too much or
 * takes too long, ADDER_STATE when commands_kill() ended it.
 */
int command_run(struct commands *c, const struct command_request *request, struct buf *out,
                struct buf *errout, int *code, struct adder_error *err);

#endif

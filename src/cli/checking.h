/*
 * checking.h - what `adder check` and `adder memory` do alike: every instance of every check
 * named is found, run and shown.
 */
#ifndef ADDER_CLI_CHECKING_H
#define ADDER_CLI_CHECKING_H

#include "cli/command.h"
#include "cli/print.h"

struct checking {
    /* Set by the command. */
    const char *command; /* for messages */
    const struct session_options *options;
    struct probe_options probe;
    bool json;
    /* Shows one result: pushes an object to `instances` when that is not NULL, else
     * prints to `out`. `t` may be empty and `r` without instance when there was none. */
    int (*present)(struct checking *c, const struct targets *t, const struct result *r,
                   struct adder_error *err);
    void *ctx; /* the command's own */

    struct session session;
    struct out out;
    struct json_build build;
    json_t *instances, *problems;  /* lists of the document; NULL without --json */
    size_t result_count;           /* so far */
    struct result *current;        /* of the instance that is being run; NULL: none is */
    const struct targets *targets; /* that it is one of */
    int code;                      /* the worst exit code so far */
};

/* The program is to end with `code`, if nothing is worse. */
void checking_worsen(struct checking *c, int code);

/* Runs the checks named and ends the program. */
noreturn void checking_run(struct checking *c, const struct words *names);

#endif

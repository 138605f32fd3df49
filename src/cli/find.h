/*
 * find.h - which instances of a check the command line means.
 */
#ifndef ADDER_CLI_FIND_H
#define ADDER_CLI_FIND_H

#include "cli/session.h"
#include "collect/discover.h"
#include "core/buf.h"

/* The instances of one check that are to run. */
struct targets {
    struct configs *configs;
    size_t *chosen; /* indexes of the instances to run, in order */
    size_t count;
    bool unconfigured; /* no configuration was found: the one instance is empty */
    const char *where; /* it was looked for; borrowed from the options or environment */
};

/*
 * Finds the instances of `check`: in --config, else in conf.d, else one empty instance;
 * --instance chooses among them. Files with problems do not hide others: see
 * configs->problems. targets_free() is due whatever the outcome; `ret` is zero before.
 */
int targets_find(const struct session_options *options, const char *check, struct targets *ret,
                 struct adder_error *err);
void targets_free(struct targets *t); /* leaves it empty */

/* Prints a problem on standard error. */
void problem_print(const struct config_problem *p);

/* Appends a problem as "path:3:5: error: text". */
void problem_describe(const struct config_problem *p, struct buf *ret);

#endif

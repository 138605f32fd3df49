/*
 * print.h - results of checks, for people and for machines.
 */
#ifndef ADDER_CLI_PRINT_H
#define ADDER_CLI_PRINT_H

#include "cli/find.h"
#include "cli/json.h"
#include "cli/probe.h"

/* ---- For people ------------------------------------------------------------------------ */

struct people_options {
    const char *hostname; /* of this machine: not repeated at each series */
    const char *where;    /* configuration was looked for, when there is none */
    bool samples;         /* print those as well */
};

/* Prints all about one instance and writes it out. */
int people_result(struct out *o, const struct people_options *options, const struct result *r,
                  struct adder_error *err);

/* An error of a check, with its traceback. */
void people_error(struct out *o, const struct result *r);

/* "OK 1 run in 12 ms, ..." */
void people_summary(struct out *o, const struct result *r);

/* ---- For machines ---------------------------------------------------------------------- */

/* One instance as an object of the document's list. */
json_t *json_result(struct json_build *b, const struct result *r, bool samples);

/* {"border": {...}, "python": {...}} */
json_t *json_memory(struct json_build *b, const struct adder_memory *m);

/* {"path", "line", "column", "warning", "message"} */
json_t *json_problem(struct json_build *b, const struct config_problem *p);

/* {"message", "traceback"} */
json_t *json_error(struct json_build *b, const struct adder_error *e);

#endif

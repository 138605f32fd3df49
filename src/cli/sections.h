/*
 * sections.h - the tables of one result: series, service checks, events and so on.
 */
#ifndef ADDER_CLI_SECTIONS_H
#define ADDER_CLI_SECTIONS_H

#include "cli/print.h"

/* Prints a section for each sort of thing that there is any of. */
int sections_print(struct out *o, const struct people_options *options, const struct result *r,
                   struct adder_error *err);

#endif

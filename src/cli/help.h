/*
 * help.h - help texts, from the tables of commands and options.
 */
#ifndef ADDER_CLI_HELP_H
#define ADDER_CLI_HELP_H

#include <stdio.h>

#include "cli/command.h"

/* The list of commands. -1: could not be written, which has been said. */
int help_program(const struct program *p, FILE *to);

/* All about one command, on standard output. */
int help_command(const struct command *c);

/* The rows of a man page's OPTIONS, in mdoc. */
void help_man_options(const struct command *c, FILE *to);

/* Text for a manual page: a sentence a line, as mdoc(7) asks, backslashes doubled. */
void help_mdoc(const char *text, FILE *to);

#endif

/*
 * command.h - a command as data: what it is called, takes and says about itself.
 */
#ifndef ADDER_CLI_COMMAND_H
#define ADDER_CLI_COMMAND_H

#include "cli/option.h"

/* What a command ends with. */
enum exit_code {
    EXIT_FINE = 0,
    EXIT_PROBLEM = 1, /* the check found one, or the machine refused something */
    EXIT_USAGE = 2,   /* bad usage or bad configuration */
};

struct program;

struct command {
    const char *name;
    const char *operands; /* "NAME...", "" for none */
    const char *summary;  /* one line, lower case, no full stop */
    const char *about;    /* paragraphs for --help, an empty line between them */
    const char *examples; /* one a line; NULL: none */
    struct option_table options;
    size_t conf_size; /* of the struct the options fill */
    size_t operands_min, operands_max;
    enum option_completion completion; /* of operands */
    bool hidden;                       /* not in the list of commands */
    /* Returns an exit code. */
    int (*run)(const struct program *p, void *conf, const struct words *operands);
};

/* All commands, in the order of help. */
struct program {
    const struct command *const *commands;
    size_t count;
};

/* The command with this name, or NULL. */
const struct command *program_find(const struct program *p, const char *name);

/* Runs what the command line asks for; what main() returns. */
int program_run(const struct program *p, int argc, char **argv);

/* Says what went wrong on standard error, "adder check: ..."; `command` may be NULL. Returns
 * the exit code that fits: EXIT_USAGE for ADDER_INVALID and ADDER_NOT_FOUND, else
 * EXIT_PROBLEM. */
int complain(const char *command, const struct adder_error *err);

/* The same of a word that is no command, with the one that was meant. Returns EXIT_USAGE. */
int complain_unknown(const struct program *p, const char *command, const char *word);

extern const struct command command_check, command_agent, command_status, command_tail,
    command_top, command_diagnose, command_memory, command_configcheck, command_hostname,
    command_version, command_help, command_completion, command_nursery;

#endif

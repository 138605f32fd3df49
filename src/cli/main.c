/*
 * main.c - the program: a table of commands.
 */
#include "cli/command.h"

static const struct command *const commands[] = {
    &command_check,    &command_agent,    &command_status, &command_tail,
    &command_top,      &command_diagnose, &command_memory, &command_configcheck,
    &command_hostname, &command_version,  &command_help,   &command_completion,
    &command_nursery,
};

int main(int argc, char **argv)
{
    static const struct program program = {commands, ARRAY_LEN(commands)};

    return program_run(&program, argc, argv);
}

/*
 * secret.h - ENC[handle] in configuration, resolved by the user's secret_backend_command with
 * the Agent's protocol: {"version": "1.0", "secrets": ["handle", ...]} on its standard input,
 * {"handle": {"value": "...", "error": null}, ...} on its standard output.
 *
 * The command must belong to root or to us, and neither group nor others may do anything with
 * it. It is run without a shell, with our environment. Values live in memory only and are never
 * logged.
 */
#ifndef ADDER_AGENT_SECRET_H
#define ADDER_AGENT_SECRET_H

#include "core/value.h"

enum {
    SECRET_OUTPUT_MAX = 1024 * 1024, /* bytes the command may print */
    SECRET_HANDLES_MAX = 10000,      /* asked for at once */
    SECRET_TIMEOUT_S = 30,           /* default */
};

struct secrets;

struct secret_options {
    const char *command;          /* absolute path; NULL: ENC[] is an error that says so */
    const char *const *arguments; /* NULL-terminated; NULL: none */
    double timeout_s;             /* 0: SECRET_TIMEOUT_S */
    bool group_may_execute; /* as the Agent's secret_backend_command_allow_group_exec_perm:
                               the group may read and execute it */
    bool trim_newline;      /* take one line break off the end of values, as the Agent's
                               secret_backend_remove_trailing_line_break */
};

/* Copies the options; does not look at the command yet. ADDER_NOMEM. */
int secrets_new(const struct secret_options *options, struct secrets **ret,
                struct adder_error *err);
void secrets_free(struct secrets *s); /* wipes the values; NULL is fine */
DEFINE_CLEANUP(struct secrets *, secrets_free);

/*
 * Replaces every string of the tree that is ENC[handle] (keys are not). Handles already known
 * are not asked for again; without an unknown one nothing is run. Blocks while the command
 * runs; one that took too long is not run again before secrets_forget(). Fails, with a tree
 * left as it was (but for lack of memory), when one cannot be had: the message begins with the
 * "line:column: " of such a string, if it has a place.
 */
int secrets_resolve(struct secrets *s, struct value **tree, struct adder_error *err);

/* Forgets the values, so that the next reading asks for them again, and what went wrong. */
void secrets_forget(struct secrets *s);

#endif

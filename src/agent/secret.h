/*
 * secret.h - ENC[handle] in configuration, resolved by the user's secret_backend_command with
 * the Agent's protocol: {"version": "1.0", "secrets": ["handle", ...]} on its standard input,
 * {"handle": {"value": "...", "error": null}, ...} on its standard output.
 *
 * The command must belong to root or to us and be writable and executable by its owner only.
 * Values live in memory only and are never logged.
 */
#ifndef ADDER_AGENT_SECRET_H
#define ADDER_AGENT_SECRET_H

#include "core/base.h"

enum {
    SECRET_OUTPUT_MAX = 1024 * 1024, /* bytes the command may print */
    SECRET_HANDLES_MAX = 10000,
};

struct secrets;

struct secret_options {
    const char *command;          /* absolute path; NULL: ENC[] is an error that says so */
    const char *const *arguments; /* NULL-terminated; NULL: none */
    double timeout_s;             /* 0: 30 s */
};
int secrets_new(const struct secret_options *options, struct secrets **ret,
                struct adder_error *err);
void secrets_free(struct secrets *s); /* wipes the values; NULL is fine */

/* Whether a YAML text holds "ENC[". */
bool secrets_wanted(const char *yaml);

/* Replaces every string "ENC[handle]" of a YAML text; *ret is the caller's for mem_free().
 * Handles already known are not asked for again. Blocks while the command runs. */
int secrets_resolve(struct secrets *s, const char *yaml, char **ret, struct adder_error *err);

#endif

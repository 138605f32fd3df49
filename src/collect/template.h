/*
 * template.h - variables in the strings of a configuration. For collect/, and for those
 *              who resolve secrets.
 */
#ifndef ADDER_COLLECT_TEMPLATE_H
#define ADDER_COLLECT_TEMPLATE_H

#include "core/value.h"

/* Called for a string: `key` is that of the innermost mapping around it, or NULL. The string
 * may be replaced; the replacement is not visited. A result other than 0 ends the walk. */
typedef int string_visitor(void *ctx, const struct value *key, struct value **string);

/* Visits the strings of a tree, but not those that are keys. */
int strings_each(struct value **root, string_visitor *visit, void *ctx);

/*
 * Replaces %%env_NAME%% in the tree's strings by environment variables. A string that is
 * nothing but one variable takes the type of its value: an integer, a boolean as Go's ParseBool
 * has it (1, t, true, …), else a string. Other variables need a discovered service and stay.
 * Fails with ADDER_NOT_FOUND or ADDER_INVALID, and a tree left as it was, when a variable is
 * not set or not UTF-8; with ADDER_NOMEM.
 */
int template_resolve(struct value **root, struct adder_error *err);

/* Whether a string is ENC[...], what the Agent would ask its secret backend for. */
bool is_secret(struct adder_str text);

#endif

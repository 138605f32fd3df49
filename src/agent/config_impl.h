/*
 * config_impl.h - the parts of reading adder.yaml. Only for agent/config*.c.
 */
#ifndef ADDER_AGENT_CONFIG_IMPL_H
#define ADDER_AGENT_CONFIG_IMPL_H

#include "agent/config.h"

/* Whether an Agent has a setting of this name, the first part of a dotted one: for certain, or
 * because many of its settings begin alike. */
enum agent_key { AGENT_NONE, AGENT_FAMILY, AGENT_KEY };
enum agent_key config_agent_key(const char *name);

/* Reads `v` into a field of this type, which is zero. Errors say what is wrong, not where;
 * those of CONFIG_LIMITS begin with "line:column: ". */
int config_read_value(enum config_type type, const struct value *v, void *field,
                      struct adder_error *err);

/* Makes the text of a variable of the environment what would stand in a file. */
int config_read_text(enum config_type type, const char *text, struct value **ret,
                     struct adder_error *err);

/* Frees what the field owns. */
void config_free_value(enum config_type type, void *field);

/* Appends a copy of `text` to a list, which may be NULL. */
int config_list_add(char ***list, struct adder_str text, struct adder_error *err);

/* Adds the failure in `why`, whose message begins with "line:column: " or not, as a remark. */
int config_remark_error(struct config_remarks *r, const struct adder_error *why,
                        struct adder_error *err);

/* Remarks on the keys of the file that mean nothing. ADDER_INVALID, without a place but with
 * "line:column: ", for a section that is no mapping. */
int config_remark_unknown(const struct value *tree, struct config_remarks *r,
                          struct adder_error *err);

#endif

/*
 * options.h - the options of an instance that the agent itself reads. Only for collect/.
 */
#ifndef ADDER_COLLECT_OPTIONS_H
#define ADDER_COLLECT_OPTIONS_H

#include "collect/configs.h"

/* What instance and init_config say to the agent. */
struct common_options {
    unsigned interval_s;
    char *service; /* NULL: none */
    char *name;    /* name, else namespace, else NULL */
    bool empty_default_hostname, no_index;
};

void common_options_clear(struct common_options *o);

/* Where options are read from. */
struct options_source {
    const struct reporter *reporter;
    const char *check;
    const char *label;               /* of the instance in reports: "instance 0" */
    const struct value *init_config; /* may be NULL */
    const struct value *instance;
};

/* Checks the types of init_config's options. *usable becomes false, and why is reported, when
 * no instance can be used. Fails only when memory is out. */
int common_options_check_init(const struct options_source *from, bool *usable,
                              struct adder_error *err);

/* Reads the options of an instance; those of init_config were checked. *usable becomes false,
 * and why is reported, when one has the wrong type or says that the check is not for Python.
 * Fails only when memory is out. */
int common_options_read(const struct options_source *from, struct common_options *ret,
                        bool *usable, struct adder_error *err);

#endif

/*
 * modules.h - the builtin modules that checks import: aggregator, datadog_agent, util, _util,
 * tagger, kubeutil, containers. One file each, mod_<name>.c.
 */
#ifndef ADDER_PY_MODULES_H
#define ADDER_PY_MODULES_H

#include "py/python.h"

/* Adds all of them to Python's table of builtin modules. Before Python starts, once in a
 * process. No GIL. */
int modules_register(struct adder_error *err);

/* Makes the package `checks` (names of Agent 5) importable. After Python started. */
int modules_add_legacy(struct adder_error *err);

#endif

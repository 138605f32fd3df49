/*
 * construct.h - from a check class and its configuration to an instance.
 */
#ifndef ADDER_PY_CONSTRUCT_H
#define ADDER_PY_CONSTRUCT_H

#include "py/python.h"

/*
 * Reads the configuration, calls the class with the keywords name, init_config and instances,
 * and sets check_id. When the call itself does not fit the constructor, which then has not
 * run, it is called once more with agentConfig, as checks of Agent 5 want; *deprecated_api
 * says so.
 *
 * YAML is read in this process; a class that overrides load_config has it called instead. An
 * empty init_config reads as {}. Errors: ADDER_INVALID for the configuration, ADDER_REFUSED
 * when the constructor says so, else ADDER_PYTHON. Returns a new reference or NULL.
 */
PyObject *py_construct(PyObject *class, const struct adder_check_config *config,
                       bool *deprecated_api, struct adder_error *err);

#endif

/*
 * modules.h - the builtin modules that checks import: aggregator, datadog_agent, util, _util,
 * tagger, kubeutil, containers. One file each, mod_<name>.c.
 *
 * What each function accepts, returns and raises is what the Datadog Agent's runtime does, down
 * to the texts of its argument errors: those come from CPython, so the formats given to
 * PyArg_ParseTuple() name no function. All of them are called by Python, so hold the GIL.
 */
#ifndef ADDER_PY_MODULES_H
#define ADDER_PY_MODULES_H

#include "py/python.h"
#include "py/runtime.h"

/* Adds all of them to Python's table of builtin modules. Before Python starts, once in a
 * process. No GIL. */
int modules_register(struct adder_error *err);

/* Makes the package `checks` (names of Agent 5) importable. After Python started, with the
 * GIL. Nothing is imported until a check asks for it. */
int modules_add_legacy(struct adder_error *err);

/* ---- For mod_*.c ------------------------------------------------------------------------ */

/* Every module's state. */
struct module_state {
    struct py_runtime *runtime;
};

/* The runtime of a builtin function's module. */
static inline struct py_runtime *module_runtime(PyObject *module)
{
    return ((struct module_state *)PyModule_GetState(module))->runtime;
}

/* Fills the state. The Py_mod_exec slot of a module that needs nothing else. 0 or -1 with the
 * exception raised, as the next. */
int module_start(PyObject *module);

struct module_constant {
    const char *name;
    int value;
};
int module_add_constants(PyObject *module, const struct module_constant *constants, size_t n);

struct py_reply;

/* A new object of the YAML text that a callback replied. None when there was none, or it is no
 * YAML: a check's question is never answered with a parser's complaint. NULL with the exception
 * raised only when memory is out. */
PyObject *module_yaml(const struct py_reply *r);

/* For method tables: a PyCFunctionWithKeywords or _PyCFunctionFastWithKeywords as a row has it.
 */
#define METHOD(fn) ((PyCFunction)(void (*)(void))(fn))

/* Functions that live in a file other than their module's. */
PyObject *aggregator_event(PyObject *module, PyObject *args);
PyObject *aggregator_platform_event(PyObject *module, PyObject *args);

/* headers(*args, **kwargs), which two modules have. */
PyObject *module_headers(PyObject *module, PyObject *args, PyObject *kwargs);

PyObject *agent_obfuscate_sql(PyObject *module, PyObject *args, PyObject *kwargs);
PyObject *agent_obfuscate_sql_exec_plan(PyObject *module, PyObject *args, PyObject *kwargs);
PyObject *agent_obfuscate_mongodb(PyObject *module, PyObject *args, PyObject *kwargs);
PyObject *agent_set_external_tags(PyObject *module, PyObject *args);

/* The initialisers, for the table of builtin modules. */
PyObject *mod_aggregator(void);
PyObject *mod_datadog_agent(void);
PyObject *mod_util(void);
PyObject *mod_subprocess(void); /* _util */
PyObject *mod_tagger(void);
PyObject *mod_kubeutil(void);
PyObject *mod_containers(void);

#endif

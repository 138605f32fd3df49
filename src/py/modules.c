#include "py/modules.h"

#include "core/err.h"
#include "py/convert.h"

/* In the order of the Agent's runtime. */
static const struct {
    const char *name;
    PyObject *(*init)(void);
} modules[] = {
    {"aggregator", mod_aggregator},
    {"datadog_agent", mod_datadog_agent},
    {"util", mod_util},
    {"_util", mod_subprocess},
    {"tagger", mod_tagger},
    {"kubeutil", mod_kubeutil},
    {"containers", mod_containers},
};

int modules_register(struct adder_error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(modules); i++)
        if (PyImport_AppendInittab(modules[i].name, modules[i].init) < 0)
            return err_nomem(err);
    return 0;
}

int module_start(PyObject *module)
{
    struct module_state *state = PyModule_GetState(module);

    state->runtime = py_runtime();
    return 0;
}

int module_add_constants(PyObject *module, const struct module_constant *constants, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return -1;
    return 0;
}

PyObject *module_yaml(const struct py_reply *r)
{
    PyObject *value;

    if (r->failed)
        return PyErr_NoMemory();
    if (r->count == 0)
        Py_RETURN_NONE;
    value = py_from_yaml(r->texts[r->count - 1]);
    if (value != NULL || PyErr_ExceptionMatches(PyExc_MemoryError))
        return value;
    PyErr_Clear();
    Py_RETURN_NONE;
}

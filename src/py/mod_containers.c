/*
 * mod_containers.c - the module that says which containers checks shall leave out.
 */
#include "py/modules.h"

#include "core/str.h"

static PyObject *is_excluded(PyObject *module, PyObject *args)
{
    const struct py_runtime *rt = module_runtime(module);
    const char *name, *image, *ns = NULL;

    if (!PyArg_ParseTuple(args, "ss|s", &name, &image, &ns))
        return NULL;
    if (rt->facts.container_excluded == NULL)
        Py_RETURN_FALSE;
    return PyBool_FromLong(
        rt->facts.container_excluded(rt->facts_ctx, str_of(name), str_of(image), str_of(ns)));
}

static PyMethodDef methods[] = {
    {"is_excluded", is_excluded, METH_VARARGS,
     "is_excluded(name, image[, namespace])\n\n"
     "Whether the container is left out."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{Py_mod_exec, module_start}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "containers",
    .m_doc = "Which containers checks shall leave out.",
    .m_size = sizeof(struct module_state),
    .m_methods = methods,
    .m_slots = slots,
};

PyObject *mod_containers(void)
{
    return PyModuleDef_Init(&definition);
}

/*
 * mod_kubeutil.c - the module that says how to reach the kubelet.
 */
#include "py/modules.h"

#include "py/convert.h"

static PyObject *get_connection_info(PyObject *module, PyObject *unused)
{
    const struct py_runtime *rt = module_runtime(module);
    CLEANUP(py_reply_end) struct py_reply r;
    REF *info = NULL;

    (void)unused;
    py_reply_start(&r);
    if (rt->facts.kubelet_connection != NULL)
        rt->facts.kubelet_connection(rt->facts_ctx, &r.reply);
    info = module_yaml(&r);
    if (info == NULL || PyDict_Check(info))
        return TAKE(info);
    return PyDict_New();
}

static PyMethodDef methods[] = {
    {"get_connection_info", get_connection_info, METH_NOARGS,
     "get_connection_info($module, /)\n--\n\n"
     "A dict with url, token and so on; empty where there is no kubelet."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{Py_mod_exec, module_start}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "kubeutil",
    .m_doc = "How to reach the kubelet.",
    .m_size = sizeof(struct module_state),
    .m_methods = methods,
    .m_slots = slots,
};

PyObject *mod_kubeutil(void)
{
    return PyModuleDef_Init(&definition);
}

/*
 * mod_util.c - the module with what is left of Agent 5's `util`: the HTTP headers.
 */
#include "py/modules.h"

#include "py/convert.h"

PyObject *module_headers(PyObject *module, PyObject *args, PyObject *kwargs)
{
    const struct py_runtime *rt = module_runtime(module);
    CLEANUP(py_reply_end) struct py_reply r;
    REF *headers = NULL;
    PyObject *host;

    (void)args;
    py_reply_start(&r);
    if (rt->facts.headers != NULL)
        rt->facts.headers(rt->facts_ctx, &r.reply);
    headers = module_yaml(&r);
    if (headers == NULL)
        return NULL;
    if (!PyDict_Check(headers))
        Py_RETURN_NONE;
    host = kwargs != NULL ? PyDict_GetItemString(kwargs, "http_host") : NULL;
    if (host != NULL && PyDict_SetItemString(headers, "Host", host) < 0)
        return NULL;
    return TAKE(headers);
}

static PyMethodDef methods[] = {
    {"headers", METHOD(module_headers), METH_VARARGS | METH_KEYWORDS,
     "headers($module, *args, **kwargs)\n--\n\n"
     "The agent's HTTP headers, a dict; with Host when http_host is given."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{Py_mod_exec, module_start}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "util",
    .m_doc = "HTTP headers of the agent.",
    .m_size = sizeof(struct module_state),
    .m_methods = methods,
    .m_slots = slots,
};

PyObject *mod_util(void)
{
    return PyModuleDef_Init(&definition);
}

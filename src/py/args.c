#include "py/args.h"

int args_parse(const struct args *a, const char *format, ...)
{
    REF *tuple = PyTuple_New(a->count);
    va_list out;
    int ok;

    if (tuple == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < a->count; i++) {
        Py_INCREF(a->items[i]);
        PyTuple_SET_ITEM(tuple, i, a->items[i]);
    }
    va_start(out, format);
    ok = PyArg_VaParse(tuple, format, out);
    va_end(out);
    return ok ? 0 : -1;
}

int args_no_keywords(const struct args *a, PyObject *names)
{
    if (names == NULL || PyTuple_GET_SIZE(names) == 0)
        return 0;
    PyErr_Format(PyExc_TypeError, "%.200s() takes no keyword arguments", a->function);
    return -1;
}

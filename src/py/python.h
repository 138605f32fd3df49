/*
 * python.h - the first include of every file in py/: CPython, its version differences, and
 * references that drop themselves.
 *
 * Rules of the folder: nothing outside it includes Python.h. Functions named py_* need the GIL
 * held unless they say otherwise. An entry function takes it with GIL_SCOPE() as its first
 * declaration. Owned references are declared REF; every other PyObject pointer is borrowed.
 */
#ifndef ADDER_PY_PYTHON_H
#define ADDER_PY_PYTHON_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "core/base.h"

/* Whether the standard library still has distutils (removed by PEP 632). */
#define PY_HAS_DISTUTILS (PY_VERSION_HEX < 0x030c0000)

static inline void py_xdecref(PyObject **o)
{
    Py_XDECREF(*o);
}

/* An owned reference: `REF *list = PyList_New(0);`. */
#define REF CLEANUP(py_xdecref) PyObject

static inline void py_gil_release(PyGILState_STATE *state)
{
    PyGILState_Release(*state);
}

/* Holds the GIL until the end of the scope. First declaration, so that it goes last. */
#define GIL_SCOPE() \
    CLEANUP(py_gil_release) __attribute__((unused)) PyGILState_STATE gil_ = PyGILState_Ensure()

/* The pending exception as an owned object with its traceback set, or NULL; none is pending
 * afterwards. */
static inline PyObject *py_take_exception(void)
{
#if PY_VERSION_HEX >= 0x030c0000
    return PyErr_GetRaisedException();
#else
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    if (type == NULL)
        return NULL;
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(value, traceback);
    Py_DECREF(type);
    Py_XDECREF(traceback);
    return value;
#endif
}

#endif

/*
 * args.h - arguments of the builtin functions that checks call by the thousand.
 *
 * They are read twice over: first straight from the argument array, for the exact types that
 * checks pass; when anything does not fit, by PyArg_VaParse() from the start, so that CPython
 * itself converts or raises. The first reading runs no Python code, raises nothing, and yields
 * slices borrowed from the arguments, which the caller keeps alive.
 */
#ifndef ADDER_PY_ARGS_H
#define ADDER_PY_ARGS_H

#include "py/python.h"

#include <limits.h>
#include <string.h>

#include "py/convert.h"

/* The arguments of one call. */
struct args {
    const char *function;
    PyObject *const *items;
    Py_ssize_t count;
};

/* As PyArg_ParseTuple(). 0, or -1 with the exception raised, as the next. */
int args_parse(const struct args *a, const char *format, ...);

/* Refuses keywords, in the words CPython has for functions with METH_VARARGS. */
int args_no_keywords(const struct args *a, PyObject *names);

/* ---- Reading one argument. False when it is not of the exact type expected. -------------- */

/* A str without NUL, which is what "s" takes. */
static inline bool args_text(PyObject *o, struct adder_str *ret)
{
    return py_utf8(o, ret) && (ret->len == 0 || memchr(ret->ptr, 0, ret->len) == NULL);
}

static inline bool args_int64(PyObject *o, int64_t *ret)
{
    int overflow;

    if (!PyLong_CheckExact(o))
        return false;
    *ret = PyLong_AsLongLongAndOverflow(o, &overflow);
    return overflow == 0;
}

static inline bool args_int(PyObject *o, int *ret)
{
    int64_t value;

    if (!args_int64(o, &value) || value < INT_MIN || value > INT_MAX)
        return false;
    *ret = (int)value;
    return true;
}

/* An int or bool as its truth. With `byte` as "b" takes it: 0 to 255. */
static inline bool args_flag(PyObject *o, bool byte, bool *ret)
{
    int value;

    if (PyBool_Check(o)) {
        *ret = o == Py_True;
        return true;
    }
    if (!args_int(o, &value) || (byte && (value < 0 || value > UCHAR_MAX)))
        return false;
    *ret = value != 0;
    return true;
}

static inline bool args_double(PyObject *o, double *ret)
{
    int64_t integer;

    if (PyFloat_CheckExact(o)) {
        *ret = PyFloat_AS_DOUBLE(o);
        return true;
    }
    if (!args_int64(o, &integer))
        return false;
    *ret = (double)integer;
    return true;
}

#endif

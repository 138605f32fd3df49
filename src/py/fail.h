/*
 * fail.h - exceptions to errors and back.
 */
#ifndef ADDER_PY_FAIL_H
#define ADDER_PY_FAIL_H

#include "py/python.h"

/* Turns the pending exception into *err: ADDER_PYTHON, message "<doing>: <Type>: <text>" (no
 * "<doing>: " when `doing` is NULL), traceback as traceback.format_exception has it when there
 * is one. Text that cannot be encoded is replaced. Any BaseException, SystemExit included.
 * Always returns -1; no exception is pending afterwards. */
int py_fail(struct adder_error *err, const char *doing);

/* Raises `type` with the error's message. Always returns NULL. */
PyObject *py_raise(PyObject *type, const struct adder_error *err);

#endif

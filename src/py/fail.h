/*
 * fail.h - exceptions to errors and back.
 */
#ifndef ADDER_PY_FAIL_H
#define ADDER_PY_FAIL_H

#include "py/python.h"

/* Turns the pending exception into *err: ADDER_PYTHON, message "<doing>: <Type>: <text>" (no
 * "<doing>: " when `doing` is NULL), traceback as traceback.format_exception has it when there
 * is one, or when a syntax error has a line to show. Text that cannot be encoded is escaped.
 * Any BaseException, SystemExit included. Always returns -1; no exception is pending
 * afterwards. */
int py_fail(struct adder_error *err, const char *doing);

/* The same for an exception that says what is wrong with something a person wrote: `code`,
 * message "<doing>: <text>", no type and no traceback. */
int py_fail_as(struct adder_error *err, enum adder_code code, const char *doing);

/* Whether the pending exception, which stays, says that there is no module `wanted`, or no
 * package that it would be in. False for a module that is there and fails to import. */
bool py_is_missing(const char *wanted);

/* The bytes of a str as UTF-8, with what that cannot hold escaped. NULL, with no exception
 * pending, for anything else and when memory is out; NULL for NULL. A new reference. */
PyObject *py_encoded(PyObject *text);

/* Raises `type` with the error's message. Always returns NULL. */
PyObject *py_raise(PyObject *type, const struct adder_error *err);

#endif

#include "py/fail.h"

#include <string.h>

#include "core/err.h"

PyObject *py_encoded(PyObject *text)
{
    PyObject *bytes = NULL;

    if (text != NULL && PyUnicode_Check(text))
        bytes = PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
    if (bytes == NULL)
        PyErr_Clear();
    return bytes;
}

/* A syntax error shows its line although nothing was called. */
static void set_traceback(struct adder_error *err, PyObject *exc)
{
    REF *frames = PyException_GetTraceback(exc);
    bool has_place = frames != NULL || PyErr_GivenExceptionMatches(exc, PyExc_SyntaxError);
    REF *module = has_place ? PyImport_ImportModule("traceback") : NULL;
    REF *lines = NULL, *empty = NULL, *text = NULL, *bytes = NULL;

    if (module != NULL)
        lines = PyObject_CallMethod(module, "format_exception", "OOO", (PyObject *)Py_TYPE(exc),
                                    exc, frames != NULL ? frames : Py_None);
    if (lines != NULL && (empty = PyUnicode_FromString("")) != NULL)
        text = PyUnicode_Join(empty, lines);
    PyErr_Clear();
    bytes = py_encoded(text);
    if (bytes != NULL)
        err_traceback(err, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
}

/* Sets the code, and str(exc) as the message, which may be "". */
static void set_text(struct adder_error *err, enum adder_code code, PyObject *exc)
{
    REF *text = exc != NULL ? PyObject_Str(exc) : NULL;
    REF *bytes = NULL;

    PyErr_Clear();
    bytes = py_encoded(text);
    err_set(err, code, "%s", bytes != NULL ? PyBytes_AS_STRING(bytes) : "");
}

int py_fail_as(struct adder_error *err, enum adder_code code, const char *doing)
{
    REF *exc = py_take_exception();

    set_text(err, code, exc);
    if (err->message[0] == '\0')
        err_set(err, code, "unknown error");
    return err_wrap(err, "%s", doing);
}

int py_fail(struct adder_error *err, const char *doing)
{
    REF *exc = py_take_exception();

    set_text(err, ADDER_PYTHON, exc);
    if (exc == NULL)
        err_set(err, ADDER_PYTHON, "unknown error");
    else if (err->message[0] == '\0')
        err_set(err, ADDER_PYTHON, "%s", Py_TYPE(exc)->tp_name);
    else
        err_wrap(err, "%s", Py_TYPE(exc)->tp_name);
    if (doing != NULL)
        err_wrap(err, "%s", doing);
    if (exc != NULL)
        set_traceback(err, exc);
    return -1;
}

bool py_is_missing(const char *wanted)
{
    REF *exc = PyErr_ExceptionMatches(PyExc_ModuleNotFoundError) ? py_take_exception() : NULL;
    REF *name = exc != NULL ? PyObject_GetAttrString(exc, "name") : NULL;
    const char *missing = NULL;
    size_t len;
    bool is_it;

    if (exc == NULL)
        return false;
    if (name != NULL && PyUnicode_Check(name))
        missing = PyUnicode_AsUTF8(name);
    len = missing != NULL ? strlen(missing) : 0;
    is_it = len > 0 && strncmp(missing, wanted, len) == 0 &&
            (wanted[len] == '\0' || wanted[len] == '.');
    PyErr_Clear();
    PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
    return is_it;
}

PyObject *py_raise(PyObject *type, const struct adder_error *err)
{
    PyErr_SetString(type, err->message);
    return NULL;
}

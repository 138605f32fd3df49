#include "py/syspath.h"

#include <stdlib.h>
#include <string.h>

/* sys.path as Python started with, and the environment's folders in front of it; a list. */
static PyObject *original;

/* The folder as a new str, absolute as CPython has it: checks may change the current folder. */
static PyObject *absolute(const char *name, size_t len)
{
    REF *module = PyImport_ImportModule("os.path");
    REF *text = module != NULL ? PyUnicode_DecodeFSDefaultAndSize(name, (Py_ssize_t)len) : NULL;

    return text != NULL ? PyObject_CallMethod(module, "abspath", "O", text) : NULL;
}

/* PYTHONPATH is the one setting of the environment that counts although Python is started
 * without regard to the rest, and an isolated start passes over it as well. */
static int insert_environment(PyObject *path)
{
    const char *at = getenv("PYTHONPATH");
    Py_ssize_t n = 0;

    while (at != NULL && *at != '\0') {
        size_t len = strcspn(at, ":");
        REF *folder = len > 0 ? absolute(at, len) : NULL;

        if (len > 0 && (folder == NULL || PyList_Insert(path, n++, folder) < 0))
            return -1;
        at += len + (at[len] == ':');
    }
    return 0;
}

static int remember(PyObject *path)
{
    REF *start = PyList_GetSlice(path, 0, PY_SSIZE_T_MAX);

    if (start == NULL || insert_environment(start) < 0)
        return -1;
    original = Py_NewRef(start);
    return 0;
}

static int append_folders(PyObject *path, const char *const *folders)
{
    for (; folders != NULL && *folders != NULL; folders++) {
        REF *folder = absolute(*folders, strlen(*folders));
        int there = folder != NULL ? PySequence_Contains(path, folder) : -1;

        if (there < 0 || (there == 0 && PyList_Append(path, folder) < 0))
            return -1;
    }
    return 0;
}

/* datadog_checks is one package over all of sys.path, as wheels and folders of checks share
 * it, but works that out at its import only. */
static int respan_package(void)
{
    PyObject *package = PyDict_GetItemString(PyImport_GetModuleDict(), "datadog_checks");
    REF *pkgutil = package != NULL ? PyImport_ImportModule("pkgutil") : NULL;
    REF *now = NULL, *wider = NULL;

    if (package == NULL)
        return 0;
    now = pkgutil != NULL ? PyObject_GetAttrString(package, "__path__") : NULL;
    if (now == NULL)
        return -1;
    wider = PyObject_CallMethod(pkgutil, "extend_path", "Os", now, "datadog_checks");
    return wider != NULL ? PyObject_SetAttrString(package, "__path__", wider) : -1;
}

int syspath_set(const struct adder_runtime_options *options)
{
    PyObject *path = PySys_GetObject("path");
    REF *wanted = NULL;

    if (path == NULL || !PyList_Check(path)) {
        PyErr_SetString(PyExc_RuntimeError, "sys.path is no list");
        return -1;
    }
    if (original == NULL && remember(path) < 0)
        return -1;
    wanted = PyList_GetSlice(original, 0, PY_SSIZE_T_MAX);
    if (wanted == NULL || append_folders(wanted, options->python_path) < 0 ||
        append_folders(wanted, options->check_paths) < 0)
        return -1;
    if (PyList_SetSlice(path, 0, PY_SSIZE_T_MAX, wanted) < 0)
        return -1;
    return respan_package();
}

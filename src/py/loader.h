/*
 * loader.h - from a check's name to its class.
 */
#ifndef ADDER_PY_LOADER_H
#define ADDER_PY_LOADER_H

#include "py/python.h"

/* A check's class and where it came from. Texts are from core/mem.h. */
struct py_loaded {
    PyObject *class; /* owned */
    char *module;    /* "datadog_checks.disk" */
    char *file;      /* the module's __file__, or "" */
    char *version;   /* the module's __version__, or "unversioned" */
    bool wheel;      /* came as datadog_checks.<name> */
};

/*
 * Imports datadog_checks.<name>, else <name>, else adder_checks.<name>, and picks the check
 * class in it. A module that is there but raises at its import ends the search with that
 * error; one without a check class (such as the standard library's io) is passed over.
 *
 * Among the subclasses of the base that the module binds: one defined in it goes before one
 * of its submodules, and that before one that was merely imported; a class that another of
 * them derives from is out; then the first name in the order of dir() wins.
 *
 * Errors: ADDER_NOT_FOUND when there is no such module, or no class in any; ADDER_PYTHON.
 */
int py_load(const char *name, struct py_loaded *ret, struct adder_error *err);

/* Needs the GIL when there is a class in it. A zeroed one is fine. */
void py_loaded_end(struct py_loaded *l);

#endif

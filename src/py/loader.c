#include "py/loader.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "py/fail.h"
#include "py/runtime.h"

enum { NAME_MAX_BYTES = 255 }; /* of a check's name */

#define NO_CLASS "unable to find a subclass of the base check in module '%s'"

/* Where checks are looked for, in this order. */
static const struct {
    const char *prefix;
    bool wheel;
} places[] = {
    {"datadog_checks.", true},
    {"", false},
    {"adder_checks.", false},
};

void py_loaded_end(struct py_loaded *l)
{
    Py_CLEAR(l->class);
    mem_free(l->module);
    mem_free(l->file);
    mem_free(l->version);
    *l = (struct py_loaded){.class = NULL};
}

/* ---- Choosing a class ------------------------------------------------------------------- */

/* How near to the module a class was defined; the highest wins. */
enum nearness { IMPORTED, IN_SUBMODULE, IN_MODULE };

/* A name as text for messages; borrowed, never NULL. */
static const char *text_of(PyObject *o)
{
    const char *text = o != NULL && PyUnicode_Check(o) ? PyUnicode_AsUTF8(o) : NULL;

    PyErr_Clear();
    return text != NULL ? text : "?";
}

static const char *class_name(PyObject *class)
{
    return ((PyTypeObject *)class)->tp_name;
}

static enum nearness nearness_of(PyObject *class, const char *module)
{
    REF *home = PyObject_GetAttrString(class, "__module__");
    const char *name = text_of(home);
    size_t len = strlen(module);

    PyErr_Clear();
    if (strncmp(name, module, len) != 0)
        return IMPORTED;
    if (name[len] == '\0')
        return IN_MODULE;
    return name[len] == '.' ? IN_SUBMODULE : IMPORTED;
}

/* By the real base classes, so that no __subclasshook__ of a check is asked. */
static bool is_check_class(PyObject *o)
{
    PyTypeObject *base = (PyTypeObject *)py_base_class();

    return PyType_Check(o) && (PyTypeObject *)o != base &&
           PyType_IsSubtype((PyTypeObject *)o, base);
}

/* The check classes that `module` binds, each once, in the order of dir(). What cannot be read
 * is passed over; *problem says why when there was any, which packages that import their parts
 * on demand hide a failing import behind. */
static PyObject *check_classes(PyObject *module, const char *name, struct adder_error *problem)
{
    REF *names = PyObject_Dir(module);
    REF *classes = names != NULL ? PyList_New(0) : NULL;

    if (classes == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *key = PyList_GET_ITEM(names, i); /* the list is ours alone */
        const char *text = text_of(key);
        REF *o = PyObject_GetAttr(module, key);

        if (o == NULL) {
            py_fail(problem, text);
            py_log(ADDER_LOG_DEBUG, "%s: cannot read %s", name, problem->message);
            continue;
        }
        if (!is_check_class(o) || PySequence_Contains(classes, o) != 0)
            continue;
        if (PyList_Append(classes, o) < 0)
            return NULL;
    }
    return TAKE(classes);
}

/* A class of the list that derives from `class`, or NULL; borrowed. */
static PyObject *derived_from(PyObject *classes, PyObject *class)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(classes); i++) {
        PyObject *other = PyList_GET_ITEM(classes, i);

        if (other != class && PyType_IsSubtype((PyTypeObject *)other, (PyTypeObject *)class))
            return other;
    }
    return NULL;
}

/* The class to use, borrowed from the list; NULL when there is none. */
static PyObject *choose(PyObject *classes, const char *module)
{
    PyObject *best = NULL;
    enum nearness best_nearness = IMPORTED;

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(classes); i++) {
        PyObject *class = PyList_GET_ITEM(classes, i);
        PyObject *leaf = derived_from(classes, class);
        enum nearness nearness = nearness_of(class, module);

        if (leaf != NULL) {
            py_log(ADDER_LOG_DEBUG, "%s: passed over class %s, the base of %s", module,
                   class_name(class), class_name(leaf));
            continue;
        }
        if (best != NULL && nearness <= best_nearness) {
            py_log(ADDER_LOG_DEBUG, "%s: passed over class %s for %s", module,
                   class_name(class), class_name(best));
            continue;
        }
        if (best != NULL)
            py_log(ADDER_LOG_DEBUG, "%s: passed over class %s for %s", module, class_name(best),
                   class_name(class));
        best = class;
        best_nearness = nearness;
    }
    return best;
}

/* Folders on sys.path can be links to each other. */
static bool is_another(const char *path, const struct stat *file)
{
    struct stat st;

    return stat(path, &st) == 0 && (st.st_ino != file->st_ino || st.st_dev != file->st_dev);
}

/* The file that would be imported as `name` if it were not for `file`, for mem_free(); NULL
 * when there is none. The standard library comes first on sys.path, so it hides checks. */
static char *hidden_by(const char *file, const char *name)
{
    PyObject *path = PySys_GetObject("path"); /* borrowed */
    struct stat own = {.st_ino = 0};

    stat(file, &own);
    if (path == NULL || !PyList_Check(path) || strchr(name, '.') != NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(path); i++) {
        const char *folder = text_of(PyList_GET_ITEM(path, i));
        AUTOFREE char *module = mem_printf("%s/%s.py", folder, name);
        AUTOFREE char *package = mem_printf("%s/%s/__init__.py", folder, name);

        if (package != NULL && is_another(package, &own))
            return TAKE(package);
        if (module != NULL && is_another(module, &own))
            return TAKE(module);
    }
    return NULL;
}

/* Says which file has no check class in it, as it need not be the one that was meant. */
static void no_class(PyObject *module, const char *name, struct adder_error *err)
{
    REF *attribute = PyObject_GetAttrString(module, "__file__");
    bool known = attribute != NULL && PyUnicode_Check(attribute);
    const char *file = text_of(attribute);
    AUTOFREE char *hidden = hidden_by(file, name);

    if (!known)
        file = "built into Python";
    if (hidden == NULL)
        err_set(err, ADDER_NOT_FOUND, NO_CLASS " (%s)", name, file);
    else
        err_set(err, ADDER_NOT_FOUND, NO_CLASS " (%s), which hides %s: that needs another name",
                name, file, hidden);
}

/* A new reference to the check class of `module`; NULL with *err set. */
static PyObject *class_in(PyObject *module, const char *name, struct adder_error *err)
{
    struct adder_error problem = {.code = ADDER_OK};
    REF *classes = check_classes(module, name, &problem);
    PyObject *class = classes != NULL ? choose(classes, name) : NULL;

    if (class != NULL)
        return Py_NewRef(class);
    if (classes != NULL && problem.code == ADDER_OK) {
        no_class(module, name, err);
        return NULL;
    }
    if (classes == NULL)
        py_fail(err, "there was an error calling dir() on module object");
    else
        *err = problem;
    err_wrap(err, NO_CLASS, name);
    return NULL;
}

/* ---- Finding the module ----------------------------------------------------------------- */

/* The str attribute as a copy, `otherwise` when it has none; NULL when memory is out. */
static char *text_attribute(PyObject *module, const char *attribute, const char *otherwise)
{
    REF *value = PyObject_GetAttrString(module, attribute);
    const char *text = value != NULL && PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : NULL;

    PyErr_Clear();
    return mem_strdup(text != NULL ? text : otherwise);
}

enum outcome { FOUND, FAILED, ABSENT, CLASSLESS };

/* Why a module could not be imported. */
static enum outcome import_failed(const char *name, struct adder_error *err)
{
    char doing[NAME_MAX_BYTES + 64];

    snprintf(doing, sizeof(doing), "unable to import module '%s'", name);
    if (py_is_missing(name)) {
        py_fail_as(err, ADDER_NOT_FOUND, doing);
        return ABSENT;
    }
    py_fail(err, doing);
    return FAILED;
}

static enum outcome try_module(const char *name, struct py_loaded *ret, struct adder_error *err)
{
    REF *module = PyImport_ImportModule(name);
    CLEANUP(py_loaded_end) struct py_loaded found = {.class = NULL};

    if (module == NULL)
        return import_failed(name, err);
    found.class = class_in(module, name, err);
    if (found.class == NULL)
        return err->code == ADDER_NOT_FOUND ? CLASSLESS : FAILED;
    found.module = mem_strdup(name);
    found.file = text_attribute(module, "__file__", "");
    found.version = text_attribute(module, "__version__", "unversioned");
    if (found.module == NULL || found.file == NULL || found.version == NULL) {
        err_nomem(err);
        return FAILED;
    }
    *ret = found;
    found = (struct py_loaded){.class = NULL};
    return FOUND;
}

static int check_name(const char *name, struct adder_error *err)
{
    if (name == NULL || name[0] == '\0')
        return err_set(err, ADDER_INVALID, "the check has no name");
    if (strlen(name) > NAME_MAX_BYTES)
        return err_set(err, ADDER_INVALID, "the check's name is longer than %d bytes",
                       NAME_MAX_BYTES);
    return 0;
}

int py_load(const char *name, struct py_loaded *ret, struct adder_error *err)
{
    bool has_classless = false;

    if (check_name(name, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        AUTOFREE char *module = mem_printf("%s%s", places[i].prefix, name);
        struct adder_error why;
        enum outcome outcome;

        if (module == NULL)
            return err_nomem(err);
        outcome = try_module(module, ret, &why);
        if (outcome == FOUND) {
            ret->wheel = places[i].wheel;
            return 0;
        }
        py_log(ADDER_LOG_DEBUG, "Unable to load python module - %s: %s", module, why.message);
        /* Kept is the first module without a class; else that there is none of the plain
         * name, the one a person wrote. */
        if (outcome == FAILED || (outcome == CLASSLESS && !has_classless) ||
            (outcome == ABSENT && !has_classless && places[i].prefix[0] == '\0'))
            *err = why;
        if (outcome == FAILED)
            return -1;
        has_classless |= outcome == CLASSLESS;
    }
    if (has_classless) /* the module is there, so "not found" would send people astray */
        err->code = ADDER_PYTHON;
    return -1;
}

#include "py/runtime.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/str.h"
#include "py/boot.h"
#include "py/check.h"
#include "py/convert.h"
#include "py/fail.h"
#include "py/gil.h"
#include "py/guard.h"
#include "py/memory.h"
#include "py/modules.h"
#include "py/syspath.h"

enum { LOG_TEXT_MAX = 4096 }; /* bytes of a record of ours; a longer one is cut */

static struct py_runtime runtime;

/* What lives as long as the interpreter. */
static PyObject *base_class, *base_load_config;

/* What lives as long as one runtime. */
static struct adder_python python;
static char *version, *banner, *executable, *path;

struct py_runtime *py_runtime(void)
{
    return &runtime;
}

PyObject *py_base_class(void)
{
    return base_class;
}

PyObject *py_base_load_config(void)
{
    return base_load_config;
}

void py_log(int level, const char *fmt, ...)
{
    char text[LOG_TEXT_MAX];
    void (*log)(void *, struct adder_str, int);
    void *ctx;
    va_list args;

    if (!log_enabled(level) || !Py_IsInitialized() || !PyGILState_Check())
        return;
    log = runtime.facts.log;
    ctx = runtime.facts_ctx;
    if (log == NULL)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    Py_BEGIN_ALLOW_THREADS log(ctx, str_of(text), level);
    Py_END_ALLOW_THREADS
}

/* ---- Settings of the agent that count at the start -------------------------------------- */

/* The setting as an object, None when unset; NULL with the exception raised. */
static PyObject *setting(const char *key)
{
    struct py_reply reply;
    PyObject *value;

    if (runtime.facts.config == NULL)
        Py_RETURN_NONE;
    py_reply_start(&reply);
    runtime.facts.config(runtime.facts_ctx, str_of(key), &reply.reply);
    value = reply.count > 0 ? py_from_yaml(reply.texts[reply.count - 1]) : Py_NewRef(Py_None);
    py_reply_end(&reply);
    return value;
}

/* A backend has a log of its own to decide with, so it must be told the level. */
static void take_log_level(void)
{
    REF *value = setting("log_level");
    const char *name = value != NULL && PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : NULL;
    int level = name != NULL ? log_level_of(name) : -1;

    PyErr_Clear();
    log_set_level(level >= 0 ? level : ADDER_LOG_INFO);
}

/* As the Agent: psutil reads another /proc, such as the host's seen from a container. */
static void take_procfs_path(void)
{
    REF *value = setting("procfs_path");
    REF *psutil = NULL;

    if (value != NULL && PyUnicode_Check(value))
        psutil = PyImport_ImportModule("psutil");
    if (psutil != NULL)
        PyObject_SetAttrString(psutil, "PROCFS_PATH", value);
    if (PyErr_Occurred() != NULL) {
        struct adder_error err;

        py_fail(&err, "could not set psutil's procfs_path");
        py_log(ADDER_LOG_WARNING, "%s", err.message);
    }
}

/* ---- Start ------------------------------------------------------------------------------ */

static int not_installed(const char *what, struct adder_error *err)
{
    PyErr_Clear();
    return err_set(err, ADDER_NOT_FOUND,
                   "%s is not installed for this Python; run: %s install " BOOT_REQUIREMENT,
                   what, boot_pip());
}

/* Looks without importing: the base only runs a child that does, some checks do later. */
static int check_yaml(struct adder_error *err)
{
    REF *util = PyImport_ImportModule("importlib.util");
    REF *spec = util != NULL ? PyObject_CallMethod(util, "find_spec", "s", "yaml") : NULL;

    if (spec == NULL)
        return py_fail(err, "could not look for yaml");
    return spec != Py_None ? 0 : not_installed("yaml", err);
}

static PyObject *import_class(const char *module)
{
    REF *m = PyImport_ImportModule(module);

    return m != NULL ? PyObject_GetAttrString(m, "AgentCheck") : NULL;
}

static int import_base(struct adder_error *err)
{
    REF *found = base_class == NULL ? import_class("datadog_checks.base") : NULL;

    if (base_class != NULL)
        return 0;
    if (found == NULL && py_is_missing("datadog_checks.base")) {
        PyErr_Clear();
        found = import_class("datadog_checks.checks"); /* its name before wheels */
    }
    if (found == NULL && py_is_missing("datadog_checks.checks"))
        return not_installed("datadog_checks.base", err);
    if (found == NULL)
        return py_fail(err, "could not import base class");
    if (!PyType_Check(found))
        return err_set(err, ADDER_PYTHON,
                       "could not import base class: AgentCheck is no class");
    base_load_config = PyObject_GetAttrString(found, "load_config");
    PyErr_Clear();
    base_class = TAKE(found);
    return 0;
}

/* A check that prints is seen line by line, also when the process is killed later. Not worth
 * an error where sys.stdout is something else. */
static void buffer_by_line(void)
{
    PyObject *out = PySys_GetObject("stdout");
    REF *method = out != NULL ? PyObject_GetAttrString(out, "reconfigure") : NULL;
    REF *none = method != NULL ? PyTuple_New(0) : NULL;
    REF *keywords = none != NULL ? Py_BuildValue("{sO}", "line_buffering", Py_True) : NULL;
    REF *done = keywords != NULL ? PyObject_Call(method, none, keywords) : NULL;

    (void)done;
    PyErr_Clear();
}

/* A copy of the str, in *keep as well; NULL when there is none or no memory. */
static const char *keep_text(char **keep, PyObject *o)
{
    REF *bytes = py_encoded(o);

    mem_free(*keep);
    *keep = mem_strdup(bytes != NULL ? PyBytes_AS_STRING(bytes) : "");
    return *keep;
}

static int describe(struct adder_error *err)
{
    REF *text =
        PyUnicode_FromFormat("%d.%d.%d", PY_MAJOR_VERSION, PY_MINOR_VERSION, PY_MICRO_VERSION);
    PyObject *list = PySys_GetObject("path");
    REF *folders = list != NULL ? PyObject_Repr(list) : NULL;
    char *newline;

    python.version = keep_text(&version, text);
    python.banner = keep_text(&banner, PySys_GetObject("version"));
    python.executable = keep_text(&executable, PySys_GetObject("executable"));
    python.path = keep_text(&path, folders);
    if (version == NULL || banner == NULL || executable == NULL || path == NULL)
        return err_nomem(err);
    while ((newline = strchr(banner, '\n')) != NULL)
        *newline = ' ';
    return 0;
}

static void forget(void)
{
    char **texts[] = {&version, &banner, &executable, &path};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        mem_free(*texts[i]);
        *texts[i] = NULL;
    }
    runtime = (struct py_runtime){.sink_ctx = NULL};
}

/* Callbacks are in place first: importing the base asks for settings. */
static int prepare(const struct adder_runtime_options *o, struct adder_error *err)
{
    if (o->sink != NULL)
        runtime.sink = *o->sink;
    if (o->facts != NULL)
        runtime.facts = *o->facts;
    guard_facts(&runtime.facts);
    runtime.sink_ctx = o->sink_ctx;
    runtime.facts_ctx = o->facts_ctx;
    take_log_level();
    if (syspath_set(o) < 0)
        return py_fail(err, "could not set sys.path");
    buffer_by_line();
    if (import_base(err) < 0 || check_yaml(err) < 0 || modules_add_legacy(err) < 0)
        return -1;
    take_procfs_path();
    check_drop_orphans();
    return describe(err);
}

int runtime_start(const struct adder_runtime_options *options, struct adder_error *err)
{
    struct adder_gil gil = {{NULL}};
    int rc;

    if (gil_is_open())
        return err_set(err, ADDER_STATE, "there is a runtime in this process already");
    if (memory_start(!options->no_memory_tracking, err) < 0 || boot_python(options, err) < 0)
        return -1;
    gil_force(&gil);
    rc = prepare(options, err);
    if (rc < 0)
        forget();
    else
        gil_open();
    gil_unlock(&gil);
    return rc;
}

/* ---- While it runs ---------------------------------------------------------------------- */

static void flush(const char *name)
{
    PyObject *file = PySys_GetObject(name);
    REF *done = NULL;

    if (file != NULL && file != Py_None)
        done = PyObject_CallMethod(file, "flush", NULL);
    PyErr_Clear(); /* a closed pipe has nobody to be told */
}

void runtime_stop(void)
{
    struct adder_gil gil = {{NULL}};

    if (!gil_close())
        return;
    gil_force(&gil);
    flush("stdout");
    flush("stderr");
    forget();
    gil_unlock(&gil);
}

const struct adder_python *runtime_python(void)
{
    return gil_is_open() ? &python : NULL;
}

int runtime_exec(const char *code, struct adder_error *err)
{
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    REF *names = NULL, *done = NULL;

    if (gil_lock(&gil, err) < 0)
        return -1;
    names = Py_BuildValue("{ss}", "__name__", "__main__");
    if (names != NULL && PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins()) == 0)
        done = PyRun_String(code, Py_file_input, names, names);
    return done != NULL ? 0 : py_fail(err, NULL);
}

/* Wheels of the base itself and of its tools are no integrations. */
static bool is_integration(struct adder_str name)
{
    static const char *const others[] = {"checks_base", "checks_dev", "checks_test_helper",
                                         "a7"};

    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (str_is(name, others[i]))
            return false;
    return true;
}

int runtime_integrations(struct adder_reply *ret, struct adder_error *err)
{
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    REF *module = NULL, *names = NULL;

    if (gil_lock(&gil, err) < 0)
        return -1;
    module = PyImport_ImportModule("datadog_checks.base.utils.agent.packages");
    if (module != NULL)
        names = PyObject_CallMethod(module, "get_datadog_wheels", NULL);
    if (names == NULL)
        return py_fail(err, "error fetching wheels list");
    if (!PyList_Check(names))
        return err_set(err, ADDER_PYTHON, "'get_datadog_wheels' did not return a list");
    if (PyList_Sort(names) < 0)
        return py_fail(err, "error sorting wheels list");
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        struct adder_str name;

        if (py_text(PyList_GET_ITEM(names, i), &name) && is_integration(name))
            adder_reply(ret, name.ptr, name.len);
    }
    return 0;
}

int runtime_modules(struct adder_reply *ret, struct adder_error *err)
{
    CLEANUP(gil_unlock) struct adder_gil gil = {{NULL}};
    PyObject *modules;
    REF *names = NULL;

    if (gil_lock(&gil, err) < 0)
        return -1;
    modules = PySys_GetObject("modules");
    names = modules != NULL ? PyMapping_Keys(modules) : NULL;
    if (names == NULL)
        return py_fail(err, "cannot list the modules");
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        struct adder_str name;

        if (py_text(PyList_GET_ITEM(names, i), &name))
            adder_reply(ret, name.ptr, name.len);
    }
    return 0;
}

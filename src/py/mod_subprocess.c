/*
 * mod_subprocess.c - the module _util, which runs commands for checks.
 */
#include "py/modules.h"

#include <string.h>

#include "core/str.h"
#include "py/convert.h"
#include "py/fail.h"
#include "py/memory.h"

/* ---- Reading the arguments -------------------------------------------------------------- */

/* A NULL-terminated list of NUL-terminated texts, all in border memory: other threads can
 * change the Python objects while the command runs. */
struct texts {
    char **items; /* NULL: absent */
    size_t count;
};

static void texts_free(struct texts *t)
{
    for (size_t i = 0; i < t->count; i++)
        border_free(t->items[i]);
    border_free(t->items);
}

static int out_of_memory(void)
{
    PyErr_SetString(PyExc_MemoryError, "unable to allocate memory, bailing out");
    return -1;
}

static int refuse(const char *why)
{
    PyErr_SetString(PyExc_TypeError, why);
    return -1;
}

static int texts_start(struct texts *t, Py_ssize_t n)
{
    size_t size = ((size_t)n + 1) * sizeof(*t->items);

    t->items = border_alloc(size);
    if (t->items == NULL)
        return out_of_memory();
    memset(t->items, 0, size);
    return 0;
}

/* Adds `head`, `between` and `tail` as one text. */
static int texts_add(struct texts *t, struct adder_str head, const char *between,
                     struct adder_str tail)
{
    size_t middle = strlen(between);
    char *text = border_alloc(head.len + middle + tail.len + 1);

    if (text == NULL)
        return out_of_memory();
    memcpy(text, head.ptr, head.len);
    memcpy(text + head.len, between, middle);
    memcpy(text + head.len + middle, tail.ptr, tail.len);
    text[head.len + middle + tail.len] = '\0';
    t->items[t->count++] = text;
    return 0;
}

static int read_command(PyObject *list, struct texts *ret)
{
    if (!PyList_Check(list))
        return refuse("command args is not a list");
    if (PyList_GET_SIZE(list) == 0)
        return refuse("invalid command: empty list");
    if (texts_start(ret, PyList_GET_SIZE(list)) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        struct adder_str text;

        if (!py_text(PyList_GET_ITEM(list, i), &text))
            return refuse("command argument must be valid strings");
        if (texts_add(ret, text, "", str_of("")) < 0)
            return -1;
    }
    return 0;
}

/* None and {} mean our own environment. */
static int read_environment(PyObject *dict, struct texts *ret)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    if (dict == NULL || dict == Py_None)
        return 0;
    if (!PyDict_Check(dict))
        return refuse("env is not a dict");
    if (PyDict_Size(dict) == 0)
        return 0;
    if (texts_start(ret, PyDict_Size(dict)) < 0)
        return -1;
    while (PyDict_Next(dict, &at, &key, &value)) {
        struct adder_str name, text;

        if (!py_text(key, &name))
            return refuse("env key is not a string");
        if (!py_text(value, &text))
            return refuse("env value is not a string");
        if (texts_add(ret, name, "=", text) < 0)
            return -1;
    }
    return 0;
}

/* ---- Running ---------------------------------------------------------------------------- */

/* What came of a command. */
struct outcome {
    struct py_reply out, errout;
    struct adder_error err;
    int rc, code;
};

static void outcome_end(struct outcome *o)
{
    py_reply_end(&o->out);
    py_reply_end(&o->errout);
}

/* Module and class are looked up anew so that a check can replace them. */
static PyObject *raise_empty(void)
{
    static const char name[] = "SubprocessOutputEmptyError";
    REF *module = PyImport_ImportModule("_util");
    REF *type = module != NULL ? PyObject_GetAttrString(module, name) : NULL;

    if (module == NULL)
        PyErr_SetString(PyExc_TypeError, "error: no module '_util'");
    else if (type == NULL)
        PyErr_Format(PyExc_TypeError, "no attribute '_util.%s' found", name);
    else
        PyErr_SetString(type, "get_subprocess_output expected output but had none.");
    return NULL;
}

/* A command that could not start left no output at all; its error says more than that. */
static PyObject *result(const struct outcome *o, bool raise_on_empty)
{
    const struct py_reply *out = &o->out;
    bool empty = out->count == 0 || out->texts[out->count - 1].len == 0;
    REF *text = NULL;
    REF *errors = NULL;

    if (o->rc < 0 && out->count == 0)
        return py_raise(PyExc_Exception, &o->err);
    if (raise_on_empty && empty && !out->failed)
        return raise_empty();
    if (o->rc < 0)
        return py_raise(PyExc_Exception, &o->err);
    text = py_reply_str(out);
    errors = text != NULL ? py_reply_str(&o->errout) : NULL;
    return errors != NULL ? Py_BuildValue("(OOi)", text, errors, o->code) : NULL;
}

/* The runtime can be stopped while the GIL is free, so it is copied. */
static PyObject *run(PyObject *module, const struct adder_command *command, bool raise_on_empty)
{
    const struct py_runtime rt = *module_runtime(module);
    CLEANUP(outcome_end) struct outcome o;

    py_reply_start(&o.out);
    py_reply_start(&o.errout);
    o.code = 0;
    if (rt.facts.subprocess == NULL)
        Py_RETURN_NONE;
    Py_BEGIN_ALLOW_THREADS o.rc = rt.facts.subprocess(rt.facts_ctx, command, &o.out.reply,
                                                      &o.errout.reply, &o.code, &o.err);
    Py_END_ALLOW_THREADS return result(&o, raise_on_empty);
}

static PyObject *subprocess_output(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"command", "raise_on_empty", "env", NULL};
    CLEANUP(texts_free) struct texts argv = {NULL, 0};
    CLEANUP(texts_free) struct texts env = {NULL, 0};
    PyObject *list, *flag = Py_False, *dict = NULL;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O$O:get_subprocess_output", names, &list,
                                     &flag, &dict))
        return NULL;
    if (read_command(list, &argv) < 0 || read_environment(dict, &env) < 0)
        return NULL;
    if (!PyBool_Check(flag)) {
        PyErr_SetString(PyExc_TypeError, "bad raise_on_empty argument: should be bool");
        return NULL;
    }
    return run(module,
               &(struct adder_command){(const char *const *)argv.items,
                                       (const char *const *)env.items},
               flag == Py_True);
}

/* ---- The module ------------------------------------------------------------------------- */

static int start(PyObject *module)
{
    REF *type = PyErr_NewException("_util.SubprocessOutputEmptyError", NULL, NULL);

    if (type == NULL || module_start(module) < 0)
        return -1;
    return PyModule_AddObjectRef(module, "SubprocessOutputEmptyError", type);
}

#define PARAMETERS "($module, /, command, raise_on_empty=False, *, env=None)\n--\n\n"

static PyMethodDef methods[] = {
    {"subprocess_output", METHOD(subprocess_output), METH_VARARGS | METH_KEYWORDS,
     "subprocess_output" PARAMETERS "As get_subprocess_output()."},
    {"get_subprocess_output", METHOD(subprocess_output), METH_VARARGS | METH_KEYWORDS,
     "get_subprocess_output" PARAMETERS "Runs a command: (stdout, stderr, exit code)."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{Py_mod_exec, start}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,     .m_name = "_util",
    .m_doc = "Runs commands.", .m_size = sizeof(struct module_state),
    .m_methods = methods,      .m_slots = slots,
};

PyObject *mod_subprocess(void)
{
    return PyModuleDef_Init(&definition);
}

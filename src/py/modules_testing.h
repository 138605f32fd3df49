/*
 * modules_testing.h - what the tests of builtin modules include: a Python with those modules, a
 * sink that writes down what it is given, and rows of Python code with what must come of it.
 */
#ifndef ADDER_PY_MODULES_TESTING_H
#define ADDER_PY_MODULES_TESTING_H

#include "py/modules.h"

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"
#include "core/testing.h"

/* What happened since it was last cleared: calls as "name argument ...", an exception as
 * "Type: text", a result that is not None as "= repr"; separated by "; ". */
static struct buf heard;

static inline void hear(const char *what)
{
    if (heard.len > 0)
        buf_add_str(&heard, "; ");
    buf_add_str(&heard, what);
}

/* Hears a callback that is to be called with the GIL held, and one that is not. */
static inline void hear_call(const char *name)
{
    assert_true(PyGILState_Check());
    hear(name);
}

static inline void hear_call_without_gil(const char *name)
{
    assert_false(PyGILState_Check());
    hear(name);
}

static inline void hear_text(struct adder_str s)
{
    if (s.ptr == NULL)
        buf_add_str(&heard, " -");
    else
        buf_printf(&heard, " '%.*s'", STR_ARG(s));
}

static inline void hear_tags(struct adder_tags tags)
{
    buf_add_str(&heard, " [");
    for (size_t i = 0; i < tags.count; i++)
        hear_text(tags.items[i]);
    buf_add_str(&heard, tags.items != NULL ? " ]" : "-]");
}

/* ---- Python ----------------------------------------------------------------------------- */

static PyObject *globals;

static inline void must(bool ok)
{
    if (!ok && PyErr_Occurred() != NULL)
        PyErr_Print();
    assert_true(ok);
}

/* Runs statements that rows can build on. */
static inline void prepare(const char *code)
{
    REF *result = PyRun_String(code, Py_file_input, globals, globals);

    must(result != NULL);
}

/* Starts Python with the modules, importing each. The runtime has neither sink nor facts. */
static inline void python_start(void)
{
    PyConfig config;
    struct adder_error err;

    buf_init(&heard, 1 << 20);
    assert_non_null(buf_reserve(&heard, 1 << 16)); /* so that hearing allocates nothing */
    assert_int_equal(modules_register(&err), 0);
    PyConfig_InitIsolatedConfig(&config);
    assert_false(PyStatus_Exception(
        PyConfig_SetBytesString(&config, &config.home, BACKEND_PYTHON_HOME)));
    assert_false(PyStatus_Exception(
        PyConfig_SetBytesString(&config, &config.program_name, BACKEND_PYTHON)));
    assert_false(PyStatus_Exception(Py_InitializeFromConfig(&config)));
    PyConfig_Clear(&config);
    globals = PyDict_New();
    must(globals != NULL);
    prepare("import sys\n"
            "sys.path.append('" BACKEND_VENV "/lib/python" BACKEND_PYTHON_VERSION
            "/site-packages')\n"
            "import aggregator, datadog_agent, util, _util, tagger, kubeutil, containers\n");
}

/* For cmocka, before all tests and after them. */
static inline int python_set_up(void **state)
{
    (void)state;
    python_start();
    return 0;
}

static inline int python_tear_down(void **state)
{
    (void)state;
    Py_CLEAR(globals);
    buf_free(&heard);
    assert_int_equal(Py_FinalizeEx(), 0);
    return 0;
}

static inline void hear_exception(void)
{
    REF *exc = py_take_exception();
    REF *text = PyObject_Str(exc);

    must(text != NULL);
    hear(Py_TYPE(exc)->tp_name);
    buf_printf(&heard, ": %s", PyUnicode_AsUTF8(text));
}

static inline void hear_result(PyObject *result)
{
    REF *text = NULL;

    if (result == Py_None)
        return;
    text = PyObject_Repr(result);
    must(text != NULL);
    hear("= ");
    buf_add_str(&heard, PyUnicode_AsUTF8(text));
}

/* Runs an expression, or statements, and returns what was heard. */
static inline const char *python_run(const char *code)
{
    REF *compiled = Py_CompileString(code, "<row>", Py_eval_input);
    REF *result = NULL;

    buf_clear(&heard);
    buf_add_str(&heard, "");
    if (compiled == NULL) {
        PyErr_Clear();
        compiled = Py_CompileString(code, "<row>", Py_file_input);
    }
    must(compiled != NULL);
    result = PyEval_EvalCode(compiled, globals, globals);
    if (result == NULL)
        hear_exception();
    else
        hear_result(result);
    assert_int_equal(buf_check(&heard, NULL), 0);
    return heard.data;
}

struct row {
    const char *code, *expected;
};

/* No row may leave memory of ours behind, whether it succeeds or raises. */
static inline void python_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        long before = mem_live();
        const char *got = python_run(rows[i].code);

        if (strcmp(got, rows[i].expected) != 0)
            fail_msg("%s\nexpected: %s\n     got: %s", rows[i].code, rows[i].expected, got);
        if (mem_live() != before)
            fail_msg("%s\nleft %ld blocks behind", rows[i].code, mem_live() - before);
    }
}

/* ---- What the host answers -------------------------------------------------------------- */

/* What facts reply next. */
static struct {
    const char *text; /* NULL: nothing */
    bool fails;       /* those that can */
} host_answer;

static inline void host_reply(struct adder_reply *ret)
{
    if (host_answer.text != NULL)
        adder_reply(ret, host_answer.text, strlen(host_answer.text));
}

static inline int host_reply_or_fail(struct adder_reply *ret, struct adder_error *err)
{
    host_reply(ret);
    return host_answer.fails ? err_set(err, ADDER_INVALID, "result is empty") : 0;
}

/* Runs rows with one answer. */
static inline void rows_with(const char *text, bool fails, const struct row *rows, size_t n)
{
    host_answer.text = text;
    host_answer.fails = fails;
    python_rows(rows, n);
}

#endif

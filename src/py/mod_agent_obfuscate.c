/*
 * mod_agent_obfuscate.c - the functions of the module datadog_agent that take the literals out
 * of statements.
 */
#include "py/modules.h"

#include "core/str.h"
#include "py/convert.h"
#include "py/fail.h"

/* The obfuscated text. A callback that failed raises its error; one that neither failed nor
 * replied is a fault of the host's, and is named. */
static PyObject *obfuscated(int rc, const struct py_reply *r, const char *callback,
                            const struct adder_error *err)
{
    if (rc < 0)
        return py_raise(PyExc_RuntimeError, err);
    if (r->count == 0 && !r->failed)
        return PyErr_Format(PyExc_RuntimeError, "internal error: empty %s response", callback);
    return py_reply_str(r);
}

PyObject *agent_obfuscate_sql(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"query", "options", NULL};
    const struct py_runtime *rt = module_runtime(module);
    CLEANUP(py_reply_end) struct py_reply r;
    const char *query, *options = NULL;
    struct adder_error err;
    int rc;

    py_reply_start(&r);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "s|s", names, &query, &options))
        return NULL;
    if (rt->facts.obfuscate_sql == NULL)
        Py_RETURN_NONE;
    rc = rt->facts.obfuscate_sql(rt->facts_ctx, str_of(query), str_of(options), &r.reply, &err);
    return obfuscated(rc, &r, "cb_obfuscate_sql", &err);
}

PyObject *agent_obfuscate_sql_exec_plan(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"", "normalize", NULL};
    const struct py_runtime *rt = module_runtime(module);
    CLEANUP(py_reply_end) struct py_reply r;
    PyObject *normalize = NULL;
    struct adder_error err;
    const char *plan;
    int rc;

    py_reply_start(&r);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "s|O", names, &plan, &normalize))
        return NULL;
    if (rt->facts.obfuscate_sql_exec_plan == NULL)
        Py_RETURN_NONE;
    /* Only the object True counts, not whatever is true. */
    rc = rt->facts.obfuscate_sql_exec_plan(rt->facts_ctx, str_of(plan), normalize == Py_True,
                                           &r.reply, &err);
    return obfuscated(rc, &r, "cb_obfuscate_sql_exec_plan", &err);
}

/* Accepts keywords and ignores them, as the Agent's does. */
PyObject *agent_obfuscate_mongodb(PyObject *module, PyObject *args, PyObject *kwargs)
{
    const struct py_runtime *rt = module_runtime(module);
    CLEANUP(py_reply_end) struct py_reply r;
    struct adder_error err;
    const char *command;
    int rc;

    (void)kwargs;
    py_reply_start(&r);
    if (!PyArg_ParseTuple(args, "s", &command))
        return NULL;
    if (rt->facts.obfuscate_mongodb == NULL)
        Py_RETURN_NONE;
    rc = rt->facts.obfuscate_mongodb(rt->facts_ctx, str_of(command), &r.reply, &err);
    return obfuscated(rc, &r, "cb_obfuscate_mongodb_string", &err);
}

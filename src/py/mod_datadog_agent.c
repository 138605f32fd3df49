/*
 * mod_datadog_agent.c - the module through which checks ask the agent, and tell it things other
 * than measurements.
 */
#include "py/modules.h"

#include "core/str.h"
#include "py/convert.h"

/* ---- Questions without arguments -------------------------------------------------------- */

typedef void question(void *ctx, struct adder_reply *ret);

/* The reply as a str, None when there is none. */
static PyObject *ask(const struct py_runtime *rt, question *fn)
{
    CLEANUP(py_reply_end) struct py_reply r;

    py_reply_start(&r);
    if (fn != NULL)
        fn(rt->facts_ctx, &r.reply);
    return py_reply_str(&r);
}

static PyObject *get_version(PyObject *module, PyObject *unused)
{
    const struct py_runtime *rt = module_runtime(module);

    (void)unused;
    return ask(rt, rt->facts.version);
}

static PyObject *get_hostname(PyObject *module, PyObject *unused)
{
    const struct py_runtime *rt = module_runtime(module);

    (void)unused;
    return ask(rt, rt->facts.hostname);
}

static PyObject *get_clustername(PyObject *module, PyObject *unused)
{
    const struct py_runtime *rt = module_runtime(module);

    (void)unused;
    return ask(rt, rt->facts.cluster_name);
}

static PyObject *get_host_tags(PyObject *module, PyObject *unused)
{
    const struct py_runtime *rt = module_runtime(module);

    (void)unused;
    return ask(rt, rt->facts.host_tags);
}

static PyObject *get_process_start_time(PyObject *module, PyObject *unused)
{
    const struct py_runtime *rt = module_runtime(module);

    (void)unused;
    if (rt->facts.process_start_time == NULL)
        return PyFloat_FromDouble(0);
    return PyFloat_FromDouble(rt->facts.process_start_time(rt->facts_ctx));
}

/* Takes any positional arguments, as the Agent's does. */
static PyObject *tracemalloc_enabled(PyObject *module, PyObject *unused)
{
    const struct py_runtime *rt = module_runtime(module);

    (void)unused;
    if (rt->facts.tracemalloc_enabled == NULL)
        Py_RETURN_FALSE;
    return PyBool_FromLong(rt->facts.tracemalloc_enabled(rt->facts_ctx));
}

static PyObject *get_config(PyObject *module, PyObject *args)
{
    const struct py_runtime *rt = module_runtime(module);
    CLEANUP(py_reply_end) struct py_reply r;
    const char *key;

    py_reply_start(&r);
    if (!PyArg_ParseTuple(args, "s", &key))
        return NULL;
    if (rt->facts.config != NULL)
        rt->facts.config(rt->facts_ctx, str_of(key), &r.reply);
    return module_yaml(&r);
}

/* ---- Log and persistent cache ----------------------------------------------------------- */

/*
 * These leave the GIL to others meanwhile. The runtime can be stopped then, so what is needed
 * of it is read before; the texts belong to arguments, which the caller holds.
 */

static PyObject *log_record(PyObject *module, PyObject *args)
{
    const struct py_runtime rt = *module_runtime(module);
    const char *message;
    int level;

    if (!PyArg_ParseTuple(args, "si", &message, &level))
        return NULL;
    if (rt.facts.log == NULL)
        Py_RETURN_NONE;
    Py_BEGIN_ALLOW_THREADS rt.facts.log(rt.facts_ctx, str_of(message), level);
    Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

/* A value that could not be written is lost without a word: it is only a cache. */
static PyObject *write_persistent_cache(PyObject *module, PyObject *args)
{
    const struct py_runtime rt = *module_runtime(module);
    const char *key, *value;
    struct adder_error err;

    if (!PyArg_ParseTuple(args, "ss", &key, &value))
        return NULL;
    if (rt.facts.cache_write == NULL)
        Py_RETURN_NONE;
    Py_BEGIN_ALLOW_THREADS(void)
        rt.facts.cache_write(rt.facts_ctx, str_of(key), str_of(value), &err);
    Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

static PyObject *read_persistent_cache(PyObject *module, PyObject *args)
{
    const struct py_runtime rt = *module_runtime(module);
    CLEANUP(py_reply_end) struct py_reply r;
    struct adder_error err;
    const char *key;
    int rc;

    py_reply_start(&r);
    if (!PyArg_ParseTuple(args, "s", &key))
        return NULL;
    if (rt.facts.cache_read == NULL)
        Py_RETURN_NONE;
    Py_BEGIN_ALLOW_THREADS rc = rt.facts.cache_read(rt.facts_ctx, str_of(key), &r.reply, &err);
    Py_END_ALLOW_THREADS if (rc < 0)
    {
        PyErr_SetString(PyExc_RuntimeError, "failed to read data");
        return NULL;
    }
    if (r.count == 0 && !r.failed)
        return PyUnicode_FromString("");
    return py_reply_str(&r);
}

/* ---- Things told ------------------------------------------------------------------------ */

static PyObject *set_check_metadata(PyObject *module, PyObject *args)
{
    const struct py_runtime *rt = module_runtime(module);
    const char *id, *name, *value;

    if (!PyArg_ParseTuple(args, "sss", &id, &name, &value))
        return NULL;
    if (rt->sink.metadata != NULL)
        rt->sink.metadata(rt->sink_ctx, py_user(str_of(id)), str_of(id), str_of(name),
                          str_of(value));
    Py_RETURN_NONE;
}

static PyObject *send_log(PyObject *module, PyObject *args)
{
    const struct py_runtime *rt = module_runtime(module);
    const char *line, *id;

    if (!PyArg_ParseTuple(args, "ss", &line, &id))
        return NULL;
    if (rt->sink.log_line != NULL)
        rt->sink.log_line(rt->sink_ctx, py_user(str_of(id)), str_of(id), str_of(line));
    Py_RETURN_NONE;
}

static PyObject *emit_agent_telemetry(PyObject *module, PyObject *args)
{
    const struct py_runtime *rt = module_runtime(module);
    const char *check, *metric, *type;
    double value;

    if (!PyArg_ParseTuple(args, "ssds", &check, &metric, &value, &type))
        return NULL;
    if (rt->sink.telemetry != NULL)
        rt->sink.telemetry(rt->sink_ctx, py_user_here(), str_of(check), str_of(metric), value,
                           str_of(type));
    Py_RETURN_NONE;
}

static PyObject *report_issue(PyObject *module, PyObject *args)
{
    const struct py_runtime *rt = module_runtime(module);
    const char *check, *json;

    if (!PyArg_ParseTuple(args, "ss", &check, &json))
        return NULL;
    if (rt->sink.issue != NULL)
        rt->sink.issue(rt->sink_ctx, py_user_here(), str_of(check), str_of(json));
    Py_RETURN_NONE;
}

static PyObject *resolve_issue(PyObject *module, PyObject *args)
{
    const struct py_runtime *rt = module_runtime(module);
    const char *id;

    if (!PyArg_ParseTuple(args, "s", &id))
        return NULL;
    if (rt->sink.issue_resolved != NULL)
        rt->sink.issue_resolved(rt->sink_ctx, py_user_here(), str_of(id));
    Py_RETURN_NONE;
}

/* ---- The module ------------------------------------------------------------------------- */

static PyMethodDef methods[] = {
    {"get_version", get_version, METH_NOARGS,
     "get_version($module, /)\n--\n\nThe agent's version, such as '7.58.0'."},
    {"get_hostname", get_hostname, METH_NOARGS,
     "get_hostname($module, /)\n--\n\nThe name this host reports under."},
    {"get_clustername", get_clustername, METH_NOARGS,
     "get_clustername($module, /)\n--\n\nThe name of the cluster this host is in, or ''."},
    {"get_config", get_config, METH_VARARGS,
     "get_config($module, key, /)\n--\n\nA setting of the agent, None when it is not set."},
    {"headers", METHOD(module_headers), METH_VARARGS | METH_KEYWORDS,
     "headers($module, *args, **kwargs)\n--\n\n"
     "The agent's HTTP headers, a dict; with Host when http_host is given."},
    {"log", log_record, METH_VARARGS,
     "log($module, message, level, /)\n--\n\nLogs a message; level is Python's number."},
    {"set_check_metadata", set_check_metadata, METH_VARARGS,
     "set_check_metadata($module, check_id, name, value, /)\n--\n\n"
     "Says something about what a check watches, such as its version."},
    {"set_external_tags", agent_set_external_tags, METH_VARARGS,
     "set_external_tags($module, tags, /)\n--\n\n"
     "Tags other hosts: [(hostname, {source: [tag, ...]}), ...]."},
    {"write_persistent_cache", write_persistent_cache, METH_VARARGS,
     "write_persistent_cache($module, key, value, /)\n--\n\nKeeps a text beyond this run."},
    {"read_persistent_cache", read_persistent_cache, METH_VARARGS,
     "read_persistent_cache($module, key, /)\n--\n\nThe text kept under key, or ''."},
    {"obfuscate_sql", METHOD(agent_obfuscate_sql), METH_VARARGS | METH_KEYWORDS,
     "obfuscate_sql(query[, options])\n\nThe statement without literals; options is JSON."},
    {"obfuscate_sql_exec_plan", METHOD(agent_obfuscate_sql_exec_plan),
     METH_VARARGS | METH_KEYWORDS,
     "obfuscate_sql_exec_plan($module, plan, /, normalize=False)\n--\n\n"
     "The execution plan, JSON, without literals."},
    {"obfuscate_mongodb_string", METHOD(agent_obfuscate_mongodb), METH_VARARGS | METH_KEYWORDS,
     "obfuscate_mongodb_string(cmd)\n\nThe command, JSON, without literals."},
    {"get_process_start_time", get_process_start_time, METH_NOARGS,
     "get_process_start_time($module, /)\n--\n\nWhen the agent started, seconds."},
    {"tracemalloc_enabled", tracemalloc_enabled, METH_VARARGS,
     "tracemalloc_enabled($module, *args)\n--\n\nWhether checks shall profile their memory."},
    {"send_log", send_log, METH_VARARGS,
     "send_log($module, log_line, check_id, /)\n--\n\nSubmits a log line, JSON."},
    {"get_host_tags", get_host_tags, METH_NOARGS,
     "get_host_tags($module, /)\n--\n\nThe host's tags by source, JSON."},
    {"emit_agent_telemetry", emit_agent_telemetry, METH_VARARGS,
     "emit_agent_telemetry($module, check_name, metric_name, metric_value, metric_type, /)"
     "\n--\n\nSubmits a measurement of the agent itself."},
    {"report_issue", report_issue, METH_VARARGS,
     "report_issue($module, check_name, issue, /)\n--\n\nReports a health issue, JSON."},
    {"resolve_issue", resolve_issue, METH_VARARGS,
     "resolve_issue($module, issue_id, /)\n--\n\nSays that a health issue is over."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{Py_mod_exec, module_start}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "datadog_agent",
    .m_doc = "Questions to the agent.",
    .m_size = sizeof(struct module_state),
    .m_methods = methods,
    .m_slots = slots,
};

PyObject *mod_datadog_agent(void)
{
    return PyModuleDef_Init(&definition);
}

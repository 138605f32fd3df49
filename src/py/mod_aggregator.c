/*
 * mod_aggregator.c - the module through which checks submit.
 */
#include "py/modules.h"

#include "core/str.h"
#include "py/args.h"
#include "py/convert.h"

/* ---- Metrics ---------------------------------------------------------------------------- */

struct metric_call {
    struct adder_str check_id;
    struct adder_metric metric;
    PyObject *tags;
};

static bool metric_read(const struct args *a, struct metric_call *m)
{
    if (a->count != 7 && a->count != 8)
        return false;
    m->tags = a->items[5];
    return args_text(a->items[1], &m->check_id) && args_int(a->items[2], &m->metric.kind) &&
           args_text(a->items[3], &m->metric.name) &&
           args_double(a->items[4], &m->metric.value) &&
           args_text(a->items[6], &m->metric.hostname) &&
           (a->count == 7 || args_flag(a->items[7], true, &m->metric.flush_first_value));
}

static int metric_parse(const struct args *a, struct metric_call *m)
{
    const char *check_id, *name, *hostname;
    unsigned char flush = 0;
    PyObject *check;

    if (args_parse(a, "OsisdOs|b", &check, &check_id, &m->metric.kind, &name, &m->metric.value,
                   &m->tags, &hostname, &flush) < 0)
        return -1;
    m->check_id = str_of(check_id);
    m->metric.name = str_of(name);
    m->metric.hostname = str_of(hostname);
    m->metric.flush_first_value = flush != 0;
    return 0;
}

static PyObject *submit_metric(PyObject *module, PyObject *const *args, Py_ssize_t count,
                               PyObject *keywords)
{
    const struct py_runtime *rt = module_runtime(module);
    struct args a = {"submit_metric", args, count};
    struct metric_call m;
    struct py_tags tags;

    m.metric.flush_first_value = false;
    if (args_no_keywords(&a, keywords) < 0)
        return NULL;
    if (!metric_read(&a, &m) && metric_parse(&a, &m) < 0)
        return NULL;
    if (py_tags(m.tags, &tags) < 0)
        return NULL;
    m.metric.tags = (struct adder_tags){tags.items, tags.count};
    if (rt->sink.metric != NULL)
        rt->sink.metric(rt->sink_ctx, py_user(m.check_id), m.check_id, &m.metric);
    py_tags_end(&tags);
    Py_RETURN_NONE;
}

/* ---- Service checks --------------------------------------------------------------------- */

struct service_call {
    struct adder_str check_id;
    struct adder_service_check service;
    PyObject *tags;
};

static bool service_read(const struct args *a, struct service_call *s)
{
    if (a->count != 7)
        return false;
    s->tags = a->items[4];
    return args_text(a->items[1], &s->check_id) && args_text(a->items[2], &s->service.name) &&
           args_int(a->items[3], &s->service.status) &&
           args_text(a->items[5], &s->service.hostname) &&
           args_text(a->items[6], &s->service.message);
}

static int service_parse(const struct args *a, struct service_call *s)
{
    const char *check_id, *name, *hostname, *message;
    PyObject *check;

    if (args_parse(a, "OssiOss", &check, &check_id, &name, &s->service.status, &s->tags,
                   &hostname, &message) < 0)
        return -1;
    s->check_id = str_of(check_id);
    s->service.name = str_of(name);
    s->service.hostname = str_of(hostname);
    s->service.message = str_of(message);
    return 0;
}

static PyObject *submit_service_check(PyObject *module, PyObject *const *args, Py_ssize_t count,
                                      PyObject *keywords)
{
    const struct py_runtime *rt = module_runtime(module);
    struct args a = {"submit_service_check", args, count};
    struct service_call s;
    struct py_tags tags;

    if (args_no_keywords(&a, keywords) < 0)
        return NULL;
    if (!service_read(&a, &s) && service_parse(&a, &s) < 0)
        return NULL;
    if (py_tags(s.tags, &tags) < 0)
        return NULL;
    s.service.tags = (struct adder_tags){tags.items, tags.count};
    if (rt->sink.service_check != NULL)
        rt->sink.service_check(rt->sink_ctx, py_user(s.check_id), s.check_id, &s.service);
    py_tags_end(&tags);
    Py_RETURN_NONE;
}

/* ---- Histogram buckets ------------------------------------------------------------------ */

struct bucket_call {
    struct adder_str check_id;
    struct adder_histogram_bucket bucket;
    PyObject *tags;
};

static bool bucket_read(const struct args *a, struct bucket_call *b)
{
    if (a->count != 9 && a->count != 10)
        return false;
    b->tags = a->items[8];
    return args_text(a->items[1], &b->check_id) && args_text(a->items[2], &b->bucket.name) &&
           args_int64(a->items[3], &b->bucket.value) &&
           args_double(a->items[4], &b->bucket.lower) &&
           args_double(a->items[5], &b->bucket.upper) &&
           args_flag(a->items[6], false, &b->bucket.monotonic) &&
           args_text(a->items[7], &b->bucket.hostname) &&
           (a->count == 9 || args_flag(a->items[9], true, &b->bucket.flush_first_value));
}

static int bucket_parse(const struct args *a, struct bucket_call *b)
{
    const char *check_id, *name, *hostname;
    unsigned char flush = 0;
    PyObject *check;
    long long value;
    int monotonic;

    if (args_parse(a, "OssLddisO|b", &check, &check_id, &name, &value, &b->bucket.lower,
                   &b->bucket.upper, &monotonic, &hostname, &b->tags, &flush) < 0)
        return -1;
    b->check_id = str_of(check_id);
    b->bucket.name = str_of(name);
    b->bucket.value = value;
    b->bucket.monotonic = monotonic != 0;
    b->bucket.hostname = str_of(hostname);
    b->bucket.flush_first_value = flush != 0;
    return 0;
}

static PyObject *submit_bucket(PyObject *module, const struct args *a, PyObject *keywords,
                               bool multi)
{
    const struct py_runtime *rt = module_runtime(module);
    struct bucket_call b;
    struct py_tags tags;

    b.bucket.multi = multi;
    b.bucket.flush_first_value = false;
    if (args_no_keywords(a, keywords) < 0)
        return NULL;
    if (!bucket_read(a, &b) && bucket_parse(a, &b) < 0)
        return NULL;
    if (py_tags(b.tags, &tags) < 0)
        return NULL;
    b.bucket.tags = (struct adder_tags){tags.items, tags.count};
    if (rt->sink.histogram_bucket != NULL)
        rt->sink.histogram_bucket(rt->sink_ctx, py_user(b.check_id), b.check_id, &b.bucket);
    py_tags_end(&tags);
    Py_RETURN_NONE;
}

static PyObject *submit_histogram_bucket(PyObject *module, PyObject *const *args,
                                         Py_ssize_t count, PyObject *keywords)
{
    struct args a = {"submit_histogram_bucket", args, count};

    return submit_bucket(module, &a, keywords, false);
}

static PyObject *submit_histogram_bucket_multi(PyObject *module, PyObject *const *args,
                                               Py_ssize_t count, PyObject *keywords)
{
    struct args a = {"submit_histogram_bucket_multi", args, count};

    return submit_bucket(module, &a, keywords, true);
}

/* ---- The module ------------------------------------------------------------------------- */

static const struct module_constant constants[] = {
    {"GAUGE", ADDER_GAUGE},         {"RATE", ADDER_RATE},
    {"COUNT", ADDER_COUNT},         {"MONOTONIC_COUNT", ADDER_MONOTONIC_COUNT},
    {"COUNTER", ADDER_COUNTER},     {"HISTOGRAM", ADDER_HISTOGRAM},
    {"HISTORATE", ADDER_HISTORATE},
};

static int start(PyObject *module)
{
    if (module_start(module) < 0)
        return -1;
    return module_add_constants(module, constants, ARRAY_LEN(constants));
}

#define BUCKET_PARAMETERS                                                \
    "($module, check, check_id, name, value, lower_bound, upper_bound, " \
    "monotonic, hostname, tags, flush_first_value=False, /)\n--\n\n"

static PyMethodDef methods[] = {
    {"submit_metric", METHOD(submit_metric), METH_FASTCALL | METH_KEYWORDS,
     "submit_metric($module, check, check_id, mtype, name, value, tags, hostname, "
     "flush_first_value=False, /)\n--\n\n"
     "Submits one sample of a metric; mtype is GAUGE, RATE and so on"},
    {"submit_service_check", METHOD(submit_service_check), METH_FASTCALL | METH_KEYWORDS,
     "submit_service_check($module, check, check_id, name, status, tags, hostname, message, /)"
     "\n--\n\nSubmits a service's status: 0 ok, 1 warning, 2 critical, 3 unknown."},
    {"submit_event", aggregator_event, METH_VARARGS,
     "submit_event($module, check, check_id, event, /)\n--\n\nSubmits an event, a dict."},
    {"submit_histogram_bucket", METHOD(submit_histogram_bucket), METH_FASTCALL | METH_KEYWORDS,
     "submit_histogram_bucket" BUCKET_PARAMETERS "Submits one bucket of a histogram."},
    {"submit_histogram_bucket_multi", METHOD(submit_histogram_bucket_multi),
     METH_FASTCALL | METH_KEYWORDS,
     "submit_histogram_bucket_multi" BUCKET_PARAMETERS
     "Submits one bucket of a histogram whose buckets are told apart by their bounds too."},
    {"submit_event_platform_event", aggregator_platform_event, METH_VARARGS,
     "submit_event_platform_event($module, check, check_id, raw_event, event_type, /)\n--\n\n"
     "Submits the bytes of an event of the given type, such as 'dbm-samples'."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{Py_mod_exec, start}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "aggregator",
    .m_doc = "Where checks submit metrics, service checks and events.",
    .m_size = sizeof(struct module_state),
    .m_methods = methods,
    .m_slots = slots,
};

PyObject *mod_aggregator(void)
{
    return PyModuleDef_Init(&definition);
}

/*
 * mod_aggregator_event.c - the functions of the module aggregator that take events.
 */
#include "py/modules.h"

#include <limits.h>

#include "core/str.h"
#include "py/convert.h"

/* Keys of an event and where their text goes. */
static const struct {
    const char *key;
    size_t offset;
} event_texts[] = {
    {"msg_title", offsetof(struct adder_event, title)},
    {"msg_text", offsetof(struct adder_event, text)},
    {"priority", offsetof(struct adder_event, priority)},
    {"host", offsetof(struct adder_event, host)},
    {"alert_type", offsetof(struct adder_event, alert_type)},
    {"aggregation_key", offsetof(struct adder_event, aggregation_key)},
    {"source_type_name", offsetof(struct adder_event, source_type_name)},
    {"event_type", offsetof(struct adder_event, event_type)},
};

/* What an event's slices are borrowed from. Reading one value can run Python code (a key's
 * __eq__, a timestamp's __index__) that takes another out of the dict. */
struct event_values {
    PyObject *texts[ARRAY_LEN(event_texts)];
    struct py_tags tags;
    bool has_tags;
};

static void event_values_end(struct event_values *v)
{
    for (size_t i = 0; i < ARRAY_LEN(v->texts); i++)
        Py_XDECREF(v->texts[i]);
    if (v->has_tags)
        py_tags_end(&v->tags);
}

/* An owned reference to the value of `key`; NULL, with nothing raised, when there is none. */
static PyObject *dict_value(PyObject *dict, const char *key)
{
    PyObject *value = PyDict_GetItemString(dict, key);

    Py_XINCREF(value);
    return value;
}

/* Whatever is no integer, or one too large, counts as absent. */
static int64_t event_timestamp(PyObject *dict)
{
    REF *value = dict_value(dict, "timestamp");
    long timestamp = value != NULL ? PyLong_AsLong(value) : 0;

    if (timestamp == -1) {
        PyErr_Clear();
        return 0;
    }
    return timestamp;
}

static int event_read(PyObject *dict, struct event_values *v, struct adder_event *e)
{
    REF *tags = NULL;

    for (size_t i = 0; i < ARRAY_LEN(event_texts); i++) {
        struct adder_str *text = (struct adder_str *)((char *)e + event_texts[i].offset);

        v->texts[i] = dict_value(dict, event_texts[i].key);
        if (v->texts[i] != NULL && !py_text(v->texts[i], text))
            *text = (struct adder_str){NULL, 0};
    }
    e->timestamp = event_timestamp(dict);
    tags = dict_value(dict, "tags");
    if (tags == NULL)
        return 0;
    if (py_tags(tags, &v->tags) < 0)
        return -1;
    v->has_tags = true;
    e->tags = (struct adder_tags){v->tags.items, v->tags.count};
    return 0;
}

PyObject *aggregator_event(PyObject *module, PyObject *args)
{
    const struct py_runtime *rt = module_runtime(module);
    CLEANUP(event_values_end) struct event_values values = {0};
    struct adder_event event = {0};
    PyObject *check, *dict;
    const char *id;

    if (!PyArg_ParseTuple(args, "OsO", &check, &id, &dict))
        return NULL;
    if (!PyDict_Check(dict)) {
        PyErr_SetString(PyExc_TypeError, "event must be a dict");
        return NULL;
    }
    if (event_read(dict, &values, &event) < 0)
        return NULL;
    if (rt->sink.event != NULL)
        rt->sink.event(rt->sink_ctx, py_user(str_of(id)), str_of(id), &event);
    Py_RETURN_NONE;
}

/* Bytes of one event for the event platform. */
enum { PLATFORM_EVENT_MAX = INT_MAX };

PyObject *aggregator_platform_event(PyObject *module, PyObject *args)
{
    const struct py_runtime *rt = module_runtime(module);
    const char *id, *raw, *type;
    PyObject *check;
    Py_ssize_t len;

    if (!PyArg_ParseTuple(args, "Oss#s", &check, &id, &raw, &len, &type))
        return NULL;
    if (len > PLATFORM_EVENT_MAX) {
        PyErr_SetString(PyExc_ValueError, "event is too large");
        return NULL;
    }
    if (rt->sink.event_platform != NULL)
        rt->sink.event_platform(rt->sink_ctx, py_user(str_of(id)), str_of(id),
                                (struct adder_str){raw, (size_t)len}, str_of(type));
    Py_RETURN_NONE;
}

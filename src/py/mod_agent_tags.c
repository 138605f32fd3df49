/*
 * mod_agent_tags.c - datadog_agent.set_external_tags(), tags for hosts other than our own.
 */
#include "py/modules.h"

#include "py/convert.h"

/* What one element of the list says: (hostname, {source: [tag, ...]}). Reading it runs no
 * Python code, so all is borrowed from the element. */
struct external {
    struct adder_str hostname, source;
    struct py_tags tags;
};

static void external_end(struct external *e)
{
    py_tags_end(&e->tags);
}

static int refuse(const char *why)
{
    PyErr_SetString(PyExc_TypeError, why);
    return -1;
}

/* Reads the first entry of the dict, the only one that counts: 1, 0 when there is none, -1. */
static int external_read_dict(struct external *e, PyObject *dict)
{
    PyObject *source, *list;
    Py_ssize_t at = 0;

    if (!PyDict_Next(dict, &at, &source, &list))
        return 0;
    if (!py_text(source, &e->source))
        return refuse("source_type is not a valid string");
    if (!PyList_Check(list))
        return refuse("dict value must be a list of tags");
    if (py_list_tags(list, &e->tags) == 0)
        return 1;
    PyErr_SetString(PyExc_MemoryError, "unable to allocate memory, bailing out");
    return -1;
}

/* Reads an element, likewise. */
static int external_read(struct external *e, PyObject *element)
{
    PyObject *dict;

    if (!PyTuple_Check(element))
        return refuse("external host tags list must contain only tuples");
    if (PyTuple_GET_SIZE(element) < 1 || !py_text(PyTuple_GET_ITEM(element, 0), &e->hostname))
        return refuse("hostname is not a valid string");
    dict = PyTuple_GET_SIZE(element) > 1 ? PyTuple_GET_ITEM(element, 1) : NULL;
    if (dict == NULL || !PyDict_Check(dict))
        return refuse("second elem of the host tags tuple must be a dict");
    return external_read_dict(e, dict);
}

static int external_submit(const struct py_runtime *rt, PyObject *element)
{
    CLEANUP(external_end) struct external e = {.tags.items = e.tags.inline_items};
    int found = external_read(&e, element);

    if (found > 0 && rt->sink.external_tags != NULL)
        rt->sink.external_tags(rt->sink_ctx, py_user_here(), e.hostname, e.source,
                               (struct adder_tags){e.tags.items, e.tags.count});
    return found < 0 ? -1 : 0;
}

/* Element by element: those before a bad one are submitted. */
PyObject *agent_set_external_tags(PyObject *module, PyObject *args)
{
    const struct py_runtime *rt = module_runtime(module);
    PyObject *list;

    if (!PyArg_ParseTuple(args, "O", &list))
        return NULL;
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "tags must be a list");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++)
        if (external_submit(rt, PyList_GET_ITEM(list, i)) < 0)
            return NULL;
    Py_RETURN_NONE;
}

/*
 * mod_tagger.c - the module that knows the tags of containers, pods and so on.
 */
#include "py/modules.h"

#include "core/str.h"
#include "py/convert.h"

enum { LOW, ORCHESTRATOR, HIGH };

static PyObject *entity_tags(PyObject *module, const char *entity, int cardinality)
{
    const struct py_runtime *rt = module_runtime(module);
    CLEANUP(py_reply_end) struct py_reply r;

    py_reply_start(&r);
    if (rt->facts.tags != NULL)
        rt->facts.tags(rt->facts_ctx, str_of(entity), cardinality, &r.reply);
    return py_reply_list(&r);
}

static PyObject *tag(PyObject *module, PyObject *args)
{
    const char *entity;
    int cardinality;

    if (!PyArg_ParseTuple(args, "si", &entity, &cardinality))
        return NULL;
    if (cardinality < LOW || cardinality > HIGH) {
        PyErr_SetString(PyExc_TypeError, "Invalid cardinality");
        return NULL;
    }
    return entity_tags(module, entity, cardinality);
}

static PyObject *get_tags(PyObject *module, PyObject *args)
{
    const char *entity;
    int high;

    if (!PyArg_ParseTuple(args, "si", &entity, &high))
        return NULL;
    return entity_tags(module, entity, high > 0 ? HIGH : LOW);
}

static const struct module_constant constants[] = {
    {"LOW", LOW},
    {"ORCHESTRATOR", ORCHESTRATOR},
    {"HIGH", HIGH},
};

static int start(PyObject *module)
{
    if (module_start(module) < 0)
        return -1;
    return module_add_constants(module, constants, ARRAY_LEN(constants));
}

static PyMethodDef methods[] = {
    {"tag", tag, METH_VARARGS,
     "tag($module, entity, cardinality, /)\n--\n\n"
     "The entity's tags, a list; cardinality is LOW, ORCHESTRATOR or HIGH."},
    {"get_tags", get_tags, METH_VARARGS,
     "get_tags($module, entity, high_card, /)\n--\n\nAs tag() with LOW or HIGH. Deprecated."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{Py_mod_exec, start}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "tagger",
    .m_doc = "Tags of entities such as containers.",
    .m_size = sizeof(struct module_state),
    .m_methods = methods,
    .m_slots = slots,
};

PyObject *mod_tagger(void)
{
    return PyModuleDef_Init(&definition);
}

/*
 * yaml_fuzz.c - any bytes as YAML: they are read or refused, become Python objects, and what
 * was read says the same after it was written and read again.
 */
#include "py/python.h"

#include <stdlib.h>

#include "core/yaml.h"
#include "py/convert.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Python allocates with malloc() so that the leak checker sees what points where. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    PyPreConfig preconfig;
    PyConfig config;

    (void)argc, (void)argv;
    PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.allocator = PYMEM_ALLOCATOR_MALLOC;
    if (PyStatus_Exception(Py_PreInitialize(&preconfig)))
        abort();
    PyConfig_InitIsolatedConfig(&config);
    if (PyStatus_Exception(
            PyConfig_SetBytesString(&config, &config.home, BACKEND_PYTHON_HOME)) ||
        PyStatus_Exception(Py_InitializeFromConfig(&config)))
        abort();
    PyConfig_Clear(&config);
    return 0;
}

/* The only object that may be refused is an integer of more digits than CPython reads. */
static void to_python(const struct value *v)
{
    REF *object = py_from_value(v);

    if (object != NULL)
        return;
    if (!PyErr_ExceptionMatches(PyExc_ValueError))
        abort();
    PyErr_Clear();
}

/* A float that is a whole number is written without a point, as Go does, and a large one with
 * an exponent that Python's reader does not know. */
static bool has_float(const struct value *v)
{
    bool found = v->type == VALUE_FLOAT;

    for (size_t i = 0; v->type == VALUE_LIST && !found && i < v->list.count; i++)
        found = has_float(v->list.items[i]);
    if (v->type != VALUE_MAP && v->type != VALUE_SET)
        return found;
    for (size_t i = 0; !found && i < v->map.count; i++)
        found = has_float(v->map.pairs[i].key) ||
                (v->map.pairs[i].value != NULL && has_float(v->map.pairs[i].value));
    return found;
}

static void round_trip(const struct value *v)
{
    CLEANUP(value_freep) struct value *again = NULL;
    CLEANUP(buf_free) struct buf text;
    struct adder_error err;

    buf_init(&text, YAML_TEXT_MAX);
    if (yaml_write(v, &text, &err) < 0) {
        if (err.code != ADDER_LIMIT)
            abort();
        return;
    }
    if (has_float(v))
        return;
    if (yaml_parse((struct adder_str){text.data, text.len}, YAML_STRICT, &again, &err) < 0 ||
        !value_equal(v, again))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(value_freep) struct value *v = NULL;
    CLEANUP(value_freep) struct value *agent = NULL;
    struct adder_str text = {(const char *)data, size};
    struct adder_error err;

    if (yaml_parse(text, YAML_LENIENT, &v, &err) == 0) {
        to_python(v);
        round_trip(v);
    }
    if (yaml_parse(text, YAML_AGENT | YAML_STRICT, &agent, &err) == 0)
        to_python(agent);
    return 0;
}

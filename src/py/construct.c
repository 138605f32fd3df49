#include "py/construct.h"

#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "core/str.h"
#include "py/convert.h"
#include "py/fail.h"
#include "py/runtime.h"

enum { DOING_MAX = 512 }; /* bytes of what we were doing, for messages */

/* What a constructor raises to say that the configuration is none of its business. */
static const char refusal[] = "The integration refused to load the check configuration, it may "
                              "be too old or too new.";

/* ---- Configuration ---------------------------------------------------------------------- */

/* The class's load_config when it is another than the base's; NULL, nothing pending, else. */
static PyObject *own_load_config(PyObject *class)
{
    REF *load = PyObject_GetAttrString(class, "load_config");
    PyObject *base = py_base_load_config();

    PyErr_Clear();
    if (load == NULL || base == NULL || load == base)
        return NULL;
    /* A class method is bound anew each time; what it is bound from tells. */
    if (PyMethod_Check(load) && PyMethod_Check(base) &&
        PyMethod_GET_FUNCTION(load) == PyMethod_GET_FUNCTION(base))
        return NULL;
    return TAKE(load);
}

/* The mapping that `text` says; NULL with *err set. `what` is its name in messages. */
static PyObject *load(PyObject *class, const char *what, const char *text,
                      struct adder_error *err)
{
    REF *own = NULL, *value = NULL;
    char doing[64];

    if (text == NULL || text[0] == '\0')
        text = "{}";
    snprintf(doing, sizeof(doing), "error parsing %s", what);
    own = own_load_config(class);
    value = own != NULL ? PyObject_CallFunction(own, "s", text) : py_from_yaml(str_of(text));
    if (value == NULL && own == NULL && PyErr_ExceptionMatches(PyExc_ValueError))
        py_fail_as(err, ADDER_INVALID, doing);
    else if (value == NULL)
        py_fail(err, doing);
    else if (value == Py_None && strcmp(what, "init_config") == 0)
        return PyDict_New();
    else if (!PyDict_Check(value))
        err_set(err, ADDER_INVALID, "error '%s' is not a dict", what);
    else
        return TAKE(value);
    return NULL;
}

/* The keywords of the constructor; NULL with *err set. */
static PyObject *make_keywords(PyObject *class, const struct adder_check_config *config,
                               struct adder_error *err)
{
    REF *init_config = load(class, "init_config", config->init_config, err);
    REF *instance = init_config != NULL ? load(class, "instance", config->instance, err) : NULL;
    REF *name = instance != NULL ? py_str(str_of(config->name)) : NULL;
    PyObject *keywords;

    if (instance == NULL)
        return NULL;
    keywords = name != NULL ? Py_BuildValue("{sOsOs(O)}", "name", name, "init_config",
                                            init_config, "instances", instance)
                            : NULL;
    if (keywords == NULL)
        py_fail(err, "could not build the constructor's arguments");
    return keywords;
}

/* ---- The call --------------------------------------------------------------------------- */

static PyObject *call(PyObject *class, PyObject *keywords)
{
    REF *none = PyTuple_New(0);

    return none != NULL ? PyObject_Call(class, none, keywords) : NULL;
}

/* Whether the pending exception, which stays, is that the arguments do not fit: a TypeError
 * that says so and was raised before any line of the constructor ran, so without traceback. */
static bool arguments_do_not_fit(void)
{
    REF *exc = NULL, *traceback = NULL, *text = NULL;
    const char *words = NULL;
    bool unfit;

    if (!PyErr_ExceptionMatches(PyExc_TypeError))
        return false;
    exc = py_take_exception();
    traceback = PyException_GetTraceback(exc);
    text = PyObject_Str(exc);
    if (text != NULL)
        words = PyUnicode_AsUTF8(text);
    unfit = traceback == NULL && words != NULL && strstr(words, "argument") != NULL;
    PyErr_Clear();
    PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
    return unfit;
}

/* Turns the pending exception of the constructor into *err. Returns NULL. */
static PyObject *constructor_failed(const char *doing, struct adder_error *err)
{
    py_fail(err, NULL);
    if (strstr(err->message, refusal) == NULL && strstr(err->traceback, refusal) == NULL) {
        err_wrap(err, "%s", doing);
        return NULL;
    }
    err->code = ADDER_REFUSED;
    err_wrap(err, "refused to load the check instance");
    return NULL;
}

/* Tries the constructor of Agent 5; the pending exception is what the present one raised. */
static PyObject *call_deprecated(PyObject *class, const struct adder_check_config *config,
                                 PyObject *keywords, struct adder_error *err)
{
    REF *settings = NULL, *object = NULL;
    char doing[DOING_MAX + ADDER_MESSAGE_MAX / 2];

    py_fail(err, NULL);
    snprintf(
        doing, sizeof(doing),
        "could not invoke '%.*s' python check constructor, neither as it is now (%.*s) nor "
        "with agentConfig",
        DOING_MAX / 2, config->name, ADDER_MESSAGE_MAX / 2, err->message);
    settings = load(class, "agent_config", config->agent_config, err);
    if (settings == NULL)
        return NULL;
    if (PyDict_SetItemString(keywords, "agentConfig", settings) == 0)
        object = call(class, keywords);
    if (object == NULL)
        return constructor_failed(doing, err);
    py_log(ADDER_LOG_WARNING,
           "passing `agentConfig` to the constructor is deprecated, please use the "
           "`get_config` function from the 'datadog_agent' package (%s).",
           config->name);
    return TAKE(object);
}

static int set_id(PyObject *object, const char *id, struct adder_error *err)
{
    REF *text = NULL;

    if (id == NULL || id[0] == '\0')
        return 0;
    text = py_str(str_of(id));
    if (text == NULL || PyObject_SetAttrString(object, "check_id", text) < 0)
        return py_fail(err, "error could not set 'check_id' attr");
    return 0;
}

PyObject *py_construct(PyObject *class, const struct adder_check_config *config,
                       bool *deprecated_api, struct adder_error *err)
{
    REF *keywords = make_keywords(class, config, err);
    REF *object = NULL;
    char doing[DOING_MAX];

    if (keywords == NULL)
        return NULL;
    *deprecated_api = false;
    object = call(class, keywords);
    if (object == NULL && arguments_do_not_fit()) {
        *deprecated_api = true;
        object = call_deprecated(class, config, keywords, err);
    } else if (object == NULL) {
        snprintf(doing, sizeof(doing), "could not invoke '%.*s' python check constructor",
                 DOING_MAX / 2, config->name);
        constructor_failed(doing, err);
    }
    if (object == NULL || set_id(object, config->id, err) < 0)
        return NULL;
    return TAKE(object);
}

#include "py/convert.h"

#include <datetime.h>
#include <string.h>

#include "core/str.h"
#include "core/yaml.h"
#include "py/fail.h"
#include "py/memory.h"

/* ---- Python to C ------------------------------------------------------------------------ */

/*
 * Whether the str has a code point that UTF-8 cannot carry. Asked first because a failed
 * encoding makes an exception object, which can start the garbage collector and with it
 * finalizers that change the very list being read.
 */
static bool has_surrogate(PyObject *o)
{
    Py_ssize_t len = PyUnicode_GetLength(o);
    int kind = (int)PyUnicode_KIND(o);
    const void *data = PyUnicode_DATA(o);

    if (kind == PyUnicode_1BYTE_KIND)
        return false;
    for (Py_ssize_t i = 0; i < len; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);

        if (c >= 0xd800 && c <= 0xdfff)
            return true;
    }
    return false;
}

bool py_utf8_slow(PyObject *o, struct adder_str *ret)
{
    const char *text;
    Py_ssize_t len;

    if (!PyUnicode_Check(o))
        return false;
    if (has_surrogate(o))
        return false;
    text = PyUnicode_AsUTF8AndSize(o, &len);
    if (text == NULL) {
        PyErr_Clear();
        return false;
    }
    *ret = (struct adder_str){text, (size_t)len};
    return true;
}

bool py_text(PyObject *o, struct adder_str *ret)
{
    if (PyBytes_Check(o))
        ret->ptr = PyBytes_AS_STRING(o);
    else if (!py_utf8(o, ret))
        return false;
    ret->len = strlen(ret->ptr);
    return true;
}

/* Reads the items of a list or tuple. -1, with nothing raised, when memory is out. */
static int read_tags(PyObject *sequence, struct py_tags *t)
{
    size_t n = (size_t)PySequence_Fast_GET_SIZE(sequence);
    PyObject **items = PySequence_Fast_ITEMS(sequence);

    if (n > TAGS_INLINE && (t->items = border_alloc(n * sizeof(*t->items))) == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (py_text(items[i], &t->items[t->count]))
            t->count++;
    return 0;
}

/* The items of any other sequence as a list; NULL with the exception raised. */
static PyObject *list_tags(PyObject *o)
{
    if (!PySequence_Check(o)) {
        PyErr_SetString(PyExc_TypeError, "tags must be a sequence");
        return NULL;
    }
    switch (PySequence_Size(o)) {
    case -1:
        PyErr_SetString(PyExc_RuntimeError, "could not compute tags length");
        return NULL;
    case 0:
        return PyList_New(0);
    default:
        return PySequence_List(o);
    }
}

int py_tags(PyObject *o, struct py_tags *ret)
{
    ret->items = ret->inline_items;
    ret->count = 0;
    ret->sequence = NULL;
    if (!PyList_CheckExact(o) && !PyTuple_CheckExact(o)) {
        o = ret->sequence = list_tags(o);
        if (o == NULL)
            return -1;
    }
    if (read_tags(o, ret) == 0)
        return 0;
    PyErr_SetString(PyExc_RuntimeError, "could not allocate memory for tags");
    py_tags_end(ret);
    return -1;
}

int py_list_tags(PyObject *list, struct py_tags *ret)
{
    ret->items = ret->inline_items;
    ret->count = 0;
    ret->sequence = NULL;
    return read_tags(list, ret);
}

void py_tags_end(struct py_tags *t)
{
    if (t->items != t->inline_items)
        border_free(t->items);
    t->items = NULL;
    Py_CLEAR(t->sequence);
}

/* ---- C to Python ------------------------------------------------------------------------ */

PyObject *py_str(struct adder_str text)
{
    return PyUnicode_DecodeUTF8(text.ptr, (Py_ssize_t)text.len, "replace");
}

static PyObject *from_null(const struct value *v)
{
    (void)v;
    Py_RETURN_NONE;
}

static PyObject *from_bool(const struct value *v)
{
    return PyBool_FromLong(v->boolean);
}

static PyObject *from_int(const struct value *v)
{
    return PyLong_FromLongLong(v->integer);
}

static PyObject *from_bigint(const struct value *v)
{
    return PyLong_FromString(v->text.ptr, NULL, 10);
}

static PyObject *from_float(const struct value *v)
{
    return PyFloat_FromDouble(v->real);
}

static PyObject *from_string(const struct value *v)
{
    return py_str(v->text);
}

static PyObject *from_bytes(const struct value *v)
{
    return PyBytes_FromStringAndSize(v->text.ptr, (Py_ssize_t)v->text.len);
}

/* Python's datetime interface, imported on first use; false with the exception raised. */
static bool have_datetime(void)
{
    if (PyDateTimeAPI == NULL)
        PyDateTime_IMPORT;
    return PyDateTimeAPI != NULL;
}

static PyObject *from_date(const struct value *v)
{
    if (!have_datetime())
        return NULL;
    return PyDate_FromDate(v->time.year, v->time.month, v->time.day);
}

/* The timezone object, None for a time without one; NULL with the exception raised. */
static PyObject *from_zone(const struct value_time *t)
{
    REF *offset = NULL;

    if (!t->has_zone)
        Py_RETURN_NONE;
    offset = PyDelta_FromDSU(0, t->zone_s, 0);
    return offset != NULL ? PyTimeZone_FromOffset(offset) : NULL;
}

static PyObject *from_time(const struct value *v)
{
    const struct value_time *t = &v->time;
    REF *zone = NULL;

    if (!have_datetime())
        return NULL;
    zone = from_zone(t);
    if (zone == NULL)
        return NULL;
    return PyDateTimeAPI->DateTime_FromDateAndTime(t->year, t->month, t->day, t->hour,
                                                   t->minute, t->second, t->microsecond, zone,
                                                   PyDateTimeAPI->DateTimeType);
}

static PyObject *from_list(const struct value *v)
{
    REF *list = PyList_New((Py_ssize_t)v->list.count);

    if (list == NULL)
        return NULL;
    for (size_t i = 0; i < v->list.count; i++) {
        PyObject *item = py_from_value(v->list.items[i]);

        if (item == NULL)
            return NULL;
        PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return TAKE(list);
}

static PyObject *from_map(const struct value *v)
{
    REF *dict = PyDict_New();

    if (dict == NULL)
        return NULL;
    for (size_t i = 0; i < v->map.count; i++) {
        REF *key = py_from_value(v->map.pairs[i].key);
        REF *value = key != NULL ? py_from_value(v->map.pairs[i].value) : NULL;

        if (value == NULL || PyDict_SetItem(dict, key, value) < 0)
            return NULL;
    }
    return TAKE(dict);
}

static PyObject *from_set(const struct value *v)
{
    REF *set = PySet_New(NULL);

    if (set == NULL)
        return NULL;
    for (size_t i = 0; i < v->map.count; i++) {
        REF *key = py_from_value(v->map.pairs[i].key);

        if (key == NULL || PySet_Add(set, key) < 0)
            return NULL;
    }
    return TAKE(set);
}

static PyObject *(*const makers[])(const struct value *v) = {
    [VALUE_NULL] = from_null,     [VALUE_BOOL] = from_bool,   [VALUE_INT] = from_int,
    [VALUE_BIGINT] = from_bigint, [VALUE_FLOAT] = from_float, [VALUE_STRING] = from_string,
    [VALUE_BYTES] = from_bytes,   [VALUE_DATE] = from_date,   [VALUE_TIME] = from_time,
    [VALUE_LIST] = from_list,     [VALUE_MAP] = from_map,     [VALUE_SET] = from_set,
};

/* Depth is bounded by YAML_DEPTH_MAX. */
PyObject *py_from_value(const struct value *v)
{
    return makers[v->type](v);
}

PyObject *py_from_yaml(struct adder_str text)
{
    CLEANUP(value_freep) struct value *v = NULL;
    struct adder_error err;

    if (yaml_parse(text, YAML_LENIENT, &v, &err) < 0)
        return py_raise(err.code == ADDER_NOMEM ? PyExc_MemoryError : PyExc_ValueError, &err);
    return py_from_value(v);
}

/* ---- Replies ---------------------------------------------------------------------------- */

/* Makes room for one more text: the array doubles whenever its count is a power of two. */
static bool reply_grow(struct py_reply *r)
{
    struct adder_str *texts;

    if ((r->count & (r->count - 1)) != 0)
        return true;
    texts = border_alloc((r->count > 0 ? 2 * r->count : 1) * sizeof(*texts));
    if (texts == NULL)
        return false;
    if (r->count > 0)
        memcpy(texts, r->texts, r->count * sizeof(*texts));
    border_free(r->texts);
    r->texts = texts;
    return true;
}

static void reply_add(struct adder_reply *self, const char *text, size_t len)
{
    struct py_reply *r = (struct py_reply *)self; /* `reply` is its first member */
    char *copy = NULL;

    if (!r->failed)
        copy = border_alloc(len + 1);
    if (copy == NULL || !reply_grow(r)) {
        border_free(copy);
        r->failed = true;
        return;
    }
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    r->texts[r->count++] = (struct adder_str){copy, len};
}

void py_reply_start(struct py_reply *r)
{
    *r = (struct py_reply){.reply = {reply_add}};
}

void py_reply_end(struct py_reply *r)
{
    for (size_t i = 0; i < r->count; i++)
        border_free((char *)r->texts[i].ptr);
    border_free(r->texts);
    r->texts = NULL;
    r->count = 0;
}

PyObject *py_reply_str(const struct py_reply *r)
{
    if (r->failed)
        return PyErr_NoMemory();
    if (r->count == 0)
        Py_RETURN_NONE;
    return py_str(r->texts[r->count - 1]);
}

PyObject *py_reply_list(const struct py_reply *r)
{
    REF *list = NULL;

    if (r->failed)
        return PyErr_NoMemory();
    list = PyList_New((Py_ssize_t)r->count);
    if (list == NULL)
        return NULL;
    for (size_t i = 0; i < r->count; i++) {
        PyObject *text = py_str(r->texts[i]);

        if (text == NULL)
            return NULL;
        PyList_SET_ITEM(list, (Py_ssize_t)i, text);
    }
    return TAKE(list);
}

/*
 * convert.h - values across the border.
 *
 * Slices made from Python objects are borrowed from the object: valid while it lives and the
 * GIL is held without running Python code.
 */
#ifndef ADDER_PY_CONVERT_H
#define ADDER_PY_CONVERT_H

#include "core/value.h"
#include "py/python.h"

/*
 * "str-like": a str or bytes, or a subclass, as text; cut at the first NUL.
 * False, with no exception pending, for every other type and for a str with a lone surrogate.
 */
bool py_text(PyObject *o, struct adder_str *ret);

/* A str, whole, NULs and all. False, with no exception pending, as py_text(). Runs no Python
 * code, nor does py_text(). */
bool py_utf8_slow(PyObject *o, struct adder_str *ret);

static inline bool py_utf8(PyObject *o, struct adder_str *ret)
{
    if (!PyUnicode_Check(o) || !PyUnicode_IS_COMPACT_ASCII(o))
        return py_utf8_slow(o, ret);
    ret->ptr = (const char *)PyUnicode_1BYTE_DATA(o);
    ret->len = (size_t)PyUnicode_GET_LENGTH(o);
    return true;
}

enum { TAGS_INLINE = 64 }; /* tags that need no allocation */

/* Tags of one submission. */
struct py_tags {
    struct adder_str *items;
    size_t count;
    PyObject *sequence; /* what the slices are borrowed from, when it had to be made */
    struct adder_str inline_items[TAGS_INLINE];
};

/*
 * Reads a sequence of tags, also one that is written in Python: items that are not str-like are
 * skipped. 0, or -1 with the exception raised. On success end with py_tags_end().
 */
int py_tags(PyObject *o, struct py_tags *ret);
void py_tags_end(struct py_tags *t);

/* The same for a list, or an object of a class made from it: its items as they lie there,
 * whatever methods that class has. Runs no Python code. -1, with nothing raised, when memory is
 * out; end with py_tags_end() all the same. */
int py_list_tags(PyObject *list, struct py_tags *ret);

/* A new object of the value; NULL with the exception raised. */
PyObject *py_from_value(const struct value *v);

/* The document in `text`, typed as PyYAML's safe loader does. NULL with yaml.YAMLError-like
 * ValueError raised when it is none. */
PyObject *py_from_yaml(struct adder_str text);

/* A str of the text; bytes that are not UTF-8 become U+FFFD. NULL with the exception raised. */
PyObject *py_str(struct adder_str text);

/*
 * Collects what a callback replies. Each text is copied into border memory while it is kept.
 * Works without the GIL.
 */
struct py_reply {
    struct adder_reply reply; /* hand this to the callback */
    struct adder_str *texts;  /* border memory, as are the texts */
    size_t count;
    bool failed; /* memory ran out */
};
void py_reply_start(struct py_reply *r);
void py_reply_end(struct py_reply *r);

/* The last text as a str, None when there is none; or all of them as a list. NULL with the
 * exception raised (MemoryError when it failed). */
PyObject *py_reply_str(const struct py_reply *r);
PyObject *py_reply_list(const struct py_reply *r);

#endif
